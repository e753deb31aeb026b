// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <vector>

namespace ingot {

/// A layer of a sequential, as a schedule is given it.
struct SequentialLayer {
    KernelSpec spec;      ///< of the layer
    Halide::Var c, x, y;  ///< of sum and result; a gemm has c alone
    /// A convolution's r.x input channel, r.y filter column, r.z filter row; a pool2d's r.x window column, r.y
    /// window row; a gemm's r.x input feature.
    Halide::RDom r;
    Halide::Func features;  ///< of a gemm: what it reads, in one dimension   [n, i]
    Halide::Func weights;   ///< as the kernel reads them; of a gemm [c, i], of a convolution [ky, kx, ci, c]
    Halide::Func sum;       ///< bias + sum of products, or the window's maximum; a gemm's [n, c], else [n, y, x, c]
};

/// Where the values of a picture or of a row of features are kept between two layers; of the last one: dst.
struct SequentialResult {
    Halide::Func func;  ///< plain and last: [n, y, x, c]; bordered the same with zeros around; flat [n, pixel, c];
                        ///< of a gemm [n, c]
    enum class Form {
        plain,     ///< all pure
        bordered,  ///< zeros, then the picture over `picture`: r.x column, for rows inside
        flat,      ///< what a gemm reads of a picture, over `picture`: r.x column, r.y row; pixel = y * w + x
    } form = Form::plain;
    Halide::RDom picture;
    Halide::Var c, x, y;  ///< the free variables of its last definition; flat: c alone, bordered: c and y
};

/// What a schedule of a sequential is given: results[0] is a copy of src, results[i + 1] is made of layers[i].sum.
struct SequentialStages {
    KernelSpec spec;
    Halide::Var n;
    std::vector<SequentialLayer> layers;
    std::vector<SequentialResult> results;
};

const std::vector<Schedule<SequentialStages>> &sequential_schedules();

}  // namespace ingot
