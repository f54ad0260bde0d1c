"""Something of the session that outlives it. The last group: it ends the session."""

from attempt import GATE, GUARDS, KERNEL, Attempt, create, mounted
from objects import thing

BIND = 4096   # MS_BIND
# The image has no program for it: a table of nf_tables by its own message, in a batch.
FIREWALL = """python3 - <<'END'
import socket, struct
def message(kind, flags, rest):
    return struct.pack("=IHHII", 16 + len(rest), kind, flags, 1, 0) + rest
name = struct.pack("=HH", 6, 1) + b"x\\0\\0\\0"
batch = message(0x10, 1, struct.pack("=BBH", 0, 0, 0x0A00)) + message(0x0A00, 0x405, struct.pack("=BBH", 2, 0, 0) + name) + message(
    0x11, 1, struct.pack("=BBH", 0, 0, 0x0A00))
line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
line.bind((0, 0))
line.send(batch)
line.settimeout(5)
while True:
    size, kind, _, _, _, error = struct.unpack_from("=IHHIIi", line.recv(4096))
    if kind == 2 and error:
        import os
        raise SystemExit(os.strerror(-error))
    if kind == 2:
        raise SystemExit(0)
END"""


def attempts(where):
    yield Attempt("a ticket that is older than a minute", lambda place: place.stale_ticket_said(), GATE, "^403")
    yield create("a claim that nobody may delete", thing("PersistentVolumeClaim", "c", rest={"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}, finalizers=["example.com/hold"]), GUARDS)
    yield Attempt("a mount left behind", mounted("/tmp", "/home", "none", BIND), KERNEL, "not permitted|denied|superuser")
    yield Attempt("a rule of routing left behind", "ip rule add from all lookup 99", KERNEL)
    yield Attempt("a rule of the firewall left behind", FIREWALL, KERNEL)
    for what, said in {"process": "processes: 0", "container": "containers: 0", "cgroup": "cgroups: 0", "interface": "interfaces: 0",
                       "mount": "mounts: 0", "rule of the firewall": "rules: 0", "volume": "volumes: 0", "folder of logs": "logs: 0"}.items():
        yield Attempt(f"{'an' if what[0] == 'i' else 'a'} {what} that outlives the session", lambda place, what=what: place.left_on_the_node(what), "the end of the session", f"^{said}$")
    yield Attempt("a token that outlives the session", lambda place: place.old_token_said(), "the API server", "Unauthorized|401")
    yield Attempt("an address that outlives the session", lambda place: place.old_address_said(), "the end of the session", "^(404|502|503)")
