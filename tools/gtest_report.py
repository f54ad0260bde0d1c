"""What a GoogleTest program's JSON report says: how many tests passed, failed, and were skipped (neither)."""

import json


def counts(path):
    report = json.loads(path.read_text())
    tests = [test for suite in report["testsuites"] for test in suite["testsuite"]]
    ran = [test for test in tests if test["result"] == "COMPLETED"]
    passed = sum(not test.get("failures") for test in ran)
    failed = max(report["failures"] + report["errors"], len(ran) - passed)
    return passed, failed, sum(test["result"] == "SKIPPED" for test in tests)
