// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <ingot/plan.h>

namespace ingot {

/// The plans of one CUDA target: its classes of batches.
struct CudaTarget {
    const ingot_cuda_plan *plans = nullptr;
    uint32_t count = 0;
    bool takes_cubin = false;  ///< its machine code runs on the device; else the driver compiles its PTX
};

/// The target that follows `previous`, the first where that is empty; an empty one at the end.
CudaTarget next_target(const ingot_model &model, const CudaTarget &previous);

/// Sets `*target` to what a device of `capability` runs (90: compute capability 9.0): machine code of its major
/// version and at most its minor one, the highest such; else PTX, the highest that it is not older than. With
/// `name`, to the target of that name. Otherwise returns INGOT_UNSUPPORTED_DEVICE or INGOT_UNKNOWN_LEVEL.
ingot_status choose_target(const ingot_model &model, const char *name, uint32_t capability, CudaTarget *target);

/// The lowest compute capability that can run a target of `model`, or that called `name` where it is not null.
uint32_t lowest_capability(const ingot_model &model, const char *name);

/// Bytes on the host of a session that runs `target`.
uint64_t host_bytes(const ingot_model &model, const CudaTarget &target);

/// The most that any plan of the target says.
uint64_t largest_arena(const CudaTarget &target);
uint64_t largest_batch(const CudaTarget &target);

}  // namespace ingot
