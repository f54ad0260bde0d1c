#!/usr/bin/env python3
"""The daemon of a node's cache against a real portal and a Hub of the tests: what the catalogue names comes, whatever is killed on the
way; a node's token opens its own two calls and nothing else; a report that lies changes nothing but what is said of its own node.

  daemon_test.py BERTH"""

import argparse
import fcntl
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Api, Demo, Tally, folder as demo_folder, wait_for
from hub import Hub, some_model
from models_test import PATIENCE, PIECE, environment, fault_of, folder, half_seen, model_folder

ADMIN, ANA = "admin@berth.local", "ana@berth.local"
SOURCE = "hf://owner/name@main"
NODE = "gpu-node-1"


def as_admin(demo, *arguments):
    return demo.cli(*arguments, home="admin")


def as_ana(demo, *arguments):
    return demo.cli(*arguments, home="ana")


def is_whole(to, model):
    try:
        return not fault_of(to, model)
    except OSError:
        return False


class Daemon:
    """One on a folder, killed at the end."""

    def __init__(self, berth, demo, hub, to, token, marks=(98, 99)):
        self.log = (to.parent / f"daemon-{id(self)}.log").open("w+")
        self.process = subprocess.Popen(
            [berth, "cache", "run", "--to", str(to), "--portal", f"http://127.0.0.1:{demo.port}", "--endpoint", hub.endpoint, "--every-ms", "100",
             "--piece-bytes", str(PIECE), "--first-pause-ms", "5", "--connections", "4", "--low-mark", str(marks[0]), "--high-mark", str(marks[1])],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, env=environment(BERTH_NODE_TOKEN=token))

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.log.close()

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


class Site:
    def __init__(self, demo):
        self.admin, self.ana, self.stranger = Api(demo.port, ADMIN, ["read", "write", "admin"]), Api(demo.port, ANA), Api(demo.port)

    def token(self):
        made = self.admin.send("POST", "/cache/tokens", {"pool": "lab", "node": NODE})
        assert made.status == 201, made.body
        return made.body["token"], made.body["id"]

    def add(self, **more):
        made = self.admin.send("POST", "/cache/artifacts", {"kind": "model", "source": "hf://owner/name"} | more)
        assert made.status == 201, made.body
        return made.body["id"]

    def remove_all(self):
        for one in self.admin.get("/cache/artifacts").body["items"]:
            assert self.admin.send("DELETE", "/cache/artifacts/" + one["id"]).status == 204
        for one in self.admin.get("/cache/tokens").body["items"]:
            assert self.admin.send("DELETE", "/cache/tokens/" + one["id"]).status == 204

    def node(self):
        return self.admin.get("/cache/nodes?pool=lab").body["items"][0]

    def said_of(self, artifact):
        return next((one for one in self.node()["artifacts"] if one["id"] == artifact), {})

    def waits_for(self, artifact, state):
        return wait_for(lambda: self.said_of(artifact).get("state") == state, PATIENCE)

    def as_node(self, token, method, path, body=None):
        return self.stranger.send(method, path, body, {"Authorization": f"Bearer {token}"})


