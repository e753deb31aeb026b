// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the threads of one block share each layer of a sequential. All layers take the threads of the block in one
// dimension; between two of them Halide puts a barrier.
#pragma once
#include "schedules/sequential/stages.h"
#include "schedules/sequential/tiles.h"

namespace ingot::sequential {

/// The most convolution results that a thread sums at a time; see budget().
constexpr int most_accumulators = 28;

/// A block: the loop over its threads' work is inside `level` of `out`, which is the last result.
struct Block {
    SequentialStages &stages;
    Halide::Func &out;
    Halide::Var level;
    BlockShape shape;
};

/// Keeps results[i], which is not the last, in shared memory and computes it, with the sums of the layer before it,
/// in the block.
void schedule_result(const Block &block, std::size_t i);

/// The sums of layers[i] at the threads of its result, whose loops are split already: in registers.
void schedule_convolution(const Block &block, std::size_t i, const Halide::LoopLevel &thread);
void schedule_pool(const Block &block, std::size_t i, const Halide::LoopLevel &thread);
/// The partial sums too, in shared memory.
void schedule_gemm(const Block &block, std::size_t i, const Halide::LoopLevel &thread);

/// The last result's loops over what a block computes of it, of which `c`, `x` and `y` are the variables, and the
/// sums of the last layer. A gemm's result has `c` alone.
void schedule_last(const Block &block, const Halide::Var &c, const Halide::Var &x, const Halide::Var &y);

}  // namespace ingot::sequential
