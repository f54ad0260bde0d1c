#!/usr/bin/env python3
"""The main job as a new user does it: start, sign in, book, Ready, end, stop, start again. Simulated cluster."""

import csv
import decimal
import io
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import PASSWORD, ROOT, Api, Demo, Kubernetes, Tally, empty_postgres, folder, wait_for


def kubectl_reaches(kubeconfig, space, cluster, tally):
    """It sends a token over TLS alone. Where the test cluster's programs are, there is one to try."""
    tally.check(cluster.tls is not None and cluster.headers, "the kubeconfig speaks TLS and has a token")
    programs = sorted(pathlib.Path.home().glob(".cache/berth/testcluster/*/kubectl"))
    kubectl = shutil.which("kubectl") or (str(programs[0]) if programs else None)
    if not kubectl:
        print("      there is no kubectl here to try it with")
        return
    with tempfile.TemporaryDirectory(prefix="berth-") as cache:
        done = subprocess.run([kubectl, "--kubeconfig", kubeconfig, "--cache-dir", cache, "get", "pods", "-n", space, "-o", "name"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    tally.check(done.returncode == 0 and done.stdout.startswith("pod/workspace"), "kubectl works with it", done.stdout + done.stderr)


def as_others_have_it(demo, tally):
    """The demos of other suites are given their PostgreSQL; it is what this one has made for itself."""
    with folder() as place:
        given = empty_postgres.make(place)
        own = demo.folder / "data" / "postgresql"
        differ = [name for name in ("PG_VERSION", "postgresql.conf", "pg_hba.conf", "pg_ident.conf") if (own / name).read_text() != (given / name).read_text()]
    databases = demo.sql("SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype, rolname, current_setting('data_checksums') "
                         "FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE datname = 'template1'")
    tally.check(not differ and databases == [["template1", "UTF8", "C.UTF-8", "C.UTF-8", "postgres", "off"]],
                "the PostgreSQL that demos of other suites are given is as this one's", f"{differ} {databases}")


def main(berth):
    tally = Tally()
    with folder() as place:
        demo = Demo(berth, place, from_nothing=True)
        try:
            run(demo, tally)
        except AssertionError as fault:
            tally.check(False, "the run goes through", str(fault))
            print(demo.log()[-6000:])
        finally:
            demo.kill()
    return tally.close()


def run(demo, tally):
    took = demo.start()
    tally.check(True, "the demo starts and prints its address", f"{took:.1f} s")
    as_others_have_it(demo, tally)

    place = pathlib.Path(demo.berth).resolve().parent
    tally.check(f'export PATH={place}:"$PATH"\n' in demo.log(), "it says how a shell finds this very program", demo.log()[-1500:])

    page = subprocess.run(["curl", "-s", "--compressed", "-D", "-", f"http://127.0.0.1:{demo.port}/calendar"],
                          capture_output=True, text=True, timeout=20).stdout
    tally.check('<script' in page and "content-security-policy: default-src 'none'" in page.lower(), "the address shows the page")

    done = demo.login("ana@berth.local")
    tally.check(done.returncode == 0, "berth login signs in", done.stderr.strip())
    done = demo.cli("pools")
    tally.check(done.returncode == 0 and "slice-24gb" in done.stdout, "berth pools lists the classes")
    done = demo.cli("free", "-o", "json")
    free = json.loads(done.stdout)
    slices = next(c for c in free["device_classes"] if c["device_class"] == "slice-24gb")
    tally.check(slices["segments"][0]["free"] == 4, "berth free says 4 slices are free")

    begun = time.monotonic()
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "2h", "--name", "first", "-o", "json")
    tally.check(done.returncode == 0, "berth book books a slice from now", done.stderr.strip())
    booked = json.loads(done.stdout)
    done = demo.cli("show", "first")
    tally.check(done.returncode == 0 and "session Ready" in done.stdout, "berth show follows the steps until Ready",
                f"{time.monotonic() - begun:.1f} s from the booking" if done.returncode == 0 else done.stdout + done.stderr)

    api = Api(demo.port, "ana@berth.local")
    session = api.get(f"/reservations/{booked['id']}/session").body
    tally.check(all(step["name"] in done.stdout for step in session["steps"]), "all steps are shown")
    tally.check(session["waiting_for"] is None, "a session that is Ready waits for nothing")
    tally.check(all(step["state"] == "done" for step in session["steps"]), "every step is done")
    usage_is_told(demo, tally, booked["id"])
    url = session["endpoints"][0]["url"]
    page = subprocess.run(["curl", "-s", "-w", "%{http_code}", url], capture_output=True, text=True, timeout=20).stdout
    tally.check(page.endswith("200") and "simulated" in page, "the endpoint answers and says that it is simulated", url)

    for command in (["shell", "first", "--", "true"], ["port-forward", "first", "8000"]):
        done = demo.cli(*command, timeout=20)
        tally.check(done.returncode == 6 and "this workspace is simulated" in done.stderr and "make run-real" in done.stderr,
                    f"so does berth {command[0]}, at once", f"{done.returncode}: {done.stderr.strip()}")

    cluster = Kubernetes(demo.addresses()["kubeconfig"])
    space = session["namespace"]
    kubectl_reaches(demo.addresses()["kubeconfig"], space, cluster, tally)
    quota = cluster.items(f"/api/v1/namespaces/{space}/resourcequotas")[0]["spec"]["hard"]
    resource = [k for k in quota if k.startswith("requests.nvidia.com/") and quota[k] != "0"]
    tally.check(len(resource) == 1 and quota[resource[0]] == "2", "the quota allows 2 slots of the slice's own resource",
                str({k: v for k, v in quota.items() if "nvidia" in k}))
    tally.check(all(quota.get(f"requests.{name}") == "0" for name in
                    {"nvidia.com/gpu", "nvidia.com/mig-1g.24gb", "nvidia.com/mig-1g.24gb-me", "nvidia.com/mig-1g.24gb.gfx",
                     "nvidia.com/mig-1g.24gb.me"} - {resource[0].removeprefix("requests.")}),
                "and no other GPU resource of the cluster")

    # Guard objects are put back.
    begun = time.monotonic()
    status, _ = cluster.request("DELETE", f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies/"
                                + cluster.items(f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies")[0]["metadata"]["name"])
    count = len(cluster.items(f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies"))
    back = wait_for(lambda: len(cluster.items(f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies")) > count, 10, 0.02)
    tally.check(status == 200 and back, "a deleted guard object is put back", f"{time.monotonic() - begun:.3f} s, promised 1 s")

    # A settled cluster: no writes but the heartbeat.
    before = demo.sql("SELECT count(*) FROM berth.audit")[0][0], demo.sql("SELECT max(id) FROM berth.event")[0][0]
    versions = lambda: sorted((n["metadata"]["name"], n["metadata"]["resourceVersion"]) for n in cluster.session_namespaces())
    seen = versions()
    time.sleep(3)
    after = demo.sql("SELECT count(*) FROM berth.audit")[0][0], demo.sql("SELECT max(id) FROM berth.event")[0][0]
    tally.check(before == after and seen == versions(), "nothing is written while nothing changes")

    # Ctrl-C, and the next start finds it all again.
    code = demo.stop()
    tally.check(code == 0, "Ctrl-C ends the demo properly", f"exit {code}")
    left = wait_for(lambda: not demo.processes(), 10)
    tally.check(bool(left), "and everything that it started", str(demo.processes()))
    took = demo.start()
    # The simulated machine started anew as well, so its pods take a moment to answer again.
    again = wait_for(lambda: "session Ready" in demo.cli("show", "first", "--no-follow").stdout, 15)
    tally.check(bool(again), "started again, it finds its data", f"{took:.1f} s")

    done = demo.cli("end", "first")
    tally.check(done.returncode == 0, "berth end ends the reservation", done.stderr.strip())
    cluster = Kubernetes(demo.addresses()["kubeconfig"])
    gone = wait_for(lambda: not cluster.session_namespaces(), 30)
    tally.check(bool(gone), "and its namespace is gone")
    state = wait_for(lambda: api.get(f"/reservations/{booked['id']}").body["state"] == "COMPLETED", 10)
    tally.check(bool(state), "and the reservation is COMPLETED")
    live = demo.sql("SELECT count(*) FROM berth.reservation_unit WHERE live AND upper(during) > clock_timestamp()")[0][0]
    tally.check(live == "0", "and its unit is free again")
    unaudited = demo.sql("SELECT count(*) FROM berth.reservation r WHERE NOT EXISTS (SELECT FROM berth.audit a "
                         "WHERE a.object_type = 'reservation' AND a.object_id = r.id::text AND a.after ->> 'state' = r.state)")[0][0]
    tally.check(unaudited == "0", "every state has its audit row")

    # Exit codes and bad input.
    done = demo.cli("book", "slice-24gb", "--units", "5", "--start", "now", "--for", "1h")
    tally.check(done.returncode == 2 and "units" in done.stderr, "too many units are refused with the field", done.stderr.strip())
    done = demo.cli("show", "nothing-of-that-name")
    tally.check(done.returncode == 5, "an unknown reservation has its exit code")
    done = demo.cli("list", home="stranger")
    tally.check(done.returncode == 4, "a stranger is told to sign in")
    addresses_stay(demo, tally, cluster)
    for _ in range(4):
        demo.cli("book", "slice-24gb", "--start", "now", "--for", "1h")
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "1h")
    tally.check(done.returncode == 3 and "These fit:" in done.stderr, "a full class is refused with what would fit",
                done.stderr.strip().splitlines()[-1] if done.stderr else "")
    done = demo.cli("completion", "bash")
    tally.check(done.returncode == 0 and subprocess.run(["bash", "-n"], input=done.stdout, text=True).returncode == 0,
                "the completion script is good bash")
    for words, wanted in ((["berth", "bo"], "book"), (["berth", "book", "--unit"], "--units"), (["berth", "cost", "un"], "unit"),
                          (["berth", "cost", "unit", "--expl"], "--explain")):
        script = f"{done.stdout}\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _berth; echo ${{COMPREPLY[@]}}"
        said = subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout.split()
        tally.check(said == [wanted], f"{' '.join(words)} is completed", " ".join(said))
    people_without_sql(demo, tally)
    demo.process.send_signal(signal.SIGTERM)
    tally.check(demo.process.wait(60) == 0, "SIGTERM ends it too")
    where_others_may_come(demo, tally)


def addresses_stay(demo, tally, cluster):
    """The reference file is for a cluster of its own: declared here it does not lead workspaces to nowhere."""
    done = demo.cli("apply", "-f", "deploy/pools/lab.yaml", home="admin")
    tally.check(done.returncode == 0, "the reference file is declared as the README says", done.stderr.strip())
    done = demo.cli("book", "slice-24gb", "--start", "now", "--for", "1h", "--name", "after apply", "-o", "json", "--wait")
    url = json.loads(done.stdout)["session"]["endpoints"][0]["url"]
    page = subprocess.run(["curl", "-s", "-w", "%{http_code}", url], capture_output=True, text=True, timeout=20).stdout
    tally.check(page.endswith("200"), "and workspaces answer at the addresses that they get", url)
    demo.cli("end", "after apply")
    wait_for(lambda: not cluster.session_namespaces(), 30)


def people_without_sql(demo, tally):
    """An admin takes somebody in and shuts them out again; they change their password; all over the command line."""
    assert demo.login("admin@berth.local", home="admin").returncode == 0
    done = demo.cli("user", "add", "eva@berth.local", "--name", "Eva", home="admin")
    given = next((line.split()[1] for line in done.stdout.splitlines() if line.startswith("password ")), "")
    tally.check(done.returncode == 0 and len(given) == 20, "berth user add makes an account and tells its password", done.stderr.strip())
    done = demo.cli("team", "add", "speech", home="admin")
    done = demo.cli("team", "lead", "speech", "eva@berth.local", home="admin")
    tally.check(done.returncode == 0 and "leads" in done.stdout, "berth team lead takes somebody into a team", done.stderr.strip())
    login = ["login", f"http://127.0.0.1:{demo.port}", "--email", "eva@berth.local", "--password-stdin"]
    done = demo.cli(*login, home="eva", text=given + "\n")
    tally.check(done.returncode != 0 and "second line" in done.stderr, "with which nothing is done but getting another one", done.stderr.strip())
    done = demo.cli(*login, home="eva", text=f"{given}\n{given}\n")
    tally.check(done.returncode != 0 and "is the old one" in done.stderr, "and not the same", done.stderr.strip())
    done = demo.cli(*login, home="eva", text=f"{given}\nher first secret\n")
    tally.check(done.returncode == 0 and demo.cli("pools", home="eva").returncode == 0, "berth login asks for it", done.stderr.strip())
    done = demo.cli("password", "--password-stdin", home="eva", text="her first secret\nmy own secret\n")
    tally.check(done.returncode == 0 and demo.cli(*login, home="eva", text="her first secret\n").returncode == 4
                and demo.cli(*login, home="eva", text="my own secret\n").returncode == 0, "berth password changes it", done.stderr.strip())
    done = demo.cli("token", "make", "script", "--scope", "read", "--password-stdin", home="eva", text="my own secret\n")
    token = done.stdout.strip()
    listed = demo.cli("token", "list", home="eva").stdout
    tally.check(done.returncode == 0 and token.startswith("berth_") and "script" in listed, "berth token make makes a token", done.stderr.strip())
    script = Api(demo.port)
    script.token = token
    before = script.get("/pools").status
    tally.check(demo.cli("token", "revoke", "script", home="eva").returncode == 0 and (before, script.get("/pools").status) == (200, 401),
                "and berth token revoke ends it")
    done = demo.cli("user", "set-role", "eva@berth.local", "admin", "--password-stdin", home="admin", text="wrong\n")
    tally.check(done.returncode == 4, "an admin is made with one's password alone", done.stderr.strip())
    done = demo.cli("user", "set-role", "eva@berth.local", "lead", home="admin")
    tally.check(done.returncode == 0 and "lead" in done.stdout, "berth user set-role gives a role", done.stderr.strip())
    done = demo.cli("user", "disable", "eva@berth.local", home="admin")
    tally.check(done.returncode == 0 and demo.cli("pools", home="eva").returncode == 4, "berth user disable shuts somebody out at once",
                done.stderr.strip())
    done = demo.cli("user", "disable", "admin@berth.local", "--password-stdin", home="admin", text=PASSWORD + "\n")
    tally.check(done.returncode == 3 and "admin" in done.stderr, "but not the last admin", done.stderr.strip())


def where_others_may_come(demo, tally):
    """On an address that others reach the published password is nobody's any more."""
    demo.address = "0.0.0.0"
    demo.start()
    own = (demo.folder / "data" / "password").read_text().strip()
    stranger = Api(demo.port)
    codes = [stranger.send("POST", "/auth/login", {"email": "admin@berth.local", "password": word}).status for word in (PASSWORD, own)]
    tally.check(codes == [401, 200] and own in demo.log(), "where others may come the demo makes a password of its own and tells it", str(codes))
    told = len(demo.log())
    demo.stop()
    demo.address = "127.0.0.1"
    demo.start()
    tally.check(own not in demo.log()[told:] and demo.login("ben@berth.local").returncode == 0, "once, and it stays")
    open_to_others = [str(path) for path in (demo.folder / "data").rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    tally.check(not open_to_others and (demo.folder / "data").stat().st_mode & 0o066 == 0, "no file of a demo is for others to read",
                str(open_to_others[:5]))
    demo.stop()


def usage_is_told(demo, tally, reservation):
    """What runs is in the usage; with an annual cost from the pool file it has a price, and all of it adds up."""
    usage = json.loads(demo.cli("usage", "--by", "session", "-o", "json").stdout)
    mine = [row for row in usage["items"] if row["key"] == reservation]
    tally.check(len(mine) == 1 and mine[0]["unit_hours"] > 0 and usage["idle"]["unit_hours"] > 0 and usage["provisional"],
                "berth usage tells the running session and the idle hours", f"{mine}")
    tally.check(usage["total"]["cost_micros"] is None and "lab" in usage["reasons"]["cost"] and mine[0]["tokens"] is None,
                "and no share of an annual cost and no tokens that nobody told", usage["reasons"]["cost"])
    tally.check(mine[0]["booked_cost_micros"] > 0 and usage["booked_currency"] == "EUR", "and what it costs as it was booked", f"{mine}")

    priced = (ROOT / "deploy/pools/lab.yaml").read_text() + '\nannual_cost: { amount: "123456789.01", currency: EUR }\n'
    demo.login("admin@berth.local", home="admin")
    done = demo.cli("apply", "-f", "-", home="admin", text=priced)
    tally.check(done.returncode == 0 and "annual_cost" in done.stdout, "berth apply sets the annual cost", done.stderr.strip())
    tally.check('apps_domain stays "localhost"' in done.stdout and "this is a demo" in done.stdout,
                "the demo keeps its own addresses and says so", done.stdout)
    lines = list(csv.DictReader(io.StringIO(demo.cli("usage", "--by", "session", "-o", "csv", home="admin").stdout)))
    for column in ("cost (EUR)", "share of annual cost (EUR)"):
        costs = {line["kind"]: decimal.Decimal(line[column]) for line in lines}
        tally.check(costs["total"] > 0 and sum(costs.values()) == 2 * costs["total"] and len(lines) == 3,
                    f"and {column} in the CSV adds up to its total", f"{costs}")
    table = demo.cli("usage", home="admin")
    tally.check(table.returncode == 0 and "ana@berth.local" in table.stdout and "idle" in table.stdout and "total" in table.stdout,
                "berth usage prints a table", table.stderr.strip())


sys.exit(main(sys.argv[1]))
