"""What there is to run: the programs that CMake lists, and the suites of test/suites.json."""

import dataclasses
import json
import os
import pathlib
import re

from .process import ROOT
from .schedule import Job, Machine, Needs

SUITES = ROOT / "test" / "suites.json"
# Property tests draw from a seed of their own choice otherwise; `make fuzz` lets them.
FIXED_SEED = {"RC_PARAMS": "seed=20261129"}
SHARED = ROOT / "test" / "cluster" / "shared"
CLUSTER_MEMORY_GIB = 1.3
FIELDS = {"name", "command", "limit_seconds", "seconds", "needs", "in", "as"}
OVERBOOKED = 1.5             # of the processors: suites use theirs on average, and seldom all at one moment
MEMORY_SHARE = 0.7           # of what is free now; the rest is for the system and for chance


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    command: tuple
    limit_seconds: float
    seconds: float           # about, on two cores; what earlier runs took here counts more
    needs: Needs
    is_program: bool = False
    environment: dict = dataclasses.field(default_factory=dict)
    cluster_folder: pathlib.Path | None = None   # of the shared cluster that it runs on
    root_only: bool = False

    def job(self, usual):
        return Job(self.name, self.needs, usual if usual is not None else self.seconds)


def needs_of(fields):
    cluster = fields.get("cluster")
    return Needs(float(fields.get("cpu", 1.0)), float(fields.get("memory_gib", 0.5)) + (CLUSTER_MEMORY_GIB if cluster else 0), cluster)


def read(text, build, clusters, everything):
    """Suites of the gate, with `everything` also those of test-all. `clusters`: folder of the shared clusters."""
    document = json.loads(text)
    suites = []
    for fields in document["suites"]:
        if unknown := set(fields) - FIELDS:
            raise ValueError(f"{fields.get('name')}: unknown field {', '.join(sorted(unknown))}")
        if fields.get("in", "gate") == "all" and not everything:
            continue
        if fields.get("as", "root") != "root":
            raise ValueError(f"{fields['name']}: \"as\" is root, or is not there")
        needs = needs_of(fields.get("needs", {}))
        command = [part.replace("{build}", str(build)) for part in fields["command"]]
        if needs.cluster:
            command = [str(SHARED), "run", "--root", str(clusters), "--owner", str(os.getpid()), f"--{needs.cluster}", "--", *command]
        suites.append(Suite(fields["name"], tuple(command), fields["limit_seconds"], fields["seconds"], needs,
                            cluster_folder=pathlib.Path(clusters) / needs.cluster if needs.cluster else None,
                            root_only=fields.get("as") == "root"))
    if len({suite.name for suite in suites}) != len(suites):
        raise ValueError("two suites have the same name")
    return suites


def programs(text, build, label=""):
    """The GoogleTest programs of a build; `label` tells those of a sanitizer from the others."""
    document = json.loads(text)["programs"]
    suites = []
    for name in (build / "test_programs.txt").read_text().split():
        fields = {**document["*"], **document.get(name, {})}
        slower = document["sanitized_times"] if label else 1
        suites.append(Suite(f"{name} ({label})" if label else name, (str(build / "bin" / name),), fields["limit_seconds"] * slower,
                            fields["seconds"] * slower, needs_of({**fields.get("needs", {}), **({"memory_gib": 2} if label else {})}),
                            True, FIXED_SEED))
    return suites


def machine(cpu=None):
    """This one: its processors, and a share of the memory that is free."""
    free = int(re.search(r"MemAvailable: *(\d+) kB", open("/proc/meminfo").read())[1]) / 1024 / 1024
    return Machine(cpu or len(os.sched_getaffinity(0)) * OVERBOOKED, free * MEMORY_SHARE)
