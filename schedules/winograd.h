// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <utility>
#include <vector>

namespace ingot {

/// What a schedule of a Winograd convolution is given, with a fused pool or without; see generators/winograd.h for
/// the formula; spec.weights.order is the size of the tiles. Tiles are numbered row by row: t = ty * (tiles in a
/// row)
/// + tx.
struct WinogradStages {
    KernelSpec spec;                  ///< constants of this kernel
    Halide::Var c, x, y, n;           ///< output channel, column, row, image; of out
    Halide::Var t;                    ///< tile
    Halide::Var fx, fy;               ///< frequency
    Halide::Var i, j;                 ///< column and row in a tile: of the picture, or of results
    Halide::RDom r;                   ///< r.x input channel
    Halide::Func src, weights, bias;  ///< operands as the kernel reads them; src pads where its buffer does not
    Halide::Func input_rows;          ///< Bᵀ along rows of the picture                   [n, t, j, fx, ci]
    Halide::Func input;               ///< Bᵀ d B                                        [n, fy, fx, t, ci]
    Halide::Func sum;                 ///< sum of products over input channels           [n, fy, fx, t, c]
    Halide::Func output_rows;         ///< Aᵀ along rows of sum, bias added              [n, t, fy, i, c]
    Halide::Func result;              ///< Aᵀ sum A + bias                               [n, t, j, i, c]
    Halide::Func out;                 ///< epilogue(result), or of its maximum over a tile [n, y, x, c]
};

// What the two Winograd folders share, for both sizes of tiles.

/// cpu_reference: a transformed picture per image, then one result at a time. Here and below, the order of the
/// weights that a schedule asks for, winograd2 or winograd4, is the size of its tiles.
template<DimOrder order>
Schedule<WinogradStages> winograd_reference();

/// cpu_tiled: its parameters are tile_c, tile_t, rows and unroll_ci of a tile. Its source has a halo, its weights
/// are transformed.
template<DimOrder order>
Schedule<WinogradStages> winograd_schedule(std::vector<Param> params);

/// cuda_reference of F(2x2): a thread computes one element of dst, all frequencies of its tile in registers.
Schedule<WinogradStages> winograd_cuda_reference();

}  // namespace ingot
