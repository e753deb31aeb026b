// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/convolution.h"
#include "schedules/cuda.h"
#include "schedules/weight_stream.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <numeric>

namespace ingot {

using namespace Halide;

namespace {

/// Convolution results under a tile of dst: stride * (tile - 1) + kernel per dimension with a pool, the tile
/// without.
Extent2 covered(const KernelSpec &spec, const RegisterTile &tile) {
    if (!spec.pool) {
        return {tile.tile_y, tile.tile_x};
    }
    return {spec.pool->stride.h * (tile.tile_y - 1) + spec.pool->kernel.h,
            spec.pool->stride.w * (tile.tile_x - 1) + spec.pool->kernel.w};
}

/// Pixels whose accumulators are in registers together.
int64_t live_pixels(const KernelSpec &spec, const RegisterTile &tile) {
    const Extent2 results = covered(spec, tile);
    return tile.row_by_row ? results.w : results.h * results.w;
}

/// Where the kernel pads by itself: a small picture on the stack, a larger one in the session's scratch, one for
/// all images of a batch.
void place_padded_source(Func &src, const KernelSpec &spec) {
    constexpr int64_t stack_bytes = 4096;
    const Pad2 &pad = spec.window.pad;
    const int64_t elements = spec.ci * (spec.h + pad.top + pad.bottom) * (spec.w + pad.left + pad.right);
    src.hoist_storage_root().store_in(elements * 4 <= stack_bytes ? MemoryType::Stack : MemoryType::Heap);
}

double tiles_over(int64_t extent, int tile) {
    const int64_t tiles = (extent + tile - 1) / tile;
    return static_cast<double>(tiles);
}

/// Dst rows, in tile rows, of one strip; the whole picture where the tile has no strips.
int64_t strip_count(const KernelSpec &spec, const RegisterTile &tile) {
    const int64_t rows = spec.output().h, strip = int64_t{tile.strip} * tile.tile_y;
    return strip == 0 ? 1 : (rows + strip - 1) / strip;
}

/// Half cycles per vector FMA that wait for L3: the picture where each block of channels reads it anew, the weights
/// where each strip does. Most of it hides behind arithmetic.
double traffic_cost(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    constexpr double l2_share = 512 * 1024, l3_bytes_per_half_cycle = 40;
    const double size = sizeof(float);
    const double picture = static_cast<double>(spec.ci * spec.h * spec.w) * size;
    const int64_t terms = spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
    const double weights = static_cast<double>(spec.co * terms) * size;
    const int step = channel_step(spec, tile.tile_c, target);
    const int64_t blocks = (spec.co + step - 1) / step;
    const double again =
        tile.strip == 0 ? static_cast<double>(blocks) : static_cast<double>(strip_count(spec, tile));
    const double bytes = tile.strip == 0 ? picture : weights;
    const Extent2 results = spec.window_output();
    const double fmas = static_cast<double>(results.h * results.w * spec.co * terms) / target.lanes();
    return bytes <= l2_share ? 0.0 : again * bytes / l3_bytes_per_half_cycle / fmas;
}

/// Half cycles per vector FMA of the kernel's own padding: the picture is read and written once where all of it is
/// copied; a strip's copy stays in L1 or L2, but neighbouring strips share rows.
double padding_cost(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    if (spec.src.order != DimOrder::nchw || !spec.window.pad.any()) {
        return 0;
    }
    const Extent2 results = spec.window_output();
    const int64_t terms = spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
    const double fmas = static_cast<double>(results.h * results.w * spec.co * terms) / target.lanes();
    double rows = static_cast<double>(spec.h);
    const bool is_large = spec.ci * spec.h * spec.w > 8192;
    if (tile.strip != 0) {
        const int64_t shared = spec.window.kernel.h - spec.window.stride.h;
        rows += static_cast<double>(std::max<int64_t>(shared, 0) * strip_count(spec, tile));
    }
    const double cycles_per_vector = is_large && tile.strip == 0 ? 8 : 4;
    return cycles_per_vector * rows * static_cast<double>(spec.ci * spec.w) / target.lanes() / fmas;
}

}  // namespace

int64_t weight_bytes(const KernelSpec &spec) {
    const Extent2 kernel = spec.window.kernel;
    return round_up(spec.co, channel_block) * (spec.ci / spec.groups) * kernel.h * kernel.w *
           static_cast<int64_t>(sizeof(float));
}

int channel_step(const KernelSpec &spec, int tile_c, const Target &target) {
    const int width = tile_c * target.lanes();
    return spec.co == width ? width : std::max(width, static_cast<int>(channel_block));
}

bool supports_channels(const KernelSpec &spec, const Target &target, int tile_c) {
    const int width = tile_c * target.lanes();
    const int step = channel_step(spec, tile_c, target);
    const bool is_one_part = spec.groups == 1 && spec.co == step && step < channel_block;
    const bool whole_blocks = spec.co % step == 0;
    const bool whole_groups =
        spec.groups == 1 || (whole_blocks && (spec.is_depthwise() || (spec.co / spec.groups) % width == 0));
    return is_one_part ||
           (step % width == 0 && step % channel_block == 0 && round_up(spec.co, channel_block) % step == 0 &&
            whole_groups && (whole_blocks || width == step));
}

void place_padding(Func &src, Func &out, const Var &image, const KernelSpec &spec) {
    if (src.has_update_definition()) {
        src.compute_at(out, image);
        place_padded_source(src, spec);
        src.update();
    }
}

void schedule_padding(Func &src, Func &out, const Var &level, const KernelSpec &spec, const Target &target) {
    if (!src.has_update_definition()) {
        return;
    }
    const std::vector<Var> args = src.args();
    const Var &c = args[0], &x = args[1], &y = args[2], &n = args[3];
    const std::vector<RVar> r = src.rvars();
    src.compute_at(out, level);
    place_padded_source(src, spec);
    if (spec.src.order == DimOrder::nchw || spec.ci == 1) {
        src.reorder_storage(x, y, c, n).reorder(x, y, c, n);
        src.update().reorder(r[0], y, c, n);
        if (spec.w >= target.lanes()) {
            src.update().vectorize(r[0], target.lanes(), TailStrategy::GuardWithIf);
        }
    } else {
        src.update().reorder(c, r[0], y, n);
        if (spec.ci >= target.lanes()) {
            src.update().vectorize(c, target.lanes(), TailStrategy::GuardWithIf);
        } else if (spec.ci * spec.w >= target.lanes()) {
            // The elements of a row lie side by side in the copy, and mostly in what it is made of.
            RVar element("element");
            src.update().fuse(c, r[0], element).vectorize(element, target.lanes(), TailStrategy::GuardWithIf);
        }
    }
}

bool supports_tile(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const Extent2 dst = spec.output();
    const bool pool_fits = !spec.pool || (!spec.pool->pad.any() && spec.pool->kernel == spec.pool->stride);
    // Beside the accumulators: the weights, one broadcast pixel, and without FMA the product.
    const int64_t live = tile.tile_c * live_pixels(spec, tile) + tile.tile_c + 1 + (target.has_fma ? 0 : 1);
    return pool_fits && live <= target.vector_registers && tile.tile_x <= dst.w && tile.tile_y <= dst.h &&
           supports_channels(spec, target, tile.tile_c) && (spec.ci / spec.groups) % tile.unroll_ci == 0 &&
           supports_stream(weight_bytes(spec), tile.prefetch);
}

double loop_cost(const Target &target, double fmas, double loads) {
    // Four cycles of latency ask for eight accumulators. Without FMA: copy, multiply, add.
    return target.has_fma ? std::max({fmas, loads, 9.0}) + 0.02 * loads : 3 * fmas + loads;
}

double widening_cost(const KernelSpec &spec, double vectors) {
    return spec.weights.type == DataType::f32 ? 0.0 : 2 * vectors;
}

double conflict_cost(const KernelSpec &spec, int64_t pixels) {
    constexpr int64_t way_bytes = 4096, ways = 8;
    const int64_t pixel_bytes = spec.window.stride.w * spec.ci * static_cast<int64_t>(sizeof(float));
    const int64_t sets = way_bytes / std::gcd(way_bytes, pixel_bytes);
    return pixels > ways * sets ? 1.6 : 1.0;
}

double tile_cost(const KernelSpec &spec, const Target &target, const RegisterTile &tile) {
    const auto pixels = static_cast<double>(live_pixels(spec, tile));
    const double vectors = tile.tile_c, fmas = vectors * pixels;
    const int64_t terms = spec.ci / spec.groups * spec.window.kernel.h * spec.window.kernel.w;
    const auto sum = static_cast<double>(terms);
    // Below AVX-512 a broadcast is an instruction of its own.
    const double asked = lines_asked(target, tile.tile_c, tile.prefetch);
    const double loads = (vectors + pixels) * (target.vector_registers == 32 ? 1.0 : 1.15);
    double cycles = loop_cost(target, fmas, (target.has_fma ? loads : vectors + 2 * pixels) + asked);
    cycles += widening_cost(spec, vectors);
    // Weights of a tile that L1 cannot keep beside the pixels come from L2, 24 bytes a cycle.
    const double step_bytes = vectors * target.vector_bytes;
    constexpr double l1_share = 32 * 1024;
    if (step_bytes * sum > l1_share) {
        const double stream = 2 * step_bytes / 24;
        cycles = std::max(cycles, stream) + 0.1 * stream;
    }
    cycles *= conflict_cost(spec, live_pixels(spec, tile));
    // Loop control, once per iteration. Unrolling shares it, but lets the next iterations' loads compete for
    // registers.
    cycles += 0.3 / tile.unroll_ci;
    cycles *= 1.0 + 0.02 * tile.unroll_ci;
    const Extent2 dst = spec.output();
    const double useful = static_cast<double>(dst.h * dst.w);
    const double computed =
        tiles_over(dst.w, tile.tile_x) * tile.tile_x * tiles_over(dst.h, tile.tile_y) * tile.tile_y;
    // A store, a load, and the wait between them, per sum.
    const double through_memory = tile.row_by_row ? 8.0 / sum : 0.0;
    const int64_t computed_channels = round_up(spec.co, channel_step(spec, tile.tile_c, target));
    const double channels = static_cast<double>(computed_channels) / static_cast<double>(spec.co);
    const Extent2 results = spec.window_output();
    return (cycles / fmas + through_memory) * computed / useful * channels + traffic_cost(spec, target, tile) +
           padding_cost(spec, target, tile) +
           stream_wait(target, weight_bytes(spec), results.h * results.w * spec.n, tile.prefetch);
}

Schedule<ConvolutionStages> convolution_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](ConvolutionStages &stages, const Target &, const ParamValues &) {
                place_padding(stages.src, stages.out, stages.n, stages.spec);
                stages.conv.compute_at(stages.out, stages.c);
                stages.conv.update();
            }};
}

