// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda_convolution.h"
#include "schedules/cuda.h"
#include "spec/buffer_dims.h"
#include <algorithm>
#include <cmath>
#include <numeric>

namespace ingot {

using namespace Halide;

namespace {

int narrow(int64_t value) {
    return static_cast<int>(value);
}

int64_t steps(int64_t extent, int64_t step) {
    return (extent + step - 1) / step;
}

/// Part of a picture that a thread or a block computes.
struct CudaTile {
    int64_t c, x, y;                    ///< of a thread: channels, and columns and rows of dst
    int64_t block_x, block_y, block_c;  ///< threads of a block
};

CudaTile pixels_tile(const ParamValues &values) {
    return {param(values, "tile_c"),  param(values, "tile_x"),  param(values, "tile_y"),
            param(values, "block_x"), param(values, "block_y"), param(values, "block_c")};
}

CudaTile channels_tile(const ParamValues &values) {
    return {param(values, "tile_c"), param(values, "tile_x"), param(values, "tile_y"), 1, 1, cuda_warp};
}

/// Convolution results under `x` by `y` elements of dst.
Extent2 results(const KernelSpec &spec, int64_t x, int64_t y) {
    return spec.pool ? Extent2{spec.pool->stride.h * (y - 1) + spec.pool->kernel.h,
                               spec.pool->stride.w * (x - 1) + spec.pool->kernel.w}
                     : Extent2{y, x};
}

/// Pixels of src under them.
Extent2 pixels(const KernelSpec &spec, const Extent2 &results) {
    const Window &w = spec.window;
    return {(results.h - 1) * w.stride.h + (w.kernel.h - 1) * w.dilation.h + 1,
            (results.w - 1) * w.stride.w + (w.kernel.w - 1) * w.dilation.w + 1};
}

Extent2 thread_results(const KernelSpec &spec, const CudaTile &tile) {
    return results(spec, tile.x, tile.y);
}

Extent2 thread_pixels(const KernelSpec &spec, const CudaTile &tile) {
    return pixels(spec, thread_results(spec, tile));
}

Extent2 block_pixels(const KernelSpec &spec, const CudaTile &tile) {
    return pixels(spec, results(spec, tile.x * tile.block_x, tile.y * tile.block_y));
}

/// Columns of results from a thread to its neighbour.
int64_t lane_results(const KernelSpec &spec, const CudaTile &tile) {
    return tile.x * (spec.pool ? spec.pool->stride.w : 1);
}

int64_t accumulators(const KernelSpec &spec, const CudaTile &tile) {
    const Extent2 r = thread_results(spec, tile);
    return tile.c * r.h * r.w;
}

/// The summing loop is unrolled over filter columns, and over rows where code, pixels and accumulators stay small;
/// over input channels where there is one tap.
struct Unrolling {
    bool rows;
    int channels;
};

/// Beside more accumulators the pixels of a whole filter do not fit 64 registers.
constexpr int64_t accumulators_of_rows = 28, most_pixels = 54;

Unrolling unrolling(const KernelSpec &spec, const CudaTile &tile, int64_t chunk) {
    constexpr int64_t most_taps = 9;
    const Extent2 kernel = spec.window.kernel, patch = thread_pixels(spec, tile);
    const int64_t taps = kernel.h * kernel.w;
    const bool rows = taps > 1 && taps <= most_taps && patch.h * patch.w <= most_pixels &&
                      accumulators(spec, tile) <= accumulators_of_rows;
    return {rows, taps > 1 ? 1 : chunk % 4 == 0 ? 4 : chunk % 2 == 0 ? 2 : 1};
}

/// Input channels that cuda_channels stages at a time: the largest divisor up to 16, all where there is no other.
int64_t chunk_of(const KernelSpec &spec) {
    constexpr int64_t most = 16, few = 32;
    for (int64_t chunk = most; chunk > 1; --chunk) {
        if (spec.ci % chunk == 0) {
            return chunk;
        }
    }
    return spec.ci <= few ? spec.ci : 1;
}

int64_t shared_bytes(const KernelSpec &spec, const CudaTile &tile, int64_t channels) {
    const Extent2 staged = block_pixels(spec, tile);
    return staged.h * staged.w * channels * static_cast<int64_t>(sizeof(float));
}

/// One turn of the summing loop: how often each thread loads and multiplies.
struct Turn {
    double fmas, weights, weight_loads, pixels, pixel_loads;
};

Turn turn_of(const KernelSpec &spec, const CudaTile &tile, int64_t chunk) {
    const Unrolling unroll = unrolling(spec, tile, chunk);
    const Extent2 kernel = spec.window.kernel, r = thread_results(spec, tile);
    const int64_t rows = unroll.rows ? kernel.h : 1, taps = rows * kernel.w * unroll.channels;
    const Extent2 patch = thread_pixels(spec, tile);
    // Rows of src that the unrolled filter rows touch, and columns that its taps do.
    const int64_t touched_rows = unroll.rows ? std::min(patch.h, r.h * kernel.h) : r.h;
    const int64_t touched = touched_rows * std::min(patch.w, r.w * kernel.w) * unroll.channels;
    const Extent2 staged = block_pixels(spec, tile);
    // A row's loads are as wide as its address is aligned in every thread.
    const int64_t step =
        tile.block_x == 1 ? staged.w : std::gcd(staged.w, spec.window.stride.w * lane_results(spec, tile));
    const int64_t width = spec.window.dilation.w != 1 || spec.window.stride.w != 1 ? 1 : step % 2 == 0 ? 2 : 1;
    return {static_cast<double>(accumulators(spec, tile) * taps), static_cast<double>(tile.c * taps),
            std::ceil(static_cast<double>(tile.c) / 4) * static_cast<double>(taps), static_cast<double>(touched),
            static_cast<double>(touched) / static_cast<double>(width)};
}

/// Accumulators, the pixels and weights of a loop turn, addresses: 28 accumulators fit 64 registers beside at most
/// 54 pixels, which live for a part of the turn. 32, two 2 x 2 windows of four channels, do where the turn is a row
/// of taps whose pixels neighbouring taps share, and where no tile needs a guard; a short sum gains nothing from
/// them.
bool supports_registers(const KernelSpec &spec, const CudaTile &tile) {
    const Extent2 dst = spec.output();
    const bool whole = dst.w % (tile.x * tile.block_x) == 0 && dst.h % (tile.y * tile.block_y) == 0;
    const bool shares = spec.window.kernel.w > 1 && spec.window.stride.w == 1 && spec.window.dilation.w == 1;
    constexpr int64_t short_sum = 8;
    const bool fits_32 = spec.pool && whole && shares && tile.block_x > 1 && spec.ci >= short_sum;
    return accumulators(spec, tile) <= (fits_32 ? cuda_accumulators : accumulators_of_rows) &&
           turn_of(spec, tile, 1).pixels <= most_pixels;
}

int64_t blocks_of(const KernelSpec &spec, const CudaTile &tile) {
    const Extent2 dst = spec.output();
    return spec.n * steps(dst.w, tile.x * tile.block_x) * steps(dst.h, tile.y * tile.block_y) *
           steps(spec.co, tile.c * tile.block_c);
}

/// Computed results by wanted ones: tiles reach beyond the picture, and overlapping pool windows of neighbouring
/// threads compute the same ones.
double waste(const KernelSpec &spec, const CudaTile &tile) {
    const Extent2 wanted = spec.window_output(), r = thread_results(spec, tile);
    const int64_t computed = r.w * tile.block_x * r.h * tile.block_y * tile.c * tile.block_c;
    return static_cast<double>(blocks_of(spec, tile) * computed) /
           static_cast<double>(spec.n * wanted.w * wanted.h * spec.co);
}

/// Slots per multiply-add that wait for weights from L2, 24 bytes a cycle for a multiprocessor: a quarter of them
/// miss L1, which the blocks of a multiprocessor share.
double weight_traffic(const KernelSpec &spec, const CudaTile &tile) {
    constexpr double l2_bytes_per_cycle = 24, misses = 0.25, lanes_per_cycle = 128;
    const Extent2 r = thread_results(spec, tile);
    const auto threads_that_share = static_cast<double>(tile.block_x * tile.block_y);
    const double bytes_per_fma = sizeof(float) / (static_cast<double>(r.h * r.w) * threads_that_share);
    return misses * bytes_per_fma * lanes_per_cycle / l2_bytes_per_cycle;
}

int64_t registers_of(const KernelSpec &spec, const CudaTile &tile) {
    // Accumulators, two vectors of weights, a row or two of pixels, addresses.
    return std::clamp<int64_t>(accumulators(spec, tile) + 40, 56, 80);
}

double tile_cost(const KernelSpec &spec, const CudaTile &tile, const CudaLoop &loop, int64_t channels) {
    // Staging an element: address, bounds, load, select, store.
    constexpr double staging = 10;
    const Extent2 staged = block_pixels(spec, tile), kernel = spec.window.kernel;
    const int64_t threads = tile.block_x * tile.block_y * tile.block_c;
    const double staged_by_thread = static_cast<double>(staged.h * staged.w) / static_cast<double>(threads);
    const double fmas_by_channel = static_cast<double>(accumulators(spec, tile) * kernel.h * kernel.w);
    const CudaGrid grid{threads, blocks_of(spec, tile), registers_of(spec, tile),
                        shared_bytes(spec, tile, channels)};
    return (cuda_loop_cost(loop) + staging * staged_by_thread / fmas_by_channel) * waste(spec, tile) *
               cuda_grid_cost(grid) +
           weight_traffic(spec, tile);
}

void unroll_sum(Stage sum, const ConvolutionStages &stages, const Unrolling &unroll) {
    sum.unroll(stages.r.y);
    if (unroll.rows) {
        sum.unroll(stages.r.z);
    }
}

/// The weights of a tap come in one load: they are read in vectors, the accumulators stay apart.
void load_weights(ConvolutionStages &stages, int tile_c) {
    Func loaded = stages.weights.in(stages.conv);
    loaded.compute_at(stages.conv, stages.r.y);
    const std::vector<Var> args = loaded.args();
    if (tile_c > 1) {
        loaded.vectorize(args[0], std::min(tile_c, 4));
    }
    for (const Var &arg : args) {
        loaded.unroll(arg);
    }
}

bool supports_pixels(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const CudaTile tile = pixels_tile(values);
    const Extent2 dst = spec.output();
    const int64_t threads = tile.block_x * tile.block_y * tile.block_c;
    constexpr int64_t fewest = 32, most = 512;
    // A block no larger than the picture, but for its last tile.
    return spec.groups == 1 && supports_registers(spec, tile) && threads >= fewest && threads <= most &&
           tile.x * (tile.block_x - 1) < dst.w && tile.y * (tile.block_y - 1) < dst.h &&
           round_up(spec.co, channel_block) % (tile.c * tile.block_c) == 0 &&
           shared_bytes(spec, tile, spec.ci) <= cuda_shared_bytes;
}

double pixels_cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const CudaTile tile = pixels_tile(values);
    const Turn turn = turn_of(spec, tile, spec.ci);
    constexpr double loop_control = 8;
    // A warp has few groups of channels: two wavefronts for four weights. Its pixels lie apart: neighbouring lanes
    // use all 32 banks where the step between them is odd or as wide as a load.
    const auto step = static_cast<double>(std::gcd(spec.window.stride.w * lane_results(spec, tile), int64_t{32}));
    const double conflict = tile.block_x > 1 ? std::max(step * turn.pixel_loads / turn.pixels, 1.0) : 1.0;
    const CudaLoop loop{turn.fmas, turn.weight_loads + turn.pixel_loads + loop_control, turn.weights + turn.pixels,
                        turn.weights / 2 + turn.pixels * conflict};
    return tile_cost(spec, tile, loop, spec.ci);
}

void apply_pixels(ConvolutionStages &stages, const Target &, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const CudaTile tile = pixels_tile(values);
    const Extent2 dst = spec.output(), r = thread_results(spec, tile);
    const int c_step = narrow(tile.c * tile.block_c), x_step = narrow(tile.x * tile.block_x),
              y_step = narrow(tile.y * tile.block_y);
    Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    Var cb("cb"), cg("cg"), ci("ci"), xb("xb"), xt("xt"), xi("xi"), yb("yb"), yt("yt"), yi("yi"), part("part");
    stages.out.split(c, cb, c, c_step, cuda_tail(spec.co, c_step))
        .split(c, cg, ci, narrow(tile.c))
        .split(x, xb, x, x_step, cuda_tail(dst.w, x_step))
        .split(x, xt, xi, narrow(tile.x))
        .split(y, yb, y, y_step, cuda_tail(dst.h, y_step))
        .split(y, yt, yi, narrow(tile.y))
        .reorder(ci, xi, yi, xt, yt, cg, n, xb, yb, cb)
        .fuse(xb, yb, part)
        .gpu_blocks(n, part, cb)
        .gpu_threads(xt, yt, cg)
        .unroll(ci)
        .unroll(xi)
        .unroll(yi);
    stages.conv.compute_at(stages.out, xt)
        .bound_extent(c, narrow(tile.c))
        .bound_extent(x, narrow(r.w))
        .bound_extent(y, narrow(r.h))
        .unroll(c)
        .unroll(x)
        .unroll(y);
    const Unrolling unroll = unrolling(spec, tile, spec.ci);
    RVar co("ci_outer"), cu("ci_inner");
    stages.conv.update()
        .split(stages.r.x, co, cu, unroll.channels)
        .reorder(c, x, y, stages.r.y, cu, stages.r.z, co)
        .unroll(c)
        .unroll(x)
        .unroll(y)
        .unroll(cu);
    unroll_sum(stages.conv.update(), stages, unroll);
    load_weights(stages, narrow(tile.c));

    const int channels = narrow(std::min(spec.ci, tile.block_c));
    Var so("so"), sc("sc"), sxo("sxo"), sx("sx"), syo("syo"), sy("sy");
    stages.src.compute_at(stages.out, n)
        .store_in(MemoryType::GPUShared)
        .bound_extent(c, narrow(spec.ci))
        .bound_extent(x, narrow(block_pixels(spec, tile).w))
        .bound_extent(y, narrow(block_pixels(spec, tile).h))
        .reorder_storage(x, y, c, n)
        .split(c, so, sc, channels, cuda_tail(spec.ci, channels))
        .split(x, sxo, sx, narrow(tile.block_x), TailStrategy::GuardWithIf)
        .split(y, syo, sy, narrow(tile.block_y), TailStrategy::GuardWithIf)
        .reorder(sx, sy, sc, so, sxo, syo)
        .gpu_threads(sx, sy, sc);
}

bool supports_lanes(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const CudaTile tile = channels_tile(values);
    const Extent2 dst = spec.output();
    // Under a stride pixels come one by one: a lane of one channel would load more than it multiplies. A short turn
    // is mostly other instructions, and ptxas unrolls it beyond its registers.
    constexpr double fewest_fmas = 64;
    return spec.groups == 1 && supports_registers(spec, tile) && (tile.c > 1 || spec.window.stride.w == 1) &&
           turn_of(spec, tile, chunk_of(spec)).fmas >= fewest_fmas && tile.x <= dst.w && tile.y <= dst.h &&
           round_up(spec.co, channel_block) % (tile.c * cuda_warp) == 0 &&
           shared_bytes(spec, tile, chunk_of(spec)) <= cuda_shared_bytes / 4;
}

double channels_cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const CudaTile tile = channels_tile(values);
    const Turn turn = turn_of(spec, tile, chunk_of(spec));
    constexpr double loop_control = 8;
    // All lanes read the same pixels, and weights of their own.
    const CudaLoop loop{turn.fmas, turn.weight_loads + turn.pixel_loads + loop_control, turn.weights + turn.pixels,
                        turn.weights + turn.pixel_loads};
    return tile_cost(spec, tile, loop, chunk_of(spec));
}

