"""Bringing up a real node beside a control plane: before it the namespaces, in which all parts run, and after it the rest."""

from __future__ import annotations

import http.client
import pathlib
import tarfile
from collections.abc import Callable

from . import kept_images, node, node_parts
from .api import Api, condition_is_true
from .failures import Failure
from .node_parts import RealNode
from .parts import Part, Settings
from .waiting import Signals

HERE = pathlib.Path(__file__).parent.parent
MANIFESTS = HERE / "realnode" / "manifests"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CALICO_KINDS = ("clusterinformations", "ippools")

Run = Callable[[Part], int]
Wait = Callable[[str, Callable[[], bool], str], None]
Create = Callable[[list[pathlib.Path]], None]


def open_namespaces(settings: Settings, real: RealNode, run: Run, wait: Wait, signals: Signals) -> None:
    keeper = run(node_parts.keeper(real))
    wait("namespaces of the node", (real.node.own / "ready").exists, "node")
    node.connect(real.node, keeper, signals)
    node.make_cgroup(real.node)
    node_parts.write_files(settings, real)
    run(node_parts.containerd(real))  # It needs no API server, and takes a while.
    run(node_parts.registry(real))


def bring_up(settings: Settings, real: RealNode, keeper: int, run: Run, wait: Wait, create: Create, api: Api,
             images: list[tuple[str, str]], signals: Signals) -> None:
    """Everything of the node, on a cluster whose controllers run."""
    socket = pathlib.Path(f"/proc/{keeper}/root{node_parts.RUNTIME}")
    wait("containerd ready", socket.exists, "containerd")
    way_in = node.namespaces(keeper, settings.folder)
    for source, name in images:
        import_image(settings.folder, way_in, source, name, signals)
    for kind in CALICO_KINDS:
        path = f"{CRDS}/{kind}.crd.projectcalico.org"
        wait(f"definition {kind} served", lambda path=path: condition_is_true(api.get(path), "Established"), "kube-apiserver")
    create([MANIFESTS / "network.yaml", MANIFESTS / "dns.yaml", MANIFESTS / "router.yaml"])
    for part in (node_parts.felix(settings, real), node_parts.kube_proxy(settings, real), node_parts.kubelet(settings, real),
                 node_parts.device_plugin(real), node_parts.volume_provisioner(settings, real), node_parts.forward(real)):
        run(part)
    wait("network policies in force", lambda: felix_is_ready(real), "calico-felix")


def definitions(real: RealNode) -> list[pathlib.Path]:
    return sorted((real.programs / "calico-crds").glob("*.yaml"))


def felix_is_ready(real: RealNode) -> bool:
    connection = http.client.HTTPConnection(real.node.address, node_parts.HEALTH_PORT, timeout=2)
    try:
        connection.request("GET", "/readiness")
        return connection.getresponse().status in (200, 204)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def images_from_the_start(programs: pathlib.Path, given: list[tuple[str, str]]) -> tuple[list[kept_images.Image], list[tuple[str, str]]]:
    """Those that are kept unpacked, and those of which only whoever unpacks them knows what they are."""
    known = {pair: kept_images.of_layout(*pair) for pair in given}
    return [*kept_images.of_programs(programs), *(image for image in known.values() if image)], [pair for pair, image in known.items() if not image]


def import_image(folder: pathlib.Path, way_in: list[str], source: str, name: str, signals: Signals) -> None:
    """Makes an OCI layout, an archive of docker or OCI, or whatever skopeo can name, the image `name` of the node."""
    kept_images.import_image(transport_of(source), name, folder / node.FOLDER, node_parts.RUNTIME, signals, way_in)


def transport_of(source: str) -> str:
    """`source` as skopeo writes it: left alone where it says its kind already."""
    path = pathlib.Path(source)
    if path.is_file():
        try:
            with tarfile.open(path) as archive:
                docker = any(name.removeprefix("./") == "manifest.json" for name in archive.getnames())
        except tarfile.TarError as error:
            raise Failure(f"--image {source}: not an archive of an image: {error}") from None
        return f"{'docker' if docker else 'oci'}-archive:{source}"
    if path.is_dir() or pathlib.Path(source.rpartition(":")[0] or "/nowhere").is_dir():
        return f"oci:{source}"
    if ":" in source:
        return source
    raise Failure(f"--image {source}: no such file or folder")

