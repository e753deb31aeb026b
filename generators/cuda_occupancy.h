// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/kernel_facts.h"
#include <string>

namespace ingot {

/// How much of a multiprocessor a kernel keeps busy.
struct CudaOccupancy {
    int blocks = 0;  ///< of the kernel that run on one multiprocessor at a time
    int warps = 0;   ///< of these blocks
    int max_warps = 0;
    std::string
        limit;  ///< what there is too little of for one more block: registers, shared memory, threads, blocks
};

/// By the limits of compute capability `sm` (CUDA C++ Programming Guide, "Technical Specifications per Compute
/// Capability"): registers are given to warps by 256, shared memory to blocks by 128 bytes and one KB each is the
/// system's. Registers are left out where they are not known.
CudaOccupancy cuda_occupancy(const CudaResources &resources, int sm);

/// `61 registers, 34816 bytes of shared memory, 196 threads; 4 blocks a multiprocessor, 28 of 64 warps (limit:
/// shared memory)`; registers are `by the driver` in a target of PTX alone.
std::string device_text(const CudaResources &resources, int sm, int compute);

}  // namespace ingot
