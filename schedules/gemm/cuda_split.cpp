// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include "schedules/gemm/stages.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot::gemm {

using namespace Halide;

namespace {

constexpr int leaves = 16;

// Few images, or few outputs: the threads of a block split the sum. Lanes read neighbouring inputs, of src and of
// tile_c rows of weights, for tile_n images: tile_c * tile_n partial sums in registers. They meet in shared memory:
// 16 threads an output add what every 16th thread has, one adds those 16.
struct Tile {
    int c, n, threads;
};

Tile tile_of(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_n"), param(values, "threads")};
}

int64_t shared_bytes(const Tile &tile) {
    return int64_t{tile.c} * tile.n * (tile.threads + leaves) * 4;
}

bool supports(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    return spec.co % tile.c == 0 && tile.n <= spec.n && tile.threads <= std::max<int64_t>(spec.ci, 32) &&
           tile.c * tile.n <= tile.threads && shared_bytes(tile) <= cuda_shared_bytes;
}

double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    const double sums = tile.c * tile.n, loads = tile.c + tile.n;
    const int64_t passes = (spec.ci + tile.threads - 1) / tile.threads;
    const auto turns = static_cast<double>(passes);
    // The tree: a store, a leaf's share of loads and sums, three barriers; its last sums run in a single warp.
    const double tree = sums * (2.0 + 4.0 * tile.threads / leaves / leaves) + 100;
    const CudaLoop loop{sums * turns, (loads + 4) * turns + tree, loads * turns, loads * turns};
    const int64_t blocks = (spec.co + tile.c - 1) / tile.c * ((spec.n + tile.n - 1) / tile.n);
    const double waste = static_cast<double>(blocks * tile.c * tile.n) * turns * tile.threads /
                         static_cast<double>(spec.co * spec.n * spec.ci);
    return cuda_loop_cost(loop) * waste * cuda_grid_cost({tile.threads, blocks, 40, shared_bytes(tile)});
}

CudaBudget budget(const KernelSpec &, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    return {72, static_cast<int>(shared_bytes(tile)), 0,
            static_cast<double>(tile.c * tile.n) / static_cast<double>(tile.c + tile.n)};
}

void apply(GemmStages &stages, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    Var &c = stages.c, &n = stages.n;
    Func &out = stages.out, &sum = stages.sum;
    Var cb("cb"), ci("ci"), nb("nb"), ni("ni"), part("part"), leaf("leaf"), turn_of_leaves("turn_of_leaves");
    RVar turn("turn"), thread("thread"), turns("turns"), within("within");
    sum.update().split(stages.r.x, turn, thread, tile.threads, TailStrategy::GuardWithIf);
    Func partial = sum.update().rfactor(thread, part);
    sum.update().split(thread, turns, within, leaves);
    Func tree = sum.update().rfactor(within, leaf);
    out.split(c, cb, ci, tile.c, TailStrategy::RoundUp)
        .split(n, nb, ni, tile.n, TailStrategy::GuardWithIf)
        .reorder(ci, ni, nb, cb)
        .fuse(ci, ni, ci)
        .gpu_blocks(nb, cb)
        .gpu_threads(ci);
    Func shared = partial.in();
    shared.compute_at(out, nb)
        .store_in(MemoryType::GPUShared)
        .bound_extent(c, tile.c)
        .bound_extent(n, tile.n)
        .reorder_storage(part, c, n)
        .reorder(c, n, part)
        .gpu_threads(part)
        .unroll(c)
        .unroll(n);
    partial.compute_at(shared, part).unroll(c).unroll(n);
    partial.update().reorder(c, n, turn).unroll(c).unroll(n);
    // Leaves of all sums lie over the threads of the block.
    const auto over_threads = [&](Stage stage) {
        stage.fuse(leaf, c, leaf).fuse(leaf, n, leaf);
        stage.split(leaf, turn_of_leaves, leaf, tile.threads, TailStrategy::GuardWithIf);
    };
    tree.compute_at(out, nb)
        .store_in(MemoryType::GPUShared)
        .bound_extent(c, tile.c)
        .bound_extent(n, tile.n)
        .reorder_storage(leaf, c, n)
        .reorder(leaf, c, n);
    over_threads(tree);
    tree.gpu_threads(leaf);
    tree.update().reorder(turns, leaf, c, n).unroll(turns);
    over_threads(tree.update());
    tree.update().gpu_threads(leaf);
    sum.compute_at(out, ci);
    sum.update().unroll(within);
}

}  // namespace

Schedule<GemmStages> cuda_split() {
    return {{"cuda_split",
             10,
             {{"tile_c", {1, 2, 4, 5, 8}}, {"tile_n", {1, 2, 4}}, {"threads", {128, 256, 64, 32}}},
             supports,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::oi, false};
             },
             cost,
             budget},
            apply};
}

}  // namespace ingot::gemm
