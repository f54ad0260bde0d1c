#!/usr/bin/env python3
"""Files that outlive a session, on the test cluster's real node: what its owner left in one session is in the next one and can be changed
there, nobody else has it, and with its owner's word its folder is gone from the node. As root.

  home_test.py BERTH IMAGE     IMAGE: a folder as images/build gives it"""

import os
import pathlib
import sys
import time

from harness import Api, Demo, Tally, running, wait_for
from real_node import on_a_real_node, pool_file
from sessions import book, ready, session_of

PATIENCE = int(os.environ.get("PATIENCE", "300"))
KEPT_DAYS = 14
WORDS = "what was learnt"
# With the first no lab starts; the others would be in the way of probes and of the lab.
BREAKS = "mkdir .jupyter; echo 'raise SystemExit(3)' >.jupyter/jupyter_server_config.py; echo 'proxy = http://127.0.0.1:9' >.curlrc; echo 'raise SystemExit(3)' >random.py"


def keeping(facts, target):
    path = pathlib.Path(pool_file(facts, target))
    text = path.read_text()
    said = f"policy:\n  keep_home_days: {KEPT_DAYS}\n  keep_home_max_gib: 50\n"
    assert text.count("\npolicy:\n") == 1
    path.write_text(text.replace("policy:\n", said, 1))
    return path


def started(api, name, tally):
    booked = book(api, "slice-24gb", "interactive_ml", name)
    session = wait_for(lambda: ready(api, booked), PATIENCE, 0.5)
    if not tally.check(bool(session), f"{name}: its workspace is Ready"):
        raise AssertionError(str(session_of(api, booked)))
    return booked, session["namespace"]


def ended(node, api, booked, space, tally):
    api.send("DELETE", f"/reservations/{booked['id']}")
    gone = wait_for(lambda: node.kubectl("get", "namespace", space, check=False).returncode != 0, PATIENCE, 1)
    tally.check(bool(gone), "its namespace is gone")


def volume_of(node, space):
    name = node.kubectl("get", "pvc", "home", "-n", space, "-o", "jsonpath={.spec.volumeName}").stdout
    return name, folder_of(node, name)


def folder_of(node, volume):
    return pathlib.Path(node.kubectl("get", "pv", volume, "-o", "jsonpath={.spec.hostPath.path}{.spec.local.path}").stdout)


def told(api):
    answer = api.get("/homes")
    return answer.body["items"]


def first(node, demo, ana, tally):
    booked, space = started(ana, "first", tally)
    empty = node.inside(space, "workspace", "sh", "-c", f"echo '{WORDS}' >~/notes.txt; chmod 600 ~/notes.txt; mkdir ~/run; id -u; ls -ln ~/notes.txt").stdout
    node.inside(space, "workspace", "sh", "-c", f"cd ~ && {BREAKS}")
    volume, folder = volume_of(node, space)
    kept = wait_for(lambda: node.kubectl("get", "pv", volume, "-o", "jsonpath={.spec.persistentVolumeReclaimPolicy}").stdout == "Retain", 60, 0.5)
    tally.check(bool(kept), "while it runs its volume is told to stay", empty.strip())
    home = ana.get(f"/reservations/{booked['id']}").body["home"]
    tally.check(home and home["after"] == "kept" and home["kept_until"], "before the end its owner is told until when the files are kept", str(home))
    here = node.inside(space, "workspace", "berth", "here", check=False)
    tally.check(f"kept for {KEPT_DAYS} days after the end" in here.stdout, "inside too", (here.stdout + here.stderr).strip())
    shared = demo.cli("share", "first", "ben@berth.local", home="ana")
    tally.check(shared.returncode == 0 and "kept after its end, with what they leave in them" in shared.stdout,
                "who shares it is told that a guest's files outlive the guest", shared.stdout + shared.stderr)
    ended(node, ana, booked, space, tally)
    tally.check(node.kubectl("get", "pv", volume, check=False).returncode == 0, "and the volume is still there")
    mine = told(ana)
    tally.check(len(mine) == 1 and mine[0]["kept_until"] and mine[0]["state"] == "kept", "its owner sees one kept home", str(mine))
    return volume, folder


