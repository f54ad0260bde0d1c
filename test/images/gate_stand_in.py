#!/usr/bin/python3
"""Stands in for `berth gate` in the image's test: says who may pass, starts nginx as its child, reloads it on SIGHUP.

A cookie `berth-gate=good` passes; `berth-gate=old` passes and is renewed. Lies over /opt/berth/bin/berth in the container."""

import http.server
import os
import signal
import socketserver
import subprocess
import sys

SOCKET = "/run/gate/check.sock"
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
        if path == "/_gate/open":
            if query != "t=once":
                return self.answer(403, b"used")
            return self.answer(303, Location="/", Set_Cookie="berth-gate=good; HttpOnly; Path=/")
        cookies = [word.strip() for word in self.headers.get("Cookie", "").split(";")]
        if "berth-gate=good" in cookies or "__Host-berth-gate=good" in cookies:
            return self.answer(204)
        if "berth-gate=old" in cookies:
            return self.answer(204, Set_Cookie="berth-gate=good; HttpOnly; Path=/; uri=" + self.headers["X-Original-URI"])
        return self.answer(401)

    def address_string(self):
        return "-"

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    if sys.argv[1:3] != ["gate", "--port"] or len(sys.argv) != 4:
        sys.exit(f"stand-in: called with {sys.argv[1:]}")
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    server = Server(SOCKET, Handler)
    nginx = subprocess.Popen(NGINX)
    signal.signal(signal.SIGHUP, lambda *_: nginx.send_signal(signal.SIGHUP))
    signal.signal(signal.SIGTERM, lambda *_: (nginx.kill(), os._exit(0)))
    server.serve_forever()


if __name__ == "__main__":
    main()
