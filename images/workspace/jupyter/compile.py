"""Compiles all modules below a folder: compile.py FOLDER PREFIX, where PREFIX is cut off the names that go in."""

import pathlib
import py_compile
import sys

folder, prefix = sys.argv[1:]
for path in sorted(pathlib.Path(folder).rglob("*.py")):
    try:
        py_compile.compile(str(path), dfile=str(path).removeprefix(prefix), doraise=True,
                           invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except py_compile.PyCompileError:
        pass  # Templates and code for other releases of Python lie among them.
