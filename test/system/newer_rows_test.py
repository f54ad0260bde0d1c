#!/usr/bin/env python3
"""A program beside rows and a schema of a newer one: what it does not know it leaves alone and says so, everything else goes on,
also after a restart."""

import json
import sys
import urllib.request

from harness import Api, Demo, Kubernetes, Tally, folder, wait_for

NEW_STEP = 'made by a newer version: step "cache_warm"'


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place)
        try:
            run(demo, tally)
        except AssertionError as fault:
            tally.check(False, "the run goes through", str(fault))
            print(demo.log()[-6000:])
        finally:
            demo.kill()
    return tally.close()


def book(demo, name):
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "2h", "--name", name, "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["id"]


def becomes_ready(demo, name):
    return "session Ready" in demo.cli("show", name).stdout


def findings(demo):
    found = Api(demo.port, "admin@berth.local", ["read", "admin"]).get("/findings")
    assert found.status == 200, found.body
    return [(one["object"], one["detail"]) for one in found.body["items"] if one["kind"] == "newer_version"]


def ready(demo):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/readyz", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def run(demo, tally):
    demo.start()
    demo.login("ana@berth.local")
    first = book(demo, "first")
    assert becomes_ready(demo, "first")
    api = Api(demo.port, "ana@berth.local")
    space = api.get(f"/reservations/{first}/session").body["namespace"]

    # The row that a newer version leaves.
    demo.sql("INSERT INTO berth.step (session, ordinal, name, state) SELECT id, 11, 'cache_warm', 'done' FROM berth.session")
    demo.sql("SELECT pg_notify('berth_work', cluster) FROM berth.pool")
    said = wait_for(lambda: findings(demo), 30, 0.2)
    tally.check(said == [(space, NEW_STEP)], "a step of a newer version becomes a finding", str(said))
    tally.check(demo.process.poll() is None, "and the program lives")
    book(demo, "second")
    tally.check(becomes_ready(demo, "second"), "another session comes up beside it")
    session = api.get(f"/reservations/{first}/session").body
    tally.check(session["newer_version"] == NEW_STEP and session["phase"] == "Ready" and len(session["steps"]) == 11,
                "the session is shown, and what is not known of it", str(session.get("newer_version")))
    listed = api.get("/reservations?mine=true").body
    tally.check({one["name"] for one in listed["items"]} == {"first", "second"}, "the list shows both")

    done = demo.cli("end", "first")
    assert done.returncode == 0, done.stderr
    book(demo, "third")
    tally.check(becomes_ready(demo, "third"), "a third one comes up")
    cluster = Kubernetes(demo.addresses()["kubeconfig"])
    tally.check(space in [one["metadata"]["name"] for one in cluster.session_namespaces()]
                and api.get(f"/reservations/{first}").body["state"] == "ACTIVE",
                "what cannot be read is not ended by who cannot read it")

    epoch = lambda: int(demo.sql("SELECT max(epoch) FROM berth.heartbeat")[0][0])
    before = epoch()
    demo.stop()
    demo.start()
    tally.check(wait_for(lambda: epoch() > before, 60, 0.2), "started again it looks at the row anew")
    tally.check(demo.process.poll() is None and findings(demo) == [(space, NEW_STEP)], "started again it lives, and says the same")

    # A newer schema: what it adds disturbs nobody, what it says of older programs is heard.
    demo.sql("INSERT INTO berth.schema_migration (version, name, sha256) VALUES (9999, '9999_later', 'x')")
    for table in ("reservation", "session", "step", "pool", "unit", "finding"):
        demo.sql(f"ALTER TABLE berth.{table} ADD COLUMN added_later text NOT NULL DEFAULT 'x'")
    tally.check(ready(demo) == 200, "beside a schema that added things it is ready")
    book(demo, "fourth")
    tally.check(becomes_ready(demo, "fourth"), "and books and brings up")
    demo.sql("UPDATE berth.installation SET serves_from_step = 9999")
    tally.check(wait_for(lambda: ready(demo) == 503, 20, 0.2), "a schema that serves newer programs alone makes it not ready")

    demo.sql("DELETE FROM berth.step WHERE name = 'cache_warm'")
    demo.sql("SELECT pg_notify('berth_work', cluster) FROM berth.pool")
    tally.check(wait_for(lambda: not findings(demo), 40, 0.2), "the finding resolves itself when the row can be read")
    over = wait_for(lambda: api.get(f"/reservations/{first}").body["state"] == "COMPLETED", 40, 0.2)
    tally.check(bool(over), "and what was asked for meanwhile is done")
    log = (demo.folder / "data" / "berth.log").read_text(errors="replace") + demo.log()
    tally.check("terminate called" not in log, "nobody died of it")


sys.exit(main(sys.argv[1]))
