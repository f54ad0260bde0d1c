#!/usr/bin/env python3
"""A workspace that one can open, for real: on the test cluster's real node, from the image that `make images` built. Booked, Ready, opened in
Chromium through the gate, a command in the editor's terminal, a cell in JupyterLab, pods of its own on a second slot, kubectl with the
session's rights, shared and taken back, ended, and nothing left. As root.

  workspace_test.py BERTH IMAGE [--picture FILE]     IMAGE: a folder as images/build gives it"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from clusters import CLUSTER
from harness import ROOT, Api, Demo, Tally, closed_after, running, wait_for
from real_node import EXPORTER, Door, on_a_real_node, pool_file, still_open
from sessions import book, ready, session_of

PATIENCE = int(os.environ.get("PATIENCE", "300"))           # on a machine that compiles as well
PROMISED_SECONDS = 5
AWAY_SECONDS = 60


def starts(node, ana, tally):
    booked = book(ana, "slice-24gb", "interactive_ml", "for-real")
    begun = time.monotonic()
    session = wait_for(lambda: ready(ana, booked), PATIENCE, 0.2)
    tally.check(bool(session), "the workspace is Ready", f"{time.monotonic() - begun:.1f} s after it was booked")
    if not session:
        seen = session_of(ana, booked) or {}
        print(json.dumps({key: seen.get(key) for key in ("phase", "reason", "steps")}, indent=1)[:3000])
        for container in ("workspace", "gate"):
            print(f"--- {container}\n" + node.kubectl("logs", "-n", seen.get("namespace", ""), "deployment/workspace", "-c", container, check=False).stdout[-3000:])
        print(node.kubectl("get", "pods,events", "-n", seen.get("namespace", ""), check=False).stdout[-6000:])
        raise AssertionError("no workspace")
    for step in session["steps"]:
        print(f"      {step['name']}: {step['state']}, {step['started_at']} to {step['finished_at']}")
    return booked, session


def rights(node, session, tally):
    space = session["namespace"]
    who = node.inside(space, "workspace", "bash", "-lc", "whoami; id -u; id -g; touch /x 2>&1; grep -c '^Cap.*0000000000000000' /proc/self/status").stdout.split("\n")
    tally.check(who[0] == "workspace" and who[2] == "0", "the user has a name, and group 0", str(who))
    tally.check("Read-only" in who[3], "the root is read-only", who[3])
    tally.check(who[4] == "5", "there is no capability", who[4])
    quota = node.inside(space, "workspace", "kubectl", "get", "quota", "berth-quota", "-o", "name", check=False)
    tally.check(quota.returncode == 0 and "berth-quota" in quota.stdout, "kubectl get quota answers", quota.stdout + quota.stderr)
    widened = node.inside(space, "workspace", "kubectl", "patch", "quota", "berth-quota", "--type=merge", "-p", '{"spec":{"hard":{"pods":"9999"}}}', check=False)
    tally.check(widened.returncode != 0, "and does not change it", widened.stderr.strip()[:200])
    smoke = node.inside(space, "workspace", "berth-workspace", "smoke", check=False)
    tally.check(smoke.returncode == 0 and "no GPU" in smoke.stdout, "the smoke test says what there is", smoke.stdout.strip()[:200])
    seen = node.inside(space, "workspace", "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES; ls /dev | grep nvidia").stdout
    tally.check("nvidia0" in seen, "the device is in the workspace", seen.strip())
    gate = node.inside(space, "gate", "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES; ls /dev | grep -c nvidia", check=False).stdout
    tally.check(gate.split() and gate.split()[-1] == "0", "and not in the gate", gate.strip())
    key = node.inside(space, "workspace", "sh", "-c", "cat /run/gate/pass.key", check=False)
    tally.check(key.returncode != 0, "the workspace cannot read what the gate seals with", key.stderr.strip()[:100])


def own_pod(node, session, tally):
    """On the second slot of the slice, from inside, with a resource that is the session's; another's is refused."""
    space = session["namespace"]
    def run(name, resource):
        limits = {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "64Mi", resource: "1"}
        overrides = json.dumps({"spec": {"containers": [{"name": name, "image": "berth.test/busybox:1", "imagePullPolicy": "Never",
                                                         "resources": {"limits": limits}}]}})
        return node.inside(space, "workspace", "kubectl", "run", name, "--image=berth.test/busybox:1", f"--overrides={overrides}", check=False)
    names = {line for line in node.kubectl("get", "quota", "berth-quota", "-n", space, "-o", "json").stdout.split('"') if line.startswith("requests.nvidia.com/")}
    hard = json.loads(node.kubectl("get", "quota", "berth-quota", "-n", space, "-o", "json").stdout)["spec"]["hard"]
    own = next(name for name in names if hard[name] == "2").removeprefix("requests.")
    other = next(name for name in names if hard[name] == "0").removeprefix("requests.")
    made = run("second", own)
    phase = wait_for(lambda: "Running" in node.kubectl("get", "pod", "second", "-n", space, "-o", "jsonpath={.status.phase}", check=False).stdout, 120)
    tally.check(made.returncode == 0 and phase, "kubectl run starts a pod on the second slot", made.stderr.strip()[:300])
    made = run("third", own)
    tally.check(made.returncode != 0, "there is no third slot", made.stderr.strip()[:200])
    made = run("foreign", other)
    tally.check(made.returncode != 0, "a device of another class is refused", made.stderr.strip()[:300])


def opened_in_chromium(node, door, ana, booked, tally, picture):
    node_folder = subprocess.run([ROOT / "tools/ensure-node"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=600).stdout.strip()
    for app, what in (("editor", "VS Code"), ("lab", "JupyterLab")):
        done = subprocess.run([f"{node_folder}/node", str(ROOT / "test/system/workspace_browser.mjs"), app, door.ticket(ana, booked, app), picture or ""],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, cwd=ROOT,
                              env={**os.environ, "NODE_PATH": str(ROOT / "web/node_modules")})
        told = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 and done.stdout.strip() else {}
        if not tally.check(bool(told), f"{what} opens in Chromium", (done.stdout + done.stderr)[-1500:] if not told else f"{told['seconds']} s"):
            continue
        tally.check(set(told["hosts"]) == {door.host}, f"every request of {what} went to the gate's host", " ".join(told["hosts"]))
        if app == "editor":
            text = wait_for(lambda: node.inside(session_space(ana, booked), "workspace", "sh", "-c", "cat ~/berth-said", check=False).stdout, 60, 1)
            tally.check("BERTH-42" in text, "a command in its terminal did its work", text.strip())
        else:
            tally.check("BERTH-42" in told["output"], "a cell was computed", told["output"][:100])


def looked_at(node, session, tally):
    """Whoever asks JupyterLab when it was used does not use it by that."""
    asked = """for what in 'kernels?no_track_activity=1' kernels; do sleep 0.1; curl -sf "http://127.0.0.1:8888/lab/api/$what" >/dev/null || exit 1
               curl -sf http://127.0.0.1:8888/lab/api/status | python3 -c 'import json, sys; print(json.load(sys.stdin)["last_activity"])'; done"""
    before = node.inside(session["namespace"], "workspace", "sh", "-c", "curl -sf http://127.0.0.1:8888/lab/api/status").stdout
    done = node.inside(session["namespace"], "workspace", "sh", "-c", asked, check=False)
    times = [json.loads(before)["last_activity"], *done.stdout.split()]
    tally.check(len(times) == 3 and times[0] == times[1] < times[2], "a look at JupyterLab is no use of it, as another question is", f"{times} {done.stderr}")


