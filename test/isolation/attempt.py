"""What a tenant tries, as a row of a table: what, how, who stops it, and in which words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]

# Who stops it: the words of the record (docs/isolation.md).
RBAC = "the tenant's role (deploy/rbac/session-admin.yaml)"
QUOTA = "the quota"
POD_SECURITY = "the pod security standard of the namespace"
GUARDS, PODS, WORKSPACE, CLAIMS = (f"policy `berth-{name}`" for name in ("guards", "pods", "workspace", "claims"))
HOSTS, SERVICES, VARIABLES, ANNOTATIONS = (f"policy `berth-{name}`" for name in ("hosts", "services", "variables", "annotations"))
NETWORK_POLICIES = "policy `berth-network-policies`"
SAID_POLICY = "policy `berth-said`"
TOKENS = "policy `berth-tokens`"
NETWORK = "the session's network policies"
GATE = "the gate"
KERNEL = "the container: no capabilities, the runtime's seccomp profile"
API_SERVER = "the API server"
KUBELET = "the kubelet"

# In which words they do.
SAID = {
    RBAC: r"\(Forbidden\).*cannot \S+ resource|is forbidden: User \S+ cannot|cannot impersonate resource",
    QUOTA: r"exceeded quota: berth-quota",
    POD_SECURITY: r"violates PodSecurity",
    **{who: f"ValidatingAdmissionPolicy '{who.split('`')[1]}'" for who in (
        GUARDS, PODS, WORKSPACE, CLAIMS, HOSTS, SERVICES, VARIABLES, ANNOTATIONS, NETWORK_POLICIES, SAID_POLICY, TOKENS)},
    NETWORK: r"\(28\) (Connection time|Failed to connect)",
    KERNEL: r"Operation not permitted|Permission denied|must be superuser",
}


@dataclasses.dataclass(frozen=True)
class Attempt:
    name: str
    # A line of bash in the terminal of the tenant's workspace; or, where it is tried from elsewhere (a browser, another pod),
    # a function of the place that returns what was said.
    tried: str | Callable[[Any], str]
    stopped_by: str
    said: str = ""            # a regular expression of the refusal; "": the usual words of who stops it
    given: JSON | None = None  # what the line reads, as JSON
    by: str = "tenant"        # "neighbour": in the terminal of the other session
    ends_well: bool = False   # the line itself ends with 0: what it says tells
    limit_s: int = 90
    before: Callable[[Any], str] | None = None      # what is missing for the attempt to show anything; "" when nothing is
    afterwards: Callable[[Any], str] | None = None  # what is not as it should be afterwards; "" when all is

    def expected(self) -> str:
        return self.said or SAID[self.stopped_by]


def judge(attempt: Attempt, place: Any) -> tuple[bool, str]:
    """Whether it was refused as expected, and in which words."""
    missing = attempt.before(place) if attempt.before else ""
    if missing:
        return False, f"shows nothing: {missing}"
    if callable(attempt.tried):
        status, text = 1, attempt.tried(place)
    else:
        status, text = place.terminal(attempt.tried, attempt.given, attempt.by, attempt.limit_s)
    found = re.search(attempt.expected(), text, re.MULTILINE)
    words = line_around(text, found.start()) if found else text
    if not found or (status == 0 and not attempt.ends_well):
        return False, f"not refused as expected (status {status}): {squeezed(text)}"
    wrong = attempt.afterwards(place) if attempt.afterwards else ""
    return (False, wrong) if wrong else (True, squeezed(short(words), 240))


def line_around(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1:].split("\n", 1)[0]


def short(words: str) -> str:
    """Without what all of kubectl's and the policies' refusals say."""
    words = re.sub(r'Error from server \((\w+)\): (error when creating "STDIN": )?', r"\1: ", words)
    return re.sub(r"ValidatingAdmissionPolicy '(\S+)' with binding '\S+' denied request", r"\1", words)


def squeezed(text: str, most: int = 600) -> str:
    return " ".join(text.split())[:most]


def mounted(what: str, at: str, kind: str, flags: int) -> str:
    """A line that mounts; the image has no program for it."""
    return (f"python3 -c 'import ctypes, os; c = ctypes.CDLL(None, use_errno=True); "
            f"c.mount(b\"{what}\", b\"{at}\", b\"{kind}\", {flags}, None) and exit(os.strerror(ctypes.get_errno()))'")


def create(name: str, thing: JSON, stopped_by: str, said: str = "", **more: Any) -> Attempt:
    return Attempt(name, "kubectl create -f -", stopped_by, said, given=thing, **more)
