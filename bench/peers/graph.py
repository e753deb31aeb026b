# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A network as a list of steps, for the peers that read no ONNX.

ONNX Runtime's basic optimisations fold constants, batch normalisation and pads first. A step has its activation; the
steps that only change a shape are gone, and a tensor keeps the four dimensions that it has in front of them.
"""

import collections
import tempfile
from typing import NamedTuple

import numpy as np

RELU, RELU6, TANH = "relu", "relu6", "tanh"
SAME_DATA = ("Flatten", "Reshape", "Squeeze", "Identity", "Dropout")


class Step(NamedTuple):
    """kind: conv, max_pool, average_pool, linear, add, concat, softmax or activation. weights: (out, in / groups, ky,
    kx); of linear (out, in), over its input in the order of NCHW. pads: top, left, bottom, right. summand: what is
    added in front of the activation."""
    kind: str
    inputs: tuple
    output: str
    shape: tuple
    weights: object = None
    bias: object = None
    kernel: tuple = ()
    strides: tuple = ()
    pads: tuple = ()
    groups: int = 1
    activation: str = None
    summand: str = None


class Graph(NamedTuple):
    """nhwc: whether the input of the file is NHWC; shapes are NCHW all the same."""
    steps: list
    shapes: dict
    input: str
    nhwc: bool
    output: str


def optimised(file):
    import onnx
    import onnxruntime
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = f"{folder}/net.onnx"
        onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        return onnx.shape_inference.infer_shapes(onnx.load(options.optimized_model_filepath))


class Reader:
    """Appends a step per node."""

    def __init__(self, model):
        from onnx import helper, numpy_helper
        self.attributes = lambda node: {a.name: helper.get_attribute_value(a) for a in node.attribute}
        graph = model.graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.shapes = {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
                       for value in [*graph.input, *graph.value_info, *graph.output]}
        self.names, self.steps, self.nhwc = {}, [], False
        self.readers = collections.Counter(name for node in graph.node for name in node.input)
        self.input = next(value.name for value in graph.input if value.name not in self.constants)
        for node in graph.node:
            if node.op_type != "Constant":
                self.read(node)
        self.output = self.name(graph.output[0].name)

    def name(self, name):
        return self.names.get(name, name)

    def read(self, node):
        if node.op_type in SAME_DATA:
            self.names[node.output[0]] = self.name(node.input[0])
            return
        reader = getattr(self, node.op_type.lower(), None)
        if reader is None:
            raise RuntimeError(f"operator {node.op_type} is not translated")
        reader(node, self.attributes(node))

    def append(self, kind, node, inputs=None, **fields):
        inputs = tuple(self.name(name) for name in (inputs or node.input[:1]))
        shape = fields.pop("shape", None) or self.shapes[node.output[0]]
        self.shapes[node.output[0]] = shape
        self.steps.append(Step(kind, inputs, node.output[0], shape, **fields))

    def transpose(self, node, attributes):
        if self.name(node.input[0]) != self.input or self.nhwc or attributes["perm"] != [0, 3, 1, 2]:
            raise RuntimeError("a Transpose within the network is not translated")
        self.nhwc = True
        self.shapes[self.input] = self.shapes[node.output[0]]
        self.names[node.output[0]] = self.input

    def window(self, node, attributes, kernel):
        """kernel, strides and pads; the latter also stand for auto_pad and for rounding up."""
        if set(attributes.get("dilations", [1])) != {1}:
            raise RuntimeError("a dilated window is not translated")
        before, after = self.shapes[self.name(node.input[0])][2:], self.shapes[node.output[0]][2:]
        strides = tuple(attributes.get("strides", (1, 1)))
        total = [max(0, (a - 1) * s + k - b) for a, b, s, k in zip(after, before, strides, kernel)]
        begin = ([pad // 2 for pad in total] if attributes.get("auto_pad", b"NOTSET") == b"SAME_UPPER" else
                 attributes.get("pads", (0, 0, 0, 0))[:2])
        end = [max(0, t - b) for t, b in zip(total, begin)]
        return {"kernel": tuple(kernel), "strides": strides, "pads": (*begin, *end)}

    def conv(self, node, attributes):
        weights = self.constants[node.input[1]]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        self.append("conv", node, weights=weights, bias=bias, groups=attributes.get("group", 1),
                    **self.window(node, attributes, weights.shape[2:]))

    def maxpool(self, node, attributes):
        self.append("max_pool", node, **self.window(node, attributes, attributes["kernel_shape"]))

    def averagepool(self, node, attributes):
        window = self.window(node, attributes, attributes["kernel_shape"])
        if any(window["pads"]):
            raise RuntimeError("a padded AveragePool is not translated")
        self.append("average_pool", node, **window)

    def globalaveragepool(self, node, attributes):
        shape = self.shapes[self.name(node.input[0])]
        self.append("average_pool", node, kernel=shape[2:], strides=(1, 1), pads=(0, 0, 0, 0),
                    shape=(*shape[:2], 1, 1))

    def reducemean(self, node, attributes):
        axes = attributes.get("axes", [])
        if [*axes] != [2, 3]:
            raise RuntimeError("a ReduceMean over other axes than those of the image is not translated")
        self.globalaveragepool(node, attributes)

    def gemm(self, node, attributes):
        weights, bias = (self.constants[name] for name in node.input[1:])
        weights = weights if attributes.get("transB") else weights.T
        self.append("linear", node, weights=np.ascontiguousarray(weights), bias=bias)

    def add(self, node, attributes):
        self.append("add", node, node.input)

    def concat(self, node, attributes):
        self.append("concat", node, node.input)

    def softmax(self, node, attributes):
        self.append("softmax", node, shape=self.shapes[self.name(node.input[0])])

    def activation(self, node, which):
        """Into the step in front, where nothing else reads it."""
        last, read = self.steps[-1] if self.steps else None, self.name(node.input[0])
        if last and last.output == read == node.input[0] and self.readers[read] == 1 and not last.activation \
                and last.kind in ("conv", "linear", "add"):
            self.steps[-1] = last._replace(activation=which)
            self.names[node.output[0]] = last.output
        else:
            self.append("activation", node, activation=which, shape=self.shapes[read])

    def relu(self, node, attributes):
        self.activation(node, RELU)

    def tanh(self, node, attributes):
        self.activation(node, TANH)

    def clip(self, node, attributes):
        limits = ((attributes["min"], attributes["max"]) if "min" in attributes else
                  tuple(float(self.constants[name]) for name in node.input[1:]))
        if limits != (0.0, 6.0):
            raise RuntimeError(f"a Clip to {limits} is not translated")
        self.activation(node, RELU6)


def uses(steps):
    """How often each tensor is read."""
    found = {}
    for step in steps:
        for name in (*step.inputs, *([step.summand] if step.summand else [])):
            found[name] = found.get(name, 0) + 1
    return found


def summand_beside(conv, add, counts):
    """What a sum adds to a convolution that nothing else reads, or None where it is no such sum."""
    if add.kind != "add" or conv.kind != "conv" or conv.activation or counts[conv.output] > 1:
        return None
    others = [name for name in add.inputs if name != conv.output]
    return others[0] if len(others) == 1 else None


def with_summands(steps):
    """Sums as part of the convolution that runs right in front of them, over the memory of the other summand."""
    counts, result = uses(steps), []
    for i, step in enumerate(steps):
        last = result[-1] if result else None
        other = summand_beside(last, step, counts) if last else None
        if other is None or any(other in later.inputs for later in steps[i + 1:]):
            result.append(step)
            continue
        result[-1] = last._replace(output=step.output, activation=step.activation, summand=other)
    return result


def read(net):
    reader = Reader(optimised(net.onnx))
    return Graph(reader.steps, reader.shapes, reader.input, reader.nhwc, reader.output)
