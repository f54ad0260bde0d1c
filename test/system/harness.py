"""A running Berth for whole-program tests: `berth demo` in a folder of its own, the CLI, and plain HTTP."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "tools"))

from testrun import empty_postgres  # noqa: E402  (the path has to be set first)

PASSWORD = "berth-demo"
PASSWORD_AT = {}                 # by port: of demos that made one of their own
MEMORY = pathlib.Path("/dev/shm")
ROOM_IN_MEMORY = 2 << 30         # for the demos of the suites that run side by side


class Tally:
    """Counts sentences, of several threads too; the last line it prints is the one that the test run adds up."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self._lock = threading.Lock()

    def check(self, holds, sentence, detail=""):
        with self._lock:
            print(f"{'ok' if holds else 'not ok'} {sentence}" + (f" ({detail})" if detail else ""), flush=True)
            if holds:
                self.passed += 1
            else:
                self.failed += 1
        return holds

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5


def wait_for(condition, seconds, pause=None):
    """The condition's first true value, or its last false one when the time is over. Without a `pause` it looks often at first and
    then twice a second: each look is a request or a program, and costs those who are waited for what it costs us."""
    until = time.monotonic() + seconds
    next_pause = pause or FIRST_PAUSE_SECONDS
    while True:
        value = condition()
        if value or time.monotonic() > until:
            return value
        time.sleep(next_pause)
        next_pause = pause or min(next_pause * 1.3, LONGEST_PAUSE_SECONDS)


def free_port():
    """A port that nobody listens on, and neither on the next one, which a demo takes as well. Below those that outgoing
    connections are given (and those of the test cluster), so that it is still free when it is listened on again."""
    while True:
        port = random.randrange(10_000, 20_000, 2)
        with socket.socket() as probe, socket.socket() as neighbour:
            try:
                probe.bind(("127.0.0.1", port))
                neighbour.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


def closed_after(line, patience=60):
    """Seconds until the other end of a socket closes; none within the patience."""
    begun = time.monotonic()
    line.settimeout(patience)
    try:
        while line.recv(4096):
            pass
    except TimeoutError:
        return None
    except OSError:
        pass
    return time.monotonic() - begun