Schedule<ConvolutionStages> convolution_cuda_reference() {
    return {{"cuda_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](ConvolutionStages &stages, const Target &, const ParamValues &) {
                Func &conv = stages.conv;
                const Var &x = stages.x, &y = stages.y;
                const Var thread = cuda_thread_per_element(stages.out, {stages.c, x, y}, stages.n);
                conv.compute_at(stages.out, thread);
                if (const std::optional<Window> &pool = stages.spec.pool) {
                    // The results of a window, each in a register of its own.
                    conv.bound_extent(x, static_cast<int>(pool->kernel.w))
                        .bound_extent(y, static_cast<int>(pool->kernel.h))
                        .unroll(x)
                        .unroll(y);
                    const RDom &r = stages.r;
                    conv.update().reorder(x, y, r.x, r.y, r.z).unroll(x).unroll(y);
                } else {
                    conv.update();
                }
            }};
}

void schedule_sum(ConvolutionStages &stages, const Target &target, const RegisterTile &tile, Func &result,
                  const Var &level) {
    const int lanes = target.lanes();
    const int width = tile.tile_c * lanes;
    Func &conv = stages.conv;
    Var &c = stages.c, &x = stages.x, &y = stages.y;
    const bool is_dst = result.name() == stages.out.name();
    const Extent2 results = is_dst ? covered(stages.spec, tile) : Extent2{tile.tile_y, tile.tile_x};
    conv.compute_at(result, level)
        .bound_extent(c, width)
        .bound_extent(x, static_cast<int>(results.w))
        .bound_extent(y, static_cast<int>(results.h))
        .reorder(c, x, y)
        .vectorize(c, lanes)
        .unroll(c)
        .unroll(x)
        .unroll(y);
    // Input channels innermost: with a filter tap there LLVM hoists the pixels of neighbouring taps and spills.
    // The weights are loaded once per input channel, into registers, whatever is unrolled.
    const RDom &r = stages.r;
    RVar ci_block("ci_block"), ci("ci");
    Stage sum = conv.update();
    sum.split(r.x, ci_block, ci, tile.unroll_ci).unroll(ci);
    if (tile.row_by_row) {
        sum.reorder(c, x, ci, ci_block, r.y, r.z, y);
    } else {
        sum.reorder(c, x, y, ci, ci_block, r.y, r.z).unroll(y);
    }
    sum.vectorize(c, lanes).unroll(c).unroll(x);
    stream_weights(sum, stages.weights, ci, ci_block, tile.unroll_ci, tile.prefetch);
    const Var channel = stages.weights.args()[0];
    stages.weights.in(conv).compute_at(conv, ci).vectorize(channel, lanes).unroll(channel);
}

