"""What programs of the platform would do for a tenant, with rights of their own, if its objects could ask them to."""

from __future__ import annotations

from typing import Any

from .api import Api, eventually
from .objects import claim, deployment, ingress, pod, route, thing
from .report import Report
from .session import RUNNING_WITHIN_S

ACT_WITHIN_S = 20
# One for each kind of program that people install: a second network, the runtime of the node, a provisioner, names in the
# company's DNS, addresses, a copy of somebody's Secret, a role in the cloud, a client of the cluster's sign-in.
ASKING: dict[str, list[str]] = {
    "Pod": ["k8s.v1.cni.cncf.io/networks", "io.kubernetes.cri-o.Devices", "cdi.k8s.io/gpu", "sidecar.istio.io/inject",
            "target.workload.openshift.io/management"],
    "PersistentVolumeClaim": ["nfs.io/storage-path"],
    "Service": ["external-dns.alpha.kubernetes.io/hostname", "metallb.universe.tf/loadBalancerIPs"],
    "Secret": ["replicator.v1.mittwald.de/replicate-from"],
    "ConfigMap": ["reflector.v1.k8s.emberstack.com/reflects"],
    "ServiceAccount": ["eks.amazonaws.com/role-arn", "serviceaccounts.openshift.io/oauth-redirectreference.x"],
}
FENCE = "berth-annotations"


