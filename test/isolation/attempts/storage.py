"""Volumes that are not bound to the session, and ways around paths."""

from attempt import CLAIMS, KUBELET, POD_SECURITY, RBAC, WORKSPACE, Attempt, create
from objects import claim, pod, thing, volume

LINK = ("ln -sfn / ~/way-out && kubectl create -f - && kubectl wait --for=jsonpath='{.status.phase}'=Running pod/way-out --timeout=20s; "
        "kubectl get pod way-out -o jsonpath='{.status.containerStatuses[0].state.waiting}'; kubectl get events -o json | jq -r "
        "'.items[] | select(.involvedObject.name==\"way-out\") | .message'; kubectl delete pod way-out --now; rm ~/way-out")


def attempts(where):
    yield create("the neighbour's volume by its name", claim("c", volumeName=where.neighbour_volume, storageClassName="local"), CLAIMS)
    yield create("a volume that is bound to nobody's class", claim("c", volumeName="x", storageClassName=""), CLAIMS)
    yield create("another storage class", claim("c", storageClassName="fast"), CLAIMS)
    yield create("a volume by its labels", claim("c", selector={"matchLabels": {"a": "b"}}), CLAIMS)
    yield create("a volume that a driver fills", claim("c", dataSourceRef={"apiGroup": "example.com", "kind": "Populator", "name": "p"}), CLAIMS)
    yield Attempt("a copy out of the neighbour's namespace", "kubectl create -f - -o json | jq -c '{namespace: .spec.dataSourceRef.namespace}'; "
                  "kubectl delete pvc copy --wait=false", "the API server: it leaves the namespace out, and `berth-claims` where it does not",
                  r'^\{"namespace":null\}|berth-claims', ends_well=True, given=claim("copy", dataSourceRef={
                      "kind": "PersistentVolumeClaim", "name": "home", "namespace": where.neighbour}))
    yield create("a volume of the node", thing("PersistentVolume", "v", rest={"spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/"}}}), RBAC)
    yield create("a storage class", thing("StorageClass", "s", "storage.k8s.io/v1", {"provisioner": "x"}), RBAC)
    yield create("the folder of volumes on the node", pod("p", **volume("hostPath", {"path": where.volumes})), POD_SECURITY)
    yield Attempt("out of its volume by a link in a subPath", LINK, KUBELET, "subPath|subpath", ends_well=True, limit_s=120,
                  given=pod("way-out", container={"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "way-out"}]},
                            **volume("persistentVolumeClaim", {"claimName": "home"})))
    yield create("out of its volume by dots in a subPath", pod("p", container={"volumeMounts": [
        {"name": "v", "mountPath": "/v", "subPath": "../.."}]}, **volume("persistentVolumeClaim", {"claimName": "home"})),
        "the API server", "must not contain '..'")
    yield Attempt("write outside by links in what its owner copies out", lambda place: place.copied_out(), "kubectl cp",
                  "^nothing was written outside$")
    yield Attempt("copy the key out of the gate", f"kubectl cp -c gate {where.pod}:/run/gate/pass.key /tmp/key", WORKSPACE)
    yield Attempt("copy something into the gate", f"kubectl cp -c gate /etc/hostname {where.pod}:/run/gate/pass.key", WORKSPACE)
