// What NVIDIA's own code makes of what Berth writes.
//
//	judge plugin FILE...   each a configuration of the device plugin, as its own parser reads it: a line of JSON for each,
//	                       {"file", "error", "resources": {name: replicas}}
//	judge cards            cards whose tables NVIDIA's mock has as the guide has them, as one line of JSON
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/gpus"
	plugin "github.com/NVIDIA/k8s-device-plugin/api/config/v1"
	"sigs.k8s.io/yaml"
)

type pluginAnswer struct {
	File      string         `json:"file"`
	Error     string         `json:"error"`
	Resources map[string]int `json:"resources"`
}

func readPlugin(path string) pluginAnswer {
	answer := pluginAnswer{File: path, Resources: map[string]int{}}
	text, err := os.ReadFile(path)
	if err == nil {
		var config plugin.Config
		if err = yaml.UnmarshalStrict(text, &config); err == nil {
			for _, resource := range config.Sharing.TimeSlicing.Resources {
				answer.Resources[string(resource.Name)] = resource.Replicas
			}
		}
	}
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}

type profile struct {
	Compute int   `json:"compute"`
	Size    int   `json:"size"`
	Starts  []int `json:"starts"`
	Most    int   `json:"most"`
}

type card struct {
	Name     string    `json:"name"`
	PciID    string    `json:"pci_id"`
	Profiles []profile `json:"profiles"`
}

func readCard(config gpus.Config) card {
	out := card{Name: config.Name, PciID: fmt.Sprintf("0x%08X", config.PciDeviceId)}
	for id, info := range config.MIGProfiles.GpuInstanceProfiles {
		one := profile{Compute: int(info.SliceCount), Most: int(info.InstanceCount)}
		for _, place := range config.MIGProfiles.GpuInstancePlacements[id] {
			one.Size = int(place.Size)
			one.Starts = append(one.Starts, int(place.Start))
		}
		sort.Ints(one.Starts)
		out.Profiles = append(out.Profiles, one)
	}
	return out
}

func main() {
	print := json.NewEncoder(os.Stdout)
	switch {
	case len(os.Args) > 2 && os.Args[1] == "plugin":
		for _, path := range os.Args[2:] {
			if err := print.Encode(readPlugin(path)); err != nil {
				panic(err)
			}
		}
	case len(os.Args) == 2 && os.Args[1] == "cards":
		cards := []card{readCard(gpus.A30_PCIE_24GB), readCard(gpus.A100_SXM4_40GB), readCard(gpus.A100_SXM4_80GB)}
		if err := print.Encode(cards); err != nil {
			panic(err)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: judge plugin FILE... | judge cards")
		os.Exit(2)
	}
}
