// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// A parameter of a schedule: its name and the values worth trying.
struct Param {
    std::string name;
    std::vector<int> values;
};

/// How a schedule wants its operands laid out; lowering packs the weights and gives the buffers their halo.
struct Layouts {
    DimOrder weights = DimOrder::oihw;
    bool src_halo =
        false;  ///< reads a zero border of the width of the padding; without it the kernel pads by itself
};

/// What a CUDA schedule promises of its machine code; tests hold ptxas and the PTX of the summing loop against it.
struct CudaBudget {
    int registers = 0;     ///< of a thread, at most, where ptxas has no limit
    int shared_bytes = 0;  ///< of a block, at most
    /// Multiply-adds per load instruction of the summing loop, at least; 0 where it makes none, or no promise.
    double fma_per_shared_load = 0, fma_per_global_load = 0;
};

/// The part of a schedule that choosing needs; free of Halide.
struct ScheduleInfo {
    const char *name;           ///< the file's stem; its prefix names the device
    int priority;               ///< where nobody chooses, the highest that supports the kernel wins
    std::vector<Param> params;  ///< the default is the supported combination of the lowest cost
    bool (*supports)(const KernelSpec &, const Target &, const ParamValues &);
    Layouts (*layouts)(const KernelSpec &, const Target &, const ParamValues &);
    /// Estimated half cycles per vector multiply-add of the op's formula, one unit for all algorithms of an op:
    /// compares parameter values, and schedules of one priority. On CUDA the unit is the time in which a scheduler
    /// of a multiprocessor issues one instruction, so that 1 is the FP32 peak. Null where the values are in order
    /// of preference.
    double (*cost)(const KernelSpec &, const Target &, const ParamValues &);
    /// Null for the CPU's schedules, and for those that promise nothing.
    CudaBudget (*budget)(const KernelSpec &, const Target &, const ParamValues &) = nullptr;

    [[nodiscard]] Device device() const {
        return std::string_view(name).starts_with("cuda_") ? Device::cuda : Device::cpu;
    }
};

// What a schedule without demands answers.
inline bool supports_all(const KernelSpec &, const Target &, const ParamValues &) {
    return true;
}
inline Layouts plain_layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {};
}
/// Weights in blocks of 16 channels, and a source with a halo.
inline Layouts blocked_layouts(const KernelSpec &, const Target &, const ParamValues &) {
    return {DimOrder::ohwi16o, true};
}

/// A schedule of an algorithm whose stages are of type `Stages`.
template<typename Stages>
struct Schedule {
    ScheduleInfo info;
    void (*apply)(Stages &, const Target &, const ParamValues &);
};

}  // namespace ingot
