#!/usr/bin/env python3
"""Bad input from end to end: over the wire, against a portal that serves others meanwhile. Each gets the right status and
a problem that names field, value and limit; the portal stays the same process, quick and small."""

import datetime
import json
import re
import subprocess
import sys
import time

from harness import Api, Demo, Portal, ROOT, Tally, folder, running, wait_for
from hostile_site import BODY_TIMEOUT_SECONDS, HEAD_TIMEOUT_SECONDS, JSON, Pulse, Site, Slow, faults_of
from raw_http import Talk, chunks_of, head, pieces_of

MEGABYTE = 1_000_000
BODY_LIMIT = "1048576 bytes"
HEADERS_LIMIT = "100 headers, 16384 bytes"
GROWTH_MIB = 64
DAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
GOOD = {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": DAY.strftime("%Y-%m-%dT10:00:00Z"),
        "end": DAY.strftime("%Y-%m-%dT12:00:00Z")}


def changed(**fields):
    return {**GOOD, **fields}


def without(*names, **fields):
    return {name: value for name, value in changed(**fields).items() if name not in names}


def bookings(site):
    """Bookings that cannot be: field, value and limit are named."""
    end, start = GOOD["end"], GOOD["start"]
    long = "x" * 900_000
    cases = [
        ("unknown pool", changed(pool="nowhere"), "pool", "nowhere", "a pool of this installation"),
        ("end before start", changed(start=end, end=start), "end", start, None),
        ("end at start", changed(end=start), "end", start, None),
        ("3 units of a class with 2", changed(pool="pair", units=3), "units", "3", "2"),
        ("2 units of the only whole GPU", changed(device_class="whole-96gb", units=2), "units", "2", "1"),
        ("5 units of 4 slices", changed(units=5), "units", "5", "4"),
        ("1e9 units", changed(units=1_000_000_000), "units", "1000000000", "4"),
        ("2^31 units", changed(units=2**31), "units", str(2**31), "1 to 2147483647"),
        ("2^64 units", changed(units=2**64), "units", None, None),
        ("no units", changed(units=0), "units", "0", None),
        ("-1 units", changed(units=-1), "units", "-1", None),
        ("unknown class", changed(device_class="tpu"), "device_class", "tpu", "whole-96gb, slice-24gb"),
        ("unknown field", changed(colour="blue"), "colour", "", "no such field"),
        ("a capacity of the client's own", changed(free=99), "free", "", "no such field"),
        ("an unknown field with a control character", changed(**{"a\nb": 1}), "a?b", "", "no such field"),
        ("a line break in the name", changed(name="a\nb"), "name", "a?b", "no control characters"),
        ("a tab in the name", changed(name="a\tb"), "name", "a?b", "no control characters"),
        ("an escape in the name", changed(name="\x1b[31mred"), "name", "?[31mred", "no control characters"),
        ("a C1 control in the name", changed(name="a\x85b"), "name", "a?b", "no control characters"),
        ("a delete in the name", changed(name="a\x7fb"), "name", "a?b", "no control characters"),
        ("U+0000 in the name", changed(name="a\0b"), "name", None, "no character U+0000"),
        ("U+0000 in the pool", changed(pool="lab\0"), "pool", None, "no character U+0000"),
        ("a name of 900,000 characters", changed(name=long), "name", None, None),
        ("a pool of 900,000 characters", changed(pool=long), "pool", None, None),
        ("a class of 900,000 characters", changed(device_class=long), "device_class", None, None),
        ("a start of 900,000 characters", changed(start=long), "start", None, None),
        ("a team of 900,000 characters", changed(team=long), "team", None, None),
        ("a mode of 900,000 characters", changed(mode=long), "mode", None, None),
        ("a field named by 900,000 characters", changed(**{long: 1}), None, None, None),
        ("a name of 101 umlauts", changed(name="ä" * 101), "name", None, "text, at most 100 characters"),
        ("neither end nor duration", without("end"), "end", "", "exactly one of end and duration_minutes"),
        ("both end and duration", changed(duration_minutes=60), "duration_minutes", "60", "exactly one of end and duration_minutes"),
        ("a duration of 10^18 minutes", without("end", duration_minutes=10**18), "duration_minutes", str(10**18), None),
        ("a duration of -30 minutes", without("end", duration_minutes=-30), "duration_minutes", "-30", None),
        ("1e308 cores", changed(cpu=1e308), "cpu", None, None),
        ("a millionth core", changed(cpu=1e-6), "cpu", None, None),
        ("-1 core", changed(cpu=-1), "cpu", "-1", None),
        ("2^63 GiB", changed(memory_gib=2**63), "memory_gib", None, None),
        ("10^9 GiB", changed(memory_gib=10**9), "memory_gib", str(10**9), "740"),
        ("no storage", changed(storage_gib=0), "storage_gib", "0", None),
        ("the team of others", changed(team="nobodys"), "team", "nobodys", "one of one's own teams"),
    ]
    for missing in ("pool", "device_class", "units", "start"):
        cases.append((f"no {missing}", without(missing), missing, "", "required"))
    site.all_refused("bookings that cannot be get 422 with field, value and limit",
                     [(what, site.post(body), 422, None, field, value, limit) for what, body, field, value, limit in cases])


