"""The API beyond the session's namespace, and rights that grow."""

from attempt import RBAC, TOKENS, Attempt, create
from objects import thing

GROW = r"attempting to grant RBAC permissions not currently held|cannot \S+ resource"
# With --as kubectl forgets the cluster that it is in.
AT = "/var/run/secrets/kubernetes.io/serviceaccount"
OUTRIGHT = f"kubectl --server=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT --certificate-authority={AT}/ca.crt --token=$(cat {AT}/token)"
CERTIFICATES = "certificates.k8s.io/v1"


def role(name, groups, resources, verbs):
    return thing("Role", name, "rbac.authorization.k8s.io/v1", {"rules": [{"apiGroups": groups, "resources": resources, "verbs": verbs}]})


def binding(kind, name, space):
    return thing(kind, "b", "rbac.authorization.k8s.io/v1", {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": space}]})


def attempts(where):
    for who, flags in {"an administrator": "--as=admin --as-group=system:masters", "a controller":
                       "--as=system:serviceaccount:kube-system:namespace-controller",
                       "the neighbour": f"--as=system:serviceaccount:{where.neighbour}:workspace", "the node": "--as=system:node:gpu-node-1"}.items():
        yield Attempt(f"act as {who}", f"{OUTRIGHT} get --raw /api/v1/namespaces/{where.space}/pods {flags}", RBAC, "cannot impersonate")
    for what, line in {
        "a token of the neighbour's account": f"create token workspace -n {where.neighbour}",
        "a token of its own account, bound to nothing": f"create token workspace -n {where.space}",
        "a token of a controller": "create token namespace-controller -n kube-system",
        "the neighbour's secrets": f"get secrets -n {where.neighbour}",
        "the neighbour's list of who may enter": f"get configmap berth-gate -n {where.neighbour}",
        "the neighbour's logs": f"logs deployment/workspace -c workspace -n {where.neighbour}",
        "a command in the neighbour's workspace": f"exec -n {where.neighbour} {where.neighbour_pod} -c workspace -- true",
        "a port of the neighbour's pod": f"port-forward -n {where.neighbour} pod/{where.neighbour_pod} 18081:8081",
        "the neighbour's pod through the API server": f"get --raw /api/v1/namespaces/{where.neighbour}/pods/{where.neighbour_pod}:8081/proxy/",
        "the neighbour's services": f"get services -n {where.neighbour}",
        "delete the neighbour's pods": f"delete pods --all -n {where.neighbour}",
        "delete the neighbour's namespace": f"delete namespace {where.neighbour}",
        "delete its own namespace": f"delete namespace {where.space}",
        "list namespaces": "get namespaces", "list every pod": "get pods --all-namespaces", "list every secret": "get secrets --all-namespaces",
        "list nodes": "get nodes", "change its node": "label node gpu-node-1 mine=yes",
        "the kubelet through the API server": "get --raw /api/v1/nodes/gpu-node-1/proxy/pods",
        "list cluster roles": "get clusterroles", "list admission policies": "get validatingadmissionpolicies",
        "delete an admission policy": "delete validatingadmissionpolicy berth-pods", "list volumes": "get persistentvolumes",
        "list storage classes": "get storageclasses", "approve a certificate": "certificate approve x",
        "read kube-system": "get pods,secrets,configmaps -n kube-system", "metrics of the API server": "get --raw /metrics",
        "profiles of the API server": "get --raw /debug/pprof/",
    }.items():
        yield Attempt(what, f"kubectl {line}", RBAC, r"Forbidden|forbidden")
    yield create("a namespace", thing("Namespace", "mine"), RBAC)
    yield create("a cluster role", thing("ClusterRole", "mine", "rbac.authorization.k8s.io/v1", {"rules": []}), RBAC)
    yield create("a cluster role binding", binding("ClusterRoleBinding", "cluster-admin", where.space), RBAC)
    yield create("an administrator's rights in its namespace", binding("RoleBinding", "cluster-admin", where.space), RBAC, GROW)
    yield create("the role `admin` in its namespace", binding("RoleBinding", "admin", where.space), RBAC, GROW)
    yield create("a role that passes the fence", role("r", ["berth.dev"], ["guards"], ["bypass"]), RBAC, GROW)
    yield create("a role that impersonates", role("r", [""], ["serviceaccounts"], ["impersonate"]), RBAC, GROW)
    yield create("a role that changes quotas", role("r", [""], ["resourcequotas"], ["update"]), RBAC, GROW)
    yield create("a role in the neighbour's namespace", {**role("r", [""], ["pods"], ["get"]), "metadata": {
        "name": "r", "namespace": where.neighbour}}, RBAC)
    yield create("a kind of its own", thing("CustomResourceDefinition", "xs.example.com", "apiextensions.k8s.io/v1", {"spec": {
        "group": "example.com", "names": {"plural": "xs", "kind": "X"}, "scope": "Cluster", "versions": [{
            "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}), RBAC)
    yield create("a webhook", thing("ValidatingWebhookConfiguration", "w", "admissionregistration.k8s.io/v1", {"webhooks": []}), RBAC)
    yield create("a policy that changes others' pods", thing("MutatingWebhookConfiguration", "w", "admissionregistration.k8s.io/v1", {"webhooks": []}), RBAC)
    yield create("an API of its own", thing("APIService", "v1.example.com", "apiregistration.k8s.io/v1", {"spec": {
        "group": "example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}}), RBAC)
    yield create("a client certificate", thing("CertificateSigningRequest", "c", CERTIFICATES, {"spec": {
        "request": "eA==", "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}}), RBAC)
    yield create("a Secret that the cluster fills with a token", thing("Secret", "t", rest={"type": "kubernetes.io/service-account-token"}, annotations={
        "kubernetes.io/service-account.name": "workspace"}), TOKENS)
    yield create("look into tokens", thing("TokenReview", "", "authentication.k8s.io/v1", {"spec": {"token": "x"}}), RBAC)
    yield create("look into others' rights", thing("SubjectAccessReview", "", "authorization.k8s.io/v1", {"spec": {"user": "x"}}), RBAC)
    yield create("a priority class", thing("PriorityClass", "p", "scheduling.k8s.io/v1", {"value": 1000000}), RBAC)
    yield create("a runtime class", thing("RuntimeClass", "r", "node.k8s.io/v1", {"handler": "runc"}), RBAC)
    yield create("endpoints of its own", thing("Endpoints", "e", rest={"subsets": []}), RBAC)
    yield create("endpoint slices of its own", thing("EndpointSlice", "e", "discovery.k8s.io/v1", {"addressType": "IPv4", "endpoints": []}), RBAC)
    yield create("an event", thing("Event", "e", rest={"involvedObject": {"kind": "Pod", "name": "x", "namespace": where.space},
                                                       "reason": "R", "message": "m"}), RBAC)
