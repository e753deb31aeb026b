# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Outcomes against the known failures: what is printed, what is written, and whether all is as expected.

known_failures.txt holds one test a line, as `VERSION/KIND/NAME: reason`; a line that starts with # is a comment.
"""

import csv
import json
import math

from suite import SuiteError


def read_known(file, keys):
    """The known failures of `file`: key to reason. Every one is among `keys`, those of all lists."""
    known = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, colon, reason = line.partition(":")
        place = f"{file}:{number}"
        if not colon or not reason.strip():
            raise SuiteError(f"{place}: no reason; write `VERSION/KIND/NAME: reason`")
        if key not in keys:
            raise SuiteError(f"{place}: {key} is in no list")
        if key in known:
            raise SuiteError(f"{place}: {key} is here twice")
        known[key] = reason.strip()
    return known


def verdict(outcome, known):
    """passed, failed, known (a failure) or unexpected (a pass)."""
    if outcome.test.key in known:
        return "unexpected" if outcome.passes else "known"
    return "passed" if outcome.passes else "failed"


def summary(outcomes, known):
    """Per list how many of its tests pass, and a line for each that is not simply a pass."""
    lines = []
    for name in dict.fromkeys(outcome.test.list for outcome in outcomes):
        of_list = [outcome for outcome in outcomes if outcome.test.list == name]
        passed = sum(outcome.passes for outcome in of_list)
        lines.append(f"{name}: {passed} / {len(of_list)} passed")
        for outcome in of_list:
            kind, reason = verdict(outcome, known), outcome.reason
            if kind == "known":
                reason = f"known ({known[outcome.test.key]}): {reason}"
            if kind == "unexpected":
                reason = "passes; take it out of the known failures"
            if kind != "passed":
                lines.append(f"  {outcome.test.name}: {reason}")
    verdicts = [verdict(outcome, known) for outcome in outcomes]
    lines.append(f"unexpected failures: {verdicts.count('failed')}, known failures: {verdicts.count('known')}, "
                 f"unexpected passes: {verdicts.count('unexpected')}")
    return "\n".join(lines)


def as_expected(outcomes, known):
    """Whether the known failures, and no others, fail."""
    return all(verdict(outcome, known) in ("passed", "known") for outcome in outcomes)


def largest_ulp(outcomes):
    """Op to the largest ULP difference of its passing tests; tests of several ops say nothing of one."""
    largest = {}
    for outcome in outcomes:
        if outcome.passes and outcome.op != "several":
            largest[outcome.op] = max(outcome.max_ulp, largest.get(outcome.op, 0))
    return dict(sorted(largest.items()))


def write_json(file, outcomes, known):
    tests = [
        {
            "list": outcome.test.list,
            "test": outcome.test.name,
            "op": outcome.op,
            "target": outcome.target,
            "verdict": verdict(outcome, known),
            "reason": outcome.reason,
            "max_ulp": outcome.max_ulp if math.isfinite(outcome.max_ulp) else None,
        }
        for outcome in outcomes
    ]
    file.write_text(json.dumps({"tests": tests, "ulp": largest_ulp(outcomes)}, indent=2) + "\n")


def write_ulp(file, outcomes):
    with file.open("w", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["op", "largest ULP"])
        rows.writerows(largest_ulp(outcomes).items())
