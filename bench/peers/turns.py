# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Contenders of one network in turns: a process each, of which one runs while the others wait for a line."""

import json
import os
import pathlib
import select
import subprocess
import sys

import numpy as np

BOUND = 1e-5        # of the largest output: a peer that departs further from Ingot's does not count
TURN_SECONDS = 0.1  # of one turn, or one run where that takes longer
MOST_RUNS = 5000
MOST_WAITING = 0.02  # of a turn, for the core: beyond it the turn is taken again
TRIES = 3
ANSWER_SECONDS = 600
BENCH = pathlib.Path(__file__).resolve().parents[1]


class Departed(Exception):
    """A contender that does not count, with the reason."""


class Worker:
    """The process of one contender; told is its first answer. Raises Departed with what went wrong."""

    def __init__(self, python, module, folder, core, log, preload=None):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(BENCH), os.environ.get("PYTHONPATH", "")]),
                                    "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        if preload:
            environment["LD_PRELOAD"] = str(preload)
        self.process = subprocess.Popen([python, "-m", "peers.worker", module, str(folder), str(core)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment)
        self.told = self.answer()

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_SECONDS)
        if not ready:
            self.stop()
            raise Departed(f"no answer in {ANSWER_SECONDS} s")
        line = self.process.stdout.readline()
        if not line:
            raise Departed(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            self.stop()
            raise Departed(answer["error"])
        return answer

    def ask(self, verb, count):
        try:
            self.process.stdin.write(f"{verb} {count}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Departed(f"its process ended with {self.process.wait()}") from None
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def relative_error(output, reference):
    """The largest difference as a part of the largest element; infinite where either has what is no number."""
    output, reference = (np.asarray(array, np.float64) for array in (output, reference))
    if output.shape != reference.shape or not (np.isfinite(output).all() and np.isfinite(reference).all()):
        return float("inf")
    return float(np.abs(output - reference).max() / max(np.abs(reference).max(), 1e-30))


def refuse_departing(error):
    if not error <= BOUND:
        raise Departed(f"its output differs from Ingot's by {error:.1e} of the largest, more than {BOUND:.0e}")


def runs_of_turn(seconds):
    return max(1, min(MOST_RUNS, round(TURN_SECONDS / max(seconds, 1e-9))))


def turn(worker, runs):
    """A turn in which the worker hardly waited for the core, or that of the tries in which it waited least."""
    tries = []
    while len(tries) < TRIES and not (tries and tries[-1]["waited"] <= MOST_WAITING):
        tries.append(worker.ask("run", runs))
    return min(tries, key=lambda answer: answer["waited"])


class Contest:
    """Starts the contenders of one network, takes rounds and stops them. faults: reasons by name."""

    def __init__(self, folder, start):
        """start(name, preload) makes the Worker of a contender."""
        self.folder, self.start = folder, start
        self.workers, self.rows, self.faults = {}, {}, {}

    def add(self, name):
        """A contender; the first is the one that the others are compared with. Says whether it counts."""
        try:
            worker = self.start(name, False)
        except Departed as fault:
            self.faults[name] = str(fault)
            return False
        self.workers[name], self.rows[name] = worker, worker.told | {"turns": [], "disturbed": 0, "peak_gflops": []}
        try:
            first = next(iter(self.rows.values()))
            error = relative_error(np.load(worker.told["output"]), np.load(first["output"]))
            self.rows[name]["error"] = error
            refuse_departing(error)
        except Departed as fault:
            self.drop(name, fault)
        return name in self.workers

    def drop(self, name, fault):
        self.faults[name] = str(fault)
        self.workers.pop(name).stop()
        self.rows.pop(name)

    def count_mallocs(self, name):
        """In a process of its own, so that no timed run is counted."""
        try:
            worker = self.start(name, True)
            self.rows[name]["mallocs"] = worker.ask("mallocs", 4)["mallocs"]
            worker.stop()
        except Departed:
            self.rows[name]["mallocs"] = None

    def play(self, rounds, progress):
        """Rounds in which each contender has one turn; the order is rotated from round to round."""
        for name in list(self.workers):
            self.learn_length(name)
        for i in range(rounds):
            names = list(self.workers)
            first = i % max(1, len(names))
            for name in names[first:] + names[:first]:
                self.take(name)
            progress(i + 1, rounds)

    def learn_length(self, name):
        try:
            seconds = self.workers[name].ask("run", 1)["median_s"]
            self.rows[name]["runs_per_turn"] = runs_of_turn(seconds)
        except Departed as fault:
            self.drop(name, fault)

    def take(self, name):
        row = self.rows[name]
        try:
            answer = turn(self.workers[name], row["runs_per_turn"])
        except Departed as fault:
            self.drop(name, fault)
            return
        row["turns"].append(answer["median_s"])
        row["disturbed"] += answer["waited"] > MOST_WAITING
        row["minimum_s"] = min(row.get("minimum_s", float("inf")), answer["minimum_s"])
        if "peak_gflops" in answer:
            row["peak_gflops"].append(answer["peak_gflops"])

    def stop(self):
        for worker in self.workers.values():
            worker.stop()
        self.workers = {}


def started(pythons, modules, folder, core, log, preload):
    """What Contest starts contenders by: by name the Python and the module of each."""
    def start(name, counting):
        return Worker(pythons.get(name, sys.executable), modules[name], folder, core, log,
                      preload if counting else None)
    return start
