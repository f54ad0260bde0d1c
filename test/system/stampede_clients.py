"""Who takes part in the stampede: clients that remember what they were told, and an observer that adds up."""

import collections
import datetime
import itertools
import json
import random
import threading
import time
import traceback
import uuid

from harness import Wire, wait_for
from history import OVERLAPS, OVERLOADS, Holding, availability_faults, holding_of, seconds

STEP_MINUTES = 30
STEPS = 96                   # windows begin in two days of half hours
LONGEST_STEPS = 12
HELD_MOST = 4                # by one client
OFFERS_TRIED_SHARE = 0.35
EVERYTHING_IS_BACK_SECONDS = 20
ENOUGH_SECONDS = 240         # a machine that is busy elsewhere has so long to do what the checks have to see
DEFAULTS = {"slice-24gb": (15_000, 92, 558), "whole-96gb": (62_000, 372, 558)}

Refusal = collections.namedtuple("Refusal", "sent answered wanted without body")
Tried = collections.namedtuple("Tried", "refusal offer sent answered status body")
Cut = collections.namedtuple("Cut", "key name at reservation status")


def instant(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def let_them(clients, observer, least_until, enough):
    """They go on until that instant, and further until there was enough to judge them by; then they are told to stop."""
    everybody = (*clients, observer)
    wait_for(lambda: time.monotonic() >= least_until and (enough() or any(one.fault for one in everybody)),
             max(0.0, least_until - time.monotonic()) + ENOUGH_SECONDS, 0.2)
    for client in clients:
        client.over.set()


class Client(threading.Thread):
    """One of the 64: its own connection, its own reservations, and a memory of all it was told."""

    def __init__(self, number, ports, token, first):
        super().__init__(name=f"client-{number}")
        self.number = number
        self.wires = [Wire(port, token, timeout=20) for port in ports]
        self.at = number % len(ports)      # the portal it talks to; when that one is gone, the next
        self.random = random.Random(number)
        self.first, self.over = first, threading.Event()
        self.held = {}                     # id -> the reservation as last told
        self.told = {}                     # id -> (state, version, start, end) as last acknowledged
        self.counts = collections.Counter()
        self.refusals, self.tried, self.cuts, self.surprises, self.waits = [], [], [], [], []
        self.numbers = itertools.count()
        self.fault = None

    def run(self):
        try:
            while not self.over.is_set():
                self.act()
        except Exception:  # a fault of this client must end the test, not only its thread
            self.fault = traceback.format_exc()
        finally:
            for wire in self.wires:
                wire.close()

    def act(self):
        dice = self.random.random()
        if not self.held or (len(self.held) < HELD_MOST and dice < 0.5):
            self.book()
        elif dice < 0.58:
            self.extend(self.random.choice(list(self.held)))
        elif dice < 0.65:
            self.resize(self.random.choice(list(self.held)))
        elif dice < 0.75:
            self.move(self.random.choice(list(self.held)))
        elif dice < 0.77:
            self.move_stale(self.random.choice(list(self.held)))
        else:
            self.cancel(self.random.choice(list(self.held)))

    def ask(self, method, path, body=None, key=None):
        """Sent until it is answered. (sent, answered, answer, when it was first cut or None)"""
        cut = None
        patience = time.monotonic() + EVERYTHING_IS_BACK_SECONDS
        while True:
            sent = time.time()
            self.counts["requests"] += 1
            try:
                answer = self.wires[self.at].send(method, path, body, {"Idempotency-Key": key} if key else None)
                if answer.status != 503:
                    answered = time.time()
                    self.waits.append(answered - sent)
                    return sent, answered, answer, cut
                self.counts["answered 503"] += 1
            except Wire.CUT:
                self.counts["cut or refused connections"] += 1
                cut = cut or time.time()
                self.at = (self.at + 1) % len(self.wires)
                if method == "PATCH" or path.endswith("/extend"):
                    return sent, time.time(), None, cut
            assert time.monotonic() < patience, f"{method} {path}: no answer for {EVERYTHING_IS_BACK_SECONDS} s"
            time.sleep(0.05 + self.random.random() * 0.1)

    def window(self):
        start = self.first + 60 * STEP_MINUTES * self.random.randrange(STEPS)
        return start, start + 60 * STEP_MINUTES * self.random.randint(1, LONGEST_STEPS)

    def book(self):
        start, end = self.window()
        body = {"pool": "lab", "device_class": "slice-24gb", "units": self.random.choice((1, 1, 1, 1, 2, 2, 3, 4)),
                "start": instant(start), "end": instant(end), "name": f"client-{self.number}-{next(self.numbers)}"}
        # Sometimes it is not the slices that are short.
        if self.random.random() < 0.15:
            body["cpu"] = self.random.choice((1.5, 40, 61, 100))
        if self.random.random() < 0.1:
            body["memory_gib"] = self.random.choice((8, 200, 400))
        cpu, memory, storage = (amount * body["units"] for amount in DEFAULTS["slice-24gb"])
        wanted = Holding(start, end, "slice-24gb", body["units"], round(body.get("cpu", cpu / 1000) * 1000),
                         body.get("memory_gib", memory), storage)
        refusal = self.post(body, wanted)
        if refusal and self.random.random() < OFFERS_TRIED_SHARE:
            self.try_offers(refusal)

    def post(self, body, wanted):
        key = str(uuid.uuid4())
        sent, answered, answer, cut = self.ask("POST", "/reservations", body, key)
        if answer.status == 201:
            self.take(answer.body, "201s")
        if cut:
            self.cuts.append(Cut(key, body["name"], cut, answer.body.get("id"), answer.status))
        if answer.status == 409:
            return self.refused(sent, answered, wanted, None, answer)
        if answer.status != 201:
            self.surprise("POST", body, answer)
        return None

    def take(self, body, what):
        self.counts[what] += 1
        self.note(body)
        self.held[body["id"]] = body

    def note(self, body):
        self.told[body["id"]] = (body["state"], body["version"], body["start"], body["end"], body["units"])

    def refused(self, sent, answered, wanted, without, answer):
        self.counts["409s"] += 1
        refusal = Refusal(sent, answered, wanted, without, answer.body)
        self.refusals.append(refusal)
        return refusal

    def surprise(self, what, asked, answer):
        self.surprises.append(f"{what} {json.dumps(asked)}: {answer.status} {json.dumps(answer.body)[:600]}")

    def try_offers(self, refusal):
        for offer in refusal.body.get("alternatives", []):
            sent, answered, answer, cut = self.ask("POST", "/reservations", offer, str(uuid.uuid4()))
            # A cut one may have been booked by the first sending: what it tells about the offer is not clear.
            if not cut:
                self.tried.append(Tried(refusal, offer, sent, answered, answer.status, answer.body))
            if answer.status == 201:
                self.take(answer.body, "201s")
                if len(self.held) > HELD_MOST:
                    self.cancel(answer.body["id"])
            elif answer.status == 409:
                self.refused(sent, answered, holding_of(offer), None, answer)

    def move(self, reservation):
        now = self.held[reservation]
        start, end = self.window()
        if self.random.random() < 0.4:   # a shorter one, which has room for sure
            start, end = seconds(now["start"]), seconds(now["end"])
            end = max(start + 60 * STEP_MINUTES, end - 60 * STEP_MINUTES * self.random.randint(1, 3))
        body = {"start": instant(start), "end": instant(end)}
        if now["device_class"] == "slice-24gb" and self.random.random() < 0.3:
            body |= self.amounts(self.random.randint(1, 4))
        self.change("PATCH", reservation, body, {**now, **body}, "moves")

    def resize(self, reservation):
        """Other units at the same time."""
        if self.held[reservation]["device_class"] != "slice-24gb":
            return
        body = self.amounts(self.random.choice([units for units in (1, 2, 3, 4) if units != self.held[reservation]["units"]]))
        self.change("PATCH", reservation, body, {**self.held[reservation], **body}, "resizes")

    @staticmethod
    def amounts(units):
        return {"units": units, "cpu": 15 * units, "memory_gib": 92 * units, "storage_gib": 558 * units}

    def extend(self, reservation):
        now, longer = self.held[reservation], STEP_MINUTES * self.random.randint(1, 4)
        after = {**now, "end": instant(seconds(now["end"]) + 60 * longer)}
        body = {"minutes": longer} if self.random.random() < 0.5 else {"end": after["end"]}
        self.change("POST", reservation, body, after, "extends")

    def change(self, method, reservation, body, after, what):
        now, body = self.held[reservation], {"version": self.held[reservation]["version"], **body}
        path = f"/reservations/{reservation}" + ("" if method == "PATCH" else "/extend")
        sent, answered, answer, cut = self.ask(method, path, body)
        if cut:
            self.look_again(reservation, now, after, body)
        elif answer.status == 200:
            if answer.body["version"] != now["version"] + 1 or holding_of(answer.body) != holding_of(after):
                self.surprise(method, body, answer)
            self.take(answer.body, what)
        elif answer.status == 409 and answer.body["code"] == "no_capacity":
            refusal = self.refused(sent, answered, holding_of(after), reservation, answer)
            if self.random.random() < OFFERS_TRIED_SHARE / 3:
                self.try_offers(refusal)
        else:
            self.surprise(method, body, answer)

    def look_again(self, reservation, before, after, body):
        """A change that was cut has been done whole or not at all."""
        answer = self.ask("GET", f"/reservations/{reservation}")[2]
        self.counts["changes cut"] += 1
        done = holding_of(after) == holding_of(answer.body) and answer.body["version"] == before["version"] + 1
        undone = holding_of(before) == holding_of(answer.body) and answer.body["version"] == before["version"]
        if answer.status != 200 or not (done or undone):
            self.surprise("changed, cut", body, answer)
        self.counts["changes cut that were done"] += done
        self.note(answer.body)
        self.held[reservation] = answer.body

    def move_stale(self, reservation):
        now = self.held[reservation]
        if now["version"] < 2:
            return
        body = {"version": now["version"] - 1, "name": "stale"}
        answer = self.ask("PATCH", f"/reservations/{reservation}", body)[2]
        if answer is None:
            return
        self.counts["stale versions refused"] += 1
        if answer.status != 409 or answer.body["code"] != "version_conflict" or not self.same(answer.body["current"], now):
            self.surprise("PATCH, stale", body, answer)

    @staticmethod
    def same(one, other):
        """But for its units, which others' bookings may deal out anew."""
        return {**one, "unit_names": None} == {**other, "unit_names": None}

    def cancel(self, reservation):
        answer = self.ask("DELETE", f"/reservations/{reservation}")[2]
        self.held.pop(reservation)
        if answer.status == 200 and answer.body["state"] == "CANCELED":
            self.counts["cancels"] += 1
            self.note(answer.body)
        else:
            self.surprise("DELETE", {}, answer)


class Observer(threading.Thread):
    """Looks at the sums all the time, through a portal that is not killed, and at the claims themselves."""

    def __init__(self, demo, token, begin, end):
        super().__init__(name="observer")
        self.demo, self.begin, self.end = demo, begin, end
        self.wire = Wire(demo.port, token)
        self.stop = threading.Event()
        self.samples, self.faults, self.overlaps, self.overloads = [], [], [], []
        self.looks = self.segments = 0
        self.fault = None

    def run(self):
        try:
            next_look = 0.0
            while not self.stop.is_set():
                sent = time.time()
                answer = self.wire.send("GET", f"/availability?pool=lab&from={self.begin}&to={self.end}")
                assert answer.status == 200, answer.body
                self.samples.append((sent, time.time(), answer.body))
                self.faults += availability_faults(answer.body, self.begin, self.end)
                self.segments += sum(len(one["segments"]) for one in answer.body["device_classes"])
                if time.monotonic() > next_look:
                    self.look()
                    next_look = time.monotonic() + 1.0
                self.stop.wait(0.05)
        except Exception:
            self.fault = traceback.format_exc()
        finally:
            self.wire.close()

    def look(self):
        self.looks += 1
        self.overlaps += self.demo.sql(OVERLAPS.format(claims="berth.reservation_unit"))
        self.overloads += [row for row in self.demo.sql(
            OVERLOADS.format(claims="berth.reservation_unit", reservations="berth.reservation")) if row[-1] == "t"]
