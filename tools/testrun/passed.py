"""Which suites passed on a tree, so that a run that was cut goes on where it was. What failed runs again, and with one changed
file all do."""

import hashlib
import json
import subprocess

from .times import write


def tree(root):
    """A hash of all files that are, or would be, in the repository, as they lie there."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, check=True).stdout
    whole = hashlib.sha256()
    for name in sorted({one for one in listed.split(b"\0") if one}):
        path = root / name.decode("utf-8", "surrogateescape")
        content = path.read_bytes() if path.is_file() else b"none"
        whole.update(name + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()


def read(path, of_tree):
    """{name: [passed, skipped]} of that tree; nothing where the file is of another, or none that can be read."""
    try:
        kept = json.loads(path.read_text())
        if kept["tree"] != of_tree:
            return {}
        return {str(name): [int(passed), int(skipped)] for name, (passed, skipped) in kept["passed"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def add(path, of_tree, name, counts):
    """One more that passed, on the disk at once: whoever is cut off next loses nothing."""
    write(path, {"tree": of_tree, "passed": {**read(path, of_tree), name: [counts.passed, counts.skipped]}})
