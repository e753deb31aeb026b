# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs sequences of C functions without Python in between."""

import ctypes
import os
import pathlib
import time

import numpy as np

LIBRARIES = pathlib.Path(os.environ.get("INGOT_PEERS_LIBRARIES", "build/release/lib"))
ARGUMENTS = 8


class Call(ctypes.Structure):
    _fields_ = [("function", ctypes.c_void_p), ("arguments", ctypes.c_ssize_t * ARGUMENTS)]


def word(argument):
    """An argument as C gets it: integers, ctypes pointers and arrays, NumPy arrays, bytes kept alive by the caller."""
    if argument is None or isinstance(argument, int):
        return argument or 0
    if isinstance(argument, np.ndarray):
        return argument.ctypes.data
    if isinstance(argument, ctypes.Array):
        return ctypes.addressof(argument)
    return ctypes.cast(argument, ctypes.c_void_p).value or 0


def call(function, *arguments):
    """A call of a function, given as what ctypes loaded or as an address."""
    words = [word(argument) for argument in arguments]
    return Call(word(function), (ctypes.c_ssize_t * ARGUMENTS)(*words))


class Sequence:
    """Calls that make one run."""

    def __init__(self, calls):
        self.library = ctypes.CDLL(str(LIBRARIES / "libpeers.so"))
        self.calls = (Call * len(calls))(*calls)

    def time(self, runs):
        """The seconds of each of so many runs."""
        seconds = np.empty(runs)
        if self.library.peers_time(self.calls, ctypes.c_size_t(len(self.calls)), ctypes.c_size_t(runs),
                                   ctypes.c_void_p(seconds.ctypes.data)) != 0:
            raise RuntimeError("a run failed")
        return seconds


class PythonRuns:
    """The same for what is run by a method."""

    def __init__(self, run):
        self.run = run

    def time(self, runs):
        seconds = np.empty(runs)
        for i in range(runs):
            started = time.perf_counter()
            self.run()
            seconds[i] = time.perf_counter() - started
        return seconds


def sequence_of(session):
    return Sequence(session.calls) if hasattr(session, "calls") else PythonRuns(session.run)
