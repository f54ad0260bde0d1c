#!/usr/bin/env python3
"""Models fetched from a server that misbehaves, and killed on the way: what a client of Hugging Face would find is whole or not there, its
bytes are right, and no cut costs more than the piece that was on its way.

  models_test.py BERTH [--schedules N] [--kills N]

BERTH_CACHE_SEED begins the seeds elsewhere."""

import argparse
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test" / "system"))

from harness import Tally
from hub import Hub, some_model

PIECE = 64 * 1024
CONNECTIONS = 4
PATIENCE = 180
SEED = int(os.environ.get("BERTH_CACHE_SEED", "0"))
TOKEN = "hf_thisIsASecretOfTheTest"
MODEL = "hf://owner/name"


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "BERTH_")) and "proxy" not in key.lower()}
    return kept | more


@contextlib.contextmanager
def folder():
    made = pathlib.Path(tempfile.mkdtemp(prefix="berth-models-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class Berth:
    def __init__(self, program):
        self.program, self.said = program, ""

    def command(self, hub, to, *more, source=MODEL, connections=CONNECTIONS):
        return [self.program, "cache", "fetch", source, "--to", str(to), "--endpoint", hub.endpoint, "--connections", str(connections),
                "--piece-bytes", str(PIECE), "--first-pause-ms", "5", *map(str, more)]

    def fetch(self, hub, to, *more, source=MODEL, connections=CONNECTIONS, **env):
        return self._run(self.command(hub, to, *more, source=source, connections=connections), env)

    def verify(self, to, *more):
        return self._run([self.program, "cache", "verify", "--to", str(to), *more], {})

    def _run(self, command, env):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, env=environment(**env))
        self.said += done.stdout + done.stderr
        return done


def model_folder(to):
    return pathlib.Path(to) / "models--owner--name"


def fault_of(to, model, revision="main"):
    """What a client would find wrong; nothing where all is as it should be."""
    place = model_folder(to)
    named = (place / "refs" / revision).read_bytes()
    if named != model.commit.encode():
        return f"refs/{revision} holds {named!r}"
    snapshot = place / "snapshots" / model.commit
    there = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if not path.is_dir()}
    if there != set(model.files):
        return f"files {sorted(there ^ set(model.files))}"
    for path, data in model.files.items():
        link = snapshot / path
        wanted = "../../" + "../" * path.count("/") + "blobs/" + model.hash(path)
        if os.readlink(link) != wanted or link.read_bytes() != data:
            return f"{path} -> {os.readlink(link)}, {len(link.read_bytes())} bytes"
        if link.stat().st_mode & 0o777 != 0o644 or link.parent.stat().st_mode & 0o777 != 0o755:
            return f"mode of {path}"
    if (place / "trees").exists():
        return "there is a folder trees"
    left = [path.name for path in (place / "blobs").iterdir() if "berth" in path.name]
    return f"left behind: {left}" if left else ""


def half_seen(to, model):
    """Whether a client would find a part of the model: its name or its snapshot before all of it is there."""
    place = model_folder(to)
    if not place.exists():
        return ""
    snapshots = [path for path in place.glob("snapshots/*")]
    if not snapshots:
        return "a name without a snapshot" if list(place.glob("refs/**/main")) else ""
    for path, data in model.files.items():
        link = place / "snapshots" / model.commit / path
        if not link.exists() or link.read_bytes() != data:
            return f"{path} is not whole in a snapshot that is seen"
    return ""


# --- What is good ---

def whole(tally, berth):
    model = some_model()
    with folder() as to, Hub(model) as hub:
        hub.page, hub.together = 2, True
        done = berth.fetch(hub, to, "-o", "json")
        tally.check(done.returncode == 0 and not fault_of(to, model), "a model is fetched: links, bytes, modes, the revision's name",
                    done.stderr.strip() or fault_of(to, model))
        told = json.loads(done.stdout)
        tally.check(told["commit"] == model.commit and told["downloaded_bytes"] == model.size() == hub.served,
                    "its bytes came once, the same bytes of two files too", f"{hub.served} of {model.size()}")
        tally.check(hub.most_active > 1, "several connections at a time", str(hub.most_active))
        tally.check(all(headers.get("Accept-Encoding") == "identity" for _, _, headers in hub.asked), "nothing is asked for compressed")
        tally.check(len([path for path in hub.paths() if "/tree/" in path]) == 4, "all pages of the list are read, from the same server")
        before = hub.served
        again = berth.fetch(hub, to)
        tally.check(again.returncode == 0 and hub.served == before and "all there before" in again.stdout,
                    "fetched again it downloads nothing", again.stdout.strip())
        branch = berth.fetch(hub, to, source=MODEL + "@refs/pr/1")
        tally.check(branch.returncode == 0 and not fault_of(to, model, "refs/pr/1") and any("/revision/refs%2Fpr%2F1" in path for path in hub.paths()),
                    "a revision with slashes is asked for in one word, and named in folders")


