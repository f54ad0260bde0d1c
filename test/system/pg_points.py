"""A way to PostgreSQL that knows its protocol: what a round of bookings sends can be stopped between any two statements."""

import contextlib
import pathlib
import re
import socket
import struct
import threading

LOCK = re.compile(rb"pg_advisory_xact_lock\(1,")   # a round begins: what it waits for first is its pool
COMMIT = b"COMMIT"
FLUSH = b"H" + struct.pack("!I", 4)
DONE = (b"C", b"I", b"E", b"s")   # what ends the answer to one Execute
PATIENCE_SECONDS = 30


class Point(Exception):
    """The wanted point was reached: nothing more goes through."""


class PointProxy:
    """Listens in a folder of its own, as PostgreSQL does in its own. Rounds are counted by their statements once watch() was
    called; hold() keeps the next one before its commit."""

    def __init__(self, folder, address):
        fields = dict(part.split("=", 1) for part in address.split())
        self.target = f"{fields['host']}/.s.PGSQL.{fields.get('port', '5432')}"
        name = pathlib.Path(folder) / pathlib.Path(self.target).name
        self.address = address.replace(f"host={fields['host']}", f"host={folder}")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(name))
        name.chmod(0o777)
        self.listener.listen(64)
        self.holding = None            # a round is kept before its commit until this is set
        self.held = threading.Event()
        self.watching = None           # the one round that is counted
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        self.held.clear()
        self.holding = threading.Event()

    def release(self):
        self.holding.set()

    def watch(self, stop_after, at_point):
        """The next round waits before its first statement for begin(). After so many statements (None: never) at_point() is
        called, and its connection is gone."""
        self.watching = Watched(stop_after, at_point)
        return self.watching

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.target)
            conversation = Conversation(self, near, far)
            for side in (conversation.forth, conversation.back):
                threading.Thread(target=conversation.run, args=(side,), daemon=True).start()


class Watched:
    def __init__(self, stop_after, at_point):
        self.stop_after, self.at_point = stop_after, at_point
        self.may_begin, self.ended = threading.Event(), threading.Event()
        self.statements = []           # as they were executed

    def begin(self):
        self.may_begin.set()


class Conversation:
    """One connection. `forth` reads what the portal sends message by message; `back` counts what PostgreSQL has answered."""

    def __init__(self, proxy, near, far):
        self.proxy, self.near, self.far = proxy, near, far
        self.prepared = {}             # name -> SQL
        self.bound = b""               # SQL of the last Bind
        self.watched = None
        self.sent = self.answered = 0
        self.answers = threading.Condition()

    def run(self, side):
        with contextlib.suppress(OSError, Point):
            side()
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self.answers:
            self.answers.notify_all()

    @staticmethod
    def _messages(end, pass_on):
        """(type, body) one by one; `pass_on` gets the bytes as they are."""
        kept = b""
        while data := end.recv(65536):
            if pass_on:
                pass_on(data)
            kept += data
            while len(kept) >= 5:
                length = 1 + struct.unpack("!I", kept[1:5])[0]
                if len(kept) < length:
                    break
                message, kept = kept[:length], kept[length:]
                yield message[:1], message[5:], message

    def forth(self):
        first = self.near.recv(8, socket.MSG_WAITALL)   # the only message without a type
        self.far.sendall(first + self.near.recv(struct.unpack("!I", first[:4])[0] - 8, socket.MSG_WAITALL))
        for kind, body, message in self._messages(self.near, None):
            if kind == b"P":
                name, sql = body.split(b"\0")[:2]
                self.prepared[name] = sql
            elif kind == b"B":
                self.bound = self.prepared.get(body.split(b"\0")[1], b"")
                self._before()
            self.far.sendall(message)
            if kind == b"E":
                self.sent += 1
                self._after()

    def back(self):
        for kind, _, _ in self._messages(self.far, self.near.sendall):
            if kind in DONE:
                with self.answers:
                    self.answered += 1
                    self.answers.notify_all()

    def _before(self):
        proxy = self.proxy
        if proxy.watching and self.watched is None and LOCK.search(self.bound):
            self.watched, proxy.watching = proxy.watching, None
            assert self.watched.may_begin.wait(PATIENCE_SECONDS)
        elif proxy.holding and not proxy.held.is_set() and self.bound == COMMIT:
            holding = proxy.holding
            proxy.held.set()
            assert holding.wait(PATIENCE_SECONDS)

    def _after(self):
        watched = self.watched
        if watched is None:
            return
        watched.statements.append(" ".join(self.bound.decode().split()))
        if len(watched.statements) == watched.stop_after:
            self.far.sendall(FLUSH)
            with self.answers:   # PostgreSQL has executed it, and nothing after it
                assert self.answers.wait_for(lambda: self.answered >= self.sent, PATIENCE_SECONDS)
            watched.at_point()
            watched.ended.set()
            raise Point
        if self.bound == COMMIT:
            self.watched = None
            watched.ended.set()
