# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A folder of ONNX test data as a model to compile, its inputs and its expected outputs."""

import dataclasses

import numpy
import onnx
from onnx import numpy_helper

# Ops of several operands alike, none of which is a weight: all of their inputs stay inputs.
OPERAND_OPS = {
    "Add", "And", "Concat", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "MatMul", "Max", "Mean",
    "Min", "Mul", "Or", "Pow", "Sub", "Sum", "Where", "Xor",
}  # fmt: skip


@dataclasses.dataclass
class Case:
    model: onnx.ModelProto
    op: str  # the type of the model's only node, constants apart; "several" where there are more
    inputs: list[numpy.ndarray]
    expected: list[numpy.ndarray]


def read_tensors(folder, prefix):
    """The arrays of PREFIX_0.pb, PREFIX_1.pb, …"""
    arrays = []
    while (file := folder / f"{prefix}_{len(arrays)}.pb").exists():
        arrays.append(numpy_helper.to_array(onnx.load_tensor(file)))
    return arrays


def op_of(graph):
    ops = [node.op_type for node in graph.node]
    ops = [op for op in ops if op != "Constant"] or ops
    return ops[0] if len(ops) == 1 else "several"


def freeze_inputs(model, data):
    """Turns all but the first input into initializers that hold `data`; the arrays that are left.

    `data` is in the order of the inputs without an initializer. The tests pass weights, axes and shapes as inputs,
    which a compiler has to be given as constants.
    """
    graph = model.graph
    initialized = {tensor.name for tensor in graph.initializer}
    free = [port for port in graph.input if port.name not in initialized]
    if len(free) != len(data):
        raise ValueError(f"{len(data)} input files for {len(free)} inputs")
    if op_of(graph) in OPERAND_OPS:
        return data
    for port, array in zip(free[1:], data[1:]):
        graph.initializer.append(numpy_helper.from_array(array, port.name))
        if model.ir_version >= 4:  # before, every initializer is listed as an input
            graph.input.remove(port)
    return data[:1]


def read_case(folder):
    """The case in `folder`: model.onnx and test_data_set_0."""
    model = onnx.load(folder / "model.onnx")
    data = folder / "test_data_set_0"
    inputs = freeze_inputs(model, read_tensors(data, "input"))
    return Case(model, op_of(model.graph), inputs, read_tensors(data, "output"))