class Programs:
    def __init__(self, admin: Api, tenant: Api, ns: str, openshift: bool, report: Report):
        self.admin, self.tenant, self.ns, self.openshift, self.report = admin, tenant, ns, openshift, report

    def dry(self, body: dict[str, Any]) -> Any:
        return self.tenant.create(body, self.ns, dry=True)

    def run(self) -> None:
        self.annotations_are_of_listed_families()
        self.jobs_are_the_clusters()
        self.routers_are_the_sessions()
        self.nodes_reach_out_for_nobody()

    def annotations_are_of_listed_families(self) -> None:
        r = self.report
        bodies = {"Pod": pod("a"), "PersistentVolumeClaim": claim("a"), "Service": thing("Service", "a", {"spec": {"ports": [{"port": 80}]}})}
        for kind, asking in ASKING.items():
            body = bodies.get(kind, thing(kind, "a"))
            for name in asking:
                r.refused(f"a {kind} that asks by {name}",
                          self.dry({**body, "metadata": {"name": "a", "annotations": {name: "x"}}}), FENCE)
            r.allowed(f"a {kind} with notes", self.dry({**body, "metadata": {"name": "a", "annotations": {
                "note": "mine", "kubectl.kubernetes.io/last-applied-configuration": "{}", "meta.helm.sh/release-name": "r",
                "checksum/config": "1"}}}))
        networks = {"metadata": {"annotations": {"k8s.v1.cni.cncf.io/networks": "other/net"}}}
        r.refused("ask for a network later", self.tenant.patch("Pod", self.ns, "tool", networks), FENCE)
        r.allowed("whoever has the right everywhere notes what it did", self.admin.patch("Pod", self.ns, "tool", networks))
        r.allowed("a pod keeps what is there", self.tenant.patch("Pod", self.ns, "tool", {"metadata": {"labels": {"seen": "2"}}}))
        r.allowed("make a Deployment whose pods ask", self.tenant.create(asking_deployment(), self.ns))
        said = eventually("an event tells of the Deployment's pods", lambda: [
            event["message"] for event in self.tenant.get("Event", self.ns).body["items"]
            if event["involvedObject"]["name"].startswith("asks") and FENCE in event.get("message", "")], RUNNING_WITHIN_S)
        r.check(f"refused by {FENCE}: pods that a controller makes out of a template", bool(said), said)
        self.tenant.delete("Deployment", self.ns, "asks")

    def jobs_are_the_clusters(self) -> None:
        """Whoever made a Job that nobody manages, and gave it a pod of another, held the namespace for ever."""
        r = self.report
        spec = {"template": {"spec": {**pod("j")["spec"], "restartPolicy": "Never"}}}
        r.refused("a Job of another's", self.dry(thing("Job", "j", {"spec": {**spec, "managedBy": "example.com/nobody"}})), "berth-guards")
        r.allowed("a Job of the cluster's controller", self.dry(thing("Job", "j", {"spec": {**spec, "managedBy": "kubernetes.io/job-controller"}})))
        cron = thing("CronJob", "j", {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}}})
        r.refused("a CronJob of another's Jobs", self.dry(thing("CronJob", "j", {"spec": {
            "schedule": "0 0 1 1 *", "jobTemplate": {"spec": {**spec, "managedBy": "example.com/nobody"}}}})), "berth-guards")
        r.allowed("make a CronJob", self.tenant.create(cron, self.ns))
        r.refused("leave its Jobs to another later", self.tenant.patch("CronJob", self.ns, "j", {
            "spec": {"jobTemplate": {"spec": {"managedBy": "example.com/nobody"}}}}), "berth-guards")
        r.allowed("change it otherwise", self.tenant.patch("CronJob", self.ns, "j", {"spec": {"suspend": True}}))
        self.tenant.delete("CronJob", self.ns, "j")

    def routers_are_the_sessions(self) -> None:
        r, own = self.report, f"a-{self.ns}.apps.gpu1.lab.example"
        for path in ("/a b", "/a{2}", "/;x", "/a\"b", "/$1"):
            r.refused(f"an Ingress with the path {path!r}", self.dry(with_path(ingress("h", own), path)), "berth-hosts")
            if self.openshift:
                r.refused(f"a Route with the path {path!r}", self.dry(route("h", host=own, path=path)), "berth-hosts")
        r.allowed("an Ingress with a plain path", self.dry(with_path(ingress("h", own), "/api/v1/x-y_z")))
        mine = {"metadata": {"annotations": {"berth.dev/ingress-class": "sessions"}}}
        r.allowed("the cluster declares a class", self.admin.patch("Namespace", None, self.ns, mine))
        r.check("another class is refused then", bool(eventually("the class acts", lambda: "berth-hosts" in self.dry(
            ingress("h", own, ingressClassName="company")).message, ACT_WITHIN_S)))
        r.allowed("an Ingress of that class", self.dry(ingress("h", own, ingressClassName="sessions")))
        self.admin.patch("Namespace", None, self.ns, {"metadata": {"annotations": {"berth.dev/ingress-class": None}}})

    def nodes_reach_out_for_nobody(self) -> None:
        """The kubelet asks from the node's own network. Pod security of newer versions refuses it as well, and may be first."""
        host = {"host": "169.254.169.254", "port": 80}
        for what, container in {
            "a liveness probe": {"livenessProbe": {"httpGet": host}}, "a readiness probe": {"readinessProbe": {"tcpSocket": host}},
            "a startup probe": {"startupProbe": {"httpGet": host}}, "a hook at its start": {"lifecycle": {"postStart": {"httpGet": host}}},
            "a hook at its end": {"lifecycle": {"preStop": {"httpGet": host}}},
        }.items():
            answer = self.dry(pod("p", container))
            self.report.check(f"refused: {what} with a host", answer.code == 403, answer)
        self.report.allowed("a probe of its own", self.dry(pod("p", {"livenessProbe": {"httpGet": {"port": 80}}})))


def asking_deployment() -> dict[str, Any]:
    body = deployment("asks")
    body["spec"]["template"]["metadata"]["annotations"] = {"k8s.v1.cni.cncf.io/networks": "other/net"}
    return body


def with_path(body: dict[str, Any], path: str) -> dict[str, Any]:
    body["spec"]["rules"][0]["http"]["paths"][0].update(path=path, pathType="ImplementationSpecific")
    return body
