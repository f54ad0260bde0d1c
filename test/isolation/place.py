"""One cluster with a real node, Berth on it, and two sessions of two tenants: one whose tenant tries things, and its neighbour."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import pathlib
import re
import subprocess
import threading
import time

import leftovers
from objects import pod, service
from record import Where
from terminal import Terminal

from harness import ROOT, wait_for
from real_node import Door, Node, pool_file
from sessions import ready, session_of
from workspace_test import PATIENCE

CLUSTER = str(ROOT / "test" / "cluster" / "cluster")
STAND_INS = ((2379, ""), (10255, ""), (80, "169.254.169.254"))   # on the node: etcd, the old port of kubelets, the metadata address
PORTAL_PORT, DATABASE_PORT = 18080, 15432                        # on the machine's end of the wire
MACHINE_PIDS, MACHINE_MEMORY = 6000, 10 << 30                    # of the whole node, whatever its kubelet does
LOGS_MOST = 70 << 20                                             # five files of 10 MiB, and what comes within ten seconds of rotation


class GuardedNode(Node):
    """The portal's machine, in the pool, is one of those that sessions must not reach."""

    def pool_file(self, target):
        documents = pool_file(self.facts, target).read_text().split("\n---\n", 1)
        cluster = json.loads(documents[0]) | {"blocked_ranges": [self.facts["outside_address"] + "/32"]}
        target.write_text(json.dumps(cluster) + "\n---\n" + documents[1])
        return target

    def on_node(self, *command, timeout=60):
        return subprocess.run([CLUSTER, "node", "--dir", str(self.place), *command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout)


class Said(Door):
    def said(self, path, cookie=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Host": self.host} | ({"Cookie": cookie} if cookie else {}) | (headers or {}))
            answer = connection.getresponse()
            text = re.sub(r"<[^>]+>", " ", answer.read(2000).decode(errors="replace"))
            return f"{answer.status} {answer.reason}: {text}"
        finally:
            connection.close()


class Listeners:
    """Stand-ins of the portal and the database, which count who comes. What comes from the node's own check is not counted."""

    def __init__(self, address):
        import socket
        self.counted = []
        self.sockets = [socket.create_server((address, port)) for port in (PORTAL_PORT, DATABASE_PORT)]
        for one in self.sockets:
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, listening):
        with contextlib.suppress(OSError):
            while True:
                line, peer = listening.accept()
                line.settimeout(5)
                with contextlib.suppress(OSError):
                    if line.recv(64) != b"from the node\n":
                        self.counted.append(peer)
                line.close()

    def close(self):
        for one in self.sockets:
            one.close()


def book(api, mode, name):
    answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now", "duration_minutes": 120,
                                                "cpu": 8, "memory_gib": 8, "mode": mode, "name": name})
    assert answer.status == 201, answer.body
    return answer.body


@dataclasses.dataclass
class Tenant:
    api: object
    booked: dict
    session: dict
    door: Said

    @property
    def space(self):
        return self.session["namespace"]

    def ticket(self):
        return "/" + self.door.ticket(self.api, self.booked).split("/", 3)[3]

    def enter(self):
        return wait_for(lambda: self.door.enter(self.api, self.booked), 90, 0.5)


