// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"

namespace ingot::conv2d_direct {

namespace {

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return supports_tile(spec, target, register_tile(values));
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) { return {DimOrder::ohwi16o, true}; }

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return tile_cost(spec, target, register_tile(values));
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    schedule_tile(stages, target, register_tile(values));
}

}  // namespace

Schedule<ConvolutionStages> cpu_tiled() {
    return {{"cpu_tiled",
             10,
             {{"tile_c", {2, 1, 4, 3}},
              {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
              {"tile_y", {1, 2, 3, 4}},
              {"unroll_ci", {1, 2, 4}}},
             supports,
             layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_direct
