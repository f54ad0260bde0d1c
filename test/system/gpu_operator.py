"""A stand-in for what NVIDIA's GPU operator does with a node: it watches the label nvidia.com/mig.config as mig-manager does, cuts the node's one card
and says how far it is, and advertises what the device plugin would then. What fails in the field can be told to fail, once each."""

import threading

from harness import wait_for

NODE = "/api/v1/nodes/gpu-node-1"
MERGE = "application/merge-patch+json"
CONFIG = "nvidia.com/mig.config"
STATE = "nvidia.com/mig.config.state"
CLIENT = "nvidia.com/gpu.deploy.device-plugin"
MANAGER = "nvidia.com/gpu.deploy.mig-manager"
ALLOWED = "berth.dev/layouts"   # an admin of the cluster's
PAUSED = "paused-for-mig-change"
VALIDATOR = "nvidia-cuda-validator-x1"
NOTHING_TO_CUT = "all-disabled"
LOOK_SECONDS = 0.1
POD_LIMIT_SECONDS = 60
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
        self.by_hand = None    # a label that somebody else than Berth gave
        self.applied = None    # how the card is cut: what a layout advertises; None: nobody can say
        self.ended = threading.Event()

    def node(self):
        status, body = self.cluster.get(NODE)
        assert status == 200, body
        return body

    def label(self, **labels):
        names = {"config": CONFIG, "state": STATE, "client": CLIENT, "manager": MANAGER, "allowed": ALLOWED}
        answer = self.cluster.request("PATCH", NODE, {"metadata": {"labels": {names[name]: value for name, value in labels.items()}}}, MERGE)
        assert answer[0] == 200, answer

    def advertise(self, counts):
        amounts = {name: str(counts.get(name, 0)) for name in self.resources}
        answer = self.cluster.request("PATCH", NODE + "/status", {"status": {"capacity": amounts, "allocatable": amounts}}, MERGE)
        assert answer[0] == 200, answer

    def boots(self, boot):
        """Another boot."""
        answer = self.cluster.request("PATCH", NODE + "/status", {"status": {"nodeInfo": {"bootID": boot}}}, MERGE)
        assert answer[0] == 200, answer

    def laid_by_hand(self, layout):
        self.by_hand = layout
        self.label(config=layout)

    def loses_its_cut(self):
        """What was cut is gone, and the manager, which looks at labels, does not know it."""
        self.applied = None
        self.advertise({})

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
        self.taken_up, self.applied = layout, self.layouts[layout]
        self.label(config=layout, state="success", manager="true", allowed="true")
        self.advertise(self.applied)
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
        if not failure and self.applied == self.layouts[wanted]:
            self.label(state="success")   # as it was: no change is seen, and nobody is paused
            return
        held = self.holders()
        if held and wanted == self.by_hand:
            self.label(state="pending")
            self.ended.wait(CUT_SECONDS)
            self.label(state="failed")   # the card is in use, and stays as it is
            return
        self.touched += held
        self.applied = None
        self.label(state="pending")
        if failure != "pending":
            self.label(client=PAUSED)
        self.advertise({})
        self.ended.wait(CUT_SECONDS)
        if failure in ("clients_paused", "pending"):
            return
        if failure == "enabled_but_empty":
            self.validator_fails()
        # The label says so before the units are there: whoever goes by it starts sessions too early.
        self.label(client="true", state=failure if failure in ("failed", "rebooting") else "success")
        if not failure:
            self.applied = self.layouts[wanted]
            self.advertise(self.applied)
            self.cuts.append(wanted)

    def validator_fails(self):
        """As the operator's does: the first of its containers uses the card and stops, the other one waits for it. What plays the node says once that a
        new pod runs, so it says that first; whoever asks later is told this."""
        pods = "/api/v1/namespaces/default/pods"
        made = self.cluster.request("POST", pods, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": VALIDATOR}, "spec": {
            "nodeName": "gpu-node-1", "initContainers": [{"name": "cuda-validation", "image": "validator"}], "containers": [{"name": "v", "image": "validator"}]}})
        assert made[0] in (201, 409), made
        runs = wait_for(lambda: self.cluster.get(f"{pods}/{VALIDATOR}")[1].get("status", {}).get("phase") == "Running", POD_LIMIT_SECONDS)
        assert runs, "the node does not run the validator"

        def status(name, restarts, reason):
            return {"name": name, "image": "validator", "imageID": "", "ready": False, "restartCount": restarts, "state": {"waiting": {"reason": reason}}}
        said = self.cluster.request("PATCH", f"{pods}/{VALIDATOR}/status", {"status": {
            "initContainerStatuses": [status("cuda-validation", 4, "CrashLoopBackOff")], "containerStatuses": [status("v", 0, "PodInitializing")]}}, MERGE)
        assert said[0] == 200, said

    def repair(self):
        """What an admin does by hand, as the repair says: labels of programs that were paused, the pod that fails."""
        self.label(client="true")
        self.cluster.request("DELETE", f"/api/v1/namespaces/default/pods/{VALIDATOR}")

    def end(self):
        self.ended.set()
        self.join(30)
