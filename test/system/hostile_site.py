"""The portal under bad input: how it is asked over the wire, what a good refusal is, and who else is there meanwhile."""

import json
import threading
import time

from harness import Api, Wire
from raw_http import Talk, head

SLOW_CONNECTIONS = 102           # of three kinds
HEAD_TIMEOUT_SECONDS = 2         # what the portal is told to allow; apart by more than the slack, so that none passes for the other
BODY_TIMEOUT_SECONDS = 12
SLACK_SECONDS = 8
PULSE_SECONDS = 0.1
HEALTHY_WITHIN_SECONDS = 3
JSON = "Content-Type: application/json"


def faults_of(answer, status, code=None, field=None, value=None, limit=None):
    """What is wrong with a refusal; empty when it is as it should be."""
    if answer is None:
        return ["no answer"]
    if answer.status != status:
        return [f"status {answer.status}, not {status}: {str(answer.body)[:300]}"]
    body = answer.body
    if answer.headers.get("content-type") != "application/problem+json" or not isinstance(body, dict):
        return [f"no problem body but {answer.headers.get('content-type')}"]
    found = [f"{name} is {body.get(name)!r}" for name in ("type", "title", "detail", "code")
             if not isinstance(body.get(name), str) or not body[name]]
    if body.get("status") != status:
        found.append(f"status in the body {body.get('status')}")
    if code is not None and body.get("code") != code:
        found.append(f"code {body.get('code')}, not {code}")
    for error in body.get("errors", []):
        if set(error) != {"field", "value", "limit", "message"} or not all(isinstance(one, str) for one in error.values()):
            found.append(f"an error of another form: {error}")
    if len(json.dumps(body)) > 16_384:
        found.append(f"{len(json.dumps(body))} bytes of problem")
    if field is not None:
        error = next((one for one in body.get("errors", []) if one["field"] == field), None)
        if error is None:
            return found + [f"no error of field {field} in {body.get('errors')}"]
        if value is not None and error["value"] != value:
            found.append(f"value {error['value']!r}, not {value!r}")
        if not error["limit"] or (limit is not None and error["limit"] != limit):
            found.append(f"limit {error['limit']!r}, not {limit!r}")
        if not error["message"]:
            found.append("no message")
    return found


class Site:
    def __init__(self, demo, portal, tally):
        self.demo, self.portal, self.tally = demo, portal, tally
        self.ana = Api(portal.port, "ana@berth.local")
        self.ben = Api(portal.port, "ben@berth.local")
        self.bearer = f"Authorization: Bearer {self.ana.token}"

    def raw(self, pieces, timeout=20):
        talk = Talk(self.portal.port, timeout)
        talk.send(pieces)
        return talk, talk.answer()

    def once(self, *parts, timeout=20):
        talk, answer = self.raw(b"".join(parts), timeout)
        talk.close()
        return answer

    def post(self, body, *headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.once(head("POST", "/api/v1/reservations", self.bearer, JSON, f"Content-Length: {len(data)}", *headers), data)

    def get(self, path, *headers):
        return self.once(head("GET", path, self.bearer, *headers))

    def all_refused(self, sentence, cases):
        """`cases`: (what, answer, what faults_of() wants). One sentence for them all."""
        wrong = [f"{what}: {', '.join(found)}" for what, answer, *wanted in cases if (found := faults_of(answer, *wanted))]
        self.tally.check(not wrong, sentence, f"{len(cases)} tried" + "".join(f"\n  {one}" for one in wrong[:12]))


class Slow(threading.Thread):
    """Connections that never finish: a head broken off, a head that drips, a body that drips."""

    def __init__(self, port, bearer):
        super().__init__(name="slow")
        kinds = [head("GET", "/api/v1/pools", bearer)[:-4]] * (SLOW_CONNECTIONS // 3)
        kinds += [b"GET /api/v1/pools HTTP/1.1\r\nX-Slow: "] * (SLOW_CONNECTIONS // 3)
        kinds += [head("POST", "/api/v1/reservations", bearer, JSON, "Content-Length: 1000")] * (SLOW_CONNECTIONS // 3)
        self.kinds = kinds
        self.talks = [Talk(port) for _ in kinds]
        self.begun = time.monotonic()
        self.ends = [None] * len(kinds)       # (seconds, status or None)
        for talk, kind in zip(self.talks, kinds):
            talk.send(kind)

    def run(self):
        patience = self.begun + BODY_TIMEOUT_SECONDS + SLACK_SECONDS
        while None in self.ends and time.monotonic() < patience:
            for i, talk in enumerate(self.talks):
                if self.ends[i] is not None:
                    continue
                if i >= SLOW_CONNECTIONS // 3:
                    talk.send(b"x")
                answer = talk.answer(0.001)
                if answer or talk.closed:
                    self.ends[i] = (time.monotonic() - self.begun, answer)
                    talk.close()
            time.sleep(0.5)

    def report(self, tally):
        self.join(BODY_TIMEOUT_SECONDS + 2 * SLACK_SECONDS)
        third = SLOW_CONNECTIONS // 3
        for what, ends, limit in (("a broken-off or dripping head", self.ends[:2 * third], HEAD_TIMEOUT_SECONDS),
                                  ("a dripping body", self.ends[2 * third:], BODY_TIMEOUT_SECONDS)):
            good = [one for one in ends if one and not faults_of(one[1], 408, "timeout") and limit <= one[0] < limit + SLACK_SECONDS]
            tally.check(len(good) == len(ends), f"{len(ends)} connections with {what} get 408 after {limit} s",
                        f"{len(good)} of {len(ends)}, " + (f"{min(one[0] for one in good):.1f} to {max(one[0] for one in good):.1f} s" if good
                                                           else str([(one[0], one[1] and one[1].status) if one else None for one in ends][:4])))


class Pulse(threading.Thread):
    """Somebody with good requests, all the time."""

    def __init__(self, portal, token):
        super().__init__(name="pulse")
        self.portal, self.token = portal, token
        self.stop = threading.Event()
        self.times, self.faults = [], []

    def run(self):
        wire = Wire(self.portal.port, self.token, timeout=HEALTHY_WITHIN_SECONDS)
        while not self.stop.wait(PULSE_SECONDS):
            begun = time.monotonic()
            try:
                if not self.portal.answers("/healthz"):
                    self.faults.append("healthz")
                answer = wire.send("GET", "/pools")
                if answer.status != 200:
                    self.faults.append(f"pools {answer.status}")
            except Wire.CUT as fault:
                self.faults.append(str(fault))
            self.times.append(time.monotonic() - begun)
        wire.close()
