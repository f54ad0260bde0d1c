"""A real API server for a suite: the one that is shared between suites, or one of its own."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

from harness import ROOT, scratch

CLUSTER = str(ROOT / "test" / "cluster" / "cluster")

sys.path.append(str(ROOT / "test" / "cluster"))
from driver import lifecycle  # noqa: E402  (the path has to be set first)


def kubectl(place, *arguments, **options):
    """What `cluster kubectl` runs, run from here: for that program to begin takes more of the processors than most of what it is asked."""
    folder = pathlib.Path(place)
    return subprocess.run([lifecycle.programs_of(folder) / "kubectl", *arguments], env=lifecycle.kubectl_environment(folder),
                          **({} if "input" in options else {"stdin": subprocess.DEVNULL}), capture_output=True, text=True, **options)


@contextlib.contextmanager
def cluster_of(flavour, tally, *options):
    """The folder of a cluster, or None where it does not start, which is told. What is raised inside is a failed check.

    Under `test/cluster/shared run` or `test/cluster/cluster run` it is theirs: what the suite leaves there is theirs to take away.
    """
    given = os.environ.get("BERTH_TEST_CLUSTER")
    with contextlib.ExitStack() as stack:
        if given:
            place = given
            found = json.loads((pathlib.Path(place) / "cluster.json").read_text())["flavour"]
            if not tally.check(found == flavour, f"{flavour}: a cluster is there", f"{place}, {found}"):
                yield None
                return
        else:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="berth-", dir=scratch()))
            stack.callback(subprocess.run, [CLUSTER, "stop", "--dir", place], stdin=subprocess.DEVNULL, capture_output=True)
            started = subprocess.run([CLUSTER, "start", "--dir", place, f"--{flavour}", *options], stdin=subprocess.DEVNULL,
                                     capture_output=True, text=True)
            if not tally.check(started.returncode == 0, f"{flavour}: the cluster starts", started.stderr[-2000:]):
                yield None
                return
        try:
            yield place
        except Exception:   # what is not foreseen must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc()[-6000:])
