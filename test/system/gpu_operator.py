"""A stand-in for what NVIDIA's GPU operator does with a node: it watches the label nvidia.com/mig.config as mig-manager does, cuts the node's one card
and says how far it is, and advertises what the device plugin would then. What fails in the field can be told to fail, once each."""

import threading

NODE = "/api/v1/nodes/gpu-node-1"
MERGE = "application/merge-patch+json"
CONFIG = "nvidia.com/mig.config"
STATE = "nvidia.com/mig.config.state"
CLIENT = "nvidia.com/gpu.deploy.device-plugin"
PAUSED = "paused-for-mig-change"
VALIDATOR = "nvidia-cuda-validator-x1"
NOTHING_TO_CUT = "all-disabled"
LOOK_SECONDS = 0.1
CUT_SECONDS = 1.5   # the shortest that is seen in the field is longer: whoever looks sees "pending"


class Operator(threading.Thread):
    """`layouts`: what each advertises, by the label's value. `failures`: how the next changes go wrong, in their order; what is empty goes well."""

    def __init__(self, cluster, layouts, resources):
        super().__init__(daemon=True)
        self.cluster, self.layouts, self.resources = cluster, layouts, resources
        self.failures = []
        self.touched = []      # cards that were cut while somebody had a device
        self.cuts = []         # layouts that came about, in their order
        self.trouble = []
        self.taken_up = None
        self.ended = threading.Event()

    def node(self):
        status, body = self.cluster.get(NODE)
        assert status == 200, body
        return body

    def label(self, **labels):
        names = {"config": CONFIG, "state": STATE, "client": CLIENT}
        answer = self.cluster.request("PATCH", NODE, {"metadata": {"labels": {names[name]: value for name, value in labels.items()}}}, MERGE)
        assert answer[0] == 200, answer

    def advertise(self, counts):
        amounts = {name: str(counts.get(name, 0)) for name in self.resources}
        answer = self.cluster.request("PATCH", NODE + "/status", {"status": {"capacity": amounts, "allocatable": amounts}}, MERGE)
        assert answer[0] == 200, answer

    def boots(self, boot):
        """Another boot, with instances or without as the failures say."""
        answer = self.cluster.request("PATCH", NODE + "/status", {"status": {"nodeInfo": {"bootID": boot}}}, MERGE)
        assert answer[0] == 200, answer

    def holders(self):
        """Pods on the node that have a device of its card."""
        found = []
        for pod in self.cluster.items("/api/v1/pods"):
            if pod["spec"].get("nodeName") != "gpu-node-1" or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                continue
            if any(name in self.resources for container in pod["spec"]["containers"] for name in container.get("resources", {}).get("limits", {})):
                found.append(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}")
        return found

    def begin(self, layout):
        self.taken_up = layout
        self.label(config=layout, state="success")
        self.advertise(self.layouts[layout])
        self.start()

    def run(self):
        while not self.ended.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as fault:   # told by the test that ends
                self.trouble.append(repr(fault))
                return

    def look(self):
        labels = self.node()["metadata"]["labels"]
        wanted = labels.get(CONFIG)
        if wanted == self.taken_up or wanted not in self.layouts:
            return
        self.taken_up = wanted
        failure = self.failures.pop(0) if self.failures and wanted != NOTHING_TO_CUT else ""
        if failure == "no_manager":
            return
        self.touched += self.holders()
        self.label(state="pending")
        self.advertise({})
        self.ended.wait(CUT_SECONDS)
        if failure == "clients_paused":
            self.label(client=PAUSED)
        elif failure in ("failed", "rebooting"):
            self.label(state=failure)
        elif failure == "success_without_capacity":
            self.label(state="success")
        elif failure == "enabled_but_empty":
            self.validator_fails()
            self.label(state="success")
        elif failure != "pending":
            # The label says so before the units are there: whoever goes by it starts sessions too early.
            self.label(state="success")
            self.advertise(self.layouts[wanted])
            self.cuts.append(wanted)

    def validator_fails(self):
        pods = "/api/v1/namespaces/default/pods"
        made = self.cluster.request("POST", pods, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": VALIDATOR}, "spec": {
            "nodeName": "gpu-node-1", "containers": [{"name": "v", "image": "validator"}]}})
        assert made[0] in (201, 409), made
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
        said = self.cluster.request("PATCH", f"{pods}/{VALIDATOR}/status", {"status": {"phase": "Running", "containerStatuses": [
            {"name": "v", "image": "validator", "imageID": "", "ready": False, "restartCount": 4, "state": waiting}]}}, MERGE)
        assert said[0] == 200, said

    def repair(self):
        """What an admin does by hand, as the repair says: labels of programs that were paused, the pod that fails."""
        self.label(client="true")
        self.cluster.request("DELETE", f"/api/v1/namespaces/default/pods/{VALIDATOR}")

    def end(self):
        self.ended.set()
        self.join(30)
