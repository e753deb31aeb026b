// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/matmul/operands.h"
#include <algorithm>

namespace ingot::matmul {

using namespace Halide;

namespace {

/// Elements of a tile: columns, those of whole vectors or all that there are, and rows.
struct Tile {
    int64_t width, rows;
    double vectors;  ///< registers of a row
};

Tile tile_of(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const int lanes = widest_lanes(spec, target);
    const int64_t width =
        std::min<int64_t>(int64_t{param(values, "vectors")} * lanes, sides_of(spec).columns.extent(spec));
    const int64_t vectors = (width + lanes - 1) / lanes;
    return {width, param(values, "rows"), static_cast<double>(vectors)};
}

bool is_packed(const KernelSpec &spec) {
    return sides_of(spec).columns.stride(spec) > 1;
}

// A register tile of `vectors` along the dimension in which dst is contiguous by `rows`: for each k a row of the
// one operand, which `rows` elements of the other, each broadcast, multiply. An operand that is not contiguous in
// the tile's columns, as the keys of an attention, is turned a panel at a time. Registers: the accumulators, the
// row, a broadcast, and without FMA the product.
bool supports(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Sides sides = sides_of(spec);
    const Tile tile = tile_of(spec, target, values);
    const double live = tile.vectors * static_cast<double>(tile.rows) + tile.vectors + 1 + (target.has_fma ? 0 : 1);
    const bool in_lanes = param(values, "vectors") <= tile.vectors;
    return !is_reduced(spec, sides.columns.dim) && in_lanes && live <= target.vector_registers &&
           tile.rows <= sides.rows.extent(spec) && spec.dims.back() % param(values, "unroll_k") == 0;
}

double cost(const KernelSpec &spec, const Target &target, const ParamValues &values) {
    const Sides sides = sides_of(spec);
    const Tile tile = tile_of(spec, target, values);
    const auto covered = [](int64_t extent, int64_t step) {
        const int64_t steps = (extent + step - 1) / step;
        return static_cast<double>(steps * step) / static_cast<double>(extent);
    };
    const auto rows = static_cast<double>(tile.rows);
    const double fmas = tile.vectors * rows;
    const double loads = target.has_fma ? tile.vectors + rows : tile.vectors + 2 * rows;
    const double loop = std::max({fmas, loads, target.has_fma ? 8.0 : 4.0}) / fmas;
    const int lanes = widest_lanes(spec, target);
    const double filled = static_cast<double>(tile.width) / (tile.vectors * lanes);
    // Half cycles per element of a panel that is turned, which serves all rows.
    const double turning = is_packed(spec) ? 1.0 * lanes / static_cast<double>(sides.rows.extent(spec)) : 0.0;
    const double unroll = param(values, "unroll_k");
    return loop * covered(sides.columns.extent(spec), tile.width) * covered(sides.rows.extent(spec), tile.rows) /
               filled +
           0.3 / unroll / fmas + 0.001 * unroll + turning;
}

/// Turns a panel of the columns' operand for the tiles below it.
void pack(MatmulStages &stages, const Side &columns, const Var &panel, int width) {
    constexpr int square = 8;
    const int depth = static_cast<int>(stages.spec.dims.back());
    const int height = std::min(square, depth), part = std::min(square, width);
    const Var column = stages.dims[columns.dim], k = stages.dims.back();
    Func &operand = columns.operand == 0 ? stages.a : stages.b;
    Func packed = operand.in(stages.sum);
    Var ko("ko"), ki("ki"), co("co"), ci("ci");
    packed.compute_at(stages.out, panel)
        .hoist_storage_root()
        .bound_extent(column, width)
        .reorder_storage(column, k)
        .split(column, co, ci, part, TailStrategy::ShiftInwards)
        .split(k, ko, ki, height, TailStrategy::ShiftInwards)
        .reorder(ci, ki, co, ko)
        .vectorize(ci)
        .unroll(ki);
    operand.compute_at(packed, co)
        .bound_extent(column, part)
        .bound_extent(k, height)
        .reorder_storage(column, k)
        .reorder(k, column)
        .vectorize(k)
        .unroll(column);
}

void apply(MatmulStages &stages, const Target &target, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const Sides sides = sides_of(spec);
    const Tile tile = tile_of(spec, target, values);
    const int width = static_cast<int>(tile.width), rows = static_cast<int>(tile.rows);
    const int lanes = widest_lanes(spec, target), vector = width % lanes == 0 ? lanes : width;
    const Var column = stages.dims[sides.columns.dim], row = stages.dims[sides.rows.dim];
    const bool has_rows = !is_reduced(spec, sides.rows.dim);
    Var panel("panel"), lane("lane"), block("block"), line("line");
    RVar ko("ko"), ki("ki");
    std::vector<VarOrRVar> loops = {lane}, sums = {column};
    stages.out.split(column, panel, lane, width, TailStrategy::ShiftInwards).vectorize(lane, vector).unroll(lane);
    stages.sum.compute_at(stages.out, has_rows ? block : panel)
        .bound_extent(column, width)
        .vectorize(column, vector)
        .unroll(column);
    stages.sum.update()
        .split(stages.k.x, ko, ki, param(values, "unroll_k"))
        .vectorize(column, vector)
        .unroll(column)
        .unroll(ki);
    if (has_rows) {
        stages.out.split(row, block, line, rows, TailStrategy::ShiftInwards).unroll(line);
        stages.sum.bound_extent(row, rows).unroll(row);
        stages.sum.update().unroll(row);
        loops.insert(loops.end(), {line, block});
        sums.emplace_back(row);
    }
    loops.emplace_back(panel);
    for (const VarOrRVar &outer : variables(stages.dims, batch_dims(spec))) {
        loops.push_back(outer);
    }
    sums.insert(sums.end(), {ki, ko});
    stages.out.reorder(loops);
    stages.sum.update().reorder(sums);
    if (is_packed(spec)) {
        pack(stages, sides.columns, panel, width);
    }
}

}  // namespace

Schedule<MatmulStages> cpu_tiles() {
    return {
        {"cpu_tiles",
         10,
         {{"vectors", {2, 1, 3, 4, 6, 8}}, {"rows", {14, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1}}, {"unroll_k", {1, 2, 4}}},
         supports,
         plain_layouts,
         cost},
        apply};
}

}  // namespace ingot::matmul
