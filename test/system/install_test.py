#!/usr/bin/env python3
"""From a cluster and this repository to an open VS Code, by docs/install.md's commands alone, on the test cluster's real node: images from its
registry, berth init, kubectl apply -k, a pool file, people, a booking; then a rollout under requests, the database's pod killed, and everything
taken away. As root.

  install_test.py BERTH IMAGES     IMAGES: the folder with berth/, postgres/ and workspace/ as images/build made them"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from clusters import CLUSTER
from deployed import SPACE, copy_of_deploy
from harness import ROOT, Tally, wait_for
from real_node import Door, Node, pool_file

ADMIN, ANA = "root@example.org", "ana@example.org"
OWN = "a password of one's own"
PATIENCE_SECONDS = 600   # on a machine that compiles as well
# What a cluster has by itself, and changes by itself.
NOT_OURS = re.compile(r"^(componentstatuses|events\.|nodes\.metrics|leases\.)")


class Site:
    """An admin's desk: this repository, a kubeconfig, and the program."""

    def __init__(self, berth, images, node, place):
        self.berth, self.images, self.node, self.place = berth, images, node, place
        self.host = f"berth.localhost:{node.facts['router_port']}"
        self.deploy = copy_of_deploy(place, PORTAL_HOST="berth.localhost", TRUSTED_PROXIES=node.facts["pod_range"])
        self.overlay = str(self.deploy / "overlays/kubernetes")

    def cli(self, *arguments, home="root", text=None, check=True, timeout=PATIENCE_SECONDS):
        folder = self.place / home
        folder.mkdir(exist_ok=True)
        # The node's router speaks no TLS; a site's does, and then nothing is insecure.
        environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "TZ": "UTC", "BERTH_INSECURE": "1",
                       "KUBECONFIG": str(self.node.place / "admin.kubeconfig")}
        done = subprocess.run([self.berth, *arguments], input=text, stdin=None if text is not None else subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, env=environment, cwd=ROOT)
        assert not check or done.returncode == 0, f"berth {' '.join(arguments)}: {done.returncode} {done.stdout} {done.stderr}"
        return done

    def get(self, *what):
        return json.loads(self.node.kubectl("get", *what, "-o", "json").stdout)

    def told(self):
        """What an admin would look at where it does not come up."""
        for arguments in (["get", "pods,events", "-n", SPACE], ["logs", "-n", SPACE, "statefulset/berth-postgres", "--tail=30"],
                          ["logs", "-n", SPACE, "deployment/berth-portal", "--all-containers", "--tail=30"],
                          ["logs", "-n", SPACE, "deployment/berth-reconciler", "--tail=30"]):
            done = self.node.kubectl(*arguments, check=False)
            print(f"--- kubectl {' '.join(arguments)}\n{(done.stdout + done.stderr)[-5000:]}", flush=True)


