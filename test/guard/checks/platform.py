"""What Berth itself does in session namespaces, and what it puts into pods."""

from __future__ import annotations

from typing import Any

from .api import eventually
from .fences import POLICIES_ACT_WITHIN_S, RBAC
from .objects import pod, thing
from .report import Report
from .session import Place, Session

PROXY = "http://proxy.lab.example:3128"


def repairs(session: Session, report: Report) -> None:
    """Each guard object is changed by hand; what Berth applies afterwards must undo it, and it must notice."""
    admin, ns = session.place.admin, session.namespace
    changes: dict[tuple[str, str], dict[str, Any]] = {
        ("ResourceQuota", "berth-quota"): {"spec": {"hard": {"requests.cpu": "99", "requests.nvidia.com/gpu": "4"}}},
        ("LimitRange", "berth-limits"): {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}},
        ("NetworkPolicy", "berth-deny"): {"spec": {"ingress": [{}], "egress": [{}]}},
        ("NetworkPolicy", "berth-same-namespace"): {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}},
        ("NetworkPolicy", "berth-world"): {"spec": {"egress": [{}]}},
        ("RoleBinding", "berth-session-admin"): {"subjects": [{"kind": "ServiceAccount", "name": "x", "namespace": "default"}]},
        ("ServiceAccount", "workspace"): {"automountServiceAccountToken": False},
        ("ConfigMap", "berth-session"): {"data": {"ends_at": "never"}},
        ("Deployment", "workspace"): {"spec": {"replicas": 0}},
        ("Service", "workspace"): {"spec": {"selector": {"app": "other"}}},
    }
    wanted = {(item["kind"], item["metadata"]["name"]): item for item in session.items()}
    for (kind, name), change in changes.items():
        report.allowed(f"{kind} {name} changed by an administrator", admin.patch(kind, ns, name, change))
        found = session.differences()
        report.check(f"{kind} {name}: Berth sees the change", found == [f"differs {kind} {name}"], found)
        report.allowed(f"{kind} {name} applied again", admin.apply(wanted[(kind, name)]))
        found = session.differences()
        report.check(f"{kind} {name}: as wanted again", not found, found)


def settled(session: Session, report: Report) -> None:
    """Applying again what is there is no change for the API server. Left out: what controllers write to as well, and
    `berth-deny`, whose stated empty lists are stored as missing (so Berth goes by `matches`, and applies nothing)."""
    admin = session.place.admin
    busy = ("Deployment", "PersistentVolumeClaim", "ResourceQuota")
    still = [item for item in session.items() if item["kind"] not in busy and item["metadata"]["name"] != "berth-deny"]
    for item in still:
        kind, name = item["kind"], item["metadata"]["name"]
        before = admin.get(kind, item["metadata"].get("namespace"), name).body["metadata"]["resourceVersion"]
        after = admin.apply(item).body.get("metadata", {}).get("resourceVersion")
        report.check(f"{kind} {name} applied again is the same version", before == after, (before, after))


def bypass(place: Place, session: Session, report: Report) -> None:
    """A permission, not a name, opens the fence."""
    admin, ns = place.admin, session.namespace
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]
    right = [{"apiGroups": ["berth.dev"], "resources": ["guards"], "verbs": ["bypass"]}]
    for name, granted in (("guard-test-without", rules), ("guard-test-with", rules + right)):
        admin.create(thing("ServiceAccount", name), "default")
        admin.apply({**thing("ClusterRole", name), "rules": granted})
        admin.apply({**thing("ClusterRoleBinding", name), "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]})
    def touch(name: str) -> Any:
        api = admin.with_token(admin.mint("default", name), place.authorities)
        return lambda: api.patch("ConfigMap", ns, "berth-session", {"metadata": {"annotations": {"touched": name}}})
    eventually("the rights act", lambda: "cannot patch" not in touch("guard-test-without")().message, POLICIES_ACT_WITHIN_S)
    eventually("the rights act", lambda: "cannot patch" not in touch("guard-test-with")().message, POLICIES_ACT_WITHIN_S)
    report.refused("a platform account without the permission", touch("guard-test-without")(), "berth-guards")
    report.allowed("a platform account with the permission", touch("guard-test-with")())


def outside(place: Place, report: Report) -> None:
    report.allowed("the policies leave other namespaces alone", place.admin.create(
        pod("p", {"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}, runtimeClassName="nvidia"), "default", dry=True))


def proxy(session: Session, report: Report) -> None:
    """Of a session of a site with a proxy."""
    tenant, ns = session.tenant(), session.namespace
    made = tenant.create(pod("p", {"env": [{"name": "HTTP_PROXY", "value": "mine"}]},
                             initContainers=[{"name": "i", "image": "x"}]), ns)
    report.allowed("a pod on a site with a proxy", made)
    def variables(kind: str, answer: Any) -> dict[str, str]:
        return {v["name"]: v.get("value", "") for v in answer.body.get("spec", {}).get(kind, [{}])[0].get("env", [])}
    for kind in ("containers", "initContainers"):
        got = variables(kind, made)
        if session.place.mutating:
            report.check(f"{kind} get the proxy", got.get("https_proxy") == PROXY and "NO_PROXY" in got, got)
        else:
            report.check(f"{kind} stay as they were made", "https_proxy" not in got, got)
    report.check("a variable that the container set stays", variables("containers", made).get("HTTP_PROXY") == "mine",
                 variables("containers", made))
    debug = {"spec": {"ephemeralContainers": [{"name": "d", "image": "x"}]}}
    added = tenant.patch("Pod", ns, "p", debug, "ephemeralcontainers", how="application/strategic-merge-patch+json")
    report.allowed("a debugging container on a site with a proxy", added)
    if session.place.mutating:
        got = variables("ephemeralContainers", added)
        report.check("debugging containers get the proxy", got.get("HTTPS_PROXY") == PROXY, got)
    report.refused("the tenant changes the proxy's settings", tenant.patch(
        "ConfigMap", ns, "berth-proxy", {"data": {"HTTP_PROXY": "mine"}}), "berth-guards")


def node(session: Session, report: Report) -> None:
    """Of a session that is held to its node."""
    tenant, ns = session.tenant(), session.namespace
    key = "kubernetes.io/hostname"
    plain = tenant.create(pod("p"), ns, dry=True)
    if session.place.mutating:
        got = plain.body.get("spec", {}).get("nodeSelector")
        report.check("a pod is put on the session's node", got == {key: "gpu-node-1"}, plain)
        kept = tenant.create(pod("p", nodeSelector={"disk": "fast"}), ns, dry=True).body.get("spec", {}).get("nodeSelector")
        report.check("its own selector stays beside it", kept == {key: "gpu-node-1", "disk": "fast"}, kept)
    else:
        report.refused("a pod that names no node", plain, "nodeSelector kubernetes.io/hostname")
    report.allowed("a pod that names the session's node", tenant.create(pod("p", nodeSelector={key: "gpu-node-1"}), ns, dry=True))
    report.refused("a pod that names another node", tenant.create(pod("p", nodeSelector={key: "gpu-node-2"}), ns, dry=True),
                   "berth-pods")
    anywhere = pod("p", nodeSelector={"node-role.kubernetes.io/control-plane": ""}, tolerations=[{"operator": "Exists"}])
    report.refused("a pod for the control plane", tenant.create(anywhere, ns, dry=True), "berth-pods")
    report.refused("the tenant takes the node off its namespace", tenant.patch(
        "Namespace", None, ns, {"metadata": {"annotations": {"berth.dev/node": None}}}), RBAC)
