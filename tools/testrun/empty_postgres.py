"""An empty PostgreSQL as `berth demo` makes it, once for the demos of all suites of a run: initdb takes a second of the processors each
time. A demo takes what is in its folder for its own of before; test/system/demo_test.py has its own made, and compares the two."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

VARIABLE = "BERTH_TEST_POSTGRES"     # where it is; a suite by itself has none, and its demos make their own
INITDB = ("-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--no-sync")
LIMIT_SECONDS = 120


@contextlib.contextmanager
def shared(where):
    """It is there meanwhile, and every child knows of it."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="berth-pg-", dir=where))
    try:
        make(place)
        os.environ[VARIABLE] = str(place / "postgresql")
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(place, ignore_errors=True)


def make(place):
    """In a folder below that one. It refuses to run as root: then it is its own user's."""
    target = place / "postgresql"
    place.chmod(0o755)
    target.mkdir(mode=0o700)
    as_user = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(target, owner.pw_uid, owner.pw_gid)
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    found = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS).stdout.strip()
    programs = found if os.path.exists(f"{found}/initdb") else max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name))
    done = subprocess.run([f"{programs}/initdb", "-D", str(target), *INITDB], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          cwd=target, timeout=LIMIT_SECONDS, check=False, **as_user)
    if done.returncode:
        raise SystemExit(f"initdb for the demos of the suites: {done.stderr.strip()}")
    return target


def give(data):
    """A copy to a demo whose data folder is not there yet, where a run has one to give."""
    if (shared_one := os.environ.get(VARIABLE)) and not data.exists():
        data.mkdir()
        data.chmod(0o711 if os.geteuid() == 0 else 0o700)   # as the demo makes it: root's PostgreSQL has to pass
        subprocess.run(["cp", "--archive", shared_one, str(data / "postgresql")], check=True, timeout=LIMIT_SECONDS)
