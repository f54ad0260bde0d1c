"""What Berth made for the session, changed from inside: longer, somebody else's, open."""

from attempt import GUARDS, RBAC, SAID_POLICY, WORKSPACE, Attempt, create
from objects import pod, thing

OTHER = '{"spec":{"template":{"spec":{"containers":[{"name":"gate","image":"berth.test/busybox:1"}]}}}}'

LITTLE = '{"spec":{"containers":[{"name":"gate","resources":{"limits":{"memory":"16Mi"},"requests":{"memory":"16Mi"}}}]}}'
TAKE = ("python3 -c 'import socket; s = socket.socket(); s.setsockopt(1, 2, 1); s.setsockopt(1, 15, 1); s.bind((\"{}\", 8081)); s.listen()'")


def attempts(where):
    yield Attempt("a later end in the session's facts", """kubectl patch configmap berth-session --type=merge -p '{"data":{"ends_at":"2099-01-01T00:00:00Z"}}'""", GUARDS)
    yield Attempt("another name on the list of who may enter", """kubectl patch configmap berth-gate --type=merge -p '{"data":{"list":"{}"}}'""", GUARDS)
    yield Attempt("other ways in for what kubeconfigs hang on", "kubectl annotate secret berth-kubeconfig --overwrite berth.dev/kubeconfigs-of=nobody", GUARDS)
    yield Attempt("what kubeconfigs hang on, taken away", "kubectl delete secret berth-kubeconfig", GUARDS)
    yield Attempt("another session's mark on an object of its own", "kubectl label pod tool berth.dev/session=00000000-0000-4000-8000-000000000000", GUARDS)
    yield Attempt("another owner by an annotation of its namespace", f"kubectl annotate namespace {where.space} --overwrite berth.dev/owner=x", RBAC)
    yield Attempt("another image for the gate", "kubectl set image deployment/workspace gate=berth.test/busybox:1", WORKSPACE)
    yield Attempt("another command for the gate", f"kubectl patch deployment workspace --type=strategic -p '{OTHER}'", WORKSPACE)
    yield Attempt("a container beside the gate", """kubectl patch deployment workspace --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"x","image":"x","volumeMounts":[{"name":"gate","mountPath":"/g"}]}}]'""", WORKSPACE)
    yield Attempt("the workspace's Deployment deleted", "kubectl delete deployment workspace", WORKSPACE)
    yield Attempt("the workspace's Deployment replaced", "kubectl get deployment workspace -o json | jq 'del(.metadata.labels)' | kubectl replace -f -", WORKSPACE)
    yield Attempt("Deployments deleted by collection", f"kubectl delete --raw /apis/apps/v1/namespaces/{where.space}/deployments", WORKSPACE)
    yield Attempt("a second pod of the workspace", "kubectl scale deployment workspace --replicas=2", WORKSPACE)
    yield Attempt("none by its ReplicaSet", "kubectl scale $(kubectl get replicaset -l berth.dev/session -o name) --replicas=0", WORKSPACE)
    yield Attempt("another template in the ReplicaSet", "kubectl set image $(kubectl get replicaset -l berth.dev/session -o name) gate=berth.test/busybox:1", WORKSPACE)
    yield Attempt("another image in the pod", f"kubectl set image pod/{where.pod} gate=berth.test/busybox:1", WORKSPACE)
    yield Attempt("so little memory for the gate that it ends", f"kubectl patch pod {where.pod} --subresource=resize --type=strategic -p '{LITTLE}'", WORKSPACE)
    yield Attempt("the Service led elsewhere", """kubectl patch service workspace --type=merge -p '{"spec":{"selector":{"app":"mine"}}}'""", WORKSPACE)
    yield Attempt("the Service deleted", "kubectl delete service workspace", WORKSPACE)
    yield Attempt("the address led elsewhere", """kubectl patch ingress workspace --type=json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/backend/service/name","value":"mine"}]'""",
                  WORKSPACE, "ValidatingAdmissionPolicy 'berth-")
    yield Attempt("the address deleted", "kubectl delete ingress workspace", WORKSPACE)
    yield Attempt("the gate cut off by the label of isolated pods", f"kubectl label pod {where.pod} berth.dev/isolated=true", WORKSPACE)
    yield Attempt("the pod taken from its Deployment", f"kubectl label pod {where.pod} pod-template-hash-", WORKSPACE)
    yield create("a pod that takes the workspace's labels", pod("catch", metadata={"labels": {
        "app.kubernetes.io/name": "workspace", "berth.dev/session": where.session}}), GUARDS)
    yield Attempt("the same by a Deployment", f"kubectl create deployment catch --image=x --dry-run=client -o json | jq '.spec.template.metadata.labels[\"berth.dev/session\"]=\"{where.session}\"' | kubectl create -f -", GUARDS)
    yield Attempt("a command in the gate", f"kubectl exec {where.pod} -c gate -- cat /run/gate/pass.key", WORKSPACE)
    yield Attempt("a command in the gate by its Deployment", "kubectl exec deployment/workspace -c gate -- cat /run/gate/pass.key", WORKSPACE)
    yield Attempt("a command in the gate as the default container",
                  f"kubectl annotate pod {where.pod} kubectl.kubernetes.io/default-container=gate; kubectl exec {where.pod} -- cat /run/gate/pass.key",
                  WORKSPACE, "ValidatingAdmissionPolicy 'berth-workspace'.*(\n.*)*No such file")
    yield Attempt("a command in a container without a name", f"kubectl create --raw '/api/v1/namespaces/{where.space}/pods/{where.pod}/exec?command=true&stdout=true' -f /dev/null",
                  "the API server", "container name must be specified|a container name must be")
    yield Attempt("attached to the gate", f"kubectl attach {where.pod} -c gate", WORKSPACE)
    yield Attempt("a debugging container that sees the gate's processes", f"kubectl debug {where.pod} --image=berth.test/busybox:1 --target=gate --profile=baseline -- sleep 5", WORKSPACE)
    yield Attempt("a debugging container with the gate's volume", f"kubectl get pod {where.pod} -o json | jq '.spec.ephemeralContainers=[{{\"name\":\"d\",\"image\":\"x\",\"volumeMounts\":[{{\"name\":\"gate\",\"mountPath\":\"/g\"}}]}}]' | kubectl replace --raw /api/v1/namespaces/{where.space}/pods/{where.pod}/ephemeralcontainers -f -", WORKSPACE)
    yield Attempt("the gate's key from the workspace's container", "cat /run/gate/pass.key", "the pod: no volume in common", "No such file")
    yield Attempt("the gate's files by its process", "ls /proc/*/root/run/gate/pass.key", "the pod: no processes in common", "No such file|denied")
    yield Attempt("the portal asked for more time without a token", f"curl -sS --connect-timeout 4 -m 8 -X POST http://{where.outside}:{where.portal_port}/api/v1/reservations/{where.reservation}/extend",
                  "the session's network policies", r"\(28\) (Connection time|Failed to connect)")
    yield create("a megabyte for Berth to read", thing("ConfigMap", "berth-said", rest={"data": {"extend.json": "x" * 1_000_000}}), SAID_POLICY)
    yield Attempt("more than Berth reads of the workspace, by a change",
                  """kubectl patch configmap berth-said --type=merge -p '{"data":{"more":"x"}}' || kubectl create configmap berth-said --from-literal=more=x""", SAID_POLICY)
    yield Attempt("signals to the gate's processes", "pkill -KILL nginx || { echo none found; false; }", "the pod: no processes in common", "none found")
    for what, at in (("every address", "0.0.0.0"), ("the pod's own address", where.address)):
        yield Attempt(f"the gate's port taken at {what}", TAKE.format(at), "the kernel: the gate listens there", "Address already in use")
