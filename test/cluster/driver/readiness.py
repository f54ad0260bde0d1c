"""Proof that a cluster works: each part has to do its work on objects of the namespace `default`, which are then removed.

A part that only answers is not ready yet: a quota is not enforced, a pod not admitted, before the controllers run.
"""

from __future__ import annotations

from collections.abc import Callable

from .api import Api, Object, condition_is_true
from .node_parts import PAUSE_IMAGE, UNITS
from .parts import Settings
from .waiting import Signals, wait_until

CORE = "/api/v1/namespaces/default"
NAME = "testcluster-probe"
QUOTA, POD = f"{CORE}/resourcequotas", f"{CORE}/pods"
ROUTE = "/apis/route.openshift.io/v1/namespaces/default/routes"
INGRESS = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
NODE = "/api/v1/nodes/gpu-node-1"
DNS = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
ROUTER = "/apis/apps/v1/namespaces/ingress-nginx/deployments/router"
PROBE_DEADLINE_S = 300.0


def prove(api: Api, settings: Settings, check: Callable[[], None], signals: Signals) -> None:
    """Returns when everything works and nothing of the proof is left. `check` raises when a part has ended."""
    flavour, logs = settings.flavour, settings.folder / "logs"
    node_part = "kubelet" if settings.node else "kwok"

    def wait(what: str, condition: Callable[[], bool], part: str) -> None:
        def checked() -> bool:
            check()
            return condition()
        wait_until(what, checked, PROBE_DEADLINE_S, signals, logs / f"{part}.log")

    published = ROUTE if flavour == "openshift" else INGRESS
    api.create(QUOTA, quota(flavour))
    api.create(published, route() if flavour == "openshift" else ingress())
    wait("service account of a namespace", lambda: api.get(f"{CORE}/serviceaccounts/default") is not None,
         "kube-controller-manager")
    wait("node Ready", lambda: condition_is_true(api.get(NODE), "Ready"), node_part)
    if settings.node:
        wait("GPUs offered", lambda: has_gpus(api.get(NODE)), "device-plugin")
        wait("DNS ready", lambda: condition_is_true(api.get(DNS), "Available"), node_part)
        wait("router ready", lambda: condition_is_true(api.get(ROUTER), "Available"), node_part)
    api.create(POD, pod(PAUSE_IMAGE if settings.node else "simulated"))
    wait("quota enforced", lambda: quota_is_enforced(api.get(f"{QUOTA}/{NAME}")), "kube-controller-manager")
    wait("pod Ready", lambda: condition_is_true(api.get(f"{POD}/{NAME}"), "Ready"), "kube-scheduler")
    wait("Route or Ingress published", lambda: is_published(api.get(f"{published}/{NAME}")), "kubelet" if settings.node else "status-writer")
    if flavour == "openshift":
        wait("namespace has its range of ids", lambda: has_range(api.get(CORE)), "status-writer")
    for collection in (POD, QUOTA, published):
        api.delete(f"{collection}/{NAME}")
    for collection in (POD, QUOTA, published):
        wait(f"{collection}/{NAME} gone", lambda path=f"{collection}/{NAME}": api.gone(path), node_part)


def quota_is_enforced(body: Object | None) -> bool:
    if body is None:
        return False
    hard, status = body["spec"]["hard"], body.get("status", {})
    return status.get("hard") == hard and set(status.get("used", {})) == set(hard)


def has_gpus(node: Object | None) -> bool:
    """The last of the resources is there; a plugin registers one after the other."""
    allocatable = ((node or {}).get("status") or {}).get("allocatable") or {}
    return all(allocatable.get(unit.partition("=")[0], "0") != "0" for unit in UNITS)


def is_published(body: Object | None) -> bool:
    """A Route that is admitted, or an Ingress that has an address."""
    status = (body or {}).get("status") or {}
    first = next(iter(status.get("ingress", [])), {})
    admitted = any(c["type"] == "Admitted" and c["status"] == "True" for c in first.get("conditions", []))
    return admitted or bool((status.get("loadBalancer") or {}).get("ingress"))


def has_range(namespace: Object | None) -> bool:
    annotations = (namespace or {}).get("metadata", {}).get("annotations", {})
    return all(f"openshift.io/sa.scc.{name}" in annotations for name in ("uid-range", "supplemental-groups", "mcs"))


def quota(flavour: str) -> Object:
    """Routes are counted too, as on a real OpenShift; until the controller knows them none can be made under such a quota."""
    hard = {"pods": "100"} | ({"count/routes.route.openshift.io": "100"} if flavour == "openshift" else {})
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": NAME}, "spec": {"hard": hard}}


def pod(image: str) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": image}]}}


def route() -> Object:
    return {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": {"name": NAME},
            "spec": {"host": f"{NAME}.example", "to": {"kind": "Service", "name": NAME}}}


def ingress() -> Object:
    backend = {"service": {"name": NAME, "port": {"number": 80}}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": NAME},
            "spec": {"defaultBackend": backend}}
