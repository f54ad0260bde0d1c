package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const dialDeadline = 10 * time.Second

// route leads what is asked of a host below a path to a Service.
type route struct {
	host   string // "" takes every host, "*.domain" every name right below it.
	path   string
	exact  bool
	target *url.URL
}

// runRouter is an ingress controller of the smallest kind: by host and path to the Services' cluster addresses, web sockets
// too. No class, no TLS, no annotations.
func runRouter(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("router", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "keys for the API server; without, those of the pod")
	listen := flags.String("listen", ":8080", "address and port to serve on")
	publish := flags.String("publish", "", "address that Ingresses are told to be at")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	client, err := clientFor(*kubeconfig, "router")
	if err != nil {
		return err
	}
	table := &atomic.Pointer[[]route]{}
	table.Store(&[]route{})
	server := &http.Server{Addr: *listen, Handler: handler(table), ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			klog.ErrorS(err, "cannot serve")
			klog.FlushAndExit(klog.ExitFlushTimeout, 1)
		}
	}()

	factory := informers.NewSharedInformerFactory(client, 0)
	ingresses, services := factory.Networking().V1().Ingresses(), factory.Core().V1().Services()
	watched := []cache.SharedIndexInformer{ingresses.Informer(), services.Informer()}
	return eachChange(ctx, factory, watched, func(ctx context.Context) error {
		all, err := ingresses.Lister().List(labels.Everything())
		if err != nil {
			return err
		}
		routes := routesOf(all, services.Lister())
		table.Store(&routes)
		return publishAll(ctx, client, all, *publish)
	})
}

func handler(table *atomic.Pointer[[]route]) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(request.In.Context().Value(targetKey{}).(*url.URL))
			request.Out.Host = request.In.Host
			request.SetXForwarded()
		},
		FlushInterval: -1, // What is streamed shall arrive as it is written.
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: dialDeadline}).DialContext},
		ErrorHandler: func(w http.ResponseWriter, request *http.Request, err error) {
			klog.ErrorS(err, "no answer from the service", "host", request.Host)
			http.Error(w, "router: the service does not answer", http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		target := find(*table.Load(), request.Host, request.URL.Path)
		if target == nil {
			http.Error(w, "router: no Ingress for this host and path", http.StatusNotFound)
			return
		}
		proxy.ServeHTTP(w, request.WithContext(context.WithValue(request.Context(), targetKey{}, target)))
	})
}

type targetKey struct{}

func find(routes []route, host, path string) *url.URL {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, candidate := range routes {
		if candidate.takesHost(strings.ToLower(host)) && candidate.takesPath(path) {
			return candidate.target
		}
	}
	return nil
}

func (r route) takesHost(host string) bool {
	if domain, wild := strings.CutPrefix(r.host, "*"); wild {
		first, rest, _ := strings.Cut(host, ".")
		return first != "" && "."+rest == domain
	}
	return r.host == "" || r.host == host
}

func (r route) takesPath(path string) bool {
	if r.exact {
		return path == r.path
	}
	below := strings.TrimSuffix(r.path, "/")
	return path == below || strings.HasPrefix(path, below+"/")
}

// routesOf lists where everything leads, the most particular first: named hosts before wild ones before all, exact paths
// before prefixes, long before short.
func routesOf(all []*networkingv1.Ingress, services corelisters.ServiceLister) []route {
	var routes []route
	add := func(namespace, host, path string, exact bool, backend *networkingv1.IngressBackend) {
		if target := targetOf(namespace, backend, services); target != nil {
			routes = append(routes, route{host: strings.ToLower(host), path: path, exact: exact, target: target})
		}
	}
	for _, ingress := range all {
		if ingress.Spec.DefaultBackend != nil {
			add(ingress.Namespace, "", "/", false, ingress.Spec.DefaultBackend)
		}
		for _, rule := range ingress.Spec.Rules {
			if rule.HTTP == nil {
				continue
			}
			for _, path := range rule.HTTP.Paths {
				exact := path.PathType != nil && *path.PathType == networkingv1.PathTypeExact
				add(ingress.Namespace, rule.Host, path.Path, exact, &path.Backend)
			}
		}
	}
	sort.SliceStable(routes, func(i, j int) bool {
		a, b := routes[i], routes[j]
		if rank(a.host) != rank(b.host) {
			return rank(a.host) < rank(b.host)
		}
		if a.exact != b.exact {
			return a.exact
		}
		return len(a.path) > len(b.path)
	})
	return routes
}

func rank(host string) int {
	switch {
	case host == "":
		return 2
	case strings.HasPrefix(host, "*"):
		return 1
	default:
		return 0
	}
}

func targetOf(namespace string, backend *networkingv1.IngressBackend, services corelisters.ServiceLister) *url.URL {
	if backend.Service == nil {
		return nil
	}
	service, err := services.Services(namespace).Get(backend.Service.Name)
	if err != nil || service.Spec.ClusterIP == "" || service.Spec.ClusterIP == corev1.ClusterIPNone {
		return nil // It may come later; then there is another pass.
	}
	for _, port := range service.Spec.Ports {
		if port.Port == backend.Service.Port.Number || (port.Name != "" && port.Name == backend.Service.Port.Name) {
			return &url.URL{Scheme: "http", Host: net.JoinHostPort(service.Spec.ClusterIP, strconv.Itoa(int(port.Port)))}
		}
	}
	return nil
}

func publishAll(ctx context.Context, client kubernetes.Interface, all []*networkingv1.Ingress, address string) error {
	var failed []error
	for _, ingress := range all {
		if address == "" || len(ingress.Status.LoadBalancer.Ingress) > 0 || ingress.DeletionTimestamp != nil {
			continue
		}
		published := ingress.DeepCopy()
		published.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: address}}
		_, err := client.NetworkingV1().Ingresses(ingress.Namespace).UpdateStatus(ctx, published, metav1.UpdateOptions{FieldManager: "router"})
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			failed = append(failed, fmt.Errorf("write status of ingress %s/%s: %w", ingress.Namespace, ingress.Name, err))
		}
	}
	return errors.Join(failed...)
}
