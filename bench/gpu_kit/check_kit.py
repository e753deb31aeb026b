#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails where a GPU kit asks for more than it may: check_kit.py FOLDER

At most 30 MB; of shared libraries the C library's alone, and of these no symbol from after glibc 2.35.
"""
import pathlib
import re
import subprocess
import sys

LARGEST = 30_000_000
GLIBC = (2, 35)
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "ld-linux-x86-64.so.2"}


def printed(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def faults(folder):
    """One line for each thing that is wrong."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    if size > LARGEST:
        yield f"{folder} holds {size} bytes; {LARGEST} are allowed"
    programs = [file for file in files if file.open("rb").read(4) == b"\x7fELF"]
    if not programs:
        yield f"{folder} holds no program"
    for file in programs:
        for library in re.findall(r"\(NEEDED\)[^\[]*\[([^\]]*)\]", printed("readelf", "--dynamic", file)):
            if library not in LIBRARIES:
                yield f"{file.name} needs {library}"
        for version in sorted(set(re.findall(r"\bGLIBC_([0-9.]+)\b", printed("objdump", "-T", file)))):
            if tuple(map(int, version.split("."))) > GLIBC:
                yield f"{file.name} needs glibc {version}: build the kit on Debian 12 or Ubuntu 22.04"


def main():
    found = list(faults(pathlib.Path(sys.argv[1])))
    for fault in found:
        print(f"check_kit.py: error: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
