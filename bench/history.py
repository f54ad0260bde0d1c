"""Whether availability stays as quick however much has been: the same week ahead, with more and more of a past."""

from bookings import wanted
from machine import spread
from reads import Reads, targets

WANTED_GROWTH = 1.5


def measure(rig, program, sizes, clients, rounds, seconds, say):
    reads = Reads(rig, program, say)
    target = targets()["/availability"]
    first = None
    for size in sizes:
        count, took = rig.seed(size, dense_past=True)
        size_on_disk = rig.demo.sql("SELECT pg_size_pretty(pg_database_size(current_database()))")[0][0]
        reads.run(target, clients, 1)   # warm
        runs = [reads.run(target, clients, seconds) for _ in range(rounds)]
        p99 = [run["p99_ms"] for run in runs]
        first = first or p99
        growth = [now / then for now, then in zip(p99, first)]
        say(f"  {count:>10} rows  p50 {spread([run['p50_ms'] for run in runs], 1)}, p99 {spread(p99, 1)} ms, "
            f"{spread([run['per_second'] for run in runs], 0)} per s; p99 to that of the fewest {spread(growth)}"
            f"{wanted(WANTED_GROWTH, growth, at_most=True)}; made in {took:.0f} s, {size_on_disk}")
        for run in runs:
            if run["others"] or run["unanswered"]:
                say(f"    not 200: {run['others']}, unanswered {run['unanswered']}: {run['sample'][:300]}")
