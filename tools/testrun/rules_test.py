#!/usr/bin/env python3
"""The rules of the test run itself. The last line is "N passed, N failed"."""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
import types
import unittest
import unittest.mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from testrun import empty_postgres, passed, process, schedule, suites, times  # noqa: E402  (the path has to be set first)
from testrun.schedule import Job, Machine, Needs  # noqa: E402

TWO = Machine(cpu=2, memory_gib=8)


def job(name, seconds=10, **needs):
    return Job(name, Needs(**needs), seconds)


def names(jobs):
    return [one.name for one in jobs]


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def together(done):
    """Every set of jobs that ran at one instant."""
    return [[job for start, end, job in done if start <= at < end] for at, _, _ in done]


class WhatRootAloneRuns(unittest.TestCase):
    def read(self, extra):
        suite = {"name": "a", "command": ["x"], "limit_seconds": 1, "seconds": 1, **extra}
        return suites.read(json.dumps({"suites": [suite]}), pathlib.Path("build"), pathlib.Path("clusters"), False)[0]

    def test_is_said_in_the_table(self):
        self.assertTrue(self.read({"as": "root"}).root_only)
        self.assertFalse(self.read({}).root_only)
        with self.assertRaises(ValueError):
            self.read({"as": "admin"})


class WhatPassedBefore(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.kept = self.root / "kept" / "passed.json"
        subprocess.run(["git", "init", "-q", self.root], check=True, stdin=subprocess.DEVNULL)
        (self.root / ".gitignore").write_text("kept/\n")
        (self.root / "source").write_text("one")

    def test_counts_on_the_tree_on_which_it_did_and_on_no_other(self):
        before = passed.tree(self.root)
        passed.add(self.kept, before, "a suite", types.SimpleNamespace(passed=3, skipped=1))
        passed.add(self.kept, before, "another", types.SimpleNamespace(passed=2, skipped=0))
        self.assertEqual(passed.read(self.kept, passed.tree(self.root)), {"a suite": [3, 1], "another": [2, 0]})
        for change in (lambda: (self.root / "source").write_text("two"), lambda: (self.root / "new").write_text(""),
                       lambda: (self.root / "source").unlink()):
            was = passed.tree(self.root)
            change()
            self.assertNotEqual(passed.tree(self.root), was)
            self.assertEqual(passed.read(self.kept, passed.tree(self.root)), {})
        passed.add(self.kept, "later", "a suite", types.SimpleNamespace(passed=1, skipped=0))
        self.assertEqual(passed.read(self.kept, before), {})

    def test_a_memory_that_cannot_be_read_is_none(self):
        self.kept.parent.mkdir()
        for text in ("", "[]", '{"tree": "x"}', '{"tree": "x", "passed": {"a": 3}}'):
            self.kept.write_text(text)
            self.assertEqual(passed.read(self.kept, "x"), {})


class WhatGoesSideBySide(unittest.TestCase):
    def test_the_longest_that_fits_is_next(self):
        waiting = [job("short", 5), job("long", 50), job("longest, too large", 90, cpu=1.5)]
        self.assertEqual(schedule.next_to_start(waiting, [job("runs")], TWO).name, "long")

    def test_nothing_starts_beside_what_fills_the_machine(self):
        self.assertIsNone(schedule.next_to_start([job("small", cpu=0.1)], [job("runs", cpu=2)], TWO))

    def test_memory_counts_as_well(self):
        self.assertIsNone(schedule.next_to_start([job("large", cpu=0.1, memory_gib=5)], [job("runs", cpu=0.1, memory_gib=4)], TWO))

    def test_what_asks_for_more_than_the_machine_runs_alone(self):
        giant = job("giant", 1, cpu=9, memory_gib=99)
        self.assertEqual(schedule.next_to_start([giant], [], TWO), giant)
        self.assertIsNone(schedule.next_to_start([giant], [job("runs", cpu=0.1)], TWO))

    def test_a_cluster_serves_one_suite_at_a_time(self):
        running = [job("a", cpu=0.1, cluster="plain")]
        waiting = [job("b", 90, cpu=0.1, cluster="plain"), job("c", 1, cpu=0.1, cluster="openshift")]
        self.assertEqual(schedule.next_to_start(waiting, running, TWO).name, "c")

    def test_suites_of_one_cluster_weigh_together(self):
        row = [job(f"row {i}", 30, cluster="plain") for i in range(3)]
        self.assertEqual(schedule.next_to_start([job("alone", 80), *row], [], TWO).name, "row 0")
        self.assertEqual(schedule.next_to_start([job("alone", 100), *row], [], TWO).name, "alone")

    def test_whatever_there_is_to_run_all_of_it_runs_and_nothing_beyond_the_machine(self):
        import random
        for seed in range(300):
            dice = random.Random(seed)
            jobs = [job(str(i), dice.randint(0, 60), cpu=dice.choice([0.1, 0.5, 1, 1.7, 3]), memory_gib=dice.choice([0.1, 2, 5, 9]),
                        cluster=dice.choice([None, None, "plain", "openshift"])) for i in range(dice.randint(0, 25))]
            done = schedule.simulate(jobs, TWO)
            self.assertEqual(sorted(names(one for _, _, one in done)), sorted(names(jobs)))
            for side in together(done):
                clusters = [one.needs.cluster for one in side if one.needs.cluster]
                self.assertEqual(len(clusters), len(set(clusters)))
                if len(side) > 1:
                    self.assertLessEqual(sum(one.needs.cpu for one in side), TWO.cpu + 1e-6)
                    self.assertLessEqual(sum(one.needs.memory_gib for one in side), TWO.memory_gib + 1e-6)

    def test_it_ends_when_it_must_for_two_equal_rows(self):
        jobs = [job(f"{flavour} {i}", 60, cluster=flavour) for flavour in ("plain", "openshift") for i in range(4)]
        self.assertEqual(max(end for _, end, _ in schedule.simulate(jobs, TWO)), 240)


class WhatIsKept(unittest.TestCase):
    def test_the_usual_time_is_the_middle_of_the_last_five(self):
        kept = {}
        for seconds in (500, 10, 30, 20, 40, 11):
            kept = times.with_run(kept, "a", seconds)
        self.assertEqual(kept, {"a": [10, 30, 20, 40, 11]})
        self.assertEqual(times.usual(kept, "a"), 20)
        self.assertEqual(times.usual(kept, "b", 7), 7)

    def test_growth_is_told_beyond_a_fifth_and_some_seconds(self):
        kept = {"long": [100.0], "short": [2.0]}
        self.assertEqual(times.growth(kept, "long", 121), "long took 121 s, before 100 s")
        self.assertIsNone(times.growth(kept, "long", 119))
        self.assertIsNone(times.growth(kept, "short", 6))
        self.assertIsNone(times.growth(kept, "new", 600))

    def test_a_file_that_cannot_be_read_is_no_memory(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "of" / "times.json"
            self.assertEqual(times.read(path), {})
            times.write(path, {"a": [1.0]})
            self.assertEqual(times.read(path), {"a": [1.0]})
            for broken in ("", "[1]", '{"a": 1}', '{"a": ["x"]}'):
                path.write_text(broken)
                self.assertEqual(times.read(path), {}, broken)

    def test_the_slowest_come_first(self):
        self.assertEqual(times.slowest({"a": 1, "b": 3, "c": 2}, 2, {"b": 12.5}),
                         ["    3.0 s     12.5 s of a processor  b", "    2.0 s      0.0 s of a processor  c"])


class WhatCounts(unittest.TestCase):
    def counted(self, *lines, code=0):
        counts = process.counts_of_suite(list(lines)).with_exit(code)
        return counts.passed, counts.failed, counts.skipped

    def test_the_last_line_counts(self):
        self.assertEqual(self.counted("1 passed, 1 failed", "7 passed, 0 failed"), (7, 0, 0))
        self.assertEqual(self.counted("2 skipped", "7 passed, 0 failed"), (7, 0, 2))

    def test_what_says_nothing_or_dies_has_failed(self):
        self.assertEqual(self.counted(), (0, 1, 0))
        self.assertEqual(self.counted("0 passed, 0 failed"), (0, 1, 0))
        self.assertEqual(self.counted("7 passed, 0 failed", "and more"), (0, 1, 0))
        self.assertEqual(self.counted("7 passed, 0 failed", code=1), (7, 1, 0))
        self.assertEqual(self.counted("7 passed, 0 failed", code="timeout"), (7, 1, 0))
        self.assertEqual(self.counted("7 passed, 2 failed", code=1), (7, 2, 0))

    def test_what_failed_is_picked_out(self):
        lines = ["ok this holds", "not ok that holds (x", "y)", "[  FAILED  ] Suite.Test (3 ms)", "[  FAILED  ] Suite.Test (3 ms)",
                 "  ✘  1 [rest] › a page", "FAIL: test_it (Class)", "not okay", "not ok " + "long " * 100, "1 passed, 9 failed"]
        why = ["a/b_test.cpp:12: Failure", "    Error: expect(locator).toHaveCount(expected) failed", "    > 69 |   await expect(it)"]
        self.assertEqual(process.complaints([*why, "      70 |   more", "Error: of no test"]), [line.strip() for line in why])
        told = process.complaints(lines)
        self.assertEqual(told[:-1], ["not ok that holds (x", "[  FAILED  ] Suite.Test (3 ms)", "✘  1 [rest] › a page", "FAIL: test_it (Class)"])
        self.assertEqual(len(told[-1]), process.COMPLAINT_CHARACTERS)

    def run_it(self, *command, limit=300.0):
        with tempfile.TemporaryDirectory() as folder:
            suite = types.SimpleNamespace(command=command, is_program=False, environment={"WORD": "here"}, limit_seconds=limit,
                                          cluster_folder=None)
            run = process.Running(suite, pathlib.Path(folder) / "it.log")
            while not run.ended():
                pass
            return run.code(), run.output(), run.counts()

    def test_a_suite_runs_with_its_environment_to_its_end(self):
        code, output, counts = self.run_it("sh", "-c", 'echo "$WORD"; echo "1 passed, 0 failed"')
        self.assertEqual((code, output, counts.passed, counts.failed), (0, ["here", "1 passed, 0 failed"], 1, 0))

    def test_one_that_cannot_be_started_has_failed(self):
        code, output, counts = self.run_it("/nowhere/to/be/found")
        self.assertEqual((code, counts.passed, counts.failed), (127, 0, 1))
        self.assertIn("/nowhere/to/be/found", output[0])

    def test_one_beyond_its_limit_is_stopped_with_all_that_it_started_and_has_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            command = ("sh", "-c", 'trap "echo told; exit 3" TERM INT; sleep 600 & echo $!; wait')
            suite = types.SimpleNamespace(command=command, is_program=False, environment={}, limit_seconds=600, cluster_folder=None)
            run = process.Running(suite, pathlib.Path(folder) / "it.log")
            until = time.monotonic() + 60
            while not run.output() and time.monotonic() < until:
                time.sleep(0.01)
            self.assertFalse(run.ended())
            suite.limit_seconds = 0
            self.assertTrue(run.ended())
            self.assertEqual((run.code(), run.output()[1:], run.counts().failed), ("timeout", ["told"], 1))
            until = time.monotonic() + 10
            while runs(run.output()[0]) and time.monotonic() < until:
                time.sleep(0.01)
            self.assertFalse(runs(run.output()[0]))

    def test_one_that_is_stopped_as_it_starts_leaves_no_trace_of_ours(self):
        with tempfile.TemporaryDirectory() as folder:
            suite = types.SimpleNamespace(command=("sleep", "600"), is_program=False, environment={}, limit_seconds=0, cluster_folder=None)
            run = process.Running(suite, pathlib.Path(folder) / "it.log")
            while not run.ended():
                pass
            self.assertEqual((run.code(), run.output()), ("timeout", []))


class WhatItTakesOfTheProcessors(unittest.TestCase):
    def taken(self, command, cluster=None):
        with tempfile.TemporaryDirectory() as folder:
            suite = types.SimpleNamespace(command=("sh", "-c", command), is_program=False, environment={}, limit_seconds=60,
                                          cluster_folder=cluster)
            run = process.Running(suite, pathlib.Path(folder) / "it.log")
            while not run.ended():
                time.sleep(0.01)
            return run.processor_seconds()

    def test_of_it_and_of_what_it_waited_for_and_not_of_its_sleep(self):
        busy = "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'"
        self.assertGreater(self.taken(f"{busy}; {busy}"), self.taken("sleep 0.2"))

    def test_of_what_it_killed_and_did_not_wait_for(self):
        left = "sh -c 'while :; do :; done & echo $! >left; sleep 1; kill -9 $(cat left)'"
        with tempfile.TemporaryDirectory() as folder:
            self.assertGreater(self.taken(f"cd {folder}; sh -c {shlex.quote(left)}; sleep 0.2"), 0.03)

    def test_of_the_cluster_in_its_time(self):
        with tempfile.TemporaryDirectory() as folder:
            pids = pathlib.Path(folder) / "pids"
            pids.mkdir()
            part = subprocess.Popen(["sh", "-c", "while :; do :; done"])
            try:
                (pids / "1-part.json").write_text(json.dumps({"name": "part", "pid": part.pid, "started": 1}))
                while process.processor_seconds_of(part.pid) < 0.3:
                    time.sleep(0.01)
                before = process.processor_seconds_of_cluster(pathlib.Path(folder))
                taken = self.taken("sleep 0.5", pathlib.Path(folder))
                self.assertGreater(taken, 0)
                self.assertLessEqual(taken, process.processor_seconds_of_cluster(pathlib.Path(folder)) - before + 0.2)
            finally:
                part.kill()
                part.wait()
            self.assertEqual(process.processor_seconds_of_cluster(pathlib.Path(folder)), 0)


class WhatThereIs(unittest.TestCase):
    def test_the_file_of_suites_is_read(self):
        text = suites.SUITES.read_text()
        gate = suites.read(text, pathlib.Path("/b"), pathlib.Path("/c"), False)
        everything = suites.read(text, pathlib.Path("/b"), pathlib.Path("/c"), True)
        self.assertLess(set(names(gate)), set(names(everything)))
        for suite in everything:
            self.assertLess(suite.seconds, suite.limit_seconds, suite.name)
            program = suites.ROOT / suite.command[suite.command.index("--") + 1 if suite.needs.cluster else 0]
            self.assertTrue(program.exists(), program)
        known = {"programs", "suites"}
        self.assertEqual(set(json.loads(text)), known)

    def test_a_suite_of_a_cluster_runs_on_the_shared_one(self):
        text = json.dumps({"suites": [{"name": "a", "command": ["x", "{build}/y"], "limit_seconds": 9, "seconds": 1,
                                       "needs": {"cluster": "plain", "cpu": 0.3}}]})
        suite, = suites.read(text, pathlib.Path("/b"), pathlib.Path("/c"), False)
        self.assertEqual((suite.command[0], suite.command[1:4], suite.command[6:]),
                         (str(suites.SHARED), ("run", "--root", "/c"), ("--plain", "--", "x", "/b/y")))
        self.assertEqual((suite.needs.cpu, suite.needs.memory_gib), (0.3, 0.5 + suites.CLUSTER_MEMORY_GIB))

    def test_a_field_that_nobody_reads_is_refused(self):
        with self.assertRaisesRegex(ValueError, "a: unknown field limit"):
            suites.read(json.dumps({"suites": [{"name": "a", "limit": 1}]}), "/b", "/c", True)


class EmptyPostgres(unittest.TestCase):
    def test_a_demo_gets_a_copy_where_it_has_nothing_and_the_run_has_one(self):
        with tempfile.TemporaryDirectory() as place, unittest.mock.patch.dict(os.environ):
            one, data = pathlib.Path(place) / "postgresql", pathlib.Path(place) / "data"
            one.mkdir()
            (one / "PG_VERSION").write_text("15")
            os.environ.pop(empty_postgres.VARIABLE, None)
            empty_postgres.give(data)
            self.assertFalse(data.exists())
            os.environ[empty_postgres.VARIABLE] = str(one)
            empty_postgres.give(data)
            (data / "postgresql" / "PG_VERSION").write_text("its own")
            empty_postgres.give(data)
            self.assertEqual([(it / "PG_VERSION").read_text() for it in (one, data / "postgresql")], ["15", "its own"])
            self.assertEqual(data.stat().st_mode & 0o066, 0)


def main():
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed", flush=True)
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