def newer_commit(tally, berth):
    old, new = some_model(1), some_model(1)
    new.files["config.json"] = b'{"model_type": "qwen"}\n'
    new = type(new)(new.files, new.large)
    with folder() as to:
        with Hub(old) as hub:
            berth.fetch(hub, to)
        with Hub(new) as hub:
            done = berth.fetch(hub, to)
            tally.check(done.returncode == 0 and not fault_of(to, new) and hub.served == len(new.files["config.json"]),
                        "of a newer commit only what is new is fetched", f"{hub.served} bytes")
        place = model_folder(to) / "snapshots" / old.commit / "config.json"
        tally.check(place.read_bytes() == old.files["config.json"], "and the older snapshot stays")


def token(tally, berth):
    model = some_model()
    with folder() as to, Hub(model, token=TOKEN) as hub:
        secret = to / "token"
        secret.write_text(TOKEN + "\n")
        cache = to / "cache"
        done = berth.fetch(hub, cache, "--token-file", secret)
        tally.check(done.returncode == 0 and not fault_of(cache, model), "a private model is fetched with a token from a file", done.stderr.strip())
        elsewhere = [headers for server, _, headers in hub.asked if server == "cdn"]
        tally.check(elsewhere and not any("Authorization" in headers for headers in elsewhere), "the token goes to no host that a redirect names",
                    f"{len(elsewhere)} requests")
        other = to / "other"
        tally.check(berth.fetch(hub, other, HF_TOKEN=TOKEN).returncode == 0, "and with one from the environment")
    clear = subprocess.run([berth.program, "cache", "fetch", MODEL, "--to", "/nowhere", "--endpoint", "http://hub.invalid"], capture_output=True,
                           text=True, timeout=PATIENCE, env=environment(HF_TOKEN=TOKEN))
    tally.check(clear.returncode == 2 and "in the clear" in clear.stderr, "no token is sent in the clear to another machine", clear.stderr.strip())
    tally.check(TOKEN not in berth.said + clear.stderr, "no output holds the token")


# --- Refusals ---

def refusals(tally, berth):
    cases = [("401 without a token", [(401, {"X_Error_Code": "RepoNotFound"})], 4, "private, or there is no such model"),
             ("403 of a gated model", [(403, {"X_Error_Code": "GatedRepo"})], 4, "licence"),
             ("404 of a model", [(404, {"X_Error_Code": "RepoNotFound"})], 5, "knows no model"),
             ("404 of a revision", [(404, {"X_Error_Code": "RevisionNotFound"})], 5, "with a revision main"),
             ("a status that nobody expects", [(418, {})], 1, "418")]
    for sentence, queue, code, words in cases:
        with folder() as to, Hub(some_model(big=100_000)) as hub:
            hub.refuse = list(queue)
            done = berth.fetch(hub, to)
            tally.check(done.returncode == code and words in done.stderr and not list(to.iterdir()),
                        f"{sentence} is told in words, and leaves nothing", f"{done.returncode}: {done.stderr.strip()}")
    with folder() as to, Hub(some_model(big=100_000)) as hub:
        hub.refuse = [(429, {"Retry_After": "1"}), (503, {})]
        hub.refuse_files = [(429, {"Retry_After": "0"})] * 3
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 0 and not fault_of(to, hub.model), "429 and 503 are asked again, after as long as was asked for", done.stderr.strip())
        hub.refuse = [(503, {})] * 100
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 6 and "503" in done.stderr and len(hub.refuse) == 92, "but not for ever", f"{done.stderr.strip()}, {len(hub.refuse)} left")
    for compress, what in (("lists", "list"), (True, "file")):
        with folder() as to, Hub(some_model(big=100_000)) as hub:
            hub.compress = compress
            done = berth.fetch(hub, to)
            tally.check(done.returncode == 1 and "compressed" in done.stderr and not half_seen(to, hub.model), f"a compressed {what} is refused", done.stderr.strip())
    bad = [("hf://owner", "hf://owner/name@revision"), ("hf://owner/na--me", "96"), ("hf://owner/name@../x", "revision")]
    for source, words in bad:
        with folder() as to, Hub(some_model(big=100_000)) as hub:
            done = berth.fetch(hub, to, source=source)
            tally.check(done.returncode == 2 and words in done.stderr and not hub.asked, f"{source} is no address", done.stderr.strip())


