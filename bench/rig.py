"""All that is measured, started for one run and stopped with it: a real API server, and on it Berth's database, portals and
reconciler, each a process of its own."""

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import secrets
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.append(str(ROOT / "test" / "system"))
import machine  # noqa: E402  (the path has to be set first)
from harness import PASSWORD_AT, Api, Demo, Kubernetes, folder, free_port, wait_for  # noqa: E402

CLUSTER = str(ROOT / "test" / "cluster" / "cluster")
MANY = "many"                 # the pool with many units; `lab` is the reference pool
MANY_CLASS = "gpu-96gb"
NODES, UNITS_PER_NODE = 25, 8
USERS = 250
STEP_SECONDS = 1800
TURN_HOURS = 36               # one reservation of each unit, see seed.sql
HORIZON_DAYS = 800
MOST_TURNS_AHEAD = 500        # two years; who books further ahead is refused
TURNS_AT_ONCE = 2500          # in one transaction
PAST_TICK_MINUTES = 5      # a denser past: ten million rows are 31 years then, and not 200
# Must be as store/api_tokens.cpp makes them.
TOKEN_PREFIX, TOKEN_PURPOSE = "berth_", b"berth api token\0"


def session_pool():
    """The reference cluster and its pool with a step of a minute, so that a start in the future is never far."""
    import yaml
    cluster, pool = yaml.safe_load_all((ROOT / "deploy" / "pools" / "lab.yaml").read_text())
    pool["policy"].update({"step_minutes": 1, "min_length_minutes": 1, "max_live_per_user": 1000})
    return cluster, pool