def last_used(ana, booked, begun, tally):
    """What the real editor and the real JupyterLab said of it, as the page has it. `begun`: before they were opened."""
    def told():
        it = session_of(ana, booked)["activity"]
        return it["editor"] and (it["editor"]["used_at"] or "") > begun and it["lab"] and it["lab"]["used_at"] > begun and it["lab"]["kernels"] and it
    seen = wait_for(told, PATIENCE, 1)
    tally.check(bool(seen), "when editor and JupyterLab were last used is known, and that a kernel runs", str(seen or session_of(ana, booked)["activity"]))


def devices(node, ana, booked, session, tally):
    """Nobody measured them; from now on an exporter says how busy this session's slice is, and that another's does nothing."""
    tally.check(session_of(ana, booked)["device_use"] is None, "what nobody measures is not told as idle")
    sample = 'DCGM_FI_PROF_GR_ENGINE_ACTIVE{{UUID="GPU-a",GPU_I_ID="{}",namespace="{}",pod="workspace"}} {}\n'
    node.export_device_use(sample.format(3, session["namespace"], 0.2549) + sample.format(4, "kube-system", 1))


def devices_told(ana, booked, tally):
    use = wait_for(lambda: session_of(ana, booked)["device_use"], PATIENCE, 1)
    tally.check(bool(use) and use["busy_percent"] == 25.5 and use["used_at"] == use["seen_at"] >= use["measured_since"],
                "how busy the session's device is, as its node's exporter says", str(use))


def session_space(api, booked):
    return session_of(api, booked)["namespace"]


def shared(door, ana, ben, booked, cookie, tally):
    guest = ana.send("POST", f"/reservations/{booked['id']}/guests", {"email": "ben@berth.local"}).body["id"]
    entered = wait_for(lambda: door.enter(ben, booked), 60, 0.5)
    tally.check(bool(entered), "who was named comes in")
    line = door.socket(entered) if entered else None
    tally.check(line is not None, "and has a web socket of the editor's")
    if line is None:
        return
    begun = time.monotonic()
    ana.send("DELETE", f"/reservations/{booked['id']}/guests/{guest}")
    took = closed_after(line)
    tally.check(took is not None, "taken back, it is closed", f"{time.monotonic() - begun:.2f} s, promised {PROMISED_SECONDS}")
    tally.check(door.ask("/", entered)[0] == 401 and door.ask("/", cookie)[0] in (200, 302), "the owner stays")


