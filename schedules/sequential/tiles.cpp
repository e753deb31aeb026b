// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/tiles.h"
#include "spec/buffer_dims.h"
#include "spec/winograd.h"
#include <algorithm>
#include <limits>

namespace ingot::sequential {

namespace {

int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

Extent2 pool_of(const KernelSpec &layer) {
    return layer.pool ? layer.pool->kernel : Extent2{};
}

/// Columns or rows of the source that `results` neighbouring results read.
int64_t reach(int64_t results, int64_t stride, int64_t kernel, int64_t dilation) {
    return (results - 1) * stride + (kernel - 1) * dilation + 1;
}

/// Source columns that a load may take together: a tile's first column is at a multiple of them.
int vector_of(const KernelSpec &layer, int64_t tiles, int64_t results) {
    if (layer.window.stride.w != 1) {
        return 1;
    }
    return tiles == 1 || results % 4 == 0 ? 4 : results % 2 == 0 ? 2 : 1;
}

}  // namespace

int64_t window_results(const KernelSpec &layer) {
    return pool_of(layer).h * pool_of(layer).w;
}

ConvolutionTile convolution_tile(const KernelSpec &layer, int accumulators) {
    // What a loop body may hold before its code outgrows the instruction cache beside that of other layers.
    constexpr int64_t largest_body = 320;
    const Window &window = layer.window;
    const Extent2 k = window.kernel, pool = pool_of(layer);
    const int64_t width = layer.output().w, ci = layer.ci / layer.groups;
    ConvolutionTile best;
    double lowest = 0;
    for (int64_t columns = 1; columns == 1 || columns * window_results(layer) <= accumulators; ++columns) {
        if (columns > width) {
            break;
        }
        ConvolutionTile tile;
        tile.columns = static_cast<int>(columns);
        tile.tiles = static_cast<int>(ceil_div(width, columns));
        const int64_t results = columns * pool.w, sums = results * pool.h;
        tile.vector = vector_of(layer, tile.tiles, results);
        tile.unroll_rows = sums * k.w * k.h <= largest_body;
        // One step: FMAs, loads of the source rows and of one weight each tap, five for addresses and the loop.
        const int64_t row = ceil_div(reach(results, window.stride.w, k.w, window.dilation.w), tile.vector);
        const int64_t steps = tile.unroll_rows ? ci : ci * k.h, taps = tile.unroll_rows ? k.h : 1;
        const int64_t rows = reach(pool.h, window.stride.h, taps, window.dilation.h);
        tile.instructions = steps * (sums * k.w * taps + rows * row + k.w * taps + 5) + 3 * sums + 20;
        const double cost = static_cast<double>(tile.instructions) * tile.tiles;
        if (lowest == 0 || cost < lowest) {
            best = tile;
            lowest = cost;
        }
    }
    return best;
}

GemmTile gemm_tile(const KernelSpec &layer, int threads) {
    // Sums, and the operands of one step: `outputs` vectors of weights and one of inputs.
    constexpr int64_t registers = 40;
    const int vector = layer.ci % 4 == 0 ? 4 : layer.ci % 2 == 0 ? 2 : 1;
    const int64_t groups = layer.ci / vector;
    GemmTile best;
    for (int outputs = 1; outputs <= layer.co && outputs * (vector + 1) + vector <= registers; ++outputs) {
        const int64_t tiles = ceil_div(layer.co, outputs);
        for (int lanes = 1; lanes <= groups; ++lanes) {
            if (groups % lanes != 0 || (best.instructions != 0 && tiles * lanes > threads)) {
                continue;
            }
            // A step: loads, FMAs, eight for addresses and the loop. Then one thread adds up the lanes of a result:
            // a load and an addition each, whose latency nothing hides, counts twice.
            const int64_t step = outputs * (1 + vector) + 9;
            const int64_t passes = ceil_div(tiles * lanes, threads), additions = 4 * lanes;
            const int64_t instructions = passes * (groups / lanes) * step;
            if (best.instructions == 0 || instructions + additions < best.instructions + best.additions) {
                best = {outputs, lanes, vector, 1, instructions, additions};
            }
        }
    }
    for (int64_t unroll = 2; unroll * (best.outputs + 1) * vector <= registers - best.outputs; ++unroll) {
        best.unroll = groups / best.lanes % unroll == 0 ? static_cast<int>(unroll) : best.unroll;
    }
    return best;
}

Plane source_plane(const KernelSpec &layer, const ConvolutionTile &tile, int64_t rows) {
    const Window &window = layer.window;
    const Extent2 k = window.kernel, pool = pool_of(layer);
    const int64_t columns =
        reach(int64_t{tile.tiles} * tile.columns * pool.w, window.stride.w, k.w, window.dilation.w);
    // Odd multiples of four elements: the same place in eight neighbouring channels, which neighbouring lanes
    // write, falls into different banks, and a row starts where four elements can be loaded together.
    const int64_t pitch = 4 * (ceil_div(round_up(columns, tile.vector), 4) | 1);
    const int64_t read = reach(rows * pool.h, window.stride.h, k.h, window.dilation.h);
    return {read, pitch, read | 1};
}

BlockShape block_shape(const KernelSpec &spec, int threads, int accumulators, int64_t rows, int64_t channels) {
    BlockShape block{threads, {}, std::vector<int64_t>(spec.layers.size()), channels, {}};
    block.accumulators.assign(spec.layers.size(), accumulators);
    for (std::size_t i = spec.layers.size(); i-- > 0;) {
        const KernelSpec &layer = spec.layers[i];
        block.rows[i] = std::min(rows, layer.output().h);
        if (layer.op == Op::gemm) {
            rows = std::numeric_limits<int64_t>::max();  // it reads all of them
            continue;
        }
        rows = reach(block.rows[i] * pool_of(layer).h, layer.window.stride.h, layer.window.kernel.h,
                     layer.window.dilation.h);
    }
    block.staged.assign(spec.layers.size(), false);
    return block;
}

int64_t weight_elements(const KernelSpec &spec, const BlockShape &block, std::size_t i) {
    const KernelSpec &layer = spec.layers[i];
    const int64_t channels = i + 1 == spec.layers.size() ? block.channels : layer.co;
    return channels * layer.ci / layer.groups * layer.window.kernel.h * layer.window.kernel.w;
}

int64_t passes(const KernelSpec &spec, const BlockShape &block, std::size_t i) {
    const KernelSpec &layer = spec.layers[i];
    const int64_t channels = i + 1 == spec.layers.size() ? block.channels : layer.co;
    if (layer.op == Op::gemm) {
        const GemmTile tile = gemm_tile(layer, block.threads);
        return ceil_div(ceil_div(layer.co, tile.outputs) * tile.lanes, block.threads);
    }
    const int64_t tiles =
        layer.op == Op::pool2d ? layer.output().w : convolution_tile(layer, block.accumulators[i]).tiles;
    return ceil_div(channels * tiles * block.rows[i], block.threads);
}

int64_t shared_elements(const KernelSpec &spec, const BlockShape &block) {
    int64_t elements = 0;
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const KernelSpec &layer = spec.layers[i];
        if (layer.op == Op::gemm) {
            const GemmTile tile = gemm_tile(layer, block.threads);
            elements += layer.ci + round_up(layer.co, tile.outputs) * tile.lanes;
        } else if (layer.op == Op::pool2d) {
            elements += layer.ci * layer.w * layer.h;
        } else {
            const ConvolutionTile tile = convolution_tile(layer, block.accumulators[i]);
            elements += source_plane(layer, tile, block.rows[i]).elements() * layer.ci;
            elements += block.staged[i] ? weight_elements(spec, block, i) : 0;
        }
    }
    return elements;
}

