#!/usr/bin/env python3
"""A kubeconfig for one's own session, on a real API server, with portal and reconciler as processes of their own: kubectl works with it in
the session's namespace and nowhere else, as long as the session lives; nobody else gets one; and what leads into the cluster
is in no row, log or audit."""

import base64
import json
import pathlib
import re
import subprocess
import sys
import time

import yaml

import clusters
from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Role, Tally, folder, running, wait_for
from sessions import book, ready, session_of

PATIENCE = 60
SILENCE_SECONDS = 15      # so long the portal waits for the reconciler
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")   # of any service account
PRIVATE = 0o600


def kubectl(place, file, *arguments):
    done = clusters.kubectl(place, "--kubeconfig", str(file), *arguments, timeout=60)
    return done.returncode, done.stdout.strip() + done.stderr.strip()


def take(api, booked, timeout=60):
    return api.send("POST", f"/reservations/{booked['id']}/kubeconfig", timeout=timeout)


def by_cli(demo, place, booked, session, tally):
    """As its owner does at a prompt: a file that works there and nowhere else."""
    file = demo.folder / "lab.kubeconfig"
    done = demo.cli("kubeconfig", "mine", "--output", str(file), home="ana")
    tally.check(done.returncode == 0, "its owner gets a kubeconfig", done.stderr.strip())
    end = time.strftime("%H:%M UTC", time.strptime(booked["end"], "%Y-%m-%dT%H:%M:%SZ"))
    tally.check(re.fullmatch(rf"valid until .*{end}, this workspace only", done.stderr.strip()) and done.stdout == "",
                "and is told until when it is good and for what", done.stderr.strip())
    tally.check(file.stat().st_mode & 0o7777 == PRIVATE, "the file is for its owner alone to read", oct(file.stat().st_mode))
    config = yaml.safe_load(file.read_text())
    context = f"mine-{booked['id'][:8]}"
    tally.check(config["current-context"] == context == config["users"][0]["name"]
                and config["contexts"][0]["context"]["namespace"] == session["namespace"],
                "context and user are named after the reservation, the namespace is the session's", str(config["contexts"]))
    code, answer = kubectl(place, file, "get", "pods")
    tally.check(code == 0 and "workspace" in answer, "kubectl lists the session's pods with it", answer)
    for what in (["get", "pods", "--namespace=kube-system"], ["get", "pods", "--all-namespaces"], ["get", "namespaces"], ["get", "nodes"]):
        code, answer = kubectl(place, file, *what)
        tally.check(code != 0 and "forbidden" in answer, f"kubectl {' '.join(what)} is refused", answer)
    done = demo.cli("kubeconfig", "mine", "--output", str(file), home="ana")
    tally.check(done.returncode == 1 and "--force" in done.stderr, "a file that is there is left as it is", done.stderr.strip())
    done = demo.cli("kubeconfig", "mine", "--output", str(file), "--force", home="ana")
    tally.check(done.returncode == 0 and kubectl(place, file, "get", "pods")[0] == 0, "and replaced where that is asked for", done.stderr.strip())
    done = demo.cli("kubeconfig", "mine", home="ana")
    tally.check(done.returncode == 0 and yaml.safe_load(done.stdout)["current-context"] == context, "without a file it is printed", done.stderr)
    return file


def others(demo, ana, booked, tally):
    ana.send("POST", f"/reservations/{booked['id']}/guests", {"email": "ben@berth.local"})
    for who, scopes in (("ben", None), ("lead", None), ("admin", ["read", "write", "admin"])):
        answer = take(Api(demo.port, f"{who}@berth.local", scopes), booked)
        tally.check(answer.status in (403, 404), f"{who} gets none of it", f"{answer.status} {answer.body.get('code')}")
    asked = demo.sql("SELECT count(*) FROM berth.audit WHERE action = 'kubeconfig.asked' AND actor NOT IN "
                     "(SELECT 'user:' || id FROM berth.app_user WHERE email = 'ana@berth.local')")
    tally.check(asked == [["0"]], "and nobody asked the reconciler for them", str(asked))


def killed(demo, begin, kubeconfig, reconciler, ana, booked, tally):
    """Nothing that is asked hangs on one life of the reconciler."""
    reconciler.kill()
    begun = time.monotonic()
    answer = take(ana, booked)
    tally.check(answer.status == 503 and answer.body["code"] == "controller_silent" and "within 15 s" in answer.body["detail"],
                "without a reconciler the portal says that it does not answer", f"{time.monotonic() - begun:.1f} s, {answer.body}")
    left = demo.sql("SELECT count(*) FROM berth.kubeconfig_request")
    tally.check(left == [["0"]], "and takes its question back", str(left))
    dying = begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, "--lease-seconds", "2", "--exit-after-effects", "1"))
    first = wait_for(lambda: (it := take(ana, booked)).status == 200 and it, PATIENCE)
    tally.check(bool(first) and wait_for(lambda: not dying.alive(), PATIENCE), "one that dies of its answer has given it")
    begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, "--lease-seconds", "2"))
    again = wait_for(lambda: (it := take(ana, booked)).status == 200 and it, PATIENCE)
    tally.check(bool(again) and again.body["kubeconfig"] != first.body["kubeconfig"], "the next one gives another one when asked again")


