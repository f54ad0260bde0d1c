"""The few requests to a Kubernetes API server that the checks make, as one identity each."""

from __future__ import annotations

import base64
import dataclasses
import http.client
import json
import os
import ssl
import subprocess
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

REQUEST_TIMEOUT_S = 60
IDLE_S = 2.0   # a connection that rested longer is opened anew: the server may be about to close it
PATHS = {
    "Namespace": "api/v1/namespaces", "ResourceQuota": "api/v1/resourcequotas", "LimitRange": "api/v1/limitranges",
    "ServiceAccount": "api/v1/serviceaccounts", "ConfigMap": "api/v1/configmaps", "Secret": "api/v1/secrets",
    "PersistentVolumeClaim": "api/v1/persistentvolumeclaims", "Service": "api/v1/services", "Pod": "api/v1/pods",
    "Node": "api/v1/nodes", "Endpoints": "api/v1/endpoints", "PodTemplate": "api/v1/podtemplates",
    "Event": "api/v1/events", "PersistentVolume": "api/v1/persistentvolumes",
    "EndpointSlice": "apis/discovery.k8s.io/v1/endpointslices",
    "ResourceClaim": "apis/resource.k8s.io/v1/resourceclaims",
    "NetworkPolicy": "apis/networking.k8s.io/v1/networkpolicies", "Ingress": "apis/networking.k8s.io/v1/ingresses",
    "Role": "apis/rbac.authorization.k8s.io/v1/roles", "RoleBinding": "apis/rbac.authorization.k8s.io/v1/rolebindings",
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Deployment": "apis/apps/v1/deployments", "StatefulSet": "apis/apps/v1/statefulsets",
    "ReplicaSet": "apis/apps/v1/replicasets", "DaemonSet": "apis/apps/v1/daemonsets", "Job": "apis/batch/v1/jobs",
    "CronJob": "apis/batch/v1/cronjobs", "Lease": "apis/coordination.k8s.io/v1/leases",
    "HorizontalPodAutoscaler": "apis/autoscaling/v2/horizontalpodautoscalers",
    "PodDisruptionBudget": "apis/policy/v1/poddisruptionbudgets", "RuntimeClass": "apis/node.k8s.io/v1/runtimeclasses",
    "Route": "apis/route.openshift.io/v1/routes",
    "ValidatingAdmissionPolicy": "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    "MutatingAdmissionPolicy": "apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": "apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicybindings",
}


@dataclasses.dataclass
class Answer:
    code: int
    body: dict[str, Any]

    @property
    def good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    def __str__(self) -> str:
        return f"{self.code} {self.message or self.body.get('kind', '')}"[:400]


def path_of(kind: str, namespace: str | None = None, name: str | None = None, sub: str | None = None) -> str:
    head, plural = PATHS[kind].rsplit("/", 1)
    parts = [head] + (["namespaces", namespace] if namespace else []) + [plural] + [p for p in (name, sub) if p]
    return "/" + "/".join(parts)


class Api:
    """One identity. Requests are made one after the other, on a connection that is kept: shaking hands takes both sides longer
    than most answers do."""

    def __init__(self, server: str, tls: ssl.SSLContext, token: str | None = None):
        self.address = urllib.parse.urlsplit(server)
        self.tls = tls
        self.token = token
        self.connection = http.client.HTTPSConnection(self.address.hostname or "", self.address.port, context=tls,
                                                      timeout=REQUEST_TIMEOUT_S)
        self.used = time.monotonic()

    def with_token(self, token: str, authorities: str) -> Api:
        return Api(self.address.geturl(), ssl.create_default_context(cadata=authorities), token)

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json",
                query: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        if time.monotonic() - self.used > IDLE_S:
            self.connection.close()   # the next request opens it again
        sent = {"Accept": "application/json", "Content-Type": kind, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            self.connection.request(method, path + ("?" + urllib.parse.urlencode(query) if query else ""),
                                    None if body is None else json.dumps(body), sent)
            response = self.connection.getresponse()
            text = response.read()
        except BaseException:
            self.connection.close()
            raise
        self.used = time.monotonic()
        try:
            return Answer(response.status, json.loads(text))
        except ValueError:
            return Answer(response.status, {"message": text.decode(errors="replace")})

    def get(self, kind: str, namespace: str | None = None, name: str | None = None, sub: str | None = None) -> Answer:
        return self.request("GET", path_of(kind, namespace, name, sub))

    def create(self, body: dict[str, Any], namespace: str | None, dry: bool = False) -> Answer:
        return self.request("POST", path_of(body["kind"], namespace), body, query={"dryRun": "All"} if dry else None)

    def patch(self, kind: str, namespace: str | None, name: str, body: dict[str, Any], sub: str | None = None,
              dry: bool = False, how: str = "application/merge-patch+json") -> Answer:
        return self.request("PATCH", path_of(kind, namespace, name, sub), body, how, {"dryRun": "All"} if dry else None)

    def apply(self, body: dict[str, Any], manager: str = "berth") -> Answer:
        metadata = body["metadata"]
        return self.request("PATCH", path_of(body["kind"], metadata.get("namespace"), metadata["name"]), body,
                            "application/apply-patch+yaml",
                            {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"})

    def delete(self, kind: str, namespace: str | None, name: str | None = None, dry: bool = False, **options: Any) -> Answer:
        """Without a name: the whole collection. `options` as in DeleteOptions; where there is a body, it alone counts."""
        body = {**options, **({"dryRun": ["All"]} if dry else {})}
        return self.request("DELETE", path_of(kind, namespace, name), body or None)

    def mint(self, namespace: str, account: str) -> str:
        answer = self.request("POST", path_of("ServiceAccount", namespace, account, "token"),
                              {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        if not answer.good:
            raise RuntimeError(f"mint a token for {account} in {namespace}: {answer}")
        return str(answer.body["status"]["token"])


def administrator(kubectl: str) -> tuple[Api, str]:
    """From the kubeconfig of the environment; also the certificates that the server is known by."""
    shown = subprocess.run([kubectl, "config", "view", "--raw", "--flatten", "-o", "json"], check=True,
                           capture_output=True, text=True, timeout=REQUEST_TIMEOUT_S)
    config = json.loads(shown.stdout)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authorities = base64.b64decode(cluster["certificate-authority-data"]).decode()
    tls = ssl.create_default_context(cadata=authorities)
    with os.fdopen(os.memfd_create("client"), "wb") as pair:  # Only files can be loaded; this one is never on a disk.
        pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
        pair.flush()
        tls.load_cert_chain(f"/proc/self/fd/{pair.fileno()}")
    return Api(cluster["server"], tls), authorities


def eventually(what: str, condition: Callable[[], Any], within_s: float) -> Any:
    """The first true answer of `condition`; a TimeoutError when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:.0f} s")
        time.sleep(0.1)
