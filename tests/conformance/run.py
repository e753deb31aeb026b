#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the official ONNX tests of the named lists at this CPU's best level.

Exits 0 where the known failures, and no others, fail; 1 where not; 2 where the tests cannot be run. What failed is
left in DIR/tests/VERSION/KIND/NAME; DIR/result.json holds every outcome.
"""

import argparse
import os
import pathlib
import re
import sys

from evaluate import evaluate_all
from report import as_expected, read_known, summary, write_json, write_ulp
from suite import DEFAULT_LISTS, HERE, SuiteError, all_keys, all_lists, find_tests

ROOT = HERE.parent.parent


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev conformance", description=__doc__.splitlines()[0])
    parser.add_argument("lists", metavar="LIST", nargs="*", default=DEFAULT_LISTS,
                        help=f"{', '.join(all_lists())} (default: {' '.join(DEFAULT_LISTS)})")
    parser.add_argument("--filter", metavar="REGEX", help="only the tests in whose KIND/NAME it is found")
    parser.add_argument("--ingot", type=pathlib.Path, default=ROOT / "build/release/bin/ingot", help="the compiler")
    parser.add_argument("--interpret", metavar="PROGRAM", type=pathlib.Path,
                        help="run the imported models in the reference interpreter, by the test program interpret_model")
    parser.add_argument("--known", type=pathlib.Path, default=HERE / "known_failures.txt", help="the known failures")
    parser.add_argument("--output", metavar="DIR", type=pathlib.Path, default=ROOT / "build/conformance",
                        help="where downloads, failed tests and result.json go")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="tests at a time (default: one per core)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds that a test may take (default: 120)")
    parser.add_argument("--update-ulp", action="store_true",
                        help="write tests/conformance/ulp.csv from all default lists")
    options = parser.parse_args(arguments)
    if options.update_ulp and options.interpret:
        parser.error("--update-ulp is about compiled models")
    if options.update_ulp and (options.filter or not set(DEFAULT_LISTS) <= set(options.lists)):
        parser.error(f"--update-ulp needs all tests of {' '.join(DEFAULT_LISTS)}")
    return options


def main(arguments):
    options = parse(arguments)
    program = options.interpret or options.ingot
    if not program.is_file():
        raise SuiteError(f"{program}: not found; build it with ./dev build release --target {program.name}")
    known = read_known(options.known, all_keys())
    options.output.mkdir(parents=True, exist_ok=True)
    tests = find_tests(dict.fromkeys(options.lists), options.output)
    tests = [test for test in tests if re.search(options.filter or "", test.name)]
    if not tests:
        raise SuiteError(f"--filter {options.filter}: no test")
    outcomes = evaluate_all(tests, options.ingot.resolve(), options.output.resolve() / "tests", options.workers,
                            options.timeout, options.interpret and options.interpret.resolve())
    print(summary(outcomes, known))
    write_json(options.output / "result.json", outcomes, known)
    if options.update_ulp:
        write_ulp(HERE / "ulp.csv", outcomes)
    return 0 if as_expected(outcomes, known) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SuiteError as fault:
        print(f"error: {fault}", file=sys.stderr)
        sys.exit(2)
