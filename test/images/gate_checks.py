"""The gate alone, before two stand-ins that tell what reached them."""

import contextlib
import http.client
import http.server
import json
import pathlib
import socket
import socketserver
import threading

import containers

PORT = 8081
STAND_IN = pathlib.Path(__file__).with_name("gate_stand_in.py")
HOST = "ws-1.example.test"
BROWSER = {"Host": HOST, "Accept": "text/html,application/xhtml+xml"}
SIGNED_IN = {"Host": HOST, "Cookie": "berth-gate=good"}
LIMIT_S = 60


class Echo(http.server.BaseHTTPRequestHandler):
    """Says what it was asked; an upgrade stays open and says back what it hears."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Upgrade"):
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            with contextlib.suppress(OSError):
                while word := self.connection.recv(100):
                    self.connection.sendall(word)
            self.close_connection = True
            return
        body = json.dumps({"path": self.path, "headers": dict(self.headers.items()), "port": self.server.server_address[1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def start_gate(pod, name="gate"):
    """The gate's container, `berth gate` in it stood in for."""
    return pod.start(name, *pod.config["Entrypoint"], "gate", env=[f"PORT={PORT}"],
                     binds=[(pod.volume("gate"), "/run/gate", "rw"), (STAND_IN, "/opt/berth/bin/berth", "ro")])


def ask(path, headers=None, port=PORT):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    try:
        connection.request("GET", path, headers=headers or {"Host": HOST})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def upgrade(headers):
    connection = socket.create_connection(("127.0.0.1", PORT), timeout=LIMIT_S)
    lines = ["GET /socket HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", *(f"{name}: {value}" for name, value in headers.items())]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection, connection.recv(1000).decode()


class Gate:
    def __init__(self, pod):
        self.echoes = [Server(("127.0.0.1", port), Echo) for port in (8080, 8888)]
        for echo in self.echoes:
            threading.Thread(target=echo.serve_forever, daemon=True).start()
        self.pod = pod
        self.container = start_gate(pod)

    def seen(self, path="/", **headers):
        status, _, body = ask(path, SIGNED_IN | headers)
        assert status == 200, f"{path}: {status}"
        return json.loads(body)


def ready(gate):
    """/healthz answers without a login"""
    containers.until("the gate", gate.container, lambda: ask("/healthz")[0] == 200)


def refuses(gate):
    """without its cookie, or with a wrong one, nothing passes"""
    for path in ("/", "/lab/lab", "/lab/api/status", "/proxy/8888/", "/healthz/", "/x/../lab/", "/_gate"):
        for headers in ({"Host": HOST}, {"Host": HOST, "Cookie": "berth-gate=bad"}, {"Host": HOST, "Cookie": "xberth-gate=good"}):
            assert ask(path, headers)[0] == 401, f"{path} with {headers}"
    assert upgrade({"Host": HOST})[1].startswith("HTTP/1.1 401"), "a web socket"


def internal(gate):
    """its own addresses cannot be asked from outside, but for the ticket's"""
    for path in ("/_gate/check", "/_gate/healthz", "/_gate/closed.html", "/_gate/", "/_gate/x"):
        assert ask(path, SIGNED_IN)[0] == 404, path


def closed_page(gate):
    """a page that went stale says what to do, small and not kept; a program gets a line"""
    status, headers, body = ask("/lab/tree/x.ipynb", BROWSER)
    assert status == 401 and headers["Content-Type"].startswith("text/html"), headers
    assert "Open the workspace from Berth again" in body and len(body) < 2000, body
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer", headers
    status, headers, body = ask("/lab/api/contents")
    assert status == 401 and "<" not in body, body


def ticket(gate):
    """a ticket becomes a cookie, is told to nobody and kept nowhere"""
    status, headers, _ = ask("/_gate/open?t=once")
    assert (status, headers["Location"]) == (303, "/") and headers["Set-Cookie"].startswith("berth-gate=good"), headers
    assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer", headers
    assert ask("/_gate/open?t=SECRETTICKET")[0] == 403


def cookies(gate):
    """its own cookies go no further, all others do"""
    for sent, expected in {
        "berth-gate=good": None,
        "berth-gate=good; _xsrf=1": "_xsrf=1",
        "_xsrf=1; berth-gate=good": "_xsrf=1",
        "a=1; berth-gate=good; b=2": "a=1; b=2",
        "a=1;berth-gate=good;b=2": "a=1;b=2",
        "__Host-berth-gate=good; a=1": "a=1",
        "a=1; __Host-berth-gate=good; berth-gate=bad; b=2": "a=1; b=2",
        "berth-gate=good; a=1; berth-gate=bad": "a=1",
        "__Host-berth-gate=bad; a=1; __Host-berth-gate=good": "a=1",
        "xberth-gate=1; berth-gate=good; berth-gate-more=2": "xberth-gate=1; berth-gate-more=2",
        "a=berth-gate; berth-gate=good": "a=berth-gate",
        "berth-gate=bad; berth-gate=good; c=3": "c=3",
    }.items():
        got = gate.seen(Cookie=sent)["headers"].get("Cookie")
        assert (got or None) == expected, f"{sent!r} became {got!r}, expected {expected!r}"


