"""Nothing that a tenant makes outlives its session: no grace without end, no finalizer that nobody takes away; and no
device through an annotation that comes later. What ends things must not be kept from it."""

from __future__ import annotations

from typing import Any

from .api import Answer, eventually, path_of
from .fences import POLICIES_ACT_WITHIN_S, RBAC
from .objects import binding, pod, template, thing, workload
from .report import Report
from .session import RUNNING_WITHIN_S, Session

LONGEST_GRACE_S = 120
FOR_EVER_S = 1_000_000
HELD = {"finalizers": ["example.com/hold"]}
TRACKED = {"finalizers": ["batch.kubernetes.io/job-tracking"]}
GATED = {"schedulingGates": [{"name": "example.com/wait"}]}
DEVICES = {"cdi.k8s.io/gpu": "nvidia.com/gpu=all"}


class Checks:
    """`neighbour` needs no more than its fence; its ServiceAccount is let into the session by the tenant."""

    def __init__(self, session: Session, neighbour: Session, report: Report):
        self.session = session
        self.neighbour = neighbour
        self.report = report
        self.ns = session.namespace
        self.admin = session.place.admin
        self.tenant = session.tenant()

    def run(self) -> None:
        self.grace_has_an_end()
        self.templates_hold_nothing()
        self.guests_hold_nothing()
        self.drivers_may_hold()
        self.jobs_keep_their_pods()
        self.annotations_that_come_later()
        self.what_was_there_before()

    def dry(self, body: dict[str, Any]) -> Answer:
        return self.tenant.create(body, self.ns, dry=True)

    def grace_has_an_end(self) -> None:
        r = self.report
        r.allowed(f"a pod with a grace of {LONGEST_GRACE_S} s", self.dry(pod("p", terminationGracePeriodSeconds=LONGEST_GRACE_S)))
        for seconds in (LONGEST_GRACE_S + 1, FOR_EVER_S):
            r.refused(f"a pod with a grace of {seconds} s", self.dry(pod("p", terminationGracePeriodSeconds=seconds)), "berth-pods")
        for probe in ("livenessProbe", "startupProbe"):
            for seconds, good in ((LONGEST_GRACE_S, True), (FOR_EVER_S, False)):
                body = pod("p", {probe: {"exec": {"command": ["true"]}, "terminationGracePeriodSeconds": seconds}})
                what = f"a {probe} with a grace of {seconds} s"
                r.allowed(what, self.dry(body)) if good else r.refused(what, self.dry(body), "berth-pods")
        endless = {"terminationGracePeriodSeconds": FOR_EVER_S}
        self.no_pods_of("Deployment with a grace without end", workload(
            "Deployment", "lasting", template("lasting", **endless)), "berth-pods")
        self.no_pods_of("Job with a grace without end", thing("Job", "lasting-job", {"spec": {
            "template": template("lasting-job", restartPolicy="Never", **endless)}}), "berth-pods")

        r.allowed("a pod that runs", self.tenant.create(pod("leaving"), self.ns))
        eventually("the pod runs", lambda: self.pod_of("leaving").get("status", {}).get("phase") == "Running", RUNNING_WITHIN_S)
        r.refused("delete it with a grace without end", self.tenant.delete(
            "Pod", self.ns, "leaving", gracePeriodSeconds=FOR_EVER_S), "berth-pods")
        answer = self.tenant.delete("Pod", self.ns, gracePeriodSeconds=FOR_EVER_S)
        r.check("refused: delete pods by collection with a grace without end", answer.code == 403, answer)
        r.refused("evict it with a grace without end", self.evict("leaving", FOR_EVER_S), "berth-pods")
        r.check("it is not being deleted", "deletionTimestamp" not in self.pod_of("leaving")["metadata"], self.pod_of("leaving"))
        r.allowed("delete it with the longest grace", self.tenant.delete(
            "Pod", self.ns, "leaving", dry=True, gracePeriodSeconds=LONGEST_GRACE_S))
        r.allowed("delete it with none", self.tenant.delete("Pod", self.ns, "leaving", dry=True, gracePeriodSeconds=0))
        r.allowed("evict it with its own grace", self.evict("leaving", None, dry=True))
        r.allowed("evict it", self.evict("leaving", 1))
        self.gone("leaving")

    def templates_hold_nothing(self) -> None:
        for kind in ("Deployment", "ReplicaSet", "StatefulSet"):
            for what, metadata in (("held", HELD), ("tracked", TRACKED)):
                name = f"{what}-{kind.lower()}"
                more = {"serviceName": "s"} if kind == "StatefulSet" else {}
                self.no_pods_of(f"{kind} with {metadata['finalizers'][0]} in its template",
                                workload(kind, name, template(name, metadata), **more), "berth-guards")
        self.no_pods_of("Job with example.com/hold in its template", thing("Job", "held-job", {"spec": {
            "template": template("held-job", HELD, restartPolicy="Never")}}), "berth-guards")

        def claims(name: str, **metadata: Any) -> dict[str, Any]:
            return workload("StatefulSet", name, template(name), serviceName="s", volumeClaimTemplates=[{
                "metadata": {"name": "data", **metadata},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}])
        self.report.refused("a StatefulSet with a finalizer on its claims", self.dry(claims("keeping", **HELD)), "berth-guards")
        self.report.allowed("a StatefulSet with claims", self.tenant.create(claims("plain-claims"), self.ns))
        self.report.check("its pod runs", bool(eventually("the pod of the StatefulSet", lambda: self.tenant.get(
            "StatefulSet", self.ns, "plain-claims").body.get("status", {}).get("readyReplicas") == 1, RUNNING_WITHIN_S)))
        self.report.allowed("change it", self.tenant.patch("StatefulSet", self.ns, "plain-claims", {"spec": {"replicas": 0}}))

    def guests_hold_nothing(self) -> None:
        """Another session's ServiceAccount, with all that the tenant itself may do."""
        r = self.report
        r.allowed("let in another session's account", self.tenant.create(binding(
            "guest", "ClusterRole", "berth-session-admin", self.neighbour.namespace, "workspace"), self.ns))
        guest = self.neighbour.tenant()
        body = thing("ConfigMap", "of-a-guest", {"data": {"a": "b"}})
        eventually("the guest's rights act", lambda: RBAC not in guest.create(body, self.ns, dry=True).message,
                   POLICIES_ACT_WITHIN_S)
        r.allowed("a guest makes a ConfigMap", guest.create(body, self.ns))
        claim = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
        for held in (thing("ConfigMap", "f", **HELD), thing("PersistentVolumeClaim", "f", claim, **HELD),
                     thing("Pod", "f", {"spec": pod("f")["spec"]}, **HELD),
                     workload("Deployment", "f", template("f")) | {"metadata": {"name": "f", **HELD}}):
            r.refused(f"a guest makes a {held['kind']} with a finalizer", guest.create(held, self.ns, dry=True), "berth-guards")
        r.refused("a guest adds a finalizer", guest.patch("ConfigMap", self.ns, "of-a-guest", {"metadata": HELD}), "berth-guards")
        r.allowed("a guest makes a claim", guest.create(thing("PersistentVolumeClaim", "f", claim), self.ns, dry=True))
        self.tenant.delete("RoleBinding", self.ns, "guest")

    def drivers_may_hold(self) -> None:
        """A storage driver has its right in every namespace, and lives anywhere."""
        name = "guard-test-driver"
        self.admin.create(thing("ServiceAccount", name), "default")
        self.admin.apply({**thing("ClusterRole", name), "rules": [
            {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "list", "watch", "patch"]}]})
        self.admin.apply({**thing("ClusterRoleBinding", name), "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]})
        driver = self.admin.with_token(self.admin.mint("default", name), self.session.place.authorities)
        eventually("the driver's rights act", lambda: driver.get("PersistentVolumeClaim", self.ns).good, POLICIES_ACT_WITHIN_S)
        before = self.admin.get("PersistentVolumeClaim", self.ns, "scratch").body["metadata"].get("finalizers", [])
        for what, wanted in (("adds its finalizer to a claim", [*before, "snapshot.storage.kubernetes.io/pvc-as-source-protection"]),
                             ("takes it away", before)):
            self.report.allowed(f"a storage driver {what}", driver.patch(
                "PersistentVolumeClaim", self.ns, "scratch", {"metadata": {"finalizers": wanted}}))
        self.report.refused("a storage driver makes a guard of a claim", driver.patch(
            "PersistentVolumeClaim", self.ns, "scratch", {"metadata": {"labels": {"berth.dev/guard": "true"}}}, dry=True),
            "berth-guards")

    def jobs_keep_their_pods(self) -> None:
        """The controller of Jobs puts a finalizer on their pods, and takes it away from pods of Jobs only."""
        r = self.report
        r.allowed("make a Job whose pod waits", self.tenant.create(thing("Job", "tracked", {"spec": {
            "template": template("tracked", restartPolicy="Never", **GATED)}}), self.ns))
        name = str(eventually("the Job's pod", lambda: self.pods_of("tracked"), RUNNING_WITHIN_S)[0])
        metadata = self.pod_of(name)["metadata"]
        r.check("it has the finalizer of Jobs", metadata.get("finalizers") == TRACKED["finalizers"], metadata)
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": metadata["ownerReferences"][0]["uid"],
                 "controller": True}
        for what, other in (("a ReplicaSet", owner), ("a Job of another version", {**owner, "apiVersion": "batch/v2", "kind": "Job"})):
            r.refused(f"give it to {what}", self.tenant.patch(
                "Pod", self.ns, name, {"metadata": {"ownerReferences": [other]}}), "berth-guards")
        r.allowed("label it", self.tenant.patch("Pod", self.ns, name, {"metadata": {"labels": {"a": "b"}}}))
        r.allowed("delete the Job", self.tenant.delete("Job", self.ns, "tracked", propagationPolicy="Background"))
        self.gone(name)
        r.allowed("make another", self.tenant.create(thing("Job", "tracked-too", {"spec": {
            "template": template("tracked-too", restartPolicy="Never", **GATED)}}), self.ns))
        name = str(eventually("the Job's pod", lambda: self.pods_of("tracked-too"), RUNNING_WITHIN_S)[0])
        r.allowed("delete it and leave its pod", self.tenant.delete("Job", self.ns, "tracked-too", propagationPolicy="Orphan"))
        r.check("the finalizer is taken from the pod that is left", bool(eventually("no finalizer", lambda: not self.pod_of(
            name)["metadata"].get("finalizers"), RUNNING_WITHIN_S)))
        r.allowed("delete that pod", self.tenant.delete("Pod", self.ns, name))
        self.gone(name)

    def annotations_that_come_later(self) -> None:
        r = self.report
        r.allowed("a pod that waits", self.tenant.create(pod("later", **GATED), self.ns))
        late = {"metadata": {"annotations": DEVICES}}
        r.refused("a CDI annotation by a change", self.tenant.patch("Pod", self.ns, "later", late), "berth-annotations")
        whole = self.pod_of("later")
        whole["metadata"]["annotations"] = DEVICES
        r.refused("the same by a replacement", self.tenant.request("PUT", path_of("Pod", self.ns, "later"), whole), "berth-annotations")
        r.refused("the same as the gate is taken away", self.tenant.patch(
            "Pod", self.ns, "later", {**late, "spec": {"schedulingGates": []}}), "berth-annotations")
        debug = {**late, "spec": {"ephemeralContainers": [{"name": "d", "image": "x"}]}}
        made = self.tenant.patch("Pod", self.ns, "later", debug, "ephemeralcontainers", dry=True,
                                 how="application/strategic-merge-patch+json")
        r.check("a debugging container brings no annotation along", made.good and DEVICES.keys().isdisjoint(
            made.body["metadata"].get("annotations", {})), made)
        r.allowed("another annotation", self.tenant.patch("Pod", self.ns, "later", {"metadata": {"annotations": {"a": "b"}}}))
        r.allowed("take the gate away", self.tenant.patch("Pod", self.ns, "later", {"spec": {"schedulingGates": []}}))
        r.check("the pod runs", bool(eventually("it runs", lambda: self.pod_of("later").get("status", {}).get(
            "phase") == "Running", RUNNING_WITHIN_S)))
        r.refused("a CDI annotation on a pod that runs", self.tenant.patch("Pod", self.ns, "later", late), "berth-annotations")
        r.allowed("delete it", self.tenant.delete("Pod", self.ns, "later", gracePeriodSeconds=0))

    def what_was_there_before(self) -> None:
        """As if from before the policies: made by one who passes them."""
        r = self.report
        old = pod("old", {"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}, DEVICES,
                  terminationGracePeriodSeconds=FOR_EVER_S, **GATED)
        old["metadata"] |= HELD
        r.allowed("an old pod that breaks every rule", self.admin.create(old, self.ns))
        r.allowed("label it", self.tenant.patch("Pod", self.ns, "old", {"metadata": {"labels": {"a": "b"}}}))
        for what, annotations in (("change its CDI annotation", {"cdi.k8s.io/gpu": "nvidia.com/gpu=0"}),
                                  ("add a second one", {"cdi.k8s.io/other": "x"})):
            r.refused(what, self.tenant.patch("Pod", self.ns, "old", {"metadata": {"annotations": annotations}}),
                      "berth-annotations")
        r.refused("add a second finalizer", self.tenant.patch(
            "Pod", self.ns, "old", {"metadata": {"finalizers": [*HELD["finalizers"], "example.com/more"]}}), "berth-guards")
        r.allowed("delete it", self.tenant.delete("Pod", self.ns, "old"))
        r.allowed("take its finalizer away", self.tenant.patch("Pod", self.ns, "old", {"metadata": {"finalizers": None}}))
        self.gone("old")

    def no_pods_of(self, what: str, body: dict[str, Any], fence: str) -> None:
        """The object is made, its pods are not, and an event says why."""
        name = body["metadata"]["name"]
        self.report.allowed(f"make a {what}", self.tenant.create(body, self.ns))
        def told() -> list[str]:
            return [event["message"] for event in self.tenant.get("Event", self.ns).body.get("items", [])
                    if event["reason"] == "FailedCreate" and event["involvedObject"]["name"].startswith(name)]
        try:
            first = eventually(f"an event on {name}", told, POLICIES_ACT_WITHIN_S)[0]
        except TimeoutError as none:
            first = str(none)
        self.report.check(f"refused by {fence}: the pods of a {what}", fence in first, first)
        self.report.check(f"no pod of a {what}", not self.pods_of(name), self.pods_of(name))
        self.tenant.delete(body["kind"], self.ns, name, propagationPolicy="Background")

    def evict(self, name: str, grace_s: int | None, dry: bool = False) -> Answer:
        options = {} if grace_s is None else {"gracePeriodSeconds": grace_s}
        return self.tenant.request("POST", path_of("Pod", self.ns, name, "eviction"), {
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, "deleteOptions": options},
            query={"dryRun": "All"} if dry else None)

    def pod_of(self, name: str) -> dict[str, Any]:
        return self.admin.get("Pod", self.ns, name).body

    def pods_of(self, app: str) -> list[str]:
        found = self.admin.request("GET", path_of("Pod", self.ns), query={"labelSelector": f"app={app}"}).body
        return [item["metadata"]["name"] for item in found.get("items", [])]

    def gone(self, name: str) -> None:
        try:
            eventually("it is gone", lambda: self.admin.get("Pod", self.ns, name).code == 404, RUNNING_WITHIN_S)
            self.report.check(f"the pod {name} is gone", True)
        except TimeoutError as late:
            self.report.check(f"the pod {name} is gone", False, [late, self.pod_of(name)])