class Api:
    """One account's HTTP client; a connection per request, so that a killed portal costs one answer."""

    def __init__(self, port, email=None, scopes=None):
        self.port = port
        self.token = None
        if email:
            self.token = self.make_token(email, {"scopes": scopes} if scopes else {})

    def make_token(self, email, more):
        """Signs in for it: a token makes no tokens."""
        stranger = Api(self.port)
        answer = stranger.send("POST", "/auth/login", {"email": email, "password": PASSWORD_AT.get(self.port, PASSWORD)})
        assert answer.status == 200, answer.body
        made = stranger.send("POST", "/tokens", {"name": "test"} | more,
                             {"Cookie": answer.headers["set-cookie"].split(";")[0], "X-CSRF-Token": answer.body["csrf_token"]})
        assert made.status == 201, made.body
        return made.body["token"]

    def send(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = dict(headers or {})
            if self.token:
                sent["Authorization"] = f"Bearer {self.token}"
            data = None
            if body is not None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, "/api/v1" + path, data, sent)
            response = connection.getresponse()
            raw = response.read()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          json.loads(raw) if raw else None)
        finally:
            connection.close()

    def get(self, path):
        return self.send("GET", path)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Wire:
    """One account's connection that is kept; for one thread. What cuts it is raised, and the next request opens a new one."""

    CUT = (OSError, http.client.HTTPException)

    def __init__(self, port, token, timeout=30):
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.timeout = timeout
        self.connection = None

    def send(self, method, path, body=None, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.connection.request(method, "/api/v1" + path, None if body is None else json.dumps(body).encode(),
                                    self.headers | (headers or {}))
            response = self.connection.getresponse()
            raw = response.read()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          json.loads(raw) if raw else None)
        except self.CUT:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Demo:
    """`berth demo` as a child; stopped with SIGINT, as Ctrl-C does. `from_nothing`: it makes its own PostgreSQL, whatever the run has."""

    def __init__(self, berth, folder, *arguments, from_nothing=False):
        self.berth = str(berth)
        self.folder = pathlib.Path(folder)
        self.arguments = arguments
        self.from_nothing = from_nothing
        self.port = free_port()
        self.address = "127.0.0.1"
        self.process = None
        self.output = None

    def start(self, seconds=120):
        if not self.from_nothing:
            empty_postgres.give(self.folder / "data")
        self.output = (self.folder / "demo.log").open("ab")
        before = len(self.log())
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.berth, "demo", "--listen", f"{self.address}:{self.port}", "--data", str(self.folder / "data"), *self.arguments],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, cwd=ROOT)
        ready = wait_for(lambda: "Berth is ready" in self.log()[before:] or self.process.poll() is not None, seconds)
        assert ready and self.process.poll() is None, "the demo did not start:\n" + self.log()[-4000:]
        own = self.folder / "data" / "password"
        if own.exists():
            PASSWORD_AT[self.port] = own.read_text().strip()
        return time.monotonic() - begun

    def log(self):
        return (self.folder / "demo.log").read_text(errors="replace")

    def stop(self, seconds=60):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(seconds)
        self.process = None
        self.output.close()
        return code

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def addresses(self):
        return json.loads((self.folder / "data" / "demo.json").read_text())

    def sql(self, statement, database="database_owner"):
        """Rows of one statement as lists of text, through psql."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                               self.addresses()[database], "-c", statement],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def cli(self, *arguments, home="home", text=None, timeout=120):
        folder = self.folder / home
        folder.mkdir(exist_ok=True)
        return subprocess.run([self.berth, *arguments], input=text, stdin=None if text is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout, cwd=ROOT,
                              env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "TZ": "UTC"})

    def login(self, email, home="home"):
        return self.cli("login", f"http://127.0.0.1:{self.port}", "--email", email, "--password-stdin", home=home,
                        text=PASSWORD_AT.get(self.port, PASSWORD) + "\n")

    def processes(self):
        """Every process that has this demo's folder in its command line."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.folder) in line:
                    found.append(line)
        return found


