# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operators that move, repeat and resample elements: random cases as in import_operators_test.py.

    import_movement_test.py [CLASS[.METHOD]]   INGOT_SEED=N repeats one seed
"""

import unittest

import numpy
from import_operators_test import Case, Operators

INTS = numpy.int64


def integers(values):
    return numpy.array(values, INTS)


class Selections(Operators):
    def gather(self, draw):
        shape = draw.shape()
        axis = draw.randrange(-len(shape), len(shape))
        extent = shape[axis]
        form = draw.choice(["scalar", "any", "even", "matrix", "same"])
        if form == "scalar":
            indices = draw.randrange(-extent, extent)
        elif form == "even":
            step = draw.choice([-2, -1, 1, 2])
            indices = list(range(extent))[::step]
        elif form == "matrix":
            indices = [draw.ints(2, -extent, extent - 1) for _ in range(3)]
        else:
            indices = [0] * 3 if form == "same" else draw.ints(draw.randint(1, 5), -extent, extent - 1)
        kind = draw.choice([INTS, numpy.int32])
        return Case("Gather", [draw.whole(shape)], [numpy.array(indices, kind)], axis=axis, opset=draw.choice([11, 13]))

    def slices(self, draw):
        shape = draw.ints(draw.randint(1, 4), 2, 7)
        axes = draw.sample(range(len(shape)), draw.randint(1, len(shape)))
        starts, ends, steps = [], [], []
        for axis in axes:
            step = draw.choice([-3, -2, -1, 1, 1, 2, 3])
            first, last = sorted(draw.sample(range(shape[axis] + 1), 2))
            if step > 0:
                start, end = draw.choice([first, first - shape[axis]]), draw.choice([last, last + 9, 2**63 - 1])
            else:
                start, end = draw.choice([last, last + 9, 2**63 - 1]), draw.choice([first - 1 - shape[axis], -2**63])
            starts.append(start), ends.append(end), steps.append(step)
        axes = [draw.choice([axis, axis - len(shape)]) for axis in axes]
        constants = [integers(starts), integers(ends), integers(axes), draw.maybe(integers(steps))]
        if constants[3] is None and min(steps) < 0:
            constants[3] = integers(steps)
        return Case("Slice", [draw.whole(shape)], constants, opset=draw.choice([10, 13]))

    def split(self, draw):
        shape = draw.ints(draw.randint(1, 4), 1, 7)
        axis = draw.randrange(-len(shape), len(shape))
        parts = draw.ints(draw.randint(1, 4), 1, 4)
        form = draw.choice(["attribute", "input", "equal", "count"])
        shape[axis] = sum(parts)
        if form == "equal":
            shape[axis] = len(parts) * parts[0]
        elif form == "count":
            shape[axis] = len(parts) * parts[0] - draw.randrange(parts[0])
        constants = [integers(parts)] if form == "input" else []
        return Case("Split", [draw.whole(shape)], constants, outputs=len(parts), axis=axis,
                    split=parts if form == "attribute" else None,
                    num_outputs=len(parts) if form == "count" else None,
                    opset={"attribute": 11, "input": draw.choice([13, 18]), "equal": 13, "count": 18}[form])

    def concat(self, draw):
        shape = draw.shape()
        axis = draw.randrange(-len(shape), len(shape))
        sources = []
        for _ in range(draw.randint(1, 4)):
            shape[axis] = draw.randint(1, 4)
            sources.append(draw.whole(shape))
        return Case("Concat", sources, axis=axis, opset=draw.choice([11, 13]))

    def test_gather(self):
        self.check(self.gather)

    def test_slice(self):
        self.check(self.slices)

    def test_split(self):
        self.check(self.split)

    def test_concat(self):
        self.check(self.concat)


class Indexing(Operators):
    """Positions that are known at import."""

    def rows(self, draw, shape, batch, leading):
        """Indices whose rows name positions in the dimensions of `shape` from `batch` on."""
        width = draw.randint(1, len(shape) - batch)
        count = int(numpy.prod(leading, initial=1))
        columns = [draw.ints(count, -extent, extent - 1) for extent in shape[batch:batch + width]]
        return integers(columns).T.reshape([*leading, width])

    def gather_nd(self, draw):
        shape = draw.shape()
        batch = draw.randrange(len(shape))
        indices = self.rows(draw, shape, batch, [*shape[:batch], *draw.ints(draw.randint(0, 2), 1, 4)])
        return Case("GatherND", [draw.whole(shape)], [indices], batch_dims=batch or None, opset=draw.choice([12, 13]))

    def scatter_nd(self, draw):
        shape = draw.shape()
        indices = self.rows(draw, shape, 0, draw.ints(draw.randint(1, 2), 1, 4))
        updates = draw.whole([*indices.shape[:-1], *shape[indices.shape[-1]:]])
        # Where a position stands twice, ONNX leaves open which update stays.
        positions = [tuple(index % extent for index, extent in zip(row, shape))
                     for row in indices.reshape(-1, indices.shape[-1])]
        if len(set(positions)) < len(positions):
            indices, updates = indices.reshape(-1, indices.shape[-1])[:1], updates.reshape(
                len(positions), *shape[indices.shape[-1]:])[:1]
        return Case("ScatterND", [draw.whole(shape)], [indices, updates], reduction=draw.choice([None, "none"]),
                    opset=draw.choice([16, 18]))

    def elements(self, draw, distinct):
        """Data's shape, an axis and indices along it."""
        shape = draw.shape()
        axis = draw.randrange(len(shape))
        inner = [draw.randint(1, extent) for extent in shape]
        if not distinct:
            inner[axis] = draw.randint(1, 6)
        lines = [draw.sample(range(shape[axis]), inner[axis]) if distinct
                 else draw.ints(inner[axis], -shape[axis], shape[axis] - 1)
                 for _ in range(int(numpy.prod(inner, initial=1)) // inner[axis])]
        rest = inner[:axis] + inner[axis + 1:]
        indices = numpy.moveaxis(integers(lines).reshape([*rest, inner[axis]]), -1, axis)
        return shape, draw.choice([axis, axis - len(shape)]), numpy.ascontiguousarray(indices)

    def gather_elements(self, draw):
        shape, axis, indices = self.elements(draw, False)
        return Case("GatherElements", [draw.whole(shape)], [indices], axis=axis, opset=draw.choice([11, 13]))

    def scatter_elements(self, draw):
        shape, axis, indices = self.elements(draw, True)
        return Case("ScatterElements", [draw.whole(shape)], [indices, draw.whole(indices.shape)], axis=axis,
                    opset=draw.choice([11, 18]))

    def test_gather_nd(self):
        self.check(self.gather_nd)

    def test_scatter_nd(self):
        self.check(self.scatter_nd)

    def test_gather_elements(self):
        self.check(self.gather_elements)

    def test_scatter_elements(self):
        self.check(self.scatter_elements)


class Tables(Operators):
    """Positions and masks, of constants."""

    def test_cum_sum(self):
        def make(draw):
            shape = draw.shape()
            axis = draw.randrange(-len(shape), len(shape))
            data = draw.whole(shape).astype(draw.choice([numpy.float32, INTS]))
            return Case("CumSum", [], [data, numpy.array(axis, INTS)], opset=draw.choice([11, 14]),
                        exclusive=draw.choice([None, 1]), reverse=draw.choice([None, 1]))

        self.check(make)

    def test_non_zero(self):
        def make(draw):
            data = draw.whole(draw.shape(), 0, 2)
            data.flat[0] = 1
            return Case("NonZero", [], [data], opset=draw.choice([9, 13]))

        self.check(make)

    def test_trilu(self):
        def make(draw):
            shape = draw.shape(2, 4)
            return Case("Trilu", [draw.whole(shape)], [draw.maybe(numpy.array(draw.randint(-3, 3), INTS))],
                        upper=draw.choice([None, 0, 1]), opset=14)

        self.check(make)


class Movements(Operators):
    def reshape(self, draw):
        shape = draw.shape()
        wanted = draw.sample(shape, len(shape))
        if draw.random() < 0.5:
            wanted[draw.randrange(len(wanted))] = -1
        if draw.random() < 0.3 and wanted[0] == shape[0]:
            wanted[0] = 0
        return Case("Reshape", [draw.whole(shape)], [integers(wanted)], opset=draw.choice([7, 14]))

    def squeeze(self, draw):
        shape = draw.shape(2)
        axes = draw.sample(range(len(shape)), draw.randint(1, len(shape) - 1))
        for axis in axes:
            shape[axis] = 1
        named = draw.maybe([draw.choice([axis, axis - len(shape)]) for axis in axes])
        opset = draw.choice([11, 13])
        constants = [integers(named)] if named is not None and opset == 13 else []
        return Case("Squeeze", [draw.whole(shape)], constants, axes=named if opset == 11 else None, opset=opset)

    def unsqueeze(self, draw):
        shape = draw.shape(1, 3)
        rank = len(shape) + draw.randint(1, 2)
        axes = [draw.choice([axis, axis - rank]) for axis in draw.sample(range(rank), rank - len(shape))]
        opset = draw.choice([11, 13])
        return Case("Unsqueeze", [draw.whole(shape)], [integers(axes)] if opset == 13 else [],
                    axes=axes if opset == 11 else None, opset=opset)

    def transpose(self, draw):
        shape = draw.shape()
        return Case("Transpose", [draw.whole(shape)], perm=draw.maybe(draw.sample(range(len(shape)), len(shape))))

    def expand(self, draw):
        shape = draw.shape()
        wanted = [1 if draw.random() < 0.3 else extent for extent in draw.ints(draw.randint(0, 1), 1, 3) + shape]
        return Case("Expand", [draw.whole(draw.broadcasting(shape))], [integers(wanted)], opset=13)

    def tile(self, draw):
        shape = draw.shape()
        return Case("Tile", [draw.whole(shape)], [integers(draw.ints(len(shape), 1, 3))], opset=13)

    def flatten(self, draw):
        shape = draw.shape()
        return Case("Flatten", [draw.whole(shape)], axis=draw.randint(-len(shape), len(shape)), opset=13)

    def space(self, draw):
        block = draw.randint(1, 3)
        n, c, h, w = draw.ints(4, 1, 3)
        if draw.random() < 0.5:
            return Case("SpaceToDepth", [draw.whole([n, c, h * block, w * block])], blocksize=block, opset=13)
        return Case("DepthToSpace", [draw.whole([n, c * block * block, h, w])], blocksize=block,
                    mode=draw.choice([None, "DCR", "CRD"]), opset=13)

    def pad(self, draw):
        shape = draw.ints(draw.randint(1, 4), 2, 6)
        mode = draw.choice([None, "constant", "reflect", "edge", "wrap"])
        before, after = ([draw.randint(-1 if extent > 2 else 0, extent - 1) for extent in shape] for _ in range(2))
        if mode in ("reflect", "edge", "wrap") and draw.random() < 0.8:
            before, after = numpy.maximum(before, 0), numpy.maximum(after, 0)
        opset = 19 if mode == "wrap" else draw.choice([10, 13, 18])
        value = draw.choice([0.0, 2.5])
        if opset == 10:
            return Case("Pad", [draw.whole(shape)], pads=[int(x) for x in (*before, *after)], mode=mode, value=value,
                        opset=opset)
        constants = [integers([*before, *after]), draw.maybe(numpy.array(value, numpy.float32))]
        if opset >= 18 and draw.random() < 0.5:
            axes = draw.sample(range(len(shape)), draw.randint(1, len(shape)))
            pads = integers([*(before[axis] for axis in axes), *(after[axis] for axis in axes)])
            constants = [pads, constants[1], integers(axes)]
        return Case("Pad", [draw.whole(shape)], constants, mode=mode, opset=opset)

    def cast(self, draw):
        source = draw.choice([draw.real([2, 3]), draw.whole([2, 3]).astype(INTS), draw.bools([2, 3]),
                              draw.whole([2, 3]).astype(numpy.int32), draw.whole([2, 3], 0, 4).astype(numpy.uint8)])
        return Case("Cast", [source], to=draw.choice([1, 7, 9]), opset=draw.choice([9, 13, 19]))

    def test_reshape(self):
        self.check(self.reshape)

    def test_squeeze(self):
        self.check(self.squeeze)

    def test_unsqueeze(self):
        self.check(self.unsqueeze)

    def test_transpose(self):
        self.check(self.transpose)

    def test_expand(self):
        self.check(self.expand)

    def test_tile(self):
        self.check(self.tile)

    def test_flatten(self):
        self.check(self.flatten)

    def test_depth_and_space(self):
        self.check(self.space)

    def test_pad(self):
        self.check(self.pad)

    def test_cast(self):
        self.check(self.cast)


class Resizes(Operators):
    """Pictures of whole numbers, which linear and cubic weights mix with rounding.

    Left out is what ONNX Runtime does otherwise: a shape that stays is copied whatever the scale, coordinates of
    half_pixel_symmetric may round to the other side of a whole number, an aspect ratio may leave extents of 0.
    """

    COORDINATES = (None, "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
    ROUNDINGS = (None, "round_prefer_floor", "round_prefer_ceil")

    def resize(self, draw, mode):
        extents = draw.ints(2, 1, 9)
        opset = draw.choice([11, 13, 18, 19])
        coordinates, rounding = draw.choice(self.COORDINATES), draw.choice([*self.ROUNDINGS, "floor", "ceil"])
        if mode == "nearest" and draw.random() < 0.2:
            coordinates = "tf_half_pixel_for_nn"
        elif draw.random() < 0.2:
            coordinates, rounding = "half_pixel_symmetric", draw.choice(self.ROUNDINGS)
        antialias = 1 if opset >= 18 and mode != "nearest" and draw.random() < 0.4 else None
        attributes = {
            "mode": mode,
            "coordinate_transformation_mode": coordinates,
            "nearest_mode": rounding,
            "antialias": antialias,
        }
        if mode == "cubic":
            attributes["cubic_coeff_a"] = draw.choice([None, -0.5])
            attributes["exclude_outside"] = draw.choice([None, 0, 1])
        roi = numpy.array([], numpy.float32)
        if draw.random() < 0.5:
            scales = [draw.choice([0.4, 0.5, 1.0, 1.5, 2.0, 3.0, 1.7]) for _ in extents]
            scales = [max(scale, 1.01 / extent) for scale, extent in zip(scales, extents)]
            constants = [roi, numpy.array([1, 1, *scales], numpy.float32)]
        else:
            constants = [roi, None, integers([2, 3, *draw.ints(2, 1, 12)])]
            if opset >= 18 and draw.random() < 0.5:
                policy = draw.choice(["not_larger", "not_smaller"]) if min(extents) * 2 > max(extents) else None
                attributes["keep_aspect_ratio_policy"] = policy
                attributes["axes"] = [2, 3]
                constants[2] = constants[2][2:]
        return Case("Resize", [draw.whole([2, 3, *extents])], constants, opset=opset, **attributes)

    def upsample(self, draw):
        opset = draw.choice([7, 9, 10])
        scales = [1.0, 1.0, *(draw.choice([1.0, 2.0, 3.0, 1.5]) for _ in range(2))]
        if opset == 10:
            scales[2:] = [draw.choice([0.5, 0.6, *scales[2:]]) for _ in range(2)]
        source, mode = draw.whole([2, 3, *draw.ints(2, 2, 6)]), draw.choice([None, "nearest", "linear"])
        if opset == 7:
            return Case("Upsample", [source], scales=scales, mode=mode, opset=opset)
        return Case("Upsample" if opset == 9 else "Resize", [source], [numpy.array(scales, numpy.float32)], mode=mode,
                    opset=opset)

    def test_nearest(self):
        self.check(lambda draw: self.resize(draw, "nearest"))

    def test_linear(self):
        self.check(lambda draw: self.resize(draw, "linear"), False)

    def test_cubic(self):
        self.check(lambda draw: self.resize(draw, "cubic"), False)

    def test_upsample(self):
        self.check(self.upsample, False)


if __name__ == "__main__":
    unittest.main()
