package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"k8s.io/klog/v2"
	plugin "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

const (
	pollKubelet      = time.Second
	registerDeadline = 10 * time.Second
)

// unit is a GPU or a slice of one, offered as several devices, as NVIDIA's plugin does where time-slicing is set up.
type unit struct {
	resource string // nvidia.com/gpu
	uuid     string // GPU-...
	gpu      int    // The number of its card, and so of its device file.
	replicas int
}

// parseUnit reads RESOURCE=UUID@GPU*REPLICAS.
func parseUnit(text string) (unit, error) {
	wrong := fmt.Errorf("--unit %q: must be RESOURCE=UUID@GPU*REPLICAS, such as nvidia.com/gpu=GPU-1@1*4", text)
	resource, rest, found := strings.Cut(text, "=")
	uuid, rest, found2 := strings.Cut(rest, "@")
	gpu, replicas, found3 := strings.Cut(rest, "*")
	number, err := strconv.Atoi(gpu)
	count, err2 := strconv.Atoi(replicas)
	if !found || !found2 || !found3 || resource == "" || uuid == "" || errors.Join(err, err2) != nil || number < 0 || count < 1 {
		return unit{}, wrong
	}
	return unit{resource: resource, uuid: uuid, gpu: number, replicas: count}, nil
}

func (u unit) devices() []*plugin.Device {
	var all []*plugin.Device
	for i := range u.replicas {
		id := u.uuid
		if u.replicas > 1 {
			id = fmt.Sprintf("%s::%d", u.uuid, i)
		}
		all = append(all, &plugin.Device{ID: id, Health: plugin.Healthy})
	}
	return all
}

// allocate answers as NVIDIA's plugin does with failRequestsGreaterThanOne: a share is a share, two are not twice as much.
func (u unit) allocate(ids []string) (*plugin.ContainerAllocateResponse, error) {
	if u.replicas > 1 && len(ids) > 1 {
		return nil, fmt.Errorf("request for '%s: %d' too large: maximum request size for shared resources is 1", u.resource, len(ids))
	}
	// The environment names the unit, not the share. The file is what a container runtime hook would put there; it is the
	// null device under the card's name, so whoever opens it gets a device, and breaks nothing.
	return &plugin.ContainerAllocateResponse{
		Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": u.uuid},
		Devices: []*plugin.DeviceSpec{
			{HostPath: os.DevNull, ContainerPath: fmt.Sprintf("/dev/nvidia%d", u.gpu), Permissions: "rw"},
		},
	}, nil
}

type units []unit

func (u *units) String() string { return fmt.Sprint(*u) }

func (u *units) Set(text string) error {
	parsed, err := parseUnit(text)
	if err == nil {
		*u = append(*u, parsed)
	}
	return err
}

// runDevicePlugin offers the units given on the command line to the kubelet, again whenever that starts anew.
func runDevicePlugin(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("device-plugin", flag.ContinueOnError)
	var offered units
	flags.Var(&offered, "unit", "RESOURCE=UUID@GPU*REPLICAS, once for each unit")
	folder := flags.String("folder", plugin.DevicePluginPath, "where the kubelet looks for plugins")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	registered := time.Time{}
	for {
		if started, there := startOf(filepath.Join(*folder, "kubelet.sock")); there && started != registered {
			// A kubelet that starts removes all sockets in its folder, so ours are made anew too.
			for number, offer := range offered {
				if err := serve(ctx, *folder, fmt.Sprintf("berth-%d.sock", number), offer); err != nil {
					return err
				}
			}
			registered = started
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pollKubelet):
		}
	}
}

// startOf is when the kubelet made its socket, which tells one life of it from the next.
func startOf(socket string) (time.Time, bool) {
	info, err := os.Stat(socket)
	if err != nil {
		return time.Time{}, false
	}
	return info.ModTime(), true
}

func serve(ctx context.Context, folder, socket string, offer unit) error {
	path := filepath.Join(folder, socket)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the socket of before: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("offer %s: %w", offer.resource, err)
	}
	server := grpc.NewServer()
	plugin.RegisterDevicePluginServer(server, &pluginServer{unit: offer})
	go func() {
		if err := server.Serve(listener); err != nil {
			klog.ErrorS(err, "no longer offered", "resource", offer.resource)
		}
	}()
	context.AfterFunc(ctx, server.Stop)

	connection, err := grpc.NewClient("unix://"+filepath.Join(folder, "kubelet.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("speak to the kubelet: %w", err)
	}
	defer connection.Close()
	limited, cancel := context.WithTimeout(ctx, registerDeadline)
	defer cancel()
	_, err = plugin.NewRegistrationClient(connection).Register(limited, &plugin.RegisterRequest{
		Version: plugin.Version, Endpoint: socket, ResourceName: offer.resource, Options: &plugin.DevicePluginOptions{},
	})
	if err != nil {
		return fmt.Errorf("register %s: %w", offer.resource, err)
	}
	klog.InfoS("offered", "resource", offer.resource, "unit", offer.uuid, "replicas", offer.replicas)
	return nil
}

type pluginServer struct {
	plugin.UnimplementedDevicePluginServer
	unit unit
}

func (s *pluginServer) GetDevicePluginOptions(context.Context, *plugin.Empty) (*plugin.DevicePluginOptions, error) {
	return &plugin.DevicePluginOptions{}, nil
}

func (s *pluginServer) ListAndWatch(_ *plugin.Empty, stream grpc.ServerStreamingServer[plugin.ListAndWatchResponse]) error {
	if err := stream.Send(&plugin.ListAndWatchResponse{Devices: s.unit.devices()}); err != nil {
		return err
	}
	<-stream.Context().Done() // They stay as healthy as they are.
	return nil
}

func (s *pluginServer) Allocate(_ context.Context, request *plugin.AllocateRequest) (*plugin.AllocateResponse, error) {
	answer := &plugin.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		given, err := s.unit.allocate(container.DevicesIds)
		if err != nil {
			return nil, err
		}
		answer.ContainerResponses = append(answer.ContainerResponses, given)
	}
	return answer, nil
}
