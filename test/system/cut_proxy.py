"""A way to a server that can be cut and mended: bytes go through as they are, so TLS stays between the two ends."""

import contextlib
import socket
import threading
import urllib.parse

import yaml


class CutProxy:
    """Listens on a port of its own. Cut, it refuses connections and has ended those that were, as a server does that is away."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.lock = threading.Lock()
        self.ends = set()
        self.listener = None
        self.port = 0
        self.mend()

    def mend(self):
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        with self.lock:
            self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        with self.lock:
            listener, self.listener = self.listener, None
            ends, self.ends = self.ends, set()
        for one in ([listener] if listener else []) + list(ends):
            with contextlib.suppress(OSError):   # it may have ended by itself
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self.target, timeout=30)
            except OSError:
                return
            far.settimeout(None)
            with self.lock:
                if self.listener is not listener:   # cut meanwhile
                    near.close()
                    far.close()
                    return
                self.ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self.lock:
            self.ends -= {one, other}


def through_proxy(kubeconfig):
    """The proxy to the server of a kubeconfig, and the kubeconfig that goes through it."""
    config = yaml.safe_load(kubeconfig)
    cluster = config["clusters"][0]["cluster"]
    server = urllib.parse.urlparse(cluster["server"])
    proxy = CutProxy(server.hostname, server.port)
    cluster["server"] = f"https://127.0.0.1:{proxy.port}"
    return proxy, yaml.safe_dump(config)
