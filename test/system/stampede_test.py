#!/usr/bin/env python3
"""64 clients of two portals book, move, resize, extend and cancel on four slices for 30 s or more while each portal is killed and
started again, twice.

What every client was told is kept and held against the audit log's history of the pool: nothing that was answered 201 is
lost or there twice, every refusal and every offer was true while it was asked for, and an offer that was refused after
all had been taken by somebody."""

import collections
import json
import random
import sys
import time

from harness import Api, Demo, Portal, ROOT, Tally, Wire, folder, running, wait_for
from history import OVERLAPS, OVERLOADS, RESOURCES, History, Holding, availability_faults, holding_of
from raw_http import Talk, head
from stampede_clients import EVERYTHING_IS_BACK_SECONDS, Client, Observer, instant, let_them

CLIENTS = 64
RUN_SECONDS = 30             # and until there was this much to judge
FEW_CHANGES, FEW_ANSWERS, FEW_LOOKS = 5, 100, 50   # not more than these would mean nothing
KILLS = ((5, 0), (11, 1), (17, 0), (23, 1))   # after so many seconds, which of the portals
DOWN_SECONDS = 1.0
HISTORY_CHECKS = 1500        # refusals and offers held against the history, out of all
CHANGES = ("201s", "409s", "moves", "resizes", "extends", "cancels")
MANY = 10_000                # reservations a user may have here, so that it is room that refuses
TOTAL = {name: {"units": units, "cpu": 122_000, "memory_gib": 740, "storage_gib": 2790}
         for name, units in [("slice-24gb", 4), ("whole-96gb", 1), (None, 0)]}


def booked_then_killed(demo, portal, token, start, number):
    """A booking whose answer nobody reads: the portal is killed once it is in the database."""
    key = f"answer-not-read-{number}"
    body = {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": instant(start),
            "end": instant(start + 3600), "name": key}

    data = json.dumps(body).encode()
    talk = Talk(portal.port)
    talk.send(head("POST", "/api/v1/reservations", f"Authorization: Bearer {token}", "Content-Type: application/json",
                   f"Idempotency-Key: {key}", f"Content-Length: {len(data)}") + data)
    there = wait_for(lambda: demo.sql(f"SELECT id FROM berth.reservation WHERE name = '{key}'"), 10, 0.01)
    portal.kill()
    talk.close()
    return key, body, there[0][0] if there else None


