"""What a Service of Kubernetes and its endpoints do, for portals that are processes of this machine: a connection goes to one that is ready and
was not told to end, and stays there whatever becomes of it afterwards. Nothing is tried again: what a portal refuses, its client sees refused."""

import contextlib
import http.client
import itertools
import socket
import threading

LOOK_SECONDS = 1.0               # between two looks at /readyz, as a kubelet's
HEARS_SECONDS = 1.0              # until routers have heard that a pod was told to end


class Service:
    def __init__(self):
        self.lock = threading.Lock()
        self.portals = {}        # each: whether it is ready
        self.turns = itertools.count()
        self.routed = {}         # by portal: connections that went there
        self.nowhere = 0         # connections for which there was none
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        for what in (self._accept, self._look):
            threading.Thread(target=what, daemon=True).start()

    def add(self, portal):
        with self.lock:
            self.portals[portal] = False
            self.routed[portal] = 0

    def take_out_soon(self, portal):
        """It was told to end this moment."""
        threading.Timer(HEARS_SECONDS, lambda: self._take_out(portal)).start()

    def _take_out(self, portal):
        with self.lock:
            self.portals.pop(portal, None)

    def sends_to(self, portal):
        with self.lock:
            return self.portals.get(portal, False)

    def close(self):
        self.over.set()
        self.listener.close()

    def _look(self):
        while not self.over.wait(LOOK_SECONDS):
            with self.lock:
                asked = list(self.portals)
            found = {portal: portal.answers() for portal in asked}
            with self.lock:
                for portal in self.portals:
                    self.portals[portal] = found.get(portal, self.portals[portal])

    def _next(self):
        with self.lock:
            ready = [portal for portal, fine in self.portals.items() if fine]
            if not ready:
                self.nowhere += 1
                return None
            chosen = ready[next(self.turns) % len(ready)]
            self.routed[chosen] += 1
            return chosen

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            chosen = self._next()
            try:
                far = socket.create_connection(("127.0.0.1", chosen.port), timeout=10) if chosen else None
            except OSError:
                far = None
            if far is None:
                near.close()
                continue
            far.settimeout(None)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one, other):
        """One way; the other's end is told that nothing more comes, as a kernel that forwards would."""
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


class Watcher(threading.Thread):
    """A page's event stream: goes on where it ended, from the last event that it has."""

    def __init__(self, port, token, number):
        super().__init__(name=f"watcher-{number}", daemon=True)
        self.port, self.token = port, token
        self.seen, self.ends, self.faults, self.first = [], [], [], None
        self.retry = 2.0
        self.over = threading.Event()
        self.connection = None

    def run(self):
        while not self.over.is_set():
            try:
                self._read()
                end = "whole"
            except http.client.IncompleteRead:
                end = "cut"
            except (OSError, http.client.HTTPException, ValueError) as problem:
                end = f"{type(problem).__name__}: {problem}"
            if not self.over.is_set():   # else `stop` ended it
                self.ends.append(end)
            self.over.wait(self.retry)

    def _read(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        if self.seen or self.first is not None:
            headers["Last-Event-ID"] = str(self.seen[-1] if self.seen else self.first)
        self.connection.request("GET", "/api/v1/events", headers=headers)
        response = self.connection.getresponse()
        if response.status != 200:
            raise ValueError(f"{response.status} {response.read()[:300]}")
        number, name = None, ""
        while line := response.readline():
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key == "retry":
                self.retry = int(value) / 1000
            elif key == "id":
                number = int(value)
            elif key == "event":
                name = value
            elif not key and name:
                if name == "change":
                    self.seen.append(number)
                elif name == "reset":
                    self.faults.append(f"a hole: reset at {number}")
                elif self.first is None and number is not None:
                    self.first = number
                number, name = None, ""

    def stop(self):
        self.over.set()
        connection = self.connection
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)
