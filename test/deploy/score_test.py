#!/usr/bin/env python3
"""kube-score's opinion of what each overlay applies: no critical finding but those of the table, each of which has its reason and is still there.

  score_test.py"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Tally, folder  # noqa: E402  (the path has to be set first)

BUILD_SECONDS = 800              # without Go's cache it is fetched and compiled first
CRITICAL = 1
CLOUDNATIVEPG = "openshift-ha-cloudnativepg"
WITH_BACKUPS = CLOUDNATIVEPG + " with backups"
# What is applied together: what stands beside an overlay is covered by its network policies, and opens its doors.
OVERLAYS = {"kubernetes": ["overlays/kubernetes"], "openshift": ["overlays/openshift"], "openshift-ha": ["overlays/openshift-ha"],
            CLOUDNATIVEPG: [f"overlays/{CLOUDNATIVEPG}"],
            "kubernetes with backups": ["overlays/kubernetes", "backup/kubernetes", "backup/reader"],
            "openshift with backups": ["overlays/openshift", "backup/openshift", "backup/reader"],
            WITH_BACKUPS: [f"overlays/{CLOUDNATIVEPG}-backups", "backup/openshift-cloudnativepg"]}
ALL = tuple(OVERLAYS)
OURS = tuple(name for name in ALL if name not in (CLOUDNATIVEPG, WITH_BACKUPS))
ONE_NODE = tuple(name for name in OURS if name != "openshift-ha")
# Check of kube-score: why not, and where.
NOT_SO = {
    "container-image-pull-policy": ("images are named by their digest, so a kept one is the right one, also while the registry is away", ALL),
    "container-security-context-user-group-id": ("OpenShift gives ids of the namespace's range; the images run as any, elsewhere as 1000", ALL),
    "deployment-has-poddisruptionbudget": ("with one node a budget holds up every drain for ever", ONE_NODE),
    "statefulset-has-servicename": ("one replica that is found by an ordinary Service; neither can be changed where it is installed", OURS),
    "networkpolicy-targets-pod": ("its pods are made by CloudNativePG's operator and have no manifest", (CLOUDNATIVEPG, WITH_BACKUPS)),
}


def built(place, tally):
    go = subprocess.run([ROOT / "tools" / "ensure-go"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS).stdout.strip()
    done = subprocess.run([go, "build", "-trimpath", "-buildvcs=false", "-o", place / "kube-score", "github.com/zegl/kube-score/cmd/kube-score"], cwd=HERE / "score",
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS, env={**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off"})
    return tally.check(done.returncode == 0, "kube-score is built", done.stderr[-2000:] if done.returncode else "")


def kubectl(*arguments):
    """kubectl of the test cluster, which needs no cluster for this."""
    programs = subprocess.run([ROOT / "test/cluster/build"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS, check=True).stdout.strip()
    done = subprocess.run([pathlib.Path(programs) / "kubectl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def criticals(place, text):
    """{check: [object and what is said]}"""
    done = subprocess.run([place / "kube-score", "score", "--output-format", "json", "-"], input=text, capture_output=True, text=True, timeout=60)
    found = {}
    for item in json.loads(done.stdout):
        for one in item["checks"] or []:
            if one["grade"] == CRITICAL and not one["skipped"]:
                said = "; ".join(f"{it['path']} {it['summary']}".strip() for it in one["comments"] or [])
                found.setdefault(one["check"]["id"], []).append(f"{item['object_name']}: {said}")
    return found


def main():
    tally = Tally()
    with folder() as place:
        if not built(place, tally):
            return tally.close()
        needed = set()
        for overlay in ALL:
            text = "\n---\n".join(kubectl("kustomize", ROOT / "deploy" / path) for path in OVERLAYS[overlay])
            found = criticals(place, text)
            needed |= set(found)
            excused = {check for check, (_, overlays) in NOT_SO.items() if overlay in overlays}
            wrong = {check: said for check, said in found.items() if check not in excused}
            tally.check(not wrong, f"{overlay}: nothing critical but what has its reason", str(wrong) if wrong else "")
            worse = criticals(place, text.replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"))
            tally.check(set(worse) - set(found), f"{overlay}: a root that can be written would be told", str(sorted(set(worse) - set(found))))
        idle = sorted(set(NOT_SO) - needed)
        tally.check(not idle, "each reason is still wanted", str(idle))
    return tally.close()


sys.exit(main())