def lies(tally, berth):
    big = "part-2.safetensors"
    for what in ("wrong", "short"):
        for path, kind in ((big, "a file of pieces"), ("config.json", "a small file")):
            with folder() as to, Hub(some_model()) as hub:
                # Each of a file's answers, of its first time only.
                pieces = -(-len(hub.model.files[path]) // PIECE)
                setattr(hub, what, {path: pieces if what == "wrong" else 1})
                done = berth.fetch(hub, to)
                tally.check(done.returncode == 0 and not fault_of(to, hub.model), f"{kind} that comes {what} once is fetched again", done.stderr.strip())
            with folder() as to, Hub(some_model()) as hub:
                setattr(hub, what, {path: 10_000})
                done = berth.fetch(hub, to)
                tally.check(done.returncode == 1 and "came wrong twice" in done.stderr and not half_seen(to, hub.model)
                            and not (model_folder(to) / "blobs" / hub.model.hash(path)).exists(),
                            f"{kind} that comes {what} twice is an error, and is not kept", done.stderr.strip())
    model = some_model(big=100_000)
    for path, words in (("../../evil", ". or .."), ("/etc/evil", "empty"), ("a\\b", "backslash"), ("x" * 1025, "1025 bytes"), ("config.json/x", "a file and a folder")):
        with folder() as to, Hub(type(model)(model.files | {path: b"evil"}, model.large)) as hub:
            done = berth.fetch(hub, to)
            tally.check(done.returncode == 1 and words in done.stderr and not list(to.iterdir()), f"a path like {path[:20]} is refused", done.stderr.strip())


def servers(tally, berth):
    with folder() as to, Hub(some_model()) as hub:
        hub.ranges = False
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 0 and not fault_of(to, hub.model), "a server that knows no ranges serves too", done.stderr.strip())
    with folder() as to, Hub(some_model()) as hub:
        hub.ranges, hub.cuts = False, 3
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 0 and not fault_of(to, hub.model) and hub.made_cuts > 0, "and where it cuts, from the beginning", done.stderr.strip())
    with folder() as to, Hub(some_model()) as hub:
        hub.link_good_for = 3
        done = berth.fetch(hub, to)
        renewed = len([path for path in hub.paths() if "/resolve/" in path and path.endswith("part-1.safetensors")])
        tally.check(done.returncode == 0 and not fault_of(to, hub.model) and renewed > 3, "a signed address that is taken no more is asked for anew",
                    f"{renewed} times; {done.stderr.strip()}")
    with folder() as to, Hub(some_model(big=200_000)) as hub:
        done = berth.fetch(hub, to, "--rate-limit", "200K", "-o", "json")
        tally.check(done.returncode == 0 and not fault_of(to, hub.model), "a limit of bytes a second is taken", done.stderr.strip())


def disks(tally, berth):
    model = some_model(big=100_000)
    huge = type(model)(model.files, model.large)
    told = huge.entries()
    for entry in told:
        if "lfs" in entry:
            entry["lfs"]["size"] = 1 << 44
    huge.entries = lambda: told
    with folder() as to, Hub(huge) as hub:
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 2 and "does not fit" in done.stderr and str(2 << 44)[:7] in done.stderr and hub.served == 0,
                    "what does not fit is refused with numbers before a byte of it comes", done.stderr.strip())
    with folder() as to, Hub(some_model()) as hub:
        hub.pause = 0.05
        begun = threading.Event()
        hub.on_served = lambda served: begun.set()
        first = subprocess.Popen(berth.command(hub, to), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        began = begun.wait(PATIENCE)
        second = berth.fetch(hub, to)
        tally.check(began and second.returncode == 3 and "another process" in second.stderr, "two processes do not write one model", second.stderr.strip())
        hub.pause = 0
        tally.check(first.wait(PATIENCE) == 0 and not fault_of(to, hub.model), "and the first one is not disturbed")


def in_order(tally, berth):
    with folder() as to, Hub(some_model()) as hub:
        in_the_way = model_folder(to) / "snapshots" / hub.model.commit
        in_the_way.parent.mkdir(parents=True)
        in_the_way.touch()
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 6 and not list(model_folder(to).glob("refs/*")) and hub.served == hub.model.size(),
                    "where the snapshot cannot be made, nothing names it", done.stderr.strip())
        in_the_way.unlink()
        done = berth.fetch(hub, to)
        tally.check(done.returncode == 0 and not fault_of(to, hub.model) and hub.served == hub.model.size(), "and what was fetched stays fetched",
                    done.stderr.strip())


