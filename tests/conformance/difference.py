# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How far an output is from the expected one: rtol 1e-3 and atol 1e-6 for floats, all else exactly."""

import math

import numpy
from compiled_library import form, same_type

RTOL = 1e-3
ATOL = 1e-6


def compare(name, got, expected):
    """Why output `name` is wrong, or "", and its largest difference in ULP.

    |got - expected| <= ATOL + RTOL |expected|; a NaN equals a NaN, an infinity itself. A ULP is that of the expected
    float32, or of ATOL / RTOL where that is larger: below it the absolute tolerance governs, and a sum whose terms
    cancel has no digits to count.
    """
    if not same_type(got.dtype, expected.dtype) or got.shape != expected.shape:
        return f"output '{name}' is {form(got.dtype, got.shape)}, not {form(expected.dtype, expected.shape)}", 0
    if expected.dtype != numpy.float32:
        got, expected = integers(got), integers(expected)
        wrong = got != expected
        return explain(name, got, expected, wrong, ""), 0
    with numpy.errstate(invalid="ignore"):
        difference = numpy.abs(got.astype(numpy.float64) - expected.astype(numpy.float64))
    same = (got == expected) | (numpy.isnan(got) & numpy.isnan(expected))
    difference = numpy.where(same, 0, numpy.where(numpy.isfinite(difference), difference, numpy.inf))
    magnitude = numpy.where(numpy.isfinite(expected), numpy.abs(expected), 0).astype(numpy.float32)
    wrong = difference > ATOL + RTOL * magnitude
    ulp = difference / numpy.spacing(numpy.maximum(magnitude, numpy.float32(ATOL / RTOL)))
    largest, ulp = difference.max(initial=0), ulp.max(initial=0)
    ulp = math.ceil(ulp) if math.isfinite(ulp) else math.inf
    return explain(name, got, expected, wrong, f", by up to {largest:.3g}, {ulp} ULP"), ulp


def integers(array):
    """`array` with bools as bytes, of which those other than 0 and 1 are wrong."""
    return array.view(numpy.uint8) if array.dtype == bool else array


def explain(name, got, expected, wrong, size):
    """The first wrong element and how many there are; "" where there are none."""
    if not wrong.any():
        return ""
    first = tuple(int(index[0]) for index in numpy.nonzero(numpy.atleast_1d(wrong)))
    values = [numpy.atleast_1d(array)[first] for array in (got, expected)]
    return (f"output '{name}': {numpy.count_nonzero(wrong)} of {wrong.size} elements are wrong{size}; "
            f"{list(first)} is {values[0]:.9g}, not {values[1]:.9g}")
