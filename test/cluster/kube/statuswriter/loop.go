package statuswriter

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	fieldManager      = "status-writer"
	retryAfter        = 200 * time.Millisecond
	cacheSyncDeadline = 30 * time.Second
)

// loop runs pass after every change of what the informers watch. A pass takes no input and looks at everything: a test
// cluster is small, and so a lost event, a conflict and a restart are one case. A failed pass is repeated.
type loop struct {
	wake chan struct{}
}

func newLoop() *loop { return &loop{wake: make(chan struct{}, 1)} }

func (l *loop) nudge() {
	select {
	case l.wake <- struct{}{}:
	default: // A pass is due already; it will see this change too.
	}
}

func (l *loop) watch(informer cache.SharedIndexInformer) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { l.nudge() },
		UpdateFunc: func(any, any) { l.nudge() },
		DeleteFunc: func(any) { l.nudge() },
	})
	return err
}

func (l *loop) run(ctx context.Context, start func(stop <-chan struct{}), synced []cache.InformerSynced, pass func(context.Context) error) error {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer cancel()
	start(ctx.Done())
	waiting, done := context.WithTimeout(ctx, cacheSyncDeadline)
	defer done()
	if !cache.WaitForCacheSync(waiting.Done(), synced...) {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("no first list of objects within %s", cacheSyncDeadline)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		}
		if err := pass(ctx); err != nil && ctx.Err() == nil {
			klog.ErrorS(err, "pass failed, will be repeated", "after", retryAfter)
			time.AfterFunc(retryAfter, l.nudge)
		}
	}
}

// overtaken tells that the object was changed or removed after our cache saw it. The event of that brings the next pass.
func overtaken(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }
