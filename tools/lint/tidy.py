#!/usr/bin/env python3
"""clang-tidy on sources as the development build compiles them.

    tools/lint/tidy.py FILE...      each by itself: it has to stand without the precompiled headers
    tools/lint/tidy.py --together   all of src, several to one translation unit

Most of what clang-tidy does goes to the headers that a source includes, 10 s and more for each source here. So everything is
looked at in translation units of up to TOGETHER sources of one module, which see the same headers once. Sources that do not
compile as one (two have a constant of one name, say) go into a unit with others of their kind; the last is as with FILE.

Exit status 0 when nothing was found.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "tidy"
BUILD = WORK / "build"   # never built: it knows how each source is compiled by itself
TOGETHER = 14
# CMake's precompiled headers, and what makes an object: neither is wanted here.
DROPPED = [r" -Winvalid-pch -Xclang -include-pch -Xclang \S+ -Xclang -include -Xclang \S+", r" -o \S+ -c \S+"]


def commands():
    """Source (absolute) -> compiler's command without its source."""
    found = {}
    configure = ["cmake", "--preset", "dev", "-B", str(BUILD), "-DBERTH_TOGETHER=OFF"]
    subprocess.run(configure, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        command = entry["command"]
        for pattern in DROPPED:
            command = re.sub(pattern, "", command)
        found.setdefault(entry["file"], command)
    return found


def batches(sources, known):
    """Lists of sources of one module that are compiled in the same way."""
    alike = {}
    for source in sources:
        module = pathlib.Path(source).relative_to(ROOT / "src").parts[0]
        alike.setdefault((module, known[source]), []).append(source)
    return [group[i : i + TOGETHER] for group in alike.values() for i in range(0, len(group), TOGETHER)]


class Tidy:
    def __init__(self, known):
        self.known = known

    def unit(self, sources, name):
        """A source that includes them all, in a folder of its own with the command that compiles it."""
        folder = WORK / name
        folder.mkdir(parents=True, exist_ok=True)
        path = pathlib.Path(sources[0])
        if len(sources) > 1:
            path = folder / "together.cpp"
            path.write_text("".join(f'#include "{source}"\n' for source in sources))
        command = f"{self.known[sources[0]]} -c {path}"
        entry = {"directory": str(BUILD), "file": str(path), "command": command}
        (folder / "compile_commands.json").write_text(json.dumps([entry]))
        return folder, path, command

    def apart(self, sources, name):
        """Sources that compile as one, and those that could not join them because of an earlier one's names."""
        _, path, command = self.unit(sources, name)
        syntax = command.split() + ["-fsyntax-only", "-ferror-limit=0"]
        said = subprocess.run(syntax, cwd=BUILD, capture_output=True, text=True)
        if said.returncode == 0:
            return sources, []
        blamed = {match.group(1) for match in re.finditer(r"^(\S+?):\d+:\d+: (?:fatal )?error:", said.stderr, re.M)}
        others = [source for source in sources[1:] if source in blamed] or sources[1:]
        kept = [source for source in sources if source not in others]
        kept, more = self.apart(kept, name) if len(kept) > 1 else (kept, [])
        return kept, more + others

    def look(self, sources, name):
        """What clang-tidy says of them, as (status, text)."""
        later = []
        if len(sources) > 1:
            sources, later = self.apart(sources, name)
        status, text = self.tidy(sources, name)
        if later:
            more = self.look(later, name + "x")
            status, text = max(status, more[0]), text + more[1]
        return status, text

    def tidy(self, sources, name):
        folder, path, _ = self.unit(sources, name)
        # A unit of several includes sources on purpose.
        extra = ["--checks=-bugprone-suspicious-include"] if len(sources) > 1 else []
        said = subprocess.run(
            ["clang-tidy-19", "-p", str(folder), "--quiet", "--extra-arg=-Wno-unused-command-line-argument", *extra, str(path)],
            cwd=ROOT, capture_output=True, text=True)
        text = said.stdout + "".join(
            line for line in said.stderr.splitlines(keepends=True) if not re.search(r"^\d+ warnings? .*generated", line))
        if said.returncode != 0 and not text.strip():
            text = f"{path}: clang-tidy ended with {said.returncode} and said nothing\n"
        return said.returncode, text


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--together", action="store_true")
    arguments.add_argument("files", nargs="*")
    asked = arguments.parse_args()
    known = commands()
    if asked.together:
        sources = sorted(str(path) for path in (ROOT / "src").rglob("*.cpp"))
    else:
        sources = [str(pathlib.Path(path).resolve()) for path in asked.files]
    strangers = [source for source in sources if source not in known]
    for source in strangers:
        print(f"{source}: the development build does not compile it")
    sources = [source for source in sources if source in known]
    work = batches(sources, known) if asked.together else [[source] for source in sources]
    tidy = Tidy(known)
    worst = 1 if strangers else 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for status, text in pool.map(lambda numbered: tidy.look(numbered[1], f"{numbered[0]:03}"), enumerate(work)):
            print(text, end="", flush=True)
            worst = max(worst, 1 if status else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