class Place:
    """What attempts ask for. Their words: `terminal` runs a line in the tenant's workspace, as its account."""

    def __init__(self, node, owner_api, neighbour_api):
        self.node = node
        self.owner = self._session(owner_api, "interactive_ml", "owner")
        self.neighbour = self._session(neighbour_api, "inference_containers", "neighbour")
        self._terminals = {by: Terminal([CLUSTER, "kubectl", "--dir", str(node.place), "exec", "-i", "-n", tenant.space, "deployment/workspace", "-c", "workspace", "--"])
                           for by, tenant in (("tenant", self.owner), ("neighbour", self.neighbour))}
        self.door, self.neighbours_door = self.owner.door, self.neighbour.door
        self._limit_machine()
        self.pass_of_owner = self.owner.enter()
        self.pass_of_neighbour = self.neighbour.enter()
        assert self.pass_of_owner and self.pass_of_neighbour, "the gates do not open"
        self._old_ticket, self._old_ticket_made = self.owners_ticket(), time.monotonic()
        self._stand_ins = self._begin_stand_ins()
        self.listeners = Listeners(node.facts["outside_address"])
        self._make_runtime()
        self._make_helpers()
        self.where = self._facts()
        self.guards = {kind: self._guards(kind) for kind in ("resourcequota", "limitrange", "networkpolicy", "rolebinding", "serviceaccount", "configmap")}
        self._ended = None

    # --- making

    def _session(self, api, mode, name):
        booked = book(api, mode, name)
        session = wait_for(lambda: ready(api, booked), PATIENCE, 0.5)
        if not session:
            seen = session_of(api, booked) or {}
            raise AssertionError(json.dumps({key: seen.get(key) for key in ("phase", "reason", "steps")})[:3000] + self.node.kubectl(
                "get", "pods,events", "-n", seen.get("namespace", ""), check=False).stdout[-4000:])
        return Tenant(api, booked, session, Said(self.node, session))

    def _limit_machine(self):
        """A second belt, for the machine's sake: what all pods of the node may take together."""
        found = leftovers.cgroups_of_node(self.node)
        for folder, files in (("pids", {"pids.max": MACHINE_PIDS}), ("memory", {"memory.limit_in_bytes": MACHINE_MEMORY}),
                              ("", {"pids.max": MACHINE_PIDS, "memory.max": MACHINE_MEMORY})):
            for name, value in files.items():
                for cgroup in found:
                    file = cgroup / name
                    if file.exists() and (not folder or folder in file.parts):
                        file.write_text(str(value))

    def _begin_stand_ins(self):
        address = self.node.facts["node_address"]
        self.node.on_node("ip", "address", "add", "169.254.169.254/32", "dev", "lo")
        listen = ";".join(f"s.append(socket.create_server(('{at or address}', {port})))" for port, at in STAND_INS)
        program = f"import socket,time;s=[];{listen};time.sleep(7200)"
        return subprocess.Popen([CLUSTER, "node", "--dir", str(self.node.place), "python3", "-c", program], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _make_runtime(self):
        """As a cluster with NVIDIA's operator has it."""
        runtime = json.dumps({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "nvidia"}, "handler": "nvidia"})
        subprocess.run([CLUSTER, "kubectl", "--dir", str(self.node.place), "create", "-f", "-"], input=runtime, text=True, check=True,
                       capture_output=True, timeout=60)

    def _make_helpers(self):
        """A pod of the tenant's beside its workspace; and a service of the neighbour's between its own pods, asked all the while."""
        for by, body in (("tenant", pod("tool")), ("neighbour", pod("echo", "exec echo-server", {"image": "berth.test/helpers:1", "ports": [
                {"containerPort": 8080}]}, metadata={"labels": {"app": "echo"}})),
                ("neighbour", service("echo", selector={"app": "echo"}, ports=[{"port": 80, "targetPort": 8080}]))):
            status, text = self.terminal("kubectl create -f -", body, by)
            assert status == 0, text
        for by, name in (("tenant", "tool"), ("neighbour", "echo")):
            status, text = self.terminal(f"kubectl wait --for=condition=Ready pod/{name} --timeout=120s", None, by, 150)
            assert status == 0, text

    def _get(self, *what):
        return json.loads(self.node.kubectl("get", *what, "-o", "json").stdout)

    def _pod(self, tenant):
        return next(item for item in self._get("pods", "-n", tenant.space, "-l", "app.kubernetes.io/name=workspace,berth.dev/session")["items"])

    def _address(self, space, selector):
        return self._get("pods", "-n", space, "-l", selector)["items"][0]["status"]["podIP"]

    def _facts(self):
        hard = self._get("quota", "berth-quota", "-n", self.owner.space)["spec"]["hard"]
        theirs = self._get("quota", "berth-quota", "-n", self.neighbour.space)["spec"]["hard"]
        def slots(quota, number):
            return next(name.removeprefix("requests.") for name, value in quota.items() if name.startswith("requests.nvidia.com/") and value == number)
        mine, neighbours = self._pod(self.owner), self._pod(self.neighbour)
        facts, space = self.node.facts, self.neighbour.space
        return Where(space=self.owner.space, neighbour=space, session=mine["metadata"]["labels"]["berth.dev/session"], reservation=self.owner.booked["id"],
                     pod=mine["metadata"]["name"], address=mine["status"]["podIP"], host=self.door.host.split(":")[0],
                     neighbour_pod=neighbours["metadata"]["name"], neighbour_address=neighbours["status"]["podIP"],
                     neighbour_host=self.neighbours_door.host.split(":")[0],
                     neighbour_service=self._get("service", "workspace", "-n", space)["spec"]["clusterIP"],
                     neighbour_own_service=self._get("service", "echo", "-n", space)["spec"]["clusterIP"],
                     neighbour_own_address=self._get("pod", "echo", "-n", space)["status"]["podIP"],
                     neighbour_volume=self._get("pvc", "home", "-n", space)["spec"]["volumeName"],
                     own=slots(hard, "2"), neighbours_own=slots(theirs, "2"), other="nvidia.com/gpu", tool_uid=self._get("pod", "tool", "-n", self.owner.space)["metadata"]["uid"],
                     node=facts["node_address"], outside=facts["outside_address"], dns=self._address("kube-system", "k8s-app=kube-dns"), router=self._address("ingress-nginx", "app=router"), portal_port=PORTAL_PORT, database_port=DATABASE_PORT,
                     volumes=str(self.node.place / "node" / "volumes"))

    # --- trying

    def terminal(self, line, given=None, by="tenant", limit_s=90):
        """Status and words of a line of bash, in the container that a terminal of the editor has, as its account."""
        return self._terminals[by].type(line, given, limit_s)

    def answers_the_node(self, address, port):
        """Whether there is somebody at all: else silence shows nothing."""
        done = self.node.on_node("timeout", "8", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port} && echo from the node >&3")
        return "" if done.returncode == 0 else f"nobody answers the node at {address}:{port}: {done.stderr.strip()[:200]}"

    def heard(self):
        return f"heard {len(self.listeners.counted)}"

    # --- looking

    def _guards(self, kind):
        return {item["metadata"]["name"]: item["metadata"]["uid"] for item in self._get(kind, "-n", self.owner.space, "-l", "berth.dev/guard")["items"]}

    def guards_are_there(self, kind):
        now = self._guards(kind)
        return "" if now == self.guards[kind] else f"gone or new: {dict(now.items() ^ self.guards[kind].items())}"

    def processes_are_limited(self):
        return leftovers.limit_of_pod(self.node, self._uid("tool"), "pids", ("pids.max",), 4096)

    def memory_is_limited(self):
        return leftovers.limit_of_pod(self.node, self._uid("tool"), "memory", ("memory.limit_in_bytes", "memory.max"), 1 << 30)

    def _uid(self, name):
        return self._get("pod", name, "-n", self.owner.space)["metadata"]["uid"]

    def log_is_bounded(self, name):
        def size():
            found = self.node.on_node("bash", "-c", f"du -sbc /var/log/pods/{self.owner.space}_{name}_* 2>/dev/null | tail -1").stdout.split()
            return int(found[0]) if found else 0
        most, now = size(), wait_for(lambda: size() < LOGS_MOST, 90, 2)
        self.terminal(f"kubectl delete pod {name} --now --wait=false")
        return "" if most and now else f"{most >> 20} MiB of logs, and no less than {LOGS_MOST >> 20} after 90 s"

    # --- the gate

    def tampered(self, text):
        """One letter of what was sealed, in its middle."""
        head, _, sealed = text.partition("=")
        middle = len(sealed) // 2
        return f"{head}={sealed[:middle]}{'A' if sealed[middle] != 'A' else 'B'}{sealed[middle + 1:]}"

    def owners_ticket(self):
        return self.owner.ticket()

    def neighbours_ticket(self):
        return self.neighbour.ticket()

    def ticket_twice(self):
        ticket = self.owners_ticket()
        return f"{self.door.said(ticket)[:3]} then {self.door.said(ticket)}"

    def ticket_for_a_stranger(self):
        answer = self.neighbour.api.send("POST", f"/reservations/{self.owner.booked['id']}/tickets", {"app": "editor"})
        return f"{answer.status} {answer.body.get('detail') or answer.body.get('title')}"

    def stale_ticket_said(self):
        wait_for(lambda: time.monotonic() - self._old_ticket_made > 65, 70, 1)
        return self.door.said(self._old_ticket)

    def copied_out(self):
        """What a tenant leaves for whoever copies its files out, with kubectl, to a folder of their own."""
        self.terminal("rm -rf ~/gift && mkdir -p ~/gift && cd ~/gift && echo inside >file && ln -s ../../outside up && ln -s /etc/passwd there && "
                      "ln -s .. dir && mkdir -p sub && ln -s ../../.. sub/up")
        folder = self.node.place.parent / "copied"
        (folder / "to").mkdir(parents=True, exist_ok=True)
        (folder / "outside").write_text("as it was")
        name = self._pod(self.owner)["metadata"]["name"]
        done = self.node.kubectl("cp", "-n", self.owner.space, "-c", "workspace", f"{name}:/home/workspace/gift", str(folder / "to"), check=False)
        if not (folder / "to" / "file").exists():
            return f"nothing was copied: {done.stderr[:300]}"
        links = [str(path) for path in (folder / "to").rglob("*") if path.is_symlink()]
        others = {path.name for path in folder.iterdir()} - {"to", "outside"}
        untouched = (folder / "outside").read_text() == "as it was"
        return "nothing was written outside" if not links and not others and untouched else f"links {links}, files {others}, outside changed: {not untouched}"

    # --- the end

    def left_on_the_node(self, what):
        if self._ended is None:
            self._token = self.terminal("cat /var/run/secrets/kubernetes.io/serviceaccount/token")[1].strip()
            _, running = self.terminal("setsid nohup sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' >/dev/null 2>&1 & sleep 1; pgrep -fc 'trap.*HUP'")
            assert int(running) > 0, "no process is there that could be left"
            traces = leftovers.Traces(self.node, self.owner.space)
            missing = traces.missing()
            assert not missing, f"before the end there is no {missing}: nothing would be shown"
            self.owner.api.send("DELETE", f"/reservations/{self.owner.booked['id']}")
            gone = wait_for(lambda: self.node.kubectl("get", "namespace", self.owner.space, check=False).returncode != 0, PATIENCE, 1)
            assert gone, "the namespace does not go away"
            self._ended = traces
        return self._ended.left(what)

    def old_token_said(self):
        self.left_on_the_node("process")
        done = self.node.kubectl("--kubeconfig=/dev/null", "--server", self.node.facts["server"], "--insecure-skip-tls-verify", "--token", self._token,
                                 "get", "pods", "-n", self.neighbour.space, check=False)
        return done.stdout + done.stderr

    def old_address_said(self):
        wait_for(lambda: self.door.said("/", self.pass_of_owner)[:3] in ("404", "502", "503"), 60, 1)
        return self.door.said("/", self.pass_of_owner)

    def close(self):
        for one in self._terminals.values():
            one.close()
        self.listeners.close()
        self._stand_ins.terminate()
        self._stand_ins.wait(30)
