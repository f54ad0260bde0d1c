"""Lines `ok ...` and `not ok ...`, counted."""

from __future__ import annotations

from .api import Answer


class Report:
    def __init__(self, prefix: str):
        self.prefix = prefix
        self.passed = 0
        self.failed = 0

    def check(self, what: str, good: bool, why: object = "") -> bool:
        print(f"{'ok' if good else 'not ok'} {self.prefix}: {what}" + ("" if good else f" | {why}"), flush=True)
        if good:
            self.passed += 1
        else:
            self.failed += 1
        return good

    def allowed(self, what: str, answer: Answer) -> bool:
        return self.check(f"allowed: {what}", answer.good, answer)

    def refused(self, what: str, answer: Answer, by: str, code: int = 403) -> bool:
        """`by` is part of the message of the fence that has to be the one that refuses."""
        return self.check(f"refused by {by}: {what}", answer.code == code and by in answer.message, answer)