def times(site):
    cases = [(text, field) for field in ("start", "end") for text in (
        "tomorrow", "", "2027-02-30T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:00:60Z", "2027-01-01T00:00:00",
        "2027-01-01", "10000-01-01T00:00:00Z", "+292277026596-12-04T15:30:08Z", "-0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+23:59", "9999-12-31T23:30:00Z", "9999-12-31T23:59:59-23:59",
        "2027-01-01T00:00:00.0000001Z", "2027-01-01T00:00:00+24:00", "2027-01-01T00:00:00Z ", "２０２７-01-01T00:00:00Z")]
    cases += [("9999-01-01T00:00:00Z", "start"), ("2400-01-01T00:00:00Z", "end")]
    # A start far ahead is told of as the start only when the end is not before it.
    body = lambda text, field: without("end", start=text, duration_minutes=60) if field == "start" else changed(end=text)
    site.all_refused("times that are none, or of other ages, get 422 with the field and its value",
                     [(f"{field} {text}", site.post(body(text, field)), 422, None, field) for text, field in cases])

    ranges = [("9999-12-31T00:00:00Z", "9999-12-31T23:59:59-23:59", "to"), ("10000-01-01T00:00:00Z", "10000-01-02T00:00:00Z", "from"),
              ("2027-01-02T00:00:00Z", "2027-01-01T00:00:00Z", "to"), ("2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z", "to"),
              ("monday", "2029-01-01T00:00:00Z", "from")]
    site.all_refused("and so do ranges of the calendar", [
        (f"{what} {begin} {end}", site.get(f"/api/v1/{what}?pool=lab&from={begin}&to={end}"), 422, None, field)
        for what in ("availability", "calendar") for begin, end, field in ranges])


def wrong_types(site):
    values = {"null": None, "true": True, "number": 7, "fraction": 1.5, "text": "x", "list": [], "nested list": [[1]], "object": {}}
    fits = {"pool": {"text"}, "device_class": {"text"}, "start": {"text"}, "end": {"text"}, "name": {"text"}, "team": {"text"},
            "mode": {"text"}, "units": {"number"}, "duration_minutes": {"number"}, "memory_gib": {"number"}, "storage_gib": {"number"},
            "cpu": {"number", "fraction"}}
    cases = [(f"{field}: {kind}", site.post(changed(**{field: value})), 422, "invalid_body", field)
             for field, good in fits.items() for kind, value in values.items() if kind not in good]
    cases += [(f"units: {text}", site.post(json.dumps(GOOD).replace('"units": 1', f'"units": {text}').encode()), 422, None, "units")
              for text in ("1e30", "1.0000001", "-0.5", "1e-400")]
    site.all_refused("every field of a wrong type gets 422 with its name", cases)
    site.all_refused("a body of a wrong type gets 422", [
        (text, site.post(text.encode()), 422, None, "body") for text in ("null", "1", "true", '"text"', "[]", "[{}]")])


