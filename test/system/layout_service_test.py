#!/usr/bin/env python3
"""A card that is on offer whole and in slices goes through three changes of layout that bookings ask for, on a real API server, with an operator's stand-in
that fails once in each way that is known from the field, and a reconciler that is killed in the middle of one: no session on a wrong layout, no booking
lost.

  layout_service_test.py BERTH"""

import datetime
import pathlib
import sys

import yaml

from clusters import cluster_of
from gpu_operator import CONFIG, MERGE, NODE, Operator
from harness import ROOT, Api, Demo, Kubernetes, Portal, Role, Tally, folder, running, wait_for

CARD = "gpu-node-1/gpu0"
WHOLE, SLICES = 1, 2             # ways of the card, as berth gpu plan counts them
WHOLE_NAME = "nvidia.com/gpu"
PATIENCE = ("--layout-patience-percent", "1", "--cycle-seconds", "1")
LIMIT = 300


def write_pool(place):
    """The reference pool with its first GPU alone, and the whole of it on offer too; on the cluster that the demo finds."""
    head, second = (ROOT / "deploy" / "pools" / "lab.yaml").read_text().split("      # GPU 1: whole.\n")
    whole = [line for line in second.splitlines() if "device_class: whole-96gb" in line]
    path = place / "one-gpu.yaml"
    path.write_text(head + whole[0] + "\n")
    return path


def layouts_of(demo, pool):
    """What each layout of the operator's file advertises, by its name."""
    rendered = demo.cli("gpu", "render", "-f", str(pool))
    mig = next(one for one in yaml.safe_load_all(rendered.stdout) if one["metadata"]["name"] == "custom-mig-config")
    configs = yaml.safe_load(mig["data"]["config.yaml"])["mig-configs"]
    units = [unit for device in list(yaml.safe_load_all(pool.read_text()))[1]["nodes"][0]["devices"] for unit in device["units"]]
    whole = {unit["resource_name"]: unit.get("replicas", 1) for unit in units if unit["resource_name"] == WHOLE_NAME}
    slices = {unit["resource_name"]: unit.get("replicas", 1) for unit in units if unit["resource_name"] != WHOLE_NAME}
    return {name: slices if entries[0]["mig-enabled"] else whole for name, entries in configs.items()}


