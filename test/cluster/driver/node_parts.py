"""The command lines and settings files of the parts of a real node."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import sys

from .node import CNI_PLUGINS, Node
from .parts import POD_RANGE, Part, Settings

NODE_NAME = "gpu-node-1"
DNS_ADDRESS = "10.96.0.10"
DNS_DOMAIN = "cluster.local"
RUNTIME = "/run/containerd/containerd.sock"
PAUSE_IMAGE = "berth.test/busybox:1"  # Sleeps when not told otherwise, and that is all a pause has to do.
REGISTRY_NAME = "registry.test"
REGISTRY_PORT = 5000
ROUTER_PORT = 30080
HEALTH_PORT = 9099
POD_PIDS = 1024

# The reference machine: GPU 0 as four slices, each of its own profile and for two, GPU 1 whole and for four.
UNITS = (
    "nvidia.com/mig-1g.24gb=MIG-00000000-0000-4000-8000-000000000001@0*2",
    "nvidia.com/mig-1g.24gb-me=MIG-00000000-0000-4000-8000-000000000002@0*2",
    "nvidia.com/mig-1g.24gb.gfx=MIG-00000000-0000-4000-8000-000000000003@0*2",
    "nvidia.com/mig-1g.24gb.me=MIG-00000000-0000-4000-8000-000000000004@0*2",
    "nvidia.com/gpu=GPU-00000000-0000-4000-8000-000000000005@1*4",
)


@dataclasses.dataclass(frozen=True)
class RealNode:
    """A real node of a cluster: `programs` is what ../build-node made, `local_port` leads from loopback to the router, `images` is where
    those are that it has from the start."""

    node: Node
    programs: pathlib.Path
    local_port: int
    images: pathlib.Path

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def own(self, name: str) -> str:
        return str(self.node.own / name)


def keeper(real: RealNode) -> Part:
    script = pathlib.Path(__file__).parent / "keeper.py"
    return Part("node", ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--",
                         sys.executable, "-I", str(script), str(real.node.own), str(real.images)], program="unshare", inside=False)


def containerd(real: RealNode) -> Part:
    return Part("containerd", [f"--config={real.own('containerd.toml')}"], program="containerd")


def registry(real: RealNode) -> Part:
    return Part("docker-registry", ["serve", real.own("registry.yaml")], program="docker-registry")


def kubelet(settings: Settings, real: RealNode) -> Part:
    return Part("kubelet", [
        f"--config={real.own('kubelet.json')}", f"--kubeconfig={settings.kubeconfig('kubelet')}",
        f"--hostname-override={NODE_NAME}", f"--node-ip={real.node.address}", "--root-dir=/var/lib/kubelet",
    ], program=real.program("kubelet"))


def kube_proxy(settings: Settings, real: RealNode) -> Part:
    return Part("kube-proxy", [
        f"--kubeconfig={settings.kubeconfig('kube-proxy')}", "--proxy-mode=nftables", f"--cluster-cidr={POD_RANGE}",
        f"--hostname-override={NODE_NAME}",
        # These are of the whole machine, and a namespace may not write them.
        "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
    ], program=real.program("kube-proxy"))


def felix(settings: Settings, real: RealNode) -> Part:
    """Calico's agent, which turns network policies into rules of the node."""
    chosen = {
        "DATASTORETYPE": "kubernetes", "FELIXHOSTNAME": NODE_NAME, "IPTABLESBACKEND": "nft", "NFTABLESMODE": "Disabled",
        "BPFENABLED": "false", "IPV6SUPPORT": "false", "VXLANENABLED": "false", "IPINIPENABLED": "false", "XDPENABLED": "false",
        "USAGEREPORTINGENABLED": "false", "IGNORELOOSERPF": "true", "LOGSEVERITYSCREEN": "warning", "LOGFILEPATH": "none",
        "LOGSEVERITYFILE": "none", "LOGSEVERITYSYS": "none",
        # What a pod's policies let go to the node arrives there: the API server is on it.
        "DEFAULTENDPOINTTOHOSTACTION": "ACCEPT",
        "ENDPOINTSTATUSPATHPREFIX": "/var/run/calico",  # The network plugin waits for what is written there, see _cni.
        "HEALTHENABLED": "true", "HEALTHHOST": real.node.address, "HEALTHPORT": str(HEALTH_PORT),
    }
    environment = {f"FELIX_{name}": value for name, value in chosen.items()}
    return Part("calico-felix", [], program=real.program("calico-felix"),
                environment={**environment, "KUBECONFIG": settings.kubeconfig("calico")})


