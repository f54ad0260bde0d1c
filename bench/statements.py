"""What a booking asks of PostgreSQL, by pg_stat_statements: the statements that take longest, per booking."""

import pathlib
import subprocess

SHOWN = 24
WIDTH = 110


class Profile:
    def __init__(self, rig, say):
        self.rig, self.say = rig, say
        self.owner = dict(part.split("=", 1) for part in rig.url("owner").split())
        self._super("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _super(self, statement):
        """As the superuser, whom the socket's folder lets in: the library tells others nothing of it."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                               f"host={self.owner['host']} dbname={self.owner['dbname']} user=postgres"],
                              input=statement, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def _totals(self):
        fields = ("SELECT xact_commit, xact_rollback, blks_hit, blks_read FROM pg_stat_database WHERE datname = current_database()",
                  "SELECT wal_records, wal_bytes, wal_write, wal_sync FROM pg_stat_wal")
        return [float(value) for statement in fields for value in self._super(statement)[0]]

    def of(self, bookings, clients, seconds):
        bookings.one_portal(clients, 1)   # connections and plans are warm
        self._super("SELECT pg_stat_statements_reset()")
        before = self._totals()
        result = bookings.one_portal(clients, seconds)
        booked = max(1, result["good"])
        commits, rollbacks, hit, read, records, wal, writes, syncs = (
            (after - was) / booked for was, after in zip(before, self._totals()))
        self.say(f"  {clients} client{'s' if clients > 1 else ''}: {result['per_second']:.0f} bookings per s, {result['good']} booked, "
                 f"{result['refused']} not; p50 {result['p50_ms']:.1f}, p99 {result['p99_ms']:.1f} ms")
        self.say("    of the machine: " + ", ".join(f"{name} {part:.0%}" for name, part in result["share"].items()))
        self.say(f"    a booking: {commits:.2f} commits, {rollbacks:.2f} rollbacks, {hit:.0f} blocks found, {read:.2f} read, "
                 f"{records:.1f} records and {wal:.0f} bytes of WAL, {writes:.3f} writes and {syncs:.3f} syncs of it")
        self.say("    per booking:    calls      rows        ms    blocks   WAL bytes   (nested: called by a function or a trigger)")
        rows = self._super((pathlib.Path(__file__).resolve().parent / "statements.sql").read_text())
        for calls, rows_, millis, blocks, wal_bytes, nested, text in rows[:SHOWN]:
            figures = "".join(f"{float(value) / booked:10.3f}" for value in (calls, rows_, millis))
            self.say(f"                 {figures}{float(blocks) / booked:10.1f}{float(wal_bytes) / booked:12.0f}   "
                     f"{'nested ' if nested == 't' else ''}{text[:WIDTH]}")
        self.say(f"    all of {len(rows)} statements that are not nested: "
                 f"{sum(float(row[2]) for row in rows if row[5] != 't') / booked:.3f} ms a booking")
