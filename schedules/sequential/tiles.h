// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic of a sequential on CUDA: what a thread computes of each layer, what a block keeps in shared
// memory, and how many instructions its warps take. Free of Halide.
#pragma once
#include "schedules/schedule.h"
#include "spec/kernel_spec.h"
#include <cstdint>
#include <vector>

namespace ingot::sequential {

constexpr int warp = 32;

/// Convolution results of one thread: `columns` of dst, each with its pool window, of one output channel, whose
/// lanes lie side by side. The accumulators stay in registers over the whole sum.
struct ConvolutionTile {
    int columns = 1;           ///< of dst
    int tiles = 1;             ///< in a row of dst; the last may hang over its end
    bool unroll_rows = true;   ///< all rows of the filter in one loop body, else one
    int vector = 1;            ///< elements of the source that one load takes
    int64_t instructions = 0;  ///< of a thread for one tile
};

/// Partial sums of one thread: `outputs` features, over every `lanes`-th group of `vector` inputs.
struct GemmTile {
    int outputs = 1, lanes = 1, vector = 1;
    int unroll = 1;            ///< groups whose operands are on their way at a time
    int64_t instructions = 0;  ///< of a thread, for the partial sums
    int64_t additions = 0;     ///< of the thread that adds up the lanes of a result, with its loads
};

/// A channel of a picture in shared memory.
struct Plane {
    int64_t rows = 0;                   ///< that are read
    int64_t pitch = 0, pitch_rows = 0;  ///< elements from row to row, rows from channel to channel
    [[nodiscard]] int64_t elements() const { return pitch * pitch_rows; }
};

/// Of a layer that is a convolution, pooled or not; the tile of the fewest instructions over a row whose
/// accumulators are at most `accumulators`.
ConvolutionTile convolution_tile(const KernelSpec &layer, int accumulators);

/// Of a gemm in a block of `threads`.
GemmTile gemm_tile(const KernelSpec &layer, int threads);

/// How a bordered source of a convolution lies in shared memory, where a block computes `rows` of the layer's dst.
Plane source_plane(const KernelSpec &layer, const ConvolutionTile &tile, int64_t rows);

/// Results of a convolution under one pool window, which a thread keeps in registers.
int64_t window_results(const KernelSpec &layer);

/// What one block computes of a sequential.
struct BlockShape {
    int threads = warp;
    std::vector<int> accumulators;  ///< of each layer's tile, at most
    std::vector<int64_t> rows;      ///< of each layer's dst
    int64_t channels = 0;           ///< of the last dst
    std::vector<bool> staged;       ///< layers whose weights are in shared memory
};

/// A block that computes `rows` rows and `channels` channels of dst, and of the other layers what these need.
BlockShape block_shape(const KernelSpec &spec, int threads, int accumulators, int64_t rows, int64_t channels);

/// Elements of a convolution's weights that a block reads.
int64_t weight_elements(const KernelSpec &spec, const BlockShape &block, std::size_t i);

/// Times that each thread computes a tile of a layer; the last time some threads may have none.
int64_t passes(const KernelSpec &spec, const BlockShape &block, std::size_t i);

/// Floats of shared memory: every result but dst, staged weights and the partial sums of a gemm. Counted without
/// the room that later ones take over.
int64_t shared_elements(const KernelSpec &spec, const BlockShape &block);

/// Instructions that a warp of the block issues where all its passes are full.
double warp_instructions(const KernelSpec &spec, const BlockShape &block);

/// One instruction of a warp for each 32 multiply-adds, or comparisons, of one image.
double warp_multiply_adds(const KernelSpec &spec);

/// 64 registers: 28 sums, a row of 16 source elements and a part of the next, three weights, addresses. The loops
/// of the layers differ: no promise of their loads.
CudaBudget budget(const KernelSpec &spec, const BlockShape &block);

/// Of an H200, the device that costs are estimated for.
constexpr int64_t multiprocessors = 132;
/// Of a multiprocessor: each issues one instruction of a warp in a cycle.
constexpr double schedulers = 4;

/// Blocks that a multiprocessor of an H200 holds at a time: 32 warps of 64 registers, and 227 KB of shared memory,
/// of which each block takes 1 KB more than it asks for.
int64_t resident_blocks(const KernelSpec &spec, const BlockShape &block);

/// Layers whose threads these schedules know: convolutions of one group whose pools lie side by side without
/// padding and whose windows fit the accumulators, pools and gemms; the block's shared memory is within the 48 KB
/// that a launch may ask for.
bool supports_block(const KernelSpec &spec, const BlockShape &block);

}  // namespace ingot::sequential