def no_json(site):
    good = json.dumps(GOOD)
    number = lambda text: good.replace('"units": 1', f'"units": {text}')
    cases = {"nothing": "", "blanks": "   ", "broken off": good[:-1], "two values": good + good, "a comma too many": good[:-1] + ",}",
             "single quotes": good.replace('"', "'"), "a comment": "/* */" + good, "nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
             "nested 100,000 deep, unclosed": "[" * 100_000, "objects 100,000 deep": '{"a":' * 100_000,
             "NaN": number("NaN"), "Infinity": number("Infinity"), "-Infinity": number("-Infinity"), "hexadecimal": number("0x1"),
             "a leading zero": number("01"), "a plus": number("+1"), "half a pair": '{"name": "\\ud800"}', "a bad escape": '{"name": "\\x"}',
             "a bare line break": '{"name": "a\nb"}', "a NUL byte": good + "\0", "a NUL byte in a text": '{"name": "a\0b"}',
             "a byte order mark": "\ufeff" + good}
    raw = {what: text.encode() for what, text in cases.items()}
    raw |= {"half a character": b'{"name": "\xc3\x28"}', "an overlong slash": b'{"name": "\xc0\xaf"}', "a surrogate": b'{"name": "\xed\xa0\x80"}',
            "beyond U+10FFFF": b'{"name": "\xf4\x90\x80\x80"}', "UTF-16": good.encode("utf-16"), "random bytes": bytes(range(256)),
            "gzip": b"\x1f\x8b\x08\x00" + bytes(64)}
    site.all_refused("what is no JSON gets 400 and says so", [(what, site.post(body), 400, "malformed_json", "body")
                                                              for what, body in raw.items()])
    site.all_refused("a number beyond all numbers gets 400 or names its field", [
        (text, answer, answer.status if answer and answer.status in (400, 422) else 422, None, "body" if answer and answer.status == 400 else "units")
        for text, answer in ((text, site.post(number(text).encode())) for text in ("1e400", "-1e400", "1e999999999", "1" * 400))])
    site.all_refused("a field that is given twice gets 400 with its name", [
        ("units", site.post(good[:-1].encode() + b', "units": 4}'), 400, "duplicate_field", "units"),
        ("written otherwise", site.post(good[:-1].encode() + b', "\\u0075nits": 4}'), 400, "duplicate_field", "units")])
    data = good.encode()
    site.all_refused("another content type gets 415", [
        (kind, site.once(head("POST", "/api/v1/reservations", site.bearer, f"Content-Type: {kind}", f"Content-Length: {len(data)}"), data),
         415, None, "Content-Type", None, "application/json") for kind in ("text/plain", "application/xml", "application/json5", "")])


def too_large(site):
    path = "/api/v1/reservations"
    before = site.portal.memory()[0]
    cases = []
    for what, top, body in (("Content-Length", f"Content-Length: {100 * MEGABYTE}", pieces_of(100 * MEGABYTE)),
                            ("chunked", "Transfer-Encoding: chunked", chunks_of(100 * MEGABYTE))):
        talk = Talk(site.portal.port, 30)
        begun = time.monotonic()
        talk.send(head("POST", path, site.bearer, JSON, top))
        taken = talk.send(body)
        answer = talk.answer()
        cases.append((f"100 MB, {what}", answer, 413, "too_large", "body", None, BODY_LIMIT))
        print(f"  100 MB, {what}: {taken / MEGABYTE:.0f} MB taken off the wire in {time.monotonic() - begun:.2f} s, "
              f"memory {before:.0f} -> {site.portal.memory()[0]:.0f} MiB")
        talk.close()
    talk, answer = site.raw(head("POST", path, site.bearer, JSON, f"Content-Length: {100 * MEGABYTE}", "Expect: 100-continue"))
    cases.append(("100 MB, asked for first", answer, 413, "too_large", "body", None, BODY_LIMIT))
    talk.close()
    cases += [(f"Content-Length {length}", site.once(head("POST", path, site.bearer, JSON, f"Content-Length: {length}")),
               413, "too_large", "body", None, BODY_LIMIT) for length in (1_048_577, 2**63 - 1)]
    site.all_refused("a body of 100 MB gets 413 with the limit, however it is sent", cases)
    limit = b" " * (1_048_576 - len(json.dumps(GOOD))) + json.dumps(changed(units=9)).encode()
    site.all_refused("a body of just the limit is read", [("1 MiB", site.post(limit), 422, None, "units", "9", "4")])

    many = [f"X-{i}: x" for i in range(10_000)]
    site.all_refused("10,000 headers, one of 1 MB, or one too many get 431 with the limits", [
        ("10,000 headers", site.get("/api/v1/pools", *many), 431, "too_large", "headers", None, HEADERS_LIMIT),
        ("a header of 1 MB", site.get("/api/v1/pools", "X-Big: " + "x" * MEGABYTE), 431, "too_large", "headers", None, HEADERS_LIMIT),
        ("a name of 1 MB", site.get("/api/v1/pools", "X" * MEGABYTE + ": x"), 431, "too_large", "headers", None, HEADERS_LIMIT),
        ("101 headers", site.get("/api/v1/pools", *many[:99]), 431, "too_large", "headers", None, HEADERS_LIMIT),
        ("a cookie of 20 kB", site.get("/api/v1/pools", "Cookie: berth_session=" + "x" * 20_000), 431, "too_large", "headers")])
    site.all_refused("a target of 9,000 bytes or 1 MB gets 414", [
        (str(size), site.get("/api/v1/pools?x=" + "x" * size), 414, "too_large", "target", None, "8192 bytes") for size in (9_000, MEGABYTE)])
    tally_ok = site.get("/api/v1/pools", *many[:98]).status
    site.tally.check(tally_ok == 200, "100 headers are taken", f"{tally_ok}")


