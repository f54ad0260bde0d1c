#!/usr/bin/env python3
"""Takes from code-server what a workspace has no use for: trim.py CODE_SERVER DEFAULTS

What others host (an assistant's runtime, a gallery of extensions) goes; what belongs to other systems goes; what is only of
use while building goes. DEFAULTS, a JSON file, become the defaults of the editor's settings, below whatever people set."""

import json
import pathlib
import re
import shutil
import sys

# Of node_modules of the editor itself.
FOREIGN = ("@github", "@microsoft/mxc-sdk")
EXTENSIONS = ("copilot", "tunnel-forwarding")
RIPGREP = "linux-x64"


def remove(path):
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def must(paths, what):
    found = sorted(paths)
    if not found:
        sys.exit(f"trim: no {what}; code-server is laid out otherwise than known here")
    return found


def files(code_server):
    editor = code_server / "lib/vscode"
    for name in FOREIGN:
        remove(must([path for path in [editor / "node_modules" / name] if path.exists()], name)[0])
    for name in EXTENSIONS:
        remove(must([path for path in [editor / "extensions" / name] if path.exists()], name)[0])
    for path in must(editor.glob("node_modules/@vscode/ripgrep-universal/bin/*"), "ripgrep"):
        if path.name != RIPGREP:
            remove(path)
    # node-pty loads its prebuilt module; without it the page is fine and only the terminals stay empty.
    for path in must(editor.glob("node_modules/node-pty/prebuilds/*"), "prebuilt node-pty"):
        if path.name != RIPGREP:
            remove(path)
    for path in must(editor.glob("node_modules/node-pty/third_party"), "node-pty/third_party"):
        remove(path)
    for path in sorted(editor.glob("node_modules/@vscode/sqlite3/deps")):
        remove(path)
    # Of a native build only the modules stay: the rest names the machine's folders and settings.
    for build in sorted(code_server.rglob("node_modules/**/build/Release")):
        for path in sorted(build.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif not path.is_dir() and (path.suffix != ".node" or "obj.target" in path.parts):
                path.unlink()
        for path in sorted(build.parent.iterdir()):
            if path != build and (path.name in ("config.gypi", "Makefile") or path.suffix in (".mk", ".Makefile") or path.name.startswith("node_gyp_bins")):
                remove(path)
    for modules in sorted(path for path in code_server.rglob("node_modules") if path.is_dir()):
        lock = modules / ".package-lock.json"
        if lock.exists():
            lock.unlink()
    for path in sorted(code_server.rglob("*")):
        if path.is_file() and not path.is_symlink() and "node_modules" in path.parts and \
                (path.suffix in (".map", ".o", ".a", ".c", ".cc", ".cpp", ".h") or path.name.endswith((".d.ts", ".d.mts", ".d.cts"))):
            path.unlink()
    for path in sorted(code_server.rglob("*.map")):
        if path.is_file():
            path.unlink()


def patch(path, pattern, replacement, at_least=1, at_most=1):
    text = path.read_text()
    text, count = re.subn(pattern, lambda match: replacement(match), text)
    if not at_least <= count <= at_most:
        sys.exit(f"trim: {path.name} has {count} places like {pattern}, expected {at_least} to {at_most}")
    path.write_text(text)


def settings(code_server, defaults):
    out = code_server / "lib/vscode/out"
    compact = json.dumps(defaults, separators=(",", ":"))
    patch(out / "server-main.js", r"(productConfiguration:[\w$]+),(callbackRoute:)",
          lambda match: f"{match[1]},configurationDefaults:{compact},{match[2]}")
    # Without EXTENSIONS_GALLERY there is no gallery, rather than somebody else's.
    string = r'"(?:[^"\\]|\\.)*"'
    gallery = re.compile(r"(\.extensionsGallery\|\|)\{serviceUrl:(?:" + string + r'|[^"{}]|\{[^"{}]*\})*\}')
    holders = must([path for path in out.rglob("*.js") if gallery.search(path.read_text(errors="ignore"))], "gallery in the bundles")
    for path in holders:
        patch(path, gallery, lambda match: match[1] + "{}", at_most=4)


def main():
    code_server, defaults = map(pathlib.Path, sys.argv[1:])
    files(code_server)
    settings(code_server, json.loads(defaults.read_text()))


if __name__ == "__main__":
    main()
