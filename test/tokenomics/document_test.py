#!/usr/bin/env python3
"""docs/tokenomics.md says what the program prints: document_test.py BERTH

Each line `berth cost ... # TEXT | TEXT` in its blocks of commands is run, and each TEXT has to be in what it prints,
however many blanks are between the words.
"""
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LEAST_COMMANDS = 20


def commands():
    with open(os.path.join(ROOT, "docs", "tokenomics.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    for line in "".join(blocks).splitlines():
        command, mark, texts = line.partition(" # ")
        if not mark or not command.startswith("berth cost "):
            sys.exit(f"not a command with what it prints: {line}")
        yield command.split(), [" ".join(text.split()) for text in texts.split("|")]


def main():
    berth = os.path.abspath(sys.argv[1])
    printed = {}
    at_fault = set()
    count = 0
    for command, texts in commands():
        count += 1
        asked = shlex.join(command)
        if asked not in printed:
            done = subprocess.run([berth, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
            printed[asked] = " ".join(done.stdout.split())
        for text in texts:
            if text not in printed[asked]:
                at_fault.add(count)
                print(f"{asked} does not print: {text}")
    if count < LEAST_COMMANDS:
        sys.exit(f"{count} commands found; at least {LEAST_COMMANDS} are expected")
    print(f"{count - len(at_fault)} passed, {len(at_fault)} failed")
    return 1 if at_fault else 0


if __name__ == "__main__":
    sys.exit(main())
