# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A process of one contender and one network, which takes its turns by lines on its standard input and output.

    worker.py MODULE FOLDER CORE    MODULE: an adapter; FOLDER: of the network; CORE: the only one it may run on

It answers with one JSON object per line: once it has loaded and run the network, and after each line `run N`, which
asks for N timed runs, or `mallocs N`. What goes wrong is {"error": REASON}. The output lies in FOLDER, as the first
answer says. Whatever else the contender prints goes to the standard error.
"""

import ctypes
import importlib
import json
import os
import pathlib
import sys
import time

import numpy as np

from peers.calls import sequence_of
from peers.nets import Net


def waited_seconds():
    """How long the threads of this process have been ready to run and were not running."""
    total = 0
    for file in pathlib.Path("/proc/self/task").glob("*/schedstat"):
        try:
            total += int(file.read_text().split()[1])
        except (OSError, IndexError, ValueError):
            pass  # the thread has ended, or the kernel does not tell
    return total / 1e9


def disk_bytes(files):
    return sum(pathlib.Path(file).stat().st_size for file in files)


def load(adapter, net):
    """The runs of a loaded network, and what is told of it."""
    if hasattr(adapter, "prepare") and not adapter.model_file(net).exists():
        adapter.prepare(net)
    started = time.perf_counter()
    session = adapter.Session(net)
    loaded = time.perf_counter()
    runs = sequence_of(session)
    first = float(runs.time(1)[0])
    output = net.folder / f"output_{adapter.__name__.split('.')[-1]}.npy"
    np.save(output, np.asarray(session.output(), np.float32).reshape(net.output_shape))
    return session, runs, {
        "title": adapter.TITLE, "version": adapter.version(), "api": adapter.API, "load_s": loaded - started,
        "first_s": first, "library_bytes": disk_bytes(adapter.disk()),
        "model_bytes": disk_bytes([adapter.model_file(net)]), "output": str(output),
        "overhead_s": adapter.overhead() if hasattr(adapter, "overhead") else None}


def timed(adapter, runs, count):
    """The median and the minimum of so many runs, behind one that warms the caches."""
    runs.time(1)
    waited, started = waited_seconds(), time.perf_counter()
    seconds = runs.time(count)
    waited = (waited_seconds() - waited) / (time.perf_counter() - started)
    answer = {"median_s": float(np.median(seconds)), "minimum_s": float(seconds.min()), "waited": waited}
    return answer | ({"peak_gflops": adapter.peak_gflops()} if hasattr(adapter, "peak_gflops") else {})


def mallocs(runs, count):
    """Per run: what twice as many runs make more, so that what surrounds them cancels."""
    counter = ctypes.CDLL(None).peers_mallocs
    counter.restype = ctypes.c_ulong
    for _ in range(2):
        before = counter()
        runs.time(count)
        between = counter()
        runs.time(2 * count)
        after = counter()
    return {"mallocs": (after - 2 * between + before) / count}


def serve(adapter, net, answer):
    session, runs, told = load(adapter, net)
    answer(told)
    for line in sys.stdin:
        verb, count = line.split()
        answer(timed(adapter, runs, int(count)) if verb == "run" else mallocs(runs, int(count)))
    del session


def main():
    module, folder, core = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answer = lambda told: answers.write(json.dumps(told) + "\n")
    os.sched_setaffinity(0, {int(core)})
    try:
        serve(importlib.import_module(module), Net.load(folder), answer)
    except Exception as error:  # whatever a peer raises is the reason that the report gives
        answer({"error": f"{type(error).__name__}: {error}".splitlines()[0]})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
