// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"
#include "schedules/depthwise.h"

namespace ingot::conv2d_direct {

using namespace Halide;

namespace {

// Groups of one to three channels of dst: lanes are channels of several groups, of which an element of src and a
// weight are loaded side by side. A block of channels passes over a strip of rows, then the next block: few lines
// of the caches at a time, and the strip stays in L2. The last block of channels begins earlier where they are no
// multiple; the weights of a block are copied to where they lie aligned. Where it is not channel c of src that
// channel c of dst reads, a copy of the strip repeats channels.
DepthwiseTile read(const ParamValues &values) {
    return {param(values, "vector"), param(values, "tile_x"), param(values, "tile_y")};
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    // More channels of dst fill vectors by themselves; more of src are not worth the copy.
    constexpr int64_t most_outputs = 3, most_inputs = 16;
    const bool few =
        spec.groups > 1 && spec.co / spec.groups <= most_outputs && spec.ci / spec.groups <= most_inputs;
    return few && supports_depthwise_tile(spec, target, read(values));
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const DepthwiseTile tile = read(values);
    // An element of the copy that repeats channels: a load and a store.
    const Extent2 kernel = spec.window.kernel, stride = spec.window.stride;
    const double elements = static_cast<double>(stride.h * stride.w) * target.lanes();
    const double repeated = spec.is_depthwise() ? 0.0 : 3.0 * elements / static_cast<double>(kernel.h * kernel.w);
    return depthwise_tile_cost(spec, target, tile, int64_t{param(values, "strip")} * tile.y) + repeated;
}

/// src with its channels side by side where the buffer has planes, and repeated where groups share them.
void schedule_source(ConvolutionStages &stages, const Target &target, const Var &block, const Var &strip) {
    Func &src = stages.src;
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    if (src.has_update_definition()) {
        schedule_padding(src, stages.out, strip, stages.spec, target);
        src.reorder_storage(c, x, y, n);
    } else if (stages.spec.src.order == DimOrder::nchw) {
        src.compute_at(stages.out, strip).reorder_storage(c, x, y, n).reorder(x, c, y, n);
        src.hoist_storage_root().store_in(MemoryType::Heap);
    }
    if (!stages.spec.is_depthwise()) {
        const Var lane = stages.channel.args()[0];
        stages.channel.compute_at(stages.out, block).vectorize(lane, target.lanes());
        stages.channel.hoist_storage_root().store_in(MemoryType::Heap);
    }
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    const DepthwiseLoops loops = schedule_depthwise_tile(stages, target, read(values));
    const Var strip("strip"), row("row");
    stages.out.split(loops.yo, strip, row, param(values, "strip"), TailStrategy::GuardWithIf)
        .reorder(loops.lane, loops.xi, loops.yi, loops.xo, row, loops.block, strip, stages.n);
    schedule_source(stages, target, loops.block, strip);
}

}  // namespace

Schedule<ConvolutionStages> cpu_depthwise() {
    return {{"cpu_depthwise",
             20,
             {{"vector", {16, 8, 4}},
              {"tile_x", {7, 6, 5, 4, 8, 10, 12, 14, 3, 2, 1}},
              {"tile_y", {1, 2, 4}},
              {"strip", {64, 16, 8}}},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_direct
