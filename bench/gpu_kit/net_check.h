// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "bench/gpu_kit/device.h"
#include "bench/gpu_kit/net.h"
#include <string>
#include <vector>

namespace ingot::gpu_kit {

/// Two correct float32 implementations of the net may differ by so much of the largest |logit|.
constexpr double logits_bound = 1e-5;

/// How logits [n, 10] agree with the CPU library's.
struct Agreement {
    double difference = 0;  ///< the largest, as a share of the largest |logit|
    std::size_t equal_labels = 0;
    std::size_t undecided = 0;  ///< other labels, where the CPU's two largest logits are within the bound
    std::size_t images = 0;
    [[nodiscard]] bool holds() const { return difference <= logits_bound && equal_labels + undecided == images; }
};
Agreement compare_logits(const std::vector<float> &logits, const std::vector<float> &expected);

/// The net's logits [n, 10] for `count` images, in batches of `batch`. Throws Error.
std::vector<float> logits_on_host(Net &net, const float *images, std::size_t count, std::size_t batch);
/// The same with images and logits in the device's memory.
std::vector<float> logits_on_device(Net &net, const Device &device, const float *images, std::size_t count,
                                    std::size_t batch);

}  // namespace ingot::gpu_kit
