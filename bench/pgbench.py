"""pgbench, and what it says."""

import os
import pathlib
import subprocess
import time

from machine import percentile

HERE = pathlib.Path(__file__).resolve().parent


def program():
    """Debian keeps it beside the server, outside of the PATH."""
    folder = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
    for found in (f"{folder}/pgbench", "/usr/lib/postgresql/15/bin/pgbench"):
        if os.access(found, os.X_OK):
            return found
    raise AssertionError("pgbench is not installed")


def warm_seconds(clients):
    """The first seconds are no part of what is measured: connections are made, and each plans its statements and fills its caches."""
    return 1 + clients // 32


def run(rig, script, clients, seconds, warm=None, **variables):
    """Transactions of one script in the last `seconds` of its run; the most that one client made in all of it is told too."""
    warm = warm_seconds(clients) if warm is None else warm
    given = [f"-D{name}={value}" for name, value in {"clients": clients, **variables}.items()]
    logs = rig.place / "pgbench"
    counts_from = time.time() + warm
    done = subprocess.run([program(), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(warm + seconds), "-l",
                           "--log-prefix", str(logs), *given, "-f", str(HERE / script), rig.url("owner")],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=warm + seconds + 120)
    assert done.returncode == 0, f"{script}: {done.stderr[-2000:]}"
    ends, took, of_client = [], [], {}
    for file in rig.place.glob(f"{logs.name}.*"):
        for line in file.read_text().splitlines():
            client, _, micros, _, second, part = line.split()[:6]
            took.append(int(micros) / 1000)
            ends.append(int(second) + int(part) / 1e6)
            of_client[client] = of_client.get(client, 0) + 1
        file.unlink()
    span = max(ends, default=0) - counts_from
    millis = [one for end, one in zip(ends, took) if end > counts_from]
    return {"per_second": len(millis) / span if millis else 0.0, "p50_ms": percentile(millis, 0.5), "p99_ms": percentile(millis, 0.99),
            "p999_ms": percentile(millis, 0.999), "highest_ms": max(millis, default=float("nan")), "good": len(took), "refused": 0,
            "most_of_a_client": max(of_client.values(), default=0)}
