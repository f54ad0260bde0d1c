#!/usr/bin/env python3
"""images/build-in-cluster and images/context: what a build in a cluster is handed is the image that `make images` made, and where nodes
get the result is written down. `oc` is a stand-in that keeps what it was handed."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Tally, folder  # noqa: E402  (the path has to be set first)

DIGEST = "sha256:" + "1" * 64
BEFORE = "# Written by images/push (make push).\nBERTH_IMAGE=a/berth:1\nPOSTGRES_IMAGE=a/postgres:1\nWORKSPACE_IMAGE=a/workspace:1\n"
CONFIG = {"User": "1000:0", "WorkingDir": "/", "Entrypoint": ["/opt/berth/bin/berth"], "Cmd": ["--help"], "StopSignal": "SIGINT",
          "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/opt/berth/bin", "WORDS=two words"], "Labels": {"org.opencontainers.image.title": 'A "name"'}}
CONTAINERFILE = r'''FROM scratch
ADD layer-0.tar.gz /
ADD layer-1.tar.gz /
ENV PATH="/opt/berth/bin"
ENV WORDS="two words"
LABEL "org.opencontainers.image.title"="A \"name\""
EXPOSE 8080/tcp
WORKDIR /
USER 1000:0
STOPSIGNAL SIGINT
ENTRYPOINT ["/opt/berth/bin/berth"]
CMD ["--help"]
'''
OC = r'''#!/usr/bin/env python3
import json, os, pathlib, shutil, sys
place, words = pathlib.Path(os.environ["OC_PLACE"]), sys.argv[1:]
with (place / "said").open("a") as said:
    said.write(json.dumps(words) + "\n")
if words[0] == "start-build":
    shutil.copytree(words[words.index("--from-dir") + 1], place / words[1])
    sys.exit(int(os.environ.get("OC_FAILS", "0")))
print(os.environ["OC_DIGEST"])
'''


def write_image(images, name, config, layers):
    layout = images / name / "layout"
    (layout / "blobs" / "sha256").mkdir(parents=True)

    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        (layout / "blobs" / "sha256" / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}
    manifest = {"schemaVersion": 2, "config": put(json.dumps({"config": config}).encode()), "layers": [put(layer) for layer in layers]}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [put(json.dumps(manifest).encode())]}))


def run(*words, **environment):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=os.environ | environment)


def contexts(place, tally):
    images = place / "images"
    write_image(images, "berth", CONFIG, [b"lowest", b"highest"])
    done = run(ROOT / "images/context", images / "berth", place / "context")
    there = {path.name: path.read_bytes() for path in (place / "context").iterdir()} if done.returncode == 0 else {}
    tally.check(there == {"Containerfile": CONTAINERFILE.encode(), "layer-0.tar.gz": b"lowest", "layer-1.tar.gz": b"highest"},
                "an image's context is its layers, lowest first, and what its configuration says", done.stderr + str(there))
    again = run(ROOT / "images/context", images / "berth", place / "context")
    tally.check(again.returncode != 0 and "not empty" in again.stderr, "nothing is mixed into a folder that is not empty", again.stderr)
    for what, config, words in (("what would be lost is refused", {"Volumes": {"/data": {}}}, "Volumes"), ("a $ is refused", {"Env": ["A=$B"]}, "'$B'")):
        write_image(images, what, config, [b"x"])
        done = run(ROOT / "images/context", images / what, place / what)
        tally.check(done.returncode != 0 and words in done.stderr, what, done.stderr)
    for name in ("berth", "postgres", "workspace"):
        known = json.loads((ROOT / f"images/{name}/config.json").read_text())
        write_image(images, f"real-{name}", known, [b"x"])
        done = run(ROOT / "images/context", images / f"real-{name}", place / f"real-{name}")
        tally.check(done.returncode == 0, f"the configuration of {name} is written whole", done.stderr)


def builds(place, tally):
    images, site, programs = place / "images", place / "site", place / "bin"
    write_image(images, "postgres", CONFIG, [b"other"])
    site.mkdir()
    programs.mkdir()
    (site / "images.env").write_text(BEFORE)
    (programs / "oc").write_text(OC)
    (programs / "oc").chmod(0o755)

    def build(*words, oc, **more):
        (place / oc).mkdir()
        return run(ROOT / "images/build-in-cluster", "--images", images, "--site", site, *words, PATH=f"{programs}:{os.environ['PATH']}", OC_PLACE=str(place / oc),
                   **{"OC_DIGEST": DIGEST} | more)
    done = build(oc="failing", OC_FAILS="1")
    tally.check(done.returncode != 0 and "was not built" in done.stderr and (site / "images.env").read_text() == BEFORE, "a build that fails changes nothing", done.stderr)
    done = build(oc="strange", OC_DIGEST="latest")
    tally.check(done.returncode != 0 and (site / "images.env").read_text() == BEFORE, "nor does one without a digest", done.stderr)
    done = build(oc="one")
    line = f"BERTH_IMAGE=image-registry.openshift-image-registry.svc:5000/berth-builds/berth@{DIGEST}"
    after = (site / "images.env").read_text()
    tally.check(done.returncode == 0 and done.stdout == line + "\n" and after == BEFORE.replace("BERTH_IMAGE=a/berth:1\n", "") + line + "\n",
                "what nodes pull is written down by its digest, the rest stays", done.stderr + after)
    handed = (place / "one/berth/Containerfile").read_text(), (place / "one/berth/layer-1.tar.gz").read_bytes()
    tally.check(handed == (CONTAINERFILE, b"highest"), "the build is handed the context", str(handed))
    said = [json.loads(text) for text in (place / "one/said").read_text().splitlines()]
    objects = list(yaml.safe_load_all((ROOT / "deploy/builds/images.yaml").read_text()))
    configs = {one["metadata"]["name"]: one for one in objects if one["kind"] == "BuildConfig"}
    tally.check(said[0][1] in configs and said[0][said[0].index("--namespace") + 1] == configs["berth"]["metadata"]["namespace"] and {"--follow", "--wait"} <= set(said[0]),
                "by a BuildConfig of deploy/builds, waited for", str(said))
    done = build("berth", "postgres", oc="two")
    tally.check(done.returncode == 0 and "berth-builds/berth-postgres@" in (site / "images.env").read_text(), "several at once", done.stderr)
    done = build("workspace", oc="absent")
    tally.check(done.returncode != 0 and "make images" in done.stderr, "one that is not made yet is told", done.stderr)

    streams = {one["metadata"]["name"] for one in objects if one["kind"] == "ImageStream"}
    outputs = {name: one["spec"]["output"]["to"]["name"] for name, one in configs.items()}
    tally.check(streams == set(configs) == {"berth", "berth-postgres", "berth-workspace"} and outputs == {name: f"{name}:latest" for name in streams},
                "each image has its stream and its build", str(outputs))
    tally.check(all(one["spec"]["strategy"]["dockerStrategy"]["dockerfilePath"] == "Containerfile" for one in configs.values()), "which reads the Containerfile")


def main():
    tally = Tally()
    with folder() as place:
        contexts(place, tally)
        builds(place, tally)
    return tally.close()


sys.exit(main())
