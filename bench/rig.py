"""All that is measured, started for one run and stopped with it: a real API server, and on it Berth's database, portal and
reconciler, each a process of its own."""

import contextlib
import hashlib
import json
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "test" / "system"))
import machine  # noqa: E402  (the path has to be set first)
from harness import Api, Demo, Kubernetes, folder, free_port, wait_for  # noqa: E402

CLUSTER = str(ROOT / "test" / "cluster" / "cluster")
MANY = "many"                 # the pool with many units; `lab` is the reference pool
MANY_CLASS = "gpu-96gb"
NODES, UNITS_PER_NODE = 25, 8
USERS = 250
STEP_SECONDS = 1800
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
            "policy": {"step_minutes": STEP_SECONDS // 60, "max_live_per_user": 10000, "horizon_days": 800},
            "device_classes": [{"name": MANY_CLASS, "device_memory_gib": 95, "rate": 3.2, "ephemeral_gib": 200,
                                "defaults": {"cpu": 24, "memory_gib": 200, "storage_gib": 600}}],
            "nodes": [{"name": f"many-{n}", "capacity": {"cpu": 256, "memory_gib": 2048, "storage_gib": 8000}, "units": units}
                      for n in range(NODES)]}


class Child:
    """A role of Berth as a process of its own, which the kernel ends should this program be killed."""

    def __init__(self, log, *command):
        self.output = log.open("ab")
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *map(str, command)],
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                                        start_new_session=True)   # Ctrl-C is ours: it ends things in order

    @property
    def pid(self):
        return self.process.pid

    def stop(self, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()


class Rig:
    def __init__(self, berth, place, cluster_dir, stack):
        self.berth, self.place, self.cluster_dir, self.stack = berth, place, cluster_dir, stack
        self.tokens, self._postmaster = [], None

    def start(self):
        self.kubeconfig = self._start_cluster()
        self.kubernetes = Kubernetes(self.kubeconfig)
        (self.place / "lab.json").write_text("\n---\n".join(json.dumps(document) for document in session_pool()))
        (self.place / "many.json").write_text(json.dumps(many_pool()))
        # Gives database, pool and users; its own portal stays idle and is not the one that is measured.
        self.demo = Demo(self.berth, self.place, "--kubeconfig", self.kubeconfig, "--pool-file", self.place / "lab.json",
                         "--without-reconciler")
        self.stack.callback(self.demo.kill)
        self.stack.callback(self.demo.stop)
        self.demo.start()
        for done in (self.demo.login("admin@berth.local"), self.demo.cli("apply", "-f", str(self.place / "many.json"))):
            assert done.returncode == 0, done.stderr
        self.port = free_port()
        self.portal = self._role("portal", "--database-url", self.url("portal"), "--listen", f"127.0.0.1:{self.port}")
        self.reconciler = self._role("reconciler", "--database-url", self.url("reconciler"), "--kubeconfig", self.kubeconfig)
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

    def postmaster(self):
        """The process that all of the server's others are children of."""
        if self._postmaster is None:
            backend = self.demo.sql("SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'berth-portal'")[0][0]
            self._postmaster = machine.parent(backend)
        return self._postmaster

    def setting(self, name):
        return self.demo.sql(f"SHOW {name}")[0][0]

    def seed(self, reservations):
        """Existing reservations, users and their tokens; gives how many there are and the seconds that it took."""
        self.tokens = [TOKEN_PREFIX + secrets.token_urlsafe(32) for _ in range(USERS)]
        hashes = json.dumps([{"n": n + 1, "hash": hashlib.blake2b(TOKEN_PURPOSE + token.encode(), digest_size=32).hexdigest()}
                             for n, token in enumerate(self.tokens)])
        (self.place / "tokens").write_text("\n".join(self.tokens) + "\n")
        (self.place / "tokens").chmod(0o600)
        begun = time.monotonic()
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-d", self.demo.addresses()["database_owner"], "-v", f"pool={MANY}",
                               "-v", f"users={USERS}", "-v", f"each_way={reservations // (2 * NODES * UNITS_PER_NODE)}",
                               "-v", f"hashes={hashes}", "-f", str(ROOT / "bench" / "seed.sql")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[-1]), time.monotonic() - begun


@contextlib.contextmanager
def running(berth):
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(folder("/tmp"))   # on a disk: commits are measured
        cluster_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="berth-bench-", ignore_cleanup_errors=True))
        rig = Rig(str(berth), place, cluster_dir, stack)
        try:
            rig.start()
            yield rig
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
                signal.signal(number, signal.SIG_IGN)   # a second one must not cut the cleaning up
