# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `ingot` program for tests: $INGOT names it, $INGOT_SOURCE_DIR the checkout."""

import os
import pathlib
import subprocess

import onnx
from onnx import TensorProto, helper

INGOT = pathlib.Path(os.environ["INGOT"])
SOURCE = pathlib.Path(os.environ["INGOT_SOURCE_DIR"])
MNIST_CNN = SOURCE / "models" / "mnist_cnn" / "mnist_cnn.onnx"


def run(*command, environment=None, directory=None):
    """A finished process with its output as text; it may have failed."""
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=directory,
        check=False,
    )


def run_ok(*command, environment=None, directory=None):
    """What a command prints. Fails the test where the command fails."""
    process = run(*command, environment=environment, directory=directory)
    if process.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{process.stdout}{process.stderr}")
    return process.stdout


def compile_model(model, folder, *options, environment=None, directory=None):
    run_ok(INGOT, "compile", model, "-o", folder, *options, environment=environment, directory=directory)
    return pathlib.Path(folder)


def write_tiny_model(file, outputs=("sum",)):
    """sum [1,2] = weights [2,3] x [1,3] + bias; relu = max(0, sum)."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["sum"], name="gemm", transB=1),
        helper.make_node("Relu", ["sum"], ["relu"], name="relu"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2]) for name in outputs],
        [
            helper.make_tensor("w", TensorProto.FLOAT, [2, 3], [1, 2, 3, -1, -2, -3]),
            helper.make_tensor("b", TensorProto.FLOAT, [2], [10, -10]),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file
