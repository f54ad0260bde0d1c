"""A pool of many nodes, and the nodes of a test cluster to go with it."""

from harness import ROOT, wait_for


def write_pool(place, nodes):
    """The reference pool with its node many times over, without the whole GPU, and room for one user to fill it."""
    text = (ROOT / "deploy" / "pools" / "lab.yaml").read_text()
    head, node = text.split("nodes:\n")
    node = node.split("      # GPU 1: whole.\n")[0].rstrip()
    assert node.count("slice-24gb") == 4 and "whole-96gb" not in node and "max_live_per_user: 20" in head
    path = place / "large.yaml"
    path.write_text(head.replace("max_live_per_user: 20", "max_live_per_user: 100") + "nodes:\n"
                    + "\n".join(node.replace("gpu-node-1", f"gpu-node-{i}") for i in range(1, nodes + 1)) + "\n")
    return path


def add_nodes(cluster, nodes):
    """As many simulated nodes as the pool has: copies of the one that the test cluster brings."""
    model = cluster.get("/api/v1/nodes/gpu-node-1")[1]
    for i in range(2, nodes + 1):
        name = f"gpu-node-{i}"
        labels = {**model["metadata"]["labels"], "kubernetes.io/hostname": name}
        status, body = cluster.request("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
            "status": {"capacity": model["status"]["capacity"], "allocatable": model["status"]["allocatable"]}})
        assert status == 201, body

    def ready():
        return sum(any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", []))
                   for node in cluster.items("/api/v1/nodes"))
    return wait_for(lambda: ready() == nodes, 30)
