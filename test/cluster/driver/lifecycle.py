"""Starting and stopping one cluster in its folder."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import json
import os
import pathlib
import random
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator

from . import kept_images, node, parts, readiness, real
from .api import Api, condition_is_true
from .failures import Failure, PartEnded
from .keys import CLIENTS, CLIENTS_OF_REAL_NODE, make_keys, write_kubeconfig
from .node_parts import REGISTRY_NAME, REGISTRY_PORT, ROUTER_PORT, RealNode
from .parts import Settings
from .processes import KEEPER, Processes
from .waiting import Signals, run_child, wait_until

HERE = pathlib.Path(__file__).parent.parent
BUILD_DEADLINE_S = 3 * 3600.0
APISERVER_DEADLINE_S = 120.0
KUBECTL_DEADLINE_S = 60.0
LOCK_DEADLINE_S = 60.0
ATTEMPTS = 5
# Below what Linux gives to outgoing connections by itself (32768 and up): those would take ports from under us.
PORTS = range(20000, 32000)
PORT_OF_REAL_NODE = 6443  # at an address of its own
LOCK = ".lock"
OF_ONE_RUN = ("etcd", "etcd:1", "etcd:2", "keys", "logs", "pids", "kube-cache", "admin.kubeconfig", "cluster.json",
              node.FOLDER, node.STATE)


@dataclasses.dataclass(frozen=True)
class Options:
    flavour: str
    mutating_policies: bool
    audit: bool
    real_node: bool = False
    images: tuple[tuple[str, str], ...] = ()  # for a real node: where from, and its name


def say(text: str) -> None:
    print(f"test cluster: {text}", file=sys.stderr, flush=True)


def start(folder: pathlib.Path, options: Options, signals: Signals, *, die_with_us: bool) -> Settings:
    """Returns when the cluster works. When anything fails, or a signal comes, nothing of it runs any more."""
    if options.real_node:
        refuse_what_a_real_node_cannot(options)
        node.demand_machine(folder)
    programs = _built("build", signals)
    node_programs = _built("build-node", signals) if options.real_node else None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    foreign = {entry.name for entry in folder.iterdir()} - {*OF_ONE_RUN, LOCK}
    if foreign:
        raise Failure(f"--dir {folder}: holds files that are not of a test cluster, such as {min(foreign)}")
    with _only_one(folder, signals), contextlib.ExitStack() as until_it_runs:
        if not node_programs:
            return _start_locked(folder, programs, None, options, signals, die_with_us)
        kept, more = real.images_from_the_start(node_programs, list(options.images))
        images = until_it_runs.enter_context(kept_images.held(node_programs.parent.parent / "testnode-images", kept, signals))
        make = functools.partial(RealNode, programs=node_programs, local_port=_free_port(), images=images)
        return _start_locked(folder, programs, make, dataclasses.replace(options, images=tuple(more)), signals, die_with_us)


def _built(script: str, signals: Signals) -> pathlib.Path:
    return pathlib.Path(run_child([str(HERE / script)], BUILD_DEADLINE_S, signals, show_errors=True).strip())


def refuse_what_a_real_node_cannot(options: Options) -> None:
    if options.flavour != "plain":
        raise Failure("--node real: only with --plain; what OpenShift adds to a node and to its router is not to be had here")
    if not options.mutating_policies:
        raise Failure("--node real: not with --no-mutating-policies, since such a policy makes the node as large as the reference machine")


def _start_locked(folder: pathlib.Path, programs: pathlib.Path, make_node: Callable[[node.Node], RealNode] | None, options: Options,
                  signals: Signals, die_with_us: bool) -> Settings:
    began = time.monotonic()
    _clear(folder)
    version = (programs / "kubernetes-version").read_text().strip()
    minor = int(version.split(".")[1])
    if not options.mutating_policies and minor >= parts.MUTATING_POLICIES_STABLE_MINOR:
        raise Failure(f"--no-mutating-policies: Kubernetes {version} always serves them")
    real_node = make_node(node.choose(folder, signals)) if make_node else None
    clients = {**CLIENTS, **CLIENTS_OF_REAL_NODE} if real_node else CLIENTS
    make_keys(folder / "keys", clients, real_node.node.address if real_node else "127.0.0.1", signals)
    processes = Processes(folder)
    try:
        for attempt in range(1, ATTEMPTS + 1):
            settings = Settings(folder, programs, minor, options.flavour, options.mutating_policies, options.audit,
                                PORT_OF_REAL_NODE if real_node else _free_port(), real_node.node if real_node else None)
            for client in clients:
                write_kubeconfig(folder / "keys", client, settings.server, pathlib.Path(settings.kubeconfig(client)))
            try:
                _bring_up(settings, real_node, options, processes, signals, die_with_us)
                break
            except PartEnded as ended:
                if real_node or not ended.port_was_taken() or attempt == ATTEMPTS:
                    raise
                say(f"port {settings.port} was taken meanwhile, trying another")
                processes.stop()
                shutil.rmtree(folder / "etcd")
    except BaseException:
        signals.ignore()
        _end(folder, processes)
        raise
    write_kubeconfig(folder / "keys", "admin", settings.server, folder / "admin.kubeconfig")
    kind = "a real node" if real_node else options.flavour
    say(f"Kubernetes {version}, {kind}, ready in {time.monotonic() - began:.1f} s at {settings.server}")
    return settings


def resume(folder: pathlib.Path, signals: Signals) -> Settings:
    """Starts all parts anew on what the cluster in `folder` had stored when they ended, in whatever way. Returns when the API
    server is ready: whether the others do their work is for whoever pulled the plug to see."""
    if not (folder / "cluster.json").is_file():
        raise Failure(f"--dir {folder}: no cluster was started there")
    if node.noted(folder):
        raise Failure(f"--dir {folder}: a real node does not outlive its first process")
    with _only_one(folder, signals):
        processes = Processes(folder)
        alive = [process.name for process in processes.running() if process.alive()]
        if alive:
            raise Failure(f"--dir {folder}: {', '.join(alive)} still run; only what has ended is started again")
        processes.stop()   # takes their notes away
        settings = _settings_of(folder)
        began = time.monotonic()
        api = Api(settings.port, folder / "keys")

        def ready() -> bool:
            processes.check()
            return api.ready()
        try:
            for part in (parts.etcd, parts.kube_apiserver):
                processes.start(part(settings), settings, die_with_us=False)
            wait_until("API server ready", ready, APISERVER_DEADLINE_S, signals, folder / "logs" / "kube-apiserver.log")
            for part in (parts.kube_scheduler, parts.kwok, parts.kube_controller_manager, parts.status_writer):
                processes.start(part(settings), settings, die_with_us=False)
        except BaseException:
            signals.ignore()
            processes.stop()
            raise
    say(f"goes on with what was stored, ready in {time.monotonic() - began:.1f} s at {settings.server}")
    return settings


def _settings_of(folder: pathlib.Path) -> Settings:
    described = json.loads((folder / "cluster.json").read_text())
    programs = pathlib.Path(described["programs"])
    minor = int((programs / "kubernetes-version").read_text().strip().split(".")[1])
    return Settings(folder, programs, minor, described["flavour"], described["mutating_policies"], described["audit"],
                    int(described["server"].rsplit(":", 1)[1]))


def _bring_up(settings: Settings, real_node: RealNode | None, options: Options, processes: Processes, signals: Signals,
              die_with_us: bool) -> None:
    folder, logs = settings.folder, settings.folder / "logs"
    openshift = settings.flavour == "openshift"
    (folder / "cluster.json").write_text(json.dumps(_description(settings, real_node), indent=2) + "\n")
    api = Api(settings.port, folder / "keys", settings.address)

    def run(part: parts.Part) -> int:
        return processes.start(part, settings, die_with_us=die_with_us)

    def wait(what: str, ready: Callable[[], bool], part: str = "kube-apiserver") -> None:
        def checked() -> bool:
            processes.check()
            return ready()
        wait_until(what, checked, APISERVER_DEADLINE_S, signals, logs / f"{part}.log")

    if real_node:
        real.open_namespaces(settings, real_node, run, wait, signals)
    run(parts.etcd(settings))
    run(parts.kube_apiserver(settings))
    wait("API server ready", api.ready)
    run(parts.kube_scheduler(settings))
    if real_node:
        definitions = [real.MANIFESTS / "node.yaml", *real.definitions(real_node)]
    else:
        run(parts.kwok(settings))
        definitions = [HERE / "manifests" / "node.yaml", settings.programs / "kwok.d" / "storage-class.yaml"]
    definitions += sorted((settings.programs / "openshift").iterdir()) if openshift else []
    _create(settings, definitions, signals)
    if openshift:
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for name in ("routes.route.openshift.io", "securitycontextconstraints.security.openshift.io"):
            wait(f"definition {name} served", lambda path=f"{crds}/{name}": condition_is_true(api.get(path), "Established"))
    # After the definitions: quotas count at once what is known at its start, and what comes later only minutes after.
    run(parts.kube_controller_manager(settings))
    if openshift:
        _create(settings, [HERE / "manifests" / "openshift.yaml"], signals)
    if real_node:
        real.bring_up(settings, real_node, processes.pid_of(KEEPER), run, wait, lambda files: _create(settings, files, signals),
                      api, list(options.images), signals)
    else:
        run(parts.status_writer(settings))
    readiness.prove(api, settings, processes.check, signals)


def _description(settings: Settings, real_node: RealNode | None) -> dict[str, object]:
    """What is in cluster.json: where everything is, for whoever uses the cluster."""
    described: dict[str, object] = {
        "programs": str(settings.programs), "server": settings.server, "flavour": settings.flavour,
        "mutating_policies": settings.mutating_policies, "audit": settings.audit, "node": "real" if real_node else "simulated"}
    if real_node:
        address = real_node.node.address
        described |= {"node_programs": str(real_node.programs), "node_address": address,
                      "outside_address": real_node.node.outside_address, "pod_range": parts.POD_RANGE,
                      "service_range": parts.SERVICE_RANGE, "router": f"http://{address}:{ROUTER_PORT}",
                      "router_port": real_node.local_port, "registry": f"{address}:{REGISTRY_PORT}",
                      "registry_name": REGISTRY_NAME}
    return described


def stop(folder: pathlib.Path, signals: Signals) -> int:
    """Ends all parts of the cluster in `folder` and returns how many were still running."""
    if not folder.is_dir():
        raise Failure(f"--dir {folder}: no such folder")
    with _only_one(folder, signals):
        processes = Processes(folder)
        alive = sum(process.alive() for process in processes.running())
        _end(folder, processes)
        return alive


def _end(folder: pathlib.Path, processes: Processes) -> None:
    processes.stop()
    if was_real := node.noted(folder):
        node.release(was_real)


def way_in(folder: pathlib.Path) -> list[str]:
    """The start of a command line that runs the rest in the real node of the cluster in `folder`."""
    if node.noted(folder) is None:
        raise Failure(f"--dir {folder}: no cluster with a real node was started there")
    return node.namespaces(Processes(folder).pid_of(KEEPER), folder)


def programs_of(folder: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(json.loads((folder / "cluster.json").read_text())["programs"])


def kubectl_environment(folder: pathlib.Path) -> dict[str, str]:
    """Environment for programs that use the cluster. kubectl keeps what it learnt of a server by address; in the home
    folder it would take the kinds of another cluster, which had the port before, for those of this one."""
    programs = programs_of(folder)
    was_real = node.noted(folder)
    past_proxies = {name: ",".join(filter(None, (os.environ.get(name), was_real.address)))
                    for name in ("NO_PROXY", "no_proxy")} if was_real else {}
    return {**os.environ, **past_proxies, "KUBECONFIG": str(folder / "admin.kubeconfig"), "KUBECACHEDIR": str(folder / "kube-cache"),
            "BERTH_TEST_CLUSTER": str(folder), "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _create(settings: Settings, files: list[pathlib.Path], signals: Signals) -> None:
    command = [str(settings.programs / "kubectl"), "--kubeconfig", settings.kubeconfig("admin"), "create", "--validate=false"]
    run_child([*command, *(f"--filename={file}" for file in files)], KUBECTL_DEADLINE_S, signals,
              env=kubectl_environment(settings.folder))


def _clear(folder: pathlib.Path) -> None:
    """Removes what an earlier cluster left in `folder`; refuses one that runs."""
    if any(process.alive() for process in Processes(folder).running()):
        raise Failure(f"--dir {folder}: a cluster runs there already; stop it first")
    if was_real := node.noted(folder):
        node.release(was_real)
    for name in OF_ONE_RUN:
        entry = folder / name
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _only_one(folder: pathlib.Path, signals: Signals) -> Iterator[None]:
    """Held while starting or stopping, so that the two cannot cross."""
    with (folder / LOCK).open("w") as lock:
        def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True
        wait_until(f"--dir {folder}: another start or stop has ended", taken, LOCK_DEADLINE_S, signals)
        yield


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failure(f"no free port between {PORTS.start} and {PORTS.stop}")
