#!/usr/bin/env python3
"""Runs a command to its end and collects what it left behind, so that all of it counts as this one's use of the processors.

A browser's processes are killed, and not waited for by the one that started them: they would be nobody's. What still runs
when the command has ended is left alone. Signals are the command's to answer: it is in our group, and they reach it too.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36   # <linux/prctl.h>


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(command):
    told = []
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: told.append(number))   # not ignored, for that the command would inherit
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)   # who starts us holds them back until now
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        child = subprocess.Popen(command)
    except OSError as fault:
        print(f"it cannot be started: {fault}")
        return 127
    for number in told:   # before there was a command to hear it
        child.send_signal(number)
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            break
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
