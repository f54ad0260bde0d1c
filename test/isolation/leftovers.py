"""What a session has on its node, and what is left of it there once it is over."""

from __future__ import annotations

import json
import pathlib

from driver.node import noted
from harness import wait_for

CGROUPS = pathlib.Path("/sys/fs/cgroup")
GONE_WITHIN_S = 120


def cgroups_of_node(node):
    """The roots below which the kubelet of this node makes its pods, one for each hierarchy."""
    name = noted(node.place).cgroup
    return [path for pattern in (name, f"*/{name}") for path in CGROUPS.glob(pattern)]


def of_pod(node, uid):
    return [path for root in cgroups_of_node(node) for path in root.glob(f"**/pod{uid}")]


def limit_of_pod(node, uid, hierarchy, files, most):
    """"" where the cgroup of a pod has a limit, of `most` or less; else what there is."""
    seen = [(path / name).read_text().strip() for path in of_pod(node, uid) for name in files if (path / name).exists()]
    if any(text.isdigit() and int(text) <= most for text in seen):
        return ""
    return f"the {hierarchy} cgroup of a pod is not limited to {most}: {seen}"


class Traces:
    """Taken while the session runs; asked again when it is over."""

    def __init__(self, node, space):
        self.node, self.space = node, space
        pods = json.loads(node.kubectl("get", "pods", "-n", space, "-o", "json").stdout)["items"]
        self.uids = [pod["metadata"]["uid"] for pod in pods]
        self.addresses = [pod["status"]["podIP"] for pod in pods if pod["status"].get("podIP")]
        self.containers = [one["containerID"].split("//")[1] for pod in pods for one in pod["status"].get("containerStatuses", []) if one.get("containerID")]
        claims = json.loads(node.kubectl("get", "pvc", "-n", space, "-o", "json").stdout)["items"]
        self.volumes = [claim["spec"]["volumeName"] for claim in claims if claim["spec"].get("volumeName")]
        routes = node.on_node("ip", "route").stdout.splitlines()
        self.interfaces = [line.split(" dev ")[1].split()[0] for line in routes if line.split()[0] in self.addresses]
        self.pids = sorted(self._processes())

    def _processes(self):
        return {pid for uid in self.uids for path in of_pod(self.node, uid) for file in path.glob("**/cgroup.procs") for pid in file.read_text().split()}

    def _seen(self):
        """How many of each there are now."""
        on = self.node.on_node
        tables = on("nft", "list", "ruleset").stdout + on("iptables-save").stdout
        mounts = on("cat", "/proc/self/mountinfo").stdout
        names = on("ctr", "--address", "/run/containerd/containerd.sock", "--namespace", "k8s.io", "containers", "list", "-q").stdout.split()
        links = on("ip", "-o", "link").stdout
        volumes = self.node.kubectl("get", "pv", "-o", "name").stdout + " ".join(path.name for path in (self.node.place / "node" / "volumes").iterdir())
        return {
            "process": ("processes", len(self._processes())),
            "container": ("containers", len(set(self.containers) & set(names))),
            "cgroup": ("cgroups", sum(len(of_pod(self.node, uid)) for uid in self.uids)),
            "interface": ("interfaces", sum(name in links for name in self.interfaces)),
            "mount": ("mounts", sum(any(uid in line for uid in self.uids) for line in mounts.splitlines())),
            "rule of the firewall": ("rules", sum(any(name in line for name in self.interfaces) for line in tables.splitlines())),
            "volume": ("volumes", sum(name in volumes for name in self.volumes)),
            "folder of logs": ("logs", len([line for line in on("ls", "/var/log/pods").stdout.split() if line.startswith(self.space + "_")])),
        }

    def missing(self):
        return ", ".join(what for what, (_, count) in self._seen().items() if count == 0)

    def left(self, what):
        wait_for(lambda: self._seen()[what][1] == 0, GONE_WITHIN_S, 2)
        name, count = self._seen()[what]
        return f"{name}: {count}"
