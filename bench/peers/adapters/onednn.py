# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""oneDNN by its C API: a chain of primitives whose layouts the library picks; see onednn_blocked.py.

Bias, activation and the summand of a residual block are part of a convolution. Weights are reordered when the network
is loaded; the input and the output are the caller's. The package is the library alone, so that its constants stand
here (dnnl_types.h of version 3.2).
"""

import ctypes
import importlib.metadata
import pathlib
import pickle
import sys

import numpy as np

from peers import graph
from peers.calls import call

TITLE, PACKAGES, API = "oneDNN", ("onednn-cpu-gomp",), "C"
CPU, IN_ORDER, F32, INFERENCE = 1, 1, 3, 96
TAG_ANY, TAG_BLOCKS, BLOCK = 1, 78, 16
CONVOLUTION_AUTO, POOL_MAX, POOL_AVERAGE, BINARY_ADD, SOFTMAX = 0x3, 0x1FF, 0x3FF, 0x1FFF0, 0x30000
ELTWISE = {graph.RELU: (0x20, 0.0, 0.0), graph.TANH: (0x21, 0.0, 0.0), graph.RELU6: (0x2E, 0.0, 6.0)}
SRC, SRC_1, DST, WEIGHTS, BIAS, MULTIPLE_SRC = 1, 2, 17, 33, 41, 1024
QUERY_SRC, QUERY_WEIGHTS, QUERY_DST = 129, 131, 133
ALIGNMENT = 64


def library_file():
    return pathlib.Path(sys.prefix) / "lib" / "libdnnl.so.3.2"


def version():
    names = ctypes.CDLL(str(library_file())).dnnl_version
    names.restype = ctypes.POINTER(ctypes.c_int)
    return "{}.{}.{}".format(*names()[:3])


def disk():
    return [library_file()]


def model_file(net):
    """The steps of the network with their weights: oneDNN has no file format."""
    return net.folder / "steps.pickle"


def prepare(net):
    model_file(net).write_bytes(pickle.dumps(graph.read(net)))


class Argument(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_int), ("memory", ctypes.c_void_p)]


def dims(numbers):
    return (ctypes.c_int64 * 12)(*numbers)


class Library:
    def __init__(self):
        self.library = ctypes.CDLL(str(library_file()))
        self.library.dnnl_primitive_desc_query_md.restype = ctypes.c_void_p
        self.library.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        self.engine = self.made("engine_create", CPU, ctypes.c_size_t(0))
        self.stream = self.made("stream_create", self.engine, IN_ORDER)

    def call(self, name, *arguments):
        status = getattr(self.library, "dnnl_" + name)(*arguments)
        if status != 0:
            raise RuntimeError(f"dnnl_{name} returns {status}")

    def made(self, name, *arguments):
        """What the function returns by its first argument."""
        handle = ctypes.c_void_p()
        self.call(name, ctypes.byref(handle), *arguments)
        return handle

    def layout(self, shape, order=None):
        """A memory descriptor; order: the axes, outermost first, or None where the library may pick."""
        if order is None:
            return self.made("memory_desc_create_with_tag", len(shape), dims(shape), F32, TAG_ANY)
        strides, step = [0] * len(shape), 1
        for axis in reversed(order):
            strides[axis], step = step, step * shape[axis]
        return self.made("memory_desc_create_with_strides", len(shape), dims(shape), F32, dims(strides))

    def plain(self, shape):
        return self.layout(shape, range(len(shape)))

    def size(self, layout):
        return self.library.dnnl_memory_desc_get_size(layout)

    def same(self, a, b):
        return bool(self.library.dnnl_memory_desc_equal(a, b))

    def query(self, descriptor, what):
        return ctypes.c_void_p(self.library.dnnl_primitive_desc_query_md(descriptor, what, 0))

    def attributes(self, summand, activation):
        attributes, operations = self.made("primitive_attr_create"), self.made("post_ops_create")
        if summand:
            self.call("post_ops_append_sum", operations, ctypes.c_float(1), 0, F32)
        if activation:
            which, alpha, beta = ELTWISE[activation]
            self.call("post_ops_append_eltwise", operations, which, ctypes.c_float(alpha), ctypes.c_float(beta))
        self.call("primitive_attr_set_post_ops", attributes, operations)
        return attributes


def aligned(size):
    buffer = np.zeros(size + ALIGNMENT, np.uint8)
    return buffer[-buffer.ctypes.data % ALIGNMENT:][:size]


class Buffers:
    """Memory for tensors, taken again when the last reader of one has run."""

    def __init__(self):
        self.all, self.free = [], []

    def take(self, size):
        fitting = [buffer for buffer in self.free if buffer.size >= size]
        if fitting:
            best = min(fitting, key=lambda buffer: buffer.size)
            self.free = [buffer for buffer in self.free if buffer is not best]
            return best
        self.all.append(aligned(size))
        return self.all[-1]


class Session:
    """held: by name a tensor's layout, memory object and buffer. blocked: whether the channels of images lie in blocks
    where that leaves no block in part empty."""

    def __init__(self, net, blocked=False):
        self.blocked = blocked
        self.library, self.buffers, self.calls, self.kept, self.held = Library(), Buffers(), [], [], {}
        described = pickle.loads(model_file(net).read_bytes())
        self.shapes = dict(described.shapes)
        self.input, self.result = net.input(), np.empty(net.output_shape, np.float32)
        shape = described.shapes[described.input]
        order = (0, 2, 3, 1) if described.nhwc else range(4)
        self.hold(described.input, self.library.layout(shape, order), self.input.view(np.uint8).reshape(-1))
        steps = graph.with_summands(described.steps)
        last = {name: i for i, step in enumerate(steps) for name in (*step.inputs, step.summand)}
        for i, step in enumerate(steps):
            getattr(self, step.kind)(step)
            for name in {*step.inputs, step.summand} - {None, described.input, described.output}:
                if last[name] == i and name != step.summand:
                    self.buffers.free.append(self.held[name][2])
        shape = described.shapes[described.output]
        target = self.memory(self.library.plain(shape), self.result.view(np.uint8).reshape(-1))
        self.reorder(self.held[described.output], target)

    def memory(self, layout, buffer):
        memory = self.library.made("memory_create", layout, self.library.engine, ctypes.c_void_p(buffer.ctypes.data))
        self.kept.append((layout, buffer))
        return layout, memory, buffer

    def hold(self, name, layout, buffer=None):
        buffer = self.buffers.take(self.library.size(layout)) if buffer is None else buffer
        self.held[name] = self.memory(layout, buffer)
        return self.held[name]

    def execute(self, descriptor, arguments):
        """Appends the call of a primitive; arguments: what held has, by number."""
        primitive = self.library.made("primitive_create", descriptor)
        array = (Argument * len(arguments))(*((number, held[1]) for number, held in arguments.items()))
        self.kept.append((descriptor, primitive, array))
        return call(self.library.library.dnnl_primitive_execute, primitive, self.library.stream, len(arguments),
                    ctypes.cast(array, ctypes.c_void_p))

    def reorder_call(self, source, target):
        engine = self.library.engine
        descriptor = self.library.made("reorder_primitive_desc_create", source[0], engine, target[0], engine, None)
        return self.execute(descriptor, {SRC: source, DST: target})

    def reorder(self, source, target):
        self.calls.append(self.reorder_call(source, target))

    def as_laid_out(self, name, layout):
        """A tensor in the layout that a primitive asks for, by a reorder if need be."""
        held = self.held[name]
        if self.library.same(held[0], layout):
            return held
        target = self.memory(layout, self.buffers.take(self.library.size(layout)))
        self.reorder(held, target)
        self.held[name] = target
        return target

    def constant(self, array, layout, shape):
        """Weights in the layout that a primitive asks for, reordered now."""
        array = np.ascontiguousarray(array, np.float32)
        source = self.memory(self.library.plain(shape), array.view(np.uint8).reshape(-1))
        target = self.memory(layout, aligned(self.library.size(layout)))
        step = self.reorder_call(source, target)
        function = self.library.library.dnnl_primitive_execute
        function.argtypes = [ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_ssize_t, ctypes.c_ssize_t]
        function(*step.arguments[:4])
        return target

    def image(self, shape):
        """The layout of an image for a convolution."""
        if self.blocked and shape[1] % BLOCK == 0:
            return self.library.made("memory_desc_create_with_tag", len(shape), dims(shape), F32, TAG_BLOCKS)
        return self.library.layout(shape)

    def conv(self, step):
        library, shape = self.library, step.weights.shape
        if step.groups > 1:
            shape = (step.groups, shape[0] // step.groups, *shape[1:])
        before = self.shapes[step.inputs[0]]
        result = self.held[step.summand][0] if step.summand else self.image(step.shape)
        descriptor = library.made(
            "convolution_forward_primitive_desc_create", library.engine, INFERENCE, CONVOLUTION_AUTO,
            self.image(before), library.layout(shape), library.plain(step.bias.shape), result, dims(step.strides),
            dims((0, 0)), dims(step.pads[:2]), dims(step.pads[2:]),
            library.attributes(step.summand, step.activation))
        self.weighted(step, descriptor, shape)

    def weighted(self, step, descriptor, shape):
        """Appends a primitive with weights and bias; its result lies over the summand where there is one."""
        library = self.library
        source = self.as_laid_out(step.inputs[0], library.query(descriptor, QUERY_SRC))
        weights = self.constant(step.weights, library.query(descriptor, QUERY_WEIGHTS), shape)
        bias = self.constant(step.bias, library.plain(step.bias.shape), step.bias.shape)
        layout = library.query(descriptor, QUERY_DST)
        result = self.hold(step.output, layout, self.held[step.summand][2] if step.summand else None)
        self.calls.append(self.execute(descriptor, {SRC: source, WEIGHTS: weights, BIAS: bias, DST: result}))

    def linear(self, step):
        library, before = self.library, self.shapes[step.inputs[0]]
        shape = (len(step.weights), *before[1:])
        descriptor = library.made(
            "inner_product_forward_primitive_desc_create", library.engine, INFERENCE, library.layout(before),
            library.layout(shape), library.plain(step.bias.shape), library.layout(step.shape),
            library.attributes(None, step.activation))
        self.weighted(step, descriptor, shape)

    def simple(self, step, descriptor, sources):
        layout = self.library.query(descriptor, QUERY_DST)
        result = self.hold(step.output, layout)
        self.calls.append(self.execute(descriptor, sources | {DST: result}))

    def pool(self, step, algorithm):
        library, source = self.library, self.held[step.inputs[0]]
        descriptor = library.made(
            "pooling_forward_primitive_desc_create", library.engine, INFERENCE, algorithm, source[0],
            library.layout(step.shape), dims(step.strides), dims(step.kernel), dims((0, 0)), dims(step.pads[:2]),
            dims(step.pads[2:]), None)
        self.simple(step, descriptor, {SRC: source})

    def max_pool(self, step):
        self.pool(step, POOL_MAX)

    def average_pool(self, step):
        self.pool(step, POOL_AVERAGE)

    def add(self, step):
        library, sources = self.library, [self.held[name] for name in step.inputs]
        second = self.as_laid_out(step.inputs[1], sources[0][0])
        descriptor = library.made("binary_primitive_desc_create", library.engine, BINARY_ADD, sources[0][0], second[0],
                                  sources[0][0], library.attributes(None, step.activation))
        self.simple(step, descriptor, {SRC: sources[0], SRC_1: second})

    def concat(self, step):
        library, sources = self.library, [self.held[name] for name in step.inputs]
        layouts = (ctypes.c_void_p * len(sources))(*(source[0] for source in sources))
        descriptor = library.made("concat_primitive_desc_create", library.engine, None, len(sources), 1, layouts, None)
        self.simple(step, descriptor, {MULTIPLE_SRC + i: source for i, source in enumerate(sources)})

    def softmax(self, step):
        library, source = self.library, self.held[step.inputs[0]]
        descriptor = library.made("softmax_forward_primitive_desc_create", library.engine, INFERENCE, SOFTMAX,
                                  source[0], source[0], 1, None)
        self.simple(step, descriptor, {SRC: source})

    def activation(self, step):
        library, source = self.library, self.held[step.inputs[0]]
        which, alpha, beta = ELTWISE[step.activation]
        descriptor = library.made("eltwise_forward_primitive_desc_create", library.engine, INFERENCE, which, source[0],
                                  source[0], ctypes.c_float(alpha), ctypes.c_float(beta), None)
        self.simple(step, descriptor, {SRC: source})

    def output(self):
        return self.result
