"""More than was booked."""

from attempt import GUARDS, PODS, QUOTA, RBAC, Attempt, create
from objects import claim, pod, thing


def attempts(where):
    yield Attempt("widen the quota", """kubectl patch quota berth-quota --type=merge -p '{"spec":{"hard":{"pods":"9999"}}}'""", RBAC)
    yield Attempt("change what the quota has counted",
                  """kubectl patch quota berth-quota --subresource=status --type=merge -p '{"status":{"used":{"pods":"0"}}}'""", RBAC)
    yield create("a quota of its own", thing("ResourceQuota", "q", rest={"spec": {"hard": {"pods": "1"}}}), RBAC)
    yield create("limits of its own", thing("LimitRange", "l", rest={"spec": {"limits": [{"type": "Container"}]}}), RBAC)
    yield Attempt("allow itself privileged pods by a label of its namespace",
                  f"kubectl label namespace {where.space} --overwrite pod-security.kubernetes.io/enforce=privileged", RBAC)
    yield Attempt("own another resource by an annotation of its namespace",
                  f"kubectl annotate namespace {where.space} --overwrite berth.dev/resource-names={where.other}", RBAC)
    yield Attempt("leave the fence by a label of its namespace", f"kubectl label namespace {where.space} berth.dev/session-", RBAC)
    yield create("more processors than booked", pod("p", limits={"cpu": "200"}), QUOTA)
    yield create("more memory than booked", pod("p", limits={"memory": "500Gi"}), QUOTA)
    yield create("more disk than booked", pod("p", limits={"ephemeral-storage": "900Gi"}), QUOTA)
    yield create("more storage than booked", claim("c", resources={"requests": {"storage": "900Gi"}}), QUOTA)
    yield create("another class's device", pod("p", limits={where.other: "1"}), PODS, "asks for a resource that the session did not book")
    yield create("a device that nobody offers", pod("p", limits={"amd.com/gpu": "1"}), PODS, "asks for a resource that the session did not book")
    yield create("huge pages", pod("p", limits={"hugepages-2Mi": "64Mi"}), PODS, "asks for a resource that the session did not book")
    yield create("a resource claim", thing("ResourceClaim", "r", "resource.k8s.io/v1", {"spec": {"devices": {}}}), RBAC)
    yield create("a pod with a resource claim", pod("p", resourceClaims=[{"name": "g", "resourceClaimName": "g"}]), PODS)
    yield create("hold up its node's drain", thing("PodDisruptionBudget", "b", "policy/v1", {"spec": {"maxUnavailable": 0, "selector": {}}}), QUOTA)
    yield create("push out others by priority", pod("p", priorityClassName="system-node-critical"), PODS)
    yield create("name its node past the scheduler", pod("p", nodeName="gpu-node-1"), PODS)
    yield create("tolerate every taint", pod("p", tolerations=[{"operator": "Exists"}]), PODS)
    yield create("a pod on every node", thing("DaemonSet", "d", "apps/v1", {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": pod("p")["spec"]}}}), RBAC)
    yield create("a pod that takes an hour to end", pod("p", terminationGracePeriodSeconds=3600), PODS)
    yield create("an object that cannot be deleted", thing("ConfigMap", "held", finalizers=["example.com/hold"]), GUARDS)
    yield create("a pod that cannot be deleted", pod("p", metadata={"finalizers": ["example.com/hold"]}), GUARDS)
