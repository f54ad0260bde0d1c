"""A session on the cluster, made and taken away as Berth does it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import tempfile
from typing import Any

from . import objects
from .api import Api, eventually
from .report import Report

FENCE = ["namespace", "quota", "limits", "network", "access"]
STEPS = [*FENCE, "storage", "config", "workspace", "endpoint"]
COMMAND_TIMEOUT_S = 30
SYNC_WITHIN_S = 30
RUNNING_WITHIN_S = 60
GONE_WITHIN_S = 90
KIND_ORDER = ["Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "ServiceAccount", "RoleBinding",
              "PersistentVolumeClaim", "ConfigMap", "Secret", "Deployment", "Service", "Route", "Ingress"]


@dataclasses.dataclass
class Place:
    """The cluster that the checks run on."""
    dump: str
    admin: Api
    authorities: str
    flavour: str
    mutating: bool
    gpu_names: list[str]

    def items(self, *arguments: str) -> list[dict[str, Any]]:
        done = subprocess.run([self.dump, *arguments, *self.common()], check=True, capture_output=True, text=True,
                              timeout=COMMAND_TIMEOUT_S)
        return list(json.loads(done.stdout)["items"])

    def common(self) -> list[str]:
        names = [part for name in self.gpu_names for part in ("--gpu-name", name)]
        return ["--flavour", self.flavour, "--mutating-policies", "v1beta1" if self.mutating else "",
                "--node", "gpu-node-1", "--default-storage-class", "kwok-volume", *names]


@dataclasses.dataclass
class Session:
    place: Place
    namespace: str
    arguments: list[str]

    def items(self, *more: str) -> list[dict[str, Any]]:
        return self.place.items(*more, "--namespace", self.namespace, *self.arguments)

    def guards(self) -> list[dict[str, Any]]:
        return [item for item in self.items() if "berth.dev/guard" in item["metadata"]["labels"]]

    def tenant(self) -> Api:
        admin = self.place.admin
        return admin.with_token(admin.mint(self.namespace, "workspace"), self.place.authorities)

    def start(self, report: Report) -> None:
        self.apply(STEPS, report)
        self.await_workspace(report)

    def apply(self, steps: list[str], report: Report) -> None:
        for step in steps:
            for item in self.items("--step", step):
                answer = self.place.admin.apply(item)
                if not answer.good:
                    report.check(f"{self.namespace}: applied {item['kind']} {item['metadata']['name']}", False, answer)
            if step == "quota":
                self.await_quota(report)

    def await_quota(self, report: Report) -> None:
        def synced() -> Any:
            quota = self.place.admin.get("ResourceQuota", self.namespace, "berth-quota").body
            status = quota.get("status", {})
            return quota if status.get("hard") == quota["spec"]["hard"] and "used" in status else None
        quota = eventually("status.hard of the quota equals spec.hard", synced, SYNC_WITHIN_S)
        uncounted = sorted(set(quota["spec"]["hard"]) - set(quota["status"]["used"]))
        report.check(f"{self.namespace}: every key of the quota is counted", not uncounted, uncounted)

    def await_workspace(self, report: Report) -> None:
        def ready() -> Any:
            found = self.place.admin.get("Deployment", self.namespace, "workspace").body
            return found.get("status", {}).get("readyReplicas") == 1
        try:
            eventually("the workspace's pod is ready", ready, RUNNING_WITHIN_S)
            report.check(f"{self.namespace}: the workspace's pod is admitted, scheduled and ready", True)
        except TimeoutError as late:
            events = self.place.admin.request("GET", f"/api/v1/namespaces/{self.namespace}/events").body
            notes = [event.get("message") for event in events.get("items", []) if event.get("type") == "Warning"]
            report.check(f"{self.namespace}: the workspace's pod is admitted, scheduled and ready", False, [late, notes])

    def differences(self) -> list[str]:
        """What Berth would find to differ from what it wants, in the words of `berth_manifests_dump --against`."""
        admin, found = self.place.admin, [self.place.admin.get("Namespace", None, self.namespace).body]
        for kind in {item["kind"] for item in self.items()} - {"Namespace"}:
            for item in admin.get(kind, self.namespace).body.get("items", []):
                found.append({**item, "kind": kind})
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"items": found}, file)
            file.flush()
            done = subprocess.run([self.place.dump, "--namespace", self.namespace, *self.arguments,
                                   *self.place.common(), "--against", file.name],
                                  capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S)
        return done.stdout.splitlines() + done.stderr.splitlines()

    def end(self) -> None:
        self.place.admin.delete("Namespace", None, self.namespace)

    def await_gone(self, report: Report) -> None:
        admin, what = self.place.admin, f"{self.namespace}: the namespace goes away with the policies on"
        try:
            eventually("the namespace is gone",
                       lambda: admin.get("Namespace", None, self.namespace).code == 404, GONE_WITHIN_S)
            report.check(what, True)
        except TimeoutError as late:
            report.check(what, False, [late, admin.get("Namespace", None, self.namespace).body.get("status")])


def prepare(place: Place, report: Report) -> None:
    """What is installed once per cluster, and what the checks themselves need."""
    for item in place.items("cluster"):
        answer = place.admin.apply(item)
        report.check(f"cluster object {item['kind']} {item['metadata']['name']} is accepted", answer.good, answer)
    for name in ("nvidia", "nvidia-cdi", "plain"):
        place.admin.create(objects.thing("RuntimeClass", name, {"handler": name}), None)
    for item in place.items("cluster"):
        if item["kind"] == "ValidatingAdmissionPolicy":
            name = item["metadata"]["name"]
            status = eventually(f"{name} is type-checked", lambda: place.admin.get(
                "ValidatingAdmissionPolicy", None, name).body.get("status"), SYNC_WITHIN_S)
            report.check(f"{name} has no type warnings", not status.get("typeChecking", {}).get("expressionWarnings"), status)