double warp_instructions(const KernelSpec &spec, const BlockShape &block) {
    int64_t instructions = 0;
    const int64_t warps = ceil_div(block.threads, warp);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const KernelSpec &layer = spec.layers[i];
        int64_t each = 0;
        if (layer.op == Op::gemm) {
            const GemmTile tile = gemm_tile(layer, block.threads);
            instructions += tile.instructions + ceil_div(tile.additions, warps);
            continue;
        }
        if (layer.op == Op::pool2d) {
            each = 3 * layer.window.kernel.h * layer.window.kernel.w + 20;
        } else {
            const ConvolutionTile tile = convolution_tile(layer, block.accumulators[i]);
            each = tile.instructions;
            // Border and copy: a store, an address and a guard each.
            if (block.staged[i]) {
                instructions += 12 * ceil_div(weight_elements(spec, block, i), block.threads);
            }
            instructions +=
                6 * ceil_div(source_plane(layer, tile, block.rows[i]).elements() * layer.ci / 4, block.threads);
        }
        instructions += passes(spec, block, i) * each;
    }
    return static_cast<double>(instructions);
}

double warp_multiply_adds(const KernelSpec &spec) {
    return spec.flops() / 2 / warp / static_cast<double>(spec.n);
}

CudaBudget budget(const KernelSpec &spec, const BlockShape &block) {
    constexpr int registers = 64;
    return {registers, static_cast<int>(shared_elements(spec, block) * static_cast<int64_t>(sizeof(float)))};
}

int64_t resident_blocks(const KernelSpec &spec, const BlockShape &block) {
    constexpr int64_t most_warps = 32, shared_bytes = int64_t{227} * 1024, reserved = 1024;
    const int64_t bytes = shared_elements(spec, block) * static_cast<int64_t>(sizeof(float)) + reserved;
    return std::max<int64_t>(1, std::min(most_warps * warp / block.threads, shared_bytes / bytes));
}

bool supports_block(const KernelSpec &spec, const BlockShape &block) {
    constexpr int64_t shared_bytes = int64_t{48} * 1024;
    const bool known = std::all_of(spec.layers.begin(), spec.layers.end(), [&](const KernelSpec &layer) {
        const bool pools_apart =
            !layer.pool || (layer.pool->kernel == layer.pool->stride && !layer.pool->pad.any());
        const bool plain_epilogue = std::all_of(layer.epilogue.begin(), layer.epilogue.end(), [](const Call &step) {
            return step.function == Function::bias || step.function == Function::relu;
        });
        return layer.groups == 1 && pools_apart && plain_epilogue && layer.mode == PoolMode::max &&
               !is_winograd(layer.weights.order) && (layer.op != Op::gemm || layer.weights.order == DimOrder::oi) &&
               window_results(layer) <= *std::min_element(block.accumulators.begin(), block.accumulators.end());
    });
    return known && shared_elements(spec, block) * static_cast<int64_t>(sizeof(float)) <= shared_bytes;
}

}  // namespace ingot::sequential