void apply_channels(ConvolutionStages &stages, const Target &, const ParamValues &values) {
    const KernelSpec &spec = stages.spec;
    const CudaTile tile = channels_tile(values);
    const Extent2 dst = spec.output(), r = thread_results(spec, tile);
    const int c_step = narrow(tile.c) * cuda_warp, tile_c = narrow(tile.c), tile_x = narrow(tile.x),
              tile_y = narrow(tile.y), chunk = narrow(chunk_of(spec));
    Var &c = stages.c, &x = stages.x, &y = stages.y, &n = stages.n;
    Var cb("cb"), lane("lane"), ci("ci"), xb("xb"), xi("xi"), yb("yb"), yi("yi"), part("part");
    stages.out.split(c, cb, c, c_step, cuda_tail(spec.co, c_step))
        .split(c, lane, ci, tile_c)
        .split(x, xb, xi, tile_x, cuda_tail(dst.w, tile_x))
        .split(y, yb, yi, tile_y, cuda_tail(dst.h, tile_y))
        .reorder(ci, xi, yi, lane, n, xb, yb, cb)
        .fuse(xb, yb, part)
        .gpu_blocks(n, part, cb)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(xi)
        .unroll(yi);
    stages.conv.compute_at(stages.out, n)
        .store_in(MemoryType::Register)
        .bound_extent(c, c_step)
        .bound_extent(x, narrow(r.w))
        .bound_extent(y, narrow(r.h))
        .split(c, lane, ci, tile_c)
        .reorder(ci, x, y, lane)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(x)
        .unroll(y);
    const Unrolling unroll = unrolling(spec, tile, chunk);
    RVar outer("chunk"), inner("within"), co("ci_outer"), cu("ci_inner");
    stages.conv.update()
        .split(c, lane, ci, tile_c)
        .split(stages.r.x, outer, inner, chunk)
        .split(inner, co, cu, unroll.channels)
        .reorder(ci, x, y, stages.r.y, cu, stages.r.z, co, lane, outer)
        .gpu_lanes(lane)
        .unroll(ci)
        .unroll(x)
        .unroll(y)
        .unroll(cu);
    unroll_sum(stages.conv.update(), stages, unroll);
    load_weights(stages, tile_c);

    Var staged("staged"), so("so"), sl("sl");
    stages.src.compute_at(stages.conv, outer)
        .store_in(MemoryType::GPUShared)
        .bound_extent(c, chunk)
        .bound_extent(x, narrow(block_pixels(spec, tile).w))
        .bound_extent(y, narrow(block_pixels(spec, tile).h))
        .reorder_storage(x, y, c, n);
    if (spec.src.order == DimOrder::nhwc && chunk >= 8) {
        stages.src.fuse(c, x, staged);
    } else {
        stages.src.reorder(x, c, y, n).fuse(x, c, staged);
    }
    stages.src.split(staged, so, sl, cuda_warp, TailStrategy::GuardWithIf).gpu_threads(sl);
}

CudaBudget budget(const KernelSpec &spec, const CudaTile &tile, int64_t channels) {
    const Turn turn = turn_of(spec, tile, channels);
    // Channels that dst does not have are left out, in the middle of a vector.
    const double parts = spec.co % tile.c == 0 ? 1 : 2;
    constexpr int registers = 80;
    return {registers, narrow(shared_bytes(spec, tile, channels)), turn.fmas / turn.pixel_loads / parts,
            turn.fmas / turn.weight_loads / parts};
}

}  // namespace

Schedule<ConvolutionStages> cuda_pixels_schedule(std::vector<Param> params) {
    return {{"cuda_pixels", 10, std::move(params), supports_pixels,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             pixels_cost,
             [](const KernelSpec &spec, const Target &, const ParamValues &values) {
                 return budget(spec, pixels_tile(values), spec.ci);
             }},
            apply_pixels};
}

Schedule<ConvolutionStages> cuda_channels_schedule(std::vector<Param> params) {
    return {{"cuda_channels", 10, std::move(params), supports_lanes,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             channels_cost,
             [](const KernelSpec &spec, const Target &, const ParamValues &values) {
                 return budget(spec, channels_tile(values), chunk_of(spec));
             }},
            apply_channels};
}

}  // namespace ingot
