// Package statuswriter stands in for the parts of a cluster that write into objects others have made and that no plain
// control plane has: the OpenShift router (Route status), the OpenShift controller that gives each namespace its range of
// user ids, and, on plain Kubernetes, an ingress controller (Ingress status). It admits and publishes; it carries no traffic.
package statuswriter

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// NewCommand returns the command `status-writer`. It runs until it is ended by a signal.
func NewCommand() *cobra.Command {
	var kubeconfig, flavour, appsDomain string
	command := &cobra.Command{
		Use:           "status-writer",
		Short:         "Write the statuses that a router or an ingress controller would write",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return fmt.Errorf("read %s: %w", kubeconfig, err)
			}
			config.UserAgent = fieldManager
			config.QPS = -1 // A test that makes 1,000 namespaces shall not wait for a polite client.
			typed, err := kubernetes.NewForConfig(config)
			if err != nil {
				return fmt.Errorf("make a client: %w", err)
			}
			untyped, err := dynamic.NewForConfig(config)
			if err != nil {
				return fmt.Errorf("make a dynamic client: %w", err)
			}
			switch flavour {
			case "openshift":
				return runOpenShift(command.Context(), typed, untyped, appsDomain)
			case "plain":
				return runPlain(command.Context(), typed)
			default:
				return fmt.Errorf("--flavour %q: must be openshift or plain", flavour)
			}
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "file with the address of the API server and the keys for it")
	command.Flags().StringVar(&flavour, "flavour", "", "openshift (Routes, ranges of namespaces) or plain (Ingresses)")
	command.Flags().StringVar(&appsDomain, "apps-domain", "apps.testcluster.example", "domain of Routes that name no host")
	_ = command.MarkFlagRequired("kubeconfig")
	_ = command.MarkFlagRequired("flavour")
	return command
}