def strangers(site, expiring):
    ana = site.ana.token
    bearer = lambda text: site.once(head("GET", "/api/v1/reservations", f"Authorization: {text}"))
    cases = [("no token", site.once(head("GET", "/api/v1/reservations")), 401), ("a wrong token", bearer("Bearer wrong"), 401),
             ("a token with another end", bearer(f"Bearer {ana[:-1]}{'A' if ana[-1] != 'A' else 'B'}"), 401),
             ("a token cut off", bearer(f"Bearer {ana[:-1]}"), 401), ("a token and more", bearer(f"Bearer {ana}x"), 401),
             ("a token of 8,000 bytes", bearer("Bearer " + "x" * 8_000), 401), ("no token after Bearer", bearer("Bearer "), 401),
             ("Basic", bearer("Basic YW5hOmFuYQ=="), 401), ("bytes beyond ASCII", bearer("Bearer \xff\xfe"), 401),
             ("SQL", bearer("Bearer ' OR 1=1 --"), 401), ("an unknown cookie", site.once(
                 head("GET", "/api/v1/reservations", "Cookie: berth_session=0123456789abcdef")), 401),
             ("a stranger's bad body", site.once(head("POST", "/api/v1/reservations", JSON, "Content-Length: 1"), b"{"), 401)]
    site.all_refused("wrong tokens, cookies and none get 401", cases)
    told = [answer for _, answer, *_ in cases if answer.headers.get("www-authenticate") != "Bearer" or ana in str(answer.body)]
    site.tally.check(not told, "each says how to sign in, and repeats no token")

    token, expires = expiring
    left = wait_for(lambda: time.time() > expires + 0.2, 30)
    answer = bearer(f"Bearer {token}")
    site.all_refused("a token that was good until it expired gets 401", [("expired", answer, 401)])
    site.tally.check(bool(left) and "expired" in answer.body["detail"].lower(), "and is told that it has expired", answer.body["detail"])

    login = lambda body: site.once(head("POST", "/api/v1/auth/login", JSON, f"Content-Length: {len(json.dumps(body))}"), json.dumps(body).encode())
    site.all_refused("a wrong password and an unknown account get the same 401", [
        (one, login({"email": one, "password": "wrong"}), 401, "wrong_credentials") for one in ("ana@berth.local", "who@berth.local")])
    site.all_refused("and before it is known who asks a body has a smaller limit", [
        ("a password of 900,000 characters", login({"email": "a", "password": "x" * 900_000}), 413, "too_large", "body", None, "16384 bytes")])
    site.all_refused("bad sign-ins get 422 with the field", [
        ("no password", login({"email": "ana@berth.local"}), 422, None, "password", "", "required"),
        ("a password of 9,000 characters", login({"email": "a", "password": "x" * 9_000}), 422, None, "password"),
        ("an e-mail of 9,000 characters", login({"email": "x" * 9_000, "password": "x"}), 422, None, "email"),
        ("a number", login({"email": 1, "password": "x"}), 422, None, "email", "1"),
        ("U+0000", login({"email": "ana@berth.local\0", "password": "x"}), 422, None, "email")])


