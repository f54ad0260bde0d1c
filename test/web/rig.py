"""Demos for the page's tests: the reference pool, and one of 40 units with 2,000 reservations."""

import contextlib
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Demo, free_port, scratch, wait_for  # noqa: E402  (the path has to be set first)

WEB = ROOT / "web"
LARGE_UNITS = 40
LARGE_RESERVATIONS = 2_000
STOP_SECONDS = 10


def large_pool(place):
    """Five classes of eight units, each class on a node of its own, so that every lane is shown at once."""
    lines = (ROOT / "deploy" / "pools" / "lab.yaml").read_text().split("device_classes:")[0]
    lines = lines.replace("name: lab\n", "name: large\n").replace("max_live_per_user: 20", "max_live_per_user: 5000")
    lines += "device_classes:\n"
    for group in "abcde":
        lines += (f"  - {{ name: slice-{group}, title: 'Slice {group.upper()}, 24 GB', device_memory_gib: 23, gpu_share: 0.25, rate: 0.80, "
                  "defaults: { cpu: 4, memory_gib: 16, storage_gib: 320 }, ephemeral_gib: 100, pods: 40 }\n")
    lines += "nodes:\n"
    for group in "abcde":
        lines += (f"  - name: node-{group}\n    kubernetes_name: node-{group}\n"
                  "    capacity: { cpu: 64, memory_gib: 256, storage_gib: 4000 }\n"
                  "    set_aside: { cpu: 1, memory_gib: 1, storage_gib: 1 }\n    units:\n")
        for number in range(LARGE_UNITS // 5):
            lines += f"      - {{ name: u{number}, device_class: slice-{group}, resource_name: nvidia.com/{group}{number}, replicas: 1 }}\n"
    path = place / "large.yaml"
    path.write_text(lines)
    return path


def monday():
    """The first day of the two weeks that are full: a Monday to come, so that none of them begins while something is tested."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return today + datetime.timedelta(days=7 - today.weekday() if today.weekday() < 5 else 14 - today.weekday())


def fill(demo):
    """50 reservations on each unit, one every six and a half hours, three to six hours long; every third one is ana's."""
    demo.sql(f"""
        BEGIN;
        SELECT set_config('berth.actor', 'owner', true);
        CREATE TEMP TABLE wanted ON COMMIT DROP AS
        SELECT gen_random_uuid() AS id, u.id AS unit, u.device_class, n.pool, n_th, row_number() OVER () AS number,
               timestamptz '{monday()} 00:00:00Z' + n_th * interval '390 minutes' AS start_at,
               (6 + (u.id * 5 + n_th * 3) % 7) * interval '30 minutes' AS length
        FROM berth.unit u JOIN berth.node n ON n.id = u.node
        CROSS JOIN generate_series(0, {LARGE_RESERVATIONS // LARGE_UNITS - 1}) n_th;
        INSERT INTO berth.reservation (id, pool, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at,
                                       owner, name, rate_micros, currency)
        SELECT w.id, w.pool, w.device_class, 1, 4000, 16, 320, 'interactive_ml', w.start_at, w.start_at + w.length, p.id,
               format('run %s', w.number), 800000, 'EUR'
        FROM wanted w JOIN berth.app_user p
          ON p.email = (array['ana@berth.local', 'ben@berth.local', 'finance@berth.local'])[1 + w.number % 3];
        INSERT INTO berth.reservation_unit (reservation, unit, during)
        SELECT id, unit, tstzrange(start_at, start_at + length) FROM wanted;
        COMMIT""")
    count = int(demo.sql("SELECT count(*) FROM berth.reservation")[0][0])
    assert count == LARGE_RESERVATIONS, count


def with_node():
    """This environment with Node's programs in front, and the packages of web/ installed."""
    folder = subprocess.run([ROOT / "tools" / "ensure-node"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
                            timeout=600).stdout.strip()
    subprocess.run(["make", "-s", "web-install"], cwd=ROOT, stdin=subprocess.DEVNULL, check=True, timeout=600)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


class Preview:
    """Vite in front of a demo, with the pages as they are now instead of those that the program carries."""

    def __init__(self, demo, dist, log, environment):
        self.port = free_port()
        environment = {**environment, "BERTH_URL": f"http://127.0.0.1:{demo.port}"}
        self.process = subprocess.Popen(["node_modules/.bin/vite", "preview", "--outDir", str(dist), "--port", str(self.port), "--strictPort"],
                                        cwd=WEB, env=environment, stdin=subprocess.DEVNULL, stdout=log.open("ab"),
                                        stderr=subprocess.STDOUT, start_new_session=True)
        assert wait_for(lambda: answers(self.port), 60), f"the preview did not start: {log.read_text()[-2000:]}"

    def stop(self):
        stop_group(self.process)


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return "text/html" in answer.headers.get("Content-Type", "")
    except (OSError, urllib.error.URLError):
        return False


def stop_group(process):
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Rig:
    """Everything that the page's tests need; `environment` tells them where it is."""

    def __init__(self, berth, place, preview=False):
        self.berth, self.place, self.preview = berth, place, preview
        self.running = []
        # Chromium has a folder of its own for each run there too. What Playwright makes of the tests' TypeScript is kept by its contents:
        # it takes three seconds of the processors.
        self.environment = {"BERTH_WEB_STATE": str(place), "TMPDIR": str(place),
                            "PLAYWRIGHT_TRANSFORM_CACHE_DIR": str(ROOT / "build" / "web-check" / "playwright")}
        self.dist = None
        self.node = None

    def start(self, small=True, large=True):
        self.node = with_node()
        if self.preview:
            self.dist = self.place / "dist"
            done = subprocess.run(["node_modules/.bin/vite", "build", "--outDir", str(self.dist), "--emptyOutDir"], cwd=WEB,
                                  env=self.node, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stdout + done.stderr
        if small:
            demo = self._demo("small", "--simulated-faults")
            self.environment["BERTH_WEB_URL"] = self._front(demo)
            self.environment["BERTH_WEB_DEMO"] = str(demo.folder / "data" / "demo.json")
        if large:
            demo = self._demo("large", "--pool-file", str(large_pool(self.place)))
            fill(demo)
            self.environment["BERTH_WEB_LARGE_URL"] = self._front(demo)
            self.environment.setdefault("BERTH_WEB_URL", self.environment["BERTH_WEB_LARGE_URL"])
            self.environment["BERTH_WEB_LARGE_DATE"] = str(monday())

    def _demo(self, name, *arguments):
        folder = self.place / name
        folder.mkdir(mode=0o755)
        demo = Demo(self.berth, folder, *arguments)
        self.running.append(demo)
        demo.start()
        return demo

    def _front(self, demo):
        if not self.preview:
            assert answers(demo.port), "this program carries no page: build web/dist, then build it again"
            return f"http://127.0.0.1:{demo.port}"
        front = Preview(demo, self.dist, self.place / "preview.log", self.node)
        self.running.append(front)
        return f"http://127.0.0.1:{front.port}"

    def stop(self):
        for it in reversed(self.running):
            try:
                it.stop()
            finally:
                if isinstance(it, Demo):
                    it.kill()


def playwright(rig, arguments, seconds, **options):
    """Runs Playwright to its end or for so long; its exit code."""
    process = subprocess.Popen(["node_modules/.bin/playwright", "test", *arguments], cwd=WEB, stdin=subprocess.DEVNULL,
                               env={**rig.node, **rig.environment, **options.pop("environment", {})}, start_new_session=True, **options)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        stop_group(process)


def in_folder(work):
    """Calls `work` with a short, passable folder (root's PostgreSQL runs as another user), which is gone afterwards."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="berth-web-", dir=scratch()))
    place.chmod(0o755)
    try:
        return work(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def raise_on_signals():
    """Being told to stop takes the same way out as everything else, so that nothing is left running."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

    def stop(number, _frame):
        for it in numbers:   # once is enough: what is stopping must not be cut short
            signal.signal(it, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(number).name)
    for number in numbers:
        signal.signal(number, stop)