def renewed(gate):
    """a cookie that is renewed reaches the browser"""
    status, headers, _ = ask("/lab/x?y=1", {"Host": HOST, "Cookie": "berth-gate=old"})
    assert status == 200 and headers["Set-Cookie"] == "berth-gate=good; HttpOnly; Path=/; uri=/lab/x?y=1", headers
    assert "Set-Cookie" not in ask("/", SIGNED_IN)[1]


def forwarded(gate):
    """editor and lab learn the address of the browser, and nobody else's"""
    seen = gate.seen("/a?b=1", Forwarded="host=evil.example", **{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"})
    headers = seen["headers"]
    assert (seen["path"], seen["port"]) == ("/a?b=1", 8080), seen
    assert (headers["Host"], headers["X-Forwarded-Host"], headers["X-Forwarded-Proto"]) == (HOST, HOST, "https"), headers
    assert "Forwarded" not in headers and "Berth-Holder" not in headers, headers
    assert "Berth-Holder" not in gate.seen(**{"Berth-Holder": "eve now"})["headers"], "one of a browser's own"
    assert gate.seen()["headers"]["X-Forwarded-Proto"] == "http"
    assert gate.seen("/lab/api/status")["port"] == 8888
    assert ask("/lab", SIGNED_IN)[1]["Location"] == "/lab/"


def cut(gate):
    """a web socket passes, and its gate can cut it"""
    connection, answer = upgrade(SIGNED_IN)
    assert answer.startswith("HTTP/1.1 101"), answer
    connection.sendall(b"hello")
    assert connection.recv(100) == b"hello"
    gate.container.signal("HUP")
    connection.settimeout(LIMIT_S)
    assert connection.recv(100) == b"", "it is still open"
    assert ask("/", SIGNED_IN)[0] == 200, "and goes on"


def knocks(gate):
    """its probe asks where nobody else can, and is told what is wrong"""
    words = ("/opt/berth/bin/berth-workspace", "knock")
    assert gate.container.run(*words) == "ok", "open"
    fault = gate.pod.volume("gate") / "fault"
    fault.write_text("port 8081 is taken by another program of this pod: nobody is let in\n")
    status, text = gate.container.run(*words, check=False)
    fault.unlink()
    assert status == 1 and "port 8081 is taken" in text, (status, text)
    gate.container.run("mv", "/run/gate/health.sock", "/run/gate/elsewhere.sock")
    status, text = gate.container.run(*words, check=False)
    gate.container.run("mv", "/run/gate/elsewhere.sock", "/run/gate/health.sock")
    assert status != 0 and "curl" in text, (status, text)


def nameless(gate):
    """where no name can be written, what went wrong is told in its own words"""
    gate.container.run("sh", "-c", "mv /tmp/.berth-names /tmp/kept; touch /tmp/.berth-names")
    text = gate.container.run("/opt/berth/bin/berth-workspace", "gate", check=False, env=["PORT=1"])[1]
    gate.container.run("sh", "-c", "rm /tmp/.berth-names; mv /tmp/kept /tmp/.berth-names")
    assert "no name for user id" in text and "File exists" in text, text


def starting(gate):
    """while the editor starts, a page that tries again"""
    gate.echoes[0].shutdown()
    gate.echoes[0].server_close()
    status, headers, body = ask("/", BROWSER | SIGNED_IN)
    assert status == 503 and "refresh" in body and headers["Cache-Control"] == "no-store", (status, body)
    assert "<" not in ask("/", SIGNED_IN)[2]


def silent(gate):
    """neither a ticket nor a query is in the log, also when nobody answers"""
    ask("/files?folder=SECRETQUERY", SIGNED_IN)  # by now nobody listens behind it
    gate.container.run("rm", "/run/gate/check.sock")
    assert ask("/_gate/open?t=SECRETTICKET")[0] == 503
    assert ask("/", SIGNED_IN)[0] == 503, "with nobody to ask, nobody passes"
    log = gate.container.log.read_text()
    assert "SECRET" not in log, log
    assert "/_gate" not in log.replace("/_gate/check", ""), log


def end(gate):
    """ends when it is told to"""
    for echo in gate.echoes[1:]:
        echo.shutdown()
        echo.server_close()
    gate.container.signal("TERM")
    gate.container.process.wait(LIMIT_S)


CHECKS = (ready, refuses, internal, closed_page, ticket, cookies, renewed, forwarded, cut, knocks, nameless, starting, silent, end)
