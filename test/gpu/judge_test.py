#!/usr/bin/env python3
"""What `berth gpu` writes and knows, against NVIDIA's own code: its parser of the device plugin's configuration, its tables of A30 and
A100, and the default layouts of its operator.

  judge_test.py BERTH"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Tally  # noqa: E402  (the path has to be set first)

LIMIT_SECONDS = 600   # without Go's cache the modules are fetched and compiled first
OPERATOR = "github.com/NVIDIA/gpu-operator"
ONE_NAME = ROOT / "deploy" / "pools" / "lab-one-name.yaml"
DEFAULT_LAYOUTS = "assets/state-mig-manager/0400_configmap.yaml"
LAYOUTS_OF_IT = 68

CLUSTER = {"apiVersion": "berth.dev/v1", "kind": "Cluster", "name": "default", "flavour": "kubernetes", "pod_ranges": ["10.128.0.0/14"],
           "service_ranges": ["172.30.0.0/16"], "node_ranges": ["192.0.2.0/24"]}


def pool(*devices):
    """Of one node with these cards, each (model, memory, slots, [(resource, replicas, first, end)])."""
    classes = [{"name": "any", "device_memory_gib": 5, "rate": 1, "defaults": {"cpu": 1, "memory_gib": 4, "storage_gib": 320}, "ephemeral_gib": 1}]
    cards = [{"name": f"gpu{index}", "model": model, "memory_gib": memory, "slots": slots,
              "units": [{"name": f"g{index}u{at}", "device_class": "any", "resource_name": name, "replicas": replicas, "placement": [first, end]}
                        for at, (name, replicas, first, end) in enumerate(units)]}
             for index, (model, memory, slots, units) in enumerate(devices)]
    return {"apiVersion": "berth.dev/v1", "kind": "Pool", "name": "lab", "cluster": "default", "time_zone": "UTC", "currency": "EUR",
            "policy": {}, "device_classes": classes,
            "nodes": [{"name": "node", "capacity": {"cpu": 64, "memory_gib": 512, "storage_gib": 4096}, "devices": cards}]}


def slices(profile, slots, each, replicas=1):
    return [(f"nvidia.com/mig-{profile}", replicas, at, at + each) for at in range(0, slots, each)]


POOLS = {
    "a card whole and in slices": pool(("RTX PRO 6000", 95, 4, [("nvidia.com/gpu", 4, 0, 4), *slices("1g.24gb", 4, 1)])),
    "every variant with replicas": pool(("RTX PRO 6000", 95, 4, [("nvidia.com/mig-1g.24gb", 2, 0, 1), ("nvidia.com/mig-1g.24gb-me", 3, 1, 2),
                                                              ("nvidia.com/mig-1g.24gb.gfx", 4, 2, 3), ("nvidia.com/mig-1g.24gb.me", 64, 3, 4)])),
    "several kinds of cards": pool(("NVIDIA H100", 80, 8, [("nvidia.com/mig-3g.40gb", 2, 0, 4), ("nvidia.com/mig-2g.20gb", 1, 4, 6)]),
                                   ("L40S", 45, 1, [("nvidia.com/gpu", 2, 0, 1)]), ("H200", 140, 8, [("nvidia.com/mig-7g.141gb", 1, 0, 8)])),
    "nothing shared": pool(("A30", 24, 4, slices("2g.12gb", 4, 2))),
}


def run(*command, text=None, folder=None, environment=None):
    return subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, timeout=LIMIT_SECONDS, cwd=folder,
                          env=environment, stdin=None if text is not None else subprocess.DEVNULL)


def build(folder, tally):
    go = run(ROOT / "tools" / "ensure-go").stdout.strip()
    environment = {**os.environ, "CGO_ENABLED": "1", "CC": shutil.which("gcc") or "clang-19", "GOTOOLCHAIN": "local", "GOWORK": "off"}   # the tables come with NVML's header
    done = run(go, "build", "-trimpath", "-buildvcs=false", "-o", folder / "judge", ".", folder=HERE / "judge", environment=environment)
    if not tally.check(done.returncode == 0, "NVIDIA's own code is built", done.stderr[-2000:] if done.returncode else ""):
        return None
    fetched = run(go, "mod", "download", "-json", OPERATOR, folder=HERE / "judge", environment=environment)
    return pathlib.Path(json.loads(fetched.stdout)["Dir"])


def asked_plugin(judge, texts, folder):
    files = []
    for name, text in texts.items():
        files.append(folder / f"{len(files)}.yaml")
        files[-1].write_text(text)
    answers = [json.loads(line) for line in run(judge, "plugin", *files).stdout.splitlines()]
    return dict(zip(texts, answers, strict=True))


def rendered(berth, folder, tally):
    """The reference machine, and some more: every plugin's configuration as its own parser reads it."""
    files = {"the reference machine": ROOT / "deploy" / "pools" / "lab.yaml", "the same, one name for all slices": ONE_NAME}
    for name, document in POOLS.items():
        files[name] = folder / f"pool-{len(files)}.yaml"
        files[name].write_text(yaml.safe_dump_all([CLUSTER, document]))
    for name, file in files.items():
        done = run(berth, "gpu", "render", "-f", file)
        if not tally.check(done.returncode == 0, f"{name}: is rendered", done.stderr.strip()):
            continue
        documents = list(yaml.safe_load_all(done.stdout))
        in_use = run(berth, "gpu", "render", "-f", file, "--without-node-labels")
        tally.check("--without-node-labels" in done.stderr and not in_use.stderr.count("kind Node")
                    and list(yaml.safe_load_all(in_use.stdout)) == [one for one in documents if one["kind"] != "Node"],
                    f"{name}: for nodes in use their labels, and nothing else, can be left out", in_use.stderr.strip())
        again = run(berth, "gpu", "check", "-", text=done.stdout)
        tally.check(again.returncode == 0, f"{name}: Berth's own strict reader finds it sound", again.stdout.strip() if again.returncode else "")
        wanted = {unit["resource_name"]: unit["replicas"] for node in list(yaml.safe_load_all(file.read_text()))[1]["nodes"]
                  for device in node["devices"] for unit in device["units"] if unit.get("replicas", 1) > 1}
        plugin = next(one for one in documents if one["kind"] == "ConfigMap" and one["metadata"]["name"] == "device-plugin-config")
        answers = asked_plugin(folder / "judge", plugin["data"], folder)
        tally.check(all(not one["error"] for one in answers.values()) and [one["resources"] for one in answers.values()] == [wanted],
                    f"{name}: NVIDIA's parser reads what is to be shared", str(answers))


