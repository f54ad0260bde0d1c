#!/usr/bin/env python3
"""The platform's images, berth and its PostgreSQL, run as a node would run them: platform_test.py FOLDER

FOLDER holds berth/ and postgres/ as images/build made them. Root is needed, and runc. With --rebuild BERTH, the program that is in them, each
layer is built a second time first, and must come out the same. The last line is "N passed, N failed"."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import containers
from image_test import PROJECT, Count, digest

UID = 1000700000   # as OpenShift gives them
REQUIRED_PROGRAMS = ("runc", "tar", "ip", "openssl", "psql")
PASSWORDS = {"owner": "an owner's", "portal": "it's \\ \"a\" $portal's", "reconciler": "a reconciler's"}
PARTS = {"berth": "base berth", "postgres": "base entry"}
PACKED_MB = {"berth": 30, "postgres": 80}   # what docs say, and somewhat more
POSTGRES = {"data": "/var/lib/postgresql/data", "run": "/run/postgresql", "tmp": "/tmp", "passwords": "/etc/berth/passwords"}


def rebuilt(folder, image, program):
    """built again, each layer and the image have the same digest"""
    environment = os.environ | {"BERTH_REBUILD": PARTS[image], "BERTH_BINARY": str(program.resolve())}
    done = subprocess.run([PROJECT / "images/build", "--image", image], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert digest(pathlib.Path(done.stdout.strip())) == digest(folder), "the image is another one"


def billed(folder, image):
    """the bill of materials names the image and the packages that were planned"""
    bom = json.loads((folder / "sbom.cdx.json").read_text())
    assert bom["metadata"]["component"]["version"] == digest(folder), bom["metadata"]
    listed = {item["name"]: item["version"] for item in bom["components"] if item["purl"].startswith("pkg:deb/")}
    planned = dict(line.split() for line in (folder / "packages.txt").read_text().splitlines())
    assert listed == planned, sorted(set(listed.items()) ^ set(planned.items()))[:5]
    wanted = {"berth": ("libcurl4", "ca-certificates"), "postgres": ("postgresql-15",)}[image]
    assert all(name in listed for name in wanted), listed
    assert image != "berth" or any(item["purl"].startswith("pkg:generic/berth@") for item in bom["components"]), "berth itself is not in it"


def bare(root, image):
    """nobody becomes somebody else in it, and there is no package manager"""
    found = subprocess.run(["find", root, "-xdev", "-perm", "/6000", "-type", "f"], capture_output=True, text=True, check=True).stdout
    assert not found, found
    for program in ("usr/bin/dpkg", "usr/bin/apt", "usr/bin/perl", *(("usr/bin/sh", "usr/bin/dash") if image == "berth" else ())):
        assert not os.path.lexists(os.path.join(root, program)), program


def fits(folder, image):
    """it is as small as the docs say"""
    manifest = json.loads((folder / "layout/blobs" / digest(folder).replace(":", "/")).read_text())
    size = sum(layer["size"] for layer in manifest["layers"]) / 1e6
    print(f"       {image}: {size:.0f} MB packed", flush=True)
    assert size < PACKED_MB[image], size


def once(pod, *command, env=()):
    """Runs a container to its end: its code and all that it said."""
    container = pod.start(f"once-{len(pod.containers)}", *command, env=env)
    return container.process.wait(120), container.log.read_text()


def answers(pod):
    """as OpenShift's kind of user, on a read-only root without a capability, it says its version"""
    code, said = once(pod, "/opt/berth/bin/berth", "--version")
    assert code == 0 and said.startswith("berth "), said


def knows_zones(pod):
    """it knows the zones of the world"""
    root = pathlib.Path(pod.root)
    assert (root / "usr/share/zoneinfo/Europe/Berlin").exists()


