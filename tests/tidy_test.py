# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""clang-tidy over the project's own sources but the tests, or over the files given: tidy_test.py BUILD [FILES].

A file that is clean leaves a stamp in BUILD/tidy, and is judged again when its object is newer, or .clang-tidy.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["spec", "schedules", "generators", "compiler", "reference", "runtime", "harness", "bench", "cli", "examples"]


def sources(build, files):
    """The files to judge, each with the object it is compiled to."""
    result = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if not file.is_relative_to(ROOT):
            continue
        name = file.relative_to(ROOT)
        if name.as_posix() in files or (not files and name.parts[0] in ROOMS):
            result[name] = build / entry["command"].split(" -o ")[1].split()[0]
    return result


def is_judged(stamp, compiled):
    if not stamp.exists() or not compiled.exists():
        return False
    judged = stamp.stat().st_mtime
    return judged > compiled.stat().st_mtime and judged > (ROOT / ".clang-tidy").stat().st_mtime


def judge(build, name):
    command = ["clang-tidy", "-p", str(build), "--quiet", "--warnings-as-errors=*",
               "--extra-arg=-Wno-unknown-warning-option", str(name)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return run.stdout + run.stderr
    return ""


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    todo = {}
    for name, compiled in sources(build, sys.argv[2:]).items():
        stamp = build / "tidy" / f"{name}.clean"
        if not is_judged(stamp, compiled):
            todo[name] = stamp
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for (name, stamp), text in zip(todo.items(), pool.map(lambda name: judge(build, name), todo)):
            if text:
                failures += 1
                print(f"{name}:\n{text}", flush=True)
            else:
                stamp.parent.mkdir(parents=True, exist_ok=True)
                stamp.touch()
    print(f"{len(todo)} files judged, {failures} with findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
