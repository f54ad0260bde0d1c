"""What the session's own ServiceAccount may do, and what not. Each refusal names the fence that has to give it."""

from __future__ import annotations

from typing import Any

from . import guards, workspace
from .api import Answer, Api, eventually, path_of
from .fences import POLICIES_ACT_WITHIN_S, RBAC
from .objects import (asking, binding, claim, deployment, ingress, network_policy, pod, role, route, template, thing, workload)
from .programs import Programs
from .report import Report
from .session import RUNNING_WITHIN_S, Session

QUOTA = "exceeded quota: berth-quota"
COUNTED_WITHIN_S = 20
POD_SECURITY = "violates PodSecurity"
OWN_SLICE = "nvidia.com/mig-1g.24gb-me"


class Checks:
    def __init__(self, session: Session, report: Report):
        self.session = session
        self.report = report
        self.ns = session.namespace
        self.admin = session.place.admin
        self.tenant = session.tenant()
        self.openshift = session.place.flavour == "openshift"

    def run(self) -> None:
        self.await_policies()
        self.may_work()
        self.own_slots_only()
        self.says_little()
        self.takes_no_token_along()
        self.no_way_around_the_device_plugin()
        self.pods_stay_inside()
        self.storage_is_its_own()
        self.quota_is_read_only()
        guards.Checks(self.session, self.report).run()
        workspace.Checks(self.session, self.report).run()
        self.objects_are_counted()
        self.network_stays_shut()
        self.hosts_are_own()
        Programs(self.admin, self.tenant, self.ns, self.openshift, self.report).run()
        self.rights_do_not_grow()
        self.nothing_outside_is_seen()
        self.cannot_outstay()

    def dry(self, body: dict[str, Any], identity: Api | None = None) -> Answer:
        return (identity or self.tenant).create(body, self.ns, dry=True)

    def await_policies(self) -> None:
        """A new policy takes about a second to act."""
        probes = {
            "berth-guards": thing("ConfigMap", "probe", labels={"berth.dev/guard": "true"}),
            "berth-pods": pod("probe", asking("nvidia.com/no-such")),
            "berth-variables": thing("ConfigMap", "probe", {"data": {"NVIDIA_VISIBLE_DEVICES": "all"}}),
            "berth-network-policies": network_policy("probe", ingress=[{}]),
            "berth-services": thing("Service", "probe", {"spec": {"type": "ExternalName", "externalName": "a.b"}}),
            "berth-hosts": ingress("probe", "portal.apps.example"),
            "berth-claims": claim("probe", storageClassName=""),
            "berth-annotations": pod("probe", annotations={"example.com/asks": "x"}),
            "berth-said": thing("ConfigMap", "berth-said", {"data": {"more": "x"}}),
        }
        for policy, body in probes.items():
            self.report.check(f"the policy {policy} acts", bool(eventually(
                policy, lambda: policy in self.dry(body).message, POLICIES_ACT_WITHIN_S)))

        self.report.check("the policy berth-workspace acts", bool(eventually("berth-workspace", lambda: "berth-workspace" in
            self.tenant.delete("Deployment", self.ns, "workspace", dry=True).message, POLICIES_ACT_WITHIN_S)))

    def workspace_pods(self) -> list[str]:
        return workspace.pods_of(self.tenant, self.ns)

    def may_work(self) -> None:
        r = self.report
        things = [
            pod("tool"), deployment("server"), thing("Secret", "word", {"stringData": {"a": "b"}}),
            thing("ConfigMap", "settings", {"data": {"a": "b"}}), thing("ServiceAccount", "helper"),
            thing("Service", "server", {"spec": {"selector": {"app": "server"}, "ports": [{"port": 80}]}}),
            thing("PersistentVolumeClaim", "scratch", {"spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
            thing("Job", "train", {"spec": {"template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "c", "image": "example/tool:1"}]}}}}),
            network_policy("fence-agents", ingress=[{"from": [{"podSelector": {"matchLabels": {"a": "b"}}}]}],
                           egress=[{"to": [{"podSelector": {}}]}]),
            network_policy("shut", ingress=[], egress=[]),
            role("reader", [""], ["pods"], ["get", "list"]), binding("reader", "Role", "reader", self.ns, "helper"),
            binding("share", "ClusterRole", "berth-session-admin", self.ns, "helper"),
            ingress("own", f"web-{self.ns}.apps.gpu1.lab.example"),
        ]
        if self.openshift:
            things += [route("own"), route("named", host=f"web-{self.ns}.apps.gpu1.lab.example")]
        for body in things:
            r.allowed(f"make {body['kind']} {body['metadata']['name']}", self.tenant.create(body, self.ns))
        for kind in ("Pod", "Secret", "Service", "Deployment", "ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding"):
            r.allowed(f"list {kind}", self.tenant.get(kind, self.ns))
        r.allowed("read its own namespace", self.tenant.get("Namespace", None, self.ns))
        r.allowed("change a Deployment", self.tenant.patch("Deployment", self.ns, "server", {"spec": {"replicas": 2}}))
        for name in self.workspace_pods():
            r.allowed("restart the workspace", self.tenant.delete("Pod", self.ns, name, dry=True))
        r.check("its Deployment's pods run", bool(eventually("two pods", lambda: self.tenant.get(
            "Deployment", self.ns, "server").body.get("status", {}).get("readyReplicas") == 2, RUNNING_WITHIN_S)))
        r.check("its Job's pod runs", bool(eventually("a pod of the Job", lambda: sum(self.tenant.get(
            "Job", self.ns, "train").body.get("status", {}).get(n, 0) for n in ("active", "succeeded")) > 0, RUNNING_WITHIN_S)))
        for verb, resource, sub, may in (("create", "pods", "exec", True), ("get", "pods", "log", True), ("create", "pods", "portforward", True),
                                         ("create", "serviceaccounts", "token", False)):
            review = self.tenant.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {
                    "namespace": self.ns, "verb": verb, "resource": resource, "subresource": sub}}})
            r.check(f"{'allowed' if may else 'refused'}: {verb} {resource}/{sub}", review.body.get("status", {}).get("allowed", False) is may, review)
        r.allowed("delete its own objects by collection", self.tenant.delete("Job", self.ns))

    def own_slots_only(self) -> None:
        r = self.report
        r.refused("hold up the drain of its node", self.dry(thing("PodDisruptionBudget", "b", {
            "spec": {"maxUnavailable": 0, "selector": {}}})), QUOTA)
        r.allowed("a pod with its second slot", self.tenant.create(pod("second", asking(OWN_SLICE)), self.ns))
        # The Job's pods that were deleted just now have the cluster count anew, by a memory in which the second may be missing for
        # a moment.
        third = pod("third", asking(OWN_SLICE))
        eventually("the second slot is counted", lambda: not self.dry(third).good, COUNTED_WITHIN_S)
        r.refused("a third slot of two", self.dry(third), QUOTA)
        r.allowed("give the slot back", self.tenant.delete("Pod", self.ns, "second"))
        for name in ("nvidia.com/gpu", "nvidia.com/mig-1g.24gb", "nvidia.com/mig-9g.999gb", "nvidia.com/gpu.shared",
                     "amd.com/gpu", "rdma/hca", "openshift.io/sriov"):
            r.refused(f"a pod that asks for {name}", self.dry(pod("p", asking(name))), "berth-pods")
        pages = {"resources": {"limits": {"hugepages-2Mi": "64Mi", "memory": "64Mi", "cpu": "1"}}}
        r.refused("a pod that asks for huge pages", self.dry(pod("p", pages)), "berth-pods")
        as_a_whole = {"resources": {"limits": {"hugepages-2Mi": "64Mi", "memory": "20Gi", "cpu": "4"}}}
        r.refused("a pod that asks for huge pages as a whole", self.dry(pod("p", **as_a_whole)), "berth-pods")
        r.refused("an empty directory in huge pages", self.dry(
            pod("p", pages, volumes=[{"name": "v", "emptyDir": {"medium": "HugePages"}}])), "berth-pods")
        r.refused("an empty directory in huge pages of a pod that asks for none", self.dry(
            pod("p", volumes=[{"name": "v", "emptyDir": {"medium": "HugePages-2Mi"}}])), "berth-pods")
        r.refused("an init container that asks for nvidia.com/gpu", self.dry(
            pod("p", initContainers=[{"name": "i", "image": "x", **asking("nvidia.com/gpu")}])), "berth-pods")
        r.refused("a device class as a resource", self.dry(
            pod("p", asking("deviceclass.resource.kubernetes.io/gpu.nvidia.com"))), "berth-pods")
        r.refused("a pod with a resource claim", self.dry(
            pod("p", resourceClaims=[{"name": "g", "resourceClaimName": "g"}])), "berth-pods")
        r.refused("a resource claim", self.dry(thing("ResourceClaim", "g", {"spec": {"devices": {}}})), RBAC)
        r.refused("more CPU than booked", self.dry(pod("p", asking("cpu", "16"))), QUOTA)
        r.refused("more storage than booked", self.dry(thing("PersistentVolumeClaim", "big", {"spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "300Gi"}}}})), QUOTA)
        for kind in ("LoadBalancer", "NodePort"):
            r.refused(f"a Service of type {kind}", self.dry(
                thing("Service", "s", {"spec": {"type": kind, "ports": [{"port": 80}]}})), QUOTA)
        refused = deployment("greedy", asking("nvidia.com/gpu"))
        r.allowed("make a Deployment that asks for nvidia.com/gpu", self.tenant.create(refused, self.ns))
        seen = eventually("the Deployment says why it has no pods", lambda: [
            c["message"] for c in self.tenant.get("Deployment", self.ns, "greedy").body.get("status", {}).get("conditions", [])
            if c["type"] == "ReplicaFailure"], POLICIES_ACT_WITHIN_S)
        r.check("refused by berth-pods: the pods that a controller makes for it", "berth-pods" in seen[0], seen)

    def says_little(self) -> None:
        """What Berth reads of its workspace is small before it is read."""
        r = self.report
        def said(rest: JSON, **metadata: Any) -> JSON:
            return thing("ConfigMap", "berth-said", rest, **metadata)
        longest = {"extend.json": "x" * 256, "activity.json": "\U0001f600" * 256}
        for what, body in (("a text that is longer", said({"data": {"extend.json": "x" * 257}})),
                           ("a megabyte", said({"data": {"activity.json": "x" * 1_000_000}})),
                           ("another key", said({"data": {"more.json": ""}})),
                           ("bytes beside it", said({"binaryData": {"extend.json": "eA=="}})),
                           ("a long annotation", said({}, annotations={"note": "x" * 513})),
                           ("many annotations", said({}, annotations={f"note{n}": "" for n in range(9)})),
                           ("many labels", said({}, labels={f"note{n}": "" for n in range(17)})),
                           ("an owner", said({}, ownerReferences=[{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}]))):
            r.refused(f"say {what}", self.dry(body), "berth-said")
        r.allowed("say what is short", self.tenant.create(said({"data": longest}, annotations={"note": "x"}), self.ns))
        r.refused("say more by a change", self.tenant.patch("ConfigMap", self.ns, "berth-said", {"data": {"extend.json": "x" * 257}}), "berth-said")
        r.allowed("say something else", self.tenant.patch("ConfigMap", self.ns, "berth-said", {"data": {"extend.json": None}}))
        r.allowed("say nothing any more", self.tenant.delete("ConfigMap", self.ns, "berth-said"))
        r.allowed("keep much under another name", self.dry(thing("ConfigMap", "berth-said-more", {"data": {"more.json": "x" * 10_000}})))

    def takes_no_token_along(self) -> None:
        """What is bound to nothing would go on for whoever was put out."""
        r = self.report
        r.refused("a Secret that the cluster fills with a token", self.dry(thing(
            "Secret", "t", {"type": "kubernetes.io/service-account-token"}, annotations={"kubernetes.io/service-account.name": "workspace"})), "berth-tokens")
        for kind in ("Opaque", "kubernetes.io/tls", "kubernetes.io/basic-auth"):
            data = {"tls.crt": "", "tls.key": ""} if kind.endswith("tls") else {"username": "eA=="}
            r.allowed(f"a Secret of the type {kind}", self.dry(thing("Secret", "t", {"type": kind, "data": data})))

    def no_way_around_the_device_plugin(self) -> None:
        r = self.report
        visible = {"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}
        for name in ("nvidia", "nvidia-cdi", "plain"):
            r.refused(f"runtimeClassName {name}", self.dry(pod("p", runtimeClassName=name)), "berth-pods")
        r.refused("NVIDIA_VISIBLE_DEVICES", self.dry(pod("p", visible)), "berth-pods")
        r.refused("NVIDIA_VISIBLE_DEVICES in an init container", self.dry(
            pod("p", initContainers=[{"name": "i", "image": "x", **visible}])), "berth-pods")
        debug = {"spec": {"ephemeralContainers": [{"name": "d", "image": "x", **visible}]}}
        r.refused("NVIDIA_VISIBLE_DEVICES in a debugging container", self.tenant.patch(
            "Pod", self.ns, "tool", debug, "ephemeralcontainers", how="application/strategic-merge-patch+json"), "berth-pods")
        debug["spec"]["ephemeralContainers"][0]["env"] = [{"name": "HARMLESS", "value": "1"}]
        r.allowed("a debugging container", self.tenant.patch(
            "Pod", self.ns, "tool", debug, "ephemeralcontainers", how="application/strategic-merge-patch+json"))
        r.refused("the prefix NVIDIA_ of an envFrom", self.dry(
            pod("p", {"envFrom": [{"prefix": "NVIDIA_", "configMapRef": {"name": "settings"}}]})), "berth-pods")
        r.allowed("another prefix", self.dry(
            pod("p", {"envFrom": [{"prefix": "MINE_", "configMapRef": {"name": "settings"}}]})))
        for kind in ("ConfigMap", "Secret"):
            body = thing(kind, "v", {"data": {"NVIDIA_VISIBLE_DEVICES": "YWxs"}})
            r.refused(f"a {kind} with the key NVIDIA_VISIBLE_DEVICES", self.dry(body), "berth-variables")
        r.refused("the same by a change", self.tenant.patch(
            "ConfigMap", self.ns, "settings", {"data": {"NVIDIA_VISIBLE_DEVICES": "all"}}), "berth-variables")
        for key in ("cdi.k8s.io/gpu", "nvidia.cdi.k8s.io/container.c"):
            r.refused(f"the annotation {key}", self.dry(pod("p", annotations={key: "nvidia.com/gpu=all"})), "berth-annotations")
        for path in ("/var/run/nvidia-container-devices/all", "/var/./run/nvidia-container-devices/all",
                     "//run/nvidia-container-devices"):
            r.refused(f"a mount in place of the device list, at {path}", self.dry(
                pod("p", {"volumeMounts": [{"name": "v", "mountPath": path}]}, volumes=[{"name": "v", "emptyDir": {}}])),
                "berth-pods")

    def pods_stay_inside(self) -> None:
        r = self.report
        for what, body in {
            "a hostPath": pod("p", volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
            "a privileged container": pod("p", {"securityContext": {"privileged": True}}),
            "the host's network": pod("p", hostNetwork=True),
            "the host's processes": pod("p", hostPID=True),
            "a host port": pod("p", {"ports": [{"containerPort": 80, "hostPort": 80}]}),
            "a strong capability": pod("p", {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        }.items():
            r.refused(what, self.dry(body), POD_SECURITY)
        for what, volume in {
            "nfs": {"nfs": {"server": "192.0.2.1", "path": "/"}},
            "an inline driver": {"csi": {"driver": "nfs.csi.k8s.io", "volumeAttributes": {"server": "192.0.2.1", "share": "/"}}},
        }.items():
            r.refused(f"a volume that the node would fetch: {what}", self.dry(
                pod("p", volumes=[{"name": "v", **volume}])), "berth-pods")
        for what, volume in {
            "a ConfigMap": {"configMap": {"name": "settings"}}, "a Secret": {"secret": {"secretName": "word"}},
            "memory": {"emptyDir": {"medium": "Memory"}}, "a claim": {"persistentVolumeClaim": {"claimName": "scratch"}},
            "the pod's own facts": {"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            "several of them": {"projected": {"sources": [{"configMap": {"name": "settings"}}]}},
            "a claim of its own": {"ephemeral": {"volumeClaimTemplate": {"spec": claim("x")["spec"]}}},
        }.items():
            r.allowed(f"a volume that is {what}", self.dry(pod("p", volumes=[{"name": "v", **volume}])))
        for what, toleration in {
            "every taint": {"operator": "Exists"},
            "the control plane's": {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"},
            "a cordon": {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
        }.items():
            r.refused(f"a pod that tolerates {what}", self.dry(pod("p", tolerations=[toleration])), "berth-pods")
        there = self.tenant.get("Pod", self.ns, "tool").body["spec"].get("tolerations", [])
        r.refused("a toleration for a pod that is there", self.tenant.patch("Pod", self.ns, "tool", {
            "spec": {"tolerations": [*there, {"operator": "Exists"}]}}), "berth-pods")
        r.allowed("a pod that tolerates GPU nodes", self.dry(
            pod("p", tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}])))
        r.allowed("a pod whose tolerations are the API server's own", self.tenant.patch(
            "Pod", self.ns, "tool", {"metadata": {"labels": {"seen": "1"}}}))
        for name in ("system-node-critical", "system-cluster-critical"):
            r.refused(f"the priority class {name}", self.dry(pod("p", priorityClassName=name)), "berth-pods")
        r.refused("a node by name", self.dry(pod("p", nodeName="gpu-node-1")), "berth-pods")
        r.refused("a daemon set", self.dry(thing("DaemonSet", "d", {"spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod("p")["spec"]}}})), RBAC)
        for kind, body in (("Endpoints", {}), ("EndpointSlice", {"addressType": "IPv4", "endpoints": []})):
            r.refused(f"{kind} of its own", self.dry(thing(kind, "e", body)), RBAC)

    def storage_is_its_own(self) -> None:
        """Claims, by hand and out of templates; a volume and a class of the platform are there to be taken."""
        r, fence = self.report, "berth-claims"
        self.admin.create(thing("PersistentVolume", "guard-test-data", {"spec": {
            "capacity": {"storage": "500Gi"}, "accessModes": ["ReadWriteMany"], "persistentVolumeReclaimPolicy": "Retain",
            "nfs": {"server": "192.0.2.1", "path": "/data"}}}, labels={"data": "platform"}), None)
        for what, spec in {
            "a volume by name": {"volumeName": "guard-test-data", "storageClassName": ""},
            "a volume by name, of the session's class": {"volumeName": "guard-test-data"},
            "a volume by its labels": {"selector": {"matchLabels": {"data": "platform"}}},
            "no class": {"storageClassName": ""},
            "another class": {"storageClassName": "some-other-class"},
            "a copy of something else": {"dataSourceRef": {"apiGroup": "example.com", "kind": "Populator", "name": "p"}},
        }.items():
            r.refused(f"a claim with {what}", self.dry(claim("c", **spec)), fence)
        r.refused("a claim with the older annotation of a class", self.dry(
            {**claim("c"), "metadata": {"name": "c", "annotations": {"volume.beta.kubernetes.io/storage-class": "some-other-class"}}}),
            fence)
        # Where the claim has both, the annotation is what the cluster goes by.
        r.refused("a claim with the older annotation beside the session's own class", self.dry(
            {**claim("c", storageClassName="kwok-volume"), "metadata": {
                "name": "c", "annotations": {"volume.beta.kubernetes.io/storage-class": "some-other-class"}}}), fence)
        r.refused("a claim of a class of speed", self.dry(claim("c", volumeAttributesClassName="fast")), fence)
        r.allowed("a copy of its own claim", self.dry(claim("c", dataSource={"kind": "PersistentVolumeClaim", "name": "scratch"})))
        r.allowed("a claim that waits for a pod", self.tenant.create(claim("waits"), self.ns))
        r.refused("a volume for a claim that waits", self.tenant.patch(
            "PersistentVolumeClaim", self.ns, "waits", {"spec": {"volumeName": "guard-test-data"}}), fence)
        r.allowed("a pod that uses it", self.tenant.create(pod("uses", volumes=[
            {"name": "v", "persistentVolumeClaim": {"claimName": "waits"}}]), self.ns))
        r.check("the cluster binds it", bool(eventually("the claim is bound", lambda: self.tenant.get(
            "PersistentVolumeClaim", self.ns, "waits").body.get("status", {}).get("phase") == "Bound", RUNNING_WITHIN_S)))
        for kind, name in (("Pod", "uses"), ("PersistentVolumeClaim", "waits")):
            r.allowed(f"delete the {kind}", self.tenant.delete(kind, self.ns, name))
        taken = {"spec": claim("x", volumeName="guard-test-data")["spec"]}
        r.allowed("make a StatefulSet whose claims name a volume", self.tenant.create(
            workload("StatefulSet", "takes", template("takes"), volumeClaimTemplates=[{"metadata": {"name": "d"}, **taken}]), self.ns))
        r.allowed("make a pod whose volume's claim names a volume", self.tenant.create(
            pod("takes", volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": taken}}]), self.ns))
        for who in ("StatefulSet", "Pod"):
            said = eventually(f"an event tells of the {who}'s claim", lambda: [
                event["message"] for event in self.tenant.get("Event", self.ns).body["items"]
                if event["involvedObject"]["kind"] == who and event["involvedObject"]["name"] == "takes"
                and fence in event.get("message", "")], RUNNING_WITHIN_S)
            r.check(f"refused by {fence}: the claims that a controller makes for a {who}", bool(said), said)
        for kind in ("StatefulSet", "Pod"):
            self.tenant.delete(kind, self.ns, "takes")
        volume = self.admin.get("PersistentVolume", None, "guard-test-data")
        r.check("the platform's volume is nobody's", "claimRef" not in volume.body.get("spec", {"claimRef": 0}), volume)
        self.admin.delete("PersistentVolume", None, "guard-test-data")

    def quota_is_read_only(self) -> None:
        r = self.report
        quota = self.tenant.get("ResourceQuota", self.ns, "berth-quota")
        r.allowed("read the quota", quota)
        hard = quota.body.get("spec", {}).get("hard", {})
        r.check("the slots of the session stand in it", hard.get(f"requests.{OWN_SLICE}") == "2", hard)
        others = [n for n in self.session.place.gpu_names if n != OWN_SLICE]
        r.check("every other GPU name is at 0", all(hard.get(f"requests.{name}") == "0" for name in others), hard)
        more = {"spec": {"hard": {"requests.cpu": "99"}}}
        r.refused("change the quota", self.tenant.patch("ResourceQuota", self.ns, "berth-quota", more), RBAC)
        r.refused("change what the quota counted", self.tenant.patch("ResourceQuota", self.ns, "berth-quota",
                                                                     {"status": {"used": {"pods": "0"}}}, "status"), RBAC)
        r.refused("delete the quota", self.tenant.delete("ResourceQuota", self.ns, "berth-quota"), RBAC)
        r.refused("delete quotas by collection", self.tenant.delete("ResourceQuota", self.ns), RBAC)
        r.refused("a second quota", self.dry(thing("ResourceQuota", "q", {"spec": {"hard": {"pods": "1"}}})), RBAC)

    def objects_are_counted(self) -> None:
        """The quota says so on every kind; here that the server does count, on two that it counted nowhere before."""
        r = self.report
        hard = self.tenant.get("ResourceQuota", self.ns, "berth-quota").body["spec"]["hard"]
        for kind, key in (("ConfigMap", "count/configmaps"), ("Lease", "count/leases.coordination.k8s.io")):
            made = 0
            while (answer := self.tenant.create(thing(kind, f"many-{made}"), self.ns)).good and made <= int(hard[key]):
                made += 1
            r.refused(f"one {kind} more than {hard[key]}", answer, QUOTA)
            for i in range(made):
                self.tenant.delete(kind, self.ns, f"many-{i}")
        regarding = {"kind": "Pod", "namespace": self.ns, "name": "tool"}
        r.refused("an event", self.dry(thing("Event", "e", {"involvedObject": regarding, "reason": "R", "message": "m"})), RBAC)
        r.refused("an event of the newer group", self.tenant.request(
            "POST", f"/apis/events.k8s.io/v1/namespaces/{self.ns}/events", {
                "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"}, "regarding": regarding,
                "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "c", "reportingInstance": "i",
                "action": "A", "reason": "R", "type": "Normal"}, query={"dryRun": "All"}), RBAC)
        r.allowed("read events", self.tenant.get("Event", self.ns))

    def network_stays_shut(self) -> None:
        r = self.report
        wide = {
            "an ipBlock": {"ipBlock": {"cidr": "0.0.0.0/0"}},
            "a namespaceSelector": {"namespaceSelector": {}},
            "a namespaceSelector beside a podSelector": {"podSelector": {}, "namespaceSelector": {}},
        }
        for what, peer in wide.items():
            r.refused(f"{what} that may enter", self.dry(network_policy("w", ingress=[{"from": [peer]}])), "berth-network-policies")
            r.refused(f"{what} that may be reached", self.dry(network_policy("w", egress=[{"to": [peer]}])), "berth-network-policies")
            r.refused(f"{what} in second place", self.dry(network_policy("w", egress=[{"to": [{"podSelector": {}}, peer]}])),
                      "berth-network-policies")
        for what, body in {
            "a rule without from": network_policy("w", ingress=[{}]),
            "a rule with an empty from": network_policy("w", ingress=[{"from": []}]),
            "a rule without to": network_policy("w", egress=[{"ports": [{"port": 443}]}]),
            "a second rule without to": network_policy("w", egress=[{"to": [{"podSelector": {}}]}, {}]),
        }.items():
            r.refused(what, self.dry(body), "berth-network-policies")
        r.refused("widen its own policy", self.tenant.patch(
            "NetworkPolicy", self.ns, "fence-agents", {"spec": {"ingress": [{}]}}), "berth-network-policies")
        r.refused("externalIPs", self.dry(thing("Service", "s", {"spec": {
            "ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]}})), "berth-services")

    def hosts_are_own(self) -> None:
        r = self.report
        own = f"a-{self.ns}.apps.gpu1.lab.example"
        for what, body in {
            "an Ingress of a foreign host": ingress("h", "portal.apps.gpu1.lab.example"),
            "an Ingress of every host": ingress("h", None),
            "an Ingress with a wildcard": ingress("h", "*.apps.gpu1.lab.example"),
            "an Ingress that takes what nobody else takes": thing("Ingress", "h", {"spec": {
                "defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}),
            "an Ingress with a foreign host in tls": ingress("h", own, tls=[{"hosts": ["portal.apps.example"]}]),
            "an Ingress with a host within another's in tls": ingress("h", own, tls=[{"hosts": [f"portal.{own}"]}]),
            "an Ingress with a snippet": ingress("h", own, {"nginx.ingress.kubernetes.io/server-snippet": "x"}),
            "an Ingress with an alias": ingress("h", own, {"nginx.ingress.kubernetes.io/server-alias": "portal.example"}),
            "an Ingress that has the router fetch an address": ingress("h", own, {
                "nginx.ingress.kubernetes.io/auth-url": "http://169.254.169.254/latest"}),
            "an Ingress that has the router read a Secret": ingress("h", own, {
                "nginx.ingress.kubernetes.io/proxy-ssl-secret": "kube-system/any"}),
            "an Ingress with raw configuration": ingress("h", own, {"haproxy-ingress.github.io/config-backend": "x"}),
            "an Ingress with more than a value": ingress("h", own, {"nginx.ingress.kubernetes.io/proxy-body-size": "1m; x y"}),
            "an Ingress under another domain": ingress("h", f"a-{self.ns}.portal.example.com"),
            "an Ingress under a name of the domain": ingress("h", f"a-{self.ns}.x.apps.gpu1.lab.example"),
            "an Ingress of a host within another's": ingress("h", f"portal.a-{self.ns}.apps.gpu1.lab.example"),
            "an Ingress with a default beside its rule": ingress("h", own, defaultBackend={
                "service": {"name": "s", "port": {"number": 80}}}),
        }.items():
            r.refused(what, self.dry(body), "berth-hosts")
        r.allowed("an Ingress with a timeout", self.dry(ingress("h", own, {
            "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600", "kubectl.kubernetes.io/last-applied-configuration": "{}"})))
        if self.openshift:
            r.allowed("a Route with a timeout", self.dry(
                {**route("h", host=own), "metadata": {"name": "h", "annotations": {"haproxy.router.openshift.io/timeout": "5m"}}}))
            for what, body in {
                "a Route with an annotation of the router": {**route("h", host=own), "metadata": {
                    "name": "h", "annotations": {"haproxy.router.openshift.io/rewrite-target": "/"}}},
                "a Route under another domain": route("h", host=f"a-{self.ns}.portal.example.com"),
                "a Route of a foreign host": route("h", host="portal.apps.gpu1.lab.example"),
                "a Route of a host within another's": route("h", host=f"portal.{own}"),
                "a Route of a foreign subdomain": route("h", subdomain="portal"),
                "a Route with a wildcard": route("h", host=own, wildcardPolicy="Subdomain"),
            }.items():
                r.refused(what, self.dry(body), "berth-hosts")

    def rights_do_not_grow(self) -> None:
        r = self.report
        grow = "attempting to grant RBAC permissions not currently held"
        for name in ("cluster-admin", "admin", "edit"):
            r.refused(f"bind {name}", self.dry(binding("b", "ClusterRole", name, self.ns)), grow)
        for what, body in {
            "everything": role("r", ["*"], ["*"], ["*"]),
            "changing quotas": role("r", [""], ["resourcequotas"], ["update"]),
            "the bypass of guards": role("r", ["berth.dev"], ["guards"], ["bypass"]),
            "impersonation": role("r", [""], ["serviceaccounts"], ["impersonate"]),
            "custom hosts": role("r", ["route.openshift.io"], ["routes/custom-host"], ["create"]),
            "security context constraints": role("r", ["security.openshift.io"], ["securitycontextconstraints"], ["use"]),
        }.items():
            r.refused(f"a Role with {what}", self.dry(body), grow)
        r.refused("a ClusterRoleBinding", self.tenant.create({**binding("b", "ClusterRole", "cluster-admin", self.ns),
                                                              "kind": "ClusterRoleBinding"}, None, dry=True), RBAC)
        for header in ({"Impersonate-User": "admin", "Impersonate-Group": "system:masters"},
                       {"Impersonate-User": "system:serviceaccount:kube-system:namespace-controller"},
                       {"Impersonate-User": f"system:serviceaccount:{self.ns}:default"}):
            r.refused(f"act as {header['Impersonate-User']}", self.tenant.request(
                "GET", path_of("Pod", self.ns), headers=header), "cannot impersonate")

    def nothing_outside_is_seen(self) -> None:
        r = self.report
        for kind in ("Namespace", "Node", "Pod", "Secret", "ConfigMap", "Service", "ClusterRole", "ClusterRoleBinding",
                     "ValidatingAdmissionPolicy", "Deployment"):
            r.refused(f"list every {kind}", self.tenant.get(kind), RBAC)
        for namespace in ("kube-system", "default"):
            for kind in ("Pod", "Secret", "ConfigMap"):
                r.refused(f"list {kind} in {namespace}", self.tenant.get(kind, namespace), RBAC)
        r.refused("read another namespace", self.tenant.get("Namespace", None, "default"), RBAC)
        r.refused("make a namespace", self.tenant.create(thing("Namespace", "mine"), None, dry=True), RBAC)
        r.refused("delete its own namespace", self.tenant.delete("Namespace", None, self.ns, dry=True), RBAC)
        r.refused("relabel its own namespace", self.tenant.patch("Namespace", None, self.ns, {
            "metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}, dry=True), RBAC)
        r.refused("reannotate its own namespace", self.tenant.patch("Namespace", None, self.ns, {
            "metadata": {"annotations": {"berth.dev/resource-names": "nvidia.com/gpu"}}}, dry=True), RBAC)

    def cannot_outstay(self) -> None:
        held = {"finalizers": ["example.com/hold"]}
        for kind in ("ConfigMap", "Secret"):
            self.report.refused(f"a {kind} with a finalizer", self.dry(thing(kind, "f", **held)), "berth-guards")
        self.report.refused("a ConfigMap with the finalizer of claims", self.dry(
            thing("ConfigMap", "f", finalizers=["kubernetes.io/pvc-protection"])), "berth-guards")
        self.report.refused("a pod with a finalizer", self.dry(thing("Pod", "f", {"spec": pod("f")["spec"]}, **held)), "berth-guards")
        self.report.refused("a finalizer on what is there", self.tenant.patch(
            "ConfigMap", self.ns, "settings", {"metadata": held}), "berth-guards")
