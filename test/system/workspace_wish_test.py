#!/usr/bin/env python3
"""What a workspace knows of itself, wishes, and says of its use, through all of its parts: a real API server, the tenant's own account, the
reconciler and a portal. `berth here` and `berth extend 1h` run as inside; so do wishes that are none, that are somebody else's, and that come too
late, and times of use that cannot be."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

import yaml

from clusters import CLUSTER, cluster_of
from harness import ROOT, Api, Demo, Kubernetes, Tally, folder, wait_for
from sessions import book, ready, session_of

PATIENCE = 60
PROMISED_SECONDS = 5
PATCH = "application/merge-patch+json"
HOSTILE = ["", "null", "[]", "{}", "[" * 256, '{"id":' * 40, "\ud7ff" * 50, "\U0001f600" * 256, '{"id":"x","until":"2030-01-01T00:00:00Z"}',
           '{"id":"11111111-1111-4111-8111-111111111111","until":"soon"}', '{"id":"11111111-1111-4111-8111-111111111111","until":1e999}',
           '{"id":"11111111-1111-4111-8111-111111111111"}', '{"id":"11111111-1111-4111-8111-111111111111","until":"9999-12-31T23:59:59Z"}']
TOO_LARGE = ({"extend.json": "x" * 257}, {"extend.json": "x" * 900_000}, {"activity.json": "x" * 900_000}, {"more": "x"})


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def text_of(at):
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Inside:
    """As a terminal of the workspace: its namespace's own account, and its facts as files."""

    def __init__(self, demo, place, admin, booked, api):
        self.demo, self.api, self.admin = demo, api, admin
        self.booked = booked
        self.space = session_of(api, booked)["namespace"]
        made = subprocess.run([CLUSTER, "kubectl", "--dir", place, "create", "token", "workspace", "--namespace", self.space, "--duration", "1h"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stderr
        config = yaml.safe_load((pathlib.Path(place) / "admin.kubeconfig").read_text())
        config["users"] = [{"name": config["users"][0]["name"], "user": {"token": made.stdout.strip()}}]
        config["contexts"][0]["context"]["namespace"] = self.space
        self.place = demo.folder / self.space
        self.facts = self.place / "facts"
        self.facts.mkdir(parents=True)
        for key, text in self.config_map("berth-session")["data"].items():
            (self.facts / key).write_text(text)
        self.kubeconfig = self.place / "kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(config))
        self.tenant = Kubernetes(self.kubeconfig)

    def config_map(self, name):
        return self.admin.get(self.path(name))[1]

    def path(self, name="", space=None):
        return f"/api/v1/namespaces/{space or self.space}/configmaps" + (f"/{name}" if name else "")

    def berth(self, *arguments, kubeconfig=None):
        environment = {**os.environ, "HOME": str(self.place), "XDG_CONFIG_HOME": str(self.place), "BERTH_SESSION_FACTS": str(self.facts),
                       "BERTH_KUBECONFIG": str(kubeconfig or self.kubeconfig)}
        environment.pop("TZ", None)
        return subprocess.run([self.demo.berth, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=ROOT,
                              env=environment)

    def say(self, text, more=None, space=None):
        """As a tenant may write it, whatever it is; the status."""
        body = {"data": {"extend.json": text, **(more or {})}}
        status, _ = self.tenant.request("PATCH", self.path("berth-said", space), body, PATCH)
        if status == 404:
            status, _ = self.tenant.request("POST", self.path(space=space), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "berth-said"}} | body)
        return status

    def wish(self, until, **more):
        made = str(uuid.uuid4())
        return made, self.say(json.dumps({"id": made, "until": text_of(until), **more}))

    def answer(self, wished, seconds=PATIENCE):
        def look():
            answer = json.loads(self.config_map("berth-session").get("data", {}).get("answer.json", "{}"))
            return answer if answer.get("id") == wished else None
        return wait_for(look, seconds, 0.1)

    def end(self):
        return time_of(self.api.get(f"/reservations/{self.booked['id']}").body["end"])


def knows_itself(inside, tally):
    done = inside.berth("here")
    tally.check(done.returncode == 0 and all(word in done.stdout for word in (inside.booked["id"], "slice-24gb", "interactive_ml", "GPU slots", "CE")),
                "berth here says what it is, by the clocks of the pool, and what is held", done.stdout + done.stderr)
    done = inside.berth("here", "--json")
    body = json.loads(done.stdout)
    tally.check(time_of(body["end"]) == inside.end() and body["quota"]["slots"]["hard"] == 2 and body["quota"]["storage_gib"]["used"] > 0,
                "and to programs", done.stdout)
    dead = yaml.safe_load(inside.kubeconfig.read_text())
    dead["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    path = inside.place / "dead"
    path.write_text(yaml.safe_dump(dead))
    done = inside.berth("here", kubeconfig=path)
    tally.check(done.returncode == 0 and inside.booked["id"] in done.stdout and "the quota is not known" in done.stdout,
                "without an answer of the API it says what the files say, and that the quota is not known", done.stdout + done.stderr)
    done = inside.demo.cli("here")
    tally.check(done.returncode == 1 and "not inside a workspace" in done.stderr, "outside it says that it is none", done.stderr)


def goes_on(inside, tally):
    before, begun = inside.end(), time.monotonic()
    done = inside.berth("extend", "1h")
    took = time.monotonic() - begun
    tally.check(done.returncode == 0 and inside.end() == before + datetime.timedelta(hours=1) and "ends" in done.stdout, "berth extend 1h moves its end",
                f"{took:.2f} s, promised {PROMISED_SECONDS}" if done.returncode == 0 else done.stdout + done.stderr)
    rows = [row for row in Api(inside.demo.port, "admin@berth.local", ["read", "write", "admin"]).get(f"/audit?object={inside.booked['id']}").body["items"]
            if row["source_ip"] == "workspace"]
    tally.check(len(rows) == 1 and rows[0]["actor_email"] == "ana@berth.local", "audited as its owner's, through the workspace", str(rows)[:500])
    facts = wait_for(lambda: time_of(inside.config_map("berth-session")["data"]["ends_at"]) == inside.end(), PATIENCE, 0.1)
    tally.check(bool(facts), "its facts follow")
    said = inside.tenant.get(inside.path("berth-said"))[1].get("data") or {}
    tally.check("extend.json" not in said, "and the wish is taken back", str(said))
    done = inside.berth("extend", "30d")
    tally.check(done.returncode == 3 and "could go on until" in done.stderr, "what the rules forbid is refused, with how far it could go", done.stdout + done.stderr)
    tally.check(inside.end() == before + datetime.timedelta(hours=1), "and changes nothing")


def by_hand(inside, tally):
    before = inside.end()
    until = before + datetime.timedelta(minutes=30)
    wished, status = inside.wish(until)
    tally.check(status in (200, 201), "a tenant may write berth-said", str(status))
    answer = inside.answer(wished)
    tally.check(bool(answer) and answer["granted"] and inside.end() == until, "and is answered", str(answer))
    owner = inside.api.send("PATCH", f"/reservations/{inside.booked['id']}", {"version": inside.api.get(f"/reservations/{inside.booked['id']}").body["version"],
                                                                            "end": text_of(before)})
    tally.check(owner.status == 200 and inside.end() == before, "the owner shortens it again", str(owner.body)[:300])
    inside.say("{}")
    inside.say(json.dumps({"id": wished, "until": text_of(until)}))
    fresh, _ = None, None
    wait_for(lambda: time_of(inside.config_map("berth-session")["data"]["ends_at"]) == before, PATIENCE, 0.1)
    # The next wish is heard after it, so by its answer the old one has been passed over.
    fresh, _ = inside.wish(before - datetime.timedelta(minutes=30))
    answer = inside.answer(fresh)
    tally.check(bool(answer) and inside.end() == before, "a wish that was answered counts once, also when it is written anew", str(answer))


def used(inside, other, tally):
    """When it was last used: heard at the next look, shown with its age, and no more than a fact."""
    def activity(of=inside):
        return session_of(of.api, of.booked)["activity"]
    def ago(seconds):
        return text_of(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds))
    def say(looked, editor, lab):
        return inside.say("", {"activity.json": json.dumps({"looked_at": looked, "editor": editor, "lab": lab})})
    nothing = {"seen_at": None, "editor": None, "lab": None}
    tally.check(activity() == nothing, "nothing was measured yet", str(activity()))
    looked, opened, computed = ago(1), ago(240), ago(3600)
    status = say(looked, {"used_at": opened}, {"used_at": computed, "kernels": 2, "busy": 1})
    seen = wait_for(lambda: activity()["seen_at"] and activity(), PATIENCE, 0.2)
    tally.check(seen == {"seen_at": looked, "editor": {"used_at": opened}, "lab": {"used_at": computed, "kernels": 2, "kernels_busy": 1}},
                "when it was last used is known", f"{status} {seen}")
    for text in (*HOSTILE, json.dumps({"looked_at": ago(-3600), "editor": None, "lab": None}), json.dumps({"looked_at": ago(1), "editor": None}),
                 json.dumps({"looked_at": ago(1), "editor": None, "lab": {"used_at": ago(1), "kernels": 10**9, "busy": 0}}),
                 json.dumps({"looked_at": ago(1), "editor": None, "lab": None, "namespace": other.space})):
        inside.say("", {"activity.json": text})
    # A cycle that follows has looked at the last of them.
    wished, _ = inside.wish(inside.end() + datetime.timedelta(minutes=30))
    tally.check(bool(inside.answer(wished)) and activity() == seen, "what cannot be is not heard", str(activity()))
    for _ in range(20):
        say(ago(0), {"used_at": None}, None)
    later = wait_for(lambda: activity()["seen_at"] > looked and activity(), 2 * PATIENCE, 0.5)
    tally.check(bool(later) and later["editor"] == {"used_at": None} and later["lab"] is None, "the latest is, and what does not answer is not measured", str(later))
    rows = inside.demo.sql("SELECT count(*) FROM berth.activity")
    tally.check(rows == [["1"]], "one row is all that is left of it", str(rows))
    tally.check(activity(other) == nothing, "another session's is its own", str(activity(other)))
    audited = inside.demo.sql("SELECT count(*) FROM berth.audit WHERE object_type = 'activity'")
    tally.check(audited == [["0"]], "and it is no change of state", str(audited))


def hostile(inside, other, tally):
    before = inside.end()
    for text in HOSTILE:
        status = inside.say(text)
        tally.check(status in (200, 201), f"a tenant writes {text[:30]!r}", str(status))
    for more in TOO_LARGE:
        status, body = inside.tenant.request("PATCH", inside.path("berth-said"), {"data": more}, PATCH)
        key, text = next(iter(more.items()))
        tally.check(status in (403, 422) and "berth-said" in str(body), f"{key} of {len(text)} characters is refused before anybody reads it",
                    f"{status} {str(body)[:200]}")
    for _ in range(50):
        inside.wish(before + datetime.timedelta(hours=1), reservation=other.booked["id"], session=other.space)
    tally.check(inside.end() == before, "nothing comes of it")
    status, _ = inside.tenant.request("PATCH", inside.path("berth-session"), {"data": {"ends_at": "2099-01-01T00:00:00Z"}}, PATCH)
    tally.check(status == 403, "its facts are not its own to change", str(status))
    status = inside.say(json.dumps({"id": str(uuid.uuid4()), "until": text_of(other.end() + datetime.timedelta(hours=1))}), space=other.space)
    tally.check(status == 403, "what another session says is not its own to write", str(status))
    theirs = other.end()
    wished = str(uuid.uuid4())
    inside.admin.request("POST", inside.path(space="default"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "berth-said"},
                                                                "data": {"extend.json": json.dumps({"id": wished, "until": text_of(theirs + datetime.timedelta(hours=1))})}})
    until = before + datetime.timedelta(minutes=30)
    wished, _ = inside.wish(until)
    answer = inside.answer(wished)
    tally.check(bool(answer) and answer["granted"] and inside.end() == until, "a wish that is one is heard after all that", str(answer))
    tally.check(other.end() == theirs, "and nobody else's end has moved")
    rows = inside.demo.sql("SELECT count(*) FROM berth.wish")
    tally.check(rows == [["1"]], "one row is all that is left of it", str(rows))
    inside.admin.request("DELETE", inside.path("berth-said", "default"))


