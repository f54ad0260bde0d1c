"""Into the workspace past its gate, as a browser or another pod would."""

import pressure
from attempt import GATE, Attempt
from objects import pod  # noqa: F401  (the pod `tool` is one of these; place.py makes it)

FROM_TOOL = "kubectl exec tool -- sh -c \"(printf 'GET {2} HTTP/1.0\\r\\nHost: {3}\\r\\n\\r\\n'; sleep 3) | nc -w 5 {0} {1} || echo no answer from {1}\""


def attempts(where):
    def browser(name, ask, said):
        return Attempt(name, ask, GATE, said)
    yield browser("no pass", lambda place: place.door.said("/"), "^401")
    yield browser("a pass made up", lambda place: place.door.said("/", "berth-gate=made-up"), "^401")
    yield browser("a pass of which a letter was changed", lambda place: place.door.said("/", place.tampered(place.pass_of_owner)), "^401")
    yield browser("the neighbour's pass", lambda place: place.door.said("/", place.pass_of_neighbour), "^401")
    yield browser("a pass planted from a sibling host, before the true one",
                  lambda place: place.door.said("/", f"berth-gate=planted; {place.pass_of_owner}"), "^401")
    yield browser("a pass planted from a sibling host, after the true one",
                  lambda place: place.door.said("/", f"{place.pass_of_owner}; berth-gate=planted"), "^401")
    yield browser("the neighbour's pass beside the true one",
                  lambda place: place.door.said("/", f"{place.pass_of_owner}; {place.pass_of_neighbour}"), "^401")
    yield browser("a ticket a second time", lambda place: place.ticket_twice(), "^303 then 403")
    yield browser("the neighbour's ticket at this host", lambda place: place.door.said(place.neighbours_ticket()), "^403")
    yield browser("its own ticket at the neighbour's host", lambda place: place.neighbours_door.said(place.owners_ticket()), "^403")
    yield browser("a ticket of which a letter was changed", lambda place: place.door.said(place.tampered(place.owners_ticket())), "^403")
    yield browser("no ticket", lambda place: place.door.said("/_gate/open"), "^403")
    yield browser("the check itself", lambda place: place.door.said("/_gate/check"), "^404")
    yield browser("a web socket from another site", lambda place: place.door.said("/", place.pass_of_owner, {
        "Origin": "http://other.localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}), "^403")
    for port, what in ((8080, "the editor's"), (8888, "JupyterLab's"), (8082, "the terminals'")):
        yield browser(f"a tunnel to {what} own port", lambda place, to=port: pressure.upgrade(place, f"/_gate/port/{to}")[0], "^403")
    yield browser("a ticket by somebody who was not named", lambda place: place.ticket_for_a_stranger(), "^40[34]")
    yield Attempt("the gate by the pod's address, from another pod", FROM_TOOL.format(where.address, 8081, "/", where.host), GATE, "401", ends_well=True)
    for port, what in ((8080, "the editor"), (8888, "JupyterLab")):
        yield Attempt(f"{what} by the pod's address, from another pod", FROM_TOOL.format(where.address, port, "/", where.host),
                      "the pod: it listens on loopback alone", f"no answer from {port}", ends_well=True)
    yield Attempt("a pod called like the workspace in its Service", "kubectl label pod tool app.kubernetes.io/name=workspace && sleep 3 && "
                  "echo leads to: $(kubectl get endpointslices -l kubernetes.io/service-name=workspace -o json | jq -r '[.items[].endpoints[].addresses[]]|join(\" \")'); "
                  "kubectl label pod tool app.kubernetes.io/name-", "the Service: it asks for the session's label", f"leads to: {where.address}$".replace(".", r"\."),
                  ends_well=True)
