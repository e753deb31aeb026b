// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"

namespace ingot::conv2d_direct {

namespace {

// As many output channels as fill a half or a quarter of a vector: the loops of cpu_tiled in vectors of that width.
// An FMA of 256 bits is never slower than one of 512, half of whose lanes would be padding, and where a core splits
// the wide ones it is twice as fast. 24 accumulators of 12 x 2 pixels are 25 loads for 24 FMAs. The sum over few
// input channels, as of pictures, is unrolled; a strip of rows is what a source without a border is copied by.
Target narrowed(const Target &target, const ParamValues &values) {
    Target narrow = target;
    narrow.vector_bytes = param(values, "vector") * static_cast<int>(sizeof(float));
    return narrow;
}

RegisterTile tile(const KernelSpec &spec, const ParamValues &values) {
    constexpr int64_t few = 4;
    return {.tile_c = 1,
            .tile_x = param(values, "tile_x"),
            .tile_y = param(values, "tile_y"),
            .unroll_ci = spec.ci <= few ? static_cast<int>(spec.ci) : 1,
            .strip = param(values, "strip")};
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int vector = param(values, "vector");
    return vector < target.lanes() && spec.co == vector && spec.groups == 1 &&
           supports_tile(spec, narrowed(target, values), tile(spec, values));
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return tile_cost(spec, narrowed(target, values), tile(spec, values)) * target.lanes() / param(values, "vector");
}

}  // namespace

Schedule<ConvolutionStages> cpu_narrow() {
    return {{"cpu_narrow",
             20,
             {{"vector", {8, 4}},
              {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
              {"tile_y", {1, 2, 3}},
              {"strip", {4, 1, 8}}},
             supports,
             blocked_layouts,
             cost},
            [](ConvolutionStages &stages, const Target &target, const ParamValues &values) {
                schedule_tile(stages, narrowed(target, values), tile(stages.spec, values));
            }};
}

}  // namespace ingot::conv2d_direct
