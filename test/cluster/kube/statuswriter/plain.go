package statuswriter

import (
	"context"
	"errors"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

// An address of the range kept for documentation (RFC 5737): it cannot be anybody's.
const ingressAddress = "192.0.2.80"

func runPlain(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	ingresses := factory.Networking().V1().Ingresses()
	l := newLoop()
	if err := l.watch(ingresses.Informer()); err != nil {
		return fmt.Errorf("watch ingresses: %w", err)
	}
	return l.run(ctx, factory.Start, []cache.InformerSynced{ingresses.Informer().HasSynced}, func(ctx context.Context) error {
		return publishIngresses(ctx, client, ingresses.Lister())
	})
}

func publishIngresses(ctx context.Context, client kubernetes.Interface, lister networkinglisters.IngressLister) error {
	all, err := lister.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("list ingresses: %w", err)
	}
	var failed []error
	for _, ingress := range all {
		if len(ingress.Status.LoadBalancer.Ingress) > 0 || ingress.DeletionTimestamp != nil {
			continue
		}
		published := ingress.DeepCopy()
		published.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: ingressAddress}}
		_, err := client.NetworkingV1().Ingresses(ingress.Namespace).UpdateStatus(ctx, published, metav1.UpdateOptions{FieldManager: fieldManager})
		if err != nil && !overtaken(err) {
			failed = append(failed, fmt.Errorf("write status of ingress %s/%s: %w", ingress.Namespace, ingress.Name, err))
		}
	}
	return errors.Join(failed...)
}