def device_plugin(real: RealNode) -> Part:
    return Part("device-plugin", [f"--unit={unit}" for unit in UNITS], program=real.program("device-plugin"))


def volume_provisioner(settings: Settings, real: RealNode) -> Part:
    return Part("volume-provisioner", [f"--kubeconfig={settings.kubeconfig('volume-provisioner')}",
                                       f"--folder={real.own('volumes')}"], program=real.program("volume-provisioner"))


def forward(real: RealNode) -> Part:
    return Part("forward", [f"--listen=127.0.0.1:{real.local_port}", f"--to={real.node.address}:{ROUTER_PORT}"],
                program=real.program("forward"), inside=False)


def write_files(settings: Settings, real: RealNode) -> None:
    """Settings files of all parts, in the node's folder."""
    files = {
        "containerd.toml": _containerd(real), "kubelet.json": json.dumps(_kubelet(settings, real), indent=1),
        "registry.yaml": _registry(real), "cni/10-calico.conflist": json.dumps(_cni(settings), indent=1),
        f"registries/{REGISTRY_NAME}/hosts.toml": _mirror(real), "resolv.conf": "",
    }
    for name, text in files.items():
        file = real.node.own / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    plugins = real.node.own / "cni-plugins"
    plugins.mkdir()
    (plugins / "calico").symlink_to(real.programs / "cni" / "calico")
    for plugin in ("host-local", "loopback", "portmap"):
        (plugins / plugin).symlink_to(CNI_PLUGINS / plugin)


def _containerd(real: RealNode) -> str:
    return f"""version = 2
root = "{real.own('containerd')}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "{RUNTIME}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{real.own('cni-plugins')}"
conf_dir = "{real.own('cni')}"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{real.own('registries')}"
"""


def _mirror(real: RealNode) -> str:
    server = f"http://{real.node.address}:{REGISTRY_PORT}"
    return f'server = "{server}"\n[host."{server}"]\ncapabilities = ["pull", "resolve"]\n'


def _registry(real: RealNode) -> str:
    return (f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {real.own('registry')}}}}}\n"
            f"http: {{addr: '{real.node.address}:{REGISTRY_PORT}'}}\n")


def _cni(settings: Settings) -> dict[str, object]:
    calico = {
        "type": "calico", "log_level": "warning", "log_file_path": "/var/log/calico-cni.log", "datastore_type": "kubernetes",
        "nodename": NODE_NAME, "nodename_file_optional": True, "mtu": 1500,
        "ipam": {"type": "host-local", "subnet": "usePodCidr"}, "policy": {"type": "k8s"},
        # A pod that starts before its policies are in force would be reachable by all for that moment, or reach nothing.
        "policy_setup_timeout_seconds": 10,
        "kubernetes": {"kubeconfig": settings.kubeconfig("calico")},
    }
    return {"name": "k8s-pod-network", "cniVersion": "0.3.1",
            "plugins": [calico, {"type": "portmap", "snat": True, "capabilities": {"portMappings": True}}]}


def _kubelet(settings: Settings, real: RealNode) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "authentication": {"x509": {"clientCAFile": settings.keys("ca.crt")}, "webhook": {"enabled": True},
                           "anonymous": {"enabled": False}},
        "authorization": {"mode": "Webhook"},
        "registerNode": False,  # It is there already, with the labels of the reference machine.
        "containerRuntimeEndpoint": f"unix://{RUNTIME}", "podLogsDir": "/var/log/pods",
        "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{real.node.cgroup}", "failCgroupV1": False, "failSwapOn": False,
        "enforceNodeAllocatable": ["none"], "localStorageCapacityIsolation": True,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%"},
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        "clusterDNS": [DNS_ADDRESS], "clusterDomain": DNS_DOMAIN, "resolvConf": real.own("resolv.conf"),
        # A fork bomb ends at the pod's own limit; without one it would be the machine's.
        "podPidsLimit": POD_PIDS, "seccompDefault": True,
        "maxPods": 250, "registryPullQPS": 0, "serializeImagePulls": False,
        # Tests wait for what the kubelet tells; on a real node nobody minds ten seconds.
        "syncFrequency": "10s", "nodeStatusUpdateFrequency": "5s", "nodeStatusReportFrequency": "5s",
        "fileCheckFrequency": "0s", "httpCheckFrequency": "0s", "shutdownGracePeriod": "0s",
    }
