package main

import (
	"slices"
	"testing"
)

func TestUnitsAreRead(t *testing.T) {
	read, err := parseUnit("nvidia.com/mig-1g.24gb=MIG-1@0*2")
	if want := (unit{resource: "nvidia.com/mig-1g.24gb", uuid: "MIG-1", gpu: 0, replicas: 2}); err != nil || read != want {
		t.Errorf("%+v %v", read, err)
	}
	for _, wrong := range []string{"", "nvidia.com/gpu", "nvidia.com/gpu=GPU-1", "nvidia.com/gpu=GPU-1@0", "nvidia.com/gpu=GPU-1@0*0",
		"nvidia.com/gpu=GPU-1@x*2", "nvidia.com/gpu=@0*2", "=GPU-1@0*2"} {
		if _, err := parseUnit(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestAUnitIsOfferedOnceForEachReplica(t *testing.T) {
	for replicas, want := range map[int][]string{1: {"GPU-1"}, 2: {"GPU-1::0", "GPU-1::1"}} {
		var ids []string
		for _, device := range (unit{uuid: "GPU-1", replicas: replicas}).devices() {
			ids = append(ids, device.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%d replicas: %v", replicas, ids)
		}
	}
}

func TestAContainerGetsTheUnitAndItsCardsFile(t *testing.T) {
	shared := unit{resource: "nvidia.com/gpu", uuid: "GPU-1", gpu: 1, replicas: 4}
	given, err := shared.allocate([]string{"GPU-1::3"})
	if err != nil || given.Envs["NVIDIA_VISIBLE_DEVICES"] != "GPU-1" || given.Devices[0].ContainerPath != "/dev/nvidia1" {
		t.Errorf("%v %v", given, err)
	}
	if _, err := shared.allocate([]string{"GPU-1::0", "GPU-1::1"}); err == nil {
		t.Error("two shares of one unit were given to one container")
	}
}
