// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"
#include <algorithm>

namespace ingot {

using namespace Halide;

Var cuda_thread_per_element(Func &out, const std::vector<Var> &picture, const Var &n) {
    Var element = picture[0], block("block"), thread("thread");
    for (std::size_t i = 1; i < picture.size(); ++i) {
        const Var fused("element" + std::to_string(i));
        out.fuse(element, picture[i], fused);
        element = fused;
    }
    out.split(element, block, thread, cuda_threads, TailStrategy::GuardWithIf)
        .reorder(thread, n, block)
        .gpu_blocks(n, block)
        .gpu_threads(thread);
    return thread;
}

TailStrategy cuda_tail(int64_t extent, int step) {
    return extent % step == 0 ? TailStrategy::RoundUp : TailStrategy::GuardWithIf;
}

double cuda_loop_cost(const CudaLoop &loop) {
    constexpr double schedulers = 4, slots_per_value = 4;
    const double issue = loop.fmas + loop.instructions, loads = schedulers * loop.wavefronts;
    return (std::max({issue, loads, slots_per_value * loop.values}) + 0.1 * loads) / loop.fmas;
}

double cuda_grid_cost(const CudaGrid &grid) {
    constexpr int64_t registers = 65536, shared = 227 * 1024, reserved = 1024, threads = 2048, blocks = 32;
    constexpr double schedulers = 4 * 132, warps_that_hide_latency = 12;
    const int64_t warps = (grid.threads + cuda_warp - 1) / cuda_warp;
    const int64_t resident =
        std::min({registers / (grid.registers * warps * cuda_warp), shared / (grid.shared_bytes + reserved),
                  threads / (warps * cuda_warp), blocks});
    const auto lanes = static_cast<double>(warps * cuda_warp), used = static_cast<double>(grid.threads);
    const double hidden = static_cast<double>(std::max<int64_t>(resident, 1) * warps) / warps_that_hide_latency;
    const double busy = static_cast<double>(grid.blocks * warps) / schedulers;
    return lanes / used / std::min(hidden, 1.0) / std::min(busy, 1.0);
}

}  // namespace ingot
