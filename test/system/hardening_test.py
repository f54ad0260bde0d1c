#!/usr/bin/env python3
"""Reads off the program, and off how each of its sources was compiled, that it is hardened (cmake/BerthHardening.cmake)."""

import json
import pathlib
import platform
import re
import subprocess
import sys

from harness import Tally

ENDBR64 = bytes.fromhex("f30f1efa")


def readelf(binary, *what):
    return subprocess.run(["readelf", "-W", *what, str(binary)], check=True, capture_output=True, text=True, timeout=120).stdout


def bytes_of(binary, name, count):
    """The first bytes of a function."""
    address = next(int(line.split()[1], 16) for line in readelf(binary, "-s").splitlines() if line.split()[-1:] == [name])
    for line in readelf(binary, "-l").splitlines():
        part = line.split()
        if part[:1] == ["LOAD"]:
            offset, start, size = int(part[1], 16), int(part[2], 16), int(part[4], 16)
            if start <= address < start + size:
                with open(binary, "rb") as file:
                    file.seek(address - start + offset)
                    return file.read(count)
    return b""


def main(binary):
    tally = Tally()
    binary = pathlib.Path(binary)
    header, segments, dynamic, symbols = (readelf(binary, what) for what in ("-h", "-l", "-d", "--dyn-syms"))
    tally.check("DYN (" in header, "it may lie anywhere in memory (PIE)")
    tally.check("GNU_RELRO" in segments and re.search(r"FLAGS.*\bBIND_NOW\b|FLAGS_1.*\bNOW\b", dynamic) is not None,
                "what the loader has written is read-only once it runs (full RELRO)")
    stack = next((line for line in segments.splitlines() if "GNU_STACK" in line), "")
    tally.check(" RW " in stack and "RWE" not in stack, "nothing on the stack is run", stack.strip())
    tally.check(not re.search(r"LOAD.* RWE ", segments), "nothing is written and run")
    tally.check("__stack_chk_fail" in symbols, "functions look after their return address")
    tally.check("TEXTREL" not in dynamic and "RUNPATH" not in dynamic and "RPATH" not in dynamic, "libraries come from where the system has them")
    if platform.machine() == "x86_64":
        tally.check(bytes_of(binary, "main", 4) == ENDBR64, "jumps land where they may (control flow protection)")
    wanted = ["-fstack-protector-strong", "-ftrivial-auto-var-init=zero", "-fPIE"]
    commands = json.loads((binary.parent.parent / "compile_commands.json").read_text())
    own = [one for one in commands if "/src/" in one["file"]]
    bare = [f'{pathlib.Path(one["file"]).name} lacks {flag}' for one in own for flag in wanted if flag not in one["command"]]
    optimised = [one for one in own if re.search(r" -O[23] ", one["command"])]
    bare += [f'{pathlib.Path(one["file"]).name} lacks _FORTIFY_SOURCE' for one in optimised if "-D_FORTIFY_SOURCE=3" not in one["command"]]
    tally.check(own and not bare, "every source is compiled so", f"{len(own)} sources" + "".join(f"\n  {one}" for one in bare[:5]))
    return tally.close()


sys.exit(main(sys.argv[1]))