def verified(tally, berth):
    with folder() as to, Hub(some_model()) as hub:
        berth.fetch(hub, to)
        good = berth.verify(to)
        tally.check(good.returncode == 0 and "5 files of 1 model" in good.stdout, "what was fetched is verified", good.stdout.strip())
        path = "weights/part-1.safetensors"
        blob = model_folder(to) / "blobs" / hub.model.hash(path)
        with blob.open("r+b") as file:
            file.seek(777_777)
            byte = file.read(1)
            file.seek(777_777)
            file.write(bytes([byte[0] ^ 4]))
        bad = berth.verify(to)
        tally.check(bad.returncode == 1 and hub.model.hash(path) in bad.stdout and blob.exists(), "one bit of a file is found, named, and left", bad.stdout.strip())
        repaired = berth.verify(to, "--repair", "-o", "json")
        told = json.loads(repaired.stdout)["faults"]
        tally.check(repaired.returncode == 1 and [fault["removed"] for fault in told] == [True] and not blob.exists()
                    and not (model_folder(to) / "refs" / "main").exists() and not list(model_folder(to).glob("snapshots/*")),
                    "repaired, neither it nor what shows it is there", repaired.stdout.strip())
        before = hub.served
        again = berth.fetch(hub, to)
        tally.check(again.returncode == 0 and not fault_of(to, hub.model) and hub.served - before == len(hub.model.files[path]),
                    "the next fetch gets it again, and no other file", f"{hub.served - before} bytes")


# --- Cuts ---

def schedule(berth, seed):
    """One of cuts at bytes of chance, some of an answer's first. What is wrong, or nothing."""
    chance = random.Random(seed)
    model = some_model(seed, big=chance.randrange(400_000, 1_400_000))
    with folder() as to, Hub(model, seed=seed) as hub:
        hub.cuts = chance.randrange(1, 15)
        done = berth.fetch(hub, to, connections=chance.randrange(1, 9))
        if done.returncode != 0:
            return f"seed {seed}: {done.stderr.strip()}"
        if fault := fault_of(to, model):
            return f"seed {seed}: {fault}"
        twice = hub.served - model.size()
        if hub.made_cuts == 0 or twice > hub.made_cuts * PIECE:
            return f"seed {seed}: {twice} bytes came twice after {hub.made_cuts} cuts"
    return ""


def killed(berth, seed):
    """A fetch that is killed after bytes of chance, some after its last byte, until one ends."""
    chance = random.Random(seed)
    model = some_model(seed)
    kills, most, begun_again = 0, chance.randrange(1, 5), 0
    with folder() as to, Hub(model, seed=seed) as hub:
        while True:
            limit = hub.served + chance.randrange(1, max(2, model.size() // 2)) if kills < most else None
            reached = threading.Event()
            hub.on_served = lambda served, limit=limit, reached=reached: reached.set() if limit is not None and served >= limit else None
            process = subprocess.Popen(berth.command(hub, to), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
            ended = threading.Event()
            watcher = threading.Thread(target=lambda: (process.wait(), ended.set(), reached.set()), daemon=True)
            watcher.start()
            if limit is not None:
                if not reached.wait(PATIENCE):
                    process.kill()
                    return f"seed {seed}: nothing came", kills
                # Anywhere in what follows, too: notes, hashes, names.
                ended.wait(chance.random() * 0.02)
                process.send_signal(signal.SIGKILL)
            if not ended.wait(PATIENCE):
                process.kill()
                return f"seed {seed}: it does not end", kills
            if fault := half_seen(to, model):
                return f"seed {seed}: after {kills + 1} kills {fault}", kills
            if process.returncode == 0:
                break
            if process.returncode != -signal.SIGKILL:
                return f"seed {seed}: {process.stderr.read()}", kills
            kills += 1
        if fault := fault_of(to, model):
            return f"seed {seed}: {fault}", kills
        twice = hub.served - model.size()
        # Of each connection the piece that was on its way.
        if twice > kills * CONNECTIONS * PIECE:
            return f"seed {seed}: {twice} bytes came twice after {kills} kills", kills
    return "", kills


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("--schedules", type=int, default=20)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    tally, berth = Tally(), Berth(str(pathlib.Path(asked.berth).resolve()))
    for part in (whole, newer_commit, token, refusals, lies, servers, disks, in_order, verified):
        part(tally, berth)
    faults = [fault for fault in (schedule(berth, SEED + seed) for seed in range(asked.schedules)) if fault]
    tally.check(not faults, f"{asked.schedules} schedules of cuts end with the right bytes, and no cut costs more than a piece", "; ".join(faults[:3]))
    runs = [killed(berth, SEED + seed) for seed in range(asked.kills)]
    faults = [fault for fault, _ in runs if fault]
    tally.check(not faults and sum(kills for _, kills in runs) > 0,
                f"{asked.kills} fetches that are killed and begun again do, and at no moment is half a model seen",
                "; ".join(faults[:3]) or f"{sum(kills for _, kills in runs)} kills")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
