#!/usr/bin/env python3
"""The main job on a real API server, both flavours: every object in time, both classes and modes, nothing left behind;
a device that is still in use; two installations on one cluster."""

import json
import pathlib
import sys
import time

from clusters import cluster_of
from harness import ROOT, Api, Demo, Kubernetes, Tally, folder, wait_for
from sessions import KINDS, all_applied, book, ready, session_of


def pool_behind_a_proxy(place):
    """The reference pool on a cluster with a proxy: sessions have every guard object that there is, `berth-proxy` among them."""
    path = place / "pool.yaml"
    text = (ROOT / "deploy" / "pools" / "lab.yaml").read_text()
    path.write_text(text.replace("\nkind: Cluster\n", '\nkind: Cluster\nproxy: { http: "http://192.0.2.1:3128", https: "http://192.0.2.1:3128" }\n'))
    return str(path)


def book_by_cli(demo, device_class, mode, name):
    """As a user does it at a prompt; the demo's CLI has a home of its own."""
    done = demo.cli("book", device_class, "--start", "now", "--for", "1h", "--mode", mode, "--name", name, "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main_job(demo, api, cluster, flavour, tally):
    done = demo.login("ana@berth.local")
    tally.check(done.returncode == 0, f"{flavour}: berth login signs in", done.stderr.strip())
    for device_class, mode, by_cli in [("slice-24gb", "interactive_ml", True), ("whole-96gb", "inference_containers", False)]:
        name = f"{device_class}-{mode}"
        begun = time.monotonic()   # what is promised counts from the user's Enter, so the CLI's own time is in it
        booked = book_by_cli(demo, device_class, mode, name) if by_cli else book(api, device_class, mode, name)
        session = wait_for(lambda: session_of(api, booked), 10)
        space = session["namespace"]
        applied = wait_for(lambda: all_applied(cluster, space, flavour), 20, 0.02)
        took = time.monotonic() - begun
        tally.check(applied, f"{flavour}: every object of {device_class}, {mode} is applied",
                    f"{took:.2f} s{', booked by the CLI' if by_cli else ''}, promised 2 s")
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
        guards = set()
        for path in KINDS:
            for item in cluster.items(path.format(space)):
                if item["metadata"].get("labels", {}).get("berth.dev/guard") != "true":
                    continue
                guards.add((path.rsplit("/", 1)[1], item["metadata"]["name"]))
                address = f"{path.format(space)}/{item['metadata']['name']}"
                begun = time.monotonic()
                cluster.request("DELETE", address)
                uid = item["metadata"]["uid"]
                back = wait_for(lambda: cluster.get(address)[1].get("metadata", {}).get("uid", uid) != uid, 10, 0.01)
                tally.check(back, f"{flavour}: {address.rsplit('/', 2)[1]} {item['metadata']['name']} is put back",
                            f"{time.monotonic() - begun:.3f} s, promised 1 s")

        left_out = {("configmaps", "berth-session"), ("configmaps", "berth-proxy"), ("configmaps", "berth-gate"), ("secrets", "berth-kubeconfig")} - guards
        tally.check(not left_out and len({kind for kind, _ in guards}) == 7, f"{flavour}: guard objects of every kind were deleted and put back",
                    f"{len(guards)} objects" + (f", but not {sorted(left_out)}" if left_out else ""))

        if by_cli:
            what_runs_stays(demo, cluster, flavour, space, tally)

        answer = api.send("DELETE", f"/reservations/{booked['id']}")
        tally.check(answer.status == 200, f"{flavour}: end now is taken")
        gone = wait_for(lambda: cluster.get(f"/api/v1/namespaces/{space}")[0] == 404, 90)
        done = wait_for(lambda: api.get(f"/reservations/{booked['id']}").body["state"] == "COMPLETED", 20)
        tally.check(gone and done, f"{flavour}: nothing is left of it, and it is COMPLETED")


def what_runs_stays(demo, cluster, flavour, space, tally):
    """Another image of the cluster is for sessions to come; what else differs is put back on the pod template that runs."""
    pods = lambda: [pod["metadata"]["uid"] for pod in cluster.items(f"/api/v1/namespaces/{space}/pods")]
    address = f"/apis/apps/v1/namespaces/{space}/deployments/workspace"
    claim = f"/api/v1/namespaces/{space}/persistentvolumeclaims/home"
    running, template, volume = pods(), cluster.get(address)[1]["spec"]["template"], cluster.get(claim)[1]["spec"]
    demo.sql("SELECT set_config('berth.actor', 'owner', false); "
             "UPDATE berth.cluster SET facts = jsonb_set(facts, '{workspace_image}', '\"berth/workspace:2\"')")
    cluster.request("PATCH", address, {"spec": {"revisionHistoryLimit": 7}}, "application/merge-patch+json")
    cluster.request("PATCH", claim, {"metadata": {"labels": {"berth.dev/reservation": None}}}, "application/merge-patch+json")
    repaired = lambda: (cluster.get(address)[1]["spec"]["revisionHistoryLimit"] == 1
                        and "berth.dev/reservation" in cluster.get(claim)[1]["metadata"]["labels"])
    tally.check(wait_for(repaired, 10), f"{flavour}: a Deployment and a claim changed by hand are repaired")
    version = lambda: (cluster.get(address)[1]["metadata"]["generation"], cluster.get(claim)[1]["metadata"]["resourceVersion"])
    before = version()
    time.sleep(2)
    tally.check(version() == before, f"{flavour}: and then left alone", f"{before}, {version()}")
    tally.check(pods() == running and cluster.get(address)[1]["spec"]["template"] == template and cluster.get(claim)[1]["spec"] == volume,
                f"{flavour}: its pod runs on, of the image that it was started with")


def device_in_use(demo, api, cluster, tally):
    """Somebody's pod still holds the slice that was booked: the session gets another one of its class."""
    units = demo.sql("SELECT u.name, u.resource_name FROM berth.unit u JOIN berth.device_class d ON d.id = u.device_class "
                     "WHERE d.name = 'slice-24gb' ORDER BY u.id")
    for name, resource in units[:-1]:
        cluster.request("POST", "/api/v1/namespaces/default/pods", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"lingers-{name}"},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
                "name": "it", "image": "registry.invalid/it", "resources": {"limits": {resource: "1"}}}]}})
    lingering = lambda: [pod for pod in cluster.items("/api/v1/namespaces/default/pods")
                         if pod["metadata"]["name"].startswith("lingers-") and pod["spec"].get("nodeName")]
    tally.check(wait_for(lambda: len(lingering()) == len(units) - 1, 20), "pods of others hold all slices but one")
    booked = book(api, "slice-24gb", "interactive_ml", "moved")
    session = wait_for(lambda: ready(api, booked), 60)
    held = demo.sql(f"SELECT u.name, u.resource_name FROM berth.reservation_unit c JOIN berth.unit u ON u.id = c.unit "
                    f"WHERE c.reservation = '{booked['id']}'")
    tally.check(bool(session) and held == units[-1:], "a booking now is moved to the one that is free, and Ready", str(held))
    quota = cluster.items(f"/api/v1/namespaces/{session['namespace']}/resourcequotas")[0]["spec"]["hard"]
    tally.check(quota[f"requests.{units[-1][1]}"] == "2", "its quota names the slice that it was moved to")
    waiting = book(api, "slice-24gb", "interactive_ml", "waits")
    step = lambda: (session_of(api, waiting) or {"steps": [{}]})["steps"][0]
    said = wait_for(lambda: "still in use" in step().get("detail", ""), 20)
    tally.check(bool(said), "the next one waits and says what for", str(step()))
    for pod in lingering():
        cluster.request("DELETE", f"/api/v1/namespaces/default/pods/{pod['metadata']['name']}")
    tally.check(bool(wait_for(lambda: ready(api, waiting), 60)), "and starts when the device is free")
    for one in (booked, waiting):
        api.send("DELETE", f"/reservations/{one['id']}")
    over = lambda: all(api.get(f"/reservations/{one['id']}").body["state"] == "COMPLETED" for one in (booked, waiting))
    tally.check(wait_for(over, 90), "both end")


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
    installation = demo.sql("SELECT id FROM berth.installation")[0][0]
    for name, begun in (("berth-s-norow", None), ("berth-s-before", "2026-01-01T00:00:00Z"), ("berth-s-newer", "2199-01-01T00:00:00Z")):
        cluster.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "annotations": {"berth.dev/begun": begun} if begun else {},
                         "labels": {"app.kubernetes.io/managed-by": "berth", "berth.dev/installation": installation}}})
    demo.stop()
    demo.start()   # the first thing a new leader does is a cycle and a sweep
    gone = wait_for(lambda: cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/left-over")[0] == 404, 20)
    tally.check(bool(gone), "a cluster role binding of a gone session is swept")
    left = wait_for(lambda: cluster.get(scc)[1].get("users") == users[1:], 20)
    tally.check(bool(left), "so is its entry in an SCC's users, and no other", str(cluster.get(scc)[1].get("users")))
    for name in ("berth-s-norow", "berth-s-before"):
        gone = wait_for(lambda: cluster.get(f"/api/v1/namespaces/{name}")[0] == 404, 30)
        tally.check(bool(gone), f"a namespace of ours that no row knows is swept: {name}")
    told = wait_for(lambda: demo.sql("SELECT object FROM berth.finding WHERE kind = 'newer_than_database' AND resolved_at IS NULL"), 20)
    tally.check(told == [["berth-s-newer"]] and cluster.get("/api/v1/namespaces/berth-s-newer")[0] == 200,
                "one that is newer than the whole database stays and is told: a restored backup harms nobody", str(told))


def two_installations(berth, kubeconfig, tally):
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


def run(berth, flavour, kubeconfig, tally):
    cluster = Kubernetes(kubeconfig)
    with folder() as data:
        demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--pool-file", pool_behind_a_proxy(data))
        try:
            took = demo.start()
            tally.check(True, f"{flavour}: the demo starts on it", f"{took:.1f} s")
            api = Api(demo.port, "ana@berth.local")
            main_job(demo, api, cluster, flavour, tally)
            if flavour == "plain":
                device_in_use(demo, api, cluster, tally)
            else:
                leftovers(demo, api, cluster, tally)
        finally:
            demo.stop()
            if tally.failed:
                print((data / "data" / "berth.log").read_text(errors="replace")[-20000:])
    two_installations(berth, kubeconfig, tally)


def main(berth, flavour):
    tally = Tally()
    with cluster_of(flavour, tally) as place:
        if place:
            run(berth, flavour, str(pathlib.Path(place) / "admin.kubeconfig"), tally)
    return tally.close()


sys.exit(main(sys.argv[1], sys.argv[2]))