def rollout(site, tally, sentence):
    begun, fine = time.monotonic(), True
    for what in ("statefulset/berth-postgres", "deployment/berth-portal", "deployment/berth-reconciler"):
        done = subprocess.run([CLUSTER, "kubectl", "--dir", str(site.node.place), "rollout", "status", "-n", SPACE, what, f"--timeout={PATIENCE_SECONDS}s"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS + 60)
        fine = fine and tally.check(done.returncode == 0, f"{sentence}: {what} is up", f"{time.monotonic() - begun:.0f} s {done.stderr.strip()[:300]}")
    if not fine:
        site.told()
        raise AssertionError("the platform does not come up")


def everything(site):
    """Names of all objects of the cluster, of namespaces and of volumes; what is in namespaces goes with them."""
    kinds = site.node.kubectl("api-resources", "--namespaced=false", "--verbs=list", "-o", "name").stdout.split()
    kinds = ",".join(sorted(kind for kind in kinds if not NOT_OURS.match(kind)))
    return set(site.node.kubectl("get", kinds, "-o", "name").stdout.split())


def pushed(site, tally):
    done = subprocess.run([ROOT / "images/push", "--plain-http", "--pull-as", "registry.test/berth", "--images", site.images, "--site", site.deploy / "site",
                           site.node.facts["registry"].removeprefix("http://") + "/berth"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    names = re.findall(r"^[A-Z]+_IMAGE=registry\.test/berth/[a-z-]+@sha256:[0-9a-f]{64}$", done.stdout, re.M)
    tally.check(done.returncode == 0 and len(names) == 3, "the images are pushed, and written down by digest", done.stderr.strip()[-500:])
    return done.stdout.rpartition("WORKSPACE_IMAGE=")[2].strip()


def initialised(site, tally):
    done = site.cli("init", "--first-admin", ADMIN)
    password = re.search(r"password (\S+)", done.stdout)
    tally.check(bool(password) and done.stdout.count("made the Secret") == 2, "berth init makes the Secrets and tells the first admin's password")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=berth.localhost",
                    "-keyout", site.place / "tls.key", "-out", site.place / "tls.crt"], check=True, capture_output=True)
    site.node.kubectl("create", "secret", "tls", "berth-tls", "-n", SPACE, f"--cert={site.place / 'tls.crt'}", f"--key={site.place / 'tls.key'}")
    return password[1]


def fenced(site, tally):
    """A pod of anybody's reaches neither the database nor the portal past its router."""
    site.node.kubectl("run", "stranger", "--image=berth.test/busybox:1", "--image-pull-policy=Never")
    site.node.kubectl("wait", "pod/stranger", "--for=condition=Ready", "--timeout=120s")
    def reaches(space, service, port):
        address = site.get("service", service, "-n", space)["spec"]["clusterIP"]
        return site.node.kubectl("exec", "stranger", "--", "nc", "-w", "3", address, str(port), "-e", "true", check=False).returncode == 0
    tally.check(bool(wait_for(lambda: reaches("ingress-nginx", "router", 80), 60, 1)), "a pod of anybody's reaches the router")
    tally.check(not reaches(SPACE, "berth-postgres", 5432), "and not the database")
    tally.check(not reaches(SPACE, "berth-portal", 80), "nor the portal past its router")
    site.node.kubectl("delete", "pod", "stranger", "--now")


def as_planned(site, tally):
    """Of the pods as they run: ids, images, owners."""
    pods = site.get("pods", "-n", SPACE)["items"]
    images = {container["image"] for pod in pods for container in pod["spec"]["containers"] + pod["spec"].get("initContainers", [])}
    tally.check(len(pods) == 5 and all("@sha256:" in image for image in images), "two portals, two reconcilers, a database, all by digest", str(sorted(images)))
    restarted = [pod["metadata"]["name"] for pod in pods for one in pod["status"]["containerStatuses"] + pod["status"].get("initContainerStatuses", []) if one["restartCount"]]
    tally.check(not restarted, "each waited for what it needs: none was started twice", str(restarted))
    said = site.node.kubectl("logs", "-n", SPACE, "berth-postgres-0").stdout
    tally.check("FATAL" not in said, "nobody was turned away by the database, the kubelet neither", said[-500:])


def signed_in(site, password, tally):
    url = f"http://{site.host}"
    done = site.cli("login", url, "--email", ADMIN, "--password-stdin", "--insecure", text=f"{password}\n{OWN}\n", check=False)
    tally.check(done.returncode == 0, "the first admin signs in, and has to choose a password", done.stdout + done.stderr)
    done = site.cli("login", url, "--email", ADMIN, "--password-stdin", "--insecure", home="other", text=f"{password}\n", check=False)
    tally.check(done.returncode != 0, "the one that berth init told opens nothing any more", done.stderr.strip())
    return url


def booked(site, url, tally):
    made = site.cli("user", "add", ANA, "--name", "Ana", "--role", "member", "-o", "json")
    given = json.loads(made.stdout)["password"]
    site.cli("login", url, "--email", ANA, "--password-stdin", "--insecure", home="ana", text=f"{given}\n{OWN}\n")
    site.cli("book", "slice-24gb", "--start", "now", "--for", "1h", "--name", "first", home="ana")
    begun = time.monotonic()
    shown = site.cli("show", "first", home="ana", check=False)
    fine = tally.check(shown.returncode == 0, "a booking becomes Ready", f"{time.monotonic() - begun:.0f} s after it was made")
    if not fine:
        print(shown.stdout[-3000:] + shown.stderr[-1000:])
        site.told()
        raise AssertionError("no workspace")
    return json.loads(site.cli("show", "first", "-o", "json", home="ana").stdout)


def opened(site, tally):
    """As a browser does it: the address of one use, the pass it gives, the page."""
    def come_in():
        address = re.search(r"http://\S+", site.cli("open", "first", home="ana").stdout)[0]
        door = Door(site.node, {"endpoints": [{"url": address}]})
        status, headers, _ = door.ask("/" + address.split("/", 3)[3])
        return (door, headers["Set-Cookie"].split(";")[0]) if status == 303 else None
    entered = wait_for(come_in, 60, 1)
    if not tally.check(bool(entered), "berth open gives a way in"):
        return
    door, cookie = entered
    path = "/"
    for _ in range(3):   # VS Code leads on to its folder
        status, headers, body = door.ask(path, cookie)
        if status != 302:
            break
        path = "/" + headers["Location"].removeprefix("./").lstrip("/")
    tally.check(status == 200 and b"code-server" in body.lower(), "VS Code answers", f"{status} {len(body)} bytes")
    line = door.socket(cookie)
    tally.check(line is not None, "and takes its web socket")
    if line is not None:
        line.close()


@contextlib.contextmanager
def asking(site, failures):
    """Somebody asks the portal through the router, again and again."""
    over, asked = threading.Event(), [0]
    request = urllib.request.Request(f"http://127.0.0.1:{site.node.facts['router_port']}/api/v1/auth/me", headers={"Host": site.host})
    def ask():
        while not over.is_set():
            try:
                urllib.request.urlopen(request, timeout=30).close()
            except urllib.error.HTTPError as answer:
                if answer.code != 401:   # it does not say who it is
                    failures.append(answer.code)
            except OSError as problem:
                failures.append(str(problem))
            asked[0] += 1
            over.wait(0.02)
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        over.set()
        thread.join()


def rolled(site, session, tally):
    """Applied again nothing changes; a rollout of all programs loses no request and touches no session."""
    again = site.node.kubectl("diff", "-k", site.overlay, check=False, timeout=PATIENCE_SECONDS)
    tally.check(again.returncode == 0, "applied again nothing changes", (again.stdout + again.stderr)[:1000])
    uid = site.get("namespace", session)["metadata"]["uid"]
    pods = {pod["metadata"]["uid"] for pod in site.get("pods", "-n", session)["items"]}
    failures = []
    with asking(site, failures) as asked:
        site.node.kubectl("rollout", "restart", "-n", SPACE, "deployment/berth-portal", "deployment/berth-reconciler")
        rollout(site, tally, "rolled out anew under requests")
        wait_for(lambda: len(site.get("pods", "-n", SPACE)["items"]) == 5, 120, 1)
    tally.check(asked[0] > 100 and not failures, "none of the requests meanwhile is lost", f"{asked[0]} asked, {len(failures)} failed: {failures[:3]}")
    same = site.get("namespace", session)["metadata"]["uid"] == uid and {pod["metadata"]["uid"] for pod in site.get("pods", "-n", session)["items"]} == pods
    tally.check(same, "the session is what it was")


def database_killed(site, tally):
    dumped = site.node.kubectl("exec", "-n", SPACE, "berth-postgres-0", "--", "sh", "-c",
                               "pg_dump --host=/run/postgresql --username=postgres --format=custom berth >/dev/null", check=False)
    tally.check(dumped.returncode == 0 and not dumped.stderr, "a backup is one command", dumped.stderr.strip()[:300])
    site.node.kubectl("delete", "pod", "berth-postgres-0", "-n", SPACE, "--now")
    rollout(site, tally, "the database's pod is killed")
    listed = wait_for(lambda: "first" in site.cli("list", home="ana", check=False).stdout, 120, 1)
    tally.check(bool(listed), "the booking is there again")


def taken_away(site, before, session, tally):
    site.cli("end", "first", "--yes", home="ana")
    gone = wait_for(lambda: site.node.kubectl("get", "namespace", session, check=False).returncode != 0, PATIENCE_SECONDS, 1)
    tally.check(bool(gone), "the booking is ended, and its namespace is gone")
    begun = time.monotonic()
    done = subprocess.run([CLUSTER, "kubectl", "--dir", str(site.node.place), "delete", "-k", site.overlay], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE_SECONDS)
    tally.check(done.returncode == 0, "kubectl delete -k takes all away", f"{time.monotonic() - begun:.0f} s {done.stderr.strip()[:300]}")
    left = wait_for(lambda: everything(site) <= before, 120, 2)
    tally.check(bool(left), "nothing is left: no namespace, no object of the cluster, no volume", str(sorted(everything(site) - before)))


def main():
    berth, images = sys.argv[1:]
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="berth-", dir="/var/tmp") as at, contextlib.ExitStack() as stack:
        place = pathlib.Path(at)
        (place / "node").mkdir()
        node = Node(place / "node")
        stack.callback(node.stop)
        site = Site(str(pathlib.Path(berth).resolve()), pathlib.Path(images).resolve(), node, place)
        try:
            before, begun = everything(site), time.monotonic()
            workspace_image = pushed(site, tally)
            password = initialised(site, tally)
            applied = node.kubectl("apply", "-k", site.overlay, check=False, timeout=PATIENCE_SECONDS)
            tally.check(applied.returncode == 0, "kubectl apply -k deploy/overlays/kubernetes", applied.stderr.strip()[:1000])
            rollout(site, tally, "applied")
            url = signed_in(site, password, tally)
            site.cli("apply", "-f", str(pool_file(node.facts, place / "pool.yaml", workspace_image=workspace_image)))
            reservation = booked(site, url, tally)
            opened(site, tally)
            print(f"      from the first command to VS Code: {time.monotonic() - begun:.0f} s")
            session = next(name.partition("/")[2] for name in everything(site) if name.startswith("namespace/berth-s-"))
            as_planned(site, tally)
            fenced(site, tally)
            rolled(site, session, tally)
            database_killed(site, tally)
            taken_away(site, before, session, tally)
            assert reservation
        except Exception as problem:
            tally.check(False, "the run goes through", f"{type(problem).__name__}: {problem}"[:3000])
            site.told()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
