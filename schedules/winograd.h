// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <utility>
#include <vector>

namespace ingot {

/// What a schedule of a Winograd convolution is given, with a fused pool or without; see generators/winograd.h for
/// the formula. Tiles are numbered row by row: t = ty * (tiles in a row) + tx.
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

// What the two Winograd folders share.

/// cpu_reference: a transformed picture per image, then one result at a time.
Schedule<WinogradStages> winograd_reference();

/// tile_c vectors of output channels by tile_t tiles are in registers while a frequency is summed; a block is of
/// `rows` rows of tiles.
struct WinogradTile {
    int tile_c = 1, tile_t = 1, rows = 1, unroll_ci = 1;
};

/// The accumulators fit the register file, the packed channels are made of whole tiles, the rows of whole blocks.
bool supports_winograd_tile(const KernelSpec &spec, const Target &target, const WinogradTile &tile);

/// Half cycles of the whole kernel per vector multiply-add of the direct form.
double winograd_cost(const KernelSpec &spec, const Target &target, const WinogradTile &tile);

/// Loops: image, block of tile rows. In a block the transform of the source, then for each block of channels the
/// sums of all frequencies in register tiles, then the transform of the sums and the epilogue.
void schedule_winograd(WinogradStages &stages, const Target &target, const WinogradTile &tile);

/// A schedule whose parameters are those of a tile, which `tile` reads. Its source has a halo, its weights are
/// transformed.
template<WinogradTile (*tile)(const ParamValues &)>
Schedule<WinogradStages> winograd_schedule(const char *name, std::vector<Param> params) {
    return {{name, 10, std::move(params),
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return supports_winograd_tile(spec, target, tile(values));
             },
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::winograd2, true};
             },
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return winograd_cost(spec, target, tile(values));
             }},
            [](WinogradStages &stages, const Target &target, const ParamValues &values) {
                schedule_winograd(stages, target, tile(values));
            }};
}

}  // namespace ingot
