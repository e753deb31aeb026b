// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/gpu_kit/device.h"
#include <string>

namespace ingot::gpu_kit {

/// A kernel that does nothing but float32 multiply-adds between registers: the most that the device can do.
///
/// A thread has 16 sums of its own. A multiprocessor of 128 lanes starts 4 warps' instructions per cycle, one for
/// each of its schedulers, and an FMA takes 4 cycles: 16 independent ones per thread and several warps per
/// scheduler leave no slot empty. About 20 registers a thread let every warp that the device can hold live.
class FmaPeak {
public:
    explicit FmaPeak(const Device &device, bool quick);
    ~FmaPeak();
    FmaPeak(const FmaPeak &) = delete;
    FmaPeak &operator=(const FmaPeak &) = delete;

    /// Its PTX, for compute capability 8.0 on.
    static std::string ptx();
    /// Launches it once on the legacy default stream: one to two milliseconds.
    void launch();
    /// Multiplications and additions of a launch.
    [[nodiscard]] double flops() const;

private:
    void launch(CUfunction function, unsigned iterations);
    double time(CUfunction function, unsigned iterations);
    void calibrate();

    const Device *device_;
    CUmodule module_ = nullptr;
    CUfunction two_operands_ = nullptr, one_operand_ = nullptr, function_ = nullptr;
    unsigned blocks_ = 1, iterations_ = 1;
    DeviceFloats out_;
};

}  // namespace ingot::gpu_kit
