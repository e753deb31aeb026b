// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

enum class Device { cpu, cuda };

/// What a kernel is compiled for. One row of the tables below is the only place that knows a level.
///
/// A CUDA target is named as NVIDIA names architectures: `cuda-sm_90` holds machine code for that one, made by
/// ptxas, beside PTX that the driver compiles for newer devices; `cuda-compute_86` holds PTX alone.
struct Target {
    std::string_view name;    ///< as users write it: `x86-64-v3`
    int level;                ///< within its device: the higher, the more that must offer
    std::string_view halide;  ///< Halide's architecture, system and features
    int vector_bytes;         ///< natural vector width; on CUDA that of a warp
    int vector_registers;
    bool has_fma;
    std::span<const std::string_view>
        cpu_features;  ///< every CPUID feature that LLVM may use, as ingot/plan.h names it
    Device device = Device::cpu;
    int sm = 0;       ///< compute capability of the machine code, 90 for 9.0; 0: none
    int compute = 0;  ///< compute capability that the PTX asks for

    /// 32-bit lanes of one vector.
    [[nodiscard]] int lanes() const { return vector_bytes / 4; }
};

/// The levels of the CPU, lowest first.
std::span<const Target> cpu_targets();

/// The targets of NVIDIA's GPUs, PTX alone first, then the lowest architecture.
std::span<const Target> cuda_targets();

/// Throws Error that lists the known targets. `host` is the best level of this CPU.
const Target &find_target(std::string_view name);

/// Reads `a,b,c`; an empty text means all levels of the CPU. The result holds each target once, those of the CPU
/// first, lowest level first.
std::vector<const Target *> parse_targets(std::string_view text);

/// The targets that this CPU can run, lowest level first.
std::vector<const Target *> host_targets();

}  // namespace ingot
