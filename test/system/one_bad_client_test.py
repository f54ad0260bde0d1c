#!/usr/bin/env python3
"""One client that does its worst, and another user who wants to see the pools: requests that are not waited for, connections
without a word, readers who do not read, bodies that do not end. What the other one waits for is printed, and so is memory."""

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import resource
import socket
import sys
import time

from harness import Api, Demo, PASSWORD, Portal, ROOT, Tally, Wire, folder, free_port, running, wait_for
from raw_http import Talk, head

PROMISED_SECONDS = 1.0         # without what others on the machine take of the processors
SLACK = 60                     # with it
BAD = "127.0.0.2"
ABANDONED, IDLE, READERS, BODIES = 40, 4200, 1000, 300
SOFT_LIMIT = 1024              # what shells give; the portal raises it
BODY_BYTES = 1_000_000
TRIES_OF_A_PAIR, TRIES_OF_AN_ACCOUNT = 10, 20       # failed ones in a minute, and in ten
# Half a year of it in half hours; enough that forty of its calendars are half a minute of work.
PAST = """
CREATE TEMP TABLE past AS
  SELECT gen_random_uuid() AS id, u.id AS unit, u.device, u.placement, u.device_class, t AS start_at, t + interval '30 minutes' AS end_at
  FROM berth.unit u JOIN berth.device_class c ON c.id = u.device_class
  CROSS JOIN generate_series(now() - interval '390 days', now() - interval '1 day', interval '112 minutes') AS t
  WHERE c.name = 'slice-24gb';
ALTER TABLE berth.reservation DISABLE TRIGGER USER;
INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, state, owner, name,
    rate_micros, currency)
  SELECT p.id, (SELECT id FROM berth.pool WHERE name = 'lab'), p.device_class, 1, 1000, 1, 1, 'interactive_ml', start_at, end_at, 'COMPLETED',
    (SELECT id FROM berth.app_user WHERE email = 'ben@berth.local'), 'past', 0, 'EUR' FROM past p;
ALTER TABLE berth.reservation ENABLE TRIGGER USER;
INSERT INTO berth.reservation_unit (reservation, unit, during, device, placement)
  SELECT id, unit, tstzrange(start_at, end_at), device, placement FROM past;
ANALYZE berth.reservation;
ANALYZE berth.reservation_unit;
"""


def connect(port, small_buffer=False):
    """The bad client's."""
    one = socket.socket()
    if small_buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.bind((BAD, 0))
    one.settimeout(10)
    one.connect(("127.0.0.1", port))
    return one


def processors(ours):
    """Seconds of all processors that were used so far: by all, and by these processes and PostgreSQL's."""
    tick = os.sysconf("SC_CLK_TCK")
    words = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    own = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):     # it has ended
            name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
            if name == "postgres" or int(process.name) in ours:
                own += sum(int(word) for word in rest.split()[11:13])
    return (sum(words) - words[3] - words[4]) / tick, own / tick     # without idle and iowait


def send(one, data):
    """As much as is taken without waiting long."""
    with contextlib.suppress(OSError):
        one.settimeout(0.5)
        one.sendall(data)


class Site:
    def __init__(self, portal, probes, tally):
        self.portal, self.probes, self.tally = portal, probes, tally
        self.bad = Api(portal.port, "ana@berth.local").token
        self.good = Api(portal.port, "ben@berth.local").token
        self.pools()           # from now on it is known whose token it is
        self.open = []

    def pools(self):
        """How long the other user waits, on a new connection, and how much of it is others' of the machine: what ran besides portal,
        database and this, spread over the processors. None where there is no right answer. What the portal's own threads take from
        each other is the portal's."""
        ours = self.portal.process.pid, os.getpid()
        before = processors(ours)
        begun = time.monotonic()
        wire = Wire(self.portal.port, self.good, timeout=PROMISED_SECONDS * SLACK)
        try:
            answer = wire.send("GET", "/pools")
            took = time.monotonic() - begun
        except Wire.CUT:
            return None
        finally:
            wire.close()
        if answer.status != 200:
            return None
        used, own = (now - was for now, was in zip(processors(ours), before, strict=True))
        return took, min(took, max(0, used - own) / (os.cpu_count() or 1))

    def probe(self, path):
        """Status and text. Not by Talk, whose select() knows no descriptor beyond 1,023."""
        connection = http.client.HTTPConnection("127.0.0.1", self.probes, timeout=20)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except Wire.CUT:
            return None, ""
        finally:
            connection.close()

    def connections(self):
        text = self.probe("/metrics")[1]
        return int(text.split('berth_http_open{what="connections"} ')[1].split()[0])

    def answered(self, during):
        took = [self.pools() for _ in range(3)]
        kept = None not in took and all(seconds - others < PROMISED_SECONDS for seconds, others in took)
        self.tally.check(kept, f"another user sees the pools {during} within {PROMISED_SECONDS:.0f} s", ", ".join(
            "none" if one is None else f"{one[0]:.3f} s, {one[1]:.3f} s of it others'" for one in took))
        healthy = self.portal.answers("/healthz")
        ready, _ = self.probe("/readyz")
        self.tally.check(healthy and ready == 200, f"and both probes are answered {during}")

    def grown(self, before, most, what):
        grown = self.portal.memory()[0] - before
        self.tally.check(grown < most, f"memory grows by less than {most} MiB with {what}",
                         f"{before:.0f} MiB and {grown:.1f} more")

    def let_go(self):
        for one in self.open:
            one.close()
        self.open = []


