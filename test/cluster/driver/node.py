"""What a real node takes of the machine: namespaces, one pair of interfaces, one cgroup. All of it is named by the run, so that
several live side by side, and all of it is gone after `release`, in whatever way the node ended."""

from __future__ import annotations

import dataclasses
import errno
import ipaddress
import json
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import time

from .failures import Failure
from .waiting import Signals, run_child

STATE, FOLDER = "node.json", "node"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
# Kept for measurements of networks (RFC 2544): no network of anybody's uses it. Each run takes four addresses of it.
NETWORK = ipaddress.ip_network("198.18.0.0/15")
PROGRAMS = ("containerd", "containerd-shim-runc-v2", "runc", "ctr", "skopeo", "docker-registry", "iptables-nft", "ipset", "nft",
            "ip", "conntrack", "nsenter", "unshare", "setpriv", "mount")
CNI_PLUGINS = pathlib.Path("/usr/lib/cni")
SHADOWED = ("/run", "/var/run", "/var/lib", "/var/log")
RELEASE_DEADLINE_S = 30.0
COMMAND_DEADLINE_S = 30.0
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class Node:
    """One real node. `run` names it on the machine, `subnet` is its number among those of NETWORK."""

    folder: pathlib.Path
    run: str
    subnet: int

    @property
    def own(self) -> pathlib.Path:
        return self.folder / FOLDER

    @property
    def address(self) -> str:
        return str(NETWORK[4 * self.subnet + 1])

    @property
    def outside_address(self) -> str:
        """The machine's own, at the other end."""
        return str(NETWORK[4 * self.subnet + 2])

    @property
    def interface(self) -> str:
        return f"berth{self.run}"

    @property
    def cgroup(self) -> str:
        return f"berth-node-{self.run}"


def demand_machine(folder: pathlib.Path) -> None:
    """Refuses, in one sentence, a machine or a user that cannot have a real node."""
    if os.geteuid() != 0:
        raise Failure("--node real: needs root, since it makes namespaces, mounts and cgroups; run it as root or leave --node out")
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    missing += [name for name in ("host-local", "loopback", "portmap") if not (CNI_PLUGINS / name).exists()]
    if missing:
        raise Failure(f"--node real: {', '.join(missing)}: not installed; tools/setup/debian packages-node.txt brings them")
    if "\toverlay\n" not in pathlib.Path("/proc/filesystems").read_text():
        raise Failure("--node real: the kernel has no overlay file system (modprobe overlay, where it is a module)")
    lacking = _controllers_missing()
    if lacking:
        raise Failure(f"--node real: no cgroup controller {', '.join(lacking)} below {CGROUPS}")
    real = folder.resolve()
    for place in SHADOWED:
        if real.is_relative_to(place):
            raise Failure(f"--dir {folder}: a real node has a {place} of its own; take a folder elsewhere")


def _controllers_missing() -> list[str]:
    unified = CGROUPS / "cgroup.controllers"
    if unified.exists():
        there = unified.read_text().split()
        return [name for name in ("cpu", "cpuset", "memory", "pids") if name not in there]
    return [name for name in CONTROLLERS if not (CGROUPS / name / "cgroup.procs").exists()]


def choose(folder: pathlib.Path, signals: Signals) -> Node:
    """Names and addresses for one run, noted before anything is made, so that whoever comes later can take it away."""
    addresses = {info["local"] for interface in json.loads(_ip(signals, "-json", "-4", "address")) for info in interface["addr_info"]}
    for _ in range(100):
        node = Node(folder, secrets.token_hex(4), random.randrange(NETWORK.num_addresses // 4))
        if node.outside_address not in addresses:
            break
    (folder / STATE).write_text(json.dumps({"run": node.run, "subnet": node.subnet}) + "\n")
    node.own.mkdir()
    return node


def noted(folder: pathlib.Path) -> Node | None:
    """The node of the cluster in `folder`, running or not."""
    try:
        return Node(folder, **json.loads((folder / STATE).read_text()))
    except FileNotFoundError:
        return None


def namespaces(keeper: int, folder: pathlib.Path) -> list[str]:
    """The start of a command line that runs the rest of it in the node. `keeper` made the namespaces; the first process in
    them is its child. The command dies with nsenter, which stands for it outside."""
    return ["nsenter", f"--target={keeper}", "--net", "--mount", f"--pid=/proc/{keeper}/ns/pid_for_children", f"--wdns={folder}",
            "--", "setpriv", "--pdeathsig", "KILL", "--"]


def connect(node: Node, keeper: int, signals: Signals) -> None:
    """A pair of interfaces between the machine and the node: without one the node has no address that is not loopback."""
    inside = ["nsenter", f"--target={keeper}", "--net", "--"]
    try:
        _ip(signals, "link", "add", node.interface, "type", "veth", "peer", "name", "eth0", "netns", str(keeper))
    except Failure as failure:
        raise Failure(f"--node real: the kernel makes no pair of interfaces (veth): {failure}") from None
    _ip(signals, "address", "add", f"{node.outside_address}/30", "dev", node.interface)
    _ip(signals, "link", "set", node.interface, "up")
    for arguments in (["address", "add", f"{node.address}/30", "dev", "eth0"], ["link", "set", "eth0", "up"],
                      ["route", "add", "default", "via", node.outside_address]):
        run_child([*inside, "ip", *arguments], COMMAND_DEADLINE_S, signals)


def _ip(signals: Signals, *arguments: str) -> str:
    return run_child(["ip", *arguments], COMMAND_DEADLINE_S, signals)


def make_cgroup(node: Node) -> None:
    """The kubelet wants the root of its cgroups made before, in every hierarchy."""
    for hierarchy in _hierarchies():
        made = hierarchy / node.cgroup
        made.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):  # Of version 1: empty at first, and then nothing can run in there.
            if (made / name).exists() and not (made / name).read_text().strip():
                (made / name).write_text((hierarchy / name).read_text())


def _hierarchies() -> list[pathlib.Path]:
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [entry for entry in CGROUPS.iterdir() if entry.is_dir() and not entry.is_symlink() and (entry / "cgroup.procs").exists()]


def release(node: Node) -> None:
    """Waits until the kernel has taken apart what went with the last process, and removes the cgroups, which stay otherwise."""
    end = time.monotonic() + RELEASE_DEADLINE_S
    while left := _left(node):
        if time.monotonic() > end:
            raise Failure(f"node {node.run}: still there {RELEASE_DEADLINE_S:.0f} s after its end: {', '.join(left)}")
        time.sleep(0.05)


def _left(node: Node) -> list[str]:
    left = [f"cgroup {hierarchy / node.cgroup}" for hierarchy in _hierarchies() if not _remove_cgroup(hierarchy / node.cgroup)]
    if pathlib.Path("/sys/class/net", node.interface).exists():
        # With its namespace gone it goes too. Where the node never had one, or its end is late, this hastens it.
        subprocess.run(["ip", "link", "delete", node.interface], capture_output=True, check=False)
        left.append(f"interface {node.interface}")
    return left


def _remove_cgroup(top: pathlib.Path) -> bool:
    for folder, _, _ in os.walk(top, topdown=False):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
    return True
