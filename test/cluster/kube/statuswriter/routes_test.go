package statuswriter

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var now = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

func route(namespace, name, host, path string, age time.Duration) *unstructured.Unstructured {
	r := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"path": path}}}
	if host != "" {
		_ = unstructured.SetNestedField(r.Object, host, "spec", "host")
	}
	r.SetNamespace(namespace)
	r.SetName(name)
	r.SetCreationTimestamp(metav1.NewTime(now.Add(-age)))
	return r
}

// verdicts applies the writes and returns, per route, whether it is admitted.
func verdicts(t *testing.T, writes []routeWrite) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	for _, write := range writes {
		verdict, has := verdictOf(write.Unstructured)
		if !has || write.hostGiven {
			t.Fatalf("%s/%s has no verdict", write.GetNamespace(), write.GetName())
		}
		got[write.GetNamespace()+"/"+write.GetName()] = verdict.admitted
	}
	return got
}

func TestAHostBelongsToTheOldestRouteAcrossNamespaces(t *testing.T) {
	got := verdicts(t, decideRoutes([]*unstructured.Unstructured{
		route("thief", "young", "a.example", "", time.Minute),
		route("owner", "old", "a.example", "", time.Hour),
		route("owner", "other", "b.example", "", time.Second),
	}, "apps.example", now))
	want := map[string]bool{"owner/old": true, "owner/other": true, "thief/young": false}
	for name, admitted := range want {
		if got[name] != admitted {
			t.Errorf("%s: admitted %v, want %v", name, got[name], admitted)
		}
	}
}

func TestPathsShareAHostWithinOneNamespaceOnly(t *testing.T) {
	got := verdicts(t, decideRoutes([]*unstructured.Unstructured{
		route("one", "root", "a.example", "", time.Hour),
		route("one", "api", "a.example", "/api", time.Minute),
		route("one", "twice", "a.example", "/api", time.Second),
		route("two", "web", "a.example", "/web", time.Second),
	}, "apps.example", now))
	want := map[string]bool{"one/root": true, "one/api": true, "one/twice": false, "two/web": false}
	for name, admitted := range want {
		if got[name] != admitted {
			t.Errorf("%s: admitted %v, want %v", name, got[name], admitted)
		}
	}
}

func TestARouteWithoutAHostIsGivenOneFirst(t *testing.T) {
	writes := decideRoutes([]*unstructured.Unstructured{route("team", "web", "", "", 0)}, "apps.example", now)
	if len(writes) != 1 || !writes[0].hostGiven {
		t.Fatalf("got %d writes", len(writes))
	}
	if host, _, _ := unstructured.NestedString(writes[0].Object, "spec", "host"); host != "web-team.apps.example" {
		t.Errorf("host %q", host)
	}
}

func TestSettledRoutesAreNotWrittenAgainAndAFreedHostIs(t *testing.T) {
	old, young := route("one", "old", "a.example", "", time.Hour), route("two", "young", "a.example", "", time.Minute)
	var settled []*unstructured.Unstructured
	for _, write := range decideRoutes([]*unstructured.Unstructured{old, young}, "apps.example", now) {
		settled = append(settled, write.Unstructured)
	}
	if again := decideRoutes(settled, "apps.example", now.Add(time.Hour)); len(again) != 0 {
		t.Fatalf("%d writes to settled routes", len(again))
	}
	freed := verdicts(t, decideRoutes(settled[1:], "apps.example", now))
	if !freed["two/young"] {
		t.Errorf("the host of a deleted route was not given on: %v", freed)
	}
}
