"""A server of the Hub's kind on this machine, which misbehaves as it is told: it cuts, throttles, refuses, redirects to another port,
lies. It counts what it served, and keeps what it was asked."""

import hashlib
import http.server
import json
import random
import socket
import threading
import urllib.parse

CHUNK = 16 * 1024
TOGETHER_SECONDS = 60


class Model:
    """Files by path, as a Hub tells of them. `large` are those that it keeps apart, by their SHA-256."""

    def __init__(self, files, large, commit=None):
        self.files, self.large = files, set(large)
        told = "".join(f"{path} {hashlib.sha256(data).hexdigest()}\n" for path, data in sorted(files.items()))
        self.commit = commit or hashlib.sha1(told.encode()).hexdigest()

    def size(self):
        return sum(len(data) for data in {self.hash(path): self.files[path] for path in self.files}.values())

    def hash(self, path):
        data = self.files[path]
        if path in self.large:
            return hashlib.sha256(data).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    def entries(self):
        folders = sorted({path.rsplit("/", 1)[0] for path in self.files if "/" in path})
        told = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": folder} for folder in folders]
        for path, data in self.files.items():
            entry = {"type": "file", "oid": hashlib.sha1(b"pointer" + path.encode()).hexdigest(), "size": len(data), "path": path}
            if path in self.large:
                entry["lfs"] = {"oid": self.hash(path), "size": len(data), "pointerSize": 134}
            else:
                entry["oid"] = self.hash(path)
            told.append(entry)
        return told