def many_pool():
    units = [{"name": f"gpu{i}", "device_class": MANY_CLASS, "resource_name": "nvidia.com/gpu", "replicas": 1}
             for i in range(UNITS_PER_NODE)]
    return {"apiVersion": "berth.dev/v1", "kind": "Pool", "name": MANY, "cluster": "default", "currency": "EUR",
            "policy": {"step_minutes": STEP_SECONDS // 60, "max_live_per_user": 10000, "horizon_days": HORIZON_DAYS},
            "device_classes": [{"name": MANY_CLASS, "device_memory_gib": 95, "rate": 3.2, "ephemeral_gib": 200,
                                "defaults": {"cpu": 24, "memory_gib": 200, "storage_gib": 600}}],
            "nodes": [{"name": f"many-{n}", "capacity": {"cpu": 256, "memory_gib": 2048, "storage_gib": 8000}, "units": units}
                      for n in range(NODES)]}


def _parts(first, last, made):
    """Of a range of turns, none larger than is good for one transaction."""
    return [made(at, min(at + TURNS_AT_ONCE - 1, last)) for at in range(first, last + 1, TURNS_AT_ONCE)]


class Child:
    """A role of Berth as a process of its own, which the kernel ends should this program be killed."""

    def __init__(self, log, *command, stop_with=signal.SIGTERM, run_as=()):
        self.output, self.stop_with = log.open("ab"), stop_with
        self.process = subprocess.Popen(["setpriv", *run_as, "--pdeathsig", stop_with.name.removeprefix("SIG"), "--", *map(str, command)],
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                                        start_new_session=True)   # Ctrl-C is ours: it ends things in order

    @property
    def pid(self):
        return self.process.pid

    def stop(self, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_with)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()


class Rig:
    def __init__(self, berth, place, cluster_dir, stack, profiled=False):
        self.berth, self.place, self.cluster_dir, self.stack, self.profiled = berth, place, cluster_dir, stack, profiled
        self.tokens, self.turns_ahead, self.turns_back = [], 0, 0

    def start(self):
        self.kubeconfig = self._start_cluster()
        self.kubernetes = Kubernetes(self.kubeconfig)
        (self.place / "lab.json").write_text("\n---\n".join(json.dumps(document) for document in session_pool()))
        (self.place / "many.json").write_text(json.dumps(many_pool()))
        self._make_installation()
        self.postgres = self._start_postgres()
        self.portal, self.port = self.start_portal()
        self.reconciler = self._role("reconciler", "--database-url", self.url("reconciler"), "--kubeconfig", self.kubeconfig)
        PASSWORD_AT[self.port] = PASSWORD_AT[self.demo.port]
        self.api = wait_for(self._sign_in, 20)
        assert self.api, "the portal does not answer:\n" + self.log("portal")
        beats = "SELECT count(*) FROM berth.heartbeat WHERE at > clock_timestamp() - interval '20 seconds'"
        assert wait_for(lambda: self.demo.sql(beats)[0][0] != "0", 40), "no reconciler reports:\n" + self.log("reconciler")

    def _start_cluster(self):
        self.stack.callback(subprocess.run, [CLUSTER, "stop", "--dir", self.cluster_dir], stdin=subprocess.DEVNULL,
                            capture_output=True, timeout=60)
        started = subprocess.run([CLUSTER, "start", "--dir", self.cluster_dir, "--plain", "--audit"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=1800)
        assert started.returncode == 0, "the test cluster did not start"
        return started.stdout.strip()

    def _make_installation(self):
        """A demo makes database, pools and users, and is over: what is measured has a server with room for its clients."""
        self.demo = Demo(self.berth, self.place, "--kubeconfig", self.kubeconfig, "--pool-file", self.place / "lab.json",
                         "--without-reconciler")
        self.stack.callback(self.demo.kill)
        self.demo.start()
        for done in (self.demo.login("admin@berth.local"), self.demo.cli("apply", "-f", str(self.place / "many.json"))):
            assert done.returncode == 0, done.stderr
        assert self.demo.stop() == 0, self.demo.log()[-3000:]

    def _start_postgres(self):
        """As the demo starts it, but for what is needed here: pgbench takes a connection for each client, and a profile a library."""
        data = self.place / "data" / "postgresql"
        socket_folder = dict(part.split("=", 1) for part in self.url("owner").split())["host"]
        os.mkdir(socket_folder, 0o700)
        self.stack.callback(shutil.rmtree, socket_folder, ignore_errors=True)
        run_as = []
        if os.geteuid() == 0:
            owner = data.stat()
            os.chown(socket_folder, owner.st_uid, owner.st_gid)
            run_as = ["--reuid", str(owner.st_uid), "--regid", str(owner.st_gid), "--clear-groups"]
        settings = {"listen_addresses": "", "unix_socket_directories": socket_folder, "logging_collector": "off",
                    "log_min_messages": "warning", "max_connections": 400}
        if self.profiled:
            settings |= {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "all", "track_io_timing": "on"}
        program = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if not os.access(f"{program}/postgres", os.X_OK):
            program = "/usr/lib/postgresql/15/bin"
        postgres = Child(self.place / "postgresql.log", f"{program}/postgres", "-D", data,
                         *(f"--{name}={value}" for name, value in settings.items()), stop_with=signal.SIGINT, run_as=run_as)
        self.stack.callback(postgres.stop)
        ready = wait_for(lambda: subprocess.run(["pg_isready", "-q", "-d", self.url("owner")], check=False).returncode == 0, 60)
        assert ready, "PostgreSQL did not start:\n" + self.log("postgresql")
        return postgres

    def start_portal(self):
        """(its process, its port), when it answers."""
        port = free_port()
        portal = self._role("portal", "--database-url", self.url("portal"), "--listen", f"127.0.0.1:{port}")
        assert wait_for(lambda: self._answers(port), 20), "a portal does not answer:\n" + self.log("portal")
        return portal, port

    @staticmethod
    def _answers(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    def _role(self, name, *arguments):
        child = Child(self.place / f"{name}.log", self.berth, name, *arguments)
        self.stack.callback(child.stop)
        return child

    def _sign_in(self):
        with contextlib.suppress(OSError):
            return Api(self.port, "ana@berth.local")

    def url(self, role):
        return self.demo.addresses()[f"database_{role}"]

    def log(self, role):
        return (self.place / f"{role}.log").read_text(errors="replace")[-3000:]

    def setting(self, name):
        return self.demo.sql(f"SHOW {name}")[0][0]

    def psql(self, script, timeout=3600, **variables):
        """The lines that a script says, as the owner."""
        given = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url("owner"), *given],
                              input=script, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def make_people(self):
        self.tokens = [TOKEN_PREFIX + secrets.token_urlsafe(32) for _ in range(USERS)]
        hashes = json.dumps([{"n": n + 1, "hash": hashlib.blake2b(TOKEN_PURPOSE + token.encode(), digest_size=32).hexdigest()}
                             for n, token in enumerate(self.tokens)])
        (self.place / "tokens").write_text("\n".join(self.tokens) + "\n")
        (self.place / "tokens").chmod(0o600)
        self.psql((HERE / "people.sql").read_text(), users=USERS, hashes=hashes)

    def seed(self, reservations, dense_past=False):
        """Until there are as many: half of them to come, as far as one may book, and the others past. Gives how many there are and the
        seconds that it took. Called again with more, only the past grows."""
        turns = reservations // (NODES * UNITS_PER_NODE)
        ahead = self.turns_ahead or min(turns // 2, MOST_TURNS_AHEAD)
        steps = [*_parts(self.turns_ahead + 1, ahead, lambda first, last: (first, last, 60)),
                 *_parts(self.turns_back + 1, turns - ahead,   # the turn just past stays empty
                         lambda first, last: (-1 - last, -1 - first, PAST_TICK_MINUTES if dense_past else 60))]
        self.turns_ahead, self.turns_back = ahead, turns - ahead
        if not self.tokens:
            self.make_people()
        script = [r"\i :here/seed_begin.sql"]
        for first, last, tick in steps:
            script += [rf"\set first_turn {first}", rf"\set last_turn {last}", rf"\set tick {tick}", r"\i :here/seed.sql"]
        script += [r"\i :here/seed_end.sql", ""]
        begun = time.monotonic()
        said = self.psql("\n".join(script), here=HERE, pool=MANY, users=USERS)
        return int(said[-1]), time.monotonic() - begun

    def days_ahead(self):
        """For how many days from now there are reservations."""
        return self.turns_ahead * TURN_HOURS / 24

    def make_references(self):
        self.psql((HERE / "references.sql").read_text(), pool=MANY)


@contextlib.contextmanager
def running(berth, profiled=False):
    handlers = {}
    try:
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(folder("/tmp"))   # on a disk: commits are measured
            cluster_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="berth-bench-", ignore_cleanup_errors=True))
            rig = Rig(str(berth), place, cluster_dir, stack, profiled)
            try:
                rig.start()
                yield rig
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
                    handlers[number] = signal.signal(number, signal.SIG_IGN)   # a second one must not cut the cleaning up
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
