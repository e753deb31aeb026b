// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/depthwise.h"
#include "schedules/depthwise_pointwise/stages.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"
#include <array>
#include <optional>

namespace ingot::depthwise_pointwise {

using namespace Halide;

namespace {

// The depthwise results of a strip of rows stay in L1, or in L2, while every block of channels of the 1 x 1
// convolution reads them: two rows of 14 pixels of 512 channels are 56 KB. They never pass through memory, and
// their buffer is a strip. Registers: the tiles of the two convolutions, one after the other. The weights of the
// 1 x 1 convolution are read once for each strip: the more rows it has, the less often. Strips divide the rows, so
// that each reads src within its halo.
RegisterTile pointwise_tile(const ParamValues &values) {
    return {.tile_c = param(values, "tile_c"),
            .tile_x = param(values, "tile_x"),
            .tile_y = param(values, "tile_y"),
            .unroll_ci = param(values, "unroll_ci"),
            .strip = param(values, "strip"),
            .prefetch = param(values, "prefetch")};
}

int64_t strip_rows(const ParamValues &values) {
    return int64_t{param(values, "strip")} * param(values, "tile_y");
}

/// The tile of the lowest cost. A row at a time: a strip has any number of them.
std::optional<DepthwiseTile> depthwise_tile(const KernelSpec &spec, const Target &target, int64_t rows) {
    std::optional<DepthwiseTile> best;
    double lowest = 0;
    for (const int vector : {16, 8, 4}) {
        for (const int x : {7, 6, 5, 4, 8, 3, 2, 1}) {
            const DepthwiseTile tile{vector, x, 1};
            if (!supports_depthwise_tile(spec, target, tile)) {
                continue;
            }
            const double cost = depthwise_tile_cost(spec, target, tile, rows);
            if (!best || cost < lowest) {
                best = tile;
                lowest = cost;
            }
        }
    }
    return best;
}

bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    if (!is_depthwise_pointwise(spec) || spec.src.order != DimOrder::nhwc) {
        return false;
    }
    const KernelSpec &pointwise = spec.layers[1];
    const int64_t rows = strip_rows(values);
    return pointwise.h % rows == 0 && supports_tile(pointwise, target, pointwise_tile(values)) &&
           depthwise_tile(spec.layers[0], target, rows).has_value();
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const KernelSpec &depthwise = spec.layers[0], &pointwise = spec.layers[1];
    const int64_t rows = strip_rows(values);
    const DepthwiseTile tile = *depthwise_tile(depthwise, target, rows);
    double of_pointwise = tile_cost(pointwise, target, pointwise_tile(values));
    // A strip that L1 does not keep beside the weights comes from L2 for each block of channels.
    constexpr double l1_share = 24 * 1024;
    const double strip_bytes =
        static_cast<double>(rows * pointwise.w * pointwise.ci) * static_cast<double>(sizeof(float));
    of_pointwise *= strip_bytes > l1_share ? 1.04 : 1.0;
    const double of_depthwise = depthwise_tile_cost(depthwise, target, tile, rows);
    return (of_depthwise * depthwise.flops() + of_pointwise * pointwise.flops()) / spec.flops();
}

void apply(DepthwisePointwiseStages &stages, const Target &target, const ParamValues &values) {
    ConvolutionStages &depthwise = stages.depthwise, &pointwise = stages.pointwise;
    const int64_t rows = strip_rows(values);
    schedule_tile(pointwise, target, pointwise_tile(values));
    schedule_depthwise_tile(depthwise, target, *depthwise_tile(depthwise.spec, target, rows));
    depthwise.out.compute_at(pointwise.out, strip_loop())
        .bound_extent(depthwise.y, static_cast<int>(rows))
        .hoist_storage_root()
        .store_in(MemoryType::Heap);
    schedule_padding(depthwise.src, pointwise.out, strip_loop(), depthwise.spec, target);
}

}  // namespace

Schedule<DepthwisePointwiseStages> cpu_strips() {
    return {{"cpu_strips",
             10,
             {{"tile_c", {2, 4, 1}},
              {"tile_x", {14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
              {"tile_y", {1, 2, 3}},
              {"unroll_ci", {1, 2, 4}},
              {"strip", {1, 2, 3, 4, 5, 7, 8, 14}},
              prefetch_param()},
             supports,
             blocked_layouts,
             cost},
            apply};
}

}  // namespace ingot::depthwise_pointwise
