"""The command lines of the parts of a cluster, from its settings alone."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping

from .node import Node

SERVICE_RANGE = "10.96.0.0/16"
POD_RANGE = "10.244.0.0/16"
NODE_ADDRESS = "192.0.2.11"

# The endpoint of the service `kubernetes`. It must not be a loopback address; one of the range kept for documentation
# (RFC 5737) is the same on every machine, also on one without a network.
ADVERTISED_ADDRESS = "192.0.2.10"

# etcd listens on sockets in the cluster's folder, which are named so that they read as host:port. No other cluster can
# ever speak to this store by a mixed-up port, and no other user of the machine at all.
ETCD_CLIENTS = "unix://etcd:1"
ETCD_PEERS = "unix://etcd:2"

# From here on (v1, on by default) nothing needs to be switched on, and nothing can be switched off.
MUTATING_POLICIES_STABLE_MINOR = 36


@dataclasses.dataclass(frozen=True)
class Settings:
    """One cluster. `folder` holds all its state, `programs` is what ../build made, `minor` that of Kubernetes 1."""

    folder: pathlib.Path
    programs: pathlib.Path
    minor: int
    flavour: str
    mutating_policies: bool
    audit: bool
    port: int
    node: Node | None = None  # a real one; else it is simulated

    @property
    def address(self) -> str:
        return self.node.address if self.node else "127.0.0.1"

    @property
    def server(self) -> str:
        return f"https://{self.address}:{self.port}"

    def keys(self, name: str) -> str:
        return str(self.folder / "keys" / name)

    def kubeconfig(self, client: str) -> str:
        return str(self.folder / "keys" / f"{client}.kubeconfig")


@dataclasses.dataclass(frozen=True)
class Part:
    """`program` is for what is not called by its name in Settings.programs; with a real node, all parts but those not `inside`
    run in its namespaces."""

    name: str
    arguments: list[str]
    program: str | None = None
    inside: bool = True
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


def etcd(settings: Settings) -> Part:
    return Part("etcd", [
        "--name=default", f"--data-dir={settings.folder / 'etcd'}", "--log-level=warn",
        f"--listen-client-urls={ETCD_CLIENTS}", f"--advertise-client-urls={ETCD_CLIENTS}",
        f"--listen-peer-urls={ETCD_PEERS}", f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=default={ETCD_PEERS}",
        "--unsafe-no-fsync",  # Nothing here outlives the machine.
    ])


def kube_apiserver(settings: Settings) -> Part:
    arguments = [
        f"--etcd-servers={ETCD_CLIENTS}",
        f"--bind-address={settings.address}", f"--secure-port={settings.port}",
        f"--advertise-address={settings.node.address if settings.node else ADVERTISED_ADDRESS}",
        f"--tls-cert-file={settings.keys('server.crt')}", f"--tls-private-key-file={settings.keys('server.key')}",
        f"--client-ca-file={settings.keys('ca.crt')}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={settings.keys('sa.pub')}",
        f"--service-account-signing-key-file={settings.keys('sa.key')}",
        "--authorization-mode=Node,RBAC", f"--service-cluster-ip-range={SERVICE_RANGE}", "--allow-privileged=true",
        "--profiling=false",
    ]
    if settings.mutating_policies and settings.minor < MUTATING_POLICIES_STABLE_MINOR:
        arguments += ["--feature-gates=MutatingAdmissionPolicy=true",
                      "--runtime-config=admissionregistration.k8s.io/v1beta1=true"]
    if settings.node:  # For exec and logs. The node's name is in nobody's DNS.
        arguments += [f"--kubelet-client-certificate={settings.keys('kube-apiserver.crt')}",
                      f"--kubelet-client-key={settings.keys('kube-apiserver.key')}",
                      "--kubelet-preferred-address-types=InternalIP"]
    if settings.audit:
        arguments += [f"--audit-policy-file={pathlib.Path(__file__).parent.parent / 'manifests' / 'audit-policy.yaml'}",
                      f"--audit-log-path={settings.folder / 'logs' / 'audit.jsonl'}"]
    return Part("kube-apiserver", arguments)


def kube_controller_manager(settings: Settings) -> Part:
    of_node = ["--allocate-node-cidrs=true", f"--cluster-cidr={POD_RANGE}"] if settings.node else []
    return Part("kube-controller-manager", [
        *_kubeconfigs(settings, "kube-controller-manager"),
        f"--service-account-private-key-file={settings.keys('sa.key')}", f"--root-ca-file={settings.keys('ca.crt')}",
        "--use-service-account-credentials", "--leader-elect=false",
        "--secure-port=0",  # Nobody asks it anything, and each port less is one less that may be taken.
        # Tests delete namespaces by the dozen, and each is a hundred requests, one after the other.
        "--kube-api-qps=200", "--kube-api-burst=400", "--concurrent-namespace-syncs=50",
        *of_node,
    ])


def kube_scheduler(settings: Settings) -> Part:
    return Part("kube-scheduler", [*_kubeconfigs(settings, "kube-scheduler"), "--leader-elect=false", "--secure-port=0"])


def _kubeconfigs(settings: Settings, client: str) -> list[str]:
    file = settings.kubeconfig(client)
    return [f"--kubeconfig={file}", f"--authentication-kubeconfig={file}", f"--authorization-kubeconfig={file}"]


def kwok(settings: Settings) -> Part:
    return Part("kwok", [
        f"--kubeconfig={settings.kubeconfig('kwok')}",
        "--manage-all-nodes=false", "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        f"--config={settings.programs / 'kwok.d' / 'stages.yaml'}", "--server-address=",
        f"--cidr={POD_RANGE}", f"--node-ip={NODE_ADDRESS}", "--node-lease-duration-seconds=40",
    ])


def status_writer(settings: Settings) -> Part:
    return Part("status-writer", [f"--kubeconfig={settings.kubeconfig('status-writer')}",
                                  f"--flavour={settings.flavour}"])
