"""What fills and floods. Each is bounded by the limits of its own pod and ends by itself; the neighbour is asked all the while."""

import pressure
from attempt import API_SERVER, KERNEL, KUBELET, QUOTA, Attempt
from objects import pod, volume

LIVED = "the same container, Ready all the while"

# The line waits for the pod's end, says how it ended, and takes it away.
ENDS = ("kubectl create -f - && for i in $(seq 60); do s=$(kubectl get pod {0} -o jsonpath='{{.status.phase}}'); "
        "case $s in Succeeded|Failed) break;; esac; sleep 2; done; "
        "kubectl get pod {0} -o jsonpath='{{.status.reason}} {{.status.message}} {{.status.containerStatuses[*].state.terminated.reason}}{{\"\\n\"}}'; "
        "kubectl logs {0} --tail=3 2>/dev/null; kubectl delete pod {0} --now --wait=false")
# First the bomb, then, should the machine be too busy for it, one by one. Its first process ends by itself, and the kernel ends
# all others with it. The limit of the user is the second belt.
FORKS = ("ulimit -u 4000; (bomb() { bomb | bomb & }; bomb) 2>&1 | grep -m1 fork & sleep 5; i=0; while [ $i -lt 2000 ]; do sleep 30 & i=$((i+1)); done; "
         "sleep 5; exit 1")
WRITES = "dd if=/dev/zero of={0} bs=1M count={1} 2>&1; sleep {2}; exit 1"
FLOOD = "yes $(head -c 600 /dev/zero | tr '\\0' x) | head -c 150000000; touch /tmp/done; sleep 3600"
FLOODED = ("kubectl create -f - && kubectl wait --for=condition=Ready pod/floods --timeout=60s && "
           "kubectl exec floods -- sh -c 'until [ -e /tmp/done ]; do sleep 1; done' && echo flooded")
MANY = """python3 - <<'END'
import http.client, json, os, ssl
at = "/var/run/secrets/kubernetes.io/serviceaccount/"
space, token = open(at + "namespace").read(), open(at + "token").read()
api = http.client.HTTPSConnection(os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"]),
                                  context=ssl.create_default_context(cafile=at + "ca.crt"), timeout=60)
made, refused, said = 0, 0, ""
for i in range(10_000):
    api.request("POST", f"/api/v1/namespaces/{space}/configmaps", json.dumps({"metadata": {"name": f"many-{i}", "labels": {"many": "yes"}}}),
                {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    answer = api.getresponse()
    body = answer.read()
    if answer.status == 201:
        made += 1
    else:
        refused, said = refused + 1, json.loads(body)["message"]
print(f"made {made}, refused {refused}: {said}")
END
kubectl delete configmaps -l many >/dev/null"""


def bomb(name, body, stopped_by, said, **more):
    return Attempt(name, ENDS.format(body["metadata"]["name"]), stopped_by, said, given=body, ends_well=True, limit_s=240, **more)


def attempts(where):
    yield bomb("a fork bomb", pod("forks", FORKS, limits={"cpu": "1", "memory": "512Mi"}, securityContext={"runAsUser": 12345, "runAsGroup": 0}),
               "the kubelet's limit of processes in a pod", "can't fork|Resource temporarily unavailable|OOMKilled",
               before=lambda place: place.processes_are_limited())
    yield bomb("a memory bomb", pod("memory", "tail /dev/zero"), "the container's memory limit", "OOMKilled",
               before=lambda place: place.memory_is_limited())
    yield bomb("memory by a file in memory", pod("shared", WRITES.format("/m/x", 200, 1), container={"volumeMounts": [{"name": "v", "mountPath": "/m"}]},
                                                 **volume("emptyDir", {"medium": "Memory", "sizeLimit": "32Mi"})),
               KERNEL, "No space left on device|OOMKilled|Evicted")
    yield bomb("a full scratch folder", pod("scratch", WRITES.format("/m/x", 60, 100), container={"volumeMounts": [{"name": "v", "mountPath": "/m"}]},
                                            **volume("emptyDir", {"sizeLimit": "20Mi"})), KUBELET, "Evicted.*(emptyDir|EmptyDir|ephemeral)")
    yield bomb("a full container", pod("layer", WRITES.format("/x", 100, 100), limits={"ephemeral-storage": "32Mi"}), KUBELET, "Evicted.*ephemeral")
    yield Attempt("a full image", "dd if=/dev/zero of=/opt/berth/x count=1", KERNEL, "Read-only file system|denied")
    yield Attempt("10,000 objects", MANY, QUOTA, r"made \d\d?, refused 99\d\d: .*exceeded quota: berth-quota", ends_well=True, limit_s=580)
    yield Attempt("an object of 4 MiB", "head -c 4000000 /dev/zero | base64 -w0 >/tmp/big && kubectl create configmap big --from-file=/tmp/big; s=$?; rm /tmp/big; exit $s",
                  API_SERVER, "too large|Too long|must have at most")
    yield Attempt("a flood of log lines", FLOODED, "the kubelet's rotation of logs", "^flooded$", given=pod("floods", FLOOD, limits={"cpu": "500m"}),
                  ends_well=True, limit_s=240, afterwards=lambda place: place.log_is_bounded("floods"))
    yield bomb("all processors", pod("spins", "for i in 1 2 3 4; do while :; do :; done & done; sleep 10; grep nr_throttled $(ls /sys/fs/cgroup/cpu/cpu.stat "
               "/sys/fs/cgroup/cpu.stat 2>/dev/null | head -1)"), "the container's processor limit", r"nr_throttled [1-9]")
    yield Attempt("all connections of the gate", pressure.connections, "the gate's probe: it asks where nobody inside can", rf"^\d{{4,}} connections: {LIVED}")
    yield Attempt("as many slow tunnels as there may be", pressure.tunnels, "the gate: each keeps little, and there are 128", rf"^128 tunnels, \d+ refused: {LIVED}")
    yield Attempt("the gate's port while the gate is started again", pressure.port, "the gate's first process, which holds it",
                  "^killed 3 times, had 0 times, 0 containers more, then 200 and with a pass (200|302)")
    yield Attempt("a thousand pods", "for i in $(seq 1000); do kubectl run many-$i --image=x --labels=many=yes || break; done; s=$?; "
                  "kubectl delete pods -l many --now --wait=false >/dev/null; exit $s", QUOTA, ends_well=True, limit_s=240)
