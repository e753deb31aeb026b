// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"
#include <algorithm>

namespace ingot::conv2d_pool2d {

using namespace Halide;

namespace {

// Windows that overlap, as 3 x 3 with stride 2: tiles of whole windows would compute shared rows and columns twice.
// Instead whole lines of results, of one block of channels, wait in a ring for the windows that read them; each is
// computed once. The ring holds the lines of a window and those that its next one adds: for ResNet's stem 8 lines
// of 112 pixels by 32 channels are 112 KB of L2. The register tile is that of a convolution alone.
RegisterTile tile(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), 1, param(values, "unroll_ci")};
}

KernelSpec without_pool(KernelSpec spec) {
    spec.op = Op::conv2d;
    spec.pool.reset();
    return spec;
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    // A single line of results needs no ring.
    return spec.output().h > 1 && supports_tile(without_pool(spec), target, tile(values));
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int64_t terms = spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
    const double reads = static_cast<double>(spec.pool->kernel.h * spec.pool->kernel.w) /
                         static_cast<double>(spec.pool->stride.h * spec.pool->stride.w);
    return tile_cost(without_pool(spec), target, tile(values)) + (2.0 + reads) / static_cast<double>(terms);
}

// A power of two, so that a line's place is a bit mask.
int ring_lines(const Window &pool) {
    const int64_t needed = pool.kernel.h + pool.stride.h;
    int lines = 1;
    while (lines < needed) {
        lines *= 2;
    }
    return lines;
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const RegisterTile shape = tile(values);
    const int lanes = target.lanes(), width = shape.tile_c * lanes,
              step = channel_step(stages.spec, shape.tile_c, target);
    const TailStrategy tail = stages.spec.co % step == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Func &out = stages.out, &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y;
    Var block("block"), part("part"), lane("lane"), xo("xo"), xi("xi");
    out.split(c, block, lane, step, tail).reorder(lane, x, y, block, stages.n).vectorize(lane, lanes).unroll(lane);

    Func lines = conv.in(out);
    lines.store_at(out, block)
        .compute_at(out, y)
        .bound_extent(c, step)
        .fold_storage(y, ring_lines(*stages.spec.pool))
        .split(c, part, lane, width)
        .split(x, xo, xi, shape.tile_x, TailStrategy::ShiftInwards)
        .reorder(lane, xi, part, xo, y)
        .unroll(part)
        .vectorize(lane, lanes)
        .unroll(lane)
        .unroll(xi)
        .store_in(MemoryType::Heap);
    schedule_sum(stages, target, shape, lines, part);
    schedule_padding(stages.src, out, stages.n, stages.spec, target);
}

}  // namespace

Schedule<ConvolutionStages> cpu_lines() {
    Schedule<ConvolutionStages> schedule = {
        {"cpu_lines",
         10,
         {{"tile_c", {2, 1, 4}}, {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}}, {"unroll_ci", {1, 2}}},
         supports,
         blocked_layouts,
         cost},
        apply};
    return schedule;
}

}  // namespace ingot::conv2d_pool2d
