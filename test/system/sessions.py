"""What a session is made of on a cluster, and how to get one: shared by the whole-program tests."""

KINDS = ["/api/v1/namespaces/{}/resourcequotas", "/api/v1/namespaces/{}/limitranges",
         "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies", "/api/v1/namespaces/{}/serviceaccounts",
         "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
         "/api/v1/namespaces/{}/persistentvolumeclaims", "/api/v1/namespaces/{}/configmaps", "/api/v1/namespaces/{}/secrets",
         "/apis/apps/v1/namespaces/{}/deployments", "/api/v1/namespaces/{}/services"]
ENDPOINT = {"openshift": "/apis/route.openshift.io/v1/namespaces/{}/routes",
            "plain": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"}


# Of a reservation, what nothing but its owner changes.
AS_IT_WAS = ("id", "name", "pool", "node", "device_class", "units", "unit_names", "cpu", "memory_gib", "storage_gib", "mode", "start",
             "end", "owner", "team", "state", "version", "rate")


def owned(cluster, space, flavour):
    """Kind, name and labels of everything that Berth made in a namespace."""
    found = set()
    for path in [*KINDS, ENDPOINT[flavour]]:
        for item in cluster.items(path.format(space)):
            if "berth.dev/session" in item["metadata"].get("labels", {}):
                found.add((path.rsplit("/", 1)[1], item["metadata"]["name"]))
    return found


def all_applied(cluster, space, flavour):
    names = {kind for kind, _ in owned(cluster, space, flavour)}
    wanted = {path.rsplit("/", 1)[1] for path in [*KINDS, ENDPOINT[flavour]]}
    return names >= wanted


def book(api, device_class, mode, name):
    answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": 1, "start": "now",
                                                "duration_minutes": 60, "mode": mode, "name": name})
    assert answer.status == 201, answer.body
    return answer.body


def session_of(api, booked):
    answer = api.get(f"/reservations/{booked['id']}/session")
    return answer.body if answer.status == 200 else None


def ready(api, booked):
    session = session_of(api, booked)
    return session if session and session["phase"] == "Ready" else None


def as_it_was(api, booked):
    body = api.get(f"/reservations/{booked['id']}").body
    return {key: body.get(key) for key in AS_IT_WAS}


def pods(cluster, space):
    """Everything of a session's pods and its Deployment that a restart would change."""
    found = {pod["metadata"]["uid"]: [(one["name"], one["restartCount"], one.get("containerID")) for one in
                                      pod["status"].get("containerStatuses", [])]
             for pod in cluster.items(f"/api/v1/namespaces/{space}/pods")}
    return found, {one["metadata"]["uid"]: one["metadata"]["generation"]
                   for one in cluster.items(f"/apis/apps/v1/namespaces/{space}/deployments")}
