"""Images that a real node starts with, unpacked once and kept beside the programs: to unpack the workspace's takes as much of the processors
as all else of a node's start. Each set of images has a folder named by what is in it, which is never written again; a node sees it
read-only and keeps what it adds, names and snapshots, in files of its own. What is new begins with what was kept last, so that of an image
with another top layer only that is unpacked: a change of berth makes a change of the workspace's."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

from .failures import Failure, tail
from .waiting import Signals, end_child, run_child, wait_until

FORM = "1"               # another one where what is kept is laid out in another way
KEPT = 3                 # sets of images: with the workspace's 1.5 GB the first, a tenth of it each that shares its layers
# Of containerd's files those that are written once: layers as they came, and as they are mounted (keeper.py has the same).
SHARED = ("io.containerd.content.v1.content/blobs", "io.containerd.snapshotter.v1.overlayfs/snapshots")
NAMES = "names.json"
NAMESPACE = "k8s.io"
SPARE = "berth.test/spare:1"
MAKE_DEADLINE_S = 900.0
READY_DEADLINE_S = 120.0
UNUSED = "io.containerd.snapshotter.v1."
CONFIG = """version = 2
root = "{root}/containerd"
state = "{root}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", {unused}]
[grpc]
address = "{root}/socket"
"""
OTHER_SNAPSHOTTERS = ", ".join(f'"{UNUSED}{name}"' for name in ("btrfs", "zfs", "devmapper", "aufs"))


@dataclasses.dataclass(frozen=True)
class Image:
    """`digest` says what is in it, whatever its `source`: an archive, or as skopeo names one."""

    source: str
    name: str
    digest: str
    is_archive: bool = False


def of_programs(programs: pathlib.Path) -> list[Image]:
    """Those that every node has. The folder of programs is named by what is in it."""
    return [Image(str(archive), f"berth.test/{archive.stem}:1", f"{programs.name}/{archive.name}", True)
            for archive in sorted((programs / "images").glob("*.tar"))]


def of_layout(source: str, name: str) -> Image | None:
    """An image of an OCI layout, FOLDER or FOLDER:TAG, which says what it is; None for any other source."""
    for folder, tag in ((source, None), source.rpartition(":")[::2]):
        index = pathlib.Path(folder or "/nowhere", "index.json")
        if index.is_file():
            found = [one for one in json.loads(index.read_text())["manifests"]
                     if tag is None or one.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag]
            return Image(f"oci:{source}", name, found[0]["digest"]) if len(found) == 1 else None
    return None


def key_of(images: Sequence[Image], containerd: str) -> str:
    """Its first part is the same for all that containerd can go on from."""
    return "-".join(hashlib.sha256(json.dumps(part).encode()).hexdigest()[:12]
                    for part in ([FORM, containerd], [(image.name, image.digest) for image in images]))


@contextlib.contextmanager
def held(cache: pathlib.Path, images: Sequence[Image], signals: Signals) -> Iterator[pathlib.Path]:
    """The folder of those images, made where there is none yet; nobody takes it away meanwhile."""
    folder = cache / key_of(images, run_child(["containerd", "--version"], READY_DEADLINE_S, signals))
    cache.mkdir(parents=True, exist_ok=True)
    lock = take(folder)
    if lock is None:
        with (cache / "make.lock").open("w") as making:
            wait_until("another node's images are unpacked", lambda: _locked(making, fcntl.LOCK_EX), MAKE_DEADLINE_S, signals)
            for left in cache.glob("making.*"):   # of one who was killed: there is one at a time
                shutil.rmtree(left)
            lock = take(folder) or _made(cache, folder, images, signals)
    try:
        os.utime(folder)   # its age tells when it was last used
        yield folder
    finally:
        os.close(lock)


def take(folder: pathlib.Path) -> int | None:
    """Open and locked against its removal, as long as the number is open; None where there is no such folder."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    # It is renamed before it is removed, and by one who holds it alone: what has the name now is there and stays.
    if _locked(number, fcntl.LOCK_SH) and folder.exists() and os.path.samestat(os.fstat(number), folder.stat()):
        return number
    os.close(number)
    return None


def drop_old(cache: pathlib.Path, keep: int = KEPT) -> None:
    """All but the last used; one that is in use stays."""
    for folder in _last_used(cache)[keep:]:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if _locked(number, fcntl.LOCK_EX):
                gone = folder.rename(cache / f"making.{folder.name}")
                shutil.rmtree(gone)
        finally:
            os.close(number)


