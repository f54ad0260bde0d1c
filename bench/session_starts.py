"""From the start of a window to the session's objects on a real API server, by that server's own audit log, beside the same
objects applied one after the other over one connection that is kept alive."""

import datetime
import http.client
import json
import pathlib
import statistics
import time
import uuid

from machine import spread
from rig import wait_for

READY_WITHIN_SECONDS = 60
FREE_WITHIN_SECONDS = 90
BOOKED_AHEAD_SECONDS = 20   # units of ended sessions have to become free before
LAB_UNITS = [("slice-24gb", 4), ("whole-96gb", 1)]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def owned_part(value, fields):
    """What one field manager owns of a value, by the fieldsV1 of server-side apply: the body that it had sent."""
    parts = {key: sub for key, sub in fields.items() if key != "."}
    if not parts:
        return value
    if isinstance(value, dict):
        return {key[2:]: owned_part(value[key[2:]], sub) for key, sub in parts.items() if key[2:] in value}
    kept = []
    for key, sub in parts.items():
        wanted = json.loads(key[2:])
        for item in value:
            if key.startswith("v:") and item == wanted:
                kept.append(item)
            elif key.startswith("k:") and all(item.get(name) == one for name, one in wanted.items()):
                kept.append({**wanted, **owned_part(item, sub)})
    return kept


def merged(into, more):
    for key, value in more.items():
        into[key] = merged(into[key], value) if isinstance(into.get(key), dict) and isinstance(value, dict) else value
    return into


class Written:
    """One object's first successful write."""

    def __init__(self, event):
        ref = event["objectRef"]
        self.resource, self.name, self.space = ref["resource"], ref["name"], ref.get("namespace", "")
        group, version = ref.get("apiGroup", ""), ref["apiVersion"]
        self.root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        self.received, self.done = instant(event["requestReceivedTimestamp"]), instant(event["stageTimestamp"])

    def path(self, space):
        if self.resource == "namespaces":
            return f"{self.root}/namespaces/{space}"
        return f"{self.root}/namespaces/{space}/{self.resource}/{self.name}"


