package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

func services(t *testing.T, all ...*corev1.Service) corelisters.ServiceLister {
	t.Helper()
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, service := range all {
		if err := indexer.Add(service); err != nil {
			t.Fatal(err)
		}
	}
	return corelisters.NewServiceLister(indexer)
}

func service(namespace, name, address string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{ClusterIP: address, Ports: []corev1.ServicePort{{Name: "web", Port: 80}}}}
}

func ingress(namespace, host, path string, kind networkingv1.PathType, service string) *networkingv1.Ingress {
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Name: "web"}}}
	paths := &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: path, PathType: &kind, Backend: backend}}}
	return &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: namespace},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: paths}}}}}
}

func TestTheMostParticularRouteTakesIt(t *testing.T) {
	routes := routesOf([]*networkingv1.Ingress{
		ingress("a", "", "/", networkingv1.PathTypePrefix, "all"),
		ingress("a", "*.localhost", "/", networkingv1.PathTypePrefix, "wild"),
		ingress("a", "One.localhost", "/", networkingv1.PathTypePrefix, "one"),
		ingress("a", "one.localhost", "/lab", networkingv1.PathTypePrefix, "lab"),
		ingress("a", "one.localhost", "/lab/exact", networkingv1.PathTypeExact, "exact"),
		ingress("b", "other.localhost", "/", networkingv1.PathTypePrefix, "one"), // Not of this namespace.
	}, services(t, service("a", "all", "10.0.0.1"), service("a", "wild", "10.0.0.2"), service("a", "one", "10.0.0.3"),
		service("a", "lab", "10.0.0.4"), service("a", "exact", "10.0.0.5")))
	for _, c := range []struct{ host, path, target string }{
		{"one.localhost:8080", "/", "10.0.0.3:80"},
		{"ONE.localhost", "/labour", "10.0.0.3:80"},
		{"one.localhost", "/lab", "10.0.0.4:80"},
		{"one.localhost", "/lab/tree", "10.0.0.4:80"},
		{"one.localhost", "/lab/exact", "10.0.0.5:80"},
		{"two.localhost", "/", "10.0.0.2:80"},
		{"a.two.localhost", "/", "10.0.0.1:80"},
		{"other.localhost", "/", "10.0.0.2:80"},
	} {
		if found := find(routes, c.host, c.path); found == nil || found.Host != c.target {
			t.Errorf("%s%s leads to %v, not to %s", c.host, c.path, found, c.target)
		}
	}
}

func TestNothingLeadsToAServiceThatIsNotThere(t *testing.T) {
	headless := service("a", "headless", corev1.ClusterIPNone)
	for _, name := range []string{"missing", "headless"} {
		routes := routesOf([]*networkingv1.Ingress{ingress("a", "", "/", networkingv1.PathTypePrefix, name)}, services(t, headless))
		if len(routes) != 0 {
			t.Errorf("%s: %v", name, routes)
		}
	}
}

// routed is a router in front of the echo server, for one host.
func routed(t *testing.T) string {
	t.Helper()
	behind := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	table := &atomic.Pointer[[]route]{}
	table.Store(&[]route{{host: "one.localhost", path: "/", target: target}})
	router := httptest.NewServer(handler(table))
	t.Cleanup(router.Close)
	return router.URL
}

func ask(t *testing.T, address, host string, headers map[string]string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address+"/some/where", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func TestTheHostIsCarriedOn(t *testing.T) {
	address := routed(t)
	text, err := io.ReadAll(ask(t, address, "one.localhost", nil).Body)
	if err != nil || !strings.HasPrefix(string(text), "host one.localhost path /some/where ") {
		t.Errorf("%q %v", text, err)
	}
	if status := ask(t, address, "two.localhost", nil).StatusCode; status != http.StatusNotFound {
		t.Errorf("a host without Ingress: %d", status)
	}
}

func TestWebSocketsPass(t *testing.T) {
	response := ask(t, routed(t), "one.localhost", map[string]string{"Connection": "Upgrade", "Upgrade": "websocket"})
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", response.StatusCode)
	}
	both, ok := response.Body.(io.ReadWriter)
	if !ok {
		t.Fatal("no way to write")
	}
	for _, line := range []string{"one", "two"} {
		fmt.Fprintln(both, line)
		heard, err := bufio.NewReader(both).ReadString('\n')
		if err != nil || heard != line+"\n" {
			t.Fatalf("%q %v", heard, err)
		}
	}
}
