# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model in the reference interpreter, by the program interpret_model."""

import signal
import subprocess

import numpy

TYPES = {"f32": numpy.float32, "i64": numpy.int64, "i32": numpy.int32, "u8": numpy.uint8, "bool": numpy.bool_}


class Refused(Exception):
    """The model cannot be imported; the text is the compiler's."""


def interpret(program, model, arrays, folder, passes=False):
    """The outputs of `model` as pairs of a name and an array; `folder` is for the program's files.

    Throws Refused with what the program prints.
    """
    for i, array in enumerate(arrays):
        numpy.ascontiguousarray(array, numpy.float64).tofile(folder / f"input_{i}.f64")
    command = [program, *(["--passes"] if passes else []), model, folder]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode < 0:
        raise Refused(f"interpret_model crashes by {signal.Signals(-process.returncode).name}")
    if process.returncode != 0:
        raise Refused(process.stderr)
    results = []
    for i, line in enumerate(process.stdout.splitlines()):
        kind, shape, name = line.split(" ", 2)
        data = numpy.fromfile(folder / f"output_{i}.f64", numpy.float64)
        with numpy.errstate(over="ignore", invalid="ignore"):
            array = data.astype(TYPES[kind]).reshape([int(extent) for extent in shape.split(",") if extent])
        results.append((name, array))
    return results
