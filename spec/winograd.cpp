// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/winograd.h"

namespace ingot {

// Interpolation at 0, 1, -1 and infinity.
const WinogradMatrices &winograd_2x2_3x3() {
    static const WinogradMatrices matrices = {
        {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
        {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
        {{1, 1, 1, 0}, {0, 1, -1, -1}},
    };
    return matrices;
}

bool is_winograd_shape(const KernelSpec &spec) {
    const Window &window = spec.window;
    const bool convolution = spec.op == Op::conv2d || spec.op == Op::conv2d_pool2d;
    const bool pool_fits = !spec.pool || (spec.pool->kernel == Extent2{2, 2} &&
                                          spec.pool->stride == Extent2{2, 2} && !spec.pool->pad.any());
    return convolution && window.kernel == Extent2{3, 3} && window.stride == Extent2{} &&
           window.dilation == Extent2{} && spec.groups == 1 && pool_fits;
}

Extent2 winograd_tiles(const KernelSpec &spec) {
    const int64_t m = winograd_2x2_3x3().results();
    const Extent2 dst = spec.output();
    return spec.pool ? dst : Extent2{(dst.h + m - 1) / m, (dst.w + m - 1) / m};
}

}  // namespace ingot
