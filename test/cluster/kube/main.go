// Kube is one program that holds the parts of a Kubernetes control plane a test needs. It runs the part whose name it is
// called by, so a folder of links to it looks like an ordinary installation, costs the disk of one program, and `ps` tells
// the parts apart.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata" // CronJobs name time zones; the machine may have no zone files.

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	kubeapiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kubecontrollermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"berth.dev/testcluster/kube/statuswriter"
)

func server(newCommand func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(newCommand())) }
}

func runKubectl() {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
}

// The commands are made only when asked for: they register their flags and feature gates in the same places.
var parts = map[string]func(){
	"kube-apiserver":          server(kubeapiserver.NewAPIServerCommand),
	"kube-controller-manager": server(kubecontrollermanager.NewControllerManagerCommand),
	"kube-scheduler":          server(func() *cobra.Command { return kubescheduler.NewSchedulerCommand() }),
	"kubectl":                 runKubectl,
	"status-writer":           server(statuswriter.NewCommand),
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
