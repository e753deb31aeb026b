// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/layers.h"
#include <string>

namespace ingot::sequential {

using namespace Halide;

namespace {

using Form = SequentialResult::Form;

int narrow(int64_t value) {
    return static_cast<int>(value);
}

VarOrRVar loop(const std::string &name, bool is_rvar) {
    return is_rvar ? VarOrRVar(RVar(name)) : VarOrRVar(Var(name));
}

/// Gives the elements of `dims`, innermost first, to the threads of the block; `inner` stays within a thread.
LoopLevel spread(const Block &block, const Func &func, Stage stage, std::vector<VarOrRVar> dims,
                 const std::vector<VarOrRVar> &inner) {
    bool is_rvar = false;
    VarOrRVar element = dims[0];
    for (std::size_t i = 0; i < dims.size(); ++i) {
        is_rvar = is_rvar || dims[i].is_rvar;
        if (i > 0) {
            const VarOrRVar fused = loop("element" + std::to_string(i), is_rvar);
            stage.fuse(element, dims[i], fused);
            element = fused;
        }
    }
    const VarOrRVar pass = loop("pass", is_rvar), thread = loop("thread", is_rvar);
    stage.split(element, pass, thread, block.shape.threads, TailStrategy::GuardWithIf);
    std::vector<VarOrRVar> order = inner;
    order.push_back(thread);
    order.push_back(pass);
    stage.reorder(order).gpu_threads(thread);
    return {func, thread};
}

ConvolutionTile tile_of(const Block &block, std::size_t i) {
    return convolution_tile(block.stages.layers[i].spec, block.shape.accumulators[i]);
}

/// Loops over a convolution's result: a thread computes `tile.columns` of `x`; its lanes are channels.
LoopLevel spread_convolution(const Block &block, const Func &func, Stage stage, const VarOrRVar &c,
                             const VarOrRVar &x, const VarOrRVar &y, const ConvolutionTile &tile) {
    const VarOrRVar outer = loop("tile", x.is_rvar), inner = loop("column", x.is_rvar);
    stage.split(x, outer, inner, tile.columns, TailStrategy::GuardWithIf)
        .reorder({inner, c, outer, y})
        .unroll(inner);
    return spread(block, func, stage, {c, outer, y}, {inner});
}

/// Zeros of a bordered result, four at a time; rows as source_plane has them, columns from the left border on.
void schedule_border(const Block &block, SequentialResult &result, std::size_t reader) {
    const KernelSpec &spec = block.stages.layers[reader].spec;
    const Plane plane = source_plane(spec, tile_of(block, reader), block.shape.rows[reader]);
    const int left = narrow(spec.window.pad.left);
    result.func.reorder_storage(result.x, result.y, result.c)
        .align_storage(result.x, narrow(plane.pitch))
        .align_storage(result.y, narrow(plane.pitch_rows))
        .bound_extent(result.y, narrow(plane.rows))
        .align_bounds(result.x, 4, (4 - left % 4) % 4)
        .vectorize(result.x, 4);
    spread(block, result.func, result.func, {result.x, result.y, result.c}, {});
}

/// Each weight is loaded from far away once, all of them at the same time.
void stage_weights(const Block &block, std::size_t i) {
    Func &weights = block.stages.layers[i].weights;
    const std::vector<Var> args = weights.args();
    weights.compute_at(block.out, block.level).store_in(MemoryType::GPUShared);
    spread(block, weights, weights, {args[0], args[1], args[2], args[3]}, {});
}

}  // namespace

void schedule_convolution(const Block &block, std::size_t i, const LoopLevel &thread) {
    SequentialLayer &layer = block.stages.layers[i];
    const KernelSpec &spec = layer.spec;
    const ConvolutionTile tile = tile_of(block, i);
    const Extent2 pool = spec.pool ? spec.pool->kernel : Extent2{};
    const Var &c = layer.c, &x = layer.x, &y = layer.y;
    const RDom &r = layer.r;
    layer.sum.compute_at(thread)
        .store_in(MemoryType::Register)
        .bound_extent(x, tile.columns * narrow(pool.w))
        .bound_extent(y, narrow(pool.h))
        .unroll(c)
        .unroll(x)
        .unroll(y);
    Stage update = layer.sum.update();
    update.reorder(c, x, r.y, y, r.z, r.x).unroll(c).unroll(x).unroll(y).unroll(r.y);
    if (tile.unroll_rows) {
        update.unroll(r.z);
    }
    if (block.shape.staged[i]) {
        stage_weights(block, i);
    }
    // With one input channel every element is loaded once for each thread as it is.
    if ((spec.ci / spec.groups > 1 || !tile.unroll_rows) && spec.window.stride.w == 1) {
        SequentialResult &source = block.stages.results[i];
        Func patch = source.func.in(layer.sum);
        const std::vector<Var> args = patch.args();
        patch.compute_at(layer.sum, y)
            .store_in(MemoryType::Register)
            .reorder_storage(args[1], args[2], args[0])
            .reorder(args[1], args[2], args[0])
            .vectorize(args[1], tile.vector, TailStrategy::RoundUp)
            .unroll(args[1])
            .unroll(args[2]);
    }
}

void schedule_pool(const Block &block, std::size_t i, const LoopLevel &thread) {
    SequentialLayer &layer = block.stages.layers[i];
    layer.sum.compute_at(thread);
    layer.sum.update();
}

void schedule_gemm(const Block &block, std::size_t i, const LoopLevel &thread) {
    SequentialLayer &layer = block.stages.layers[i];
    const GemmTile tile = gemm_tile(layer.spec, block.shape.threads);
    const RVar steps("steps"), step("step"), group("group"), lane("lane"), element("element");
    const Var part("part"), outer("outer"), inner("inner");
    layer.sum.compute_at(thread);
    Stage update = layer.sum.update();
    update.split(layer.r.x, steps, group, tile.vector * tile.lanes)
        .split(steps, steps, step, tile.unroll)
        .split(group, lane, element, tile.vector);
    Func partial = update.rfactor(lane, part);
    // rfactor leaves the sum over the lanes.
    layer.sum.update().unroll(lane, 4, TailStrategy::GuardWithIf);

    Func stored = partial.in();
    stored.compute_at(block.out, block.level).store_in(MemoryType::GPUShared);
    stored.reorder_storage(part, layer.c)
        .split(layer.c, outer, inner, tile.outputs, TailStrategy::GuardWithIf)
        .reorder(inner, part, outer)
        .unroll(inner);
    const LoopLevel at = spread(block, stored, stored, {part, outer}, {inner});
    partial.compute_at(at).store_in(MemoryType::Register).bound_extent(layer.c, tile.outputs).unroll(layer.c);
    partial.update().reorder(layer.c, element, step, steps, part).unroll(layer.c).unroll(element).unroll(step);
    if (tile.vector > 1) {
        const std::vector<Var> weights = layer.weights.args();
        layer.weights.compute_at(partial, step)
            .bound_extent(weights[0], tile.vector)
            .vectorize(weights[0])
            .unroll(weights[1]);
        const Var feature = layer.features.args()[0];
        layer.features.compute_at(partial, step).bound_extent(feature, tile.vector).vectorize(feature);
    }
}

void schedule_result(const Block &block, std::size_t i) {
    SequentialResult &result = block.stages.results[i];
    Func &func = result.func;
    func.compute_at(block.out, block.level).store_in(MemoryType::GPUShared);
    if (result.form == Form::bordered) {
        schedule_border(block, result, i);
    }
    Stage stage = result.form == Form::plain ? Stage(func) : func.update();
    if (result.form == Form::flat) {
        // Each column and row of the picture has a pixel of its own.
        stage.allow_race_conditions();
    }
    const KernelSpec *layer = i == 0 ? nullptr : &block.stages.layers[i - 1].spec;
    if (func.dimensions() == 2) {
        const LoopLevel thread = spread(block, func, stage, {result.c}, {});
        if (layer != nullptr) {
            schedule_gemm(block, i - 1, thread);
        }
        return;
    }
    const RDom &p = result.picture;
    const VarOrRVar x = result.form == Form::plain ? VarOrRVar(result.x) : VarOrRVar(p.x);
    const VarOrRVar y = result.form == Form::flat ? VarOrRVar(p.y) : VarOrRVar(result.y);
    if (layer == nullptr) {
        spread(block, func, stage, {x, y, result.c}, {});
    } else if (layer->op == Op::pool2d) {
        schedule_pool(block, i - 1, spread(block, func, stage, {result.c, x, y}, {}));
    } else {
        const ConvolutionTile tile = tile_of(block, i - 1);
        schedule_convolution(block, i - 1, spread_convolution(block, func, stage, result.c, x, y, tile));
    }
}

void schedule_last(const Block &block, const Var &c, const Var &x, const Var &y) {
    const std::size_t i = block.stages.layers.size() - 1;
    switch (block.stages.layers[i].spec.op) {
    case Op::gemm:
        schedule_gemm(block, i, spread(block, block.out, block.out, {c}, {}));
        break;
    case Op::pool2d:
        schedule_pool(block, i, spread(block, block.out, block.out, {c, x, y}, {}));
        break;
    default:
        schedule_convolution(block, i, spread_convolution(block, block.out, block.out, c, x, y, tile_of(block, i)));
    }
}

}  // namespace ingot::sequential
