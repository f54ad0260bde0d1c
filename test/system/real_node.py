"""The test cluster's real node, and the way to a workspace on it, for suites that open workspaces for real."""

import contextlib
import http.client
import json
import pathlib
import socket
import subprocess
import tempfile
import time

import clusters
from clusters import CLUSTER
from harness import ROOT

IMAGE = "berth.test/workspace:1"


EXPORTER = {"namespace": "gpu-operator", "label": "app=nvidia-dcgm-exporter", "port": 9400}


def pool_file(facts, target, **more):
    """The reference pool, on the cluster of which cluster.json says `facts`, and what is said of it besides."""
    documents = (ROOT / "deploy/pools/lab.yaml").read_text().split("\n---\n", 1)
    cluster = {"apiVersion": "berth.dev/v1", "kind": "Cluster", "name": "default", "flavour": "kubernetes", "apps_domain": "localhost",
               "url_scheme": "http", "url_port": facts["router_port"], "pod_ranges": [facts["pod_range"]],
               "service_ranges": [facts["service_range"]], "node_ranges": [facts["node_address"] + "/32"],
               "api_servers": [facts["server"].removeprefix("https://")], "storage_class": "local", "workspace_image": IMAGE} | more
    pathlib.Path(target).write_text(json.dumps(cluster) + "\n---\n" + documents[1])
    return target


class Node:
    """The test cluster with a real node. It has the workspace's image, where one is given."""

    def __init__(self, place, image=None):
        self.place = place
        images = ["--image", f"{image}/layout:berth-workspace={IMAGE}"] if image else []
        started = subprocess.run([CLUSTER, "start", "--dir", str(place), "--plain", "--node", "real", *images],
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3600)
        assert started.returncode == 0, started.stderr[-3000:]
        self.kubeconfig = place / "admin.kubeconfig"
        self.facts = json.loads((place / "cluster.json").read_text())

    def kubectl(self, *arguments, check=True, timeout=120):
        done = clusters.kubectl(self.place, *arguments, timeout=timeout)
        assert done.returncode == 0 or not check, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done

    def inside(self, space, container, *command, check=True):
        """As a terminal of the workspace has it."""
        return self.kubectl("exec", "-n", space, "deployment/workspace", "-c", container, "--", *command, check=check)

    def export_device_use(self, text):
        """A stand-in for NVIDIA's exporter, which answers with that. On the node's own address: the reconciler of these tests runs beside
        the cluster and not in it, and has no way to its pods."""
        space, _, port = EXPORTER.values()
        objects = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "said", "namespace": space}, "data": {"metrics": text}},
            {"apiVersion": "v1", "kind": "Pod",
             "metadata": {"name": "exporter", "namespace": space, "labels": {"app": "nvidia-dcgm-exporter"}},
             "spec": {"hostNetwork": True, "terminationGracePeriodSeconds": 0, "volumes": [{"name": "said", "configMap": {"name": "said"}}],
                      "containers": [{"name": "exporter", "image": "berth.test/busybox:1", "imagePullPolicy": "Never",
                                      "command": ["busybox", "httpd", "-f", "-p", str(port), "-h", "/said"],
                                      "volumeMounts": [{"name": "said", "mountPath": "/said"}]}]}}]
        path = self.place / "exporter.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        self.kubectl("apply", "-f", str(path))

    def stop(self):
        subprocess.run([CLUSTER, "stop", "--dir", str(self.place)], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


@contextlib.contextmanager
def on_a_real_node(image):
    """The node, and a folder of the test's own beside it. On a disk: images are unpacked there."""
    with tempfile.TemporaryDirectory(prefix="berth-", dir="/var/tmp") as at:
        place, begun = pathlib.Path(at), time.monotonic()
        (place / "node").mkdir()
        node = Node(place / "node", pathlib.Path(image).resolve())
        try:
            print(f"      the cluster took {time.monotonic() - begun:.0f} s")
            yield node, place
        finally:
            node.stop()


class Door:
    """The workspace as a browser reaches it: by its host, through the cluster's router and the gate."""

    def __init__(self, node, session):
        self.url = session["endpoints"][0]["url"]
        self.host = self.url.split("/")[2]
        self.port = node.facts["router_port"]

    def ask(self, path, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": self.host} | ({"Cookie": cookie} if cookie else {}))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def ticket(self, api, booked, app="editor"):
        made = api.send("POST", f"/reservations/{booked['id']}/tickets", {"app": app})
        assert made.status == 201, made.body
        return made.body["url"]

    def enter(self, api, booked):
        status, headers, _ = self.ask("/" + self.ticket(api, booked).split("/", 3)[3])
        return headers.get("Set-Cookie", "").split(";")[0] if status == 303 else None

    def socket(self, cookie):
        """A web socket of the editor's own, open; or none."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        line.sendall((f"GET /stable?reconnectionToken=00000000-0000-4000-8000-000000000000&reconnection=false&skipWebSocketFrames=false HTTP/1.1\r\n"
                      f"Host: {self.host}\r\nOrigin: http://{self.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: {cookie}\r\n\r\n").encode())
        if line.recv(4096).startswith(b"HTTP/1.1 101"):
            return line
        line.close()
        return None


def still_open(line):
    """Whatever came meanwhile, and nothing now: a line that was closed or cut has its end there."""
    line.setblocking(False)
    try:
        while line.recv(65536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
