"""The guard objects and the marks of Berth: nobody but Berth makes, changes or removes them."""

from __future__ import annotations

from typing import Any

from .api import Answer, Api, eventually, path_of
from .fences import POLICIES_ACT_WITHIN_S, RBAC
from .objects import binding, claim, deployment, pod, template, thing, workload
from .report import Report
from .session import Session

APPLY = "application/apply-patch+yaml"


class Checks:
    def __init__(self, session: Session, report: Report):
        self.session = session
        self.report = report
        self.ns = session.namespace
        self.admin = session.place.admin
        self.tenant = session.tenant()

    def run(self) -> None:
        self.guards_hold()
        self.guard_label_is_reserved()
        self.marks_are_reserved()

    def dry(self, body: dict[str, Any]) -> Answer:
        return self.tenant.create(body, self.ns, dry=True)

    def guards_hold(self) -> None:
        """Against the tenant, and against one who holds every right in the namespace but not the bypass."""
        strong = self.strong_account()
        eventually("the strong account's rights act",
                   lambda: strong.get("ResourceQuota", self.ns).good, POLICIES_ACT_WITHIN_S)
        before = self.guard_uids()
        for who, api in (("the tenant", self.tenant), ("one with every right but the bypass", strong)):
            for item in self.session.guards():
                self.guard_holds(who, api, item["kind"], item["metadata"]["name"], api is strong)
            for kind in sorted({item["kind"] for item in self.session.guards()}):
                answer = api.delete(kind, self.ns)
                self.report.check(f"refused: delete {kind}s by collection as {who}", answer.code == 403, answer)
                after = self.guard_uids()
                self.report.check(f"no guard object of kind {kind} is gone", after == before, before.items() ^ after.items())
        self.admin.delete("RoleBinding", self.ns, "strong")
        eventually("the account of plain pods, deleted by collection, is back",
                   lambda: self.tenant.get("ServiceAccount", self.ns, "default").good, POLICIES_ACT_WITHIN_S)
        self.report.check("the guard objects are as they were", not self.session.differences(), self.session.differences())

    def strong_account(self) -> Api:
        """It lives elsewhere, or deleting accounts by collection would take it away."""
        name = "guard-test-strong"
        self.admin.create(thing("ServiceAccount", name), "default")
        self.admin.apply({**thing("ClusterRole", name), "rules": [
            {"apiGroups": ["", "apps", "networking.k8s.io", "rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["*"]}]})
        self.admin.create(binding("strong", "ClusterRole", name, "default", name), self.ns)
        return self.admin.with_token(self.admin.mint("default", name), self.session.place.authorities)

    def guard_holds(self, who: str, api: Api, kind: str, name: str, strong: bool) -> None:
        read_only = kind in ("ResourceQuota", "LimitRange") and not strong
        fence = RBAC if read_only else "ValidatingAdmissionPolicy 'berth-"  # whichever of ours looks first
        r, what = self.report, f"{kind} {name} as {who}"
        r.refused(f"annotate {what}", api.patch(kind, self.ns, name, {"metadata": {"annotations": {"a": "b"}}}), fence)
        r.refused(f"take the guard label off {what}", api.patch(
            kind, self.ns, name, {"metadata": {"labels": {"berth.dev/guard": None}}}), fence)
        current = api.get(kind, self.ns, name).body
        current["metadata"]["annotations"] = {"a": "b"}
        r.refused(f"replace {what}", api.request("PUT", path_of(kind, self.ns, name), current), fence)
        r.refused(f"apply over {what}", api.request(
            "PATCH", path_of(kind, self.ns, name), thing_like(current), APPLY,
            {"fieldManager": "tenant", "force": "true"}), fence)
        r.refused(f"delete {what}", api.delete(kind, self.ns, name), fence)

    def guard_uids(self) -> dict[str, str]:
        uids = {}
        for kind in {item["kind"] for item in self.session.guards()}:
            for item in self.admin.get(kind, self.ns).body["items"]:
                if "berth.dev/guard" in item["metadata"].get("labels", {}):
                    uids[f"{kind} {item['metadata']['name']}"] = item["metadata"]["uid"]
        return uids

    def guard_label_is_reserved(self) -> None:
        r = self.report
        label = {"labels": {"berth.dev/guard": "true"}}
        for kind in ("ConfigMap", "Secret", "ServiceAccount"):
            r.refused(f"make a {kind} with the guard label", self.dry(thing(kind, "g", **label)), "berth-guards")
        r.refused("put the guard label on its own ConfigMap", self.tenant.patch(
            "ConfigMap", self.ns, "settings", {"metadata": label}), "berth-guards")
        r.refused("put the guard label on its own Deployment", self.tenant.patch(
            "Deployment", self.ns, "server", {"metadata": label}), "berth-guards")

    def marks_are_reserved(self) -> None:
        """What says of an object that it is Berth's: on it, or in a template that controllers copy it from."""
        r = self.report
        installation = self.admin.get("Namespace", None, self.ns).body["metadata"]["labels"]["berth.dev/installation"]
        marks: list[tuple[str, dict[str, Any]]] = [
            ("the installation's label", {"labels": {"berth.dev/installation": installation}}),
            ("the session's label", {"labels": {"berth.dev/session": "x"}}),
            ("managed-by: berth", {"labels": {"app.kubernetes.io/managed-by": "berth"}}),
            ("an annotation of berth.dev", {"annotations": {"berth.dev/node": "x"}}),
        ]
        spec = {"spec": claim("m")["spec"]}
        for what, mark in marks:
            made: list[dict[str, Any]] = [thing(kind, "m", **mark) for kind in ("ConfigMap", "Secret", "ServiceAccount")]
            made += [workload(kind, "m", template("m", {**mark, "labels": {"app": "m", **mark.get("labels", {})}}))
                     for kind in ("Deployment", "ReplicaSet", "StatefulSet")]
            made.append({**workload("StatefulSet", "m", template("m"), volumeClaimTemplates=[{
                "metadata": {"name": "d", **mark}, **spec}])})
            job = {"metadata": mark, "spec": {**pod("m")["spec"], "restartPolicy": "Never"}}
            made.append(thing("Job", "m", {"spec": {"template": job}}))
            made.append(thing("CronJob", "m", {"spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": job}}}}))
            made.append(thing("CronJob", "m", {"spec": {"schedule": "0 0 * * *", "jobTemplate": {
                "metadata": mark, "spec": {"template": {**job, "metadata": {}}}}}}))
            made.append(thing("Pod", "m", {"spec": pod("m")["spec"]}, **mark))
            made.append(pod("m", volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": {"metadata": mark, **spec}}}]))
            for body in made:
                r.refused(f"a {body['kind']} with {what}", self.dry(body), "berth-guards")
            r.refused(f"{what} on its own ConfigMap", self.tenant.patch(
                "ConfigMap", self.ns, "settings", {"metadata": mark}), "berth-guards")
            r.refused(f"{what} in the pods of its own Deployment", self.tenant.patch(
                "Deployment", self.ns, "server", {"spec": {"template": {"metadata": mark}}}), "berth-guards")
        isolated = {"berth.dev/isolated": "true"}
        r.allowed("an isolated pod", self.dry(thing("Pod", "m", {"spec": pod("m")["spec"]}, labels=isolated)))
        r.allowed("a Deployment of isolated pods", self.dry(deployment("m", labels=isolated)))
        r.allowed("another manager's label", self.dry(thing("ConfigMap", "m", labels={"app.kubernetes.io/managed-by": "Helm"})))
        r.allowed("change its claim, which has the labels", self.tenant.patch(
            "PersistentVolumeClaim", self.ns, "home", {"metadata": {"annotations": {"note": "mine"}}}, dry=True))
        copied = [s for s in self.admin.get("EndpointSlice", self.ns).body["items"]
                  if s["metadata"].get("labels", {}).get("berth.dev/session")]
        r.check("the cluster's controllers copy them from Berth's own objects", bool(copied), copied)


def thing_like(current: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": current["apiVersion"], "kind": current["kind"],
            "metadata": {"name": current["metadata"]["name"], "annotations": {"a": "b"}}}