def nobody_elses(node, ben, volume, tally):
    tally.check(told(ben) == [], "somebody else sees none")
    booked, space = started(ben, "bens", tally)
    listing = node.inside(space, "workspace", "sh", "-c", "ls -A ~").stdout
    tally.check("notes.txt" not in listing and volume_of(node, space)[0] != volume, "and has none of the files", listing.strip())
    ended(node, ben, booked, space, tally)


def second(node, ana, volume, tally):
    start = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 2 * 3600))
    asked = ana.send("POST", "/reservations:check", {"create": {"pool": "lab", "device_class": "slice-24gb", "units": 1, "start": start, "duration_minutes": 60}})
    files = (asked.body.get("home") or {}).get("files")
    tally.check(files and files["size_gib"] == 20, "before a booking it is told that the files will be there", str(asked.body.get("home")))
    booked, space = started(ana, "second", tally)
    tally.check(volume_of(node, space)[0] == volume, "the next session has the same volume", str(volume_of(node, space)))
    done = node.inside(space, "workspace", "sh", "-c", "cat ~/notes.txt && echo more >>~/notes.txt && touch ~/run/new && ls -ln ~/notes.txt", check=False)
    tally.check(done.returncode == 0 and done.stdout.startswith(WORDS), "with the files in it, which can be read and changed", (done.stdout + done.stderr).strip())
    said = node.inside(space, "workspace", "berth", "here", check=False).stdout
    tally.check("JupyterLab did not start with the settings in your files" in said, "a setting in them that ends JupyterLab is left out, and said", said)
    node.inside(space, "workspace", "sh", "-c", "rm ~/.jupyter/jupyter_server_config.py && berth-workspace again lab")
    mended = wait_for(lambda: node.inside(space, "workspace", "sh", "-c", "berth-workspace healthy && ! ls /tmp/.berth/lab.plain", check=False).returncode == 0, 60, 1)
    tally.check(bool(mended), "and heeded again once it is mended")
    refused = ana.send("DELETE", f"/homes/{told(ana)[0]['id']}")
    tally.check(refused.status == 409 and refused.body["code"] == "home_in_use", "which nobody deletes while a session has them", str(refused.body))
    ended(node, ana, booked, space, tally)


def deleted(node, ana, ben, volume, folder, tally):
    home = told(ana)[0]
    tally.check(folder.is_dir() and (folder / "notes.txt").exists(), "the folder is on the node", str(folder))
    tally.check(ben.send("DELETE", f"/homes/{home['id']}").status == 404, "somebody else does not delete it")
    asked = ana.send("DELETE", f"/homes/{home['id']}")
    tally.check(asked.status == 202, "its owner does", str(asked.body))
    gone = wait_for(lambda: node.kubectl("get", "pv", volume, check=False).returncode != 0 and not folder.exists(), 120, 1)
    tally.check(bool(gone), "volume and folder are gone", node.kubectl("get", "pv", volume, "-o", "yaml", check=False).stdout[-1500:] if not gone else "")
    tally.check(bool(wait_for(lambda: told(ana) == [], 60, 1)), "and nothing of it is told any more", str(told(ana)))


def afterwards(node, ana, tally):
    booked, space = started(ana, "third", tally)
    listing = node.inside(space, "workspace", "sh", "-c", "ls -A ~").stdout
    tally.check("notes.txt" not in listing, "the next session begins with empty files", listing.strip())
    ended(node, ana, booked, space, tally)


def walk(node, berth, place, tally):
    """From the first session to the last, on that node; the demo's files are in `place`."""
    demo = Demo(berth, place, "--kubeconfig", str(node.kubeconfig), "--pool-file", str(keeping(node.facts, place / "pool.yaml")))
    with running(demo, tally):
        tally.check(demo.login("ana@berth.local", home="ana").returncode == 0, "ana signs in")
        ana, ben = (Api(demo.port, f"{who}@berth.local") for who in ("ana", "ben"))
        volume, folder = first(node, demo, ana, tally)
        nobody_elses(node, ben, volume, tally)
        second(node, ana, volume, tally)
        deleted(node, ana, ben, volume, folder, tally)
        afterwards(node, ana, tally)


def main(berth, image):
    tally = Tally()
    with on_a_real_node(image) as (node, place):
        walk(node, berth, place, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])))
