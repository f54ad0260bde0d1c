#!/usr/bin/env python3
"""One GPU that is on offer whole and as four slices: 64 clients book both, move and cancel, and the database is looked at
for claims that overlap on the card all the time. What every client was told is held against the audit log's history: the
card has four slots, a whole one takes all of them, and since nothing has begun counting slots is exact."""

import argparse
import json
import sys
import time

from harness import Api, Demo, ROOT, Tally, folder, running
from history import OVERLAPS, History, Holding, holding_of
from stampede_clients import DEFAULTS, EVERYTHING_IS_BACK_SECONDS, Client, Observer, instant, let_them

CLIENTS = 64
HISTORY_CHECKS = 600
FEW_ANSWERS, FEW_BOOKED = 30, 10   # not more than these would mean nothing
SLOTS = {"slice-24gb": 1, "whole-96gb": 4}
CARD = {"card": {"units": 4, "cpu": 122_000, "memory_gib": 740, "storage_gib": 2790}}


def write_pool(place):
    """The reference pool with its first GPU alone, and the whole of it on offer too."""
    text = (ROOT / "deploy" / "pools" / "lab.yaml").read_text()
    head, second = text.split("      # GPU 1: whole.\n")
    whole = [line for line in second.splitlines() if "device_class: whole-96gb" in line]
    assert len(whole) == 1 and "max_live_per_user: 20" in head
    path = place / "one-gpu.yaml"
    path.write_text(head.replace("max_live_per_user: 20", "max_live_per_user: 10000") + whole[0] + "\n")
    return path


class LayoutClient(Client):
    """Books whole cards too."""

    def book(self):
        if self.random.random() < 0.6:
            return super().book()
        start, end = self.window()
        body = {"pool": "lab", "device_class": "whole-96gb", "units": 1, "start": instant(start), "end": instant(end),
                "name": f"whole-{self.number}-{next(self.numbers)}"}
        refusal = self.post(body, Holding(start, end, "whole-96gb", 1, *DEFAULTS["whole-96gb"]))
        if refusal and self.random.random() < 0.3:
            self.try_offers(refusal)
        return None


def on_the_card(wanted):
    """The same in slots of the card."""
    return wanted._replace(device_class="card", units=wanted.units * SLOTS[wanted.device_class])


def read_history(demo):
    names = {int(row[0]): row[1] for row in demo.sql("SELECT id, name FROM berth.device_class")}
    classes, rows = {}, []
    for at, reservation, after, transaction in demo.sql(
            "SELECT extract(epoch FROM at), object_id, after, xmin::text FROM berth.audit WHERE object_type = 'reservation'"
            " ORDER BY at, id"):
        row = json.loads(after)
        classes[reservation] = row.get("device_class", classes.get(reservation))
        if "units" in row:
            row["units"] *= SLOTS[names[classes[reservation]]]
        rows.append((at, reservation, json.dumps(row), transaction))
    return History(rows, CARD, {number: "card" for number in names})


def self_check(demo, tally):
    """The query finds what lies over each other, and only that."""
    units = {row[1]: row[0] for row in demo.sql("SELECT id, name FROM berth.unit WHERE retired_at IS NULL")}

    def found(one, other):
        claims = f"""(SELECT * FROM (VALUES
            ('00000000-0000-4000-8000-000000000001'::uuid, {units[one]}, tstzrange('2030-01-01', '2030-01-03'), true),
            ('00000000-0000-4000-8000-000000000002'::uuid, {units[other]}, tstzrange('2030-01-02', '2030-01-04'), true))
            AS made_up (reservation, unit, during, live))"""
        return len(demo.sql(OVERLAPS.format(claims=claims)))

    finds = (found("gpu1", "gpu0-slice2"), found("gpu0-slice0", "gpu0-slice0"), found("gpu0-slice0", "gpu0-slice1"))
    tally.check(finds == (1, 1, 0), "the query finds a slice under a whole card and a unit held twice, and only those", str(finds))


def refusals_and_offers(clients):
    refusals = [one for client in clients for one in list(client.refusals)]
    return refusals, [(one, offer) for one in refusals[:HISTORY_CHECKS] for offer in one.body["alternatives"]]


def booked_by_class(demo):
    return {name: int(count) for name, count in demo.sql(
        "SELECT c.name, count(*) FROM berth.reservation r JOIN berth.device_class c ON c.id = r.device_class GROUP BY c.name")}


def both_booked(booked):
    return all(booked.get(name, 0) > FEW_BOOKED for name in SLOTS)


def enough(demo, clients):
    """For every check that counts what it has seen."""
    return all(len(one) > FEW_ANSWERS for one in refusals_and_offers(clients)) and both_booked(booked_by_class(demo))