class Role:
    """`berth portal` or `berth reconciler` as a process of its own over a demo's database, to be killed on its own."""

    def __init__(self, demo, name, *arguments):
        self.name = name
        self.demo = demo
        self.command = [demo.berth, name, *arguments]
        self.environment = {**os.environ, "BERTH_DATABASE_URL": demo.addresses()[f"database_{name}"]}
        self.path = demo.folder / f"{name}.log"
        self.process = None

    def start(self):
        with self.path.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT,
                                            env=self.environment)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL: nothing is tidied up."""
        if self.alive():
            self.process.kill()
            self.process.wait()

    def stop(self, seconds=30):
        if not self.alive():
            return None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def log(self):
        return self.path.read_text(errors="replace")

    def memory(self):
        return memory_mib(self.process.pid)


class Portal(Role):
    def __init__(self, demo, *arguments):
        self.port = free_port()
        super().__init__(demo, "portal", "--listen", f"127.0.0.1:{self.port}", *arguments)
        self.path = demo.folder / f"portal-{self.port}.log"   # a demo may have several

    def start(self, seconds=30):
        super().start()
        if getattr(self.demo, "port", None) in PASSWORD_AT:  # migrate_test has a site of its own
            PASSWORD_AT[self.port] = PASSWORD_AT[self.demo.port]
        assert wait_for(lambda: not self.alive() or self.answers(), seconds, 0.02) and self.alive(), \
            "the portal did not start:\n" + self.log()[-4000:]
        return self

    def metric(self, name):
        """A value of /metrics: `berth_http_open{what="connections"}`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        return next(float(line[len(name):]) for line in text.splitlines() if line.startswith(name + " "))

    def answers(self, path="/readyz"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except Wire.CUT:
            return False
        finally:
            connection.close()


@contextlib.contextmanager
def running(demo, tally):
    """The demo runs, and so does each role that is handed to what this gives; all of them are ended whatever happens. What is not
    foreseen is a failed check with its place, and a failure is followed by what the roles said last."""
    roles = []

    def begin(role):
        roles.append(role)   # first: one that does not come up may run all the same
        return role.start()

    failed = tally.failed
    try:
        demo.start()
        yield begin
    except Exception:
        tally.check(False, "the run goes through", traceback.format_exc()[-6000:])
    finally:
        if tally.failed > failed:
            for role in roles:
                print(f"--- {role.name}\n{role.log()[-3000:]}", flush=True)
        for role in roles:
            role.kill()
        try:
            demo.stop()
        finally:
            demo.kill()


def memory_mib(pid):
    """Resident memory now, and at its highest."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def scratch():
    """Where there are the folders of what is gone when its suite is over: in memory where there is room, for a database is made
    of some three hundred files, and on a disk they take most of what such a suite takes of the processors."""
    try:
        in_memory = f"{MEMORY} tmpfs " in pathlib.Path("/proc/mounts").read_text()
        found = os.statvfs(MEMORY)
    except OSError:
        return "/tmp"
    room = found.f_bavail * found.f_frsize
    return str(MEMORY) if in_memory and room >= ROOM_IN_MEMORY and os.access(MEMORY, os.W_OK) else "/tmp"


@contextlib.contextmanager
def folder(where=None):
    """A short path: Unix sockets have little room. Readable for the database's own user."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="berth-", dir=where or scratch()))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Kubernetes:
    """A little of kubectl, by hand: plain GETs with what the kubeconfig says. Each thread keeps its connection, for shaking
    hands takes both sides longer than most answers."""

    # One that rested longer is opened anew: the server may be about to close it, and not every request may be sent twice.
    IDLE_SECONDS = 2.0

    def __init__(self, kubeconfig):
        import ssl
        import yaml
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.url = urllib.parse.urlparse(cluster["server"])
        self.headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        self.tls = None
        self.kept = threading.local()
        if self.url.scheme == "https":
            base = pathlib.Path(kubeconfig).parent
            self.tls = ssl.create_default_context()
            self._load(cluster, user, base)

    def _load(self, cluster, user, base):
        import base64
        def path_of(section, key):
            if key in section:
                return str(base / section[key])
            if key + "-data" in section:
                with tempfile.NamedTemporaryFile(delete=False, suffix=".pem") as file:
                    file.write(base64.b64decode(section[key + "-data"]))
                return file.name
            return None
        authority = path_of(cluster, "certificate-authority")
        if authority:
            self.tls.load_verify_locations(authority)
        certificate = path_of(user, "client-certificate")
        if certificate:
            self.tls.load_cert_chain(certificate, path_of(user, "client-key"))

    def request(self, method, path, body=None, content_type="application/json"):
        connection = self._connection()
        kept = connection.sock is not None
        try:
            headers = dict(self.headers)
            if body is not None:
                headers["Content-Type"] = content_type
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            raw = response.read()
        except Wire.CUT:
            self.kept.connection = None
            connection.close()
            if kept and method == "GET":   # the server was another one then
                return self.request(method, path)
            raise
        self.kept.connection, self.kept.used = connection, time.monotonic()
        return response.status, json.loads(raw) if raw.startswith(b"{") else raw.decode()

    def _connection(self):
        kept = getattr(self.kept, "connection", None)
        if kept is not None:
            if time.monotonic() - self.kept.used < self.IDLE_SECONDS:
                return kept
            kept.close()
        if self.tls:
            return http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=30, context=self.tls)
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=30)

    def get(self, path):
        return self.request("GET", path)

    def items(self, path):
        """Empty where the kind is not served. A server that is busy (a kind's cache begins anew, say) is asked again."""
        answers = []
        def answered():
            answers.append(self.get(path))
            return answers[-1][0] != 429 and answers[-1][0] < 500
        wait_for(answered, 60, 0.2)
        status, body = answers[-1]
        return body["items"] if status == 200 else []

    def session_namespaces(self, installation=None):
        selector = "berth.dev%2Finstallation" + (f"%3D{installation}" if installation else "")
        return self.items(f"/api/v1/namespaces?labelSelector={selector}")
