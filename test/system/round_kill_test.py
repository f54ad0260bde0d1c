#!/usr/bin/env python3
"""The portal is killed between any two statements of a round in which three book, one moves, one extends, one resizes and one
cancels. Nothing that was answered is lost; of what was not answered, all is done or nothing; and asked again, each gets what
it would have got."""

import collections
import sys
import threading
import time

from harness import Api, Demo, Portal, Tally, Wire, folder, running, wait_for
from history import OVERLAPS
from pg_points import PointProxy
from stampede_clients import instant

DAY, HOUR = 86_400, 3600
PATIENCE_SECONDS = 30
STATEMENTS_AT_LEAST = 15

Rider = collections.namedtuple("Rider", "what method path body key")


class Sender(threading.Thread):
    """One request, and its answer or that it was cut."""

    def __init__(self, site, rider):
        super().__init__(daemon=True)
        self.site, self.rider = site, rider
        self.answer = None
        self.start()

    def run(self):
        try:
            self.answer = self.site.ask(*self.rider[1:])
        except Wire.CUT:
            pass


class Site:
    """A portal whose database is behind the proxy."""

    def __init__(self, demo, place, begin):
        self.demo = demo
        (place / "points").mkdir()
        (place / "points").chmod(0o777)
        self.portal = Portal(demo)
        self.proxy = PointProxy(place / "points", self.portal.environment["BERTH_DATABASE_URL"])
        self.portal.environment["BERTH_DATABASE_URL"] = self.proxy.address
        begin(self.portal)
        self.token = Api(self.portal.port, "ana@berth.local").token
        self.first = (time.time() // DAY + 2) * DAY
        self.rounds = 0

    def ask(self, method, path, body=None, key=None):
        wire = Wire(self.portal.port, self.token, timeout=PATIENCE_SECONDS)
        try:
            return wire.send(method, path, body, {"Idempotency-Key": key} if key else None)
        finally:
            wire.close()

    def booking(self, name, hour, units=1):
        start = self.first + hour * HOUR
        return Rider("book " + name, "POST", "/reservations",
                     {"pool": "lab", "device_class": "slice-24gb", "units": units, "start": instant(start),
                      "end": instant(start + HOUR), "name": f"{name}-{self.rounds}"}, f"{name}-{self.rounds}")

    def booked(self, rider):
        answer = self.ask(*rider[1:])
        assert answer.status == 201, answer.body
        return answer.body

    def riders(self):
        """What they are about is booked first."""
        moved, longer, larger, gone = (self.booked(self.booking(name, 4 * at)) for at, name in
                                       enumerate(("moved", "longer", "larger", "gone")))
        at = lambda one: f"/reservations/{one['id']}"
        start = self.first + 20 * HOUR
        return [
            *(self.booking(name, 16, units) for name, units in (("one", 1), ("two", 2), ("three", 1))),
            Rider("move", "PATCH", at(moved), {"version": 1, "start": instant(start), "end": instant(start + HOUR)}, None),
            Rider("extend", "POST", at(longer) + "/extend", {"version": 1, "minutes": 60}, None),
            Rider("resize", "PATCH", at(larger), {"version": 1, "units": 2, "cpu": 30, "memory_gib": 184, "storage_gib": 1116}, None),
            Rider("cancel", "DELETE", at(gone), None, None)]

    def done(self, riders):
        """Which of them the database has, by what each would have left."""
        rows = {row[0]: row for row in self.demo.sql("SELECT id, version FROM berth.reservation")}
        keys = {row[0] for row in self.demo.sql("SELECT key FROM berth.idempotency")}
        return [rider.key in keys if rider.key else int(rows[rider.path.split("/")[2]][1]) == 2 for rider in riders]

    def ride(self, stop_after):
        """One round with all of them in it, killed after so many statements (None: not). What was watched, and their answers."""
        self.rounds += 1
        riders = self.riders()
        self.proxy.hold()
        ahead = Sender(self, self.booking("ahead", 23))   # while it commits, the others gather
        assert self.proxy.held.wait(PATIENCE_SECONDS), "no round came to its commit"
        senders = [Sender(self, rider) for rider in riders]
        assert wait_for(lambda: self.portal.metric('berth_http_open{what="answered_later"}') == 1 + len(riders), PATIENCE_SECONDS, 0.01)
        watched = self.proxy.watch(stop_after, self.portal.kill)
        self.proxy.release()
        ahead.join(PATIENCE_SECONDS)
        assert ahead.answer and ahead.answer.status == 201, ahead.answer
        watched.begin()
        assert watched.ended.wait(PATIENCE_SECONDS), "the round did not come so far"
        for sender in senders:
            sender.join(PATIENCE_SECONDS)
        return watched, riders, [sender.answer for sender in senders], ahead.answer.body["id"]

    def make_room(self):
        for row in self.demo.sql("SELECT id FROM berth.reservation WHERE state = 'APPROVED'"):
            assert self.ask("DELETE", f"/reservations/{row[0]}").status == 200

    def nobody_writes(self):
        """PostgreSQL has noticed that the portal is gone."""
        return wait_for(lambda: self.demo.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL")[0][0] == "0", 30, 0.02)


def rides_together(site, tally):
    """Nobody is killed: how many statements there are, and that all ride in one round."""
    watched, riders, answers, _ = site.ride(None)
    tally.check(all(answer.status in (200, 201) for answer in answers) and all(site.done(riders)),
                "nobody killed: all have their answers", str([answer.status for answer in answers]))
    transactions = site.demo.sql(f"""SELECT count(DISTINCT xmin::text), count(*) FROM berth.audit
        WHERE object_type = 'reservation' AND at = ANY (SELECT at FROM berth.audit ORDER BY id DESC LIMIT {len(riders)})""")[0]
    tally.check(transactions == ["1", str(len(riders))], "in one transaction", str(transactions))
    print("  " + "\n  ".join(f"{n}. {sql[:100]}" for n, sql in enumerate(watched.statements, 1)))
    tally.check(len(watched.statements) >= STATEMENTS_AT_LEAST and watched.statements[-1] == "COMMIT", "statements from the pool's lock to the commit",
                str(len(watched.statements)))
    site.make_room()
    return len(watched.statements)


def killed_after(site, tally, n, last):
    watched, riders, answers, ahead = site.ride(n)
    quiet = site.nobody_writes()
    done = site.done(riders)
    whole = all(done) if n == last else not any(done)
    kept = site.demo.sql(f"SELECT state FROM berth.reservation WHERE id = '{ahead}'") == [["APPROVED"]]
    site.portal.start()
    again = [site.ask(*rider[1:]) for rider in riders]
    # A change that was done is another version now; all else is answered as if nothing had been.
    wanted = [409 if was and rider.method != "DELETE" and not rider.key else 201 if rider.key else 200
              for rider, was in zip(riders, done)]
    right = [answer.status for answer in again] == wanted and all(site.done(riders))
    tally.check(quiet and whole and kept and right and not any(answers), f"killed after statement {n}: {watched.statements[-1][:60]}",
                "all done" if all(done) else "nothing done" if not any(done) else f"done {done}, answers {answers}, again "
                + str([answer.status for answer in again]))
    site.make_room()


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place)
        with running(demo, tally) as begin:
            site = Site(demo, place, begin)
            last = rides_together(site, tally)
            for n in range(1, last + 1):
                killed_after(site, tally, n, last)
            faults = demo.sql(OVERLAPS.format(claims="berth.reservation_unit"))
            tally.check(not faults, "no unit is held twice", str(faults[:2]))
            silent = demo.sql("""SELECT count(*) FROM berth.reservation r WHERE r.version <>
                (SELECT count(*) FROM berth.audit a WHERE a.object_type = 'reservation' AND a.object_id = r.id::text)""")[0][0]
            tally.check(silent == "0", "every change has its audit row", silent)
    return tally.close()


sys.exit(main(sys.argv[1]))
