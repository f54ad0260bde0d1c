"""What happened in a pool of one node, in order, read from the audit log; and what was true at each moment of it.

The pool's lock is held from before a round is decided until it is committed, and each audit row has the time of its
decision: replayed one by one they give every state that the pool was ever in, those between two decisions of a round too.
An answer is right when one of the states that it could have seen, those from the request's sending to its answer, says
what it says. Who reads without the lock sees only what was committed: the states between rounds."""

import bisect
import collections
import datetime
import json

RESOURCES = ("units", "cpu", "memory_gib", "storage_gib")
Holding = collections.namedtuple("Holding", "start end device_class units cpu memory_gib storage_gib")
Change = collections.namedtuple("Change", "at reservation before after")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def holding_of(body):
    """Of a booking's body whose amounts are all given, CPU in thousandths as the database has it."""
    return Holding(seconds(body["start"]), seconds(body["end"]), body["device_class"], body["units"],
                   round(body["cpu"] * 1000), body["memory_gib"], body["storage_gib"])


def used(holdings, at, device_class):
    """What is taken at an instant: units of the class, and CPU, memory and storage of the node."""
    now = [one for one in holdings if one.start <= at < one.end]
    return {"units": sum(one.units for one in now if one.device_class == device_class),
            **{name: sum(getattr(one, name) for one in now) for name in RESOURCES[1:]}}


def lacks(holdings, total, wanted):
    """The first resource and instant at which `wanted` does not fit beside `holdings`; None when it fits. Units of one
    node can be dealt out anew as long as nothing has begun, so counting them is exact."""
    near = [one for one in holdings if one.start < wanted.end and one.end > wanted.start]
    for at in sorted({wanted.start, *(one.start for one in near if one.start > wanted.start)}):
        taken = used(near, at, wanted.device_class)
        for name in RESOURCES:
            if taken[name] + getattr(wanted, name) > total[wanted.device_class][name]:
                return name, at
    return None


class History:
    """`rows`: (at, reservation, after as JSON) in the order of time, and which transaction wrote it; without, each is one.
    `total`: per class name, what the node has of each resource."""

    def __init__(self, rows, total, class_names):
        self.total = total
        self.changes = []
        self.states = [{}]      # states[i] is what held before changes[i]
        self.finals = {}        # reservation -> its columns, put together from its audit rows
        self.counts = collections.Counter()
        self.committed = [0]    # indexes of states that others could read
        last = None
        for number, (at, reservation, after, *rest) in enumerate(rows):
            transaction = rest[0] if rest else number
            if number and transaction != last:
                self.committed.append(number)
            last = transaction
            row = {**self.finals.get(reservation, {}), **json.loads(after)}
            self.finals[reservation] = row
            self.counts[reservation] += 1
            state = dict(self.states[-1])
            before = state.pop(reservation, None)
            held = None
            if row["state"] in ("APPROVED", "ACTIVE"):
                held = Holding(seconds(row["start_at"]), seconds(row["end_at"]), class_names[row["device_class"]],
                               row["units"], row["cpu_milli"], row["memory_gib"], row["storage_gib"])
                state[reservation] = held
            self.changes.append(Change(float(at), reservation, before, held))
            self.states.append(state)
        self.committed.append(len(self.changes))
        self.times = [change.at for change in self.changes]

    def states_between(self, sent, answered, without=None):
        """Each state that somebody could have seen who asked at `sent` and was answered at `answered`."""
        for index in range(bisect.bisect_left(self.times, sent), bisect.bisect_right(self.times, answered) + 1):
            yield [held for reservation, held in self.states[index].items() if reservation != without]

    def overfull(self):
        """Changes after which a class or the node was taken beyond what there is."""
        return [change for change, state in zip(self.changes, self.states[1:]) if change.after and lacks(
            [held for reservation, held in state.items() if reservation != change.reservation], self.total, change.after)]

    def fitted(self, wanted, sent, answered):
        return any(lacks(state, self.total, wanted) is None for state in self.states_between(sent, answered))

    def refused_rightly(self, wanted, sent, answered, limiting=None, without=None):
        """Some state lacked room for it, and by the numbers that were told."""
        for state in self.states_between(sent, answered, without):
            if lacks(state, self.total, wanted) is None:
                continue
            if limiting is None:
                return True
            name, scale = limiting["resource"], 1000 if limiting["resource"] == "cpu" else 1
            free = self.total[wanted.device_class][name] - used(state, seconds(limiting["at"]), wanted.device_class)[name]
            if (round(limiting["free"] * scale) == free and round(limiting["needed"] * scale) == getattr(wanted, name)
                    and getattr(wanted, name) > free and wanted.start <= seconds(limiting["at"]) < wanted.end):
                return True
        return False

    def takers(self, wanted, since, until):
        """Changes after which more of the window was held than before: what an offer can have been lost to."""
        return [change for change in self.changes[bisect.bisect_left(self.times, since):bisect.bisect_right(self.times, until)]
                if change.after and change.after != change.before
                and change.after.start < wanted.end and change.after.end > wanted.start]

    def availability_was(self, answer, sent, answered):
        """One state explains every `reserved` of an answer of GET /availability."""
        # It reads without the lock, so the round that was being committed when it was sent may not be in it yet.
        before = self.committed[:bisect.bisect_left(self.committed, bisect.bisect_left(self.times, sent))]
        first = bisect.bisect_left(self.committed, before[-1]) if before else 0
        last = bisect.bisect_right(self.committed, bisect.bisect_right(self.times, answered))
        return any(all(round(segment["reserved"] * scale) == used(state, seconds(segment["start"]), name)[resource]
                       for name, resource, scale, segments in series_of(answer) for segment in segments)
                   for state in (list(self.states[index].values()) for index in self.committed[first:last]))


