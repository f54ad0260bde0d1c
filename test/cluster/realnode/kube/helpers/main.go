// Helpers is one program of the small things that stand beside a real node of the tests: what gives it GPUs that are none,
// volumes, a way in from a browser. It runs the one whose name it is called by.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

var helpers = map[string]func(ctx context.Context, arguments []string) error{
	"device-plugin":      runDevicePlugin,
	"volume-provisioner": runVolumeProvisioner,
	"router":             runRouter,
	"forward":            runForward,
	"echo-server":        runEcho,
}

func main() {
	name := filepath.Base(os.Args[0])
	run, known := helpers[name]
	if !known {
		var names []string
		for helper := range helpers {
			names = append(names, helper)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "%s: called by an unknown name; link it to one of: %s\n", name, strings.Join(names, " "))
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil && ctx.Err() == nil {
		klog.ErrorS(err, "ended", "helper", name)
		os.Exit(1)
	}
}

// clientFor speaks as the file says, or as the service account of the pod we run in where none is given.
func clientFor(kubeconfig, agent string) (kubernetes.Interface, error) {
	var config *rest.Config
	var err error
	if kubeconfig == "" {
		config, err = rest.InClusterConfig()
	} else {
		config, err = clientcmd.BuildConfigFromFlags("", kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("find the API server: %w", err)
	}
	config.UserAgent = agent
	config.QPS = -1 // Tests make much at once, and wait for it.
	return kubernetes.NewForConfig(config)
}
