#!/usr/bin/env python3
"""A backup, and the database lost: sessions run on a real API server, `berth backup` writes them down, more happens, then the portal, the
reconciler and PostgreSQL are killed and the database's files are removed. `berth restore` puts the backup into an empty database of a new
server: the same reservations, the same sessions in the pods they had, the same audit log; what began since the backup is told and not touched.

  backup_test.py BERTH"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Portal, Role, Tally, folder, running, wait_for
from private_postgres import PrivatePostgres
from sessions import all_applied, as_it_was, book, pods, ready, session_of

FLAVOUR = "plain"
PATIENCE = 300
LEASE = ("--lease-seconds", "3")   # a reconciler is killed three times, and the next one waits for so long


class Command:
    """The program at an admin's desk. What it says is looked through for what nobody may read."""

    def __init__(self, berth):
        self.berth, self.said, self.secrets = berth, "", []

    def __call__(self, *arguments, **environment):
        done = subprocess.run([self.berth, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env={key: value for key, value in os.environ.items() if not key.startswith("BERTH_")} | environment)
        self.said += done.stdout + done.stderr
        return done


class Restored:
    """What roles need to know of the new server; people have the passwords that they had."""

    def __init__(self, demo, postgres):
        self.berth, self.folder, self.postgres, self.port = demo.berth, demo.folder, postgres, demo.port

    def addresses(self):
        return {f"database_{name}": self.postgres.url(f"site_{name}") for name in ("portal", "reconciler")}

    def sql(self, statement):
        return self.postgres.sql(statement)


def phase(api, booked):
    session = session_of(api, booked) or {}
    return f"{session.get('phase')} {session.get('reason', '')} {session.get('waiting_for') or ''}".strip()


def audit_of(rows):
    return dict(row.split("|", 1) for row in rows)


AUDIT = "SELECT id || '|' || md5(a::text) FROM berth.audit a"


def refusals(command, tally, place, key, reader):
    """What is typed wrongly is told before anything is written."""
    to = place / "refused"
    to.mkdir()
    public = {"BERTH_BACKUP_PUBLIC_KEY": (place / "public").read_text()}
    cases = [("without a database", ["--to", to], public, "--database-url"), ("without a folder", [], reader | public, "--to"),
             ("into a folder that is not there", ["--to", place / "none"], reader | public, "no folder that is there"),
             ("without a key", ["--to", to], reader, "BERTH_BACKUP_PUBLIC_KEY"),
             ("with the private half", ["--to", to], reader | {"BERTH_BACKUP_PUBLIC_KEY": key.read_text()}, "private half"),
             ("without an empty database to try it in", ["--to", to], {"BERTH_DATABASE_URL": reader["BERTH_DATABASE_URL"]} | public, "--scratch-url"),
             ("with a password in its arguments", ["--to", to, "--scratch-url", "host=h password=hidden"], reader | public, "BERTH_BACKUP_SCRATCH_URL")]
    wrong = []
    for what, arguments, environment, words in cases:
        done = command("backup", *arguments, **environment)
        if done.returncode != 2 or words not in done.stderr or "hidden" in done.stderr:
            wrong.append(f"{what}: {done.returncode} {done.stderr.strip()}")
    tally.check(not wrong and not list(to.iterdir()), f"{len(cases)} ways to ask wrongly are told, and write nothing", "; ".join(wrong))
    again = command("backup", "key", key)
    tally.check(again.returncode == 2 and "is there already" in again.stderr, "a key that is there is not written over", again.stderr.strip())


def back_up(command, demo, tally, place):
    """As the CronJob: a role that reads, an empty database, the public half. The file."""
    root = re.sub(r"user=\S+", "user=postgres", demo.addresses()["database_owner"])
    def as_root(statement):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", root, "-c", statement], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    for statement in ("CREATE ROLE berth_backup NOLOGIN", "CREATE ROLE site_backup LOGIN IN ROLE berth_backup", "CREATE DATABASE berth_scratch OWNER site_backup"):
        as_root(statement)
    of_backup = re.sub(r"user=\S+", "user=site_backup", root)
    reader = {"BERTH_DATABASE_URL": of_backup, "BERTH_BACKUP_SCRATCH_URL": re.sub(r"dbname=\S+", "dbname=berth_scratch", of_backup)}
    key = place / "key"
    made = command("backup", "key", key)
    tally.check(made.returncode == 0 and made.stdout.startswith("berth-backup-public-1:") and key.stat().st_mode & 0o777 == 0o600,
                "berth backup key makes a pair, its private half for its owner alone", made.stderr.strip())
    (place / "public").write_text(made.stdout)
    command.secrets.append(key.read_text().strip().partition(":")[2])
    refusals(command, tally, place, key, reader)

    to = place / "backups"
    to.mkdir()
    environment = reader | {"BERTH_BACKUP_PUBLIC_KEY": made.stdout.strip()}
    done = command("backup", "--to", to, **environment)
    tally.check(done.returncode == 1 and "run berth migrate" in done.stderr and not list(to.glob("*.backup")), "a role that may not read yet gets nothing, and reads what to do", done.stderr.strip())
    migrated = command("migrate", BERTH_DATABASE_URL=demo.addresses()["database_owner"])
    begun = time.monotonic()
    done = command("backup", "--to", to, "--keep", "2", **environment)
    files = list(to.glob("*.backup"))
    tally.check(migrated.returncode == 0 and done.returncode == 0 and len(files) == 1 and "restored and compared row by row" in done.stdout,
                "once berth migrate gave it its rights, berth backup writes one and tries it", f"{time.monotonic() - begun:.1f} s {done.stdout.strip()} {done.stderr.strip()}")
    noted = demo.sql("SELECT file, bytes FROM berth.backup")
    tally.check(noted == [[files[0].name, str(files[0].stat().st_size)]] and demo.sql("SELECT actor FROM berth.audit WHERE action = 'backup.created'") == [["backup"]],
                "it is noted, and the note is audited", str(noted))
    looked = command("backup", "verify", "--from", files[0], "--key-file", key, BERTH_BACKUP_SCRATCH_URL=reader["BERTH_BACKUP_SCRATCH_URL"])
    tally.check(looked.returncode == 0 and "restored and compared" in looked.stdout, "with the private half it opens, and can be tried again", looked.stdout + looked.stderr)
    raw = files[0].read_bytes()
    hash = hashlib.sha256(raw).hexdigest()
    right = command("backup", "verify", "--from", files[0], "--key-file", key, "--sha256", hash)
    other = command("backup", "verify", "--from", files[0], "--key-file", key, "--sha256", "a" * 64)
    tally.check(f"sha256 {hash}" in done.stdout and right.returncode == 0 and f"sha256 {hash}, as was given" in right.stdout and other.returncode == 1
                and hash in other.stderr and "a" * 64 in other.stderr, "it is told by its SHA-256, and another file is refused", right.stderr + other.stderr)
    tally.check(b"ana@berth.local" not in raw and b"argon2" not in raw, "what is in it cannot be read", f"{len(raw)} bytes")
    return files[0], key


def lose_everything(demo, roles, tally):
    data = demo.folder / "data" / "postgresql"
    postgres = int((data / "postmaster.pid").read_text().split()[0])
    for pid in [*(role.process.pid for role in roles), demo.process.pid, postgres]:
        os.kill(pid, signal.SIGKILL)
    for role in roles:
        role.process.wait()
    demo.kill()
    shutil.rmtree(data)
    tally.check(not data.exists(), "portal, reconciler and PostgreSQL are dead, and the database's files are gone")


def put_back(command, tally, place, file, key):
    """Into an empty database of a new server, after what is refused; the server."""
    home = place / "new"
    home.mkdir()
    home.chmod(0o755)
    postgres = PrivatePostgres(home)
    postgres.start()
    postgres.sql("CREATE ROLE site_owner LOGIN CREATEROLE", database="postgres")
    postgres.sql("CREATE DATABASE berth OWNER site_owner", database="postgres")
    owner = {"BERTH_DATABASE_URL": postgres.url("site_owner")}
    other, cut = place / "other-key", place / "cut"
    command("backup", "key", other)
    cut.write_bytes(file.read_bytes()[:-1])
    wrong = []
    for what, arguments, words in (("another key", ["--from", file, "--key-file", other], "is sealed to the key"), ("a file cut off", ["--from", cut, "--key-file", key], "cut off"),
                                   ("another file", ["--from", file, "--key-file", key, "--sha256", "a" * 64], "the one that was given (--sha256) is"),
                                   ("no file", ["--from", place / "none", "--key-file", key], "No such file"), ("no key", ["--from", file, "--key-file", file], "no private half")):
        done = command("restore", *arguments, **owner)
        if done.returncode == 0 or words not in done.stderr:
            wrong.append(f"{what}: {done.returncode} {done.stderr.strip()}")
    with subprocess.Popen(["psql", "-X", "-q", "-d", postgres.url("postgres")], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as somebody:
        wait_for(lambda: postgres.sql("SELECT 1 FROM pg_stat_activity WHERE datname = 'berth' AND pid <> pg_backend_pid()"), PATIENCE)
        done = command("restore", "--from", file, "--key-file", key, **owner)
        somebody.stdin.close()
    if done.returncode != 1 or "1 other connection, by postgres (psql)" not in done.stderr:
        wrong.append(f"somebody connected: {done.returncode} {done.stderr.strip()}")
    wait_for(lambda: not postgres.sql("SELECT 1 FROM pg_stat_activity WHERE datname = 'berth' AND pid <> pg_backend_pid()"), PATIENCE)
    left = postgres.sql("SELECT nspname FROM pg_namespace WHERE nspname = 'berth'")
    tally.check(not wrong and not left, "another key, half a file, no file and a database in use are refused, and nothing is in it", "; ".join(wrong))

    begun = time.monotonic()
    done = command("restore", "--from", file, "--key-file", key, **owner)
    tally.check(done.returncode == 0 and "2 live sessions" in done.stdout and "the audit log is the one that was backed up" in done.stdout
                and re.search(r"each change of each of \d+ reservations has its row", done.stdout),
                "berth restore puts it into an empty database, and says that the audit log is what it was", f"{time.monotonic() - begun:.1f} s {done.stdout.strip()} {done.stderr.strip()}")
    again = command("restore", "--from", file, "--key-file", key, **owner)
    tally.check(again.returncode == 1 and "is not empty (there is " in again.stderr, "and not a second time over it", again.stderr.strip())
    tally.check(postgres.sql("SELECT rolcreaterole FROM pg_roles WHERE rolname = 'site_owner'") == ["f"], "its owner makes no roles any more")
    for name in ("portal", "reconciler"):
        postgres.sql(f"CREATE ROLE site_{name} LOGIN IN ROLE berth_{name}")
    return postgres


def goes_on(site, demo, cluster, kubeconfig, tally, before):
    """A portal and a reconciler on the new database, and the cluster as it was left."""
    portal = Portal(site)
    reconciler = Role(site, "reconciler", "--kubeconfig", kubeconfig, *LEASE)
    try:
        portal.start()
        api = Api(portal.port, "ana@berth.local")
        tally.check({key: as_it_was(api, {"id": key}) for key in before["reservations"]} == before["reservations"], "every reservation is as it was",
                    str(len(before["reservations"])))
        tally.check(api.get(f"/reservations/{before['unknown']['id']}").status == 404, "one that was made after the backup is not known")
        written = audit_of(site.sql(AUDIT))
        tally.check(all(written.get(row) == text for row, text in before["audit"].items()) and len(before["audit"]) > 20,
                    "no row of the audit log of then is lost or changed", f"{len(before['audit'])} then, {len(written)} now")
        last = site.sql("SELECT action FROM berth.audit WHERE actor = 'owner' ORDER BY id DESC LIMIT 3")
        tally.check(last == ["gate_key.created", "database.restored", "gate_key.changed"],
                    "and it says that the database was restored, and that another key signs tickets", str(last))

        reconciler.start()
        finding = "SELECT object FROM berth.finding WHERE kind = 'newer_than_database' AND resolved_at IS NULL"
        unknown = before["unknown"]["namespace"]
        tally.check(wait_for(lambda: site.sql(finding) == [unknown], PATIENCE), "the session that it does not know is a finding", str(site.sql(finding)))
        # Whatever it begins now: what it does not know stays somebody else's.
        fresh = book(api, "slice-24gb", "interactive_ml", "fresh")
        tally.check(bool(wait_for(lambda: ready(api, fresh), PATIENCE)), "a new session begins", phase(api, fresh))
        reconciler.kill()
        reconciler.start()
        swept = time.time()
        reported = lambda: site.sql(f"SELECT 1 FROM berth.heartbeat WHERE at > to_timestamp({swept}) + interval '1 second'")
        tally.check(wait_for(reported, PATIENCE), "another reconciler takes over and looks at all of it")
        tally.check(cluster.get(f"/api/v1/namespaces/{unknown}")[0] == 200 and pods(cluster, unknown) == before["pods"][unknown]
                    and site.sql(finding) == [unknown], "and what runs unknown runs on, in the same pod")
        for space, session in before["sessions"].items():
            now = session_of(api, {"id": session["reservation"]})
            same = all(now[key] == session["row"][key] for key in ("namespace", "phase", "attempt") if key in now)
            tally.check(same and pods(cluster, space) == before["pods"][space] and all_applied(cluster, space, FLAVOUR),
                        f"{session['name']} runs on, in the same pod", ", ".join(before["pods"][space][0]))

        for one in [fresh, *({"id": session["reservation"]} for session in before["sessions"].values())]:
            api.send("DELETE", f"/reservations/{one['id']}")
        names = lambda: {space["metadata"]["name"] for space in cluster.session_namespaces(before["installation"])}
        tally.check(wait_for(lambda: names() == {unknown}, PATIENCE), "they end as any other, and nothing of them is left", str(names()))
        cluster.request("DELETE", f"/api/v1/namespaces/{unknown}")
        tally.check(wait_for(lambda: not names(), PATIENCE), "the unknown one is removed by hand")
        reconciler.kill()
        reconciler.start()   # who takes over looks at all of it, and not minutes later
        tally.check(wait_for(lambda: not site.sql(finding), PATIENCE), "and then its finding is over", str(site.sql(finding)))
    finally:
        reconciler.kill()
        portal.kill()


def run(berth, place, data, tally):
    kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
    cluster = Kubernetes(kubeconfig)
    demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--without-reconciler")
    command = Command(berth)
    postgres = None
    try:
        with running(demo, tally) as begin:
            portal = begin(Portal(demo))
            roles = [portal, begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, *LEASE))]
            api = Api(portal.port, "ana@berth.local")
            live = [book(api, "slice-24gb", "interactive_ml", "editing"), book(api, "slice-24gb", "interactive_ml", "training")]
            start = time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() + 2 * 86_400))
            others = [api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "name": name, "start": start,
                                                         "duration_minutes": 60}).body for name in ("later", "canceled")]
            api.send("DELETE", f"/reservations/{others[1]['id']}")
            for one in live:
                tally.check(bool(wait_for(lambda: ready(api, one), PATIENCE)), f"{one['name']} is Ready", phase(api, one))
            before = {"installation": demo.sql("SELECT id FROM berth.installation")[0][0], "audit": audit_of(row[0] for row in demo.sql(AUDIT)),
                      "reservations": {one["id"]: as_it_was(api, one) for one in [*live, *others]}}
            file, key = back_up(command, demo, tally, data)

            after = book(api, "slice-24gb", "interactive_ml", "after")
            tally.check(bool(wait_for(lambda: ready(api, after), PATIENCE)), "one that begins after the backup is Ready", phase(api, after))
            before["unknown"] = {"id": after["id"], "namespace": session_of(api, after)["namespace"]}
            rows = [(one, session_of(api, one)) for one in live]
            before["sessions"] = {row["namespace"]: {"reservation": one["id"], "name": one["name"], "row": row} for one, row in rows}
            before["pods"] = {space: pods(cluster, space) for space in [*before["sessions"], before["unknown"]["namespace"]]}
            lose_everything(demo, roles, tally)

            postgres = put_back(command, tally, data, file, key)
            goes_on(Restored(demo, postgres), demo, cluster, kubeconfig, tally, before)
    finally:
        if postgres:
            postgres.stop()
    shown = [secret for secret in command.secrets if secret in command.said]
    tally.check(command.secrets and not shown, "nothing that was said has the private key in it")


def main(berth):
    tally = Tally()
    with cluster_of(FLAVOUR, tally) as place:
        if place:
            with folder() as data:
                run(berth, place, data, tally)
    return tally.close()


sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
