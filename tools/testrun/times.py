"""How long suites took, and how much of the processors: kept from run to run, so that the longest begin first, growth is told,
and what a suite is said to need can be held against what it takes."""

import json
import statistics

KEPT_RUNS = 5
GROWTH = 1.2             # beyond what it took before,
GROWTH_SECONDS = 5.0     # and by more than chance


def read(path):
    """{name: [seconds of its last good runs]}. Nothing where there is no file, or none that can be read: it is a memory, no truth."""
    try:
        kept = json.loads(path.read_text())
        return {str(name): [float(one) for one in runs][-KEPT_RUNS:] for name, runs in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def usual(kept, name, otherwise=None):
    return statistics.median(kept[name]) if kept.get(name) else otherwise


def with_run(kept, name, seconds):
    return {**kept, name: [*kept.get(name, []), round(seconds, 1)][-KEPT_RUNS:]}


def write(path, kept):
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    fresh.replace(path)


def growth(kept, name, seconds):
    """A sentence when a suite takes clearly longer than it used to, else nothing."""
    before = usual(kept, name)
    if before is None or seconds <= before * GROWTH or seconds - before <= GROWTH_SECONDS:
        return None
    return f"{name} took {seconds:.0f} s, before {before:.0f} s"


def slowest(took, most, processor):
    """`took`: {name: seconds}; `processor`: the same of processors. The slowest ones as lines."""
    return [f"{seconds:>7.1f} s  {processor.get(name, 0.0):>7.1f} s of a processor  {name}"
            for name, seconds in sorted(took.items(), key=lambda one: -one[1])[:most]]