def self_check(demo, tally):
    """The checkers find what is wrong: each is shown something that is."""
    claims = """(VALUES ('00000000-0000-4000-8000-000000000001'::uuid, {0}, tstzrange('2030-01-01', '2030-01-03'), true),
                        ('00000000-0000-4000-8000-000000000002'::uuid, {1}, tstzrange('2030-01-02', '2030-01-04'), true))
                AS made_up (reservation, unit, during, live)"""
    units = [row[0] for row in demo.sql("SELECT id FROM berth.unit WHERE retired_at IS NULL ORDER BY id")]
    loads = """(VALUES ('00000000-0000-4000-8000-000000000001'::uuid, 61000, 8, 320),
                       ('00000000-0000-4000-8000-000000000002'::uuid, {0}, 8, 320))
               AS loads (id, cpu_milli, memory_gib, storage_gib)"""
    pair = f"(SELECT * FROM {claims.format(units[0], units[0])})"
    apart = f"(SELECT * FROM {claims.format(units[0], units[1])})"
    finds = (len(demo.sql(OVERLAPS.format(claims=pair))), len(demo.sql(OVERLAPS.format(claims=apart))),
             *(demo.sql(OVERLOADS.format(claims=apart, reservations=f"(SELECT * FROM {loads.format(cpu)})"))[0][-1]
               for cpu in (61_001, 61_000)))
    tally.check(finds == (1, 0, "t", "f"), "the queries find a made-up overlap and a made-up overload, and only those", str(finds))

    def answer(*segments):
        series = {"total": 4, "segments": [{"start": instant(a), "end": instant(b), "free": free, "reserved": 4 - free - off,
                                            "blocked": 0, "out_of_service": off} for a, b, free, off in segments]}
        return {"device_classes": [{"device_class": "slice-24gb", **series}], **{name: series for name in RESOURCES[1:]}}

    good, gap, short = answer((0, 60, 1, 1), (60, 120, 4, 0)), answer((0, 60, 1, 0), (61, 120, 4, 0)), answer((0, 60, 4, 0))
    wrong = answer((0, 120, 1, 0))
    wrong["cpu"]["segments"][0]["free"] = 2
    verdicts = [bool(availability_faults(one, instant(0), instant(120))) for one in (good, gap, short, wrong)]
    tally.check(verdicts == [False, True, True, True], "a gap, a missing end and a wrong sum in the availability are found")

    row = lambda state, start, units: json.dumps({"state": state, "start_at": instant(start), "end_at": instant(start + 60),
                                                  "device_class": 1, "units": units, "cpu_milli": 1, "memory_gib": 1,
                                                  "storage_gib": 1})
    history = History([(1.0, "a", row("APPROVED", 0, 3)), (2.0, "b", row("APPROVED", 0, 1)), (3.0, "a", row("CANCELED", 0, 3)),
                       (4.0, "c", row("APPROVED", 30, 4))], TOTAL, {1: "slice-24gb"})
    two = Holding(0, 60, "slice-24gb", 2, 1, 1, 1)
    told = {"resource": "units", "needed": 2, "free": 1, "at": instant(0)}
    tally.check([change.reservation for change in history.overfull()] == ["c"]
                and history.refused_rightly(two, 1.5, 1.6, told) and not history.refused_rightly(two, 3.5, 3.6)
                and not history.refused_rightly(two, 1.5, 1.6, told | {"free": 0})
                and history.fitted(two, 3.5, 3.6) and not history.fitted(two, 1.5, 2.5)
                and [change.reservation for change in history.takers(two, 1.5, 3.5)] == ["b"],
                "the history finds an overfull class, a wrong refusal, a wrong number and who took an offer")
    together = History([(1.0, "a", row("APPROVED", 0, 3), "7"), (2.0, "b", row("APPROVED", 0, 1), "7"),
                        (3.0, "b", row("CANCELED", 0, 1), "8")], TOTAL, {1: "slice-24gb"})
    tally.check(together.committed == [0, 2, 3] and together.refused_rightly(two, 1.5, 1.6, told),
                "what a round passes through counts for who was decided in it, and others see it before and after")
    lost = ledger_faults({"x": ("APPROVED", 1, "", "", 1)}, {}), ledger_faults({}, {"y": ("APPROVED", 1, "", "", 1)})
    tally.check(all(lost), "a lost reservation and one that nobody was told of are found")


def ledger_faults(told, stored):
    return ([f"lost: {one}" for one in told.keys() - stored.keys()]
            + [f"nobody was told of: {one}" for one in stored.keys() - told.keys()]
            + [f"{one}: told {told[one]}, stored {stored[one]}" for one in told.keys() & stored.keys() if told[one] != stored[one]])


def read_history(demo):
    names = {int(row[0]): row[1] for row in demo.sql("SELECT id, name FROM berth.device_class")}
    rows = demo.sql("SELECT extract(epoch FROM at), object_id, after, xmin::text FROM berth.audit WHERE object_type = 'reservation'"
                    " ORDER BY at, id")
    return History(rows, TOTAL, names)


def sample(items, most, seed=1):
    return items if len(items) <= most else random.Random(seed).sample(items, most)


def check_refusals(tally, clients, history):
    refusals = [one for client in clients for one in client.refusals]
    shaped = [one for one in refusals
              if one.body.get("code") == "no_capacity" and one.body.get("status") == 409
              and set(one.body.get("limiting", {})) == {"resource", "needed", "free", "at"}
              and isinstance(one.body.get("alternatives"), list) and one.body["limiting"]["needed"] > one.body["limiting"]["free"]]
    odd = next((one.body for one in refusals if one not in shaped), None) if len(shaped) < len(refusals) else None
    tally.check(len(refusals) > FEW_ANSWERS and odd is None, "every refused booking is a 409 problem with what limits it and alternatives",
                f"{len(refusals)} refusals, by " + str(dict(collections.Counter(
                    one.body["limiting"]["resource"] for one in shaped))) + (f"; not so: {odd}" if odd else ""))
    without_offer = sum(not one.body.get("alternatives") for one in refusals)
    tally.check(without_offer == 0, "and every one has at least one alternative", f"{without_offer} without")

    looked_at = sample(shaped, HISTORY_CHECKS)
    untrue = [one for one in looked_at
              if not history.refused_rightly(one.wanted, one.sent, one.answered, one.body["limiting"], one.without)]
    tally.check(not untrue, "every refusal was true, by its numbers, at an instant while it was asked",
                f"{len(looked_at)} held against the history" + (f"; not so: {len(untrue)}, e.g. {untrue[0]}" if untrue else ""))
    offers = [(one, offer) for one in sample(shaped, HISTORY_CHECKS, 2) for offer in one.body["alternatives"]]
    hollow = [(one, offer) for one, offer in offers if not history.fitted(holding_of(offer), one.sent, one.answered)]
    tally.check(not hollow, "every alternative fitted when it was offered",
                f"{len(offers)} held against the history" + (f"; not so: {len(hollow)}, e.g. {hollow[0]}" if hollow else ""))


