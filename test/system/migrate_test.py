#!/usr/bin/env python3
"""The roles by themselves, as on a real site: a fresh PostgreSQL, `berth migrate` with the first admin, twice, and a portal
in a login role of its own, at which that admin signs in."""

import os
import subprocess
import sys
import time
import traceback

from harness import PASSWORD, ROOT, Api, Portal, Role, Tally, folder, wait_for
from private_postgres import PrivatePostgres

ADMIN = "root@example.org"


class Site:
    """What a role needs to know: the program, the database in its own name, a place for its log."""

    def __init__(self, berth, place, postgres):
        self.berth, self.folder, self.postgres = str(berth), place, postgres

    def addresses(self):
        return {"database_portal": self.postgres.url("site_portal")}

    def migrate(self, *arguments, text=None):
        return subprocess.run([self.berth, "migrate", *arguments], input=text, stdin=None if text is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, cwd=ROOT,
                              env={**os.environ, "BERTH_DATABASE_URL": self.postgres.url("site_owner")})


def before_a_portal(site, tally):
    """As an init container runs it: a password in a file, a database that a newer program migrated, one that is not there."""
    postgres = site.postgres
    postgres.sql("SET berth.actor = 'owner'; UPDATE berth.app_user SET disabled_at = now() WHERE role = 'admin'")
    file = site.folder / "first-password"
    file.write_text("given by somebody\n")
    done = site.migrate("--unless-newer", "--first-admin", "third@example.org", "--first-admin-password-file", str(file))
    tally.check(done.returncode == 0 and "made admin third@example.org" in done.stdout and "given" not in done.stdout + done.stderr,
                "the first admin's password may come from a file", f"{done.stdout.strip()} {done.stderr.strip()}")
    known = postgres.sql("SELECT email FROM berth.app_user WHERE password_change_needed")
    tally.check(known == ["third@example.org"], "and then has to be changed, for others know it", str(known))
    postgres.sql("SET berth.actor = 'owner'; UPDATE berth.app_user SET disabled_at = NULL WHERE role = 'admin'; "
                 "UPDATE berth.app_user SET role = 'member' WHERE email = 'third@example.org'")
    postgres.sql("INSERT INTO berth.schema_migration (version, name, sha256) VALUES (9999, '9999_later', 'x')")
    refused, served = site.migrate(), site.migrate("--unless-newer")
    tally.check(refused.returncode != 0 and "too old" in refused.stderr, "a database that a newer program migrated is refused", refused.stderr.strip())
    tally.check(served.returncode == 0 and "serves this program" in served.stdout, "and left as it is with --unless-newer, where it serves this one",
                served.stdout + served.stderr)
    postgres.sql("UPDATE berth.installation SET serves_from_step = 9999")
    served = site.migrate("--unless-newer")
    tally.check(served.returncode != 0 and "newer program" in served.stderr, "but not where it does not", served.stderr.strip())
    postgres.sql("UPDATE berth.installation SET serves_from_step = 1; DELETE FROM berth.schema_migration WHERE version = 9999")
    begun = time.monotonic()
    done = subprocess.run([site.berth, "migrate", "--wait-seconds", "2"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "BERTH_DATABASE_URL": f"host={site.folder} dbname=berth user=site_owner"})
    tally.check(done.returncode == 1 and done.stderr.count("waiting for the database") == 1 and time.monotonic() - begun > 1,
                "one that is not there is waited for, which is said once", done.stderr.strip())