def abandoned(site):
    now = datetime.datetime.now(datetime.timezone.utc)
    text = lambda days: (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = f"/api/v1/calendar?pool=lab&from={text(-395)}&to={text(4)}"
    request = head("GET", path, f"Authorization: Bearer {site.bad}")
    talk = Talk(site.portal.port, 120)
    begun = time.monotonic()
    talk.send(request)
    answer = talk.answer()
    talk.close()
    alone = time.monotonic() - begun
    site.tally.check(answer is not None and answer.status == 200, "a calendar of 399 days is answered",
                     f"{alone:.2f} s, {len(str(answer and answer.body)) / 1e6:.1f} MB")
    for _ in range(ABANDONED):
        one = connect(site.portal.port)
        one.sendall(request)
        one.close()
    site.answered(f"after {ABANDONED} calendars that nobody waits for")


def idle(site):
    before = site.portal.memory()[0]
    count = min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    site.open = [connect(site.portal.port) for _ in range(count)]
    site.answered(f"beside {count} idle connections")
    held = site.connections()
    site.tally.check(held <= SOFT_LIMIT + 100, "one address has only so many of them", f"{held} are open")
    site.grown(before, 64, f"{count} idle connections")
    site.let_go()


def readers(site):
    before = site.portal.memory()[0]
    largest = max((path for path in (ROOT / "web" / "dist" / "assets").iterdir() if path.suffix != ".gz"), key=lambda path: path.stat().st_size)
    request = head("GET", f"/assets/{largest.name}")
    for _ in range(READERS):
        one = connect(site.portal.port, small_buffer=True)
        send(one, request)
        site.open.append(one)
    site.answered(f"beside {READERS} readers who do not read")
    site.grown(before, 64, f"{READERS} unread answers of {largest.stat().st_size} bytes")
    site.let_go()


def bodies(site):
    before = site.portal.memory()[0]
    nowhere = head("POST", "/nowhere", "Content-Type: application/json", f"Content-Length: {BODY_BYTES}")
    talk = Talk(site.portal.port)
    talk.send(nowhere)
    answer = talk.answer()
    site.tally.check(answer is not None and answer.status == 404 and answer.headers.get("connection") == "close",
                     "a body to an address where there is nothing is answered before it is sent", f"{answer and answer.status}")
    talk.close()
    real = head("POST", "/api/v1/reservations", f"Authorization: Bearer {site.bad}", "Content-Type: application/json",
                f"Content-Length: {BODY_BYTES}")
    half = b" " * (BODY_BYTES - 1)
    for i in range(BODIES):
        one = connect(site.portal.port)
        send(one, (nowhere if i % 2 else real) + half)
        site.open.append(one)
    site.answered(f"beside {BODIES} bodies that do not end")
    site.grown(before, 160, f"{BODIES} bodies of {BODY_BYTES} bytes")
    site.let_go()
    site.tally.check(wait_for(lambda: site.connections() < 20, 30), "what was let go of is let go of", f"{site.connections()} open")


def guesses(portal, tally):
    """At one account: from addresses of one network, then from a network for each guess; behind a proxy that tells where they come from."""
    def sign_in(address, word, email="admin@berth.local"):
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
        try:
            connection.request("POST", "/api/v1/auth/login", json.dumps({"email": email, "password": word}),
                               {"Content-Type": "application/json", "X-Forwarded-For": address})
            return connection.getresponse().status
        finally:
            connection.close()
    tally.check(sign_in("203.0.113.7", PASSWORD) == 200, "its owner signs in from an address of their own")
    near = [sign_in(f"2001:db8:1:1::{i}", "guess", "ben@berth.local") for i in range(1, TRIES_OF_A_PAIR + 4)]
    tally.check(near == [401] * TRIES_OF_A_PAIR + [429] * 3, "the addresses of one IPv6 network are one to the limits", str(near))
    far = [sign_in(f"2001:db8:2:{i:x}::1", "guess") for i in range(1, TRIES_OF_AN_ACCOUNT + 4)]
    tally.check(far == [401] * TRIES_OF_AN_ACCOUNT + [429] * 3, "and guesses at one account come in turn, however many networks they come from", str(far))
    tally.check(sign_in("203.0.113.7", PASSWORD) == 200, "which keeps its owner waiting nowhere")


def main(berth):
    tally = Tally()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with folder() as place:
        demo = Demo(berth, place)
        with running(demo, tally) as begin:
            demo.sql(PAST)
            probes = free_port()
            resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_LIMIT, hard))     # which the portal inherits
            portal = begin(Portal(demo, "--probe-listen", f"127.0.0.1:{probes}"))
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            tally.check(f'"before":{SOFT_LIMIT},"now":{hard}' in portal.log(), "the portal raises its limit of open files, and says so")
            site = Site(portal, probes, tally)
            for attack in (abandoned, idle, readers, bodies):
                attack(site)
            guesses(begin(Portal(demo, "--trusted-proxy", "127.0.0.1/32")), tally)
            tally.check(portal.alive(), "the portal is the same process")
    return tally.close()


sys.exit(main(sys.argv[1]))
