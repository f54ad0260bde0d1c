#!/usr/bin/env python3
"""Hugging Face's own client, offline, reads what `berth cache fetch` left; and where it fetches from the same server itself, it leaves
the same. It comes from the Python registry, once, pinned by client-requirements.txt, into .tools/.

  client_test.py BERTH"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Tally
from hub import Hub, some_model
from models_test import Berth, environment, fault_of, folder, model_folder

REQUIREMENTS = pathlib.Path(__file__).with_name("client-requirements.txt")
INSTALL_SECONDS = 600
ASK_SECONDS = 180

# What it prints is one JSON document: by question, an answer or the name of the error.
ASKED = """
import json, sys
import huggingface_hub as hf

def answer(what):
    try:
        return what()
    except Exception as error:
        return type(error).__name__

def scan():
    found = hf.scan_cache_dir()
    return {"warnings": [str(one) for one in found.warnings], "repos": [repo.repo_id for repo in found.repos],
            "refs": sorted(ref for repo in found.repos for ref in repo.refs), "bytes": found.size_on_disk}

said = {name: answer(lambda: getattr(hf, function)(**arguments)) for name, function, arguments in json.loads(sys.argv[1])}
said["scan"] = answer(scan)
print(json.dumps(said))
"""


def client():
    """The interpreter that has it."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    tools = ROOT / ".tools"
    tools.mkdir(exist_ok=True)
    place = tools / f"hf-client-{digest}-{sys.version_info.major}.{sys.version_info.minor}"
    with open(tools / "hf-client.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "whole").exists():
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", place], check=True, timeout=INSTALL_SECONDS)
            subprocess.run([place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
                            "--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement", REQUIREMENTS],
                           check=True, timeout=INSTALL_SECONDS)
            (place / "whole").touch()
    return place / "bin" / "python"


def ask(python, cache, questions, **env):
    done = subprocess.run([python, "-c", ASKED, json.dumps(questions)], capture_output=True, text=True, timeout=ASK_SECONDS,
                          env=environment(HF_HUB_CACHE=str(cache), HF_HOME=str(cache.parent / "home"), HF_HUB_DISABLE_TELEMETRY="1",
                                          HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_UPDATE_CHECK="1", **env))
    if done.returncode != 0:
        return {"scan": done.stderr[-2000:]}
    return json.loads(done.stdout)


def links(cache):
    place = model_folder(cache)
    return {str(path.relative_to(place)): os.readlink(path) for path in place.rglob("snapshots/**/*") if path.is_symlink()}


def main():
    tally, berth, python = Tally(), Berth(str(pathlib.Path(sys.argv[1]).resolve())), client()
    one = ["one", "hf_hub_download", {"repo_id": "owner/name", "filename": "weights/part-1.safetensors"}]
    small = ["small", "hf_hub_download", {"repo_id": "owner/name", "filename": "config.json"}]
    every = ["all", "snapshot_download", {"repo_id": "owner/name"}]
    branch = ["branch", "snapshot_download", {"repo_id": "owner/name", "revision": "refs/pr/1"}]
    with folder() as to, Hub(some_model()) as hub:
        ours, theirs = to / "ours", to / "theirs"
        done = berth.fetch(hub, ours)
        tally.check(done.returncode == 0 and not fault_of(ours, hub.model), "a model is fetched", done.stderr.strip())
        said = ask(python, theirs, [every], HF_ENDPOINT=hub.endpoint)
        tally.check(str(theirs) in said.get("all", ""), "the client fetches from the same server: it is of the Hub's kind", str(said)[:300])
        ref = "refs/main"
        same = links(ours) == links(theirs) and (model_folder(ours) / ref).read_bytes() == (model_folder(theirs) / ref).read_bytes()
        tally.check(same and len(links(ours)) == len(hub.model.files), "and leaves the same links and the same name of the revision", str(links(theirs))[:300])
        source = "hf://owner/name@refs/pr/1"
        berth.fetch(hub, ours, source=source)
        commit = hub.model.commit
        hub.close()   # from here on nobody answers

        said = ask(python, ours, [one, small, every, branch], HF_HUB_OFFLINE="1")
        snapshot = model_folder(ours) / "snapshots" / commit
        tally.check(said.get("all") == str(snapshot) and said.get("branch") == str(snapshot), "offline the client finds the snapshot, by each name of it", str(said)[:300])
        good = all(pathlib.Path(said.get(name, "/nowhere")).exists() and pathlib.Path(said[name]).read_bytes() == hub.model.files[path]
                   for name, path in (("one", "weights/part-1.safetensors"), ("small", "config.json")))
        tally.check(good, "and the bytes of single files")
        scan = said["scan"]
        tally.check(isinstance(scan, dict) and not scan["warnings"] and scan["repos"] == ["owner/name"] and scan["refs"] == ["main", "refs/pr/1"],
                    "looking through the cache it finds nothing odd", str(scan)[:300])

        (model_folder(ours) / ref).unlink()
        said = ask(python, ours, [every], HF_HUB_OFFLINE="1")
        tally.check(said.get("all") == "LocalEntryNotFoundError", "without the revision's name it finds nothing: so that comes last", str(said)[:300])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
