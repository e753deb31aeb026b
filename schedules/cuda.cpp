// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/cuda.h"

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

}  // namespace ingot
