// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/gpu_kit/device.h"
#include "bench/gpu_kit/fma_peak.h"
#include <functional>
#include <vector>

namespace ingot::gpu_kit {

/// Something that puts work on the legacy default stream.
struct DeviceContender {
    std::function<void()> call;
    double flops = 0;  ///< of one call
};

/// What the rounds told of a contender, a sample each.
struct DeviceMeasurement {
    std::vector<double> seconds;     ///< of one call
    std::vector<double> peak_flops;  ///< per second, of the FMA kernel, timed right before
    double flops = 0;
    int calls = 1;  ///< of a sample

    [[nodiscard]] double median_seconds() const;
    /// Seconds; see bench/statistics.h.
    [[nodiscard]] double spread_seconds() const;
    /// Flops per second by those of the FMA kernel in the same round: median.
    [[nodiscard]] double of_peak() const;
};

/// A contender's call has failed, or its work on the device.
class ContenderError : public Error {
public:
    ContenderError(std::size_t contender, const std::string &what) : Error(what), contender_(contender) {}
    [[nodiscard]] std::size_t contender() const { return contender_; }

private:
    std::size_t contender_;
};

struct TimingOptions {
    int rounds = 15;
    double sample_seconds = 2e-3;
    /// A call longer than `slow_seconds` takes part in the first `slow_rounds` rounds only.
    double slow_seconds = 0.02;
    int slow_rounds = 5;
    bool quick = false;  ///< two rounds of one call
};

/// Times the contenders in turn by CUDA events, after a call of each to warm up, in an order that each round
/// reverses. Beside each sample runs the FMA kernel: what the clock does to one it does to the other. A sample is
/// as many calls as take sample_seconds, queued without a wait, so that launches overlap with work as in an app
/// that keeps the device busy. Throws ContenderError; where the FMA kernel fails, Error.
std::vector<DeviceMeasurement> measure(const Device &device, FmaPeak &peak,
                                       const std::vector<DeviceContender> &contenders,
                                       const TimingOptions &options);

}  // namespace ingot::gpu_kit