def portal_away(demo, door, cookie, tally):
    """Portal, reconciler and database are killed; who is in stays in."""
    line = door.socket(cookie)
    tally.check(line is not None, "a web socket is open")
    demo.kill()
    until, seen = time.monotonic() + AWAY_SECONDS, set()
    while time.monotonic() < until:
        seen.add(door.ask("/lab/api/status", cookie)[0])
        time.sleep(2)
    tally.check(seen == {200}, f"the portal is killed, and for {AWAY_SECONDS} s the workspace answers all the same", str(seen))
    tally.check(line is not None and still_open(line), "what was open is open")
    if line is not None:
        line.close()
    demo.start()


def survives(node, door, session, cookie, tally):
    """The gate's container is killed; its pass goes on."""
    space = session["namespace"]
    node.inside(space, "gate", "sh", "-c", "kill -TERM 1", check=False)
    def restarted():
        pods = json.loads(node.kubectl("get", "pods", "-n", space, "-l", "app.kubernetes.io/name=workspace", "-o", "json").stdout)["items"]
        return any(one["name"] == "gate" and one["restartCount"] and one["ready"] for pod in pods for one in pod["status"].get("containerStatuses", []))
    tally.check(bool(wait_for(restarted, 180, 1)), "the gate's container is back after it was killed")
    tally.check(wait_for(lambda: door.ask("/", cookie)[0] in (200, 302), 60, 1), "without a new ticket")


def ends(node, door, ana, booked, session, cookie, tally):
    line = door.socket(cookie)
    begun = time.monotonic()
    ana.send("DELETE", f"/reservations/{booked['id']}")
    if line is not None:
        took = closed_after(line)
        tally.check(took is not None, "with the end what is open is closed", f"{time.monotonic() - begun:.2f} s, promised {PROMISED_SECONDS}")
    space = session["namespace"]
    gone = wait_for(lambda: node.kubectl("get", "namespace", space, check=False).returncode != 0, PATIENCE, 1)
    tally.check(bool(gone), "the namespace is gone", f"{time.monotonic() - begun:.1f} s")
    left = wait_for(lambda: space not in node.kubectl("get", "pv", "-o", "json").stdout, 60, 1)
    tally.check(bool(left), "its volumes are gone")
    processes = subprocess.run([CLUSTER, "node", "--dir", str(node.place), "ps", "ax", "-o", "args"], capture_output=True, text=True, timeout=60).stdout
    tally.check(not re.search(r"code-server|jupyterlab|berth gate", processes), "no process of it is left on the node")
    tally.check(wait_for(lambda: door.ask("/", cookie)[0] in (404, 502, 503), 60, 1), "its address leads nowhere")


def walk(node, berth, place, tally, picture=""):
    """From the booking to nothing left, on that node; the demo's files are in `place`."""
    demo = Demo(berth, place, "--kubeconfig", str(node.kubeconfig), "--pool-file", str(pool_file(node.facts, place / "pool.yaml", dcgm_exporter=EXPORTER)))
    with running(demo, tally):
        ana, ben = (Api(demo.port, f"{who}@berth.local") for who in ("ana", "ben"))
        booked, session = starts(node, ana, tally)
        door = Door(node, session)
        seen = []   # the router may hear of the address a moment after it was published
        wait_for(lambda: seen.append(door.ask("/")[0]) or seen[-1] == 401, 30, 0.5)
        tally.check(seen[-1] == 401 and not any(status < 400 for status in seen), "nobody gets in without a pass", str(seen))
        cookie = wait_for(lambda: door.enter(ana, booked), 60, 0.5)
        tally.check(bool(cookie), "a ticket lets its owner in")
        status, _, body = door.ask("/lab/api/status", cookie)
        tally.check(status == 200 and b"kernels" in body, "JupyterLab answers", f"{status}")
        rights(node, session, tally)
        own_pod(node, session, tally)
        looked_at(node, session, tally)
        devices(node, ana, booked, session, tally)
        opened_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())   # as a text before every moment of that second
        opened_in_chromium(node, door, ana, booked, tally, picture)
        last_used(ana, booked, opened_at, tally)
        devices_told(ana, booked, tally)
        shared(door, ana, ben, booked, cookie, tally)
        portal_away(demo, door, cookie, tally)
        ana = Api(demo.port, "ana@berth.local")
        survives(node, door, session, cookie, tally)
        ends(node, door, ana, booked, session, cookie, tally)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("berth", type=pathlib.Path)
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--picture", default="", help="where to put what Chromium shows of the editor")
    given = parser.parse_args()
    tally = Tally()
    with on_a_real_node(given.image) as (node, place):
        walk(node, given.berth.resolve(), place, tally, given.picture)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