def check_answers(tally, clients, history):
    refusals, offers = refusals_and_offers(clients)
    untrue = [one for one in refusals[:HISTORY_CHECKS]
              if not history.refused_rightly(on_the_card(one.wanted), one.sent, one.answered, None, one.without)]
    tally.check(len(refusals) > FEW_ANSWERS and not untrue, "every refusal was true at an instant while it was asked",
                f"{len(refusals)} refusals" + (f"; not so: {len(untrue)}, e.g. {untrue[0]}" if untrue else ""))
    hollow = [(one, offer) for one, offer in offers
              if not history.fitted(on_the_card(holding_of(offer)), one.sent, one.answered)]
    tally.check(len(offers) > FEW_ANSWERS and not hollow, "every alternative fitted when it was offered",
                f"{len(offers)} offers" + (f"; not so: {len(hollow)}, e.g. {hollow[0]}" if hollow else ""))
    overfull = history.overfull()
    tally.check(not overfull, "the card was not taken beyond its four slots after any change of the history",
                f"{len(history.changes)} changes")


def check_calendar(demo, tally, first):
    """A slice on one day, the whole card on the next: each shows as blocked on the other's lanes."""
    admin = Api(demo.port, "admin@berth.local")
    for day, device_class in enumerate(SLOTS):
        start = first + (20 + day) * 86_400
        booked = admin.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": 1,
                                                      "start": instant(start), "end": instant(start + 3600)})
        assert booked.status == 201, booked.body
    begin, end = instant(first + 20 * 86_400), instant(first + 22 * 86_400)
    lanes = admin.get(f"/calendar?pool=lab&from={begin}&to={end}").body["lanes"]
    kinds = sorted((lane["device_class"], *(bar["kind"] for bar in lane["bars"])) for lane in lanes)
    expected = sorted([("slice-24gb", "mine", "blocked")] + [("slice-24gb", "blocked")] * 3 + [("whole-96gb", "blocked", "mine")])
    tally.check(kinds == expected and len({lane["device"] for lane in lanes}) == 1,
                "the calendar shows blocked time as blocked, on the lanes of the other layout", "" if kinds == expected else str(kinds))
    free = admin.get(f"/availability?pool=lab&from={begin}&to={end}").body["device_classes"]
    blocked = {one["device_class"]: max(segment["blocked"] for segment in one["segments"]) for one in free}
    tally.check(blocked == {"slice-24gb": 4, "whole-96gb": 1}, "and so does the availability", str(blocked))


def run(demo, tally, length):
    first = (time.time() // 86_400 + 2) * 86_400
    tokens = [Api(demo.port, f"{name}@berth.local").token for name in ("ana", "ben", "lead")]
    observer = Observer(demo, Api(demo.port, "finance@berth.local").token, instant(first), instant(first + 6 * 86_400))
    begun = time.monotonic()
    clients = [LayoutClient(i, [demo.port], tokens[i % len(tokens)], first) for i in range(CLIENTS)]
    for thread in (observer, *clients):
        thread.start()
    let_them(clients, observer, begun + length, lambda: enough(demo, clients))
    for client in clients:
        client.join(length + EVERYTHING_IS_BACK_SECONDS)
    observer.stop.set()
    observer.join()
    observer.look()
    faults = [one.fault for one in (*clients, observer) if one.fault]
    tally.check(not faults and not any(one.is_alive() for one in clients), f"{CLIENTS} clients and the observer ran to their end",
                f"{time.monotonic() - begun:.1f} s" + "".join("\n" + one for one in faults[:2]))
    surprises = [one for client in clients for one in client.surprises]
    tally.check(not surprises, "no answer that could not be expected", "".join("\n  " + one for one in surprises[:3]))
    booked = booked_by_class(demo)
    tally.check(both_booked(booked), "both layouts were booked", str(booked))
    tally.check(not observer.overlaps, "no slot of the card was ever held twice", f"{observer.looks} looks at all claims")
    tally.check(not observer.overloads, "nor the node's CPU, memory or storage exceeded")
    tally.check(not observer.faults, "free + reserved + blocked + out of service = total in every segment, without gap, all the time",
                f"{observer.segments} segments of units" + "".join(f"; {one}" for one in observer.faults[:2]))
    blocked = sum(segment["blocked"] > 0 for sample in observer.samples for one in sample[2]["device_classes"]
                  for segment in one["segments"])
    tally.check(blocked > 0, "and some of it was blocked", f"{blocked} segments")
    elsewhere = demo.sql("""SELECT count(*) FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit
        WHERE c.device <> u.device OR c.placement <> u.placement""")[0][0]
    tally.check(elsewhere == "0", "every claim lies where its unit does")
    check_answers(tally, clients, read_history(demo))
    check_calendar(demo, tally, first)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("berth")
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    tally = Tally()
    with folder() as place:
        demo = Demo(options.berth, place, "--pool-file", str(write_pool(place)))
        with running(demo, tally):
            self_check(demo, tally)
            run(demo, tally, options.seconds)
    return tally.close()


sys.exit(main())