def series_of(answer):
    found = [(one["device_class"], "units", 1, one["segments"]) for one in answer["device_classes"]]
    return found + [(None, name, 1000 if name == "cpu" else 1, answer[name]["segments"]) for name in RESOURCES[1:]]


def availability_faults(answer, begin, end):
    """What is wrong with the sums and the seams of an answer of GET /availability; empty when nothing is."""
    faults = []
    named = [(one["device_class"], one) for one in answer["device_classes"]] + [(name, answer[name]) for name in RESOURCES[1:]]
    for name, series in named:
        at = seconds(begin)
        for segment in series["segments"]:
            if seconds(segment["start"]) != at or seconds(segment["end"]) <= at:
                faults.append(f"{name}: a seam at {segment['start']}")
            at = seconds(segment["end"])
            parts = [segment[part] for part in ("free", "reserved", "blocked", "out_of_service")]
            if abs(sum(parts) - series["total"]) > 1e-6 or min(parts) < 0:
                faults.append(f"{name}: {parts} are not {series['total']} at {segment['start']}")
        if at != seconds(end):
            faults.append(f"{name}: it ends at {at}")
    return faults


# Over a set of claims and reservations, so that they can be shown to find what is wrong when something is.
# Two claims overlap where their units lie over each other, which a unit does with itself: by what the units say, whatever
# the claims carry.
OVERLAPS = """SELECT a.reservation, b.reservation, a.unit, b.unit, a.during * b.during FROM {claims} a JOIN {claims} b
  ON (a.reservation, a.unit) < (b.reservation, b.unit) AND a.during && b.during
  JOIN berth.unit u ON u.id = a.unit JOIN berth.unit v ON v.id = b.unit
  WHERE a.live AND b.live AND u.device = v.device AND u.placement && v.placement"""

OVERLOADS = """WITH load AS (
    SELECT DISTINCT n.id AS node, r.id, c.during, r.cpu_milli AS cpu, r.memory_gib AS memory, r.storage_gib AS storage
    FROM {claims} c JOIN {reservations} r ON r.id = c.reservation
    JOIN berth.unit u ON u.id = c.unit JOIN berth.node n ON n.id = u.node WHERE c.live),
  edge AS (
    SELECT node, lower(during) AS at, cpu, memory, storage FROM load
    UNION ALL SELECT node, upper(during), -cpu, -memory, -storage FROM load),
  step AS (SELECT node, at, sum(cpu) AS cpu, sum(memory) AS memory, sum(storage) AS storage FROM edge GROUP BY node, at),
  held AS (SELECT node, at, sum(cpu) OVER w AS cpu, sum(memory) OVER w AS memory, sum(storage) OVER w AS storage
    FROM step WINDOW w AS (PARTITION BY node ORDER BY at))
  SELECT n.name, max(h.cpu), max(h.memory), max(h.storage),
    max(h.cpu) > min(n.cpu_milli - n.aside_cpu_milli) OR max(h.memory) > min(n.memory_gib - n.aside_memory_gib)
    OR max(h.storage) > min(n.storage_gib - n.aside_storage_gib)
  FROM held h JOIN berth.node n ON n.id = h.node GROUP BY n.name"""
