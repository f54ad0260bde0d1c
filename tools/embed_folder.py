"""Puts a whole folder into one C++ source, each compressible file also as gzip: `std::span<const EmbeddedFile>
berth::embedded::<name>()`. The bytes come in by the assembler, which takes no time however many there are."""

import argparse
import gzip
import pathlib

COMPRESSIBLE = {".html", ".js", ".css", ".svg", ".json", ".wasm", ".webmanifest"}

parser = argparse.ArgumentParser()
parser.add_argument("--name", required=True)
parser.add_argument("--folder", required=True, type=pathlib.Path)
parser.add_argument("--work", required=True, type=pathlib.Path, help="where compressed copies are kept")
parser.add_argument("--out", required=True, type=pathlib.Path)
options = parser.parse_args()

entries = []
for path in sorted(p for p in options.folder.rglob("*") if p.is_file()) if options.folder.is_dir() else []:
    name = path.relative_to(options.folder).as_posix()
    copy = options.work / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(path.read_bytes())
    entries.append((name, copy))
    if path.suffix in COMPRESSIBLE:
        squeezed = copy.with_name(copy.name + ".gz")
        squeezed.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        entries.append((name + ".gz", squeezed))

lines = ["#include <array>", '#include "base/embedded.hpp"']
for index, (_, path) in enumerate(entries):
    lines.append(f'asm(".pushsection .rodata\\n.balign 16\\n{options.name}_{index}:\\n.incbin \\"{path}\\"\\n'
                 f'{options.name}_{index}_end:\\n.popsection\\n");')
lines += ['extern "C" {']
for index in range(len(entries)):
    for part in (f"{options.name}_{index}", f"{options.name}_{index}_end"):
        lines.append(f'__attribute__((visibility("hidden"))) extern const char {part}[];')
lines += ["}", "namespace berth::embedded {"]
lines.append(f"std::span<const base::EmbeddedFile> {options.name}() {{")
if entries:
    lines.append(f"  static const std::array<base::EmbeddedFile, {len(entries)}> files{{{{")
    for index, (name, path) in enumerate(entries):
        lines.append(f'    {{"{name}", std::string_view({options.name}_{index}, {path.stat().st_size})}},')
    lines += ["  }};", "  return files;"]
else:
    lines.append("  return {};")
lines += ["}", "}  // namespace berth::embedded", ""]
options.out.parent.mkdir(parents=True, exist_ok=True)
options.out.write_text("\n".join(lines))