Var strip_loop() {
    return Var("strip");
}

void schedule_tile(ConvolutionStages &stages, const Target &target, const RegisterTile &tile) {
    const int lanes = target.lanes();
    const int width = tile.tile_c * lanes;
    const int step = channel_step(stages.spec, tile.tile_c, target);
    const bool whole_channels = stages.spec.co % step == 0;
    const TailStrategy tail = whole_channels ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
    Func &out = stages.out;
    Var &c = stages.c, &x = stages.x, &y = stages.y;
    Var block("block"), part("part"), lane("lane"), xo("xo"), xi("xi"), yo("yo"), yi("yi"), strip = strip_loop();

    out.split(c, block, c, step, tail)
        .split(c, part, lane, width)
        .split(x, xo, xi, tile.tile_x, TailStrategy::ShiftInwards)
        .split(y, yo, yi, tile.tile_y, TailStrategy::ShiftInwards)
        .reorder(lane, xi, yi, part, xo, yo, block, stages.n)
        .unroll(part)
        .vectorize(lane, lanes)
        .unroll(lane)
        .unroll(xi)
        .unroll(yi);
    if (tile.strip != 0) {
        out.split(yo, strip, yo, tile.strip, TailStrategy::GuardWithIf)
            .reorder(lane, xi, yi, part, xo, yo, block, strip, stages.n);
    }

    schedule_sum(stages, target, tile, out, part);
    schedule_padding(stages.src, out, tile.strip == 0 ? stages.n : strip, stages.spec, target);
}

