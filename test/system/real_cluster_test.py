#!/usr/bin/env python3
"""The main job on a real API server, both flavours: every object in time, both classes and modes, nothing left behind;
a reconciler that dies after each single effect; two installations on one cluster."""

import pathlib
import subprocess
import sys
import tempfile
import time

from harness import Api, Demo, Kubernetes, ROOT, Tally, folder, wait_for

CLUSTER = str(ROOT / "test" / "cluster" / "cluster")
KINDS = ["/api/v1/namespaces/{}/resourcequotas", "/api/v1/namespaces/{}/limitranges",
         "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies", "/api/v1/namespaces/{}/serviceaccounts",
         "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
         "/api/v1/namespaces/{}/persistentvolumeclaims", "/api/v1/namespaces/{}/configmaps", "/api/v1/namespaces/{}/secrets",
         "/apis/apps/v1/namespaces/{}/deployments", "/api/v1/namespaces/{}/services"]
ENDPOINT = {"openshift": "/apis/route.openshift.io/v1/namespaces/{}/routes",
            "plain": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"}


def owned(cluster, space, flavour):
    """Kind, name and labels of everything that Berth made in a namespace."""
    found = set()
    for path in [*KINDS, ENDPOINT[flavour]]:
        for item in cluster.items(path.format(space)):
            if "berth.dev/session" in item["metadata"].get("labels", {}):
                found.add((path.rsplit("/", 1)[1], item["metadata"]["name"]))
    return found


def all_applied(cluster, space, flavour):
    names = {kind for kind, _ in owned(cluster, space, flavour)}
    wanted = {path.rsplit("/", 1)[1] for path in [*KINDS, ENDPOINT[flavour]]}
    return names >= wanted


def book(api, device_class, mode, name):
    answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": 1, "start": "now",
                                                "duration_minutes": 60, "mode": mode, "name": name})
    assert answer.status == 201, answer.body
    return answer.body


def session_of(api, booked):
    answer = api.get(f"/reservations/{booked['id']}/session")
    return answer.body if answer.status == 200 else None


def ready(api, booked):
    session = session_of(api, booked)
    return session if session and session["phase"] == "Ready" else None


def main_job(demo, api, cluster, flavour, tally):
    for device_class, mode in [("slice-24gb", "interactive_ml"), ("whole-96gb", "inference_containers")]:
        begun = time.monotonic()
        booked = book(api, device_class, mode, f"{device_class}-{mode}")
        session = wait_for(lambda: session_of(api, booked), 10)
        space = session["namespace"]
        applied = wait_for(lambda: all_applied(cluster, space, flavour), 20, 0.02)
        took = time.monotonic() - begun
        tally.check(applied, f"{flavour}: every object of {device_class}, {mode} is applied", f"{took:.2f} s, promised 2 s")
        hard = cluster.items(f"/api/v1/namespaces/{space}/resourcequotas")[0]["spec"]["hard"]
        gpus = {k: v for k, v in hard.items() if k.startswith("requests.nvidia.com/")}
        slots = "2" if device_class == "slice-24gb" else "4"
        tally.check(sorted(gpus.values()) == ["0"] * (len(gpus) - 1) + [slots] and len(gpus) >= 5,
                    f"{flavour}: its quota has {slots} of its own resource and 0 of all others", str(gpus))
        done = wait_for(lambda: ready(api, booked), 60)
        tally.check(bool(done), f"{flavour}: it becomes Ready", f"{time.monotonic() - begun:.1f} s")

        quota = f"/api/v1/namespaces/{space}/resourcequotas/" + cluster.items(f"/api/v1/namespaces/{space}/resourcequotas")[0]["metadata"]["name"]
        begun = time.monotonic()
        cluster.request("PATCH", quota, {"spec": {"hard": {"pods": "9999"}}}, "application/merge-patch+json")
        back = wait_for(lambda: cluster.get(quota)[1]["spec"]["hard"]["pods"] != "9999", 10, 0.01)
        tally.check(back, f"{flavour}: a quota changed by hand is repaired", f"{time.monotonic() - begun:.3f} s, promised 1 s")
        for path in KINDS[:5]:
            for item in cluster.items(path.format(space)):
                if item["metadata"].get("labels", {}).get("berth.dev/guard") != "true":
                    continue
                address = f"{path.format(space)}/{item['metadata']['name']}"
                begun = time.monotonic()
                cluster.request("DELETE", address)
                uid = item["metadata"]["uid"]
                back = wait_for(lambda: cluster.get(address)[1].get("metadata", {}).get("uid", uid) != uid, 10, 0.01)
                tally.check(back, f"{flavour}: {address.rsplit('/', 2)[1]} {item['metadata']['name']} is put back",
                            f"{time.monotonic() - begun:.3f} s, promised 1 s")

        answer = api.send("DELETE", f"/reservations/{booked['id']}")
        tally.check(answer.status == 200, f"{flavour}: end now is taken")
        gone = wait_for(lambda: cluster.get(f"/api/v1/namespaces/{space}")[0] == 404, 90)
        done = wait_for(lambda: api.get(f"/reservations/{booked['id']}").body["state"] == "COMPLETED", 20)
        tally.check(gone and done, f"{flavour}: nothing is left of it, and it is COMPLETED")


