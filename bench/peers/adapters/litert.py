# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LiteRT (TensorFlow Lite) with XNNPACK, through Python: the package exports no C function that runs a model.

It reads no ONNX: prepare() writes the network as a TFLite file with the schema of the package, in NHWC throughout.
"""

import importlib.metadata
import importlib.util
import pathlib
import time

import numpy as np

from peers import graph

TITLE, PACKAGES, API = "LiteRT, XNNPACK", ("ai-edge-litert", "backports-strenum"), "Python"
TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)
SCHEMA_VERSION, FILE_IDENTIFIER = 3, b"TFL3"


def version():
    return importlib.metadata.version("ai-edge-litert")


def disk():
    folder = pathlib.Path(importlib.util.find_spec("ai_edge_litert").origin).parent
    return [folder / "libpywrap_litert_common.so", folder / "_pywrap_litert_interpreter_wrapper.so"]


def model_file(net):
    return net.folder / "net.tflite"


def nhwc(shape):
    return tuple(shape[axis] for axis in TO_NHWC) if len(shape) == 4 else tuple(shape)


class Writer:
    """A TFLite model under construction. index: the tensors by name."""

    def __init__(self):
        from ai_edge_litert import schema_py_generated as schema
        self.schema = schema
        self.model, self.part = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.subgraphs, self.model.operatorCodes = SCHEMA_VERSION, [self.part], []
        self.model.buffers = [schema.BufferT()]
        self.part.tensors, self.part.operators, self.part.name = [], [], "main"
        self.index, self.codes, self.shapes = {}, {}, {}

    def tensor(self, name, shape, array=None):
        tensor = self.schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), 0
        tensor.type = self.schema.TensorType.FLOAT32
        if array is not None:
            if array.dtype == np.int32:
                tensor.type = self.schema.TensorType.INT32
            buffer = self.schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.index[name] = len(self.part.tensors)
        self.part.tensors.append(tensor)
        return self.index[name]

    def constant(self, array):
        return self.tensor(f"constant_{len(self.part.tensors)}", array.shape, array)

    def options(self, kind, **fields):
        options = getattr(self.schema, kind + "T")()
        for name, value in fields.items():
            setattr(options, name, value)
        return kind, options

    def append(self, code, inputs, output, shape, options=None):
        """An operator, and the tensor that it writes."""
        number = getattr(self.schema.BuiltinOperator, code)
        if number not in self.codes:
            described = self.schema.OperatorCodeT()
            described.builtinCode, described.deprecatedBuiltinCode, described.version = number, min(number, 127), 1
            self.codes[number] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(described)
        operator = self.schema.OperatorT()
        operator.opcodeIndex, operator.inputs = self.codes[number], inputs
        operator.outputs = [self.tensor(output, shape)]
        if options:
            operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, options[0])
            operator.builtinOptions = options[1]
        self.part.operators.append(operator)

    def bytes(self):
        import flatbuffers
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), file_identifier=FILE_IDENTIFIER)
        return bytes(builder.Output())


class Translation:
    """Writes the steps of a graph."""

    def __init__(self, described):
        self.writer, self.shapes, self.rectified = Writer(), described.shapes, set()
        self.schema = self.writer.schema
        part = self.writer.part
        part.inputs = [self.writer.tensor(described.input, nhwc(described.shapes[described.input]))]
        for step in described.steps:
            getattr(self, step.kind)(step)
            if step.activation in (graph.RELU, graph.RELU6):
                self.rectified.add(step.output)
        part.outputs = [self.writer.index[described.output]]

    def inputs(self, step):
        return [self.writer.index[name] for name in step.inputs]

    def fused(self, step):
        kinds = self.schema.ActivationFunctionType
        return {graph.RELU: kinds.RELU, graph.RELU6: kinds.RELU6}.get(step.activation, kinds.NONE)

    def finish(self, step, code, inputs, options, shape=None):
        """The operator of a step; a tanh is one of its own behind it."""
        shape = nhwc(step.shape) if shape is None else shape
        if step.activation != graph.TANH:
            self.writer.append(code, inputs, step.output, shape, options)
            return
        name = step.output + "_before_tanh"
        self.writer.append(code, inputs, name, shape, options)
        self.writer.append("TANH", [self.writer.index[name]], step.output, shape)

    def window(self, step):
        """The input, behind a PAD where the pads are not those of a padding that TFLite knows, and the fields of a
        window."""
        size = self.shapes[step.inputs[0]][2:]
        same = [max(0, (-(-n // s) - 1) * s + k - n) for n, s, k in zip(size, step.strides, step.kernel)]
        same = (*(total // 2 for total in same), *(total - total // 2 for total in same))
        source, padding = self.inputs(step)[0], self.schema.Padding.VALID
        if any(step.pads) and step.pads == same:
            padding = self.schema.Padding.SAME
        elif any(step.pads):
            source = self.padded(step, source)
        return source, {"padding": padding, "strideH": step.strides[0], "strideW": step.strides[1]}

    def padded(self, step, source):
        if step.kind == "max_pool" and step.inputs[0] not in self.rectified:
            raise RuntimeError("a padded MaxPool of what may be negative is not translated")
        shape = nhwc(self.shapes[step.inputs[0]])
        top, left, bottom, right = step.pads
        name = f"{step.output}_padded"
        pads = self.writer.constant(np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32))
        self.writer.append("PAD", [source, pads], name,
                           (shape[0], shape[1] + top + bottom, shape[2] + left + right, shape[3]),
                           self.writer.options("PadOptions"))
        return self.writer.index[name]

    def conv(self, step):
        source, fields = self.window(step)
        fields |= {"fusedActivationFunction": self.fused(step), "dilationWFactor": 1, "dilationHFactor": 1}
        bias = self.writer.constant(np.asarray(step.bias, np.float32))
        if step.groups == 1:
            weights = self.writer.constant(step.weights.transpose(0, 2, 3, 1))
            options = self.writer.options("Conv2DOptions", **fields)
            self.finish(step, "CONV_2D", [source, weights, bias], options)
            return
        if step.weights.shape[1] != 1:
            raise RuntimeError("a grouped convolution that is not depthwise is not translated")
        weights = self.writer.constant(step.weights.transpose(1, 2, 3, 0))
        options = self.writer.options("DepthwiseConv2DOptions", depthMultiplier=len(step.weights) // step.groups,
                                      **fields)
        self.finish(step, "DEPTHWISE_CONV_2D", [source, weights, bias], options)

    def pool(self, step, code):
        source, fields = self.window(step)
        options = self.writer.options("Pool2DOptions", filterHeight=step.kernel[0], filterWidth=step.kernel[1],
                                      fusedActivationFunction=self.schema.ActivationFunctionType.NONE, **fields)
        self.finish(step, code, [source], options)

    def max_pool(self, step):
        self.pool(step, "MAX_POOL_2D")

    def average_pool(self, step):
        self.pool(step, "AVERAGE_POOL_2D")

    def linear(self, step):
        """The columns of the weights in the order of NHWC, since that is how the input lies."""
        shape, weights = self.shapes[step.inputs[0]], step.weights
        if len(shape) == 4:
            weights = weights.reshape(len(weights), *shape[1:]).transpose(0, 2, 3, 1).reshape(len(weights), -1)
        options = self.writer.options("FullyConnectedOptions", fusedActivationFunction=self.fused(step))
        self.finish(step, "FULLY_CONNECTED",
                    [*self.inputs(step), self.writer.constant(weights), self.writer.constant(step.bias)], options)

    def add(self, step):
        self.finish(step, "ADD", self.inputs(step),
                    self.writer.options("AddOptions", fusedActivationFunction=self.fused(step)))

    def concat(self, step):
        self.finish(step, "CONCATENATION", self.inputs(step), self.writer.options("ConcatenationOptions", axis=3))

    def softmax(self, step):
        self.finish(step, "SOFTMAX", self.inputs(step), self.writer.options("SoftmaxOptions", beta=1.0))

    def activation(self, step):
        code = {graph.RELU: "RELU", graph.RELU6: "RELU6", graph.TANH: "TANH"}[step.activation]
        self.writer.append(code, self.inputs(step), step.output, nhwc(step.shape))


def prepare(net):
    model_file(net).write_bytes(Translation(graph.read(net)).writer.bytes())


def interpreter(**model):
    from ai_edge_litert.interpreter import Interpreter
    made = Interpreter(num_threads=1, **model)
    made.allocate_tensors()
    return made


class Session:
    def __init__(self, net):
        self.interpreter, image = interpreter(model_path=str(model_file(net))), net.input()
        port = self.interpreter.get_input_details()[0]
        # A model that takes NHWC has lost the Transpose behind its input.
        image = image if tuple(port["shape"]) == image.shape else image.transpose(TO_NHWC)
        self.interpreter.set_tensor(port["index"], np.ascontiguousarray(image))
        self.run = self.interpreter.invoke

    def output(self):
        """As the ONNX file has it: NCHW."""
        result = self.interpreter.get_tensor(self.interpreter.get_output_details()[0]["index"])
        return result.transpose(TO_NCHW) if result.ndim == 4 else result


def overhead():
    writer = Writer()
    writer.part.inputs = [writer.tensor("input", (1, 4))]
    writer.append("RELU", [0], "output", (1, 4))
    writer.part.outputs = [writer.index["output"]]
    nothing = interpreter(model_content=writer.bytes())
    seconds = []
    for _ in range(1000):
        started = time.perf_counter()
        nothing.invoke()
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))