def of_others(site):
    """What one may not see is not there, by the same words as what never was."""
    owner = Api(site.portal.port, "finance@berth.local")
    made = owner.send("POST", "/reservations", {**GOOD, "name": "finance's own"})
    assert made.status == 201, made.body
    nobodys = "00000000-0000-4000-8000-000000000000"
    asks = [("GET", "", None), ("GET", "/session", None), ("PATCH", "", {"version": 1, "name": "mine"}), ("DELETE", "", None),
            ("POST", "/extend", {"minutes": 30})]
    pairs = [[site.ben.send(method, f"/reservations/{one}{path}", body) for one in (made.body["id"], nobodys)] for method, path, body in asks]
    site.all_refused("another user's reservation gets 404, read, changed, ended or extended", [
        (f"{method} {path}", pair[0], 404) for (method, path, _), pair in zip(asks, pairs)])
    plain = lambda answer: {key: value for key, value in answer.body.items() if key != "request_id"}
    site.tally.check(all(plain(one) == plain(other) for one, other in pairs), "in the same words as one that never was")
    still = owner.get(f"/reservations/{made.body['id']}").body
    site.tally.check(still["version"] == 1 and still["state"] == "APPROVED", "and it is as it was")
    site.all_refused("an id that is none gets 404", [(one, site.get(f"/api/v1/reservations/{one}"), 404) for one in (
        "1", "x" * 4_000, "%27%20OR%201=1--", "00000000-0000-4000-8000-00000000000G")])
    own = site.ana.send("POST", "/reservations", GOOD).body["id"]
    edits = [("no version", {"name": "x"}, "version"), ("version as text", {"version": "1"}, "version"), ("version 0", {"version": 0}, "version"),
             ("version 2^64", {"version": 2**64}, "version"), ("another pool", {"version": 1, "pool": "pair"}, "pool"),
             ("another owner", {"version": 1, "owner": "ben"}, "owner"), ("another state", {"version": 1, "state": "COMPLETED"}, "state"),
             ("5 units", {"version": 1, "units": 5}, "units"), ("null units", {"version": 1, "units": None}, "units"),
             ("the end in the past", {"version": 1, "end": "2020-01-01T00:00:00Z"}, "end"), ("year 9999", {"version": 1, "end": "9999-12-31T23:30:00Z"}, "end"),
             ("a control character", {"version": 1, "name": "a\x1bb"}, "name")]
    site.all_refused("bad edits get 422 with the field", [
        (what, site.ana.send("PATCH", f"/reservations/{own}", body), 422, None, field) for what, body, field in edits])
    site.tally.check(site.ana.get(f"/reservations/{own}").body["version"] == 1, "and change nothing")
    site.ana.send("DELETE", f"/reservations/{own}")
    owner.send("DELETE", f"/reservations/{made.body['id']}")