def some_model(seed=1, big=1_100_000):
    """What a model is like, small: pieces that do not come out even, a folder, an empty file, the same bytes twice."""
    chance = random.Random(seed)
    files = {"config.json": b'{"model_type": "llama"}\n', "empty.txt": b"",
             "weights/part-1.safetensors": chance.randbytes(big), "part-2.safetensors": chance.randbytes(big // 3 + 17),
             "weights/deep/er/tokenizer.json": chance.randbytes(90_000)}
    files["copy.json"] = files["config.json"]
    return Model(files, [path for path in files if path.endswith(".safetensors")])


class Hub:
    """Two servers: the Hub's own at 127.0.0.1, and at localhost, on another port, the one that large files are redirected to."""

    def __init__(self, model, token=None, seed=0):
        self.model, self.token, self.chance = model, token, random.Random(seed)
        self.lock = threading.Lock()
        self.served = 0               # bytes of files' bodies
        self.cuts = 0                 # so many answers are cut at a byte of chance
        self.made_cuts = 0
        self.on_served = None         # told how many were served, before each chunk
        self.pause = 0                # seconds before each chunk
        self.page = 1000              # entries of a page
        self.compress = False
        self.ranges = True
        self.wrong = {}               # path -> how many answers have a wrong byte
        self.short = {}               # path -> how many answers have a byte too few, and say so
        self.refuse = []              # statuses, one for each request of the API; with (status, headers)
        self.refuse_files = []        # likewise for files
        self.link_good_for = None     # a redirect's URL is taken so often
        self.links = {}
        self.asked = []               # (server, path, headers)
        self.together = False         # files are not served before two are asked for at a time
        self.two = threading.Event()
        self.active = 0
        self.most_active = 0
        self.stopping = threading.Event()
        self.api = self._serve("hub", "127.0.0.1")
        self.cdn = self._serve("cdn", "127.0.0.1")
        self.endpoint = f"http://127.0.0.1:{self.api.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stopping.set()
        for server in (self.api, self.cdn):
            server.shutdown()
            server.server_close()

    def paths(self, server="hub"):
        return [path for at, path, _ in self.asked if at == server]

    def _serve(self, name, host):
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                with hub.lock:
                    hub.asked.append((name, self.path, dict(self.headers)))
                try:
                    (hub._answer if name == "hub" else hub._signed)(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        server = Server((host, 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    # --- The Hub's own ---

    def _say(self, request, status, body=b"", **headers):
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def _refused(self, request, queue):
        with self.lock:
            if not queue:
                return False
            status, headers = queue.pop(0)
        self._say(request, status, b"{}", **headers)
        return True

    def _answer(self, request):
        split = urllib.parse.urlsplit(request.path)
        parts = [urllib.parse.unquote(part) for part in split.path.strip("/").split("/")]
        files = "resolve" in parts[:3]
        if self._refused(request, self.refuse_files if files else self.refuse):
            return
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            self._say(request, 401, b"{}", X_Error_Code="RepoNotFound")
            return
        if files:
            self._resolve(request, parts[:2], parts[3], "/".join(parts[4:]))
        elif parts[:2] != ["api", "models"] or parts[2:4] != ["owner", "name"]:
            self._say(request, 404, b"{}", X_Error_Code="RepoNotFound")
        elif parts[4] == "revision" and parts[5] in ("main", "refs/pr/1", self.model.commit):
            told = {"id": "owner/name", "sha": self.model.commit, "siblings": [{"rfilename": path} for path in self.model.files]}
            self._json(request, told)
        elif parts[4] == "tree" and parts[5] == self.model.commit:
            self._tree(request, split)
        else:
            self._say(request, 404, b"{}", X_Error_Code="RevisionNotFound")

    def _json(self, request, told, **headers):
        if self.compress == "lists":
            headers["Content_Encoding"] = "gzip"
        self._say(request, 200, json.dumps(told).encode(), Content_Type="application/json", **headers)

    def _tree(self, request, split):
        asked = urllib.parse.parse_qs(split.query)
        first = int(asked.get("cursor", ["0"])[0])
        entries = self.model.entries()
        headers = {}
        if first + self.page < len(entries):
            # A mirror hands on what its own upstream said: that host is not to be asked.
            headers["Link"] = f'<https://upstream.invalid{split.path}?recursive=true&cursor={first + self.page}>; rel="next"'
        self._json(request, entries[first:first + self.page], **headers)

    def _resolve(self, request, repository, commit, path):
        if repository != ["owner", "name"] or commit != self.model.commit or path not in self.model.files:
            self._say(request, 404, b"", X_Error_Code="EntryNotFound")
            return
        told = {"X_Repo_Commit": commit, "ETag": f'"{self.model.hash(path)}"'}
        if path in self.model.large:
            told |= {"X_Linked_Etag": f'"{self.model.hash(path)}"', "X_Linked_Size": str(len(self.model.files[path]))}
            with self.lock:
                signature = f"{self.chance.getrandbits(64):016x}"
                self.links[signature] = [path, self.link_good_for]
            host = f"http://localhost:{self.cdn.server_address[1]}"
            self._say(request, 302, b"Found", Location=f"{host}/{self.model.hash(path)}?signature={signature}", **told)
        else:
            self._file(request, path, told)

    # --- Where large files are ---

    def _signed(self, request):
        signature = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query).get("signature", [""])[0]
        with self.lock:
            link = self.links.get(signature)
            expired = link is None or link[1] == 0
            if not expired and link[1]:
                link[1] -= 1
        if expired:
            self._say(request, 403, b"<Error>expired</Error>")
        elif not self._refused(request, self.refuse_files):
            self._file(request, link[0], {})

    def _file(self, request, path, headers):
        data = self.model.files[path]
        with self.lock:
            if self.wrong.get(path, 0) > 0 and data:
                self.wrong[path] -= 1
                data = bytes([data[0] ^ 1]) + data[1:] if not request.headers.get("Range") else bytes(byte ^ 1 for byte in data)
            if self.short.get(path, 0) > 0:
                self.short[path] -= 1
                data = data[:-1]
        status, first, last = 200, 0, len(data) - 1
        asked = request.headers.get("Range")
        if asked and self.ranges:
            begin, end = asked.removeprefix("bytes=").split("-")
            status, first, last = 206, int(begin), min(int(end) if end else len(data) - 1, len(data) - 1)
            headers = headers | {"Content_Range": f"bytes {first}-{last}/{len(data)}"}
        if self.compress is True:
            headers = headers | {"Content_Encoding": "gzip"}
        body = data[first:last + 1]
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "HEAD":
            return
        with self.lock:
            cut = len(body)
            if self.made_cuts < self.cuts and body and self.chance.random() < 0.5:
                self.made_cuts += 1
                cut = self.chance.randrange(len(body))
            self.active += 1
            self.most_active = max(self.most_active, self.active)
            if self.active > 1:
                self.two.set()
        if self.together:
            self.two.wait(TOGETHER_SECONDS)
        try:
            self._send(request, body[:cut])
        finally:
            with self.lock:
                self.active -= 1
        if cut < len(body):
            request.connection.shutdown(socket.SHUT_WR)   # what was written still arrives
            request.close_connection = True

    def _send(self, request, body):
        for at in range(0, len(body), CHUNK):
            if self.pause and self.stopping.wait(self.pause):
                raise BrokenPipeError
            part = body[at:at + CHUNK]
            request.wfile.write(part)
            request.wfile.flush()
            with self.lock:
                self.served += len(part)
                served = self.served
            if self.on_served:
                self.on_served(served)