class Sessions:
    def __init__(self, rig, say):
        self.rig, self.say = rig, say
        self.audit = pathlib.Path(rig.cluster_dir, "logs", "audit.jsonl")
        self.references = []
        self.up = []

    # Sessions ---------------------------------------------------------------------------------------------------------

    def book(self, device_class, start, minutes=30):
        body = {"pool": "lab", "device_class": device_class, "units": 1, "start": start, "duration_minutes": minutes}
        answer = wait_for(lambda: self._booked(body), FREE_WITHIN_SECONDS, 0.2)
        assert answer, "no unit became free"
        return answer

    def _booked(self, body):
        answer = self.rig.api.send("POST", "/reservations", body)
        assert answer.status in (201, 409), answer.body
        return answer.body if answer.status == 201 else None

    def ready(self, booked):
        def look():
            answer = self.rig.api.get(f"/reservations/{booked['id']}/session")
            return answer.body if answer.status == 200 and answer.body["phase"] == "Ready" else None
        session = wait_for(look, READY_WITHIN_SECONDS)
        assert session, "a session did not become Ready:\n" + self.rig.log("reconciler")
        return session

    def end_all(self):
        """Their units are free once their namespaces are gone; whoever books next waits for that."""
        for booked in self.up:
            self.rig.api.send("DELETE", f"/reservations/{booked['id']}")
        self.up = []

    def writes(self, space):
        """Every object of a session by its first write, in order. Statuses are not objects."""
        first = {}
        with self.audit.open() as lines:
            for line in lines:
                if space not in line:
                    continue
                event = json.loads(line)
                ref = event.get("objectRef", {})
                ours = event.get("userAgent", "").startswith("berth") and event["responseStatus"]["code"] < 300
                if ours and event["verb"] in ("create", "patch") and "subresource" not in ref:
                    if space in (ref.get("namespace"), ref.get("name")):
                        first.setdefault((ref["resource"], ref["name"]), Written(event))
        return sorted(first.values(), key=lambda write: write.received)

    def measure(self, booked):
        """Seconds from the window's start to the first write, to the last first write, to Ready; and the writes."""
        session = self.ready(booked)
        ready_at = max(instant(step["finished_at"]) for step in session["steps"])
        writes = self.writes(session["namespace"])
        assert len(writes) > 10, f"only {len(writes)} writes in the audit log"
        start = instant(booked["start"])
        return {"first": writes[0].received - start, "all": max(write.done for write in writes) - start,
                "ready": ready_at - start, "objects": len(writes), "space": session["namespace"], "writes": writes}

    # The reference ----------------------------------------------------------------------------------------------------

    def bodies(self, measured):
        """The same objects for a namespace of another installation, which the reconciler leaves alone. The workspace has
        no replica: a second pod would hold the device."""
        space, stranger = f"bench-{uuid.uuid4().hex[:10]}", str(uuid.uuid4())
        made = []
        for write in measured["writes"]:
            status, there = self.rig.kubernetes.get(write.path(measured["space"]))
            assert status == 200, f"{write.path(measured['space'])} is gone"
            body = {}
            for entry in there["metadata"]["managedFields"]:
                if entry["manager"] == "berth" and "subresource" not in entry:
                    merged(body, owned_part(there, entry["fieldsV1"]))
            merged(body, {"apiVersion": there["apiVersion"], "kind": there["kind"], "metadata": {"name": write.name}})
            text = json.dumps(body).replace(measured["space"], space)
            body = json.loads(text)
            body["metadata"].setdefault("labels", {})["berth.dev/installation"] = stranger
            if write.resource == "deployments":
                body["spec"]["replicas"] = 0
            made.append((write.path(space).replace(measured["space"], space), json.dumps(body).encode()))
        return made

    def reference(self, measured):
        """Seconds for all of them, one after the other over one connection."""
        made = self.bodies(measured)
        cluster = self.rig.kubernetes
        connection = http.client.HTTPSConnection(cluster.url.hostname, cluster.url.port, timeout=30, context=cluster.tls)
        connection.connect()
        headers = {**cluster.headers, "Content-Type": "application/apply-patch+yaml"}
        try:
            begun = time.monotonic()
            for path, body in made:
                connection.request("PATCH", path + "?fieldManager=bench&force=true", body, headers)
                response = connection.getresponse()
                answer = response.read()
                assert response.status in (200, 201), answer.decode()[:1000]
            self.references.append(time.monotonic() - begun)
        finally:
            connection.close()

    # What is measured -------------------------------------------------------------------------------------------------

    def start_now(self, count):
        """One at a time, each followed by its reference. The last one stays up."""
        runs = []
        for _ in range(count):
            self.end_all()
            self.up = [self.book("slice-24gb", "now")]
            runs.append(self.measure(self.up[0]))
            self.reference(runs[-1])
        self._print("start: now, one at a time", runs)

    def start_later(self, rounds):
        """All units of the pool from the same minute on. The last ones stay up."""
        runs, slowest = [], []
        for _ in range(rounds):
            self.end_all()
            at = (int(time.time()) + BOOKED_AHEAD_SECONDS) // 60 * 60 + 60
            start = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.up = [self.book(device_class, start) for device_class, units in LAB_UNITS for _ in range(units)]
            assert time.time() < at, "booking took until after the window's start"
            wait_for(lambda: time.time() > at, 90)
            measured = [self.measure(booked) for booked in self.up]
            runs += measured
            slowest.append(max(run["all"] for run in measured))
        self._print(f"start at the next minute, {len(self.up)} at the same instant", runs)
        together = len(self.up) * statistics.median(self.references)
        self.say(f"    ratio, all {len(self.up)} of them to {len(self.up)} references  "
                 f"{spread([seconds / together for seconds in slowest])}")

    def _print(self, title, runs):
        self.say(f"  {title} (N = {len(runs)}, {min(r['objects'] for r in runs)} to {max(r['objects'] for r in runs)} objects)")
        base = statistics.median(self.references)
        millis = lambda name: [run[name] * 1000 for run in runs]
        self.say(f"    ratio, all objects applied to reference  {spread([run['all'] / base for run in runs])}")
        self.say(f"    window start to first write   {spread(millis('first'), 0)} ms")
        self.say(f"    window start to all applied   {spread(millis('all'), 0)} ms")
        self.say(f"    window start to Ready         {spread(millis('ready'), 0)} ms")

    def print_reference(self):
        self.say(f"  reference: the same objects applied one after the other, N = {len(self.references)}: "
                 f"{spread([seconds * 1000 for seconds in self.references], 0)} ms")

    def cycles(self, count):
        """What a cycle takes when nothing is to be done; a heartbeat comes with one at most every 5 s."""
        took = []
        for _ in range(count):
            last = self.rig.demo.sql("SELECT at FROM berth.heartbeat")[0][0]
            def beat():
                self.rig.demo.sql("SELECT pg_notify('berth_work', 'default')")
                row = self.rig.demo.sql("SELECT at, cycle_millis FROM berth.heartbeat")[0]
                return row if row[0] != last else None
            row = wait_for(beat, 20, 0.5)
            assert row, "no heartbeat:\n" + self.rig.log("reconciler")
            took.append(int(row[1]))
        self.say(f"  a cycle with nothing to do, {len(self.up)} up: {spread(took, 0)} ms")
