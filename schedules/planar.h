// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/convolution.h"

namespace ingot {

/// A tile of a planar convolution, whose lanes are neighbouring columns: `tile_c` output channels by `tile_x`
/// vectors of columns by `tile_y` rows of convolution results.
struct PlanarTile {
    int tile_c = 1, tile_x = 1, tile_y = 1;
};

/// The tile keeps its accumulators in registers and the picture is as wide as the tile.
bool supports_planar(const KernelSpec &spec, const Target &target, const PlanarTile &tile);

/// In the units of tile_cost, with what it costs to bring src into planes and results out of them.
double planar_cost(const KernelSpec &spec, const Target &target, const PlanarTile &tile);

/// Loops: image, strip of rows, tile row, tile column, block of channels, then the sum over filter rows, input
/// channels and filter columns. Where a pool is fused, a strip of convolution results lies in planes between the
/// two.
void schedule_planar(ConvolutionStages &stages, const Target &target, const PlanarTile &tile);

/// A schedule whose parameters are `tile_c`, `tile_x` and `tile_y`. Its source has no halo.
Schedule<ConvolutionStages> planar_schedule(std::vector<Param> params);

}  // namespace ingot
