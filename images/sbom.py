#!/usr/bin/env python3
"""What is in an image, as CycloneDX 1.6 (JSON), from what its package managers left there.

  sbom.py part NAME TREE OUT    the components of one layer's tree, a JSON list
  sbom.py whole NAME DIGEST OUT PART...   the list of the whole image
"""

import email
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse
import uuid


def component(kind, purl_type, name, version, licence=None, purl_more=""):
    purl = f"pkg:{purl_type}/{urllib.parse.quote(name, safe='/')}@{urllib.parse.quote(version, safe='')}{purl_more}"
    found = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        found["licenses"] = [{"license": {"name": licence}}]
    return found


def debian(tree):
    status = tree / "var/lib/dpkg/status"
    if not status.exists():
        return
    for text in status.read_text().split("\n\n"):
        fields = email.message_from_string(text)
        if fields["Package"] and fields["Status"] == "install ok installed":
            yield component("library", "deb", "debian/" + fields["Package"], fields["Version"],
                            purl_more=f"?arch={fields['Architecture']}&distro=debian-12") | {"name": fields["Package"]}


def npm(tree):
    for path in sorted(tree.rglob("package.json")):
        above = path.parent.parent
        scoped = above.name.startswith("@")
        installed = (above.parent if scoped else above).name == "node_modules"
        if not installed and path.parent.parent != tree / "opt/berth" and path.parent.name != "vscode":
            continue  # One that marks a folder as of modules, or an extension's.
        about = json.loads(path.read_text())
        if "name" not in about or "version" not in about:
            continue
        licence = about.get("license")
        if isinstance(licence, dict):
            licence = licence.get("type")
        yield component("library", "npm", about["name"].replace("@", "%40", 1), about["version"], licence) | {"name": about["name"]}


def python(tree):
    for path in sorted((tree / "opt/berth").glob("*/lib/python3*/site-packages/*.dist-info/METADATA")):
        about = email.message_from_string(path.read_text(errors="replace"))
        licence = about["License-Expression"] or about["License"]
        if licence and ("\n" in licence or len(licence) > 80):
            licence = None  # The whole text; it lies in the image.
        yield component("library", "pypi", about["Name"].lower().replace("_", "-"), about["Version"], licence)


def go(tree):
    for path in sorted((tree / "opt/berth/bin").glob("kubectl")):
        told = subprocess.run([os.environ.get("GO", "go"), "version", "-m", path], capture_output=True, text=True, check=True).stdout
        release = told.split(": ", 1)[1].split()[0].removeprefix("go")
        yield component("library", "golang", "stdlib", release)
        for line in told.splitlines()[1:]:
            words = line.split()
            if words[0] == "dep":
                yield component("library", "golang", words[1], words[2])


def part(name, tree, out):
    tree = pathlib.Path(tree)
    found = {item["bom-ref"]: item for source in (debian, npm, python, go) for item in source(tree)}
    if name == "berth":
        version = (tree / "opt/berth/share/version").read_text().strip()
        found["berth"] = component("application", "generic", "berth", version)
    for item in found.values():
        item["properties"] = [{"name": "berth:layer", "value": name}]
    pathlib.Path(out).write_text(json.dumps([found[key] for key in sorted(found)], indent=1) + "\n")


def whole(name, digest, out, parts):
    components = {}
    for path in parts:
        for item in json.loads(pathlib.Path(path).read_text()):
            components.setdefault(item["bom-ref"], item)
    moment = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_OID, digest)),
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
            "component": {"type": "container", "bom-ref": digest, "name": name, "version": digest},
        },
        "components": [components[key] for key in sorted(components)],
    }
    pathlib.Path(out).write_text(json.dumps(bom, indent=1) + "\n")


def main():
    match sys.argv[1:]:
        case ["part", name, tree, out]:
            part(name, tree, out)
        case ["whole", name, digest, out, *parts] if parts:
            whole(name, digest, out, parts)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
