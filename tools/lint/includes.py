#!/usr/bin/env python3
"""Holds each module to the DEPS of its berth_module line: an include of any other module is an arrow too many. And what
others call of the store, its own tests reach."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LINE = re.compile(r"berth_module\((\w+)([^)]*)\)", re.S)
INCLUDE = re.compile(r'^#include "(\w+)/')

allowed = {}
for name, rest in LINE.findall((ROOT / "CMakeLists.txt").read_text()):
    words = re.split(r"\s+", rest.strip())
    section = None
    lists = {"DEPS": [], "TEST_DEPS": []}
    for word in words:
        if word in ("DEPS", "LIBS", "TEST_DEPS", "TEST_LIBS"):
            section = word
        elif section in lists:
            lists[section].append(word)
    allowed[name] = (set(lists["DEPS"]) | {name}, set(lists["TEST_DEPS"]))

faults = []
for source in sorted((ROOT / "src").rglob("*.[ch]pp")):
    module = source.relative_to(ROOT / "src").parts[0]
    if module == "app":
        continue   # it joins everything
    deps, test_deps = allowed.get(module, (set(), set()))
    is_test = source.stem.endswith("_test") or "test" in source.stem.split("_") or source.stem in ("fixture",)
    for number, line in enumerate(source.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found and found[1] in allowed and found[1] not in deps and not (is_test and found[1] in test_deps):
            faults.append(f"{source.relative_to(ROOT)}:{number}: {module} may not include {found[1]}")

# A header that the product includes and no test of the store's does, not even by way of another, is a resource without a test.
includes = {path.relative_to(ROOT / "src").as_posix(): re.findall(r'^#include "([\w/]+\.hpp)"', path.read_text(), re.M)
            for path in (ROOT / "src").rglob("*.[ch]pp")}
reached, ahead = set(), [name for name in includes if re.fullmatch(r"store/\w+_test\.cpp", name)]
while ahead:
    name = ahead.pop()
    if name not in reached:
        reached.add(name)
        ahead += includes.get(name, [])
for name, headers in sorted(includes.items()):
    if not name.startswith(("store/", "storetwin/")) and not name.endswith("_test.cpp"):
        faults += [f"src/{name}: no test of the store includes {header}" for header in headers
                   if header.startswith("store/") and header not in reached]

print("\n".join(faults) if faults else "includes: every arrow is allowed")
sys.exit(1 if faults else 0)
