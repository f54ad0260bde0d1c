"""deploy/ as an admin has it: a copy whose site.env says what the test's site is like."""

import pathlib
import shutil
import subprocess

import yaml

from harness import ROOT

DEPLOY = ROOT / "deploy"
SPACE = "berth-system"


def copy_of_deploy(place, **site):
    """The folder with what `site` says in site.env, as an editor would leave it."""
    deploy = pathlib.Path(place) / "deploy"
    shutil.copytree(DEPLOY, deploy)
    lines = []
    for line in (deploy / "site/site.env").read_text().splitlines():
        key = line.partition("=")[0]
        lines.append(f"{key}={site.pop(key)}" if key in site else line)
    assert not site, f"site.env has no {', '.join(site)}"
    (deploy / "site/site.env").write_text("\n".join(lines) + "\n")
    return deploy


def rendered(kubectl, overlay):
    """What `kubectl apply -k` would apply: its objects."""
    done = subprocess.run([*kubectl, "kustomize", str(overlay)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def name_of(item):
    return item["apiVersion"].split("/")[0] + "/" + item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def objects_of(*folders):
    """Of the files of these folders of deploy/, as `kubectl apply -f` takes them."""
    return {name_of(item): item for folder in folders for path in sorted((DEPLOY / folder).glob("*.yaml"))
            for item in yaml.safe_load_all(path.read_text())}
