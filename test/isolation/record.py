"""The record, docs/isolation.md: its table is made of the attempts themselves, and a test holds the two together."""

from __future__ import annotations

import dataclasses
import pathlib

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "isolation.md"
BEGIN, END = "<!-- made by test/isolation/run --record -->\n", "<!-- end -->\n"


@dataclasses.dataclass(frozen=True)
class Where:
    """Names and addresses that attempts are written with; in the record they do not matter."""
    space: str = "berth-s-a"
    neighbour: str = "berth-s-b"
    session: str = "s"
    reservation: str = "r"
    pod: str = "workspace-1"
    address: str = "192.0.2.1"
    host: str = "a.localhost"
    neighbour_pod: str = "workspace-2"
    neighbour_address: str = "192.0.2.2"
    neighbour_host: str = "b.localhost"
    neighbour_service: str = "192.0.2.3"
    neighbour_own_service: str = "192.0.2.4"
    neighbour_own_address: str = "192.0.2.5"
    neighbour_volume: str = "v"
    own: str = "nvidia.com/a"
    neighbours_own: str = "nvidia.com/b"
    other: str = "nvidia.com/gpu"
    tool_uid: str = "u"
    node: str = "192.0.2.6"
    outside: str = "192.0.2.7"
    dns: str = "192.0.2.8"
    router: str = "192.0.2.9"
    portal_port: int = 1
    database_port: int = 2
    volumes: str = "/v"

    def collection(self, kind):
        group = {"networkpolicy": "/apis/networking.k8s.io/v1", "rolebinding": "/apis/rbac.authorization.k8s.io/v1"}.get(kind, "/api/v1")
        plural = {"networkpolicy": "networkpolicies"}.get(kind, kind + "s")
        return f"{group}/namespaces/{self.space}/{plural}"


def table(groups):
    lines = []
    for title, module in groups:
        lines += [f"\n### {title}\n", "| attempt | what stops it |", "|---|---|"]
        lines += [f"| {one.name} | {one.stopped_by} |" for one in module.attempts(Where())]
    return "\n".join(lines).lstrip("\n") + "\n"


def with_table(text, groups):
    head, _, rest = text.partition(BEGIN)
    return head + BEGIN + table(groups) + END + rest.partition(END)[2]
