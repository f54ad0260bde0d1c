package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	retryAfter   = 200 * time.Millisecond
	syncDeadline = 60 * time.Second
)

// eachChange runs pass after every change of what the informers watch, and again after one that failed. A pass looks at
// everything, so a lost event and a restart are one case.
func eachChange(ctx context.Context, factory informers.SharedInformerFactory, watched []cache.SharedIndexInformer, pass func(context.Context) error) error {
	wake := make(chan struct{}, 1)
	nudge := func() {
		select {
		case wake <- struct{}{}:
		default: // A pass is due already.
		}
	}
	var synced []cache.InformerSynced
	for _, informer := range watched {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { nudge() }, UpdateFunc: func(any, any) { nudge() }, DeleteFunc: func(any) { nudge() }})
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		synced = append(synced, informer.HasSynced)
	}
	factory.Start(ctx.Done())
	waiting, done := context.WithTimeout(ctx, syncDeadline)
	defer done()
	if !cache.WaitForCacheSync(waiting.Done(), synced...) {
		return fmt.Errorf("no first list of objects within %s", syncDeadline)
	}
	nudge() // Also where there is nothing yet.
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		}
		if err := pass(ctx); err != nil && ctx.Err() == nil {
			klog.ErrorS(err, "pass failed, will be repeated", "after", retryAfter)
			time.AfterFunc(retryAfter, nudge)
		}
	}
}