def check_offers(tally, clients, history):
    tried = [one for client in clients for one in client.tried]
    statuses = collections.Counter(one.status for one in tried)
    others = [one for one in tried if one.status not in (201, 409)]
    tally.check(len(tried) > FEW_ANSWERS and not others, "an alternative that is posted as it stands is answered 201 or 409",
                f"{dict(statuses)}" + (f"; {others[0].offer} -> {others[0].body}" if others else ""))
    for_nothing = [one for one in tried if one.status == 409 and not (
        history.takers(holding_of(one.offer), one.refusal.sent, one.answered)
        and history.refused_rightly(holding_of(one.offer), one.sent, one.answered))]
    tally.check(not for_nothing, "and 409 only where somebody took the room after it was offered",
                f"{statuses[201]} succeeded, {statuses[409]} taken"
                + (f"; for nothing: {len(for_nothing)}, e.g. {for_nothing[0]}" if for_nothing else ""))


def check_ledger(demo, tally, clients, witnesses, history):
    told = {key: value for client in clients for key, value in client.told.items()}
    for _, _, reservation, answer in witnesses:
        told[reservation] = tuple(answer.body[name] for name in ("state", "version", "start", "end", "units"))
    stored = {row[0]: (row[1], int(row[2]), instant(float(row[3])), instant(float(row[4])), int(row[5])) for row in demo.sql(
        "SELECT id, state, version, extract(epoch FROM start_at), extract(epoch FROM end_at), units FROM berth.reservation")}
    faults = ledger_faults(told, stored)
    tally.check(not faults, "every reservation that was answered 201 is there as its last answer said, and no other one",
                f"{len(stored)} reservations, {sum(row[0] == 'CANCELED' for row in stored.values())} canceled"
                + ("; " + "; ".join(faults[:3]) if faults else ""))

    keys = {row[0]: (row[1], float(row[2])) for row in demo.sql(
        "SELECT i.key, r.id, extract(epoch FROM r.created_at) FROM berth.idempotency i JOIN berth.reservation r ON r.id = i.reservation")}
    cuts = [one for client in clients for one in client.cuts]
    before = sum(one.key in keys and keys[one.key][1] < one.at for one in cuts)
    wrong = [one for one in cuts if (one.status == 201) != (one.key in keys)
             or (one.status == 201 and keys[one.key][0] != one.reservation)]
    tally.check(not wrong, "a booking cut by a kill and repeated with its key gives one reservation, or is refused and gives none",
                f"{len(cuts)} cut, of which {before} had been booked" + (f"; not so: {wrong[0]}" if wrong else ""))

    rows = demo.sql("SELECT id, state, version FROM berth.reservation")
    silent = [row for row in rows if history.counts[row[0]] != int(row[2]) or history.finals.get(row[0], {}).get("state") != row[1]]
    tally.check(not silent, "every change has its audit row, and the rows add up to what is stored",
                f"{len(history.changes)} audit rows" + (f"; not so: {silent[:3]}" if silent else ""))
    nobody = demo.sql("""SELECT count(*) FROM berth.audit a LEFT JOIN berth.reservation r ON r.id::text = a.object_id
        WHERE a.object_type = 'reservation' AND (a.actor <> 'user:' || r.owner OR r.id IS NULL OR a.request_id = '')""")[0][0]
    tally.check(nobody == "0", "each says who and in which request")


