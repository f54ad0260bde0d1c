// Kube is one program that holds the parts of a Kubernetes node, and the small helpers of the tests that stand beside them on
// a real node. It runs the part whose name it is called by, as ../../kube does for the control plane; apart from that one, so
// that only who wants a real node builds it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubeproxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func server(newCommand func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(newCommand())) }
}

// The commands are made only when asked for: they register their flags and feature gates in the same places.
var parts = map[string]func(){
	"kubelet":    server(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),
	"kube-proxy": server(kubeproxy.NewProxyCommand),
}

func main() {
	name := filepath.Base(os.Args[0])
	run, known := parts[name]
	if !known {
		var names []string
		for part := range parts {
			names = append(names, part)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "%s: called by an unknown name; link it to one of: %s\n", name, strings.Join(names, " "))
		os.Exit(2)
	}
	run()
}
