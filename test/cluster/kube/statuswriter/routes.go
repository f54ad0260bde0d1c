package statuswriter

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A routeWrite is a route as it should be. With hostGiven its spec is to be written, otherwise its status.
type routeWrite struct {
	*unstructured.Unstructured
	hostGiven bool
}

// decideRoutes returns those of routes that are not as the router would leave them. A host belongs to the oldest route
// that names it, across namespaces, unless paths tell routes of one namespace apart; the others are refused.
func decideRoutes(routes []*unstructured.Unstructured, appsDomain string, now time.Time) []routeWrite {
	oldestFirst := slices.SortedFunc(slices.Values(routes), func(a, b *unstructured.Unstructured) int {
		if order := a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time); order != 0 {
			return order
		}
		return strings.Compare(a.GetNamespace()+"/"+a.GetName(), b.GetNamespace()+"/"+b.GetName())
	})
	namespaceOf := map[string]string{}
	claimed := map[string]bool{}
	var writes []routeWrite
	for _, route := range oldestFirst {
		host, _, _ := unstructured.NestedString(route.Object, "spec", "host")
		if host == "" {
			wanted := route.DeepCopy()
			host = route.GetName() + "-" + route.GetNamespace() + "." + appsDomain
			_ = unstructured.SetNestedField(wanted.Object, host, "spec", "host")
			writes = append(writes, routeWrite{wanted, true})
			continue
		}
		path, _, _ := unstructured.NestedString(route.Object, "spec", "path")
		owner, owned := namespaceOf[host]
		admitted := (!owned || owner == route.GetNamespace()) && !claimed[host+path]
		if admitted {
			namespaceOf[host] = route.GetNamespace()
			claimed[host+path] = true
		}
		if verdict, has := verdictOf(route); has && verdict == (routeVerdict{host, admitted}) {
			continue
		}
		wanted := route.DeepCopy()
		_ = unstructured.SetNestedSlice(wanted.Object, []any{routeIngress(host, admitted, now)}, "status", "ingress")
		writes = append(writes, routeWrite{wanted, false})
	}
	return writes
}

type routeVerdict struct {
	host     string
	admitted bool
}

func verdictOf(route *unstructured.Unstructured) (routeVerdict, bool) {
	ingress, _, _ := unstructured.NestedSlice(route.Object, "status", "ingress")
	if len(ingress) != 1 {
		return routeVerdict{}, false
	}
	first, isMap := ingress[0].(map[string]any)
	if !isMap {
		return routeVerdict{}, false
	}
	host, _, _ := unstructured.NestedString(first, "host")
	conditions, _, _ := unstructured.NestedSlice(first, "conditions")
	for _, condition := range conditions {
		if fields, isMap := condition.(map[string]any); isMap && fields["type"] == "Admitted" {
			return routeVerdict{host, fields["status"] == "True"}, true
		}
	}
	return routeVerdict{}, false
}

func routeIngress(host string, admitted bool, now time.Time) map[string]any {
	condition := map[string]any{"type": "Admitted", "status": "True", "lastTransitionTime": now.UTC().Format(time.RFC3339)}
	if !admitted {
		condition["status"] = "False"
		condition["reason"] = "HostAlreadyClaimed"
		condition["message"] = "an older route has the host " + host
	}
	return map[string]any{
		"host":                    host,
		"routerName":              "default",
		"routerCanonicalHostname": "router-default.testcluster.example",
		"wildcardPolicy":          "None",
		"conditions":              []any{condition},
	}
}
