package statuswriter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

var routesResource = schema.GroupVersionResource{Group: "route.openshift.io", Version: "v1", Resource: "routes"}

func runOpenShift(ctx context.Context, typed kubernetes.Interface, untyped dynamic.Interface, appsDomain string) error {
	typedFactory := informers.NewSharedInformerFactory(typed, 0)
	untypedFactory := dynamicinformer.NewDynamicSharedInformerFactory(untyped, 0)
	namespaces := typedFactory.Core().V1().Namespaces()
	routes := untypedFactory.ForResource(routesResource)
	l := newLoop()
	if err := errors.Join(l.watch(namespaces.Informer()), l.watch(routes.Informer())); err != nil {
		return fmt.Errorf("watch namespaces and routes: %w", err)
	}
	start := func(stop <-chan struct{}) {
		typedFactory.Start(stop)
		untypedFactory.Start(stop)
	}
	synced := []cache.InformerSynced{namespaces.Informer().HasSynced, routes.Informer().HasSynced}
	return l.run(ctx, start, synced, func(ctx context.Context) error {
		return errors.Join(
			giveRanges(ctx, typed, namespaces.Lister()),
			admitRoutes(ctx, untyped, routes.Lister(), appsDomain))
	})
}

// giveRanges annotates each namespace that has no range of ids yet. Blocks are counted from the annotations alone, so
// that those of deleted namespaces are given again, as OpenShift does.
func giveRanges(ctx context.Context, client kubernetes.Interface, lister corelisters.NamespaceLister) error {
	all, err := lister.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("list namespaces: %w", err)
	}
	taken := map[int]bool{}
	var without []*corev1.Namespace
	for _, namespace := range all {
		if block, has := blockOf(namespace.Annotations); has {
			taken[block] = true
		} else if namespace.DeletionTimestamp == nil {
			without = append(without, namespace)
		}
	}
	var failed []error
	for _, namespace := range without {
		block := firstFree(taken)
		taken[block] = true
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": namespace.ResourceVersion, // A list that is behind must not give a second range.
			"annotations":     annotationsOf(block),
		}})
		if err != nil {
			return fmt.Errorf("encode annotations: %w", err)
		}
		_, err = client.CoreV1().Namespaces().Patch(ctx, namespace.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
		if err != nil && !overtaken(err) {
			failed = append(failed, fmt.Errorf("annotate namespace %s: %w", namespace.Name, err))
		}
	}
	return errors.Join(failed...)
}

func admitRoutes(ctx context.Context, client dynamic.Interface, lister cache.GenericLister, appsDomain string) error {
	objects, err := lister.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	var routes []*unstructured.Unstructured
	for _, object := range objects {
		route, ok := object.(*unstructured.Unstructured)
		if !ok {
			return fmt.Errorf("list routes: unexpected type %T", object)
		}
		if route.GetDeletionTimestamp() == nil {
			routes = append(routes, route)
		}
	}
	var failed []error
	for _, wanted := range decideRoutes(routes, appsDomain, time.Now()) {
		target := client.Resource(routesResource).Namespace(wanted.GetNamespace())
		options := metav1.UpdateOptions{FieldManager: fieldManager}
		var err error
		if wanted.hostGiven {
			_, err = target.Update(ctx, wanted.Unstructured, options) // The status follows on the event this causes.
		} else {
			_, err = target.UpdateStatus(ctx, wanted.Unstructured, options)
		}
		if err != nil && !overtaken(err) {
			failed = append(failed, fmt.Errorf("write route %s/%s: %w", wanted.GetNamespace(), wanted.GetName(), err))
		}
	}
	return errors.Join(failed...)
}
