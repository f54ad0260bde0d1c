#!/usr/bin/env python3
"""What is declared and what a real API server's node says of itself: `berth discover` makes the file, `berth apply --dry-run` of what is there is no
difference, and when the node loses a GPU, a slice's name or a label then finding, calendar and owners know within a minute, bookings that have not
begun are elsewhere where something is free, and all of it heals. drift_test.py BERTH"""

import datetime
import pathlib
import subprocess
import sys
import time

import yaml

from clusters import cluster_of
from harness import Api, Demo, Kubernetes, Tally, folder, wait_for
from sessions import book, ready

NODE = "/api/v1/nodes/gpu-node-1"
MERGE = "application/merge-patch+json"
PROMISED_SECONDS = 60
SLACK = 3   # of a machine that does other things too
PRODUCT = "nvidia.com/gpu.product"


def discovered(berth, kubeconfig, tally):
    done = subprocess.run([berth, "discover", "--kubeconfig", kubeconfig, "--time-zone", "Europe/Berlin"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    documents = list(yaml.safe_load_all(done.stdout)) if done.returncode == 0 else []
    tally.check(done.returncode == 0 and [one["kind"] for one in documents] == ["Cluster", "Pool"], "berth discover reads the cluster", done.stderr + done.stdout[-2000:])
    cluster, pool = documents
    node = pool["nodes"][0]
    units = [unit for device in node["devices"] for unit in device["units"]]
    tally.check(cluster["flavour"] == "kubernetes" and node["kubernetes_name"] == "gpu-node-1" and len(node["devices"]) == 2
                and sorted(unit["replicas"] for unit in units) == [2, 2, 2, 2, 4] and not any(unit.get("out_of_service") for unit in units),
                "with its cards, cut and shared as they are", done.stdout)
    tally.check(any(label.startswith(PRODUCT + "=") for label in node["labels"]) and "NOT KNOWN" in done.stdout, "its labels, and what it could not know", done.stdout)
    return done.stdout


def same(demo, text, tally):
    """As it was printed it is what is there; so is what is given back."""
    given = demo.cli("get", "pool", "lab", "-o", "yaml", home="admin")
    tried = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=given.stdout)
    tally.check(tried.returncode == 0 and tried.stdout.endswith("No difference: nothing would be changed.\n") and PRODUCT in given.stdout,
                "what berth get gives back is no difference", given.stderr + tried.stdout + tried.stderr)
    changed = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=given.stdout.replace(PRODUCT + "=", PRODUCT + "=X-"))
    tally.check(changed.returncode == 0 and "labels was [" in changed.stdout, "another label is one", changed.stdout + changed.stderr)
    tried = demo.cli("apply", "-f", "-", "--dry-run", home="admin", text=text)
    tally.check(tried.returncode == 0 and "Pool lab" not in tried.stdout and "pool lab: as it was" in tried.stdout, "nor is the pool that was discovered",
                tried.stdout + tried.stderr)


