"""Writes files into one C++ source as byte arrays: `std::span<const EmbeddedFile> berth::embedded::<name>()`."""

import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--name", required=True)
parser.add_argument("--root", required=True, type=pathlib.Path)
parser.add_argument("--out", required=True, type=pathlib.Path)
parser.add_argument("files", nargs="*", type=pathlib.Path)
options = parser.parse_args()

lines = ['#include <array>', '#include "base/embedded.hpp"', "namespace berth::embedded {", "namespace {"]
entries = []
for index, path in enumerate(sorted(options.files)):
    data = path.read_bytes()
    body = ",".join(str(byte) for byte in data)
    lines.append(f"constexpr unsigned char kBytes{index}[] = {{{body}{',' if data else ''}0}};")
    entries.append(f'    {{"{path.relative_to(options.root).as_posix()}", '
                   f'std::string_view(reinterpret_cast<const char*>(kBytes{index}), {len(data)})}},')
lines.append(f"const std::array<base::EmbeddedFile, {len(entries)}> kFiles{{{{")
lines += entries
lines += ["}};", "}  // namespace", f"std::span<const base::EmbeddedFile> {options.name}() {{ return kFiles; }}",
          "}  // namespace berth::embedded", ""]
options.out.parent.mkdir(parents=True, exist_ok=True)
options.out.write_text("\n".join(lines))
