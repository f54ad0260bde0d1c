"""Objects that a tenant makes."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
API_VERSIONS = {
    "NetworkPolicy": "networking.k8s.io/v1", "Ingress": "networking.k8s.io/v1", "Deployment": "apps/v1", "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1", "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1", "Route": "route.openshift.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2", "PodDisruptionBudget": "policy/v1", "RuntimeClass": "node.k8s.io/v1",
    "ResourceClaim": "resource.k8s.io/v1", "EndpointSlice": "discovery.k8s.io/v1", "CronJob": "batch/v1", "Lease": "coordination.k8s.io/v1",
}


def thing(kind: str, name: str, rest: JSON | None = None, **metadata: Any) -> JSON:
    return {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": {"name": name, **metadata},
            **(rest or {})}


def pod_spec(container: JSON | None = None, **spec: Any) -> JSON:
    return {"containers": [{"name": "c", "image": "example/tool:1", **(container or {})}], **spec}


def pod(name: str, container: JSON | None = None, annotations: JSON | None = None, **spec: Any) -> JSON:
    return thing("Pod", name, {"spec": pod_spec(container, **spec)}, annotations=annotations or {})


def asking(resource: str, amount: str = "1") -> JSON:
    return {"resources": {"limits": {resource: amount}}}


def deployment(name: str, container: JSON | None = None, labels: JSON | None = None) -> JSON:
    label = {"app": name}
    return thing("Deployment", name, {"spec": {"replicas": 1, "selector": {"matchLabels": label}, "template": {
        "metadata": {"labels": {**label, **(labels or {})}}, "spec": pod_spec(container)}}})


def template(name: str, metadata: JSON | None = None, **spec: Any) -> JSON:
    """Of pods with the label `app`, for `workload` of that name."""
    return {"metadata": {"labels": {"app": name}, **(metadata or {})}, "spec": pod_spec(**spec)}


def workload(kind: str, name: str, pods: JSON, **spec: Any) -> JSON:
    return thing(kind, name, {"spec": {"selector": {"matchLabels": {"app": name}}, "template": pods, **spec}})


def claim(name: str, **spec: Any) -> JSON:
    return thing("PersistentVolumeClaim", name, {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}})


def network_policy(name: str, **rules: Any) -> JSON:
    types = [kind.capitalize() for kind in rules]
    return thing("NetworkPolicy", name, {"spec": {"podSelector": {}, "policyTypes": types, **rules}})


def ingress(name: str, host: str | None, annotations: JSON | None = None, **spec: Any) -> JSON:
    rule: JSON = {"http": {"paths": [{"path": "/", "pathType": "Prefix",
                                      "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}
    if host is not None:
        rule["host"] = host
    return thing("Ingress", name, {"spec": {"rules": [rule], **spec}}, annotations=annotations or {})


def route(name: str, **spec: Any) -> JSON:
    return thing("Route", name, {"spec": {"to": {"kind": "Service", "name": "s", "weight": 100}, **spec}})


def role(name: str, groups: list[str], resources: list[str], verbs: list[str]) -> JSON:
    return thing("Role", name, {"rules": [{"apiGroups": groups, "resources": resources, "verbs": verbs}]})


def binding(name: str, kind: str, to: str, namespace: str, account: str = "default") -> JSON:
    return thing("RoleBinding", name, {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": to},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}]})
