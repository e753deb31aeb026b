// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ingot {

/// What a device kernel takes of a multiprocessor. Registers, stack and spills are ptxas's word: 0 where a target
/// is of PTX alone, which the driver translates.
struct CudaResources {
    int registers = 0;     ///< of a thread
    int stack_bytes = 0;   ///< local memory of a thread
    int spill_bytes = 0;   ///< stores and loads of spilled registers
    int shared_bytes = 0;  ///< of a block
    int threads = 0;       ///< of a block
    int arguments = 0;     ///< of the function
};

/// What is known of a compiled kernel beside its object.
struct KernelFacts {
    int64_t scratch_bytes = 0;  ///< heap that one call takes from its context, one task's included, with guards
    int64_t stack_bytes = 0;    ///< constant stack allocations, in sum
    int64_t code_bytes = 0;     ///< machine code and the constants that it reads; of a CUDA kernel PTX and cubin
    bool parallel = false;      ///< it holds parallel loops
    std::optional<CudaResources> cuda = {};  ///< of a CUDA kernel
};

/// As JSON; parse_kernel_facts throws nlohmann::json::exception for anything else.
std::string to_json(const KernelFacts &facts);
KernelFacts parse_kernel_facts(std::string_view json);

}  // namespace ingot
