#!/usr/bin/env python3
"""Holds each module to the DEPS of its berth_module line: an include of any other module is an arrow too many."""

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

print("\n".join(faults) if faults else "includes: every arrow is allowed")
sys.exit(1 if faults else 0)
