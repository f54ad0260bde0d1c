"""The first process of a real node's namespaces: makes their mounts and settings, then collects the dead until it is killed,
and with it the kernel ends every process in there, whoever started it. Run as `keeper.py FOLDER [IMAGES]` by parts of the node; IMAGES
is a folder of kept_images.py."""

from __future__ import annotations

import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys

# The kubelet sets these for the whole machine, which is not ours. It writes into files of our own instead, which it finds
# as it wants them.
KERNEL_SETTINGS = {
    "vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}
# Of containerd's files those that are written once: layers as they came, and as they are mounted.
SHARED = ("io.containerd.content.v1.content/blobs/sha256", "io.containerd.snapshotter.v1.overlayfs/snapshots")
NETWORK_SETTINGS = {"ipv4/ip_forward": "1", "ipv4/conf/all/rp_filter": "0", "ipv4/conf/default/rp_filter": "0"}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    # Containers may ask to see mounts that come later; nothing of it gets out of this namespace.
    run("mount", "--make-rshared", "/")
    make_places(folder)
    if len(sys.argv) > 2:
        lay_out_images(pathlib.Path(sys.argv[2]), folder)
    fake_kernel_settings(folder)
    run("ip", "link", "set", "lo", "up")
    for name, value in NETWORK_SETTINGS.items():
        pathlib.Path("/proc/sys/net", name).write_text(value)
    (folder / "ready").touch()
    collect_the_dead()


def make_places(folder: pathlib.Path) -> None:
    """Places with fixed names that kubelet, container runtime and network write to, as ours alone."""
    run("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    pathlib.Path("/run/calico").mkdir()  # Felix makes the folder below it, but not this one.
    private = folder / "private"
    private.mkdir()
    run("mount", "-t", "tmpfs", "-o", "mode=755", "private", str(private))
    upper, work = private / "upper", private / "work"
    upper.mkdir()
    work.mkdir()
    run("mount", "-t", "overlay", "-o", f"lowerdir=/var/lib,upperdir={upper},workdir={work}", "var-lib", "/var/lib")
    for name, target in (("kubelet", "/var/lib/kubelet"), ("log", "/var/log")):
        (folder / name).mkdir()
        pathlib.Path(target).mkdir(exist_ok=True)
        run("mount", "--bind", str(folder / name), target)


def lay_out_images(kept: pathlib.Path, folder: pathlib.Path) -> None:
    """containerd's own files, in which images are that it shares with others: names lead to them, and it keeps new ones beside those.
    As long as we live nobody removes them, and nobody in here can write them."""
    fcntl.flock(os.open(kept, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH | fcntl.LOCK_NB)
    seen, own = folder / "kept-images", folder / "containerd"
    seen.mkdir()
    run("mount", "-o", "bind,ro", str(kept), str(seen))
    shared = [seen / "containerd" / place for place in SHARED]
    shutil.copytree(seen / "containerd", own, ignore=lambda at, names: names if pathlib.Path(at) in shared else [])
    for place in SHARED:
        for entry in (seen / "containerd" / place).iterdir():
            (own / place / entry.name).symlink_to(entry)


def fake_kernel_settings(folder: pathlib.Path) -> None:
    for name, value in KERNEL_SETTINGS.items():
        file = folder / "private" / name.replace("/", "-")
        file.write_text(value)
        run("mount", "--bind", str(file), f"/proc/sys/{name}")


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")


def collect_the_dead() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            pass
        signal.sigwait({signal.SIGCHLD})


if __name__ == "__main__":
    main()
