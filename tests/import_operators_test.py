# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators with random attributes: imported and run in the reference interpreter, against ONNX Runtime.

    import_operators_test.py [CLASS[.METHOD]]   INGOT_SEED=N repeats one seed
"""

import os
import pathlib
import random
import tempfile
import unittest

import numpy
import onnxruntime
from interpreted_model import Refused, interpret
from onnx import TensorProto, helper, numpy_helper

PROGRAM = os.environ["INTERPRET_MODEL"]
SEEDS = [int(os.environ["INGOT_SEED"])] if "INGOT_SEED" in os.environ else range(40)
BOUND = 1e-5  # of the largest output, for functions that are no sums of whole numbers

onnxruntime.set_default_logger_severity(4)


class Case:
    """A model of one node. `sources` are its inputs at run time, `constants` its initializers, by place."""

    def __init__(self, op, sources, constants=(), opset=17, outputs=1, **attributes):
        self.op, self.opset = op, opset
        self.attributes = {name: value for name, value in attributes.items() if value is not None}
        while constants and constants[-1] is None:
            constants = constants[:-1]
        operands = [*sources, *constants]
        names = [None if array is None else f"x{i}" for i, array in enumerate(operands)]
        self.arrays = [array for array in sources if array is not None]
        ports = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                 for name, array in zip(names, sources)]
        initializers = [numpy_helper.from_array(array, name)
                        for name, array in zip(names[len(sources):], constants) if array is not None]
        results = [f"y{i}" for i in range(outputs)]
        node = helper.make_node(op, [name or "" for name in names], results, **self.attributes)
        graph = helper.make_graph([node], "net", ports, [helper.make_empty_tensor_value_info(y) for y in results],
                                  initializers)
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)

    def __str__(self):
        shapes = ", ".join(f"{array.dtype}{list(array.shape)}" for array in self.arrays)
        return f"{self.op} of opset {self.opset} on {shapes}: {self.attributes}"

    def expected(self):
        session = onnxruntime.InferenceSession(self.model.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, {port.name: array for port, array in zip(session.get_inputs(), self.arrays)})


class Operators(unittest.TestCase):
    def check(self, make, exact=True):
        """`make` gives a Case for a random.Random; exact where all sums are of whole numbers."""
        compared = 0
        for seed in SEEDS:
            with self.subTest(seed=seed):
                compared += self.compare(make(Draw(seed)), exact)
        self.assertGreater(compared, len(SEEDS) // 3, "ONNX Runtime refuses most cases")

    def compare(self, case, exact):
        """False where ONNX Runtime refuses the case."""
        try:
            expected = case.expected()
        except Exception:  # no common class
            return False
        with tempfile.TemporaryDirectory(prefix="ingot-operators-") as folder:
            folder = pathlib.Path(folder)
            (folder / "net.onnx").write_bytes(case.model.SerializeToString())
            try:
                results = interpret(PROGRAM, folder / "net.onnx", case.arrays, folder)
            except Refused as error:
                self.fail(f"{case}: {error}")
        self.assertEqual(len(results), len(expected))
        for (_, got), wanted in zip(results, expected):
            self.assertEqual((got.dtype, got.shape), (wanted.dtype, wanted.shape), case)
            if exact or wanted.dtype != numpy.float32:
                numpy.testing.assert_array_equal(got, wanted, str(case))
            else:
                bound = BOUND * max(numpy.abs(wanted).max(), 1e-3)
                numpy.testing.assert_allclose(got, wanted, rtol=0, atol=bound, err_msg=str(case))
        return True


class Draw(random.Random):
    """Random cases."""

    def whole(self, shape, low=-4, high=4):
        """Whole numbers as float32."""
        numbers = numpy.random.default_rng(self.getrandbits(32))
        return numbers.integers(low, high, shape, endpoint=True).astype(numpy.float32)

    def real(self, shape, scale=2.0):
        return (scale * numpy.random.default_rng(self.getrandbits(32)).standard_normal(shape)).astype(numpy.float32)

    def bools(self, shape):
        return self.whole(shape, 0, 1).astype(bool)

    def ints(self, count, low, high):
        return [self.randint(low, high) for _ in range(count)]

    def maybe(self, value):
        return value if self.random() < 0.7 else None

    def shape(self, least=1, most=4):
        return self.ints(self.randint(least, most), 1, 5)

    def broadcasting(self, shape):
        """A shape that broadcasts to `shape`."""
        extents = [extent if self.random() < 0.6 else 1 for extent in shape]
        return extents[self.randint(0, len(shape)):]

    def window(self, rank, extents, dilations=True):
        """Attributes of a window over a picture of `extents`, and its kernel."""
        kernel = self.ints(rank, 1, 4)
        attributes = {
            "strides": self.maybe(self.ints(rank, 1, 3)),
            "dilations": self.maybe(self.ints(rank, 1, 2)) if dilations else None,
        }
        pad = self.choice(["pads", "SAME_UPPER", "SAME_LOWER", "VALID", "none"])
        if pad == "pads":
            attributes["pads"] = [self.randint(0, size - 1) for size in kernel * 2]
        elif pad != "none":
            attributes["auto_pad"] = pad
            if pad != "VALID":
                attributes["dilations"] = None
        return kernel, attributes


def picture(draw, channels, least=7):
    """[n, channels, ...] of one or two further dimensions."""
    rank = draw.choice([1, 2, 2])
    return rank, [draw.randint(1, 2), channels, *draw.ints(rank, least, 9)]


class Windows(Operators):
    def conv(self, draw):
        groups = draw.choice([1, 1, 2, 3])
        ci, co = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
        rank, shape = picture(draw, ci)
        kernel, attributes = draw.window(rank, shape[2:])
        weights = draw.whole([co, ci // groups, *kernel])
        bias = draw.maybe(draw.whole([co]))
        return Case("Conv", [draw.whole(shape)], [weights, bias], group=groups, kernel_shape=draw.maybe(kernel),
                    opset=draw.choice([7, 11, 22]), **attributes)

    def conv_transpose(self, draw):
        groups = draw.choice([1, 1, 2])
        ci, co = groups * draw.randint(1, 3), groups * draw.randint(1, 2)
        rank, shape = picture(draw, ci, 1)
        kernel = draw.ints(rank, 1, 5)
        strides, dilations = draw.ints(rank, 1, 4), draw.ints(rank, 1, 3)
        padding = [draw.randint(0, max(s, d) - 1) for s, d in zip(strides, dilations)]
        attributes = {"output_padding": draw.maybe(padding)}
        form = draw.choice(["pads", "SAME_UPPER", "SAME_LOWER", "VALID", "none", "output_shape"])
        if form == "pads":
            attributes["pads"] = draw.ints(2 * rank, 0, 3)
        elif form == "output_shape":
            attributes["output_shape"] = [extent * s + draw.randint(0, 2) for extent, s in zip(shape[2:], strides)]
            attributes["auto_pad"] = draw.choice([None, "SAME_UPPER", "SAME_LOWER"])
        elif form != "none":
            attributes["auto_pad"] = form
            # Where the kernel leaves gaps, ONNX Runtime's result is smaller than ONNX says.
            kernel = [max(k, s) for k, s in zip(kernel, strides)]
        weights = draw.whole([ci, co // groups, *kernel])
        return Case("ConvTranspose", [draw.whole(shape)], [weights, draw.maybe(draw.whole([co]))], group=groups,
                    strides=strides, dilations=dilations, kernel_shape=draw.maybe(kernel),
                    opset=draw.choice([11, 22]), **attributes)

    def pool(self, draw, op, **more):
        rank, shape = picture(draw, 2)
        opset = draw.choice([11, 22])
        kernel, attributes = draw.window(rank, shape[2:], dilations=op == "MaxPool" or opset >= 19)
        if op == "LpPool":  # ONNX Runtime counts pads below 0 and takes windows larger than the picture
            attributes["strides"] = attributes["dilations"] = None
        if attributes.get("auto_pad") != "VALID" and (op != "LpPool" or opset >= 18):
            attributes["ceil_mode"] = draw.choice([None, 1])
        return Case(op, [draw.whole(shape)], kernel_shape=kernel, opset=opset, **attributes, **more)

    def test_conv(self):
        self.check(self.conv)

    def test_conv_transpose(self):
        self.check(self.conv_transpose)

    def test_max_pool(self):
        self.check(lambda draw: self.pool(draw, "MaxPool"))

    def test_average_pool(self):
        self.check(lambda draw: self.pool(draw, "AveragePool", count_include_pad=draw.choice([None, 0, 1])), False)

    def test_lp_pool(self):
        self.check(lambda draw: self.pool(draw, "LpPool", p=draw.choice([None, 1, 2, 3])), False)

    def test_global_pools(self):
        def make(draw):
            op = draw.choice(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
            p = draw.choice([None, 1, 3]) if op == "GlobalLpPool" else None
            return Case(op, [draw.whole([2, 3, *draw.ints(draw.randint(1, 3), 1, 5)])], p=p)

        self.check(make, False)


class Matrices(Operators):
    def test_gemm(self):
        def make(draw):
            m, k, n = draw.ints(3, 1, 5)
            trans_a, trans_b = draw.randint(0, 1), draw.randint(0, 1)
            a, b = draw.whole([k, m] if trans_a else [m, k]), draw.whole([n, k] if trans_b else [k, n])
            c = draw.maybe(draw.whole(draw.broadcasting([m, n])))
            operands, dynamic = [a, b] if c is None else [a, b, c], draw.randint(1, 3)
            return Case("Gemm", operands[:dynamic], operands[dynamic:], transA=draw.maybe(trans_a) or trans_a,
                        transB=trans_b, alpha=draw.choice([None, 2.0]), beta=draw.choice([None, 0.0, 0.5]))

        self.check(make)

    def test_matmul(self):
        def make(draw):
            m, k, n = draw.ints(3, 1, 4)
            batch = draw.ints(draw.randint(0, 2), 1, 3)
            a, b = [*draw.broadcasting(batch), m, k], [*batch, k, n]
            a = draw.choice([a, a, [k]])
            b = draw.choice([b, [k, n], [k]])
            dynamic = draw.randint(1, 2)
            operands = [draw.whole(a), draw.whole(b)]
            return Case("MatMul", operands[:dynamic], operands[dynamic:])

        self.check(make)


class Reductions(Operators):
    OPS = ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
           "ReduceProd", "ReduceSum", "ReduceSumSquare"]

    def reduction(self, draw):
        op, opset, shape = draw.choice(self.OPS), draw.choice([7, 11, 13, 18]), draw.shape()
        axes = draw.sample(range(len(shape)), draw.randint(1, len(shape)))
        if opset >= 11:
            axes = [axis - len(shape) if draw.random() < 0.3 else axis for axis in axes]
        axes = draw.maybe(axes)
        is_input = opset >= (13 if op == "ReduceSum" else 18)
        constants = [numpy.array(axes, numpy.int64)] if is_input and axes else []
        noop = draw.choice([None, 0, 1]) if is_input and op == "ReduceSum" else None
        src = numpy.abs(draw.real(shape)) + 1 if op == "ReduceLogSum" else draw.real(shape)
        return Case(op, [src], constants, opset=opset, axes=None if is_input else axes, noop_with_empty_axes=noop,
                    keepdims=draw.choice([None, 0, 1]))

    def test_reductions(self):
        self.check(self.reduction, False)

    def test_integer_reductions(self):
        def make(draw):
            op, shape = draw.choice(["ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"]), draw.shape()
            return Case(op, [draw.whole(shape).astype(numpy.int64)], keepdims=draw.choice([0, 1]))

        self.check(make)

    def test_arg(self):
        def make(draw):
            shape, opset = draw.shape(), draw.choice([7, 11, 13])
            axis = draw.randint(-len(shape) if opset >= 11 else 0, len(shape) - 1)
            last = draw.choice([None, 0, 1]) if opset >= 12 else None
            return Case(draw.choice(["ArgMax", "ArgMin"]), [draw.whole(shape, 0, 2)], opset=opset,
                        axis=draw.maybe(axis), keepdims=draw.choice([None, 0, 1]), select_last_index=last)

        self.check(make)

    def test_softmax(self):
        def make(draw):
            shape, opset = draw.shape(2), draw.choice([7, 11, 13])
            axis = draw.randint(-len(shape) if opset >= 11 else 0, len(shape) - 1)
            op = draw.choice(["Softmax", "LogSoftmax", "Hardmax"])
            return Case(op, [draw.real(shape)], opset=opset, axis=draw.maybe(axis))

        self.check(make, False)


class Normalizations(Operators):
    def test_batch_normalization(self):
        def make(draw):
            shape = [2, 3, *draw.ints(draw.randint(0, 3), 1, 4)]
            constants = [draw.real([3]), draw.real([3]), draw.real([3]), numpy.abs(draw.real([3])) + 0.1]
            return Case("BatchNormalization", [draw.real(shape)], constants, opset=draw.choice([7, 9, 14, 15]),
                        epsilon=draw.choice([None, 1e-2]), momentum=draw.choice([None, 0.5]))

        self.check(make, False)

    def test_instance_normalization(self):
        def make(draw):
            shape = [2, 3, *draw.ints(draw.randint(1, 2), 2, 5)]
            return Case("InstanceNormalization", [draw.real(shape)], [draw.real([3]), draw.real([3])],
                        epsilon=draw.choice([None, 1e-2]))

        self.check(make, False)

    def test_group_normalization(self):
        def make(draw):
            opset, groups = draw.choice([18, 21]), draw.randint(1, 3)
            channels = groups * draw.randint(1, 3)
            constants = [draw.real([channels if opset >= 21 else groups]) for _ in range(2)]
            shape = [2, channels, *draw.ints(draw.randint(1, 2), 2, 5)]
            return Case("GroupNormalization", [draw.real(shape)], constants, opset=opset, num_groups=groups,
                        epsilon=draw.choice([None, 1e-2]))

        self.check(make, False)

    def test_layer_normalization(self):
        def make(draw):
            shape = draw.ints(draw.randint(2, 4), 2, 5)
            axis = draw.randint(-len(shape), len(shape) - 1)
            scale = shape[axis:]
            return Case("LayerNormalization", [draw.real(shape)], [draw.real(scale), draw.maybe(draw.real(scale))],
                        axis=axis, epsilon=draw.choice([None, 1e-2]), outputs=draw.choice([1, 3]))

        self.check(make, False)

    def test_other_normalizations(self):
        def make(draw):
            op = draw.choice(["LRN", "MeanVarianceNormalization", "LpNormalization"])
            attributes = {
                "LRN": {"size": draw.randint(1, 6), "alpha": draw.choice([None, 0.5]), "beta": draw.choice([None, 0.5]),
                        "bias": draw.choice([None, 2.0])},
                "MeanVarianceNormalization": {"axes": draw.choice([None, [2, 3], [0, 1, 2, 3]])},
                "LpNormalization": {"p": draw.choice([None, 1, 2]), "axis": draw.choice([None, 0, 1])},
            }[op]
            return Case(op, [draw.real([2, draw.randint(1, 8), 3, 4])], **attributes)

        self.check(make, False)


class Elementwise(Operators):
    UNARY = {
        "Abs": (), "Ceil": (), "Cos": (), "Erf": (), "Exp": (), "Floor": (), "HardSwish": (), "Neg": (), "Relu": (),
        "Round": (), "Sigmoid": (), "Sign": (), "Sin": (), "Softplus": (), "Softsign": (), "Tanh": (), "Mish": (),
        "Celu": ("alpha",), "Elu": ("alpha",), "LeakyRelu": ("alpha",), "ThresholdedRelu": ("alpha",),
        "HardSigmoid": ("alpha", "beta"), "Selu": ("alpha", "gamma"), "Shrink": ("bias", "lambd"), "Gelu": (),
        "Identity": (), "Dropout": (),
    }  # fmt: skip
    BINARY = ["Add", "Sub", "Mul", "Div", "Min", "Max"]
    COMPARISONS = ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]

    def test_of_one_source(self):
        def make(draw):
            op = draw.choice(list(self.UNARY))
            attributes = {name: draw.choice([None, 0.75]) for name in self.UNARY[op]}
            if op == "Gelu":
                attributes["approximate"] = draw.choice([None, "none", "tanh"])
            return Case(op, [draw.real(draw.shape())], opset=22, **attributes)

        self.check(make, False)

    def test_of_positive_numbers(self):
        def make(draw):
            return Case(draw.choice(["Log", "Sqrt", "Reciprocal"]), [numpy.abs(draw.real(draw.shape())) + 0.1])

        self.check(make, False)

    def operands(self, draw, make_array, count=2):
        shape = draw.shape()
        arrays = [make_array(draw.broadcasting(shape)) for _ in range(count)]
        arrays[draw.randrange(count)] = make_array(shape)
        dynamic = draw.randint(1, count)
        return arrays[:dynamic], arrays[dynamic:]

    def test_arithmetic(self):
        def make(draw):
            kind = draw.choice([numpy.float32, numpy.int64])
            return Case(draw.choice(self.BINARY),
                        *self.operands(draw, lambda shape: draw.whole(shape, 1, 9).astype(kind) * draw.choice([-1, 1])))

        self.check(make)

    def test_comparisons(self):
        def make(draw):
            kind = draw.choice([numpy.float32, numpy.int64])
            return Case(draw.choice(self.COMPARISONS),
                        *self.operands(draw, lambda shape: draw.whole(shape, 0, 2).astype(kind)))

        self.check(make)

    def test_logic(self):
        def make(draw):
            if draw.random() < 0.2:
                return Case("Not", [draw.bools(draw.shape())])
            return Case(draw.choice(["And", "Or", "Xor"]), *self.operands(draw, draw.bools))

        self.check(make)

    def test_any_number_of_sources(self):
        def make(draw):
            op = draw.choice(["Max", "Mean", "Min", "Sum"])
            return Case(op, *self.operands(draw, draw.whole, draw.randint(1, 5)))

        self.check(make, False)

    def test_where(self):
        def make(draw):
            shape = draw.shape()
            kind = draw.choice([numpy.float32, numpy.int64])
            values = [draw.whole(draw.broadcasting(shape)).astype(kind) for _ in range(2)]
            return Case("Where", [draw.bools(shape), values[0]], values[1:])

        self.check(make)

    def test_pow(self):
        def make(draw):
            shape = draw.shape()
            exponents = numpy.float32(draw.choice([0.5, 1, 2, 3, -1, 1.5])) if draw.random() < 0.5 else draw.real(shape)
            if draw.random() < 0.2:
                exponents = numpy.array(2, numpy.int64)
            return Case("Pow", [numpy.abs(draw.real(shape)) + 0.1], [numpy.array(exponents)])

        self.check(make, False)

    def test_mod(self):
        def make(draw):
            fmod, shape = draw.randint(0, 1), draw.shape()
            kind = numpy.float32 if fmod else numpy.int64
            arrays = [(draw.whole(shape, 1, 9) * draw.choice([-1, 1])).astype(kind) for _ in range(2)]
            return Case("Mod", arrays, fmod=fmod)

        self.check(make)

    def test_clip(self):
        def make(draw):
            low, high = draw.maybe(draw.choice([-1.0, 0.0])), draw.maybe(1.5)
            src = draw.real(draw.shape())
            if draw.random() < 0.4:
                return Case("Clip", [src], opset=6 + draw.randint(1, 4), min=low, max=high)
            bounds = [None if bound is None else numpy.float32(bound) for bound in [low, high]]
            return Case("Clip", [src], [None if bound is None else numpy.array(bound) for bound in bounds])

        self.check(make)

    def test_prelu(self):
        def make(draw):
            shape = draw.shape()
            sources, constants = [draw.whole(shape)], [draw.whole(draw.broadcasting(shape))]
            return Case("PRelu", [*sources, *constants], []) if draw.random() < 0.3 else Case("PRelu", sources, constants)

        self.check(make)


if __name__ == "__main__":
    unittest.main()