def run(site, tally):
    postgres = site.postgres
    postgres.sql("CREATE ROLE site_owner LOGIN CREATEROLE", database="postgres")
    postgres.sql("CREATE DATABASE berth OWNER site_owner", database="postgres")

    done = site.migrate()
    steps = sorted((ROOT / "db" / "migrations").glob("*.sql"))
    tally.check(done.returncode == 0 and done.stdout.count("applied ") == len(steps), "berth migrate applies every step to an empty database",
                f"{done.stdout.strip()} {done.stderr.strip()}")
    tally.check(done.stderr == "" and postgres.sql("SELECT rolcreaterole FROM pg_roles WHERE rolname = 'site_owner'") == ["f"],
                "its owner makes no roles any more, and nothing is left for an admin to do", done.stderr.strip())
    done = site.migrate()
    tally.check(done.returncode == 0 and done.stdout == "the database is up to date\n", "done again it changes nothing and says so",
                f"{done.stdout.strip()} {done.stderr.strip()}")

    done = site.migrate("--first-admin", ADMIN)
    tally.check(done.returncode == 2 and "password" in done.stderr, "without a password no admin is made", done.stderr.strip())
    done = site.migrate("--first-admin", ADMIN, text="short\n")
    tally.check(done.returncode == 2 and "8" in done.stderr and "short" not in done.stderr, "a password that is too short is refused",
                done.stderr.strip())
    tally.check(postgres.sql("SELECT count(*) FROM berth.app_user") == ["0"], "so nobody is there yet")
    done = site.migrate("--first-admin", ADMIN, text=PASSWORD + "\n")
    tally.check(done.returncode == 0 and f"made admin {ADMIN}" in done.stdout and PASSWORD not in done.stdout + done.stderr,
                "berth migrate --first-admin makes one, with the password from standard input", f"{done.stdout.strip()} {done.stderr.strip()}")
    # More users than a page of them holds, all of them older than the admin.
    postgres.sql("SET berth.actor = 'owner'; INSERT INTO berth.app_user (email, name, role, created_at) "
                 "SELECT n || '@example.org', 'n', 'member', now() - interval '1 year' FROM generate_series(1, 600) n")
    done = site.migrate("--first-admin", "second@example.org", text="another password\n")
    tally.check(done.returncode == 0 and "there is an admin already" in done.stdout, "once there is an admin no other is made",
                f"{done.stdout.strip()} {done.stderr.strip()}")
    tally.check(postgres.sql("SELECT email FROM berth.app_user WHERE role = 'admin'") == [ADMIN], "whoever else there is")

    before_a_portal(site, tally)

    postgres.sql("GRANT TEMP ON DATABASE berth TO PUBLIC; ALTER DATABASE berth OWNER TO postgres", database="postgres")
    done = site.migrate()
    tally.check(done.returncode == 0 and "REVOKE TEMPORARY, CREATE ON DATABASE berth FROM PUBLIC" in done.stderr,
                "who may make objects in the database is said with what to do about it", done.stderr.strip())

    postgres.sql("CREATE ROLE site_portal LOGIN IN ROLE berth_portal")
    portal = Portal(site, "--trusted-proxy", "10.0.0.0/8,127.0.0.1")
    try:
        portal.start()
        admin = Api(portal.port, ADMIN)
        me = admin.get("/auth/me").body["user"]
        tally.check(me["email"] == ADMIN and me["role"] == "admin", "the first admin signs in at a portal", str(me))
        tally.check(admin.get("/pools").body["items"] == [], "where there is no pool yet")
        forwarded = {"X-Forwarded-For": "made up, 203.0.113.7, 10.1.2.3"}
        refused = Api(portal.port).send("POST", "/auth/login", {"email": ADMIN, "password": "a wrong one"}, forwarded)
        told = postgres.sql("SELECT source_ip FROM berth.audit WHERE action = 'auth.refused'")
        tally.check(refused.status == 401 and told == ["203.0.113.7"], "behind a trusted proxy the audit log has the client's address", str(told))
        tally.check(portal.stop() == 0, "SIGTERM ends the portal")
    finally:
        portal.kill()
    done = subprocess.run([site.berth, "portal", "--trusted-proxy", "10.0.0.0/40"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30, env={**os.environ, "BERTH_DATABASE_URL": postgres.url("site_portal")})
    tally.check(done.returncode == 2 and "10.0.0.0/40" in done.stderr, "a proxy that is no network is refused at the start", done.stderr.strip())
    for option in (["--database-url", "postgresql://berth:hidden@127.0.0.1:1/berth"], ["--database-url=host=127.0.0.1 port=1 password=hidden"]):
        done = subprocess.run([site.berth, "portal", *option], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        tally.check(done.returncode == 2 and "BERTH_DATABASE_URL" in done.stderr and "hidden" not in done.stderr,
                    "a password on the command line is refused", done.stderr.strip())


def wrong_roles(site, tally):
    """What runs says that its database role is not the one made for it, and says it at once."""
    postgres = site.postgres
    postgres.sql("CREATE ROLE site_reconciler LOGIN IN ROLE berth_reconciler")
    for user, reason in (("site_portal", "has not the rights of berth_reconciler"), ("site_owner", "the schema's owner"),
                         ("postgres", "a superuser")):
        done = subprocess.run([site.berth, "reconciler", "--kubeconfig", str(kubeconfig(site))], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, env={**os.environ, "BERTH_DATABASE_URL": postgres.url(user)})
        tally.check(done.returncode == 1 and reason in done.stderr.splitlines()[-1], f"a reconciler that comes in as {user} ends and says so",
                    f"{done.returncode}: {done.stderr.strip()}")


def kubeconfig(site):
    """Of a cluster that does not answer: the database is looked at first."""
    path = site.folder / "kubeconfig"
    path.write_text("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n"
                    "users: [{name: u, user: {}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n")
    return path


def contents(postgres, database):
    """Every row that counts, in an order of its own."""
    return postgres.sql("SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT u FROM berth.app_user u) x UNION ALL "
                        "SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT a FROM berth.audit a) x UNION ALL "
                        "SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT i FROM berth.installation i) x",
                        database=database)


def restored(site, tally):
    """As docs/backup.md has it: dumped as the owner, restored into a new database, migrated."""
    postgres = site.postgres
    dump = site.folder / "berth.dump"
    for command in (["pg_dump", "--format=custom", f"--file={dump}", "--dbname=" + postgres.url("site_owner")],
                    ["pg_restore", "--exit-on-error", "--single-transaction", "--dbname=" + postgres.url("site_owner", "again"), str(dump)]):
        if command[0] == "pg_restore":
            postgres.sql("CREATE DATABASE again OWNER site_owner", database="postgres")
        done = subprocess.run([str(postgres.bin / command[0]), *command[1:]], capture_output=True, text=True, timeout=120, cwd="/")
        tally.check(done.returncode == 0, f"{command[0]} as the owner says nothing", done.stderr.strip())
    tally.check(contents(postgres, "again") == contents(postgres, "berth"), "what was restored is what was there")
    done = subprocess.run([site.berth, "migrate"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=ROOT,
                          env={**os.environ, "BERTH_DATABASE_URL": postgres.url("site_owner", "again")})
    tally.check(done.returncode == 0 and done.stdout == "the database is up to date\n" and "REVOKE TEMPORARY, CREATE ON DATABASE again" in done.stderr,
                "berth migrate after it says which right of everybody has to be taken back", f"{done.stdout.strip()} {done.stderr.strip()}")
    postgres.sql("REVOKE TEMPORARY, CREATE ON DATABASE again FROM PUBLIC, berth_portal, berth_reconciler", database="postgres")
    done = subprocess.run([site.berth, "migrate"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=ROOT,
                          env={**os.environ, "BERTH_DATABASE_URL": postgres.url("site_owner", "again")})
    tally.check(done.returncode == 0 and done.stderr == "", "and then nothing more", done.stderr.strip())
    other = Site(site.berth, site.folder, postgres)
    other.addresses = lambda: {"database_portal": postgres.url("site_portal", "again")}
    portal = Portal(other)
    try:
        portal.start()
        tally.check(Api(portal.port, ADMIN).get("/auth/me").body["user"]["email"] == ADMIN, "a portal on it lets the same people in")
    finally:
        portal.kill()


def certificates(site, tally):
    """An expired one is told by the portal at its start, and by the client with its cause."""
    key, request, certificate = (site.folder / name for name in ("tls.key", "tls.csr", "tls.crt"))
    for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out", str(request),
                     "-subj", "/CN=localhost"],
                    ["x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "-1", "-out", str(certificate)]):
        subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=60)
    portal = Portal(site, "--tls-certificate", str(certificate), "--tls-key", str(key))
    portal.path = site.folder / "tls.log"
    try:
        Role.start(portal)
        up = wait_for(lambda: "portal listens" in portal.log(), 60)
        tally.check(up and "the TLS certificate has expired" in portal.log() and str(certificate) in portal.log(),
                    "a portal with an expired certificate says so at its start", portal.log()[-500:])
        done = subprocess.run([site.berth, "login", f"https://localhost:{portal.port}", "--email", ADMIN, "--password-stdin"], input=PASSWORD + "\n",
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "HOME": str(site.folder), "XDG_CONFIG_HOME": str(site.folder), "SSL_CERT_FILE": str(certificate)})
        tally.check(done.returncode != 0 and "cannot be trusted: SSL certificate problem: " in done.stderr,
                    "and the client names what is wrong with it",
                    done.stderr.strip())
    finally:
        portal.kill()


def main(berth):
    tally = Tally()
    with folder() as place:
        postgres = PrivatePostgres(place)
        try:
            postgres.start()
            site = Site(berth, place, postgres)
            run(site, tally)
            wrong_roles(site, tally)
            certificates(site, tally)
            restored(site, tally)
        except Exception:  # what is not foreseen here must show up as a failure with its place
            tally.check(False, "the run goes through", traceback.format_exc())
        finally:
            postgres.stop()
    return tally.close()


sys.exit(main(sys.argv[1]))
