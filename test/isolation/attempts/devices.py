"""A device without asking for one."""

from attempt import ANNOTATIONS, API_SERVER, KERNEL, POD_SECURITY, PODS, VARIABLES, Attempt, create
from objects import pod, thing, volume


def attempts(where):
    yield create("a runtime that hands out devices", pod("p", runtimeClassName="nvidia"), PODS)
    yield create("every device by a variable", pod("p", container={"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}), PODS)
    yield create("the variable by a ConfigMap", thing("ConfigMap", "v", rest={"data": {"NVIDIA_VISIBLE_DEVICES": "all"}}), VARIABLES)
    yield create("the variable by a prefix", pod("p", container={"envFrom": [{"prefix": "NVIDIA_", "configMapRef": {"name": "s"}}]}), PODS)
    yield create("a device by an annotation (CDI)", pod("p", metadata={"annotations": {"cdi.k8s.io/gpu": "nvidia.com/gpu=all"}}), ANNOTATIONS)
    yield create("a device by a mount in place of the device list", pod("p", container={"volumeMounts": [
        {"name": "v", "mountPath": "/var/run/nvidia-container-devices/all"}]}, **volume("emptyDir", {})), PODS)
    yield create("a device by its path on the node", pod("p", **volume("hostPath", {"path": "/dev/nvidia0"})), POD_SECURITY)
    yield create("a raw device in place of a folder", pod("p", container={"volumeDevices": [{"name": "v", "devicePath": "/dev/nvidia0"}]},
                                                **volume("emptyDir", {})), API_SERVER, "can only use volume source type of PersistentVolumeClaim")
    yield Attempt("make the other card's device file", "mknod /tmp/nvidia1 c 195 1", KERNEL)
    yield Attempt("find the other card's device file", "ls -l /dev/nvidia1", "the device plugin", "No such file")
    yield Attempt("a pod that asks for none has one", "kubectl create -f - && kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/none "
                  "--timeout=80s && kubectl logs none; kubectl delete pod none --now", "the device plugin", r"devices: 0\b",
                  given=pod("none", "echo devices: $(ls /dev | grep -c nvidia) $NVIDIA_VISIBLE_DEVICES"), ends_well=True, limit_s=150)
