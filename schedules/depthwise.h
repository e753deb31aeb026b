// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"
#include <optional>

namespace ingot {

/// A register tile of a convolution in groups of one to three channels of dst: `vector` channels, which are lanes,
/// by `x` columns and `y` rows of results.
struct DepthwiseTile {
    int vector = 1, x = 1, y = 1;
};

/// The loops of a tile, from the inside out.
struct DepthwiseLoops {
    Halide::Var lane, xi, yi, xo, yo, block;
};

/// The lanes are whole or all of the channels, and the registers hold the results, the pixels of a row of them and
/// its weights.
bool supports_depthwise_tile(const KernelSpec &spec, const Target &target, const DepthwiseTile &tile);

/// Half cycles per useful vector FMA; `rows` of the result are computed for each time that the weights are read.
double depthwise_tile_cost(const KernelSpec &spec, const Target &target, const DepthwiseTile &tile, int64_t rows);

/// Splits stages.out into tiles, a block of channels over a picture before the next block, and computes a tile's
/// sums in registers. The caller orders what is outside of the blocks and gives the source its place.
DepthwiseLoops schedule_depthwise_tile(ConvolutionStages &stages, const Target &target, const DepthwiseTile &tile);

}  // namespace ingot
