#!/usr/bin/env python3
"""The way into a workspace, through all of its parts: the portal signs, the reconciler says who may enter, `berth gate` and a real nginx
with the image's own configuration let them in and put them out. Editor and JupyterLab are stand-ins that tell what reaches them."""

import base64
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

from harness import ROOT, Api, Demo, Kubernetes, Tally, closed_after, folder, free_port, running, wait_for
from sessions import book, ready, session_of

CONFIGURATION = ROOT / "images/workspace/berth/files/opt/berth/gate"
PROMISED_SECONDS = 5
PATIENCE = 60            # twelve times what is promised: the value is printed
GONE_HOLDS_SECONDS = 2.5  # the gate waits 2 s for a list that is gone
SETTLES_SECONDS = 13      # 10 s in which the key of before signs, and the first tickets after
TRICKLING = 600           # at once; there is room for 400 of one router
COOKIE = "berth-gate"    # without TLS; with it the name has a prefix


class StandIn(http.server.BaseHTTPRequestHandler):
    """Tells what it was asked with; a web socket echoes bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Upgrade") == "websocket":
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.flush()
            with contextlib.suppress(OSError):
                while data := self.connection.recv(4096):
                    self.connection.sendall(data)
            self.close_connection = True
            return
        body = json.dumps({"at": self.server.name, "path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), StandIn)
        self.name = name
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Gate:
    """`berth gate` beside the two stand-ins, as in the pod; reached by the workspace's host."""

    def __init__(self, demo, session, terminals=None, inside=16):
        """`inside`: connections at once from where all of a test come from; the image's number unless that is what is in the way."""
        self.place = demo.folder / "gate"
        self.place.mkdir()
        self.port = free_port()
        self.host = session["endpoints"][0]["url"].split("/")[2]
        self.editor, self.lab = Server("editor"), Server("lab")
        text = (CONFIGURATION / "nginx.conf").read_text()
        for there, here in (("/run/gate", str(self.place)), ("/opt/berth/gate/pages", str(CONFIGURATION / "pages"))):
            assert there in text, f"the image's configuration has no {there}"
            text = text.replace(there, here)
        assert "limit_conn inside 16;" in text and "limit_conn peers 400;" in text, "the image's configuration bounds no connections"
        if inside != 16:
            text = text.replace("limit_conn inside 16;", f"limit_conn inside {inside};").replace("limit_conn peers 400;", f"limit_conn peers {inside};")
        # In the pod there is one user; root's nginx would give its work to another.
        (self.place / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + text)
        self.command = [demo.berth, "gate", "--namespace", session["namespace"], "--kubeconfig", str(demo.folder / "data" / "simulated.kubeconfig"),
                        "--folder", str(self.place), "--proxy-config", str(self.place / "nginx.conf"), "--plain-http",
                        "--port", str(self.port), "--address", "127.0.0.1", "--editor-port", str(self.editor.server_port),
                        "--lab-port", str(self.lab.server_port), "--terminals-port", str(terminals or free_port())]
        self.process = None

    def begin(self):
        with (self.place / "log").open("ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT, start_new_session=True)

    def start(self):
        self.begin()
        assert wait_for(lambda: self.status("/healthz") == 200, PATIENCE), "the gate does not open:\n" + self.log()

    def processes(self):
        """Of its container: the keeper, the gate, nginx and its worker, by their numbers."""
        found = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
                state, parent, _, session = rest.split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    found[int(stat.parent.name)] = (name, int(parent))
        return found

    def itself(self):
        """The gate, not the keeper that started it."""
        return next((pid for pid, (_, parent) in self.processes().items() if parent == self.process.pid), None)

    def kill(self):
        """As a container's end does: nothing of it is left."""
        if self.process is None or self.process.poll() is not None:
            return

        def gone():
            here = self.processes()
            for pid in sorted(here, key=lambda one: one != self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()
            return not here
        assert wait_for(gone, PATIENCE, 0.02), f"still there: {self.processes()}"

    def health(self):
        """What a probe of its container hears; nothing where nobody answers."""
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(5)
        try:
            line.connect(str(self.place / "health.sock"))
            line.sendall(b"GET /_gate/healthz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n")
            return int(line.recv(4096).split()[1])
        except OSError:
            return None
        finally:
            line.close()

    def log(self):
        return (self.place / "log").read_text(errors="replace")

    def ask(self, path, cookie=None, accept=None, more=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Host": self.host} | ({"Cookie": cookie} if cookie else {}) | ({"Accept": accept} if accept else {}) | (more or {})
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def status(self, path, cookie=None):
        try:
            return self.ask(path, cookie)[0]
        except (OSError, http.client.HTTPException):
            return None

    def enter(self, api, booked, app="editor"):
        """By a ticket of the portal: the status, the cookie or none, where one is sent, and the ticket's own address."""
        made = api.send("POST", f"/reservations/{booked['id']}/tickets", {"app": app})
        assert made.status == 201, made.body
        path = "/" + made.body["url"].split("/", 3)[3]
        status, headers, _ = self.ask(path)
        cookie = headers.get("Set-Cookie", "").split(";")[0]
        return status, cookie or None, headers.get("Location"), path

    def socket(self, cookie):
        """An open web socket, or none; it has carried bytes both ways."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        line.sendall((f"GET /socket HTTP/1.1\r\nHost: {self.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      f"Cookie: {cookie}\r\n\r\n").encode())
        head = line.recv(4096)
        if not head.startswith(b"HTTP/1.1 101"):
            line.close()
            return None
        line.sendall(b"ping")
        assert line.recv(4) == b"ping"
        return line


def promised(tally, took, what):
    tally.check(took is not None, what, "never" if took is None else f"{took:.2f} s, promised {PROMISED_SECONDS}")


def let_in(gate, api, booked):
    """As soon as the gate has heard of it."""
    begun = time.monotonic()
    entered = wait_for(lambda: next((it for it in [gate.enter(api, booked)] if it[0] == 303), None), PATIENCE, 0.2)
    return entered, time.monotonic() - begun


def first_steps(gate, ana, booked, tally):
    status, headers, body = gate.ask("/", accept="text/html")
    tally.check(status == 401 and b"<html" in body and headers["Cache-Control"] == "no-store", "without a pass a person is told what to do", f"{status} {body[:60]}")
    page = f'<a href="http://127.0.0.1:{ana.port}/reservations/{booked["id"]}">'
    tally.check(page.encode() in body, "and led to where a way in is to be had", str(body[-200:]))
    status, _, body = gate.ask("/_gate/open?t=none", accept="text/html")
    tally.check(status == 403 and page.encode() in body, "as is who brings a ticket that is none", f"{status} {body[-200:]}")
    tally.check(gate.status("/_gate/check") == 404, "nobody outside asks the checker")
    (status, cookie, location, path), took = let_in(gate, ana, booked)
    tally.check(status == 303 and cookie and cookie.startswith(COOKIE + "=") and location == "/", "a ticket lets its owner in", f"{status} {location}")
    print(f"      {took:.2f} s after the gate was there")
    tally.check(gate.ask(path)[0] == 403, "and nobody a second time")
    status, _, body = gate.ask("/some/file", f"theme=dark; {cookie}; _xsrf=1")
    seen = json.loads(body)
    tally.check(status == 200 and seen["at"] == "editor" and seen["path"] == "/some/file", "the pass goes on to the editor")
    tally.check(seen["headers"].get("Cookie") == "theme=dark; _xsrf=1", "which never sees the pass, and all else", str(seen["headers"].get("Cookie")))
    tally.check(seen["headers"].get("Host") == gate.host, "and is told the host of the browser", str(seen["headers"].get("Host")))
    status, _, location, _ = gate.enter(ana, booked, "lab")
    tally.check(status == 303 and location == "/lab/lab", "a ticket for JupyterLab leads there", str(location))
    tally.check(json.loads(gate.ask("/lab/api/status", cookie)[2])["at"] == "lab", "and /lab/ is JupyterLab's")
    tally.check(gate.socket(COOKIE + "=wrong") is None, "a web socket with a wrong pass is not opened")
    return cookie, path


def shared_and_not(gate, ana, ben, admin, booked, cookie, tally):
    answer = ben.send("POST", f"/reservations/{booked['id']}/tickets", {})
    tally.check(answer.status == 404, "who was not named gets no ticket", str(answer.status))
    def share():
        return ana.send("POST", f"/reservations/{booked['id']}/guests", {"email": "ben@berth.local"}).body["id"]
    guest = share()
    entered, took = let_in(gate, ben, booked)
    tally.check(bool(entered), "who was named comes in", f"{took:.2f} s after it was said")
    bens = entered[1]
    line, mine = gate.socket(bens), gate.socket(cookie)
    tally.check(line is not None and mine is not None, "web sockets of both are open")
    begun = time.monotonic()
    tally.check(ana.send("DELETE", f"/reservations/{booked['id']}/guests/{guest}").status == 204, "the owner puts him out")
    took = closed_after(line)
    promised(tally, took and time.monotonic() - begun, "his web socket is closed")
    tally.check(gate.status("/", bens) == 401, "his pass is none any more")
    mine.sendall(b"ping")
    tally.check(mine.recv(4) == b"ping" and gate.status("/", cookie) == 200, "the owner's stays open")
    mine.close()

    share()
    entered, _ = let_in(gate, ben, booked)
    tally.check(bool(entered) and gate.status("/", bens) == 401, "named again he has to open anew")
    line = gate.socket(entered[1])
    begun = time.monotonic()
    answer = admin.send("PATCH", f"/users/{guest}", {"disabled": True})
    tally.check(answer.status == 200, "an admin disables his account", str(answer.body))
    took = closed_after(line)
    promised(tally, took and time.monotonic() - begun, "his web socket is closed by that")


def parts_away(gate, ana, booked, cookie, path, tally):
    gate.kill()
    tally.check(gate.status("/", cookie) is None, "the gate is killed")
    gate.start()
    tally.check(gate.status("/", cookie) == 200, "started anew it knows the passes that it gave")
    tally.check(gate.ask(path)[0] == 403, "and the tickets that were used")


def list_deleted(gate, demo, session, cookie, tally):
    """By hand: what says who may enter is made again, and nobody notices."""
    path = f"/api/v1/namespaces/{session['namespace']}/configmaps/berth-gate"
    cluster = Kubernetes(demo.folder / "data" / "simulated.kubeconfig")
    before = cluster.get(path)[1]
    line = gate.socket(cookie)
    cluster.request("DELETE", path)
    begun = time.monotonic()
    again = wait_for(lambda: (it := cluster.get(path))[0] == 200 and it[1]["metadata"]["uid"] != before["metadata"]["uid"] and it[1], PATIENCE, 0.05)
    tally.check(bool(again) and again["data"] == before["data"], "a list that somebody deleted is made again", f"{time.monotonic() - begun:.2f} s")
    time.sleep(GONE_HOLDS_SECONDS)   # as long as the gate waits for it, and it has heard of it by then
    tally.check("is gone; the one before holds" in gate.log() and "is not back" not in gate.log(), "the gate has heard of both", gate.log()[-500:])
    line.sendall(b"ping")
    tally.check(line.recv(4) == b"ping" and gate.status("/", cookie) == 200, "and cut nobody")
    line.close()


def key_rotated(gate, demo, ana, booked, cookie, tally):
    """The key of tickets is retired, as decision 46 has it; nobody stands before a closed door meanwhile."""
    keys = lambda: {row[0] for row in demo.sql("SELECT id FROM berth.gate_key WHERE retired_at IS NULL")}
    before = keys()
    demo.sql("SELECT set_config('berth.actor', 'owner', false); UPDATE berth.gate_key SET retired_at = now()")
    begun, answers = time.monotonic(), []
    while time.monotonic() - begun < SETTLES_SECONDS:
        answers.append(gate.enter(ana, booked)[0])
        time.sleep(0.5)
    after = keys()
    tally.check(len(after) == 1 and not after & before, "a ticket's key that was retired has a successor", f"{len(after)}")
    tally.check(set(answers) == {303}, "and every ticket of that time lets in at once", str(answers))
    signs = json.loads(base64.urlsafe_b64decode(gate.enter(ana, booked)[3].split("t=")[1].split("&")[0].split(".")[0] + "=="))["key"]
    tally.check({signs} == after, "the last of them by the new key", signs)
    tally.check(gate.status("/", cookie) == 200, "passes of before stay good")


def through_a_router(gate, ana, booked, cookie, tally):
    """Somebody without a pass has bodies trickle in through a router that hands them on as they come; it has one address for everybody,
    and tells whom it speaks for."""
    gate.kill()
    path = gate.place / "nginx.conf"
    image = path.read_text()
    path.write_text(image.replace("limit_conn inside 16;", ""))   # a router is not inside; here it has to be on this machine
    gate.start()
    stop, opened = threading.Event(), [0]
    head = f"POST /x HTTP/1.1\r\nHost: {gate.host}\r\nX-Forwarded-For: 203.0.113.9, 2001:db8:7::{{:x}}\r\nContent-Length: 1000000\r\n\r\n"

    def pour():
        """Goes on with each body, also when it was refused, until the gate hangs up."""
        lines, ends = {}, select.poll()
        while not stop.is_set():
            while len(lines) < TRICKLING:
                line = socket.create_connection(("127.0.0.1", gate.port), timeout=10)
                line.sendall(head.format(opened[0] % 250).encode())
                line.setblocking(False)
                lines[line.fileno()] = line
                ends.register(line, select.POLLHUP | select.POLLERR | select.POLLRDHUP)
                opened[0] += 1
            for number, _ in ends.poll(100):
                ends.unregister(number)
                lines.pop(number).close()
            for line in lines.values():
                with contextlib.suppress(OSError):
                    line.send(b"x")
        for line in lines.values():
            line.close()
    def told(path, **more):
        try:
            return gate.ask(path, cookie, more={"X-Forwarded-For": "198.51.100.7, 192.0.2.9"} | more)[0]
        except (OSError, http.client.HTTPException):
            return None
    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    assert wait_for(lambda: opened[0] >= 2 * TRICKLING, PATIENCE, 0.1), "nobody pours"
    answers = [told("/") for _ in range(40) if not time.sleep(0.1)]
    ways_in = [gate.enter(ana, booked)[0], gate.status("/healthz")]
    stop.set()
    thread.join(PATIENCE)
    tally.check(set(answers) == {200}, "while bodies of somebody without a pass trickle in through a router, its holder's requests are answered",
                f"{opened[0]} bodies, {answers}")
    tally.check(ways_in == [303, 200], "and the ways in are open", str(ways_in))
    gate.kill()
    path.write_text(image)
    gate.start()


def doors(gate, ana, booked, tally):
    """Without any pass: requests whose bodies do not come, as many as the ways in have places, twice."""
    lines = []
    for number in range(40):
        line = socket.create_connection(("127.0.0.1", gate.port), timeout=20)
        asked = (b"POST /_gate/open", b"GET /healthz")[number % 2]
        line.sendall(asked + b" HTTP/1.1\r\nHost: " + gate.host.encode() + b"\r\nContent-Length: 1000\r\n\r\nx")
        lines.append(line)
    answers = [line.recv(64)[9:12] for line in lines]
    tally.check(set(answers) == {b"400"}, "a body at the doors is refused", str(set(answers)))
    status, _, _, _ = gate.enter(ana, booked)
    tally.check(status == 303 and gate.status("/healthz") == 200, "and holds no place there while it does not come", f"{status}")
    for line in lines:
        line.close()


def from_elsewhere(gate, cookie, tally):
    """What a browser says of requests that pages of other workspaces make, which are of the same site."""
    def asked(**more):
        return gate.ask("/", cookie, more={"Sec-Fetch-Site": "same-site"} | {f"Sec-Fetch-{key.capitalize()}": value for key, value in more.items()})[0]
    tally.check(asked(mode="navigate", dest="document") == 200, "a page of another workspace may lead here")
    tally.check([asked(mode="navigate", dest=dest) for dest in ("iframe", "frame", "object", "embed")] == [403] * 4, "and not show it in a frame")
    tally.check(asked(mode="cors", dest="empty") == 403, "nor ask it anything")
    tally.check("frame-ancestors 'self'" in gate.ask("/", cookie)[1].get("Content-Security-Policy", ""), "as browsers without these are told")
    long = {f"X-Long-{number}": "a" * 7000 for number in range(3)}
    tally.check(gate.ask("/", cookie, more=long)[0] == 200, "21 kB of heads are let through")


def flooded(gate, cookie, tally):
    """By whoever is inside: more connections than nginx has, from as many addresses as loopback has, each with a head that never ends."""
    mine = gate.socket(cookie)
    few = [gate.socket(cookie) for _ in range(16)]
    tally.check(all(few[:15]) and few[15] is None, "from inside the pod there are 16 connections at once", str([one is not None for one in few]))
    tally.check(gate.status("/healthz") == 200, "and the ways in are open besides")
    for one in filter(None, few):
        one.close()
    stop, opened = threading.Event(), [0]

    def pour(number):
        """Whatever nginx gives up is taken again at once."""
        kept, ends = {}, select.poll()
        while not stop.is_set():
            if len(kept) < 600:
                line = socket.socket()
                line.settimeout(5)
                try:
                    line.bind((f"127.0.{number}.1", 0))
                    line.connect(("127.0.0.1", gate.port))
                    line.sendall(b"GET / HTTP/1.1\r\nX: ")
                except OSError:
                    line.close()
                    continue
                kept[line.fileno()] = line
                ends.register(line, select.POLLIN | select.POLLHUP)
                opened[0] += 1
            for number_of, _ in ends.poll(0 if len(kept) < 600 else 50):
                ends.unregister(number_of)
                kept.pop(number_of).close()
        for line in kept.values():
            line.close()
    threads = [threading.Thread(target=pour, args=(number,), daemon=True) for number in range(1, 5)]
    for each in threads:
        each.start()
    crowded = wait_for(lambda: gate.status("/healthz") is None, PATIENCE, 0.1)
    answers = [gate.health() for _ in range(20)]
    stop.set()
    for each in threads:
        each.join(PATIENCE)
    tally.check(bool(crowded), "from inside all its connections can be taken", f"{opened[0]} were opened")
    tally.check(answers == [200] * 20, "and meanwhile its probe is answered", str(answers))
    tally.check(bool(wait_for(lambda: gate.status("/", cookie) == 200, PATIENCE)), "and afterwards it lets in as before")
    if mine:
        mine.close()


def impostor(gate, cookie, tally):
    """What happens to the port when something of the gate ends."""
    before = gate.itself()
    line = socket.create_connection(("127.0.0.1", gate.port), timeout=20)
    line.close()
    os.kill(before, signal.SIGKILL)
    tried, taken = 0, 0

    def steals_until_it_is_back():
        nonlocal tried, taken
        with socket.socket() as thief, contextlib.suppress(OSError):
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried += 1
            thief.bind(("127.0.0.1", gate.port))
            thief.listen()
            taken += 1
        return gate.itself() not in (None, before) and gate.health() == 200
    back = wait_for(steals_until_it_is_back, PATIENCE, 0.005)
    tally.check(taken == 0 and tried > 0, "while a gate that was killed is started again nobody else gets its port", f"{taken} of {tried}")
    tally.check(bool(back) and gate.status("/", cookie) == 200, "it is back, with the passes that it gave")
    nginx = [pid for pid, (name, _) in gate.processes().items() if name == "nginx"]
    tally.check(len(nginx) == 2, "and the nginx of before is gone", str(gate.processes()))
    frozen = gate.itself()

    gate.kill()
    thief = socket.create_server(("127.0.0.1", gate.port))
    gate.begin()
    fault = gate.place / "fault"
    told = wait_for(fault.exists, PATIENCE, 0.1)
    tally.check(bool(told) and f"port {gate.port} is taken by another program" in fault.read_text(), "one that finds its port taken says so",
                fault.read_text() if told else gate.log()[-500:])
    tally.check(gate.health() is None and gate.itself() is None and gate.process.poll() is None, "does not come up, and goes on trying", str(frozen))
    tally.check("another program of this pod has the gate's port" in gate.log(), "also in its log")
    thief.close()
    tally.check(bool(wait_for(lambda: gate.health() == 200 and not fault.exists(), PATIENCE, 0.1)), "once it has it, it opens")
    tally.check(gate.status("/", cookie) == 401, "and what may have been shown to the other lets nobody in")


def signed_out(gate, ana, cookie, tally):
    line = gate.socket(cookie)
    begun = time.monotonic()
    answer = ana.send("POST", "/auth/sign-out-everywhere")
    tally.check(answer.status == 204, "the owner signs out everywhere", f"{answer.status} {answer.body}")
    promised(tally, (took := closed_after(line)) and time.monotonic() - begun, "her web socket is closed by that")
    tally.check(gate.status("/", cookie) == 401, "her pass is none any more")


def ends(gate, ana, booked, cookie, tally):
    line = gate.socket(cookie)
    begun = time.monotonic()
    ana.send("DELETE", f"/reservations/{booked['id']}")
    promised(tally, (took := closed_after(line)) and time.monotonic() - begun, "with the session's end what is open is closed")
    tally.check(took is not None and gate.status("/", cookie) in (401, None), "and nobody is let in any more")


def main(berth):
    tally = Tally()
    if shutil.which("nginx") is None and not pathlib.Path("/usr/sbin/nginx").exists():
        tally.check(False, "nginx is there", "tools/setup/packages-test.txt has it")
        return tally.close()
    with folder() as place:
        demo = Demo(berth, place)
        gate = None
        with running(demo, tally):
            try:
                ana, ben = (Api(demo.port, f"{who}@berth.local") for who in ("ana", "ben"))
                admin = Api(demo.port, "admin@berth.local", ["read", "write", "admin"])
                booked = book(ana, "slice-24gb", "interactive_ml", "gate")
                tally.check(bool(wait_for(lambda: ready(ana, booked), PATIENCE)), "the session is Ready")
                gate = Gate(demo, session_of(ana, booked))
                gate.start()
                cookie, path = first_steps(gate, ana, booked, tally)
                shared_and_not(gate, ana, ben, admin, booked, cookie, tally)
                parts_away(gate, ana, booked, cookie, path, tally)
                list_deleted(gate, demo, session_of(ana, booked), cookie, tally)
                key_rotated(gate, demo, ana, booked, cookie, tally)
                doors(gate, ana, booked, tally)
                through_a_router(gate, ana, booked, cookie, tally)
                from_elsewhere(gate, cookie, tally)
                flooded(gate, cookie, tally)
                impostor(gate, cookie, tally)
                entered, _ = let_in(gate, ana, booked)
                tally.check(bool(entered), "who opens it anew comes in")
                cookie = entered[1]
                signed_out(gate, ana, cookie, tally)
                ana = Api(demo.port, "ana@berth.local")
                entered, _ = let_in(gate, ana, booked)
                tally.check(bool(entered), "signed in again she comes in")
                ends(gate, ana, booked, entered[1], tally)
                text = gate.log() + demo.log()
                secrets = [cookie.split("=", 1)[1], path.split("t=", 1)[1].split("&", 1)[0]]
                tally.check(not any(secret in text for secret in secrets), "no ticket and no pass is in a log")
            finally:
                if gate is not None:
                    if tally.failed:
                        print("--- gate\n" + gate.log()[-4000:])
                    gate.kill()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