def one_name(berth, folder, tally):
    """The shipped pool that shares across tenants is the safe one but for that, and is refused where it is not asked for in words."""
    allowed = ONE_NAME.read_text()
    safe, shared = (list(yaml.safe_load_all(text)) for text in ((ROOT / "deploy" / "pools" / "lab.yaml").read_text(), allowed))
    shared[1]["policy"]["allow_cross_tenant_sharing"] = False
    for unit, of_safe in zip(shared[1]["nodes"][0]["devices"][0]["units"], safe[1]["nodes"][0]["devices"][0]["units"], strict=True):
        unit["resource_name"] = of_safe["resource_name"]
    tally.check(safe == shared, "the two pools that are shipped differ in names of slices and in the word that allows it alone")
    file = folder / "unasked.yaml"
    file.write_text(allowed.replace("allow_cross_tenant_sharing: true", "allow_cross_tenant_sharing: false"))
    done = run(berth, "gpu", "render", "-f", file)
    tally.check(done.returncode != 0 and not done.stdout and "nvidia.com/mig-1g.24gb" in done.stderr and "a resource name of its own" in done.stderr,
                "without that word it is refused, with a safe layout", done.stderr.strip())


def silently_accepted(berth, folder, tally):
    """What that parser passes over, and what it refuses: Berth's says no to both."""
    good = run(berth, "gpu", "render", "-f", ROOT / "deploy" / "pools" / "lab.yaml").stdout
    text = next(one for one in yaml.safe_load_all(good) if one["metadata"]["name"] == "device-plugin-config")["data"]["gpu-node-1"]
    wrong = {"failRequestsGreaterThanOne misspelt": text.replace("failRequestsGreaterThanOne", "failRequestGreaterThanOne"),
             "migStrategy both": text.replace("mixed", "both"),
             "one replica": text.replace("replicas: 2", "replicas: 1", 1)}
    answers = asked_plugin(folder / "judge", wrong, folder)
    for name, given in wrong.items():
        done = run(berth, "gpu", "check", "-", text=given)
        tally.check(done.returncode == 1 and "sound" not in done.stdout, f"{name}: Berth's reader says no",
                    f"NVIDIA's: {answers[name]['error'] or 'accepted'}")
    tally.check([name for name in wrong if not answers[name]["error"]] == ["failRequestsGreaterThanOne misspelt", "migStrategy both"],
                "of which NVIDIA's accepts two, as it was found")


def default_layouts(berth, operator, tally):
    file = operator / DEFAULT_LAYOUTS
    layouts = yaml.safe_load(yaml.safe_load(file.read_text())["data"]["config.yaml"])["mig-configs"]
    done = run(berth, "gpu", "check", file)
    tally.check(len(layouts) == LAYOUTS_OF_IT and done.returncode == 0, f"the operator's {len(layouts)} default layouts all go onto their cards",
                done.stdout.strip() if done.returncode else "")
    document = yaml.safe_load(file.read_text())
    layouts["all-balanced"][0]["mig-devices"]["3g.93gb"] = 3
    document["data"]["config.yaml"] = yaml.safe_dump({"version": "v1", "mig-configs": layouts})
    done = run(berth, "gpu", "check", "-", text=yaml.safe_dump(document))
    tally.check(done.returncode == 1 and "mig-configs.all-balanced[0]" in done.stdout, "one instance too many is told where it is", done.stdout.strip())


def tables(berth, folder, tally):
    own = json.loads(run(berth, "gpu", "cards", "-o", "json").stdout)
    for theirs in json.loads(run(folder / "judge", "cards").stdout):
        card = next(one for one in own if theirs["pci_id"] in one["pci_ids"])
        shapes = [sorted((one["compute"], one["size"], one["most"], one["starts"]) for one in side["profiles"]) for side in (card, theirs)]
        tally.check(shapes[0] == shapes[1] and card["places_seen"], f"{card['name']}: the same profiles at the same places as in NVIDIA's table of "
                    f"{theirs['name']}", str(shapes) if shapes[0] != shapes[1] else "")


def main(berth):
    tally = Tally()
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        operator = build(folder, tally)
        if operator:
            rendered(berth, folder, tally)
            one_name(berth, folder, tally)
            silently_accepted(berth, folder, tally)
            default_layouts(berth, operator, tally)
            tables(berth, folder, tally)
    return tally.close()


sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