def check_sums(demo, tally, observer, history):
    tally.check(not observer.faults and len(observer.samples) > FEW_LOOKS,
                "free + reserved + blocked + out of service = total in every segment, without gap, all the time",
                f"{len(observer.samples)} looks, {observer.segments} segments of units" + "".join(f"; {one}" for one in observer.faults[:2]))
    looked_at = sample(observer.samples, 60)
    invented = [one for one in looked_at if not history.availability_was(one[2], one[0], one[1])]
    tally.check(not invented, "and what it says is reserved was so at one instant, over all segments", f"{len(looked_at)} looks")
    observer.look()
    held = demo.sql(OVERLOADS.format(claims="berth.reservation_unit", reservations="berth.reservation"))
    tally.check(not observer.overlaps, "no unit is held twice at any time", f"{observer.looks} looks at all claims")
    tally.check(not observer.overloads, "no node's CPU, memory or storage is exceeded at any time",
                f"highest {int(held[0][1]) / 1000} of 122 cores, {held[0][2]} of 740 GiB, {held[0][3]} of 2790 GiB" if held else "")
    overfull = history.overfull()
    tally.check(not overfull, "nor after any single change of the history", f"{len(history.changes)} changes")
    wrong = demo.sql("""SELECT count(*) FROM berth.reservation r JOIN berth.reservation_unit c ON c.reservation = r.id
        WHERE c.live <> (r.state <> 'CANCELED') OR c.during <> tstzrange(r.start_at, r.end_at)""")[0][0]
    few = demo.sql("""SELECT count(*) FROM berth.reservation r
        WHERE r.units <> (SELECT count(*) FROM berth.reservation_unit c WHERE c.reservation = r.id)""")[0][0]
    differing = demo.sql("""SELECT count(*) FROM berth.reservation r JOIN berth.reservation_unit c ON c.reservation = r.id
        WHERE c.live AND (c.device_class, c.cpu_milli, c.memory_gib, c.storage_gib, c.begun)
            IS DISTINCT FROM (r.device_class, r.cpu_milli, r.memory_gib, r.storage_gib, r.state <> 'APPROVED')""")[0][0]
    tally.check(differing == "0", "every claim repeats what its reservation says", differing)
    tally.check((wrong, few) == ("0", "0"), "every reservation holds as many units as it says, for its window, and no longer once canceled")


def at_the_limit(demo, tally, first):
    """Who has as many reservations as the pool allows is not offered a booking that this limit would refuse."""
    finance = Api(demo.port, "finance@berth.local")
    day = first + 20 * 86_400
    book = lambda api, units, start: api.send("POST", "/reservations", {
        "pool": "lab", "device_class": "slice-24gb", "units": units, "start": instant(start), "end": instant(start + 3600)})
    mine, other = book(finance, 1, day), book(Api(demo.port, "admin@berth.local"), 4, day + 3600)
    assert (mine.status, other.status) == (201, 201), (mine.body, other.body)
    move = {"version": 1, "start": instant(day + 3600), "end": instant(day + 7200)}
    before = finance.send("PATCH", f"/reservations/{mine.body['id']}", move)
    tally.check(before.status == 409 and len(before.body["alternatives"]) > 0, "below the limit it offers bookings",
                f"{len(before.body.get('alternatives', []))}")
    apply_pool(demo, 1)
    refused = finance.send("PATCH", f"/reservations/{mine.body['id']}", move)
    offers = refused.body.get("alternatives", [])
    answers = [finance.send("POST", "/reservations", offer) for offer in offers]
    tally.check(refused.status == 409 and all(answer.status == 201 for answer in answers),
                "at the limit of reservations per user a refused move offers nothing that the limit refuses",
                f"{len(offers)} offers, answered {[answer.status for answer in answers]} "
                + "".join(answer.body["detail"] for answer in answers if answer.status != 201)[:200])


def apply_pool(demo, most):
    """The reference pool with another limit of reservations per user."""
    demo.login("admin@berth.local", home="admin")
    done = demo.cli("apply", "-f", str(write_pool(demo.folder, most)), home="admin")
    assert done.returncode == 0, done.stderr


def write_pool(place, most):
    text = (ROOT / "deploy" / "pools" / "lab.yaml").read_text()
    assert "max_live_per_user: 20" in text
    path = place / f"lab-{most}.yaml"
    path.write_text(text.replace("max_live_per_user: 20", f"max_live_per_user: {most}"))
    return path


