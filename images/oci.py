#!/usr/bin/env python3
"""Layers and images as the OCI image specification lays them out, the same bytes from the same files.

  oci.py layer TREE OUT         packs TREE (without scratch/) to OUT/layer.tar.gz, with OUT/layer.json about it
  oci.py image OUT CONFIG NAME LAYER...   the layout OUT, its image named NAME; LAYER is a folder that `layer` wrote
  oci.py digest LAYOUT          the digest of its image
"""

import hashlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

CHUNK = 1 << 20
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def moment():
    return int(os.environ["SOURCE_DATE_EPOCH"])


def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment()))


def layer(tree, out):
    # Names in order, owners and times of nobody: all that the machine and the hour would add.
    tar = ["tar", "--create", "--sort=name", "--format=pax", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
           "--owner=0", "--group=0", "--numeric-owner", f"--mtime=@{moment()}", "--clamp-mtime",
           "--exclude=./scratch", "--directory", tree, "."]
    whole, packed = hashlib.sha256(), hashlib.sha256()
    target = pathlib.Path(out) / "layer.tar.gz"
    with target.open("wb") as file:
        source = subprocess.Popen(tar, stdout=subprocess.PIPE)
        gzip = subprocess.Popen(["gzip", "--no-name", "-6"], stdin=subprocess.PIPE, stdout=file)
        while chunk := source.stdout.read(CHUNK):
            whole.update(chunk)
            gzip.stdin.write(chunk)
        gzip.stdin.close()
        if source.wait() or gzip.wait():
            sys.exit(f"oci: packing {tree} failed")
    with target.open("rb") as file:
        while chunk := file.read(CHUNK):
            packed.update(chunk)
    facts = {"digest": "sha256:" + packed.hexdigest(), "diff_id": "sha256:" + whole.hexdigest(), "size": target.stat().st_size}
    (pathlib.Path(out) / "layer.json").write_text(json.dumps(facts) + "\n")


class Layout:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def put(self, value, media_type):
        text = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(text).hexdigest()
        (self.blobs / digest).write_bytes(text)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(text)}

    def link(self, path, digest):
        target = self.blobs / digest.removeprefix("sha256:")
        if not target.exists():
            os.link(path, target)


def image(out, config, name, layers):
    layout = Layout(out)
    known = [json.loads((pathlib.Path(folder) / "layer.json").read_text()) for folder in layers]
    for folder, facts in zip(layers, known):
        layout.link(pathlib.Path(folder) / "layer.tar.gz", facts["digest"])
    kind = "application/vnd.oci.image."
    settings = {
        "created": stamp(),
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": json.loads(pathlib.Path(config).read_text()),
        "rootfs": {"type": "layers", "diff_ids": [facts["diff_id"] for facts in known]},
        "history": [{"created": stamp(), "created_by": "images/workspace/" + pathlib.Path(folder).name.rsplit("-", 1)[0]} for folder in layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind + "manifest.v1+json",
        "config": layout.put(settings, kind + "config.v1+json"),
        "layers": [{"mediaType": kind + "layer.v1.tar+gzip", "digest": facts["digest"], "size": facts["size"]} for facts in known],
    }
    entry = layout.put(manifest, kind + "manifest.v1+json") | {"annotations": {"org.opencontainers.image.ref.name": name}}
    index = {"schemaVersion": 2, "mediaType": kind + "index.v1+json", "manifests": [entry]}
    (layout.folder / "index.json").write_text(json.dumps(index, sort_keys=True))


def digest_of(layout):
    return json.loads((pathlib.Path(layout) / "index.json").read_text())["manifests"][0]["digest"]


def main():
    match sys.argv[1:]:
        case ["layer", tree, out]:
            layer(tree, out)
        case ["image", out, config, name, *layers] if layers:
            image(out, config, name, layers)
        case ["digest", layout]:
            print(digest_of(layout))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