def trusts(pod):
    """the authorities that Debian trusts are there, the program reads them, and nobody else is trusted"""
    bundle = pathlib.Path(pod.root) / "etc/ssl/certs/ca-certificates.crt"
    assert len(ssl.create_default_context(cafile=bundle).get_ca_certs()) > 100, bundle
    with stranger(pod.folder) as port:
        code, said = once(pod, "/opt/berth/bin/berth", "pools", env=[f"BERTH_SERVER=https://localhost:{port}", "BERTH_TOKEN=berth_x", "HOME=/"])
    # Without the bundle it would say that it cannot be read.
    assert code == 6 and "self-signed certificate" in said, (code, said)


@contextlib.contextmanager
def stranger(folder):
    """A TLS server that nobody vouches for."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with contextlib.suppress(ssl.SSLError):
                        line, _ = listener.accept()
                        with context.wrap_socket(line, server_side=True):
                            pass
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def give(pod, passwords):
    for name, word in passwords.items():
        (pod.volume("passwords") / name).write_text(word)
        (pod.volume("passwords") / name).chmod(0o440)


def ask(user, password, statement="SELECT current_user", database="berth"):
    done = subprocess.run(["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", f"host=127.0.0.1 user={user} dbname={database} connect_timeout=5", "-c", statement],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=os.environ | {"PGPASSWORD": password})
    return done.stdout.strip() if done.returncode == 0 else done.stderr


class Server:
    """PostgreSQL of the image. `start` ends when it takes connections."""

    def __init__(self, pod):
        self.pod, self.container = pod, None

    def start(self):
        self.container = self.pod.start(f"postgres-{len(self.pod.containers)}", "/opt/berth/bin/berth-postgres", "-c", "shared_buffers=32MB")
        containers.until("PostgreSQL", self.container, lambda: "accepting" in self.container.run("pg_isready", "--host=127.0.0.1", check=False)[1], 120)

    def stop(self, signal="INT"):
        self.container.signal(signal)
        return self.container.process.wait(60)


def no_secret(server):
    """without passwords it does not start, and says who makes them"""
    code, said = once(server.pod, "/opt/berth/bin/berth-postgres")
    assert code == 1 and "berth init" in said and not any(server.pod.volume("data").iterdir()), said


def half(server):
    """one that was ended while it made its database begins anew"""
    give(server.pod, PASSWORDS)
    left = server.pod.volume("data") / "pgdata.new"
    left.mkdir()
    (left / "PG_VERSION").write_text("15\n")
    os.chown(left, UID, 0)
    os.chown(left / "PG_VERSION", UID, 0)
    server.start()
    assert not left.exists()


def each_as_itself(server):
    """each role comes in from elsewhere with its own password, and no superuser does"""
    for user, name in (("berth_owner", "owner"), ("site_portal", "portal"), ("site_reconciler", "reconciler")):
        assert ask(user, PASSWORDS[name]) == user, ask(user, PASSWORDS[name])
        assert "authentication failed" in ask(user, "another"), user
    assert "authentication failed" in ask("site_backup", "another"), "where no backups are made nobody comes in to make them"
    assert "no pg_hba.conf entry" in ask("postgres", "x", database="postgres")
    assert "no pg_hba.conf entry" in ask("site_portal", PASSWORDS["portal"], database="postgres")
    assert ask("berth_owner", PASSWORDS["owner"], "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") == "f"
    assert ask("berth_owner", PASSWORDS["owner"], "SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'berth'") == "C.UTF-8 UTF8"


def migrated(server, berth):
    """berth migrate, from its image, brings it up; twice; and makes the first admin from a file"""
    url = "host=127.0.0.1 dbname=berth user=berth_owner"
    (berth.volume("admin") / "password").write_text("first-password\n")
    command = ("/opt/berth/bin/berth", "migrate", "--wait-seconds=10", "--unless-newer", "--first-admin-password-file=/etc/berth/first-admin/password")
    env = [f"BERTH_DATABASE_URL={url}", f"PGPASSWORD={PASSWORDS['owner']}", "BERTH_FIRST_ADMIN=root@example.org"]
    code, said = once(berth, *command, env=env)
    assert code == 0 and "applied 0001" in said and "made admin root@example.org" in said and "note:" not in said, said
    code, said = once(berth, *command, env=env)
    assert code == 0 and "serves this program" in said and "there is an admin already" in said and "note:" not in said, said
    assert "first-password" not in said


def ends(server):
    """the signal that the image names ends it in good order, whoever is connected"""
    line = subprocess.Popen(["psql", "-X", "-d", "host=127.0.0.1 user=site_portal dbname=berth"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=os.environ | {"PGPASSWORD": PASSWORDS["portal"]})
    try:
        assert server.stop() == 0, server.container.log.read_text()[-2000:]
    finally:
        line.kill()
        line.wait()
    assert "database system is shut down" in server.container.log.read_text()


def changed(server):
    """started again with another Secret, the new password counts; killed, it is there again with all that it had"""
    fresh = PASSWORDS | {"portal": "a newer one", "backup": "one that reads"}
    give(server.pod, fresh)
    server.start()
    assert ask("site_portal", "a newer one") == "site_portal"
    assert "authentication failed" in ask("site_portal", PASSWORDS["portal"])
    assert ask("site_backup", fresh["backup"], "SELECT count(*) FROM berth.app_user") == "1", "who makes backups reads"
    assert "permission denied" in ask("site_backup", fresh["backup"], "DELETE FROM berth.app_user")
    assert ask("site_backup", fresh["backup"], "CREATE TABLE public.tried (x int)", "berth_scratch") == "CREATE TABLE"
    assert "no pg_hba.conf entry" in ask("site_portal", fresh["portal"], database="berth_scratch")
    server.stop("KILL")
    server.start()
    assert ask("berth_owner", PASSWORDS["owner"], "SELECT count(*) FROM berth.app_user") == "1"
    assert not any(word in server.container.log.read_text() for word in fresh.values()), "a password is in its log"


def foreign(server):
    """a volume with another version's database is left as it is, and told"""
    server.stop()
    version = server.pod.volume("data") / "pgdata/PG_VERSION"
    version.write_text("14\n")
    code, said = once(server.pod, "/opt/berth/bin/berth-postgres")
    assert code == 1 and "PostgreSQL 14" in said, said


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--rebuild", type=pathlib.Path, metavar="BERTH")
    arguments = arguments.parse_args()
    missing = [program for program in REQUIRED_PROGRAMS if not shutil.which(program)]
    if missing or os.geteuid():
        sys.exit(f"platform's images: needs root and the programs {', '.join(REQUIRED_PROGRAMS)}; missing: {', '.join(missing) or 'root'}")
    count = Count()
    if arguments.rebuild:
        for image in PARTS:
            count.check(f"{image}: {rebuilt.__doc__}", rebuilt, arguments.folder / image, image, arguments.rebuild)
    containers.own_network()
    with contextlib.ExitStack() as stack:
        pods = {}
        for image, volumes in (("berth", {"admin": "/etc/berth/first-admin"}), ("postgres", POSTGRES)):
            folder = arguments.folder / image
            root = stack.enter_context(tempfile.TemporaryDirectory(prefix="berth-image-root-"))
            _, config = containers.unpack(folder / "layout", root)
            count.check(f"{image}: {billed.__doc__}", billed, folder, image)
            count.check(f"{image}: {bare.__doc__}", bare, root, image)
            count.check(f"{image}: {fits.__doc__}", fits, folder, image)
            pods[image] = stack.enter_context(containers.pod(root, config, UID, volumes))
        count.group("berth", (answers, knows_zones, trusts), pods["berth"])
        server = Server(pods["postgres"])
        count.group("postgres", (no_secret, half, each_as_itself), server)
        count.check("postgres: " + migrated.__doc__, migrated, server, pods["berth"])
        count.group("postgres", (ends, changed, foreign), server)
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
