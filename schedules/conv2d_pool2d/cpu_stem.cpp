// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// The first layer of a network, with its pool: at most four input channels, in the order in which the caller has
// them. A strip of rows at a time is copied into a zero border and stays in L1: 4 pooled rows of a 28 x 28 picture
// under a 3 x 3 filter need 10 rows, 1.2 KB. The sum over input channels is unrolled; the maximum is taken in
// registers, as in cpu_tiled.
static RegisterTile tile(const KernelSpec &spec, const ParamValues &values) {
    return {param(values, "tile_c"),
            param(values, "tile_x"),
            param(values, "tile_y"),
            static_cast<int>(spec.ci / spec.groups),
            false,
            param(values, "strip")};
}

static bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    constexpr int64_t few = 4;
    return spec.groups == 1 && spec.ci <= few && supports_tile(spec, target, tile(spec, values));
}

Schedule<ConvolutionStages> cpu_stem() {
    Schedule<ConvolutionStages> schedule = tile_schedule<tile>(
        "cpu_stem",
        {{"tile_c", {2, 1, 4}}, {"tile_x", {7, 6, 5, 4, 3, 2, 1}}, {"tile_y", {1, 2}}, {"strip", {4, 1, 8}}});
    schedule.info.supports = supports;
    schedule.info.layouts = [](const KernelSpec &, const Target &, const ParamValues &) {
        return Layouts{DimOrder::ohwi16o, false};
    };
    return schedule;
}

}  // namespace ingot::conv2d_pool2d
