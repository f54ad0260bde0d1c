#!/usr/bin/env python3
"""`berth shell` and `berth port-forward` as a person has them: through the portal, a real nginx with the image's configuration, `berth gate`
and `berth terminals`. What listens in the pod listens here on loopback, as there."""

import base64
import contextlib
import fcntl
import hashlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import termios
import threading
import time

from gate_test import PATIENCE, PROMISED_SECONDS, Gate, let_in
from harness import Api, Demo, Tally, folder, free_port, running, wait_for
from sessions import book, ready, session_of
from slow_tunnels import Inside, memory, slow_tunnels
from terminal_test import Terminal

TEN_MB = 10_000_000
MOST_IN_FLIGHT = 24 << 20   # what sockets and buffers between two ends may hold; the sender has twenty times as much
MOST_MEMORY = 64 << 20      # of one program more than it had


class Portal(http.server.BaseHTTPRequestHandler):
    """The demo's portal, with the workspace's address told as that of the gate here."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=30)
        try:
            line.request(self.command, self.path, body or None, {k: v for k, v in self.headers.items() if k.lower() != "host"})
            answer = line.getresponse()
            told = answer.read()
        finally:
            line.close()
        for there, here in self.server.addresses:
            told = told.replace(there.encode(), here.encode())
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


class Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


def echo(line):
    while data := line.recv(65536):
        line.sendall(data)


def count(line):
    """Says how much came, after all of it has come: it hears of the end of one direction, and answers in the other."""
    seen = hashlib.sha256()
    size = 0
    while data := line.recv(65536):
        seen.update(data)
        size += len(data)
    line.sendall(f"{size} {seen.hexdigest()}".encode())


class World:
    """Everything between a person's machine and a workspace."""

    def __init__(self, demo, session):
        self.demo = demo
        self.terminals_port = free_port()
        self.gate = Gate(demo, session, self.terminals_port, inside=1000)
        self.portal = Threaded(("127.0.0.1", 0), Portal)
        self.portal.behind = demo.port
        self.portal.addresses = [(session["endpoints"][0]["url"], f"http://127.0.0.1:{self.gate.port}/")]
        threading.Thread(target=self.portal.serve_forever, daemon=True).start()
        self.log = (demo.folder / "terminals.log").open("ab")
        self.home = demo.folder / "inside"
        self.home.mkdir()
        self.terminals = subprocess.Popen([demo.berth, "terminals", "--port", str(self.terminals_port)], stdin=subprocess.DEVNULL, stdout=self.log,
                                          stderr=self.log, cwd=self.home, env={**os.environ, "HOME": str(self.home), "SHELL": "/bin/bash", "PS1": "$ "})
        self.gate.start()

    def environment(self, api):
        return {**os.environ, "HOME": str(self.demo.folder), "XDG_CONFIG_HOME": str(self.demo.folder), "TZ": "UTC", "TERM": "xterm-256color",
                "BERTH_SERVER": f"http://127.0.0.1:{self.portal.server_port}", "BERTH_TOKEN": api.token}

    def shell(self, api, *arguments, data=b"", limit=PATIENCE):
        return subprocess.run([self.demo.berth, "shell", "gate", *arguments], input=data, capture_output=True, timeout=limit, env=self.environment(api))

    def terminal(self, api, *arguments):
        return Terminal(self.demo.folder, self.demo.berth, "shell", "gate", *arguments, env=self.environment(api))

    def close(self):
        self.terminals.terminate()
        self.terminals.wait(PATIENCE)
        self.gate.kill()
        self.portal.shutdown()


