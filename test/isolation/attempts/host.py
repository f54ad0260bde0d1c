"""Out of the container, onto the node."""

from attempt import KERNEL, POD_SECURITY, PODS, Attempt, create, mounted
from objects import pod, volume


def secured(**context):
    return pod("p", container={"securityContext": context})


def attempts(where):
    yield create("a privileged container", secured(privileged=True), POD_SECURITY)
    yield create("a privileged debugging container", pod("p", initContainers=[{
        "name": "i", "image": "x", "securityContext": {"privileged": True}}]), POD_SECURITY)
    yield create("the node's root", pod("p", **volume("hostPath", {"path": "/"})), POD_SECURITY)
    yield create("the runtime's socket", pod("p", **volume("hostPath", {"path": "/run/containerd/containerd.sock"})), POD_SECURITY)
    yield create("the node's network", pod("p", hostNetwork=True), POD_SECURITY)
    yield create("the node's processes", pod("p", hostPID=True), POD_SECURITY)
    yield create("the node's shared memory", pod("p", hostIPC=True), POD_SECURITY)
    yield create("a port of the node", pod("p", container={"ports": [{"containerPort": 80, "hostPort": 80}]}), POD_SECURITY)
    for name in ("SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "ALL"):
        yield create(f"the capability {name}", secured(capabilities={"add": [name]}), POD_SECURITY)
    yield create("no seccomp profile", pod("p", securityContext={"seccompProfile": {"type": "Unconfined"}}), POD_SECURITY)
    yield create("no AppArmor profile", pod("p", securityContext={"appArmorProfile": {"type": "Unconfined"}}), POD_SECURITY)
    yield create("an unmasked /proc", pod("p", container={"securityContext": {"procMount": "Unmasked"}}, hostUsers=False), POD_SECURITY)
    yield create("settings of the node's kernel", pod("p", securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}), POD_SECURITY)
    yield create("an SELinux type of its own", pod("p", securityContext={"seLinuxOptions": {"type": "spc_t"}}), POD_SECURITY)
    yield create("a Windows host process", pod("p", securityContext={"windowsOptions": {"hostProcess": True}}), POD_SECURITY,
                 "violates PodSecurity|may not be set|hostNetwork must be true|Invalid value")
    yield create("a volume that the node fetches (nfs)", pod("p", **volume("nfs", {"server": "192.0.2.1", "path": "/"})), PODS)
    yield create("a volume that a driver fetches (csi)", pod("p", **volume("csi", {"driver": "x.example"})), PODS)
    yield create("have the node ask elsewhere by a probe", pod("p", container={"livenessProbe": {
        "httpGet": {"host": "192.0.2.1", "port": 80}}}), POD_SECURITY)
    yield Attempt("a user namespace in a pod of its own", "kubectl exec tool -- unshare -U -r true", KERNEL)
    for name, line in {
        "mount something": mounted("none", "/tmp", "tmpfs", 0), "a mount namespace of its own": "unshare --mount true",
        "a user namespace of its own": "unshare --user --map-root-user true", "enter the node's namespaces": "nsenter --target 1 --net true",
        "a new root": "chroot / true", "change the kernel's settings": "echo 1 >/proc/sys/vm/drop_caches",
        "raise its own limits": "ulimit -n 10000000", "read the kernel's log": "dmesg",
        "an interface of its own": "ip link add x type dummy", "listen to others' packets":
        "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
        "write its cgroup": "echo 1 >$(find /sys/fs/cgroup -name 'pids.max' -o -name 'cgroup.procs' 2>/dev/null | head -1)",
    }.items():
        yield Attempt(name, line, KERNEL, r"not permitted|denied|superuser|Read-only file system|cannot modify limit")
    yield Attempt("write the image", "touch /opt/berth/x", KERNEL, "Read-only file system|denied")