class Service:
    def __init__(self, demo, portal, cluster, tally):
        self.demo, self.cluster, self.tally = demo, cluster, tally
        self.ana = Api(portal.port, "ana@berth.local")
        self.admin = Api(portal.port, "admin@berth.local", ["read", "admin"])
        self.operator = None
        self.booked = {}

    def orders(self):
        return self.admin.get("/layouts?pool=lab").body["items"]

    def in_force(self):
        return [one["ways"][0]["way"] for one in self.orders() if one["state"] == "in_force"]

    def at_work(self):
        """The change that has begun, or is to begin now."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        due = [one for one in self.orders() if one["state"] == "ordered" and one["not_before"] <= now]
        return due[-1] if due else None

    def book(self, name, device_class, start, end):
        answer = self.ana.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": 1, "start": start, "end": end, "name": name,
                                                         "mode": "inference_containers"})
        assert answer.status == 201, answer.body
        self.booked[name] = answer.body["id"]

    def of(self, name):
        return self.ana.get(f"/reservations/{self.booked[name]}").body

    def is_ready(self, name):
        answer = self.ana.get(f"/reservations/{self.booked[name]}/session")
        return answer.status == 200 and answer.body["phase"] == "Ready"

    def is_over(self, name):
        return self.of(name)["state"] == "COMPLETED"

    def cli(self, *arguments):
        return self.demo.cli("gpu", *arguments, home="admin")

    def forward(self, until):
        """Time goes on to that instant: all that is to come lies so much earlier, and what runs ends so."""
        by = (datetime.datetime.fromisoformat(until.replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        if by <= 0:
            return
        interval = f"interval '{by + 1:.3f} seconds'"
        earlier = f"CASE WHEN r.state = 'APPROVED' THEN {interval} ELSE interval '0' END"
        self.demo.sql(
            "BEGIN; SELECT set_config('berth.actor', 'owner', true);"
            f"UPDATE berth.reservation_unit u SET during = tstzrange(lower(during) - {earlier}, upper(during) - {interval})"
            " FROM berth.reservation r WHERE r.id = u.reservation AND u.live AND r.state IN ('APPROVED', 'ACTIVE');"
            f"UPDATE berth.reservation r SET start_at = start_at - {earlier}, end_at = end_at - {interval} WHERE state IN ('APPROVED', 'ACTIVE');"
            f"UPDATE berth.layout_order SET not_before = not_before - {interval} WHERE state = 'ordered' AND labelled_at IS NULL;"
            "SELECT pg_notify('berth_work', ''); COMMIT")


def at_steps():
    """Starts of steps from the next one on, as the portal's clock has them."""
    now = datetime.datetime.now(datetime.timezone.utc)
    first = datetime.datetime.fromtimestamp((int(now.timestamp()) // 1800 + 1) * 1800, datetime.timezone.utc)
    return lambda n: (first + datetime.timedelta(minutes=30 * n)).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_stuck(service, state):
    """Named everywhere, with what to type; then repaired and tried again."""
    tally = service.tally
    named = wait_for(lambda: (one := service.at_work() or next(iter(service.orders()), None)) and one["stuck"] and one["step"] == state and one, LIMIT)
    if not tally.check(bool(named), f"{state}: it is named", str(service.orders())):
        return
    told = service.cli("status")
    tally.check(told.returncode == 1 and f"STUCK ({state})" in told.stdout and "berth gpu retry gpu-node-1" in told.stdout, "berth gpu status tells it, and the repair",
                told.stdout + told.stderr)
    findings = {(one["kind"], one["object"]) for one in service.admin.get("/findings").body["items"]}
    tally.check(("layout_stuck", f"nodes/gpu-node-1/layout/{state}") in findings, "it is a finding", str(findings))
    tally.check(not any(service.is_ready(name) for name in service.booked), "no session runs on the node meanwhile")
    service.operator.repair()
    done = service.cli("retry", "gpu-node-1")
    tally.check(done.returncode in (0, 1) and "gpu-node-1" in done.stdout, "and it is tried again on a word", done.stdout + done.stderr)


def changes(service, way, failures, before, after, kill=None):
    """One change that bookings asked for: while the session before it runs nothing is touched; then it goes wrong in each of these ways, and at last well."""
    tally = service.tally
    words = {SLICES: "slices", WHOLE: "the whole card"}[way]
    order = next(one for one in service.orders() if one["state"] == "ordered")
    tally.check(order["ways"] == [{"device": "gpu0", "way": way}], f"to {words}: it was ordered from bookings", str(order))
    service.operator.failures[:] = failures
    cuts = len(service.operator.cuts)
    if service.is_ready(before):
        begun = service.demo.sql("BEGIN; SELECT set_config('berth.actor', 'owner', true); UPDATE berth.layout_order SET not_before = clock_timestamp() "
                                 f"WHERE id = {order['id']}; SELECT pg_notify('berth_work', ''); COMMIT")
        waits = wait_for(lambda: (one := service.at_work()) and one["step"] == "draining" and one, LIMIT)
        tally.check(bool(waits) and "Waits for 1 session" in waits["sentence"] and not waits["begun"], "it waits for the session that is there", str(waits or begun))
        wait_for(lambda: service.demo.sql("SELECT 1 FROM berth.hold WHERE session IS NULL AND released_at IS NULL"), LIMIT)   # a moment later
        refused = service.ana.send("POST", "/reservations", {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": "now", "duration_minutes": 30})
        tally.check(refused.status == 409 and "maintenance" in str(refused.body), "what would begin now is refused, with the reason", f"{refused.status} {refused.body}")
        tally.check(service.is_ready(before), "which goes on")
    service.forward(service.of(before)["end"])
    tally.check(bool(wait_for(lambda: service.is_over(before), LIMIT)), "the session ends at its time")
    if kill is not None:
        kill()
    for failure in dict.fromkeys(failures):
        is_stuck(service, failure)
    tally.check(bool(wait_for(lambda: service.in_force() == [way], LIMIT)), f"to {words}: it is in force", str(service.orders()))
    tally.check(len(service.operator.cuts) > cuts, "and the card is cut so", str(service.operator.cuts))
    service.forward(service.of(after)["start"])
    tally.check(bool(wait_for(lambda: service.is_ready(after), LIMIT)), "the booking that asked for it runs", str(service.of(after)))


def boots(service, name):
    """With its instances gone and a booking waiting: nothing starts before they are there again."""
    tally = service.tally
    service.forward(service.of("last")["end"])
    tally.check(bool(wait_for(lambda: service.is_over("last"), LIMIT)), "the last session ends")
    service.operator.loses_its_cut()
    service.operator.boots("boot-2")
    tally.check(bool(wait_for(lambda: service.orders()[0]["step"] == "waiting", LIMIT)), "after a boot its layout is looked at", str(service.orders()))
    service.forward(service.of(name)["start"])
    is_stuck(service, "gone_after_reboot")
    tally.check(bool(wait_for(lambda: service.is_ready(name), LIMIT)), "and then the next session starts", str(service.of(name)))


def by_hand(service, name, other):
    """Somebody gives the node another label under a session: that goes on, nobody starts, and it is put right when the session is over."""
    tally = service.tally
    service.operator.laid_by_hand(other)

    def found():
        return [one for one in service.admin.get("/findings").body["items"] if one["kind"] == "layout_differs"]
    tally.check(bool(wait_for(found, LIMIT)), "a label that was changed by hand is a finding", str(service.admin.get("/findings").body))
    waits = wait_for(lambda: service.orders()[0]["step"] == "draining", LIMIT)
    tally.check(bool(waits) and service.is_ready(name), "the session goes on", str(service.orders()))
    wait_for(lambda: service.demo.sql("SELECT 1 FROM berth.hold WHERE session IS NULL AND released_at IS NULL"), LIMIT)   # a moment later
    refused = service.ana.send("POST", "/reservations", {"pool": "lab", "device_class": "whole-96gb", "units": 1, "start": "now", "duration_minutes": 30})
    tally.check(refused.status == 409 and "by hand" in str(refused.body), "and nobody new begins, with the reason", f"{refused.status} {refused.body}")
    service.forward(service.of(name)["end"])
    tally.check(bool(wait_for(lambda: service.is_over(name), LIMIT)), "it ends at its time")
    layout = service.orders()[0]["layout"]
    right = wait_for(lambda: service.operator.node()["metadata"]["labels"].get(CONFIG) == layout and service.orders()[0]["step"] == "in_force", LIMIT)
    tally.check(bool(right) and not found(), "then the node has the label that was ordered again", str(service.orders()))


def run(berth, place, kubeconfig, tally):
    cluster = Kubernetes(kubeconfig)
    before = cluster.get(NODE)[1]
    with folder() as data:
        pool = write_pool(pathlib.Path(data))
        demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--without-reconciler", "--pool-file", str(pool))
        with running(demo, tally) as begin:
            portal = begin(Portal(demo))
            reconciler = begin(Role(demo, "reconciler", "--kubeconfig", kubeconfig, *PATIENCE))
            for name in ("admin", "ana"):
                assert demo.login(f"{name}@berth.local", home=name).returncode == 0
            service = Service(demo, portal, cluster, tally)
            layouts = layouts_of(demo, pool)
            service.operator = Operator(cluster, layouts, sorted({name for counts in layouts.values() for name in counts}))
            slices = next(name for name, counts in layouts.items() if WHOLE_NAME not in counts)
            try:
                service.operator.boots("boot-1")
                service.operator.begin(slices)
                serve(service, reconciler, slices, tally)
            finally:
                service.operator.end()
                put_back(cluster, before)
            tally.check(not service.operator.trouble, "the operator's stand-in ran to the end", str(service.operator.trouble))


def serve(service, reconciler, slices, tally):
    done = service.cli("apply", "--in-service", f"{CARD}={SLICES}")
    tally.check(done.returncode == 0, "a layout is ordered by an admin's word", done.stdout + done.stderr)
    tally.check(bool(wait_for(lambda: service.in_force() == [SLICES], LIMIT)) and service.operator.cuts == [], "what is there already is in force without a touch",
                str(service.orders()))
    denied = service.demo.cli("gpu", "status", home="ana")
    tally.check(denied.returncode == 4, "it is an admin's", denied.stdout + denied.stderr)

    service.operator.label(manager=None, allowed=None)
    done = service.cli("apply", "--in-service", f"{CARD}={WHOLE}")
    stuck = wait_for(lambda: (one := service.at_work()) and one["step"] == "not_prepared" and not one["begun"], LIMIT)
    tally.check(bool(stuck), "on a node that is not Berth's to change, or has no manager, nothing is begun", str(service.orders()))
    done = service.cli("drop", "gpu-node-1")
    tally.check(done.returncode == 0 and "No change of its layout is to come" in done.stdout and len(service.orders()) == 1, "and the order can be taken back", done.stdout + done.stderr)
    service.operator.label(manager="true", allowed="true")
    done = service.cli("apply", "--in-service", f"{CARD}={SLICES}")
    tally.check(done.returncode == 0 and "nothing was ordered" in done.stdout and len(service.orders()) == 1, "what the node has already is not ordered again", done.stdout + done.stderr)

    at = at_steps()
    service.book("first", "slice-24gb", "now", at(1))
    service.book("second", "whole-96gb", at(2), at(3))
    service.book("third", "slice-24gb", at(4), at(5))
    service.book("last", "whole-96gb", at(6), at(7))
    service.book("after a boot", "whole-96gb", at(8), at(9))
    tally.check(bool(wait_for(lambda: service.is_ready("first"), LIMIT)), "a session runs on a slice")
    done = service.cli("layout", "--from-bookings", "--apply")
    ordered = [one["ways"][0]["way"] for one in service.orders() if one["state"] == "ordered"]
    tally.check(done.returncode == 0 and ordered == [WHOLE, SLICES, WHOLE], "the changes that bookings ask for are ordered on a word", f"{ordered}\n{done.stdout}{done.stderr}")
    shown = service.cli("status")
    tally.check(shown.returncode == 0 and "now: gpu0 way 2 (gpu0-slice0, " in shown.stdout and shown.stdout.count("changes to") == 3, "and shown", shown.stdout + shown.stderr)

    def kill():
        tally.check(bool(wait_for(lambda: (one := service.at_work()) and one["begun"], LIMIT)), "the change has begun")
        reconciler.kill()
        reconciler.start()

    changes(service, WHOLE, ["no_manager", "failed", "failed"], "first", "second")
    changes(service, SLICES, ["clients_paused", "success_without_capacity"], "second", "third", kill)
    changes(service, WHOLE, ["pending", "enabled_but_empty", "rebooting"], "third", "last")
    boots(service, "after a boot")
    by_hand(service, "after a boot", slices)

    states = {name: service.of(name)["state"] for name in service.booked}
    tally.check(states == {"first": "COMPLETED", "second": "COMPLETED", "third": "COMPLETED", "last": "COMPLETED", "after a boot": "COMPLETED"}, "no booking was lost", str(states))
    tally.check(service.operator.touched == [], "no card was touched under anybody", str(service.operator.touched))
    lost = service.demo.sql("SELECT count(*) FROM berth.session WHERE attempt > 1 OR failed")
    tally.check(lost == [["0"]], "no session on a wrong layout: each started once, and well", str(lost))
    tally.check(not [one for one in service.admin.get("/findings").body["items"] if one["kind"] == "layout_stuck"], "nothing is stuck any more")
    audited = service.admin.get("/audit?kind=layout_order&limit=500").body["items"]
    who = {one["actor"].split(":")[0] for one in audited}
    tally.check(len(audited) >= 20 and {"user", "reconciler"} <= who, "who ordered what, and each step, is in the audit log", f"{len(audited)} rows by {who}")


def put_back(cluster, before):
    """For who comes next on this cluster."""
    now = cluster.get(NODE)[1]
    labels = {name: before["metadata"]["labels"].get(name) for name in now["metadata"]["labels"]}
    cluster.request("PATCH", NODE, {"metadata": {"labels": labels}}, MERGE)
    info = {"bootID": before["status"].get("nodeInfo", {}).get("bootID", "")}
    cluster.request("PATCH", NODE + "/status", {"status": {"capacity": before["status"]["capacity"], "allocatable": before["status"]["allocatable"], "nodeInfo": info}}, MERGE)


def main(berth):
    tally = Tally()
    with cluster_of("plain", tally) as place:
        if place:
            run(berth, place, str(pathlib.Path(place) / "admin.kubeconfig"), tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
