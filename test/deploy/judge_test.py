#!/usr/bin/env python3
"""Custom resources of deploy/ and of `berth gpu render` before the code that an API server judges them with: every field known, every value one
that its operator's definition takes. And that this judge says no: a file that was spoilt in one place each is refused.

  judge_test.py BERTH"""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

import operators  # noqa: E402  (the path has to be set first)
from deployed import rendered  # noqa: E402
from harness import Tally, folder  # noqa: E402

BUILD_SECONDS = 800              # without Go's cache it is fetched and compiled first
APPLIED = [*(f"overlays/{name.name}" for name in sorted((ROOT / "deploy/overlays").iterdir())),
           "backup/kubernetes", "backup/openshift", "backup/openshift-cloudnativepg", "backup/reader", "storage/operator", "storage/disk", "storage/registry", "builds"]
# Groups that an API server serves by itself; all others need a definition.
BUILT_IN = re.compile(r"^(v1|apps/.*|batch/.*|policy/.*|[a-z.]+\.k8s\.io/.*)$")
POLICY = "ClusterPolicy gpu-cluster-policy"

# What is spoilt, of the first document with this name: the field, or a list of them; what it is made; what the judge has to name.
SPOILT = {
    POLICY: [
        ("spec.devicePlugin.config.nam", "device-plugin-config", "unknown field spec.devicePlugin.config.nam"),
        ("spec.mig.strategy", "both", "spec.mig.strategy"),
        ("spec", {}, "spec.daemonsets"),
    ],
    "Route berth-portal": [
        ("spec.to.kind", "Pod", "spec.to.kind"),
        ("spec.tls.insecureEdgeTerminationPolicy", "Perhaps", "insecureEdgeTerminationPolicy"),
        ("spec.tls", {"termination": "passthrough", "insecureEdgeTerminationPolicy": "Allow"}, "passthrough"),
    ],
    "ServiceMonitor berth-portal": [("spec.endpoints.0.interval", "30", "interval")],
    "PrometheusRule berth": [("spec.groups.0.rules.0.for", "5q", "for")],
    "Cluster berth-postgres": [("spec.storag", {}, "unknown field spec.storag"), ("spec.instances", 0, "spec.instances")],
    "Subscription lvms-operator": [("spec.chanel", "stable", "unknown field spec.chanel")],
    "LVMCluster": [("spec.storage.deviceClasses.0.fstype", "btrfs", "fstype"),
                   ("spec.storage.deviceClasses.0.thinPoolConfig.overprovisionRatio", 0, "overprovisionRatio")],
    "Config cluster": [("spec.managementState", "Manage", "managementState"), ("spec.rolloutStrategy", "recreate", "rolloutStrategy")],
}


def run(*command, **more):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS, **more)


def built(place, tally):
    go = run(ROOT / "tools" / "ensure-go").stdout.strip()
    done = run(go, "build", "-trimpath", "-buildvcs=false", "-o", place / "judge", ".", cwd=HERE / "judge",
               env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"})
    return tally.check(done.returncode == 0, "the API server's own code is built", done.stderr[-2000:] if done.returncode else "")


def stream(documents):
    """JSON is YAML, and quicker written."""
    return "\n---\n".join(map(json.dumps, documents)) + "\n"


def judged(place, documents):
    """[(name, its faults)], in the order of the documents."""
    (place / "documents.yaml").write_text(stream(documents))
    done = run(place / "judge", place / "definitions.yaml", place / "documents.yaml")
    assert done.returncode == 0, done.stderr
    return [(one["name"], one["faults"]) for one in map(json.loads, done.stdout.splitlines())]


def merged(base, patch):
    """As a merge patch is applied (RFC 7386): null takes a field away."""
    if not isinstance(patch, dict) or not isinstance(base, dict):
        return patch
    whole = {**base, **{key: merged(base.get(key), value) for key, value in patch.items()}}
    return {key: value for key, value in whole.items() if value is not None}


def without_nulls(value):
    """The operator's example leaves fields empty, which no server takes."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def layouts(berth, of_operator):
    """The operator's ClusterPolicy as a cluster has it once the patch of each pool that is shipped is on it."""
    sample = without_nulls(yaml.safe_load((of_operator / "config/samples/v1_clusterpolicy.yaml").read_text()))
    made = []
    for pool in sorted((ROOT / "deploy/pools").glob("*.yaml")):
        done = run(berth, "gpu", "render", "-f", pool)
        assert done.returncode == 0, pool.name + done.stderr
        made += [merged(sample, one) for one in yaml.safe_load_all(done.stdout) if one["kind"] == "ClusterPolicy"]
    return made


def spoilt(document, path, value):
    made = copy.deepcopy(document)
    *way, last = [int(word) if word.isdigit() else word for word in path.split(".")]
    at = made
    for word in way:
        at = at[word]
    at[last] = value
    return made


def main(berth):
    tally = Tally()
    with folder() as place:
        if not built(place, tally):
            return tally.close()
        programs = run(ROOT / "test/cluster/build").stdout.strip()
        of_operator = operators.folder_of("github.com/NVIDIA/gpu-operator", ROOT / "test/gpu/judge")
        definitions = [*operators.definitions_of_all(), operators.definition_from("openshift", "route/v1/zz_generated.crd-manifests/routes.crd.yaml"),
                       operators.read_quickly(of_operator / "config/crd/bases/nvidia.com_clusterpolicies.yaml")]
        (place / "definitions.yaml").write_text(stream(definitions))
        documents = {path: [one for one in rendered([pathlib.Path(programs) / "kubectl"], ROOT / "deploy" / path) if not BUILT_IN.match(one["apiVersion"])]
                     for path in APPLIED}
        documents["berth gpu render"] = layouts(berth, of_operator)
        tally.check(documents["berth gpu render"], "a pool that is shipped gives a ClusterPolicy")
        all_of_them = [one for mine in documents.values() for one in mine]
        answers = iter(judged(place, all_of_them))
        for path, mine in documents.items():
            wrong = [it for it in (next(answers) for _ in mine) if it[1]]
            tally.check(not wrong, f"{path}: {len(mine)} custom resources, every field known and taken", str(wrong) if wrong else "")

        cases = []
        for wanted, faults in SPOILT.items():
            document = next((one for one in all_of_them if f"{one['kind']} {one['metadata']['name']}".startswith(wanted)), None)
            if tally.check(document is not None, f"there is a {wanted}"):
                cases += [(wanted, fault, spoilt(document, *fault[:2])) for fault in faults]
        for (wanted, (path, value, told), _), (_, said) in zip(cases, judged(place, [one for *_, one in cases]), strict=True):
            tally.check(any(told in one for one in said), f"{wanted} with {path} {json.dumps(value)} is refused, and that is named", str(said)[:300])
        stranger = {"apiVersion": "nowhere.example/v1", "kind": "Nothing", "metadata": {"name": "x"}}
        tally.check(judged(place, [stranger])[0][1], "a kind that nobody defined is a fault, and not passed over")
    return tally.close()


sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
