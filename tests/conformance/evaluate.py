# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One test: compiled, linked, run, compared."""

import dataclasses
import pathlib
import shutil
import signal
import subprocess

import onnx
from case import read_case
from compiled_library import CompiledLibrary, StatusError
from difference import compare
from interpreted_model import Refused, interpret
from isolated import Crash, Timeout, call_each
from suite import Test

NAME = "net"


@dataclasses.dataclass
class Outcome:
    test: Test
    reason: str = ""  # why it fails; "" where it passes
    op: str = ""
    max_ulp: float = 0
    target: str = ""

    @property
    def passes(self):
        return not self.reason


@dataclasses.dataclass(frozen=True)
class Job:
    test: Test
    ingot: pathlib.Path
    work: pathlib.Path  # a folder of its own
    interpreter: pathlib.Path | None  # interpret_model, to run in instead of what `ingot` compiles

    @property
    def model(self):
        return self.work / f"{NAME}.onnx"


def refusal(text, model):
    """The first error of `text`, less the file that it names, and how many more there are."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error: " in line] or lines[-1:] or ["no error is printed"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return errors[0].removeprefix(f"{model}: ").removeprefix("error: ") + more


def compiled_outputs(job, case, outcome):
    """The outputs of the compiled library, by name. Throws Refused, or what running it does."""
    folder = job.work / "package"
    command = [job.ingot, "compile", job.model, "--name", NAME, "--target", "host", "--jobs", "1", "-o", folder]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode < 0:
        raise Refused(f"ingot compile crashes by {signal.Signals(-process.returncode).name}")
    if process.returncode != 0:
        raise Refused(process.stderr or f"exit code {process.returncode}")
    library = CompiledLibrary(folder, NAME)
    outcome.target = ",".join(library.targets)
    return [(port["name"], array) for port, array in zip(library.outputs, library.run(case.inputs))]


def evaluate(job):
    """The outcome of a job. A compiled library that crashes takes this process with it."""
    shutil.rmtree(job.work, ignore_errors=True)
    job.work.mkdir(parents=True)
    case = read_case(job.test.folder)
    outcome = Outcome(job.test, op=case.op)
    onnx.save(case.model, job.model)
    try:
        if job.interpreter:
            results = interpret(job.interpreter, job.model, case.inputs, job.work)
        else:
            results = compiled_outputs(job, case, outcome)
    except Refused as error:
        outcome.reason = refusal(str(error), job.model)
        return outcome
    except (StatusError, ValueError) as error:
        outcome.reason = str(error)
        return outcome
    if len(results) != len(case.expected):
        outcome.reason = f"the library has {len(results)} outputs, not {len(case.expected)}"
        return outcome
    found = [compare(name, array, expected) for (name, array), expected in zip(results, case.expected)]
    outcome.reason = next((reason for reason, _ in found if reason), "")
    outcome.max_ulp = max(ulp for _, ulp in found)
    if outcome.passes:
        shutil.rmtree(job.work)
    return outcome


def evaluate_all(tests, ingot, work, workers, timeout, interpreter=None):
    """The outcomes of `tests`, in their order; what a failed test was compiled from and to stays in `work`."""
    outcomes = [None] * len(tests)
    jobs = [Job(test, ingot, work / test.key, interpreter) for test in tests]
    for index, result in call_each(evaluate, jobs, workers, timeout):
        outcomes[index] = result if isinstance(result, Outcome) else Outcome(tests[index], describe(result))
    return outcomes


def describe(error):
    """A call's exception as a reason."""
    if isinstance(error, (Crash, Timeout)):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split())
