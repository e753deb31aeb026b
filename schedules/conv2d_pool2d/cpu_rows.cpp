// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

namespace {

// A row of results at a time in registers, as wide as tile_x pool windows; the rows of a window meet in a buffer of
// tile_c vectors by a few columns, which stays in the L1 cache. With 16 registers (x86-64-v3) a row of 14
// accumulators fits where windows of 2 x 2 allow 12 and leave 7 pooled columns ragged.
RegisterTile tile(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), 1, param(values, "unroll_ci"), true};
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return supports_tile(spec, target, tile(values));
}

Layouts layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {DimOrder::ohwi16o, true};
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    return tile_cost(spec, target, tile(values));
}

void apply(ConvolutionStages &stages, const Target &target, const ParamValues &values) {
    schedule_tile(stages, target, tile(values));
}

}  // namespace

Schedule<ConvolutionStages> cpu_rows() {
    return {{"cpu_rows",
             10,
             {{"tile_c", {2, 1, 4, 3}}, {"tile_x", {7, 6, 5, 4, 3, 2, 1}}, {"unroll_ci", {1, 2, 4}}},
             supports,
             layouts,
             cost},
            apply};
}

}  // namespace ingot::conv2d_pool2d