def ends(inside, tally):
    answer = inside.api.send("DELETE", f"/reservations/{inside.booked['id']}")
    tally.check(answer.status == 200, "its owner ends it")
    wished, status = inside.wish(inside.end() + datetime.timedelta(hours=5))
    gone = wait_for(lambda: inside.admin.get(f"/api/v1/namespaces/{inside.space}")[0] == 404, 2 * PATIENCE, 0.2)
    over = wait_for(lambda: (it := inside.api.get(f"/reservations/{inside.booked['id']}").body)["state"] == "COMPLETED" and it, PATIENCE)
    tally.check(bool(gone) and bool(over), "and a wish holds nothing up", f"{status} {gone} {over}")
    rows = inside.demo.sql("SELECT (SELECT count(*) FROM berth.wish), (SELECT count(*) FROM berth.activity)")
    tally.check(rows == [["0", "0"]], "its rows go with it", str(rows))


def run(berth, place, tally):
    admin = Kubernetes(pathlib.Path(place) / "admin.kubeconfig")
    with folder() as data:
        demo = Demo(berth, data, "--kubeconfig", str(pathlib.Path(place) / "admin.kubeconfig"))
        try:
            demo.start()
            ana, ben = (Api(demo.port, f"{who}@berth.local") for who in ("ana", "ben"))
            booked = {who: book(api, "slice-24gb", "interactive_ml", who) for who, api in (("ana", ana), ("ben", ben))}
            both = wait_for(lambda: ready(ana, booked["ana"]) and ready(ben, booked["ben"]), 2 * PATIENCE, 0.2)
            if not tally.check(bool(both), "two sessions are Ready"):
                return
            inside, other = (Inside(demo, place, admin, booked[who], api) for who, api in (("ana", ana), ("ben", ben)))
            knows_itself(inside, tally)
            goes_on(inside, tally)
            by_hand(inside, tally)
            hostile(inside, other, tally)
            used(inside, other, tally)
            ends(inside, tally)
            log = (data / "data" / "berth.log").read_text(errors="replace") if (data / "data" / "berth.log").exists() else demo.log()
            tally.check("x" * 200 not in log, "what was written there is in no log")
        finally:
            if tally.failed:
                print(demo.log()[-3000:])
            demo.stop()


def main(berth):
    tally = Tally()
    with cluster_of("plain", tally) as place:
        if place:
            run(berth, place, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
