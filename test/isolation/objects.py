"""Objects that a tenant makes, small."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
BUSYBOX = "berth.test/busybox:1"
SMALL = {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi"}


def thing(kind: str, name: str, version: str = "v1", rest: JSON | None = None, **metadata: Any) -> JSON:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}, **(rest or {})}


def pod(name: str, command: str = "sleep 3600", container: JSON | None = None, limits: JSON | None = None, metadata: JSON | None = None,
        **spec: Any) -> JSON:
    one = {"name": "c", "image": BUSYBOX, "imagePullPolicy": "Never", "command": ["sh", "-c", command],
           "resources": {"limits": {**SMALL, **(limits or {})}}, **(container or {})}
    return thing("Pod", name, rest={"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "enableServiceLinks": False,
                                             "containers": [one], **spec}}, **(metadata or {}))


def claim(name: str, **spec: Any) -> JSON:
    return thing("PersistentVolumeClaim", name, rest={"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}})


def service(name: str, **spec: Any) -> JSON:
    return thing("Service", name, rest={"spec": {"ports": [{"port": 80}], **spec}})


def ingress(name: str, host: str | None, annotations: JSON | None = None, **spec: Any) -> JSON:
    rule: JSON = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}
    if host is not None:
        rule["host"] = host
    return thing("Ingress", name, "networking.k8s.io/v1", {"spec": {"rules": [rule], **spec}}, annotations=annotations or {})


def network_policy(name: str, **rules: Any) -> JSON:
    return thing("NetworkPolicy", name, "networking.k8s.io/v1", {"spec": {
        "podSelector": {}, "policyTypes": [kind.capitalize() for kind in rules], **rules}})


def volume(kind: str, rest: JSON) -> JSON:
    return {"volumes": [{"name": "v", kind: rest}]}
