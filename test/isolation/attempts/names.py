"""Hosts and addresses of others, and what the router and the cluster would do for them."""

from attempt import HOSTS, QUOTA, SERVICES, create
from objects import ingress, service


def attempts(where):
    own = f"web-{where.space}.localhost"
    for what, body in {
        "the neighbour's host": ingress("h", where.neighbour_host), "the portal's host": ingress("h", "portal.localhost"),
        "its own workspace's host": ingress("h", where.host), "every host": ingress("h", None), "a wildcard": ingress("h", "*.localhost"),
        "a host of the neighbour's namespace": ingress("h", f"web-{where.neighbour}.localhost"),
        "a host below the neighbour's": ingress("h", f"x.web-{where.neighbour}.localhost"),
        "whatever nobody else serves": ingress("h", own, defaultBackend={"service": {"name": "s", "port": {"number": 80}}}),
        "a certificate for the portal": ingress("h", own, tls=[{"hosts": ["portal.localhost"]}]),
        "another host by an annotation": ingress("h", own, {"nginx.ingress.kubernetes.io/server-alias": where.neighbour_host}),
        "configuration of the router": ingress("h", own, {"nginx.ingress.kubernetes.io/server-snippet": "x"}),
        "a secret of others by the router": ingress("h", own, {"nginx.ingress.kubernetes.io/auth-tls-secret": "kube-system/x"}),
        "an address that the router fetches": ingress("h", own, {"nginx.ingress.kubernetes.io/auth-url": "http://169.254.169.254/"}),
    }.items():
        yield create(f"an Ingress for {what}", body, HOSTS)
    yield create("a node port of its own", service("s", type="NodePort"), QUOTA)
    yield create("a load balancer", service("s", type="LoadBalancer"), QUOTA)
    yield create("addresses of others", service("s", externalIPs=[where.node]), SERVICES)
    yield create("a mere name", service("s", type="ExternalName", externalName=where.neighbour_host), SERVICES)
