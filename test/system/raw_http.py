"""HTTP by hand, for requests that no client library would send."""

import json
import select
import socket
import time

from harness import Answer

PIECE_BYTES = 256 * 1024


class Talk:
    """One connection: bytes out, and what comes back, answer by answer."""

    def __init__(self, port, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.timeout = timeout
        self.bytes = b""
        self.closed = False

    def send(self, pieces):
        """`pieces`: bytes, or an iterable of them. Stops when the other end has closed. Bytes that were taken."""
        taken = 0
        for piece in [pieces] if isinstance(pieces, bytes) else pieces:
            try:
                self.socket.sendall(piece)
            except OSError:
                break
            taken += len(piece)
        return taken

    def more(self, until):
        """Reads what there is, at least something, until the deadline. False when nothing more comes."""
        if self.closed or not select.select([self.socket], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            part = self.socket.recv(65536)
        except OSError:
            part = b""
        self.closed = not part
        self.bytes += part
        return not self.closed

    def answer(self, timeout=None):
        """The next answer, or None when the connection ends or the time is over without one."""
        until = time.monotonic() + (timeout or self.timeout)
        while b"\r\n\r\n" not in self.bytes:
            if not self.more(until):
                return None
        head, rest = self.bytes.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        status = int(lines[0].split()[1])
        length = 0 if status < 200 or status == 204 else int(headers["content-length"])
        self.bytes = rest
        while len(self.bytes) < length:
            if not self.more(until):
                return None
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        is_json = "json" in headers.get("content-type", "")
        return Answer(status, headers, json.loads(body) if is_json and body else body.decode(errors="replace"))

    def ended(self, timeout=10):
        """Whether the other end closes, with no other answer before it."""
        until = time.monotonic() + timeout
        while self.more(until):
            pass
        return self.closed and not self.bytes

    def close(self):
        self.socket.close()


def head(method, path, *headers, host="localhost"):
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host else []), *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def pieces_of(total):
    for at in range(0, total, PIECE_BYTES):
        yield b" " * min(PIECE_BYTES, total - at)


def chunks_of(total):
    for piece in pieces_of(total):
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"
