"""A terminal in a workspace, as the editor has one: a shell that stays, and lines that are typed into it."""

from __future__ import annotations

import base64
import json
import queue
import subprocess
import threading
import time
import uuid

ENDS_WITHIN_S = 30   # after its own limit: the machine may be busy


class Terminal:
    def __init__(self, command):
        self._command = command
        self._shell = None

    def type(self, line, given, limit_s):
        """Status and words of a line of bash, which reads `given` as JSON."""
        if self._shell is None or self._shell.poll() is not None:
            self._open()
        mark = f"end-{uuid.uuid4()}"
        def quoted(text):
            return base64.b64encode(text.encode()).decode()
        typed = (f"printf %s {quoted(line)} | base64 -d >/tmp/.line; printf %s '{quoted('' if given is None else json.dumps(given))}' | base64 -d | "
                 f"timeout -k 5 {limit_s} bash /tmp/.line 2>&1; printf '\\n{mark} %s\\n' $?\n")
        try:
            self._shell.stdin.write(typed)
            self._shell.stdin.flush()
        except BrokenPipeError:
            self.close()
            return 255, "the terminal was closed"
        return self._answer(mark, limit_s + ENDS_WITHIN_S)

    def _answer(self, mark, limit_s):
        said, until = [], time.monotonic() + limit_s
        while True:
            try:
                one = self._lines.get(timeout=max(0.1, until - time.monotonic()))
            except queue.Empty:
                self.close()
                return 124, f"no end within {limit_s} s: " + "".join(said)[-500:]
            if one is None:
                self.close()
                return 255, "the terminal was closed: " + "".join(said)[-500:]
            if one.startswith(mark):
                return int(one.split()[1]), "".join(said)
            said.append(one)

    def _open(self):
        self._shell = subprocess.Popen([*self._command, "bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       errors="replace")
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(self._shell, self._lines), daemon=True).start()

    @staticmethod
    def _read(shell, lines):
        for one in shell.stdout:
            lines.put(one)
        lines.put(None)

    def close(self):
        if self._shell is not None:
            self._shell.kill()
            self._shell.wait()
            self._shell = None