def smuggling(site):
    """A request whose end is read in two ways could hide another: one answer, then the connection ends."""
    hidden = head("GET", "/api/v1/auth/me", site.bearer)
    path = "/api/v1/reservations"
    shape = lambda *headers, body=b"": head("POST", path, site.bearer, JSON, *headers) + body
    chunked = "Transfer-Encoding: chunked"
    cases = {
        "Content-Length and chunked": shape("Content-Length: 5", chunked, body=b"0\r\n\r\n"),
        "chunked and Content-Length": shape(chunked, "Content-Length: 4", body=b"0\r\n\r\n"),
        "two lengths": shape("Content-Length: 0", "Content-Length: 5"),
        "the same length twice": shape("Content-Length: 0", "Content-Length: 0"),
        "a list of lengths": shape("Content-Length: 0, 0"), "length +0": shape("Content-Length: +0"), "length -1": shape("Content-Length: -1"),
        "length 0x0": shape("Content-Length: 0x0"), "no length": shape("Content-Length: "), "a length beyond 64 bits": shape("Content-Length: 99999999999999999999"),
        "a blank before the colon": shape("Content-Length : 0"), "chunked, otherwise written": shape("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
        "chunked twice": shape(chunked, chunked, body=b"0\r\n\r\n"), "chunked, then identity": shape("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
        "a chunk of -1": shape(chunked, body=b"-1\r\n\r\n"), "a chunk of xyz": shape(chunked, body=b"xyz\r\nabc\r\n0\r\n\r\n"),
        "a chunk beyond 64 bits": shape(chunked, body=b"FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"), "a chunk of 0x5": shape(chunked, body=b"0x5\r\nhello\r\n0\r\n\r\n"),
        "a chunk longer than it says": shape(chunked, body=b"3\r\nhello\r\n0\r\n\r\n"), "a chunk ended by LF": shape(chunked, body=b"5\nhello\n0\n\n"),
        "a chunk with 1 MB of extension": shape(chunked, body=b"5;" + b"x" * MEGABYTE + b"\r\nhello\r\n0\r\n\r\n"),
        "trailers of 1 MB": shape(chunked, body=b"0\r\nX: " + b"x" * MEGABYTE + b"\r\n\r\n"),
        "a folded header": shape("X-Folded: a\r\n b", "Content-Length: 0"), "lines ended by LF": shape("Content-Length: 0").replace(b"\r\n", b"\n"),
        "a NUL in a header": shape("X-Nul: a\0b", "Content-Length: 0"), "a CR in a header": shape("X-Cr: a\rb", "Content-Length: 0"),
        "a header without colon": shape("Content-Length 0"), "a header without name": shape(": x", "Content-Length: 0"),
        "chunked in HTTP/1.0": shape(chunked, body=b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"),
        "no host": head("GET", path, site.bearer, host=None), "two hosts": head("GET", path, site.bearer, "Host: other"),
        "a host with a path": head("GET", path, site.bearer, host="a/b"),
    }
    wrong, more = [], []
    for what, request in cases.items():
        talk, answer = site.raw(request + hidden)
        # Bodies of good framing that are no JSON would be 400 as well, and the connection stay: these are refused by the edge.
        if found := faults_of(answer, 413 if "beyond 64 bits" in what and "length" in what and answer and answer.status == 413 else 400):
            wrong.append(f"{what}: {found}")
        if not talk.ended():
            more.append(f"{what}: {talk.bytes[:80]!r}")
        talk.close()
    site.tally.check(not wrong, "requests whose framing has two readings or none get 400", f"{len(cases)} tried" + "".join(f"\n  {one}" for one in wrong))
    site.tally.check(not more, "after each the connection ends, and what was hidden in it is not answered", "".join(f"\n  {one}" for one in more))

    others = [("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)), ("HTTP/3.0", head("GET", path).replace(b"1.1", b"3.0"), (505,)),
              ("a blank in the target", head("GET", "/api/v1/pools x", site.bearer), (400, 505)),
              ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), (400,)), ("an unknown method", head("BREW", path), (405, 501)),
              ("a method of 60 letters", head("A" * 60, path), (501,)), ("CONNECT", head("CONNECT", "a:1"), (400, 405)),
              ("half a head, then the end", None, (400,)), ("another method", head("PUT", path, site.bearer, "Content-Length: 0"), (405,)),
              ("nothing at this address", head("GET", "/api/v1/nothing", site.bearer), (404,)), ("an encoded NUL", head("GET", "/api/v1/%00"), (400,)),
              ("no UTF-8", head("GET", "/api/v1/pools?x=%ff"), (400,)), ("dot segments", head("GET", "/api/v1/../healthz"), (400,)),
              ("expects otherwise", head("POST", path, site.bearer, "Expect: 200-ok", "Content-Length: 0"), (417,))]
    wrong = []
    for what, request, statuses in others:
        talk = Talk(site.portal.port)
        talk.send(request or head("GET", path)[:20])
        if request is None:
            talk.socket.shutdown(1)
        answer = talk.answer()
        if answer is None or answer.status not in statuses or faults_of(answer, answer.status):
            wrong.append(f"{what}: {answer and (answer.status, answer.body)}, not {statuses}")
        talk.close()
    site.tally.check(not wrong, "what is not HTTP/1.1 or not here gets its own status and a problem", f"{len(others)} tried" + "".join(f"\n  {one}" for one in wrong))


def promises(berth, tally):
    """Slow connections are tested with less patience than the portal has; how much that is, it says itself."""
    text = subprocess.run([berth, "portal", "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30).stdout
    said = {name: int(seconds) for name, seconds in re.findall(r"--(head|body)-timeout-seconds .*=(\d+)\n", text)}
    tally.check(said == {"head": 10, "body": 30}, "a portal that is not told otherwise gives a head 10 s and a body 30 s", str(said))
    done = subprocess.run([berth, "portal", "--head-timeout-seconds", "0"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    tally.check(done.returncode == 2 and "head-timeout-seconds" in done.stderr and "1" in done.stderr and "600" in done.stderr,
                "a patience that is none is refused with its limits", f"{done.returncode}: {done.stderr.strip()}")


def self_check(site):
    """What faults_of() says of good answers, and of refusals with something amiss."""
    good = site.get("/api/v1/pools")
    refusal = site.post(changed(units=9))
    amiss = (faults_of(good, 422), faults_of(None, 422), faults_of(refusal, 422, None, "pool"), faults_of(refusal, 422, None, "units", "8"),
             faults_of(refusal, 422, None, "units", "9", "5"), faults_of(refusal, 400), faults_of(refusal, 422, "other"))
    site.tally.check(good.status == 200 and all(amiss) and not faults_of(refusal, 422, "invalid", "units", "9", "4"),
                     "the checker tells a good refusal from seven others")


def hostile(demo, portal, tally):
    _, text = (ROOT / "deploy" / "pools" / "lab.yaml").read_text().split("---\n")   # the cluster is declared already
    pair = "\n".join(line for line in text.splitlines() if "slice2" not in line and "slice3" not in line)
    (demo.folder / "pair.yaml").write_text(pair.replace("name: lab", "name: pair").replace("gpu-node-1", "gpu-node-2"))
    demo.login("admin@berth.local", home="admin")
    done = demo.cli("apply", "-f", str(demo.folder / "pair.yaml"), home="admin")
    assert done.returncode == 0, done.stderr

    site = Site(demo, portal, tally)
    self_check(site)
    expires = time.time() + 4
    short = site.ana.make_token("ana@berth.local", {"name": "short", "expires_at": datetime.datetime.fromtimestamp(
        expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")})
    tally.check(site.once(head("GET", "/api/v1/pools", f"Authorization: Bearer {short}")).status == 200,
                "a token of four seconds is good at first")
    booked = demo.sql("SELECT count(*) FROM berth.reservation")[0][0]
    process, (before, _) = portal.process.pid, portal.memory()
    slow, pulse = Slow(portal.port, site.bearer), Pulse(portal, site.ana.token)
    slow.start()
    pulse.start()
    try:
        for attack in (bookings, times, wrong_types, no_json, too_large, lambda one: strangers(one, (short, expires)),
                       smuggling):
            attack(site)
        tally.check(demo.sql("SELECT count(*) FROM berth.reservation")[0][0] == booked, "nothing of all that was booked")
        of_others(site)
        slow.report(tally)
    finally:
        pulse.stop.set()
        pulse.join()
    tally.check(len(pulse.times) > 50 and not pulse.faults, "good requests were answered all the while",
                f"{len(pulse.times)} pairs, slowest {max(pulse.times) * 1000:.0f} ms, median {sorted(pulse.times)[len(pulse.times) // 2] * 1000:.1f} ms"
                + "".join(f"; {one}" for one in pulse.faults[:3]))
    tally.check(portal.alive() and portal.process.pid == process and portal.answers("/healthz") and portal.answers("/readyz"),
                "the portal is the same process, healthy and ready")
    after, highest = portal.memory()
    tally.check(after - before < GROWTH_MIB and highest - before < 2 * GROWTH_MIB, "and has not grown beyond measure",
                f"{before:.0f} -> {after:.0f} MiB, {highest:.0f} at its highest")
    made = site.ana.send("POST", "/reservations", GOOD)
    tally.check(made.status == 201, "and books", str(made.body) if made.status != 201 else "")
    fault_lines = [line for line in portal.log().splitlines() if '"level":"error"' in line]
    tally.check(not fault_lines, "its log has no error of its own", f"{len(fault_lines)}" + "".join(f"\n  {one[:300]}" for one in fault_lines[:3]))


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place)
        with running(demo, tally) as begin:
            promises(berth, tally)
            hostile(demo, begin(Portal(demo, "--head-timeout-seconds", str(HEAD_TIMEOUT_SECONDS),
                                       "--body-timeout-seconds", str(BODY_TIMEOUT_SECONDS))), tally)
    return tally.close()


sys.exit(main(sys.argv[1]))
