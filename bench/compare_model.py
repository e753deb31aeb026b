#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares compiled models with ONNX Runtime: the outputs first, then the time of single images, on equal threads.

Each model is compiled by `ingot compile`, linked into a shared object, and run in this process in turns with ONNX
Runtime, whose inputs and outputs are bound. A row says the medians, their ratio (ONNX Runtime's time by ours: above 1
Ingot is ahead), and the largest difference of an output as a part of its largest element. With --threads, Ingot on
one thread takes its turn too, and has to give the same bits; the speed-up is the ratio of its median. With --weights
bf16 f16, the model with weights of 16 bits takes its turn: the ratio is that of f32's median by its own, the difference
that from ONNX Runtime.
"""
import argparse
import ctypes
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

BOUND = 1e-4  # of the largest element of an output
SHIM = """
#include <{name}.h>
int open_session(int threads, ingot_session **session) {{
    ingot_options options = INGOT_OPTIONS_INIT;
    options.threads = threads;
    return (int)ingot_session_create(&{name}_model, &options, session);
}}
int run_session(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n) {{
    return (int)ingot_session_run(session, inputs, outputs, n);
}}
"""


class Compiled:
    """A model compiled for this CPU's best level, or for `target`."""

    def __init__(self, ingot, model, folder, target, weights="f32"):
        started = time.perf_counter()
        subprocess.run([ingot, "compile", model, "-o", folder, "--name", "net", "--target", target, "--weights",
                        weights], check=True, stdout=subprocess.DEVNULL)
        self.compile_seconds = time.perf_counter() - started
        (folder / "shim.c").write_text(SHIM.format(name="net"))
        subprocess.run(["cc", "-shared", "-fPIC", "shim.c", "-Iinclude", "-Llib", "-lnet", "-lingot_runtime", "-o",
                        "net.so"], cwd=folder, check=True)
        manifest = json.loads((folder / "net.json").read_text())
        self.inputs, self.outputs = manifest["inputs"], manifest["outputs"]
        self.library = ctypes.CDLL(str(folder / "net.so"))


class Ours:
    """A session of a compiled model."""

    def __init__(self, compiled, threads):
        self.library, self.ports = compiled.library, compiled.outputs
        self.session = ctypes.c_void_p()
        if self.library.open_session(threads, ctypes.byref(self.session)) != 0:
            raise RuntimeError("the session cannot be created")

    def bind(self, arrays):
        self.arrays = arrays
        self.results = [np.empty(port["shape"], port["type"]) for port in self.ports]
        self.pointers = [(ctypes.c_void_p * len(group))(*(a.ctypes.data for a in group))
                         for group in (self.arrays, self.results)]

    def run(self):
        if self.library.run_session(self.session, *self.pointers, ctypes.c_size_t(1)) != 0:
            raise RuntimeError("the run failed")


class Theirs:
    """ONNX Runtime."""

    def __init__(self, model, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def bind(self, arrays, results):
        self.binding = self.session.io_binding()
        for port, array in zip(self.session.get_inputs(), arrays):
            self.binding.bind_cpu_input(port.name, array)
        self.results = [np.empty_like(result) for result in results]
        for port, result in zip(self.session.get_outputs(), self.results):
            self.binding.bind_output(port.name, "cpu", 0, result.dtype, result.shape, result.ctypes.data)

    def run(self):
        self.session.run_with_iobinding(self.binding)


def seconds(contender):
    started = time.perf_counter()
    contender.run()
    return time.perf_counter() - started


def difference(ours, theirs):
    return max(float(np.abs(a.astype(np.float64) - b).max() / max(np.abs(b).max(), 1e-30))
               for a, b in zip(ours.results, theirs.results))


def text_of(row, options):
    text = ("{model:16} {ours_ms:9.3f} ms, ONNX Runtime {onnxruntime_ms:9.3f} ms, ratio {ratio:5.2f}, "
            "difference {difference:.1e}, compiled in {compile_s} s").format(**row)
    if options.threads > 1:
        text += ", {speed_up:.2f} times one thread".format(**row)
    for weights in options.weights:
        text += f"\n  weights in {weights}: {row[weights + '_ms']:9.3f} ms, {row[weights + '_ratio']:.2f} times f32, "
        text += f"difference {row[weights + '_difference']:.1e}"
    return text


def compare(model, options):
    with tempfile.TemporaryDirectory() as folder:
        compiled = Compiled(options.ingot, model, pathlib.Path(folder) / "f32", options.target)
        ours, theirs = Ours(compiled, options.threads), Theirs(model, options.threads)
        one_thread = [Ours(compiled, 1)] if options.threads > 1 else []
        narrow = [Ours(Compiled(options.ingot, model, pathlib.Path(folder) / weights, options.target, weights),
                       options.threads) for weights in options.weights]
        contenders = [ours, theirs, *one_thread, *narrow]
        random = np.random.default_rng(1)
        arrays = [random.standard_normal(port["shape"]).astype(port["type"]) for port in compiled.inputs]
        ours.bind(arrays)
        theirs.bind(arrays, ours.results)
        for other in contenders[2:]:
            other.bind(arrays)
        for contender in contenders:
            contender.run()
        for alone in one_thread:
            if any(a.tobytes() != b.tobytes() for a, b in zip(ours.results, alone.results)):
                raise RuntimeError(f"{model}: {options.threads} threads give other bits than one")
        times = [[seconds(contender) for contender in contenders] for _ in range(options.rounds)]
        medians = [statistics.median(column) for column in zip(*times)]
        row = {"model": pathlib.Path(model).stem, "difference": difference(ours, theirs),
               "compile_s": round(compiled.compile_seconds, 2), "ours_ms": round(medians[0] * 1e3, 3),
               "onnxruntime_ms": round(medians[1] * 1e3, 3), "ratio": round(medians[1] / medians[0], 3)}
        if options.threads > 1:
            row |= {"one_thread_ms": round(medians[2] * 1e3, 3), "speed_up": round(medians[2] / medians[0], 3)}
        for weights, contender, median in zip(options.weights, narrow, medians[2 + len(one_thread):]):
            row |= {f"{weights}_ms": round(median * 1e3, 3), f"{weights}_ratio": round(medians[0] / median, 3),
                    f"{weights}_difference": difference(contender, theirs)}
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx")
    parser.add_argument("--ingot", default="build/release/bin/ingot", help="the program that compiles")
    parser.add_argument("--target", default="host", help="the level (default: this CPU's best)")
    parser.add_argument("--rounds", type=int, default=21, help="runs of each model in turns (default: 21)")
    parser.add_argument("--threads", type=int, default=1, help="of a run, on both sides (default: 1)")
    parser.add_argument("--weights", nargs="+", default=[], choices=["bf16", "f16"],
                        help="types of weights that take their turns beside f32")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file")
    options = parser.parse_args()
    rows = []
    for model in options.models:
        rows.append(compare(model, options))
        print(text_of(rows[-1], options), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"onnxruntime": onnxruntime.__version__, "rows": rows}, indent=1) + "\n")
    return 0 if all(row["difference"] <= BOUND for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
