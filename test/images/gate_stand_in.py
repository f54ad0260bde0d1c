#!/usr/bin/python3
"""Stands in for `berth gate` in the image's test: says who may pass and leads on to the programs behind, starts nginx as its child,
cuts what is open on SIGHUP.

A cookie `berth-gate=good` passes; `berth-gate=old` passes and is renewed. Lies over /opt/berth/bin/berth in the container."""

import contextlib
import http.server
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading

FOLDER = "/run/gate"
WAYS = {"editor": 8080, "lab": 8888, "shells": 8082}
NGINX = ["nginx", "-e", "stderr", "-c", "/opt/berth/gate/nginx.conf"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:  # nginx has hung up by now where it asked for a yes or no
            self.wfile.write(body)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/_gate/healthz":
            return self.answer(200, b"ok")
        if path == "/_gate/closed":
            return self.answer(200, b"Open the workspace from Berth again", Content_Type="text/html", Cache_Control="public")
        if path == "/_gate/open":
            if query != "t=once":
                return self.answer(403, b"used")
            return self.answer(303, Location="/", Set_Cookie="berth-gate=good; HttpOnly; Path=/")
        cookies = [word.strip() for word in self.headers.get("Cookie", "").split(";")]
        if "berth-gate=good" in cookies or "__Host-berth-gate=good" in cookies:
            return self.answer(204, Berth_Holder="ana now")
        if "berth-gate=old" in cookies:
            return self.answer(204, Berth_Holder="ana now", Set_Cookie="berth-gate=good; HttpOnly; Path=/; uri=" + self.headers["X-Original-URI"])
        return self.answer(401)

    def address_string(self):
        return "-"

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, name, handler):
        path = f"{FOLDER}/{name}.sock"
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Way(socketserver.BaseRequestHandler):
    """Bytes both ways, once it is said whose they are."""

    port = 0
    opened = set()  # noqa: RUF012  (of all ways)

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(65536) or b"\r\n\r\n"
        if head.count(b"\r\nBerth-Holder: ana now\r\n") != 1:
            return
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as inner:
            self.opened.update((self.request, inner))
            inner.sendall(head.replace(b"Berth-Holder: ana now\r\n", b""))
            threading.Thread(target=self.carry, args=(self.request, inner), daemon=True).start()
            self.carry(inner, self.request)
            self.opened.difference_update((self.request, inner))

    def carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def cut(*_):
    for one in list(Way.opened):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def main():
    if sys.argv[1:3] != ["gate", "--port"] or len(sys.argv) != 4:
        sys.exit(f"stand-in: called with {sys.argv[1:]}")
    with open(f"{FOLDER}/listen.conf", "w") as listen:
        listen.write(f"listen {sys.argv[3]};\n")
    Server("check", Handler)
    Server("health", Handler)
    for name, port in WAYS.items():
        Server(name, type(name, (Way,), {"port": port}))
    nginx = subprocess.Popen(NGINX)
    signal.signal(signal.SIGHUP, cut)
    signal.signal(signal.SIGTERM, lambda *_: (nginx.kill(), os._exit(0)))
    nginx.wait()


if __name__ == "__main__":
    main()
