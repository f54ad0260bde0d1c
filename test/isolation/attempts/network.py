"""What the session's pods must not reach. Each target answers its own node, so that silence is the fence's."""

from attempt import KERNEL, NETWORK, NETWORK_POLICIES, Attempt, create
from objects import network_policy


def reach(name, address, port):
    return Attempt(name, f"curl -sS --connect-timeout 4 -m 8 http://{address}:{port}/", NETWORK,
                   before=lambda place: place.answers_the_node(address, port))


def attempts(where):
    yield reach("the neighbour's gate by its pod's address", where.neighbour_address, 8081)
    yield reach("the neighbour's workspace by its Service", where.neighbour_service, 80)
    yield reach("the neighbour's own service", where.neighbour_own_service, 80)
    yield reach("the neighbour's own pod", where.neighbour_own_address, 8080)
    yield reach("a node port (the router's)", where.node, 30080)
    yield reach("the kubelet", where.node, 10250)
    yield reach("the kubelet's old open port (a stand-in)", where.node, 10255)
    yield reach("etcd (a stand-in)", where.node, 2379)
    yield reach("the registry on the node", where.node, 5000)
    yield reach("the network's own port on the node", where.node, 9099)
    yield reach("the metadata address (a stand-in)", "169.254.169.254", 80)
    yield reach("the portal (a stand-in)", where.outside, where.portal_port)
    yield reach("the database (a stand-in)", where.outside, where.database_port)
    yield reach("the name server's other port", where.dns, 8181)
    yield reach("the router by its pod's address", where.router, 8080)
    yield Attempt("the portal and the database heard nothing", lambda place: place.heard(), NETWORK, "^heard 0$")
    yield create("let everybody in", network_policy("w", ingress=[{}]), NETWORK_POLICIES)
    yield create("let itself out everywhere", network_policy("w", egress=[{}]), NETWORK_POLICIES)
    yield create("let itself out to an address", network_policy("w", egress=[{"to": [{"ipBlock": {"cidr": f"{where.node}/32"}}]}]), NETWORK_POLICIES)
    yield create("let the neighbour in", network_policy("w", ingress=[{"from": [{"namespaceSelector": {}}]}]), NETWORK_POLICIES)
    yield Attempt("an address that is another's", "ip address add 10.244.0.99/32 dev eth0", KERNEL)
    yield Attempt("a route of its own", f"ip route add {where.neighbour_address} dev eth0", KERNEL)