def changed_enough(clients):
    def count(what):
        return sum(client.counts[what] for client in clients)

    return count("cut or refused connections") > 0 and min(count(one) for one in CHANGES) > FEW_CHANGES


def enough(clients, observer):
    """For every check that counts what it has seen."""
    return (changed_enough(clients) and len(observer.samples) > FEW_LOOKS
            and sum(len(client.refusals) for client in clients) > FEW_ANSWERS and sum(len(client.tried) for client in clients) > FEW_ANSWERS)


def stampede(demo, portals, tally):
    first = (time.time() // 86_400 + 2) * 86_400
    tokens = [Api(portals[0].port, f"{name}@berth.local").token for name in ("ana", "ben", "lead")]
    observer = Observer(demo, Api(demo.port, "finance@berth.local").token, instant(first), instant(first + 6 * 86_400))
    begun = time.monotonic()
    clients = [Client(i, [portal.port for portal in portals], tokens[i % len(tokens)], first) for i in range(CLIENTS)]
    for thread in (observer, *clients):
        thread.start()
    witnesses = []
    far = first + 10 * 86_400
    for number, (at, which) in enumerate(KILLS):
        portal, other = portals[which], portals[1 - which]
        time.sleep(max(0.0, begun + at - time.monotonic()))
        key, body, reservation = booked_then_killed(demo, portal, tokens[0], far + number * 86_400, number)
        answers = []
        for one in (other, portal):
            if one is portal:
                time.sleep(DOWN_SECONDS)
                started = time.monotonic()
                portal.start()
            wire = Wire(one.port, tokens[0])
            answers.append(wire.send("POST", "/reservations", body, {"Idempotency-Key": key}))
            wire.close()
        witnesses.append((key, body, reservation, answers[-1]))
        tally.check(bool(reservation) and all(one.status == 201 and one.body["id"] == reservation for one in answers),
                    f"portal {which + 1} killed: a booking whose answer nobody read is given again for the same key, by both",
                    f"back after {time.monotonic() - started:.2f} s")
    let_them(clients, observer, begun + RUN_SECONDS, lambda: enough(clients, observer))
    for client in clients:
        client.join(RUN_SECONDS + EVERYTHING_IS_BACK_SECONDS)
    took = time.monotonic() - begun
    observer.stop.set()
    observer.join()
    faults = [one.fault for one in (*clients, observer) if one.fault]
    tally.check(not faults and not any(one.is_alive() for one in clients), f"{CLIENTS} clients and the observer ran to their end",
                f"{took:.1f} s" + "".join("\n" + one for one in faults[:2]))

    counts = sum((client.counts for client in clients), collections.Counter())
    print("  " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print(f"  {counts['201s'] / took:.1f} bookings, {sum(counts[one] for one in CHANGES if one != '409s') / took:.1f} changes, "
          f"{counts['requests'] / took:.1f} requests per second")
    waits = sorted(wait for client in clients for wait in client.waits)
    print(f"  an answer took {waits[len(waits) // 2] * 1000:.0f} ms in the middle, {waits[len(waits) * 99 // 100] * 1000:.0f} ms at the 99th percentile")
    for portal in portals:
        rss, highest = portal.memory()
        print(f"  portal: {rss:.0f} MiB resident, {highest:.0f} at its highest since its last start")
    surprises = [one for client in clients for one in client.surprises]
    tally.check(not surprises, "no answer that could not be expected", f"{len(surprises)}" + "".join("\n  " + one for one in surprises[:3]))
    tally.check(changed_enough(clients),
                "there were bookings, refusals, changes of each kind, cancels and cut requests enough to mean something")
    history = read_history(demo)
    check_sums(demo, tally, observer, history)
    check_refusals(tally, clients, history)
    check_offers(tally, clients, history)
    check_ledger(demo, tally, clients, witnesses, history)
    at_the_limit(demo, tally, first)


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place, "--pool-file", str(write_pool(place, MANY)))
        with running(demo, tally) as begin:
            portals = [begin(Portal(demo)) for _ in range(2)]
            self_check(demo, tally)
            stampede(demo, portals, tally)
    return tally.close()


sys.exit(main(sys.argv[1]))
