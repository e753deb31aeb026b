// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The hand-made model with a parallel loop in its first kernel.
#pragma once
#include "runtime/kernel_support.h"
#include "tests/runtime_model.h"
#include <cstddef>
#include <cstdint>

namespace ingot {

/// Task `index` of scale_in_parallel: one element, by way of all scratch that a task has.
inline int scale_task(void *user_context, int index, uint8_t *closure) {
    auto **argv = reinterpret_cast<void **>(closure);
    auto *product = static_cast<float *>(ingot_kernel_malloc(user_context, sizeof(float)));
    if (product == nullptr) {
        return ingot_kernel_error_out_of_memory(user_context);
    }
    const halide_buffer_t &src = buffer_argument(argv, 1);
    const int x = index % src.dim[0].extent;
    const int y = index / src.dim[0].extent;
    *product = at(buffer_argument(argv, 2), 0) * at(src, x, y);
    at(buffer_argument(argv, 3), x, y) = *product;
    ingot_kernel_free(user_context, product);
    return 0;
}

/// scale_kernel with a task for each element, as Halide writes parallel loops, and scratch round them.
inline int scale_in_parallel(void **argv) {
    ingot_kernel_context *context = context_argument(argv);
    if (ingot_kernel_malloc(context, 100) == nullptr) {
        return ingot_kernel_error_out_of_memory(context);
    }
    const halide_buffer_t &dst = buffer_argument(argv, 3);
    return ingot_kernel_do_par_for(context, scale_task, 0, dst.dim[0].extent * dst.dim[1].extent,
                                   reinterpret_cast<uint8_t *>(argv));
}

/// A BoxModel whose first kernel is scale_in_parallel, with images of predicted `image_time` nanoseconds.
class ParallelBoxModel : public BoxModel {
public:
    explicit ParallelBoxModel(uint64_t image_time, Halo halo = Halo::once) : BoxModel(halo) {
        set_kernel(0, scale_in_parallel);
        set_scratch(INGOT_SCRATCH_BYTES(100) + INGOT_SCRATCH_BYTES(sizeof(float)));
        for (int i = 0; i < 2; ++i) {
            plan(i).parallel_steps = 1;
            plan(i).image_time = image_time;
        }
    }
};

}  // namespace ingot
