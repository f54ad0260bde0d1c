"""The objects that fence the session, one by one and by collection."""

from attempt import GUARDS, RBAC, Attempt

GUARD_OBJECTS = (
    ("resourcequota", "berth-quota", RBAC), ("limitrange", "berth-limits", RBAC),
    *(("networkpolicy", f"berth-{name}", GUARDS) for name in ("deny", "same-namespace", "dns", "router", "world", "api-server")),
    ("rolebinding", "berth-session-admin", GUARDS), ("serviceaccount", "workspace", GUARDS),
    ("configmap", "berth-session", GUARDS), ("configmap", "berth-gate", GUARDS),
)
# Whichever of the policies looks first: an emptied selector is refused by the one of its kind as well.
ANY_POLICY = r"ValidatingAdmissionPolicy 'berth-"


def said(by):
    return "" if by == RBAC else ANY_POLICY


def attempts(where):
    owner = f'{{"metadata":{{"ownerReferences":[{{"apiVersion":"v1","kind":"Pod","name":"tool","uid":"{where.tool_uid}"}}]}}}}'
    for kind, name, by in GUARD_OBJECTS:
        yield Attempt(f"change {kind} {name}", f"kubectl annotate {kind} {name} mine=yes", by, said(by))
        yield Attempt(f"take the guard label off {kind} {name}", f"kubectl label {kind} {name} berth.dev/guard-", by, said(by))
        yield Attempt(f"delete {kind} {name}", f"kubectl delete {kind} {name}", by, said(by))
        yield Attempt(f"have {kind} {name} go with a pod of one's own", f"kubectl patch {kind} {name} --type=merge -p '{owner}'", by, said(by))
    for kind in dict.fromkeys(kind for kind, _, _ in GUARD_OBJECTS):
        by = next(by for other, _, by in GUARD_OBJECTS if other == kind)
        yield Attempt(f"delete every {kind} of the fence by collection",
                      f"kubectl delete --raw '{where.collection(kind)}?labelSelector=berth.dev%2Fguard'", by, said(by),
                      afterwards=lambda place, kind=kind: place.guards_are_there(kind))
    yield Attempt("make an object that looks like one of the fence", "kubectl create configmap g --dry-run=client -o json | "
                  "jq '.metadata.labels={\"berth.dev/guard\":\"true\"}' | kubectl create -f -", GUARDS)