def as_declared(demo, ana, booked, tally):
    """Where people outside reach the API server, and what its certificate is held against there."""
    certificate = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"
    before = demo.sql("SELECT facts FROM berth.cluster")[0][0]
    for authority, wanted in (("system", None), (certificate, base64.b64encode(certificate.encode()).decode())):
        facts = json.loads(before) | {"api_url": "https://api.lab.example:6443", "api_authority": authority}
        demo.sql(f"SELECT set_config('berth.actor', 'owner', false); UPDATE berth.cluster SET facts = $json${json.dumps(facts)}$json$")
        given = yaml.safe_load(take(ana, booked).body["kubeconfig"])["clusters"][0]["cluster"]
        tally.check(given["server"] == facts["api_url"] and given.get("certificate-authority-data") == wanted,
                    f"a cluster's own address and authority are in the file ({authority[:6]})", str(given))
    demo.sql(f"SELECT set_config('berth.actor', 'owner', false); UPDATE berth.cluster SET facts = $json${before}$json$")


def signed_out(demo, place, file, cluster, ana, booked, session, tally):
    """Who ends all ways in ends those as well."""
    guard = f"/api/v1/namespaces/{session['namespace']}/secrets/berth-kubeconfig"
    before = cluster.get(guard)[1]["metadata"]["uid"]
    tally.check(kubectl(place, file, "get", "pods")[0] == 0, "a file is good as long as nobody ends it")
    tally.check(ana.send("POST", "/auth/sign-out-everywhere").status == 204, "its owner signs out everywhere")
    begun = time.monotonic()
    refused = wait_for(lambda: "Unauthorized" in (it := kubectl(place, file, "get", "pods")[1]) or "must be logged in" in it, PATIENCE, 0.5)
    tally.check(bool(refused), "and the API server takes the file's token no more", f"{time.monotonic() - begun:.1f} s")
    tally.check(cluster.get(guard)[1]["metadata"]["uid"] != before, "since what it hung on was made anew")
    running = [pod["metadata"]["name"] for pod in cluster.get(f"/api/v1/namespaces/{session['namespace']}/pods")[1]["items"]]
    tally.check(any(name.startswith("workspace-") for name in running), "the workspace goes on", str(running))
    ana = Api(demo.port, "ana@berth.local")
    answer = wait_for(lambda: (it := take(ana, booked)).status == 200 and it, PATIENCE)
    if tally.check(bool(answer), "who signs in again gets another one"):
        file.write_text(answer.body["kubeconfig"])
        tally.check(kubectl(place, file, "get", "pods")[0] == 0, "which is good")
    return ana


def ended(demo, place, file, ana, booked, tally):
    token = yaml.safe_load(file.read_text())["users"][0]["user"]["token"]
    ana.send("DELETE", f"/reservations/{booked['id']}")
    refused = wait_for(lambda: "Unauthorized" in (it := kubectl(place, file, "get", "pods")[1]) or "must be logged in" in it, PATIENCE, 0.5)
    tally.check(bool(refused), "with the session's end the API server takes the token no more", kubectl(place, file, "get", "pods")[1])
    answer = take(ana, booked)
    tally.check(answer.status == 409 and answer.body["code"] == "workspace_not_ready", "and there is no other one", str(answer.body))
    return token


def nothing_left(demo, roles, token, tally):
    """Of any account of any session, in no form that is of use to who reads it."""
    urls = demo.addresses()
    dump = subprocess.run(["pg_dump", "--data-only", urls["database_owner"]], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120)
    if dump.returncode != 0:   # where only a server's own tools are
        rows = demo.sql("SELECT a::text FROM berth.audit a UNION ALL SELECT q::text FROM berth.kubeconfig_request q")
        text = "\n".join(line for row in rows for line in row)
    else:
        text = dump.stdout
    tally.check("kubeconfig.given" in text, "what was given is in the audit log", text[-300:])
    tally.check(token not in text and not TOKEN.search(text), "no token is in any row or in the audit log")
    logs = demo.log() + "".join(role.log() for role in roles) + "".join(
        path.read_text(errors="replace") for path in (demo.folder / "data").glob("*.log"))
    tally.check(token not in logs and not TOKEN.search(logs), "and in no log")


def run(berth, place, tally):
    kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
    cluster = Kubernetes(kubeconfig)
    with folder() as data:
        demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--without-reconciler")
        roles = []
        with running(demo, tally) as start:
            def begin(role):
                roles.append(role)
                role.path = data / f"reconciler-{len(roles)}.log"
                return start(role)
            reconciler = begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, "--lease-seconds", "2"))
            tally.check(demo.login("ana@berth.local", home="ana").returncode == 0, "ana signs in")
            ana = Api(demo.port, "ana@berth.local")
            booked = book(ana, "slice-24gb", "interactive_ml", "mine")
            session = wait_for(lambda: ready(ana, booked), PATIENCE)
            if not tally.check(bool(session), "the session is Ready", str(session_of(ana, booked))):
                return
            tally.check(cluster.get(f"/api/v1/namespaces/{session['namespace']}")[0] == 200, "on the real API server")
            file = by_cli(demo, place, booked, session, tally)
            others(demo, ana, booked, tally)
            killed(demo, begin, kubeconfig, reconciler, ana, booked, tally)
            as_declared(demo, ana, booked, tally)
            ana = signed_out(demo, place, file, cluster, ana, booked, session, tally)
            token = ended(demo, place, file, ana, booked, tally)
            nothing_left(demo, roles, token, tally)


def main(berth):
    tally = Tally()
    with cluster_of("plain", tally) as place:
        if place:
            run(berth, place, tally)
    return tally.close()


sys.exit(main(sys.argv[1]))
