"""Which suites go side by side. Pure: time, machine and what runs are arguments."""

import dataclasses

ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a suite takes of the machine while it runs; `cpu` is what it uses on average, not at its peak."""
    cpu: float = 1.0
    memory_gib: float = 0.5
    cluster: str | None = None   # the shared test cluster of this flavour, which serves one suite at a time


@dataclasses.dataclass(frozen=True)
class Machine:
    cpu: float
    memory_gib: float


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    needs: Needs
    seconds: float               # about how long it takes


def fits(job, running, machine):
    """What asks for more than the whole machine runs alone rather than never."""
    if any(job.needs.cluster and job.needs.cluster == other.needs.cluster for other in running):
        return False
    if not running:
        return True
    cpu = sum(other.needs.cpu for other in running) + job.needs.cpu
    memory = sum(other.needs.memory_gib for other in running) + job.needs.memory_gib
    return cpu <= machine.cpu + ROUNDING and memory <= machine.memory_gib + ROUNDING


def weight(job, waiting):
    """How much still hangs on it: suites of one cluster run one after another, so all that wait for it count."""
    if not job.needs.cluster:
        return job.seconds
    return sum(other.seconds for other in waiting if other.needs.cluster == job.needs.cluster)


def next_to_start(waiting, running, machine):
    """The one with most hanging on it that fits beside what runs, the longer one of two; None when none fits."""
    fitting = [job for job in waiting if fits(job, running, machine)]
    return max(fitting, key=lambda job: (weight(job, waiting), job.seconds), default=None)


def simulate(jobs, machine):
    """(start, end, job) of each if every one takes just as long as is thought; for tests, and to try out numbers."""
    waiting, running, done, now = list(jobs), [], [], 0.0
    while waiting or running:
        while job := next_to_start(waiting, [one for _, _, one in running], machine):
            waiting.remove(job)
            running.append((now, now + job.seconds, job))
        first = min(running, key=lambda one: one[1])
        now = first[1]
        running.remove(first)
        done.append(first)
    return done