def comes(tally, berth, demo, site):
    with folder() as base, Hub(some_model(big=3_000_000)) as hub:
        to, (token, _) = base / "cache", site.token()
        hub.pause = 0.02
        artifact = site.add(pinned=True)
        with Daemon(berth, demo, hub, to, token) as daemon:
            def pulling():
                now = site.said_of(artifact)
                return now if now.get("state") == "pulling" and now["rate"] > 0 and 0 < now["bytes"] < now["of_bytes"] else None
            seen = wait_for(pulling, PATIENCE)
            tally.check(seen and seen["of_bytes"] == hub.model.size() and seen["seconds_left"] is not None,
                        "while it comes the portal tells bytes, rate and time left", json.dumps(seen) if seen else daemon.said())
            second = subprocess.run([berth, "cache", "run", "--to", str(to), "--portal", f"http://127.0.0.1:{demo.port}"], capture_output=True, text=True,
                                    timeout=PATIENCE, env=environment(BERTH_NODE_TOKEN=token))
            tally.check(second.returncode == 3 and "another daemon" in second.stderr, "a second daemon on the folder is refused", second.stderr.strip())
            served = hub.served
            daemon.kill()
            tally.check(not half_seen(to, hub.model), "killed in mid-fetch, no client sees half of it", f"{served} bytes had come")
        hub.pause = 0
        with Daemon(berth, demo, hub, to, token) as daemon:
            there = site.waits_for(artifact, "cached")
            tally.check(there and is_whole(to, hub.model), "another one brings it to its end", daemon.said())
            twice = hub.served - hub.model.size()
            tally.check(twice <= 4 * PIECE, "and fetches no more again than the pieces that were on their way", f"{twice} bytes")
            now = site.said_of(artifact)
            tally.check(now["digest"] == hub.model.commit and now["bytes"] == hub.model.size(), "the portal tells its commit and size", json.dumps(now))
            disk = site.node()["disk"]
            tally.check(disk["held"] >= hub.model.size() and 0 < disk["free"] < disk["bytes"] and site.node()["rate"] > 0, "and the node's disk and rate", json.dumps(disk))
            table = as_admin(demo, "cache", "status")
            tally.check(table.returncode == 0 and "cached" in table.stdout and SOURCE in table.stdout, "berth cache status shows it", table.stdout + table.stderr)
            # Found corrupt and taken out, it is fetched again.
            path = "config.json"
            (model_folder(to) / "blobs" / hub.model.hash(path)).write_bytes(b"wrong")
            found = subprocess.run([berth, "cache", "verify", "--to", str(to), "--repair"], capture_output=True, text=True, timeout=PATIENCE, env=environment())
            whole = wait_for(lambda: is_whole(to, hub.model), PATIENCE)
            tally.check(found.returncode == 1 and whole, "a corrupt file that is taken out is fetched again", found.stdout + daemon.said())
            tally.check(daemon.kill(signal.SIGTERM) == 0, "told to stop it ends well")
            tally.check(token not in daemon.said(), "its log does not hold the token")
    site.remove_all()


def failures(tally, berth, demo, site):
    with folder() as base, Hub(some_model(big=100_000)) as hub:
        to, (token, _) = base / "cache", site.token()
        missing = site.admin.send("POST", "/cache/artifacts", {"kind": "model", "source": "hf://owner/other", "priority": 900}).body["id"]
        image = site.admin.send("POST", "/cache/artifacts", {"kind": "image", "source": "registry.example.org/engine:1"}).body["id"]
        meant = site.admin.send("POST", "/cache/artifacts", {"kind": "model", "source": "hf://owner/name@refs/pr/1", "digest": "1" * 40}).body["id"]
        good = site.add()
        with Daemon(berth, demo, hub, to, token) as daemon:
            tally.check(site.waits_for(good, "cached"), "what cannot come does not keep the next one", daemon.said())
            why = site.said_of(missing)
            tally.check(why.get("state") == "failed" and "no model" in why["reason"], "a model that is not there says so in words", json.dumps(why))
            site.waits_for(meant, "failed")
            why = site.said_of(meant)
            tally.check(why.get("state") == "failed" and "1" * 40 in why["reason"], "one that is not what the catalogue says is not fetched", json.dumps(why))
            why = site.said_of(image)
            tally.check(why.get("state") == "failed" and "runtime" in why["reason"], "an image says that there is no runtime", json.dumps(why))
            tally.check(site.admin.send("DELETE", "/cache/artifacts/" + good).status == 204
                        and wait_for(lambda: not site.said_of(good), PATIENCE) and is_whole(to, hub.model),
                        "taken out of the catalogue it is told of no more, and stays until its room is needed")
    site.remove_all()


