"""Runs an image as a node of Kubernetes would: any user id with group 0, read-only root, no capabilities, no new privileges.

The test and its containers share one network of their own, as the containers of a pod do."""

import contextlib
import ctypes
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

CLONE_NEWNET = 0x40000000
MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/sys/firmware"]


def own_network():
    """From here on this process, and whatever it starts, has a network with nothing but a loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot make a network of its own (root is needed)")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def unpack(layout, root):
    layout = pathlib.Path(layout)

    def blob(entry):
        return layout / "blobs" / entry["digest"].replace(":", "/")

    pathlib.Path(root).chmod(0o755)  # Not every engine has the root itself in a layer.
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]).read_text())
    for layer in manifest["layers"]:
        subprocess.run(["tar", "-xpf", blob(layer), "-C", root], check=True)
    return manifest, json.loads(blob(manifest["config"]).read_text())["config"]


class Container:
    def __init__(self, name, folder, spec):
        self.name, self.folder = name, folder
        (folder / "config.json").write_text(json.dumps(spec))
        self.log = folder / "log"
        with self.log.open("ab") as log:  # nginx opens it once more
            self.process = subprocess.Popen(["runc", "run", "--no-new-keyring", "--bundle", folder, name], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *command, check=True, env=(), limit_s=300):
        words = [word for setting in env for word in ("--env", setting)]
        done = subprocess.run(["runc", "exec", "--no-new-privs", *words, self.name, *command], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=limit_s)
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.returncode} {done.stdout} {done.stderr}")
        return (done.stdout + done.stderr).strip() if check else (done.returncode, (done.stdout + done.stderr).strip())

    def alive(self):
        """What is wrong is told at once, not when the waiting is over."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")

    def signal(self, name):
        subprocess.run(["runc", "kill", self.name, name], check=True)

    def stop(self):
        subprocess.run(["runc", "delete", "--force", self.name], stderr=subprocess.DEVNULL)
        self.process.wait(60)


# Where the volumes of all containers of a workspace's pod are; it has others besides.
WORKSPACE = {"home": "/home/workspace", "models": "/models", "tmp": "/tmp", "gate": None, "account": None}


class Pod:
    """Containers of one image, one user id, and the same volumes: name to place."""

    def __init__(self, root, config, folder, uid, volumes=None):
        self.root, self.config, self.folder, self.uid = root, config, folder, uid
        self.volumes = WORKSPACE if volumes is None else volumes
        self.containers = []
        for name in self.volumes:
            self.volume(name).mkdir(parents=True)
            self.volume(name).chmod(0o2770 if name != "tmp" else 0o1777)
            shutil.chown(self.volume(name), group=0)

    def volume(self, name):
        return self.folder / "volumes" / name

    def spec(self, args, env, binds):
        def bind(source, target, mode="rw"):
            return {"destination": target, "type": "bind", "source": str(source), "options": ["rbind", "rprivate", "nosuid", "nodev", mode]}

        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "nodev", "mode=1777", "size=268435456"]},
            *(bind(self.volume(name), place) for name, place in self.volumes.items() if place),
            *(bind(source, target, mode) for source, target, mode in binds),
        ]
        nothing = {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")}
        return {
            "ociVersion": "1.0.2",
            "hostname": "workspace-0",
            "root": {"path": str(self.root), "readonly": True},
            "process": {"terminal": False, "user": {"uid": self.uid, "gid": 0}, "args": args, "cwd": "/", "capabilities": nothing,
                        "noNewPrivileges": True, "env": [*self.config["Env"], *env]},
            "mounts": mounts,
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")], "maskedPaths": MASKED,
                      "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"]},
        }

    def start(self, name, *args, env=(), binds=()):
        folder = self.folder / name
        folder.mkdir()
        container = Container(f"berth-image-{self.folder.name}-{name}", folder, self.spec(list(args), env, binds))
        self.containers.append(container)
        return container

    def stop(self):
        for container in self.containers:
            container.stop()


@contextlib.contextmanager
def pod(root, config, uid, volumes=None):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="berth-image-"))
    made = Pod(root, config, folder, uid, volumes)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def until(what, container, question, limit_s=300):
    """Asks until the answer is a yes; what it answered then."""
    end = time.monotonic() + limit_s
    last = None
    while time.monotonic() < end:
        container.alive()
        try:
            if last := question():
                return last
        except (OSError, AssertionError) as problem:
            last = problem
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {limit_s} s, last {last}")
