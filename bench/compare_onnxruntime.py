#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the compiled reference net with ONNX Runtime: labels, logits, and time, one thread each.

The outputs to judge are those that classify_mnist --logits wrote. The times come from one run that takes samples
of both in turns: the compiled net as an app calls it, through libmnist_cnn_shared.so, in a loop in C++; ONNX
Runtime with its buffers bound, in a loop in Python. A net of one Identity node, run in the same way, shows what
a call of ONNX Runtime costs before it computes anything; it is stated, and a second ratio at batch 1 leaves it out.
"""
import argparse
import ctypes
import gzip
import json
import pathlib
import statistics
import sys
import time

import numpy as np
import onnx
import onnxruntime

LOGITS_BOUND = 1e-5  # of the largest |logit|: how far two correct float32 implementations of the net may differ
ROUNDS = 101
SAMPLE_US = 1500  # short, so that few samples meet another program's turn on the core


def read_idx(file):
    """The array in a gzip-compressed IDX file of bytes."""
    data = gzip.decompress(file.read_bytes())
    rank = data[3]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(np.frombuffer(data, ">u4", rank, 4))


def open_session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def compare_outputs(images, labels, logits, expected):
    """Figures of how `logits` [n, 10] agree with `expected`, and whether they do."""
    scale = float(np.abs(expected).max())
    ours, theirs = logits.argmax(1), expected.argmax(1)
    top = np.sort(expected, axis=1)
    undecided = top[:, -1] - top[:, -2] < LOGITS_BOUND * scale
    difference = float(np.abs(logits - expected).max()) / scale
    figures = {
        "images": len(images),
        "accuracy_of_logits": float((ours == labels).mean()),
        "onnxruntime_accuracy": float((theirs == labels).mean()),
        "labels_equal_to_onnxruntime": int((ours == theirs).sum()),
        "labels_different_and_undecided": int(((ours != theirs) & undecided).sum()),
        "logits_max_difference": difference,
    }
    agree = bool(((ours == theirs) | undecided).all()) and difference <= LOGITS_BOUND
    return figures, agree


def bound_call(session, feed, shape):
    """A function that runs `session` n times on `feed` with preallocated buffers, and its output array."""
    source = onnxruntime.OrtValue.ortvalue_from_numpy(feed)
    result = np.zeros(shape, np.float32)
    binding = session.io_binding()
    binding.bind_ortvalue_input(session.get_inputs()[0].name, source)
    binding.bind_output(session.get_outputs()[0].name, "cpu", 0, np.float32, shape, result.ctypes.data)
    run = session.run_with_iobinding

    def repeat(calls):
        for _ in range(calls):
            run(binding)

    return repeat, result


def identity_session():
    value = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 10]) for name in ("x", "y")]
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "identity", value[:1], value[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return open_session(model.SerializeToString())


class CompiledNet:
    def __init__(self, library, level):
        self.library = ctypes.CDLL(str(library))
        self.library.mnist_cnn_open.restype = ctypes.c_void_p
        self.library.mnist_cnn_open.argtypes = [ctypes.c_char_p]
        self.library.mnist_cnn_repeat.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t] * 2
        self.session = self.library.mnist_cnn_open(level.encode())
        if not self.session:
            raise SystemExit(f"error: no session at level {level}")

    def bound_call(self, feed, shape):
        result = np.zeros(shape, np.float32)

        def repeat(calls):
            status = self.library.mnist_cnn_repeat(
                self.session, feed.ctypes.data, result.ctypes.data, len(feed), calls)
            if status != 0:
                raise SystemExit(f"error: run fails with status {status}")

        return repeat, result


def sample_us(repeat, calls):
    """Microseconds of a call, the first one apart: it fetches again what the other body has pushed from the caches."""
    repeat(1)
    start = time.perf_counter_ns()
    repeat(calls)
    return (time.perf_counter_ns() - start) / 1e3 / calls


def interleave(bodies):
    """Medians in microseconds of one call of each body, and all samples, over rounds that alternate the order."""
    calls = [max(1, round(SAMPLE_US / min(sample_us(body, 3) for _ in range(5)))) for body in bodies]
    samples = [[] for _ in bodies]
    order = list(range(len(bodies)))
    for _ in range(ROUNDS):
        for i in order:
            samples[i].append(sample_us(bodies[i], calls[i]))
        order.reverse()
    return [statistics.median(values) for values in samples], samples


def compare_times(net, session, images):
    call, _ = bound_call(identity_session(), np.zeros((1, 10), np.float32), (1, 10))
    call_us = interleave([call])[0][0]
    figures = {"onnxruntime_call_us": call_us}
    for n in (1, 256):
        feed = np.ascontiguousarray(images[:n])
        ours, our_result = net.bound_call(feed, (n, 10))
        theirs, their_result = bound_call(session, feed, (n, 10))
        medians, samples = interleave([ours, theirs])
        if not np.allclose(our_result, their_result, rtol=0, atol=1e-3):
            raise SystemExit(f"error: at batch {n} the two timed calls compute different results")
        ratio = statistics.median(b / a for a, b in zip(*samples))
        name = f"batch{n}"
        figures[name] = {"ingot_us_per_image": medians[0] / n, "onnxruntime_us_per_image": medians[1] / n,
                         "ratio": ratio,
                         "ratio_less_call": statistics.median((b - call_us) / a for a, b in zip(*samples))}
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the MNIST test set")
    parser.add_argument("--logits", type=pathlib.Path, required=True, help="what classify_mnist --logits wrote")
    parser.add_argument("--library", type=pathlib.Path, required=True, help="libmnist_cnn_shared.so")
    parser.add_argument("--level", required=True, help="such as x86-64-v3")
    parser.add_argument("--json", type=pathlib.Path, required=True, help="the file to write")
    arguments = parser.parse_args()

    images = read_idx(arguments.data / "t10k-images-idx3-ubyte.gz").astype(np.float32)[:, None] / np.float32(255)
    labels = read_idx(arguments.data / "t10k-labels-idx1-ubyte.gz")
    logits = np.fromfile(arguments.logits, np.float32).reshape(-1, 10)
    session = open_session(arguments.model.read_bytes())
    expected = session.run(None, {session.get_inputs()[0].name: images})[0]
    figures, agree = compare_outputs(images, labels, logits, expected)
    times = compare_times(CompiledNet(arguments.library, arguments.level), session, images)
    figures |= {"onnxruntime": onnxruntime.__version__, "level": arguments.level, "times": times}

    print(f"Labels         {figures['labels_equal_to_onnxruntime']} of {len(images)} equal to those of ONNX Runtime "
          f"{onnxruntime.__version__}")
    print(f"Logits         differ by at most {figures['logits_max_difference']:.1e} of the largest "
          f"(allowed {LOGITS_BOUND:.0e})")
    print("One thread, us per image, sampled in turns      Ingot   ONNX Runtime   ratio")
    for n in (1, 256):
        row = times[f"batch{n}"]
        print(f"  batch {n:<38}{row['ingot_us_per_image']:8.2f}{row['onnxruntime_us_per_image']:15.2f}"
              f"{row['ratio']:8.2f}")
    print(f"  (of it a call of ONNX Runtime from Python: {times['onnxruntime_call_us']:.2f} us, measured with a net of "
          f"one Identity node; without it the ratio at batch 1 is {times['batch1']['ratio_less_call']:.2f})")
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    if not agree:
        sys.exit("error: the compiled net and ONNX Runtime disagree")


if __name__ == "__main__":
    main()