def moves(tally, berth, demo, site):
    with folder() as base, Hub(some_model(big=100_000)) as hub:
        to, (token, _) = base / "cache", site.token()
        artifact = site.add()
        with Daemon(berth, demo, hub, to, token) as daemon:
            site.waits_for(artifact, "cached")
            hub.model = some_model(seed=2, big=100_000)
            shutil.rmtree(model_folder(to))
            there = wait_for(lambda: site.said_of(artifact).get("digest") == hub.model.commit, PATIENCE)
            tally.check(there and "has moved meanwhile" in daemon.said() and is_whole(to, hub.model),
                        "a commit that nobody was told of is not fetched before it was asked about", daemon.said())
    site.remove_all()


def ends_soon(tally, berth):
    """A portal that takes a connection and answers nothing."""
    with folder() as base, socket.create_server(("127.0.0.1", 0)) as silent:
        process = subprocess.Popen([berth, "cache", "run", "--to", str(base / "cache"), "--portal", f"http://127.0.0.1:{silent.getsockname()[1]}"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(BERTH_NODE_TOKEN="bnode_x"))
        try:
            silent.settimeout(PATIENCE)
            connection, _ = silent.accept()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            ended = process.wait(PATIENCE)
            took = time.monotonic() - began
            connection.close()
            tally.check(ended == 0 and took < 10, "told to stop it does not wait for a portal that is silent", f"{ended} after {took:.1f} s")
        finally:
            process.kill()
            process.wait()


def makes_room(tally, berth, demo, site):
    """Marks of a real disk cannot be reached by what tests write: what is above the high one goes at once, so the mark is set below."""
    model = some_model(big=300_000)
    with folder() as base, Hub(model) as hub:
        to, (token, _) = base / "cache", site.token()
        artifact = site.add()
        with Daemon(berth, demo, hub, to, token) as daemon:
            tally.check(site.waits_for(artifact, "cached"), "below its marks a node fetches", daemon.said())
        with (to / ".locks" / model_folder(to).name / "berth.lock").open("w") as busy:
            fcntl.flock(busy, fcntl.LOCK_EX)
            with Daemon(berth, demo, hub, to, token, marks=(1, 1)) as daemon:
                told = wait_for(lambda: "cannot be removed" in site.node()["fault"], PATIENCE)
                before = site.node()["reported_at"]
                goes_on = wait_for(lambda: site.node()["reported_at"] > before, PATIENCE)
                tally.check(told and goes_on and daemon.said().count("could not be removed") == 1 and is_whole(to, model),
                            "a folder that cannot be removed is told, once, and the node reports on", site.node()["fault"] + daemon.said())
        with Daemon(berth, demo, hub, to, token, marks=(1, 1)) as daemon:
            gone = wait_for(lambda: site.said_of(artifact).get("state") == "evicted", PATIENCE)
            tally.check(gone and not model_folder(to).exists() and "%" in site.said_of(artifact)["reason"],
                        "above the mark a model goes, all of it, and says with numbers why it does not come back", json.dumps(site.said_of(artifact)) + daemon.said())
        assert site.admin.send("PATCH", "/cache/artifacts/" + artifact, {"pinned": True}).status == 200
        with Daemon(berth, demo, hub, to, token) as daemon:
            tally.check(site.waits_for(artifact, "cached"), "with room again it comes back", daemon.said())
        with Daemon(berth, demo, hub, to, token, marks=(1, 1)) as daemon:
            before = site.node()["reported_at"]
            looked = wait_for(lambda: site.node()["reported_at"] > before and site.node()["disk"]["high_percent"] == 1, PATIENCE)
            tally.check(looked and site.said_of(artifact)["state"] == "cached" and is_whole(to, model), "what is pinned stays", daemon.said())
    site.remove_all()


def credential(tally, berth, demo, site):
    with folder() as base, Hub(some_model(big=3_000_000)) as hub:
        to, (token, identity) = base / "cache", site.token()
        hub.pause = 0.05
        artifact = site.add()
        with Daemon(berth, demo, hub, to, token) as daemon:
            site.waits_for(artifact, "pulling")
            revoked = site.admin.send("DELETE", "/cache/tokens/" + identity)
            sent_away = wait_for(lambda: "was revoked" in daemon.said(), PATIENCE)
            put_off = wait_for(lambda: "a model was put off" in daemon.said(), PATIENCE)
            tally.check(revoked.status == 204 and sent_away and put_off and daemon.process.poll() is None,
                        "a daemon whose token is revoked is sent away, and fetches no further", daemon.said())
            at = site.node()["reported_at"]
            wait_for(lambda: site.node()["reported_at"] != at, 1)
            tally.check(site.node()["reported_at"] == at, "it reports nothing any more")
        token, _ = site.token()
        closed = [(method, path) for method, path in (
            ("GET", "/pools"), ("GET", "/reservations"), ("GET", "/cache/artifacts"), ("GET", "/cache/nodes"), ("GET", "/cache/tokens"), ("GET", "/users"),
            ("GET", "/auth/me"), ("GET", "/audit")) if site.as_node(token, method, path).status != 401]
        tally.check(not closed, "a node's token opens nothing else", str(closed))
        opened = [api for api in (site.admin, site.ana) if api.get("/cache/node/wanted").status != 401]
        tally.check(not opened, "and no other token opens what is for nodes")
        told = site.as_node(token, "GET", "/cache/node/wanted")
        tally.check(told.status == 200 and not {"email", "owner", "reservation"} & set(told.body["items"][0]), "what a node is told names nobody", json.dumps(told.body["items"][0]))
        clear = subprocess.run([berth, "cache", "run", "--to", str(to), "--portal", "http://portal.invalid"], capture_output=True, text=True, timeout=PATIENCE,
                               env=environment(BERTH_NODE_TOKEN=token))
        tally.check(clear.returncode == 2 and "in the clear" in clear.stderr and token not in clear.stderr, "no token is sent in the clear to another machine",
                    clear.stderr.strip())
    site.remove_all()


def hostile(tally, demo, site):
    token, _ = site.token()
    artifact = site.add()
    disk = {"bytes": 100, "free": 50, "held": 10, "high_percent": 85, "low_percent": 75}
    said = {"id": artifact, "state": "failed", "bytes": 1, "of_bytes": 9, "rate": 1, "digest": "", "reason": "why"}
    good = {"disk": disk, "rate": 1, "fault": "", "artifacts": [said]}
    def put(body):
        return site.as_node(token, "PUT", "/cache/node/report", body)
    tally.check(put(good).status == 200 and site.said_of(artifact)["reason"] == "why", "a good report is taken")
    bad = {"a free disk larger than itself": good | {"disk": disk | {"free": 101}}, "a number below zero": good | {"disk": disk | {"held": -1}},
           "a number beyond any disk": good | {"rate": 1 << 62}, "marks the wrong way round": good | {"disk": disk | {"low_percent": 90}},
           "an unknown field": good | {"node": "other"}, "another node's name": good | {"disk": disk | {"node": 2}},
           "an unknown state": good | {"artifacts": [said | {"state": "stolen"}]}, "one artifact twice": good | {"artifacts": [said, said]},
           "more there than it has": good | {"artifacts": [said | {"bytes": 10}]}, "a long reason": good | {"artifacts": [said | {"reason": "x" * 501}]},
           "501 artifacts": good | {"artifacts": [said] * 501}, "a path for an id": good | {"artifacts": [said | {"id": "../../etc"}]},
           "a digest that is none": good | {"artifacts": [said | {"digest": "<script>"}]}, "no disk": {key: good[key] for key in ("rate", "fault", "artifacts")},
           "a zero byte": good | {"fault": "a\u0000b"}, "no object": [1], "half of a text": b'{"disk":', "fractions": good | {"rate": 0.5}}
    for what, body in bad.items():
        answer = put(body)
        tally.check(400 <= answer.status < 500 and answer.body.get("detail"), f"{what} is refused", f"{answer.status} {answer.body.get('detail', '')[:90]}")
    large = put(json.dumps(good | {"fault": "x"}).encode() + b" " * (8 << 20))
    tally.check(large.status == 413, "8 MiB of blanks are refused", str(large.status))
    limit = put(bad["a number beyond any disk"]).body["errors"][0]
    tally.check(limit["field"] == "rate" and limit["value"] == str(1 << 62) and str(1 << 50) in limit["limit"], "with field, value and limit", json.dumps(limit))
    tally.check(site.said_of(artifact)["reason"] == "why", "and nothing of all that was taken")
    stranger = {"id": "00000000-0000-4000-8000-000000000000", "state": "cached"}
    taken = put(good | {"artifacts": [said | stranger, said | {"reason": "\x1b]0;owned\x07\u202ehidden"}]})
    tally.check(taken.status == 200 and taken.body["ignored"] == 1, "what is not wanted there is left out, and counted", str(taken.body))
    shown = as_admin(demo, "cache", "status")
    tally.check(shown.returncode == 0 and "\x1b" not in shown.stdout and "\x07" not in shown.stdout, "what a node writes cannot steer a terminal")
    audit = site.admin.get("/audit?limit=500").body["items"]
    tally.check(not any(row["object_type"] in ("cache_state", "cache_node") for row in audit) and any(row["object_type"] == "cache_token" for row in audit),
                "reports write no audit rows, tokens do")
    site.remove_all()


def by_hand(tally, demo, site):
    added = as_admin(demo, "cache", "add", "hf://owner/name", "--pool", "lab", "--priority", "7", "--note", "v1, 2026-11")
    tally.check(added.returncode == 0 and SOURCE in added.stdout, "berth cache add adds it", added.stdout + added.stderr)
    again = as_admin(demo, "cache", "add", "hf://owner/name@main")
    tally.check(again.returncode == 3, "a second time it is there already", again.stderr.strip())
    refused = as_ana(demo, "cache", "add", "hf://owner/other")
    tally.check(refused.returncode == 4, "others than admins may not", refused.stderr.strip())
    listed = as_ana(demo, "cache", "list")
    tally.check(listed.returncode == 0 and SOURCE in listed.stdout, "but see it", listed.stdout)
    pinned = as_admin(demo, "cache", "pin", "hf://owner/name", "-o", "json")
    tally.check(pinned.returncode == 0 and json.loads(pinned.stdout)["pinned"] is True, "berth cache pin pins it", pinned.stderr)
    made = as_admin(demo, "cache", "token", "make", NODE)
    prefix = made.stdout.strip()[:12]
    tally.check(made.returncode == 0 and made.stdout.startswith("bnode_") and prefix in as_admin(demo, "cache", "token", "list").stdout, "a token is made and listed", made.stderr)
    ended = as_admin(demo, "cache", "token", "revoke", prefix)
    tally.check(ended.returncode == 0 and site.as_node(made.stdout.strip(), "GET", "/cache/node/wanted").status == 401, "and revoked", ended.stderr)
    gone = as_admin(demo, "cache", "rm", "hf://owner/name")
    tally.check(gone.returncode == 0 and "nothing" in as_admin(demo, "cache", "list").stdout, "berth cache rm takes it out", gone.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    berth = str(pathlib.Path(parser.parse_args().berth).resolve())
    tally = Tally()
    with demo_folder() as place:
        demo = Demo(berth, place)
        try:
            demo.start()
            for email, home in ((ADMIN, "admin"), (ANA, "ana")):
                signed_in = demo.login(email, home=home)
                assert signed_in.returncode == 0, signed_in.stderr
            site = Site(demo)
            ends_soon(tally, berth)
            by_hand(tally, demo, site)
            hostile(tally, demo, site)
            for part in (comes, failures, moves, makes_room, credential):
                part(tally, berth, demo, site)
        finally:
            demo.stop()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