class Forward:
    """`berth port-forward`, from the moment it says that it does."""

    def __init__(self, world, api, *ports):
        self.process = subprocess.Popen([world.demo.berth, "port-forward", "gate", *map(str, ports)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=world.environment(api))
        self.told = ""
        self.errors = ""
        self.threads = [threading.Thread(target=self.keep, args=each, daemon=True) for each in (("told", self.process.stdout), ("errors", self.process.stderr))]
        for each in self.threads:
            each.start()
        wait_for(lambda: self.told.count("\n") == len(ports) or self.process.poll() is not None, PATIENCE)
        self.ports = [int(number) for number in re.findall(r"Forwarding 127\.0\.0\.1:(\d+) -> port", self.told)]

    def keep(self, where, stream):
        for line in stream:
            setattr(self, where, getattr(self, where) + line.decode())

    def dial(self, which=0):
        return socket.create_connection(("127.0.0.1", self.ports[which]), timeout=PATIENCE)

    def code(self, limit=PATIENCE):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(limit)
        return "goes on"

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.code()


def rest_of(line):
    """What comes until the other end closes; "reset" after it where it was cut."""
    got = b""
    try:
        while data := line.recv(65536):
            got += data
    except ConnectionResetError:
        return got + b"reset"
    finally:
        line.close()
    return got


# --- A terminal ---

def at_a_terminal(world, api, tally):
    terminal = world.terminal(api)
    before = termios.tcgetattr(terminal.slave)
    resize(terminal, 30, 100)
    terminal.type("echo it is $((6*7)) in $PWD\r")
    tally.check(terminal.says(f"it is 42 in {world.home}"), "a shell in the workspace answers at the terminal", terminal.said()[-200:])
    terminal.type("echo name $TERM; tty; echo $0\r")
    tally.check(terminal.says("name xterm-256color") and terminal.says("/dev/pts/") and terminal.says("-bash"), "it has a terminal of the same name, and is a login's")
    resize(terminal, 41, 123)
    tally.check(sized(terminal, "41 123"), "which has the size of the window", terminal.said()[-200:])
    resize(terminal, 17, 66)
    tally.check(sized(terminal, "17 66"), "and follows it", terminal.said()[-200:])
    terminal.type("sleep 1000\r")
    wait_for(lambda: terminal.said() is not None and "sleep 1000" in processes(), PATIENCE)
    terminal.type("\x03")
    terminal.type("echo got $((100+30))\r")
    tally.check(terminal.says("got 130"), "Ctrl-C reaches what runs there, not the command here", terminal.said()[-200:])
    terminal.type("exit 7\r")
    ended = wait_for(lambda: terminal.said() is not None and terminal.process.poll() is not None, PATIENCE)
    after = termios.tcgetattr(terminal.slave)
    tally.check(ended and terminal.end() == 7, "its exit code is the shell's")
    tally.check(before == after, "and the terminal is as it was")


def sized(terminal, size):
    """Soon: what is typed may overtake the news."""
    def asked():
        terminal.type("stty size\r")
        return wait_for(lambda: size in terminal.said(), 1)
    return wait_for(asked, PATIENCE, 0)


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with contextlib.suppress(ProcessLookupError):
        terminal.process.send_signal(signal.SIGWINCH)


def processes():
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def restored(terminal):
    flags = termios.tcgetattr(terminal.slave)[3]
    return bool(flags & termios.ECHO and flags & termios.ICANON)


def ways_out(world, api, tally):
    terminal = world.terminal(api)
    terminal.type("sleep 1001\r")
    wait_for(lambda: terminal.said() is not None and "sleep 1001" in processes(), PATIENCE)
    terminal.type("\r~.")
    wait_for(lambda: terminal.said() is not None and terminal.process.poll() is not None, PATIENCE)
    tally.check(restored(terminal) and "left gate" in terminal.said(), "Enter ~ . leaves a shell whose command does not end", terminal.said()[-100:])
    tally.check(terminal.end() == 1, "with exit code 1")
    tally.check(wait_for(lambda: "sleep 1001" not in processes(), PATIENCE), "and what ran there is hung up on")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        terminal = world.terminal(api)
        terminal.type("echo up $((1+1))\r")
        terminal.says("up 2")
        terminal.process.send_signal(number)
        wait_for(lambda it=terminal: it.process.poll() is not None, PATIENCE)
        tally.check(restored(terminal), f"the terminal is given back at {number.name}")
        tally.check((code := terminal.end()) == -number, "which ends the command as it does any", str(code))
    terminal = world.terminal(api)
    terminal.type("echo up $((1+1))\r")
    terminal.says("up 2")
    world.gate.kill()
    wait_for(lambda: terminal.said() is not None and terminal.process.poll() is not None, PATIENCE)
    tally.check(restored(terminal) and "was lost" in terminal.said(), "a connection that is lost is told, and the terminal given back", terminal.said()[-100:])
    tally.check((code := terminal.end()) == 6, "with exit code 6", str(code))
    world.gate.start()


# --- A command ---

def a_command(world, api, tally):
    done = world.shell(api, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    tally.check((done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 3), "a command's output, errors and exit code are its own", str(done))
    done = world.shell(api, "--", "printf", "%s|", "a b", "", "$HOME", "--", "-x", "[1,2]", "é\n")
    tally.check(done.stdout == "a b||$HOME|--|-x|[1,2]|é\n|".encode(), "its arguments come as they are", str(done))
    done = world.shell(api, "--", "sh", "-c", "kill -9 $$")
    tally.check(done.returncode == 137, "one that a signal ends has 128 and its number", str(done))
    done = world.shell(api, "--", "echo a; echo b | tr b c")
    tally.check(done.returncode == 0 and done.stdout == b"a\nc\n", "a single word with a shell's signs is a line for one", str(done))
    done = world.shell(api, "--", "no-such-program")
    tally.check(done.returncode == 127 and b"no-such-program: No such file" in done.stderr, "one that is not there is told, with 127", str(done))
    sent = os.urandom(TEN_MB)
    done = world.shell(api, "--", "cat", data=sent)
    tally.check(done.returncode == 0 and done.stdout == sent, "10 MB through a command come back as they were", f"{len(done.stdout)} {done.stderr[-100:]}")
    done = world.shell(api, "--", "sh", "-c", "head -c 3; exit 4", data=sent)
    tally.check(done.stdout == sent[:3] and done.returncode == 4, "one that reads no further ends all the same", str(done)[:200])
    done = world.shell(api, "--", "sh", "-c", "sleep 1002 & echo $!")
    tally.check(done.stdout.strip().isdigit() and done.returncode == 0, "what it leaves in the background keeps nobody", str(done)[:200])
    os.kill(int(done.stdout), signal.SIGKILL)
    done = world.shell(api, data=b"echo from a pipe\ntest -t 0 || exit 5\n")
    tally.check(done.stdout == b"from a pipe\n" and done.returncode == 5, "without a terminal the shell reads its commands from standard input", str(done))
    done = world.shell(api, "-t", "--", "ls")
    tally.check(done.returncode == 2 and b"is none" in done.stderr, "-t without a terminal is told", str(done))
    terminal = world.terminal(api, "-t", "--", "sh", "-c", "test -t 1 && echo has one")
    tally.check(terminal.says("has one") and terminal.end() == 0, "-t gives a command a terminal", terminal.text[-100:])
    done = subprocess.run([world.demo.berth, "shell", "nothing", "--", "ls"], capture_output=True, env=world.environment(api), timeout=PATIENCE)
    tally.check(done.returncode == 5, "of a reservation that is none", str(done))


# --- Ports ---

def ports(world, api, tally):
    echoes, counts = Inside(echo), Inside(count)
    nobody = free_port()
    forward = Forward(world, api, f"0:{echoes.port}", f"0:{counts.port}", f"0:{nobody}", f"0:{world.gate.port}")
    told = f"Forwarding 127.0.0.1:{(forward.ports or ['?'])[0]} -> port {echoes.port} of gate\n"
    if not tally.check(forward.told.startswith(told), "what is forwarded is told", forward.told + forward.errors):
        return
    sent = os.urandom(TEN_MB)
    line = forward.dial(0)
    threading.Thread(target=lambda: (line.sendall(sent), line.shutdown(socket.SHUT_WR)), daemon=True).start()
    tally.check(rest_of(line) == sent, "10 MB go through a port and come back as they were")
    line = forward.dial(1)
    line.sendall(sent)
    line.shutdown(socket.SHUT_WR)
    tally.check(rest_of(line).decode() == f"{TEN_MB} {hashlib.sha256(sent).hexdigest()}", "after one direction has ended, the other still goes")
    many(forward, tally)
    tally.check(rest_of(forward.dial(2)) == b"reset", "to a port where nothing listens a connection is cut")
    tally.check(wait_for(lambda: f"nothing listens on port {nobody} of gate" in forward.errors, PATIENCE), "and that is told", forward.errors)
    tally.check(rest_of(forward.dial(3)) == b"reset" and wait_for(lambda: "gate's own" in forward.errors, PATIENCE), "the gate's own port is refused", forward.errors)
    other = subprocess.run([world.demo.berth, "port-forward", "gate", f"{forward.ports[0]}:{echoes.port}"], capture_output=True, text=True,
                           env=world.environment(api), timeout=PATIENCE)
    tally.check(other.returncode == 6 and "cannot listen" in other.stderr, "a port that is taken here is told", str(other))
    listening = [line.split()[1] for name in ("tcp", "tcp6") for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    mine = {one.split(":")[0] for one in listening if int(one.split(":")[1], 16) in forward.ports}
    tally.check(mine == {"0100007F"}, "it listens on this machine alone", str(mine))
    tally.check(forward.close() == -signal.SIGINT, "Ctrl-C ends it")
    slow_reader(world, api, tally)
    for port in ("8080", "9000:8888", "0:8082"):
        other = subprocess.run([world.demo.berth, "port-forward", "gate", port], capture_output=True, text=True, env=world.environment(api), timeout=PATIENCE)
        tally.check(other.returncode == 2 and "the gate alone keeps" in other.stderr, f"{port} is refused: it lets in whoever comes", str(other))


def many(forward, tally):
    """More than are taken at once."""
    good = []

    def one(number):
        line = forward.dial(0)
        text = f"{number}".encode() * 1000
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        good.append(rest_of(line) == text)

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(150)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    tally.check(good == [True] * 150, "150 connections at once each get their own bytes", f"{good.count(True)} did")


def slow_reader(world, api, tally):
    sent = [0]
    stop = threading.Event()

    def pour(line):
        piece = b"x" * 65536
        while not stop.is_set():
            line.sendall(piece)
            sent[0] += len(piece)

    source = Inside(pour)
    forward = Forward(world, api, f"0:{source.port}")
    before = [memory(pid) for pid in (forward.process.pid, world.gate.itself())]
    line = forward.dial(0)
    line.recv(1)
    seen = [-1]

    def settled():
        was, seen[0] = seen[0], sent[0]
        return was == seen[0]

    tally.check(wait_for(settled, PATIENCE, 1), "who reads nothing stops who writes")
    more = [memory(pid) - was for pid, was in zip((forward.process.pid, world.gate.itself()), before, strict=True)]
    tally.check(sent[0] < MOST_IN_FLIGHT and max(more) < MOST_MEMORY, "and nothing grows", f"{sent[0]} bytes on their way, {more} more memory")
    stop.set()
    line.close()
    forward.close()


# --- Whom it is open to ---

def upgrade(world, path, cookie=None, client="test", **headers):
    with socket.create_connection(("127.0.0.1", world.gate.port), timeout=PATIENCE) as line:
        head = [f"GET {path} HTTP/1.1", f"Host: {world.gate.host}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]
        head += [f"Cookie: {cookie}"] if cookie else []
        head += [f"Berth-Client: {client}"] if client else []
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        line.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        return int(line.recv(4096).split()[1])


def strangers(world, api, booked, tally):
    inside = Inside(echo)
    path = f"/_gate/port/{inside.port}"
    entered, _ = let_in(world.gate, api, booked)
    cookie = entered[1]
    for each in (path, "/_gate/shell"):
        tally.check(upgrade(world, each) == 401, f"{each.rsplit('/', 1)[0]}: without a pass nobody comes in")
        tally.check(upgrade(world, each, "berth-gate=wrong") == 401, "nor with a wrong one")
        tally.check(upgrade(world, each, cookie, client=None) == 403, "a pass alone, as a page's socket has it, is not enough")
        tally.check(upgrade(world, each, cookie, Origin=f"http://{world.gate.host}") == 403, "nor is a page of the workspace's own")
        tally.check(upgrade(world, each, cookie, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="websocket") == 403, "let alone another site's")
        tally.check(upgrade(world, each, cookie) == 101, "with both it opens")
    for port in (8080, 8082, 8888):
        status = upgrade(world, f"/_gate/port/{port}", cookie)
        tally.check(status == 403, f"inside, {port} is refused too", str(status))
    for word in ("0", "65536", "080", "x", "", "-1", "80/../81", f"{inside.port}/"):
        status = upgrade(world, f"/_gate/port/{word}", cookie)
        tally.check(status in (403, 404), f"\"{word}\" is no port", str(status))
    tally.check(upgrade(world, f"/_gate/port/{world.gate.port}", cookie) == 403, "nor is the gate's own")
    with socket.create_connection(("127.0.0.1", world.terminals_port), timeout=PATIENCE) as line:
        line.sendall(b"GET /_gate/shell HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\nBerth-Client: x\r\n\r\n")
        tally.check(b" 403 " in line.recv(4096).split(b"\r\n")[0], "a page that reaches the terminals by a forwarded port is refused there")


def out(world, ana, ben, booked, tally):
    guest = ana.send("POST", f"/reservations/{booked['id']}/guests", {"email": "ben@berth.local"}).body["id"]
    let_in(world.gate, ben, booked)
    inside = Inside(echo)
    owners = world.terminal(ana)
    owners.type("echo mine $((1+1)); sleep 1003\r")
    tally.check(owners.says("mine 2"), "the owner has a shell")
    forwards = [Forward(world, who, f"0:{inside.port}") for who in (ben, ana)]
    lines = [each.dial() for each in forwards]
    for each in lines:
        each.sendall(b"ping")
        assert each.recv(4) == b"ping"
    terminal = world.terminal(ben)
    terminal.type("echo up $((1+1))\r")
    tally.check(terminal.says("up 2"), "a guest has a shell and a port")
    begun = time.monotonic()
    ana.send("DELETE", f"/reservations/{booked['id']}/guests/{guest}")
    code = forwards[0].code()
    took = time.monotonic() - begun
    tally.check(code == 4 and took < PROMISED_SECONDS, "put out, his port-forward ends", f"{code} after {took:.2f} s: {forwards[0].errors}")
    tally.check("you were put out of gate" in forwards[0].errors, "and says why", forwards[0].errors)
    tally.check(rest_of(lines[0]) == b"reset", "its connections with it")
    wait_for(lambda: terminal.said() is not None and terminal.process.poll() is not None, PATIENCE)
    took = time.monotonic() - begun
    tally.check(took < PROMISED_SECONDS and "put out of gate" in terminal.said() and restored(terminal), "his shell ends and says why", f"{took:.2f} s: {terminal.said()[-100:]}")
    tally.check(terminal.end() == 4, "with exit code 4")
    lines[1].sendall(b"ping")
    tally.check(lines[1].recv(4) == b"ping" and forwards[1].process.poll() is None, "the owner's connection stays open", forwards[1].errors)
    owners.type("\x03echo still $((1+1))\r")
    tally.check(owners.says("still 2"), "and so does the owner's shell, with what runs there", owners.said()[-200:])
    owners.type("exit\r")
    owners.end()
    terminal = world.terminal(ana)
    terminal.type("echo up $((1+1))\r")
    terminal.says("up 2")
    begun = time.monotonic()
    ana.send("DELETE", f"/reservations/{booked['id']}")
    wait_for(lambda: terminal.said() is not None and terminal.process.poll() is not None, PATIENCE)
    tally.check("is over" in terminal.said() and restored(terminal), "with the session the shell ends", f"{time.monotonic() - begun:.2f} s: {terminal.said()[-100:]}")
    tally.check(terminal.end() == 3, "with exit code 3")
    code = forwards[1].code()
    tally.check(code == 3 and "is over" in forwards[1].errors, "and the ports", f"{code}: {forwards[1].errors}")


def main(berth):
    tally = Tally()
    if shutil.which("nginx") is None and not pathlib.Path("/usr/sbin/nginx").exists():
        tally.check(False, "nginx is there", "tools/setup/packages-test.txt has it")
        return tally.close()
    with folder() as place:
        demo = Demo(berth, place)
        world = None
        with running(demo, tally):
            try:
                ana, ben = (Api(demo.port, f"{who}@berth.local") for who in ("ana", "ben"))
                booked = book(ana, "slice-24gb", "interactive_ml", "gate")
                tally.check(bool(wait_for(lambda: ready(ana, booked), PATIENCE)), "the session is Ready")
                world = World(demo, session_of(ana, booked))
                a_command(world, ana, tally)
                at_a_terminal(world, ana, tally)
                ways_out(world, ana, tally)
                ports(world, ana, tally)
                strangers(world, ana, booked, tally)
                slow_tunnels(world, ana, booked, tally)
                out(world, ana, ben, booked, tally)
            finally:
                if world is not None:
                    if tally.failed:
                        print("--- gate\n" + world.gate.log()[-4000:] + "--- terminals\n" + (demo.folder / "terminals.log").read_text()[-2000:])
                    world.close()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
