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

/// The part of a schedule that choosing needs; free of Halide.
struct ScheduleInfo {
    const char *name;           ///< the file's stem; its prefix names the device
    int priority;               ///< where nobody chooses, the highest that supports the kernel wins
    std::vector<Param> params;  ///< the default is the supported combination of the lowest cost
    bool (*supports)(const KernelSpec &, const Target &, const ParamValues &);
    Layouts (*layouts)(const KernelSpec &, const Target &, const ParamValues &);
    /// Estimated half cycles per vector multiply-add of the op's formula, one unit for all algorithms of an op:
    /// compares parameter values, and schedules of one priority. Null where the values are in order of preference.
    double (*cost)(const KernelSpec &, const Target &, const ParamValues &);

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

/// A schedule of an algorithm whose stages are of type `Stages`.
template<typename Stages>
struct Schedule {
    ScheduleInfo info;
    void (*apply)(Stages &, const Target &, const ParamValues &);
};

}  // namespace ingot
