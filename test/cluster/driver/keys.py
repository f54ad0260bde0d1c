"""Certificates of one cluster, made by openssl, and the kubeconfig files that hold them."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Mapping

from .waiting import Signals, run_child

VALID_DAYS = 365
OPENSSL_DEADLINE_S = 30.0
SERVICE_ADDRESS = "10.96.0.1"  # the first one of parts.SERVICE_RANGE, given to kubernetes.default.svc
SERVER_NAMES = (f"IP:{SERVICE_ADDRESS},DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local")
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "kube-controller-manager": "/CN=system:kube-controller-manager",
    "kube-scheduler": "/CN=system:kube-scheduler",
    "kwok": "/O=system:masters/CN=kwok",
    "status-writer": "/O=system:masters/CN=status-writer",
}
CLIENTS_OF_REAL_NODE = {
    "kube-apiserver": "/O=system:masters/CN=kube-apiserver",  # towards the kubelet
    "kubelet": "/O=system:nodes/CN=system:node:gpu-node-1",
    "kube-proxy": "/CN=system:kube-proxy",
    "calico": "/O=system:masters/CN=calico",
    "volume-provisioner": "/O=system:masters/CN=volume-provisioner",
}

# The system's own openssl.cnf would add extensions of its choice.
_CONFIG = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\n[dn]\nCN=unused\n[ext]\n"
_CA = _CONFIG + "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
_LEAF = (_CONFIG + "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
         "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nextendedKeyUsage=")


def make_keys(keys: pathlib.Path, clients: Mapping[str, str], address: str, signals: Signals) -> None:
    """Fills `keys` with ca, server and client pairs NAME.crt, NAME.key and the pair that signs service account tokens.
    The server is found at `address`."""
    keys.mkdir(mode=0o700)
    _make_pair(keys, "ca", "/CN=berth-testcluster", _CA, signals)
    _make_pair(keys, "server", "/CN=kube-apiserver", f"{_LEAF}serverAuth\nsubjectAltName={SERVER_NAMES},IP:{address}\n", signals)
    for name, subject in clients.items():
        _make_pair(keys, name, subject, f"{_LEAF}clientAuth\n", signals)
    _openssl(signals, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(keys / "sa.key"))
    _openssl(signals, "pkey", "-in", str(keys / "sa.key"), "-pubout", "-out", str(keys / "sa.pub"))


def _make_pair(keys: pathlib.Path, name: str, subject: str, config: str, signals: Signals) -> None:
    config_file = keys / f"{name}.cnf"
    config_file.write_text(config)
    signed_by = [] if name == "ca" else ["-CA", str(keys / "ca.crt"), "-CAkey", str(keys / "ca.key")]
    _openssl(signals, "req", "-x509", "-config", str(config_file), "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-noenc", "-days", str(VALID_DAYS), "-subj", subject,
             "-keyout", str(keys / f"{name}.key"), "-out", str(keys / f"{name}.crt"), *signed_by)


def _openssl(signals: Signals, *arguments: str) -> None:
    run_child(["openssl", *arguments], OPENSSL_DEADLINE_S, signals)


def write_kubeconfig(keys: pathlib.Path, client: str, server: str, target: pathlib.Path) -> None:
    """Writes the kubeconfig of `client`; keys are inside, so the file may be moved alone. Readable by its owner only."""
    def data(file: str) -> str:
        return base64.b64encode((keys / file).read_bytes()).decode()

    target.touch(mode=0o600)
    target.write_text(f"""apiVersion: v1
kind: Config
clusters:
- name: testcluster
  cluster:
    server: {server}
    certificate-authority-data: {data("ca.crt")}
users:
- name: {client}
  user:
    client-certificate-data: {data(f"{client}.crt")}
    client-key-data: {data(f"{client}.key")}
contexts:
- name: testcluster
  context:
    cluster: testcluster
    user: {client}
current-context: testcluster
""")