class Watch:
    """What people see of it."""

    def __init__(self, demo, admin, owner):
        self.demo, self.admin, self.owner = demo, admin, owner

    def findings(self):
        return {(one["kind"], one["object"]) for one in self.admin.get("/findings").body["items"]}

    def out(self, device_class):
        now = datetime.datetime.now(datetime.timezone.utc)
        at = lambda minutes: (now + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = self.owner.get(f"/availability?pool=lab&from={at(0)}&to={at(5)}").body
        for one in found["device_classes"]:
            if one["device_class"] == device_class:
                return one["segments"][0]["out_of_service"]
        return None

    def warnings(self, booked):
        return self.owner.get(f"/reservations/{booked['id']}").body.get("warnings", [])

    def units(self, booked):
        return self.owner.get(f"/reservations/{booked['id']}").body["unit_names"]


def later(api, device_class, units, hours, name):
    start = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=hours)
    answer = api.send("POST", "/reservations", {"pool": "lab", "device_class": device_class, "units": units, "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                                "duration_minutes": 60, "mode": "inference_containers", "name": name})
    assert answer.status == 201, answer.body
    return answer.body


def within_a_minute(what, sentence, tally, began, seconds=PROMISED_SECONDS):
    held = wait_for(what, seconds * SLACK)
    took = time.monotonic() - began
    tally.check(bool(held), f"{sentence}: {took:.0f} s", str(what()))
    print(f"     {sentence} after {took:.0f} s (promised: {seconds})", flush=True)


def loses_devices(cluster, watch, tally):
    running = book(watch.owner, "whole-96gb", "interactive_ml", "on the card")
    tally.check(bool(wait_for(lambda: ready(watch.owner, running), 60)), "a session runs on the whole card")
    one = later(watch.owner, "slice-24gb", 1, 2, "one slice")
    all_four = later(watch.owner, "slice-24gb", 4, 4, "all slices")
    name = watch.units(one)[0]
    resource = watch.demo.sql(f"SELECT resource_name FROM berth.unit WHERE name = '{name}'")[0][0]
    status = cluster.get(NODE)[1]["status"]
    amounts = {field: {key: status[field][key] for key in ("nvidia.com/gpu", resource)} for field in ("capacity", "allocatable")}
    gone = {field: {"nvidia.com/gpu": "0", resource: None} for field in amounts}
    began = time.monotonic()
    try:
        answer = cluster.request("PATCH", NODE + "/status", {"status": gone}, MERGE)
        assert answer[0] == 200, answer
        wanted = {("devices_missing", "nodes/gpu-node-1/nvidia.com/gpu"), ("devices_missing", f"nodes/gpu-node-1/{resource}")}
        within_a_minute(lambda: wanted <= watch.findings(), "a GPU and a slice's name that are gone are findings", tally, began)
        within_a_minute(lambda: watch.out("slice-24gb") == 1, "the calendar knows", tally, began)   # the card is held by what runs
        within_a_minute(lambda: any("offers 0 of 4 nvidia.com/gpu" in text for text in watch.warnings(running)), "so does the owner of what runs there", tally, began)
        within_a_minute(lambda: any(resource in text for text in watch.warnings(all_four)), "and of what has nowhere else to go", tally, began)
        within_a_minute(lambda: watch.units(one) != [name] and not watch.warnings(one), "what fits elsewhere is there, and nobody is warned", tally, began)
        shown = watch.demo.cli("show", all_four["id"], "--no-follow", home="ana")
        tally.check("warning" in shown.stdout and "the start waits" in shown.stdout, "berth show tells it", shown.stdout + shown.stderr)
    finally:
        cluster.request("PATCH", NODE + "/status", {"status": amounts}, MERGE)
    began = time.monotonic()
    within_a_minute(lambda: not wanted & watch.findings() and watch.out("slice-24gb") == 0
                    and not watch.warnings(running) and not watch.warnings(all_four), "all of it heals", tally, began)
    tally.check(bool(ready(watch.owner, running)), "and the session ran on")
    for booked in (running, one, all_four):
        watch.owner.send("DELETE", f"/reservations/{booked['id']}")
    over = lambda: watch.owner.get(f"/reservations/{running['id']}").body["state"] == "COMPLETED"
    tally.check(bool(wait_for(over, 90)), "until it is ended")


def loses_a_label(cluster, watch, tally):
    booked = later(watch.owner, "slice-24gb", 1, 2, "labelled")
    value = cluster.get(NODE)[1]["metadata"]["labels"][PRODUCT]
    began = time.monotonic()
    label = ("label_differs", f"nodes/gpu-node-1/labels/{PRODUCT}")
    try:
        cluster.request("PATCH", NODE, {"metadata": {"labels": {PRODUCT: None}}}, MERGE)
        within_a_minute(lambda: label in watch.findings(), "a label that is gone is a finding", tally, began)
        within_a_minute(lambda: (watch.out("whole-96gb"), watch.out("slice-24gb")) == (1, 4), "the calendar knows of all its units", tally, began)
        within_a_minute(lambda: any(f"has no label {PRODUCT}" in text for text in watch.warnings(booked)), "so does the owner of a booking", tally, began)
    finally:
        cluster.request("PATCH", NODE, {"metadata": {"labels": {PRODUCT: value}}}, MERGE)
    began = time.monotonic()
    within_a_minute(lambda: label not in watch.findings() and (watch.out("whole-96gb"), watch.out("slice-24gb")) == (0, 0) and not watch.warnings(booked),
                    "that heals too", tally, began)


def main(berth):
    tally = Tally()
    with cluster_of("plain", tally) as place, folder() as data:
        if place is None:
            return tally.close()
        kubeconfig = str(pathlib.Path(place) / "admin.kubeconfig")
        text = discovered(berth, kubeconfig, tally)
        file = pathlib.Path(data) / "discovered.yaml"
        file.write_text(text)
        demo = Demo(berth, data, "--kubeconfig", kubeconfig, "--pool-file", str(file))
        try:
            demo.start()
            demo.login("admin@berth.local", home="admin")
            demo.login("ana@berth.local", home="ana")
            same(demo, text, tally)
            watch = Watch(demo, Api(demo.port, "admin@berth.local", ["read", "admin"]), Api(demo.port, "ana@berth.local"))
            cluster = Kubernetes(kubeconfig)
            loses_devices(cluster, watch, tally)
            loses_a_label(cluster, watch, tally)
        finally:
            demo.stop()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
