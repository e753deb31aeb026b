// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include "schedules/pool2d/stages.h"

namespace ingot::pool2d {

using namespace Halide;

namespace {

constexpr int64_t most_taps = 9;

// Memory is the limit: each element of src is read once where windows do not overlap. Neighbouring lanes are what
// lies side by side, channels of NHWC and columns of planes; a thread takes `tile` results in the other direction,
// columns of NHWC and rows of planes, whose windows share what they overlap: three columns of 3 x 3 windows with
// stride 2 read 21 elements instead of 27.
bool is_planar(const KernelSpec &spec) {
    return spec.src.order == DimOrder::nchw && spec.dst.order == DimOrder::nchw;
}

bool supports(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const Extent2 dst = spec.output(), kernel = spec.window.kernel;
    const int64_t extent = is_planar(spec) ? dst.h : dst.w, tile = param(values, "tile");
    // A tile that ends behind the picture reads behind it, but where padding keeps it inside.
    return (is_planar(spec) || spec.dst.order == DimOrder::nhwc) && kernel.h * kernel.w <= most_taps &&
           tile <= extent && (extent % tile == 0 || spec.window.pad.any());
}

// Loads per result, computed results over wanted ones, and threads enough for the device.
double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const int64_t tile = param(values, "tile");
    const Window &w = spec.window;
    const Extent2 dst = spec.output();
    const bool planar = is_planar(spec);
    const int64_t kernel = planar ? w.kernel.h : w.kernel.w, across = planar ? w.kernel.w : w.kernel.h;
    const int64_t stride = planar ? w.stride.h : w.stride.w, extent = planar ? dst.h : dst.w;
    const int64_t tiles = (extent + tile - 1) / tile;
    const auto loads = static_cast<double>(std::min((tile - 1) * stride + kernel, tile * kernel) * across + 4);
    const int64_t threads = spec.n * spec.co * dst.h * dst.w / extent * tiles;
    return loads * static_cast<double>(tiles) / static_cast<double>(extent) *
           cuda_grid_cost({cuda_threads, (threads + cuda_threads - 1) / cuda_threads, 40, 0});
}

void apply(Pool2dStages &stages, const Target &, const ParamValues &values) {
    const int tile = param(values, "tile");
    const bool planar = is_planar(stages.spec);
    const Extent2 dst = stages.spec.output();
    Var &along = planar ? stages.y : stages.x;
    Var within("within"), tiles("tiles");
    stages.out.split(along, tiles, within, tile, cuda_tail(planar ? dst.h : dst.w, tile));
    const Var thread = cuda_thread_per_element(stages.out,
                                               planar ? std::vector<Var>{stages.x, tiles, stages.c}
                                                      : std::vector<Var>{stages.c, tiles, stages.y},
                                               stages.n);
    stages.out.reorder(within, thread, stages.n).unroll(within);
    stages.pool.compute_at(stages.out, thread).bound_extent(along, tile).unroll(along);
    stages.pool.update().reorder(along, stages.r.x, stages.r.y).unroll(along).unroll(stages.r.x).unroll(stages.r.y);
}

}  // namespace

Schedule<Pool2dStages> cuda_windows() {
    return {{"cuda_windows",
             10,
             {{"tile", {2, 4, 1, 3, 7}}},
             supports,
             plain_layouts,
             cost,
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return CudaBudget{64, 0, 0, 0};
             }},
            apply};
}

}  // namespace ingot::pool2d
