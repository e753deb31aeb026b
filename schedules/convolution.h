// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"
#include <utility>
#include <vector>

namespace ingot {

/// What a schedule of a direct convolution is given, with a fused pool or without: typed stages, never the
/// algorithm's text.
struct ConvolutionStages {
    KernelSpec spec;                  ///< constants of this kernel
    Halide::Var c, x, y, n;           ///< output channel, column, row, image; of conv and of out
    Halide::RDom r;                   ///< r.x input channel, r.y filter column, r.z filter row
    Halide::Func src, weights, bias;  ///< operands as the kernel reads them; src pads where its buffer does not
    Halide::Func channel;             ///< src's channel ci of the group that c is of    [n, y, x, ci, c]
    Halide::Func conv;                ///< bias + sum of products                         [n, y, x, c]
    Halide::Func out;                 ///< epilogue(conv), or of its maximum over a window [n, y, x, c]
};

// What the two convolution folders share: the reference order, and a register tile.

/// cpu_reference: one accumulator, no tiling, no vectors; supports everything.
Schedule<ConvolutionStages> convolution_reference();

/// cuda_reference: a thread computes one element of dst; supports everything.
Schedule<ConvolutionStages> convolution_cuda_reference();

/// One register tile: `tile_c` vectors of output channels by `tile_x` columns and `tile_y` rows of dst, with every
/// convolution result that their pool windows need.
struct RegisterTile {
    int tile_c = 1, tile_x = 1, tile_y = 1;
    int unroll_ci = 1;
    /// Only a row of convolution results is in registers at a time; the rows of a pool window meet in a few lines
    /// of the L1 cache. Wider rows fit than windows.
    bool row_by_row = false;
    /// Tile rows of a strip of dst, which all blocks of channels compute before the next one; 0: a block of
    /// channels computes the whole picture.
    int strip = 0;
    int prefetch = 0;  ///< distance of stream_weights; 0: none
};

/// Channels of one step of a loop over blocks, for tiles of `tile_c` vectors: whole packed blocks, whole tiles; a
/// tile alone where it holds all channels.
int channel_step(const KernelSpec &spec, int tile_c, const Target &target);

/// A tile divides a packed block or is made of whole ones. Where the last block is filled up, the guarded tile is
/// the block itself: a tile wholly behind the last channel would have nothing to compute. A vector never crosses
/// from one group into the next; in a depthwise convolution it reads as many input channels as it writes.
bool supports_channels(const KernelSpec &spec, const Target &target, int tile_c);

/// Bytes of a convolution's packed weights.
int64_t weight_bytes(const KernelSpec &spec);

/// Half cycles of one step of a summing loop: two FMAs and two loads a cycle; without FMA three operations in the
/// place of one.
double loop_cost(const Target &target, double fmas, double loads);

/// What widening weights of 16 bits adds to that: two instructions for each vector of them, on the ports of FMAs.
double widening_cost(const KernelSpec &spec, double vectors);

/// The tile keeps its accumulators in registers through the whole sum: it fits the register file, the packed
/// channels are made of whole tiles, and windows that a tile pools lie side by side without padding.
bool supports_tile(const KernelSpec &spec, const Target &target, const RegisterTile &tile);

/// What a loop over neighbouring `pixels` takes times longer where they evict each other: those a multiple of 4 KB
/// apart share a set of L1, which has at least eight ways.
double conflict_cost(const KernelSpec &spec, int64_t pixels);

/// Half cycles per useful vector FMA: the tile's loop by its ports, computed over wanted results, and what results,
/// pictures, weights and padding cost that pass through memory.
double tile_cost(const KernelSpec &spec, const Target &target, const RegisterTile &tile);

/// Loops: image, strip of rows, block of channels, tile row, tile column, then the sum over filter rows, filter
/// columns and input channels with the tile's accumulators in registers.
void schedule_tile(ConvolutionStages &stages, const Target &target, const RegisterTile &tile);

/// The loop over strips of schedule_tile, of a tile that has strips.
Halide::Var strip_loop();

/// The summing part of schedule_tile: conv for one tile of `result`, which is `out` or convolution results as they
/// are stored, inside its loop `level`.
void schedule_sum(ConvolutionStages &stages, const Target &target, const RegisterTile &tile, Halide::Func &result,
                  const Halide::Var &level);

/// Schedules the copy into a zero border that a kernel makes where its source has no halo: once per iteration of
/// the loop over `level`, in the source's own order. Does nothing where the kernel reads its source directly.
void schedule_padding(Halide::Func &src, Halide::Func &out, const Halide::Var &level, const KernelSpec &spec,
                      const Target &target);

/// The same in plain loops.
void place_padding(Halide::Func &src, Halide::Func &out, const Halide::Var &image, const KernelSpec &spec);

/// A schedule whose parameters are those of a register tile, which `tile` reads. Its source has a halo, its weights
/// lie in blocks of 16 channels.
template<RegisterTile (*tile)(const KernelSpec &, const ParamValues &)>
Schedule<ConvolutionStages> tile_schedule(const char *name, std::vector<Param> params) {
    return {{name, 10, std::move(params),
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return supports_tile(spec, target, tile(spec, values));
             },
             blocked_layouts,
             [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
                 return tile_cost(spec, target, tile(spec, values));
             }},
            [](ConvolutionStages &stages, const Target &target, const ParamValues &values) {
                schedule_tile(stages, target, tile(stages.spec, values));
            }};
}

/// cpu_strips: a register tile of tile_c, tile_x, tile_y and unroll_ci, in strips of `strip` tile rows.
Schedule<ConvolutionStages> strips_schedule(std::vector<Param> params);

/// cpu_stem: a register tile of tile_c, tile_x and tile_y in strips of `strip` tile rows, for few input channels,
/// over all of which the sum is unrolled. Its source has no halo.
Schedule<ConvolutionStages> stem_schedule(std::vector<Param> params);

}  // namespace ingot
