"""A PostgreSQL of a suite's own, as a site would have one."""

import os
import pathlib
import pwd
import subprocess


class PrivatePostgres:
    """A server in a folder, reachable through a socket there and nothing else. It refuses to run as root: then it is its
    own user's."""

    def __init__(self, place):
        self.bin = pathlib.Path(subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
        if not (self.bin / "initdb").exists():
            self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
        self.data, self.socket = place / "pg", place / "s"
        self.as_user = {}
        for path in (self.data, self.socket):
            path.mkdir(mode=0o700)
            if os.geteuid() == 0:
                owner = pwd.getpwnam("postgres")
                os.chown(path, owner.pw_uid, owner.pw_gid)
                self.as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def run(self, *command):
        # pg_ctl's output goes to a file: the server keeps what it was given open.
        done = subprocess.run([str(self.bin / command[0]), *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE if command[0] != "pg_ctl" else subprocess.DEVNULL, cwd=self.data, timeout=120,
                              **self.as_user)
        assert done.returncode == 0, f"{command}: {done.stderr}"

    def start(self):
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync")
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o",
                 f"-c listen_addresses='' -c unix_socket_directories={self.socket} -c fsync=off", "start")

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def url(self, user, database="berth"):
        return f"host={self.socket} dbname={database} user={user}"

    def sql(self, statement, user="postgres", database="berth"):
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(user, database), "-c", statement],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()