namespace {

RegisterTile strip_tile(const ParamValues &values, int unroll_ci) {
    return {param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y"), unroll_ci, false,
            param(values, "strip")};
}

RegisterTile strips_tile(const KernelSpec &, const ParamValues &values) {
    return strip_tile(values, param(values, "unroll_ci"));
}

RegisterTile stem_tile(const KernelSpec &spec, const ParamValues &values) {
    return strip_tile(values, static_cast<int>(spec.ci / spec.groups));
}

}  // namespace

Schedule<ConvolutionStages> strips_schedule(std::vector<Param> params) {
    return tile_schedule<strips_tile>("cpu_strips", std::move(params));
}

Schedule<ConvolutionStages> stem_schedule(std::vector<Param> params) {
    Schedule<ConvolutionStages> schedule = tile_schedule<stem_tile>("cpu_stem", std::move(params));
    schedule.info.supports = [](const KernelSpec &spec, const Target &target, const ParamValues &values) {
        constexpr int64_t few = 4;
        return spec.groups == 1 && spec.ci <= few && supports_tile(spec, target, stem_tile(spec, values));
    };
    schedule.info.layouts = [](const KernelSpec &, const Target &, const ParamValues &) {
        return Layouts{DimOrder::ohwi16o, false};
    };
    return schedule;
}

}  // namespace ingot