def leftovers(demo, api, cluster, tally):
    """Grants in the cluster that name a gone session's ServiceAccount go with the next sweep."""
    space = demo.sql("SELECT namespace_name FROM berth.session WHERE phase = 'Gone' LIMIT 1")[0][0]
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "left-over"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
               "subjects": [{"kind": "ServiceAccount", "name": "workspace", "namespace": space}]}
    cluster.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
    scc = "/apis/security.openshift.io/v1/securitycontextconstraints/anyuid"
    users = [f"system:serviceaccount:{space}:workspace", "system:serviceaccount:elsewhere:keep"]
    cluster.request("PATCH", scc, {"users": users}, "application/merge-patch+json")
    demo.stop()
    demo.start()   # the first thing a new leader does is a cycle and a sweep
    gone = wait_for(lambda: cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/left-over")[0] == 404, 20)
    tally.check(bool(gone), "a cluster role binding of a gone session is swept")
    left = wait_for(lambda: cluster.get(scc)[1].get("users") == users[1:], 20)
    tally.check(bool(left), "so is its entry in an SCC's users, and no other", str(cluster.get(scc)[1].get("users")))


def kill_points(berth, kubeconfig, flavour, tally):
    """Each life of the reconciler makes one effect and dies; the session comes up and goes away all the same."""
    cluster = Kubernetes(kubeconfig)
    with folder() as place:
        demo = Demo(berth, place, "--kubeconfig", kubeconfig, "--without-reconciler")
        try:
            demo.start()
            api = Api(demo.port, "ana@berth.local")
            booked = book(api, "slice-24gb", "interactive_ml", "killed")
            one_effect = [demo.berth, "reconciler", "--database-url", demo.addresses()["database_reconciler"], "--kubeconfig",
                          kubeconfig, "--lease-seconds", "1", "--once", "--exit-after-effects", "1"]
            deaths = 0
            until = time.monotonic() + 240
            while not ready(api, booked) and time.monotonic() < until:
                code = subprocess.run(one_effect, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=(place / "reconciler.log").open("ab"), timeout=60).returncode
                deaths += code == 137
            session = ready(api, booked)
            tally.check(bool(session) and deaths > 10, "a reconciler that dies after each effect still brings a session up",
                        f"{deaths} deaths")
            if not session:
                print((place / "reconciler.log").read_text()[-3000:])
                return
            made = owned(cluster, session["namespace"], flavour)
            spaces = demo.sql("SELECT count(*) FROM berth.session")[0][0]
            steady = [*one_effect[:-3], "--once"]
            subprocess.run(steady, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            tally.check(made == owned(cluster, session["namespace"], flavour) and spaces == "1",
                        "with the same objects as an undisturbed one, and nothing twice", f"{len(made)} objects")
            api.send("DELETE", f"/reservations/{booked['id']}")
            state = lambda: api.get(f"/reservations/{booked['id']}").body["state"]
            stopping = 0
            until = time.monotonic() + 120
            while state() != "COMPLETED" and time.monotonic() < until:
                code = subprocess.run(one_effect, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=(place / "reconciler.log").open("ab"), timeout=60).returncode
                stopping += code == 137
            tally.check(state() == "COMPLETED" and stopping >= 2, "and takes it away again", f"{stopping} deaths")
            tally.check(cluster.get(f"/api/v1/namespaces/{session['namespace']}")[0] == 404, "with nothing left behind")
        finally:
            demo.stop()


def two_installations(berth, kubeconfig, flavour, tally):
    cluster = Kubernetes(kubeconfig)
    with folder() as one, folder() as other:
        first = Demo(berth, one, "--kubeconfig", kubeconfig)
        second = Demo(berth, other, "--kubeconfig", kubeconfig)
        try:
            first.start()
            api = Api(first.port, "ana@berth.local")
            booked = book(api, "slice-24gb", "interactive_ml", "mine")
            session = wait_for(lambda: ready(api, booked), 60)
            tally.check(bool(session), "the first installation's session is Ready")
            uid = cluster.get(f"/api/v1/namespaces/{session['namespace']}")[1]["metadata"]["uid"]
            second.start()
            found = wait_for(lambda: second.sql("SELECT count(*) FROM berth.finding WHERE kind = 'foreign_namespace'")[0][0] != "0", 20)
            still = cluster.get(f"/api/v1/namespaces/{session['namespace']}")[1]["metadata"]
            tally.check(still["uid"] == uid and "deletionTimestamp" not in still and ready(api, booked),
                        "a second installation on the same cluster leaves it alone")
            tally.check(bool(found), "and reports its namespace as a finding")
        finally:
            first.stop()
            second.stop()


def main(berth, flavour):
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="berth-") as place:
        started = subprocess.run([CLUSTER, "start", "--dir", place, f"--{flavour}"], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True)
        if not tally.check(started.returncode == 0, f"{flavour}: the cluster starts", started.stderr[-2000:]):
            return tally.close()
        try:
            kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
            cluster = Kubernetes(kubeconfig)
            with folder() as data:
                demo = Demo(berth, data, "--kubeconfig", kubeconfig)
                try:
                    took = demo.start()
                    tally.check(True, f"{flavour}: the demo starts on it", f"{took:.1f} s")
                    api = Api(demo.port, "ana@berth.local")
                    main_job(demo, api, cluster, flavour, tally)
                    if flavour == "openshift":
                        leftovers(demo, api, cluster, tally)
                finally:
                    demo.stop()
            if flavour == "openshift":
                kill_points(berth, kubeconfig, flavour, tally)
            else:
                two_installations(berth, kubeconfig, flavour, tally)
        except AssertionError as fault:
            tally.check(False, "the run goes through", str(fault)[-3000:])
        finally:
            subprocess.run([CLUSTER, "stop", "--dir", place], stdin=subprocess.DEVNULL, capture_output=True)
    return tally.close()


sys.exit(main(sys.argv[1], sys.argv[2]))
