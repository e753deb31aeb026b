// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include "schedules/gemm/stages.h"
#include "spec/buffer_dims.h"
#include <algorithm>

namespace ingot::gemm {

using namespace Halide;

namespace {

constexpr int chunk = 32;

// Many images. A warp is a block; its lanes are outputs, tile_c neighbouring ones each, by tile_n images: tile_c *
// tile_n accumulators. A chunk of 32 inputs of these images is in shared memory, the images side by side, so that a
// step over an input reads them in vectors that all lanes share, and tile_c weights of its own from a packed panel:
// 4 x 8 are 3 loads for 32 multiply-adds. Blocks of outputs are outermost: those at work together share their
// weights in L1.
struct Tile {
    int c, n;
};

Tile tile_of(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_n")};
}

int inputs_of(const KernelSpec &spec) {
    return spec.ci % chunk == 0 ? chunk : spec.ci % 16 == 0 ? 16 : spec.ci % 8 == 0 ? 8 : 1;
}

bool supports(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    return spec.n > 1 && tile.n <= spec.n && tile.c * tile.n <= cuda_accumulators && inputs_of(spec) > 1 &&
           round_up(spec.co, channel_block) % (tile.c * cuda_warp) == 0;
}

double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    const double fmas = tile.c * tile.n, loads = std::max(tile.n / 4, 1) + 1;
    const int64_t outputs = tile.c * cuda_warp, images = (spec.n + tile.n - 1) / tile.n;
    const int64_t blocks = images * ((spec.co + outputs - 1) / outputs);
    // A chunk's staging: tile_n elements of each lane's input, ten instructions each; a loop turn is two inputs.
    const double staging = 10.0 * tile.n / inputs_of(spec);
    const CudaLoop loop{fmas, loads + 3 + staging, static_cast<double>(tile.c + tile.n),
                        static_cast<double>(tile.c) + loads - 1};
    const double waste = static_cast<double>(blocks * outputs * tile.n) / static_cast<double>(spec.co * spec.n);
    return cuda_loop_cost(loop) * waste * cuda_grid_cost({cuda_warp, blocks, 64, int64_t{chunk} * tile.n * 4});
}

CudaBudget budget(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    const double vector = tile.n % 4 == 0 ? 4 : tile.n % 2 == 0 ? 2 : 1;
    return {72, inputs_of(spec) * tile.n * 4, tile.c * vector, static_cast<double>(tile.n * tile.c)};
}

void apply(GemmStages &stages, const Target &, const ParamValues &values) {
    const Tile tile = tile_of(values);
    const int step = tile.c * cuda_warp, inputs = inputs_of(stages.spec);
    Var &c = stages.c, &n = stages.n;
    Var cb("cb"), lane("lane"), ci("ci"), nb("nb"), ni("ni");
    stages.out.split(c, cb, c, step, cuda_tail(stages.spec.co, step))
        .split(c, lane, ci, tile.c)
        .split(n, nb, ni, tile.n, TailStrategy::GuardWithIf)
        .reorder(ci, ni, lane, nb, cb)
        .gpu_blocks(nb, cb)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(ni);
    stages.sum.compute_at(stages.out, nb)
        .store_in(MemoryType::Register)
        .bound_extent(c, step)
        .bound_extent(n, tile.n)
        .split(c, lane, ci, tile.c)
        .reorder(ci, n, lane)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(n);
    RVar outer("chunk"), inner("within"), two("two");
    stages.sum.update()
        .split(c, lane, ci, tile.c)
        .split(stages.r.x, outer, inner, inputs)
        .split(inner, inner, two, 2)
        .reorder(ci, n, two, inner, lane, outer)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(n)
        .unroll(two);
    Func weights = stages.weights.in(stages.sum);
    const std::vector<Var> args = weights.args();
    weights.compute_at(stages.sum, two).vectorize(args[0], tile.c).unroll(args[0]).unroll(args[1]);
    const Var input = stages.src.args()[0];
    Var staged("staged"), so("so"), sl("sl");
    stages.src.compute_at(stages.sum, outer)
        .store_in(MemoryType::GPUShared)
        .reorder_storage(n, input)
        .bound_extent(n, tile.n)
        .reorder(n, input)
        .fuse(n, input, staged)
        .split(staged, so, sl, cuda_warp, TailStrategy::GuardWithIf)
        .gpu_threads(sl);
}

}  // namespace

Schedule<GemmStages> cuda_slab() {
    return {{"cuda_slab",
             10,
             {{"tile_c", {4, 2, 1}}, {"tile_n", {8, 16, 4, 2}}},
             supports,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             cost,
             budget},
            apply};
}

}  // namespace ingot::gemm
