// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"
#include <vector>

namespace ingot {

/// What a schedule of a 1 x 1 convolution and the mean over its picture is given.
struct PointwiseMeanStages {
    KernelSpec spec;              ///< a sequential of the two
    ConvolutionStages pointwise;  ///< pointwise.out is what is added up
    Halide::Var c, x, y, n;       ///< of out
    Halide::RDom columns, rows;   ///< of the convolution's picture
    Halide::Func row;             ///< sum of pointwise.out over a row           [n, y, c]
    Halide::Func sum;             ///< sum of the rows                           [n, c]
    Halide::Func out;             ///< the sum by the number of its terms        [n, y, x, c]
};

/// True for a sequential of a 1 x 1 conv2d in one group that reads each pixel, and the average over its picture.
bool is_pointwise_mean(const KernelSpec &spec);

const std::vector<Schedule<PointwiseMeanStages>> &pointwise_mean_schedules();

}  // namespace ingot