def most_alike(cache: pathlib.Path, start: str, images: Sequence[Image]) -> pathlib.Path | None:
    """Of those whose name starts so, the one with most images of these names, the last used of several."""
    names = {image.name for image in images}
    return max((it for it in _last_used(cache) if it.name.startswith(start)), default=None,
               key=lambda it: len(names & set(json.loads((it / NAMES).read_text()))))


def _last_used(cache: pathlib.Path) -> list[pathlib.Path]:
    return sorted((it for it in cache.iterdir() if it.is_dir() and "." not in it.name), key=lambda it: it.stat().st_mtime, reverse=True)


def import_archive(archive: pathlib.Path, address: str, signals: Signals, way_in: Sequence[str] = ()) -> None:
    _ctr(address, signals, "import", str(archive), way_in=way_in)


def _ctr(address: str, signals: Signals, *arguments: str, way_in: Sequence[str] = ()) -> str:
    return run_child([*way_in, "ctr", f"--address={address}", f"--namespace={NAMESPACE}", "images", *arguments], MAKE_DEADLINE_S, signals)


def import_image(source: str, name: str, work: pathlib.Path, address: str, signals: Signals, way_in: Sequence[str] = ()) -> None:
    """What skopeo calls `source` becomes the image `name` of the containerd at `address`."""
    with tempfile.TemporaryDirectory(prefix="image-", dir=work) as place:
        archive = pathlib.Path(place, "image.tar")
        run_child(["skopeo", "--insecure-policy", "copy", "--quiet", source, f"oci-archive:{archive}:{name}"], MAKE_DEADLINE_S, signals)
        import_archive(archive, address, signals, way_in)


def _made(cache: pathlib.Path, folder: pathlib.Path, images: Sequence[Image], signals: Signals) -> int:
    work = pathlib.Path(tempfile.mkdtemp(prefix="making.", dir=cache))
    try:
        like = most_alike(cache, folder.name.partition("-")[0], images)
        if like:
            copy(like / "containerd", work / "containerd", signals)
        with _containerd(work, signals) as address:
            _unpack(images, work, address, signals)
        for left in work.iterdir():
            if left.name != "containerd":
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        (work / NAMES).write_text(json.dumps([image.name for image in images]))
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    lock = take(folder)
    assert lock is not None, folder   # whoever removes holds the lock for making
    drop_old(cache)
    return lock


def copy(kept: pathlib.Path, target: pathlib.Path, signals: Signals) -> None:
    """The same once more, in which what is written once is there only once."""
    shared = [kept / place for place in SHARED]
    shutil.copytree(kept, target, ignore=lambda at, names: [name for name in names if pathlib.Path(at, name) in shared])
    for place in SHARED:
        run_child(["cp", "--archive", "--link", str(kept / place), str(target / place)], MAKE_DEADLINE_S, signals)


def _unpack(images: Sequence[Image], work: pathlib.Path, address: str, signals: Signals) -> None:
    """Those images, and none of others that were there."""
    before = sorted(_ctr(address, signals, "list", "--quiet").split())
    # An image that replaces one of its name is unpacked onto layers of that one: under a second name they stay meanwhile. What
    # nothing names may be collected between containerd's look at it and its use.
    spare = [f"{SPARE}-{number}" for number in range(len(before))]
    for name, kept in zip(before, spare, strict=True):
        _ctr(address, signals, "tag", name, kept)
    for image in images:
        if image.is_archive:
            import_archive(pathlib.Path(image.source), address, signals)
        else:
            import_image(image.source, image.name, work, address, signals)
    if before:   # and with the last that is removed goes whatever no image has any more
        _ctr(address, signals, "remove", "--sync", *sorted(set(before) - {image.name for image in images}), *spare)


@contextlib.contextmanager
def _containerd(work: pathlib.Path, signals: Signals) -> Iterator[str]:
    """One without containers, for as long as images are unpacked. Asked to end it leaves its files whole."""
    config, log = work / "containerd.toml", work / "containerd.log"
    config.write_text(CONFIG.format(root=work, unused=OTHER_SNAPSHOTTERS))
    with log.open("wb") as out:
        # What it mounts while it unpacks is nobody else's to see.
        child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", "unshare", "--mount", "--", "containerd", f"--config={config}"],
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def ready() -> bool:
        if child.poll() is not None:
            raise Failure(f"containerd ended by itself while images were unpacked; the end of {log}:\n{tail(log)}")
        return (work / "socket").exists()
    try:
        wait_until("containerd ready", ready, READY_DEADLINE_S, signals, log)
        yield f"{work}/socket"
    finally:
        end_child(child)


def _locked(file: object, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)   # type: ignore[call-overload]
    except BlockingIOError:
        return False
    return True
