"""What people are let into the workspace through: Berth's, to its tenant as to whoever else has every right in the namespace alone."""

from __future__ import annotations

from typing import Any

from .api import Answer, Api, eventually, path_of
from .fences import POLICIES_ACT_WITHIN_S
from .objects import binding, pod, thing
from .report import Report
from .session import RUNNING_WITHIN_S, Session

FENCE = "berth-workspace"
STRATEGIC = "application/strategic-merge-patch+json"
OTHER_IMAGE = {"containers": [{"name": "gate", "image": "example/other:1"}]}


def pods_of(api: Api, namespace: str) -> list[str]:
    return [item["metadata"]["name"] for item in api.get("Pod", namespace).body["items"]
            if item["metadata"].get("labels", {}).get("app.kubernetes.io/name") == "workspace"]


class Checks:
    def __init__(self, session: Session, report: Report):
        self.report = report
        self.ns = session.namespace
        self.admin = session.place.admin
        self.authorities = session.place.authorities
        self.tenant = session.tenant()
        self.address = "Route" if session.place.flavour == "openshift" else "Ingress"

    def run(self) -> None:
        self.its_objects_stay()
        self.its_pod_stays()
        self.its_gate_is_closed()
        self.is_made_again()

    def strategic(self, kind: str, name: str, body: dict[str, Any], sub: str | None = None) -> Answer:
        return self.tenant.patch(kind, self.ns, name, body, sub, how=STRATEGIC)

    def its_objects_stay(self) -> None:
        r = self.report
        for kind, change in {
            "Deployment": {"spec": {"template": {"spec": OTHER_IMAGE}}},
            "Service": {"spec": {"selector": {"app": "other"}}},
            self.address: {"metadata": {"annotations": {"note": "mine"}}},
        }.items():
            # Its host is none that a tenant may claim, so another policy may refuse a changed address first.
            fence = "ValidatingAdmissionPolicy 'berth-" if kind == self.address else FENCE
            r.refused(f"change the {kind} of the workspace", self.tenant.patch(kind, self.ns, "workspace", change), fence)
            r.refused(f"take the labels off the {kind} of the workspace", self.tenant.patch(
                kind, self.ns, "workspace", {"metadata": {"labels": None}}), fence)
            current = self.tenant.get(kind, self.ns, "workspace").body
            current["metadata"]["labels"] = {}
            r.refused(f"replace the {kind} of the workspace", self.tenant.request(
                "PUT", path_of(kind, self.ns, "workspace"), current), fence)
            r.refused(f"delete the {kind} of the workspace", self.tenant.delete(kind, self.ns, "workspace"), FENCE)
            r.refused(f"delete {kind}s by collection", self.tenant.request(
                "DELETE", path_of(kind, self.ns), query={"labelSelector": "app.kubernetes.io/managed-by=berth"}), FENCE)
        sets = [item["metadata"]["name"] for item in self.tenant.get("ReplicaSet", self.ns).body["items"]
                if "berth.dev/session" in item["metadata"]["labels"]]
        r.check("the workspace's ReplicaSet is there", len(sets) == 1, sets)
        for name in sets:
            r.refused("change the template of its ReplicaSet", self.strategic(
                "ReplicaSet", name, {"spec": {"template": {"spec": OTHER_IMAGE}}}), FENCE)

    def its_pod_stays(self) -> None:
        r = self.report
        for name in pods_of(self.tenant, self.ns):
            for what, metadata in {
                "cut the gate off": {"labels": {"berth.dev/isolated": "true"}},
                "take the workspace's pod out of its Service": {"labels": {"berth.dev/session": None}},
                "take the workspace's pod from its ReplicaSet": {"labels": {"pod-template-hash": None}},
                "annotate the workspace's pod": {"annotations": {"note": "mine"}},
            }.items():
                r.refused(what, self.tenant.patch("Pod", self.ns, name, {"metadata": metadata}), FENCE)
            r.refused("another image for the gate", self.strategic("Pod", name, {"spec": OTHER_IMAGE}), FENCE)
            for mounts in ([], [{"name": "gate", "mountPath": "/gate"}]):
                r.refused("a debugging container beside the gate", self.strategic("Pod", name, {"spec": {"ephemeralContainers": [
                    {"name": "d", "image": "x", "targetContainerName": "gate", "volumeMounts": mounts}]}}, "ephemeralcontainers"), FENCE)
        r.allowed("an own pod is changed", self.tenant.patch("Pod", self.ns, "tool", {"metadata": {"labels": {"berth.dev/isolated": "true"}}}))
        r.allowed("and back", self.tenant.patch("Pod", self.ns, "tool", {"metadata": {"labels": {"berth.dev/isolated": None}}}))

    def its_gate_is_closed(self) -> None:
        """A command cannot run on the simulated node: one that is let through fails for another reason."""
        r, name = self.report, pods_of(self.tenant, self.ns)[0]
        def asked(pod_name: str, sub: str, container: str, method: str = "POST") -> Answer:
            more = {"command": "true", "stdout": "true"} if sub == "exec" else {"stdout": "true"}
            return self.tenant.request(method, path_of("Pod", self.ns, pod_name, sub), query={**more, **(
                {"container": container} if container else {})})
        for sub in ("exec", "attach"):
            for method in ("POST", "GET"):
                r.refused(f"{method} {sub} into the gate", asked(name, sub, "gate", method), FENCE)
            answer = asked(name, sub, "")
            r.check(f"{sub} without a name is the API server's to refuse", answer.code == 400 and "must be specified" in answer.message, answer)
            answer = asked(name, sub, "workspace")
            r.check(f"{sub} into the workspace is let through", answer.code != 403 and FENCE not in answer.message, answer)
        r.allowed("a pod of its own with a container of that name", self.tenant.create(
            pod("mine", {"name": "gate"}), self.ns))
        answer = asked("mine", "exec", "gate")
        r.check("exec into it is let through", answer.code != 403 and FENCE not in answer.message, answer)
        self.tenant.delete("Pod", self.ns, "mine", gracePeriodSeconds=0)

    def is_made_again(self) -> None:
        """What the cluster's controllers do with it is let through: a pod that was deleted is there again."""
        before = pods_of(self.tenant, self.ns)
        for name in before:
            self.report.allowed("delete the workspace's pod", self.tenant.delete("Pod", self.ns, name, gracePeriodSeconds=0))
        def ready() -> Any:
            there = set(pods_of(self.tenant, self.ns))
            found = self.tenant.get("Deployment", self.ns, "workspace").body
            return there and not there & set(before) and found.get("status", {}).get("readyReplicas") == 1
        self.report.check("another is there and ready", bool(eventually("the workspace's pod is back", ready, RUNNING_WITHIN_S)))
        self.admin.create(thing("ServiceAccount", "workspace-strong"), "default")
        self.admin.create(binding("workspace-strong", "ClusterRole", "admin", "default", "workspace-strong"), self.ns)
        api = self.admin.with_token(self.admin.mint("default", "workspace-strong"), self.authorities)
        eventually("the strong account's rights act", lambda: api.get("Deployment", self.ns).good, POLICIES_ACT_WITHIN_S)
        self.report.refused("change the Deployment as one with an admin's rights in the namespace", api.patch(
            "Deployment", self.ns, "workspace", {"spec": {"replicas": 2}}), FENCE)
        self.admin.delete("RoleBinding", self.ns, "workspace-strong")
