# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a network as an ONNX graph: a method per layer, which appends the nodes that an exporter would.

Weights are named with their shapes while the graph grows and drawn when `Net.model` is called, so that a network of any
size is counted for free. Every value carries an estimate of its mean square, its power: a layer's weights are normal
numbers with the variance 1 / (fan in * power of its input), so that what it computes has variance 1 at any depth.
Behind a ReLU, which halves the power, that is He's initialisation.
"""

import math
from typing import NamedTuple

import numpy as np
from onnx import TensorProto, checker, external_data_helper, helper, numpy_helper

# The mean square of f(x), about, where x is normal with variance 1.
POWER_AFTER = {"Relu": 0.5, "Clip": 0.5, "Sigmoid": 0.29, "HardSigmoid": 0.28, "Tanh": 0.39, "HardSwish": 0.34,
               "SiLU": 0.37}
# What a mean leaves of the power, about: neighbours are alike.
MEAN_POWER = 0.75


class Value(NamedTuple):
    """A tensor of the graph. shape: outermost first; the batch size is an int or the name of a dynamic one."""
    name: str
    shape: tuple
    power: float = 1.0


class Weight(NamedTuple):
    """A tensor of the file. draw(generator) returns its elements, float32 of this shape."""
    name: str
    shape: tuple
    draw: object


class Net:
    """A graph under construction.

    batch: the images of one run, or the name of a dynamic dimension.
    fold: whether batch normalisation is folded into the convolution before it, as exporters do for inference.
    weights: where the file holds them: "initializers", "inputs" (initializers that are listed as inputs too, which IR 3
    demands), "constants" (Constant nodes) or "external" (a file of their own).
    imports: further operator sets, which no node uses; metadata: texts that the file carries.
    """

    def __init__(self, name, *, opset=17, ir=8, batch=1, fold=True, weights="initializers", imports={}, metadata={}):
        self.name, self.opset, self.ir, self.batch, self.fold, self.storage = name, opset, ir, batch, fold, weights
        self.imports, self.metadata = {"": opset} | imports, metadata
        self.nodes, self.inputs, self.outputs, self.weights = [], [], [], []
        self.macs = 0        # multiply-accumulates of one image, products with padding included, biases not
        self.parameters = 0  # what training learns; a folded batch normalisation counts as if it were there
        self.normalised = 0  # channels of all batch normalisations

    # The graph.

    def input(self, *shape, name="input"):
        value = Value(name, (self.batch, *shape))
        self.inputs.append(value)
        return value

    def output(self, value, name):
        """Makes a value an output of the network, under a new name."""
        for node in self.nodes:
            for names in (node.input, node.output):
                names[:] = [name if each == value.name else each for each in names]
        self.outputs.append(Value(name, value.shape))
        return self

    def node(self, op, inputs, shape, power=None, **attributes):
        """Appends a node with one output of that shape; its power is that of the first input unless given."""
        return self.nodes_of(op, inputs, [shape], power, **attributes)[0]

    def nodes_of(self, op, inputs, shapes, power=None, **attributes):
        """Appends a node with an output per shape."""
        name = f"/{op}_{len(self.nodes)}"
        values = [Value(f"{name}_output_{i}", tuple(shape), inputs[0].power if power is None else power)
                  for i, shape in enumerate(shapes)]
        self.nodes.append(helper.make_node(op, [value.name for value in inputs], [value.name for value in values],
                                           name, **attributes))
        return values

    def weight(self, role, shape, draw, learned=True):
        name = f"{role}_{len(self.weights)}"
        self.weights.append(Weight(name, tuple(shape), draw))
        self.parameters += math.prod(shape) if learned else 0
        return Value(name, tuple(shape))

    def normal(self, role, shape, deviation):
        return self.weight(role, shape, lambda generator:
                           generator.standard_normal(shape, np.float32) * np.float32(deviation))

    def uniform(self, role, shape, low, high, learned=True):
        return self.weight(role, shape, lambda generator:
                           (low + (high - low) * generator.random(shape, np.float32)).astype(np.float32), learned)

    def constant(self, numbers, kind=np.int64):
        """A Constant node, from opset 9 on: int64 as the shape arithmetic of exporters has it, or float32."""
        array = np.array(numbers, kind)
        name = f"/Constant_{len(self.nodes)}_output_0"
        self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        return Value(name, array.shape)

    def scalar(self, number):
        return self.constant(number, np.float32)

    def parameterised(self, since, op, x, shape, power=None, **lists):
        """A node whose integer lists are attributes before opset `since` and inputs from it on."""
        if self.opset < since:
            return self.node(op, [x], shape, power, **lists)
        return self.node(op, [x, *(self.constant(numbers) for numbers in lists.values())], shape, power)

    # Convolutions and what belongs to them.

    @staticmethod
    def window(x, kernel, stride, pad, dilation=1, ceil=False):
        """Returns the attributes of a sliding window, each an int or one per axis, and the sizes that it leaves.

        pad: all sides, one per axis, begins then ends, None for (kernel - 1) / 2, or the value of auto_pad.
        out = (in + pads - dilation * (kernel - 1) - 1) / stride + 1, rounded down, or up where ceil is set.
        """
        size = x.shape[2:]
        per_axis = lambda number: [number] * len(size) if isinstance(number, int) else list(number)
        kernel, stride, dilation = per_axis(kernel), per_axis(stride), per_axis(dilation)
        attributes = dict(kernel_shape=kernel, strides=stride)
        if any(step != 1 for step in dilation):
            attributes["dilations"] = dilation
        if isinstance(pad, str):
            return attributes | dict(auto_pad=pad), [-(-n // s) for n, s in zip(size, stride)]
        pad = [d * (k - 1) // 2 for k, d in zip(kernel, dilation)] if pad is None else per_axis(pad)
        pad = pad * 2 if len(pad) == len(size) else pad
        spans = [n + begin + end - d * (k - 1) - 1
                 for n, begin, end, d, k in zip(size, pad, pad[len(size):], dilation, kernel)]
        if ceil:
            attributes["ceil_mode"] = 1
        return attributes | dict(pads=pad), [(-(-n // s) if ceil else n // s) + 1 for n, s in zip(spans, stride)]

    def conv(self, x, channels, kernel=3, stride=1, pad=None, groups=1, dilation=1, bias=True):
        attributes, size = self.window(x, kernel, stride, pad, dilation)
        depth = x.shape[1] // groups
        shape = (channels, depth, *attributes["kernel_shape"])
        operands = [x, self.normal("conv.weight", shape, (math.prod(shape[1:]) * x.power) ** -0.5)]
        if bias:
            operands.append(self.normal("conv.bias", [channels], 0.1))
        if groups > 1:
            attributes["group"] = groups
        self.macs += math.prod(shape) * math.prod(size)
        return self.node("Conv", operands, (x.shape[0], channels, *size), 1.0, **attributes)

    def conv_transpose(self, x, channels, kernel=2, stride=2):
        """A transposed convolution whose windows tile the output: kernel = stride."""
        shape = (x.shape[1], channels, kernel, kernel)
        size = [n * stride for n in x.shape[2:]]
        self.macs += math.prod(shape) * math.prod(x.shape[2:])
        operands = [x, self.normal("up.weight", shape, (x.shape[1] * x.power) ** -0.5),
                    self.normal("up.bias", [channels], 0.1)]
        return self.node("ConvTranspose", operands, (x.shape[0], channels, *size), 1.0,
                         kernel_shape=[kernel] * 2, strides=[stride] * 2)

    def batch_norm(self, x, epsilon=1e-5):
        channels, power = [x.shape[1]], x.power
        self.normalised += x.shape[1]
        statistics = [self.uniform("bn.scale", channels, 0.8, 1.2), self.normal("bn.shift", channels, 0.1),
                      self.weight("bn.mean", channels, lambda generator: np.float32(0.1 * power ** 0.5) *
                                  generator.standard_normal(channels, np.float32), learned=False),
                      self.uniform("bn.variance", channels, 0.8 * power, 1.2 * power, learned=False)]
        return self.node("BatchNormalization", [x, *statistics], x.shape, 1.0, epsilon=epsilon)

    def conv_bn(self, x, channels, kernel=3, stride=1, *, act=None, epsilon=1e-5, **window):
        """Convolution, batch normalisation and an activation, given as a method of Net."""
        if self.fold:
            x = self.conv(x, channels, kernel, stride, **window)
            self.parameters += channels  # scale and shift instead of a bias
            self.normalised += channels
        else:
            x = self.batch_norm(self.conv(x, channels, kernel, stride, bias=False, **window), epsilon)
        return act(self, x) if act else x

    def depthwise(self, x, kernel=3, stride=1, *, act=None, **window):
        return self.conv_bn(x, x.shape[1], kernel, stride, groups=x.shape[1], act=act, **window)

    def linear(self, x, features):
        """Gemm with a transposed weight, as PyTorch stores it. x: [n, k]."""
        shape = (features, x.shape[1])
        self.macs += math.prod(shape)
        operands = [x, self.normal("fc.weight", shape, (x.shape[1] * x.power) ** -0.5),
                    self.normal("fc.bias", [features], 0.1)]
        return self.node("Gemm", operands, (x.shape[0], features), 1.0, transB=1)

    def matmul(self, x, features):
        """MatMul with a weight, then Add of a bias: the linear layer of tensors with more than two dimensions."""
        shape = (x.shape[-1], features)
        self.macs += math.prod(shape) * math.prod(x.shape[1:-1])
        x = self.node("MatMul", [x, self.normal("fc.weight", shape, (x.shape[-1] * x.power) ** -0.5)],
                      (*x.shape[:-1], features), 1.0)
        return self.node("Add", [x, self.normal("fc.bias", [features], 0.1)], x.shape)

    # Activations.

    def unary(self, op, x, **attributes):
        return self.node(op, [x], x.shape, x.power * POWER_AFTER.get(op, 1.0), **attributes)

    def relu(self, x):
        return self.unary("Relu", x)

    def sigmoid(self, x):
        return self.unary("Sigmoid", x)

    def clip(self, x, low, high):
        if self.opset < 11:
            return self.unary("Clip", x, min=low, max=high)
        return self.node("Clip", [x, self.scalar(low), self.scalar(high)], x.shape, x.power * POWER_AFTER["Clip"])

    def relu6(self, x):
        return self.clip(x, 0.0, 6.0)

    def silu(self, x):
        """x * sigmoid(x), in two nodes."""
        return self.mul(x, self.sigmoid(x))._replace(power=x.power * POWER_AFTER["SiLU"])

    def hard_swish(self, x):
        """x * clip(x + 3, 0, 6) / 6: one node where the opset has it, else the four of older exporters."""
        if self.opset >= 14:
            return self.unary("HardSwish", x)
        gate = self.clip(self.node("Add", [x, self.scalar(3)], x.shape), 0.0, 6.0)
        return self.node("Div", [self.mul(x, gate), self.scalar(6)], x.shape, x.power * POWER_AFTER["HardSwish"])

    def hard_sigmoid(self, x):
        """clip(x + 3, 0, 6) / 6, in one node where hard_swish is one, else in three."""
        if self.opset >= 14:
            return self.unary("HardSigmoid", x, alpha=1 / 6)
        gate = self.clip(self.node("Add", [x, self.scalar(3)], x.shape), 0.0, 6.0)
        return self.node("Div", [gate, self.scalar(6)], x.shape, POWER_AFTER["HardSigmoid"])

    def softmax(self, x, op="Softmax", axis=1):
        return self.node(op, [x], x.shape, axis=axis)

    def dropout(self, x):
        return self.node("Dropout", [x], x.shape, **(dict(ratio=0.5) if self.opset < 12 else {}))

    # Pools and means.

    def max_pool(self, x, kernel, stride, pad=0, ceil=False):
        attributes, size = self.window(x, kernel, stride, pad, ceil=ceil)
        # The largest of k normal numbers, behind a ReLU.
        power = x.power * (1 + math.log2(math.prod(attributes["kernel_shape"])))
        return self.node("MaxPool", [x], (*x.shape[:2], *size), power, **attributes)

    def average_pool(self, x, kernel, stride, pad=0, **attributes):
        window, size = self.window(x, kernel, stride, pad)
        return self.node("AveragePool", [x], (*x.shape[:2], *size), MEAN_POWER * x.power, **window, **attributes)

    def global_average_pool(self, x):
        return self.node("GlobalAveragePool", [x], (*x.shape[:2], *[1] * len(x.shape[2:])), MEAN_POWER * x.power)

    def reduce_mean(self, x, axes, keepdims):
        shape = [1 if axis in axes else n for axis, n in enumerate(x.shape) if keepdims or axis not in axes]
        if self.opset < 18:
            return self.node("ReduceMean", [x], shape, MEAN_POWER * x.power, axes=axes, keepdims=keepdims)
        return self.node("ReduceMean", [x, self.constant(axes)], shape, MEAN_POWER * x.power, keepdims=keepdims)

    # Several tensors.

    def add(self, a, b):
        return self.node("Add", [a, b], a.shape, a.power + b.power)

    def mul(self, a, b):
        return self.node("Mul", [a, b], a.shape, a.power * b.power)

    def concat(self, values, axis=1):
        sizes = [value.shape[axis] for value in values]
        shape = [*values[0].shape]
        shape[axis] = sum(sizes)
        power = sum(value.power * size for value, size in zip(values, sizes)) / sum(sizes)
        return self.node("Concat", values, shape, power, axis=axis)

    def split(self, x, parts):
        """Cuts the channels into equal parts."""
        sizes = [x.shape[1] // parts] * parts
        shapes = [(x.shape[0], size, *x.shape[2:]) for size in sizes]
        if self.opset < 13:
            return self.nodes_of("Split", [x], shapes, axis=1, split=sizes)
        return self.nodes_of("Split", [x, self.constant(sizes)], shapes, axis=1)

    # Shapes.

    def flatten(self, x):
        return self.node("Flatten", [x], (x.shape[0], math.prod(x.shape[1:])), axis=1)

    def reshape(self, x, sizes, shape):
        """Reshape to constant sizes, 0 and -1 with their meaning in ONNX, which make that shape."""
        return self.node("Reshape", [x, self.constant(sizes)], shape)

    def size(self, x, axis):
        """x.size(axis) as PyTorch exports it: a scalar by Shape and Gather."""
        return self.node("Gather", [self.node("Shape", [x], [len(x.shape)]), self.constant(axis)], [], axis=0)

    def sizes(self, numbers):
        """A tensor of sizes from ints and scalars of the graph: Unsqueeze each, then Concat."""
        return self.node("Concat", [self.constant([number]) if isinstance(number, int) else
                                    self.parameterised(13, "Unsqueeze", number, [1], axes=[0]) for number in numbers],
                         [len(numbers)], axis=0)

    def view(self, x, numbers, shape):
        """x.view(numbers) as PyTorch exports it, which computes the sizes in the graph."""
        return self.node("Reshape", [x, self.sizes(numbers)], shape, x.power)

    def transpose(self, x, order):
        return self.node("Transpose", [x], [x.shape[axis] for axis in order], perm=order)

    def squeeze(self, x, axes):
        return self.parameterised(13, "Squeeze", x, [n for axis, n in enumerate(x.shape) if axis not in axes],
                                  axes=axes)

    def pad(self, x, top, left, bottom, right):
        """Zeros around the image, by a node of its own as TensorFlow writes it."""
        shape = (*x.shape[:2], x.shape[2] + top + bottom, x.shape[3] + left + right)
        return self.parameterised(11, "Pad", x, shape, pads=[0, 0, top, left, 0, 0, bottom, right])

    def resize(self, x, factor, **attributes):
        """Enlarges the image by a factor, given as scales."""
        roi = self.constant([], np.float32) if self.opset < 13 else Value("", ())
        scales = self.constant([1, 1, factor, factor], np.float32)
        return self.node("Resize", [x, roi, scales], (*x.shape[:2], *[n * factor for n in x.shape[2:]]), x.power,
                         **attributes)

    def resize_like(self, x, like, **attributes):
        """Enlarges the image to the size of another's, which the graph cuts out of its shape; from opset 13 on."""
        def part(value, begin, end):
            shape = self.node("Shape", [value], [4])
            return self.node("Slice", [shape, *(self.constant([i]) for i in (begin, end, 0))], [2])

        sizes = self.node("Concat", [part(x, 0, 2), part(like, 2, 4)], [4], axis=0)
        absent = Value("", ())
        return self.node("Resize", [x, absent, absent, sizes], (*x.shape[:2], *like.shape[2:]), **attributes)

    # The file.

    def model(self, seed=1):
        """Draws the weights from PCG64(seed) and returns the network as a ModelProto."""
        generator = np.random.Generator(np.random.PCG64(seed))
        tensors = [numpy_helper.from_array(weight.draw(generator), weight.name) for weight in self.weights]
        declare = lambda value: helper.make_tensor_value_info(value.name, TensorProto.FLOAT, value.shape)
        constants = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in tensors]
        graph = helper.make_graph(
            (constants if self.storage == "constants" else []) + self.nodes, self.name,
            [declare(value) for value in self.inputs + (self.weights if self.storage == "inputs" else [])],
            [declare(value) for value in self.outputs],
            tensors if self.storage != "constants" else [])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*each) for each in self.imports.items()],
                                  ir_version=self.ir, producer_name="ingot")
        helper.set_model_props(model, self.metadata)
        return model

    def write(self, folder, seed=1):
        """Writes NAME.onnx, and NAME.onnx.data where the weights are external, into the folder. Returns the path."""
        path = folder / f"{self.name}.onnx"
        model = self.model(seed)
        if self.storage == "external":
            data = path.with_suffix(".onnx.data")
            data.unlink(missing_ok=True)  # onnx appends to a file that exists
            external_data_helper.convert_model_to_external_data(model, location=data.name, size_threshold=0)
            external_data_helper.write_external_data_tensors(model, str(folder))
        path.write_bytes(model.SerializeToString(deterministic=True))
        checker.check_model(path, full_check=True)
        return path
