// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "schedules/gemm/stages.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"

namespace ingot::gemm {

using namespace Halide;

namespace {

// Many images: a register tile of tile_c vectors of outputs by tile_n images. Weights lie in panels of 16 outputs,
// contiguous over the input: a step over it reads tile_c vectors of them, which serve tile_n images that are
// broadcast. Blocks of outputs are outermost, so that the weights come from memory once for the whole batch.
// Registers: tile_c * tile_n accumulators, tile_c weights, a broadcast, and without FMA the product. x86-64-v4
// holds 4 x 6, 10 loads for 24 FMAs; x86-64-v3 2 x 6 or 3 x 4.
int64_t bytes_of_weights(const KernelSpec &spec) {
    return round_up(spec.co, channel_block) * spec.ci * static_cast<int64_t>(sizeof(float));
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int tile_c = param(values, "tile_c"), tile_n = param(values, "tile_n");
    const int live = tile_c * tile_n + tile_c + 1 + (target.has_fma ? 0 : 1);
    return live <= target.vector_registers && tile_n <= spec.n && spec.ci % param(values, "unroll_ci") == 0 &&
           supports_channels(spec, target, tile_c) &&
           supports_stream(bytes_of_weights(spec), param(values, "prefetch"));
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const double vectors = param(values, "tile_c"), images = param(values, "tile_n");
    const int64_t tiles = (spec.n + param(values, "tile_n") - 1) / param(values, "tile_n");
    const double fmas = vectors * images;
    const int distance = param(values, "prefetch");
    const double loads = (target.has_fma ? vectors + images : vectors + 2 * images) +
                         lines_asked(target, param(values, "tile_c"), distance);
    // Weights beyond L1 stream from L2, 24 bytes a cycle.
    constexpr double l1_share = 32 * 1024;
    const double panel = vectors * target.vector_bytes * static_cast<double>(spec.ci);
    const double all = static_cast<double>(spec.ci * spec.co) * sizeof(float);
    const bool from_l2 = panel > l1_share || (tiles == 1 && all > l1_share);
    const double stream = from_l2 ? 2 * vectors * target.vector_bytes / 24 : 0.0;
    // Of one image the sums wait for nothing but the weights: hardware keeps up with four lines side by side, as
    // many streams, and not with eight.
    const bool few = spec.n == 1 && lines_asked(target, param(values, "tile_c"), stream_distance) <= 4;
    const double wait = few ? 0.0 : stream_wait(target, bytes_of_weights(spec), spec.n, distance);
    const double unroll = param(values, "unroll_ci");
    const double cycles = std::max(loop_cost(target, fmas, loads), stream) + 0.3 / unroll + 0.01 * unroll * fmas;
    const double channels = static_cast<double>(round_up(spec.co, channel_block)) / static_cast<double>(spec.co);
    return cycles / fmas * static_cast<double>(tiles) * images / static_cast<double>(spec.n) * channels + wait;
}

void apply(GemmStages &stages, const Target &target, const ParamValues &values) {
    const int lanes = target.lanes(), tile_n = param(values, "tile_n");
    const int step = channel_step(stages.spec, param(values, "tile_c"), target),
              width = param(values, "tile_c") * lanes;
    const TailStrategy tail = stages.spec.co % step == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Var block("block"), part("part"), lane("lane"), no("no"), ni("ni");
    Var &c = stages.c, &n = stages.n;
    stages.out.split(c, block, c, step, tail)
        .split(c, part, lane, width)
        .split(n, no, ni, tile_n, TailStrategy::ShiftInwards)
        .reorder(lane, ni, part, no, block)
        .unroll(part)
        .vectorize(lane, lanes)
        .unroll(lane)
        .unroll(ni);
    stages.sum.compute_at(stages.out, part)
        .bound_extent(c, width)
        .bound_extent(n, tile_n)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(n);
    RVar outer("ci_block"), ci("ci");
    stages.sum.update()
        .split(stages.r.x, outer, ci, param(values, "unroll_ci"))
        .reorder(c, n, ci, outer)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(n)
        .unroll(ci);
    stream_weights(stages.sum.update(), stages.weights, ci, outer, param(values, "unroll_ci"),
                   param(values, "prefetch"));
    const Var channel = stages.weights.args()[0];
    stages.weights.in(stages.sum).compute_at(stages.sum, ci).vectorize(channel, lanes).unroll(channel);
}

}  // namespace

Schedule<GemmStages> cpu_panels() {
    return {{"cpu_panels",
             10,
             {{"tile_c", {4, 2, 1, 8, 3, 6}},
              {"tile_n", {6, 8, 12, 4, 3, 2, 1}},
              {"unroll_ci", {1, 2, 4}},
              prefetch_param()},
             supports,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             cost},
            apply};
}

}  // namespace ingot::gemm
