"""What a figure has to be read with: the machine, its load, and what a process holds of it."""

import contextlib
import os
import pathlib
import platform
import re
import statistics


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_gib():
    kib = int(re.search(r"MemTotal:\s+(\d+) kB", pathlib.Path("/proc/meminfo").read_text())[1])
    return kib / 1024 / 1024


def load_average():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def description():
    system = next((line.split("=", 1)[1].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines()
                   if line.startswith("PRETTY_NAME=")), platform.system())
    return (f"{processor()}, {len(os.sched_getaffinity(0))} cores, {memory_gib():.1f} GiB, {system}, "
            f"Linux {platform.release()}")


def resident_mib(pid):
    """(now, highest so far) of one process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024 for name in ("VmRSS", "VmHWM"))


def forget_highest(pid):
    """From here on the highest is what comes: see resident_mib. A kernel that cannot do it leaves it as it was."""
    with contextlib.suppress(OSError):
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def _stat(pid):
    """Fields of /proc/PID/stat from the third on; the second may hold spaces."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _parent(pid):
    return int(_stat(pid)[1])


def cpu_seconds(pid):
    """Of a process with the children it has waited for."""
    fields = _stat(pid)
    return sum(int(fields[at]) for at in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_with_children(pid):
    """Of a process and of all that it started directly: a PostgreSQL server."""
    total = cpu_seconds(pid)
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if _parent(entry.name) == pid:
                total += cpu_seconds(entry.name)
        except OSError:
            continue   # ended between the look and the reading
    return total


def percentile(values, share):
    ordered = sorted(values)
    return ordered[round((len(ordered) - 1) * share)] if ordered else float("nan")


def spread(values, digits=2):
    """Median and range."""
    if not values:
        return "nothing measured"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
