// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/net_check.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace ingot::gpu_kit {

Agreement compare_logits(const std::vector<float> &logits, const std::vector<float> &expected) {
    INGOT_CHECK(logits.size() == expected.size(), "logits of the same images");
    Agreement agreement;
    agreement.images = expected.size() / Net::classes;
    double scale = 0, difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double apart = std::abs(static_cast<double>(logits[i]) - static_cast<double>(expected[i]));
        scale = std::max(scale, std::abs(static_cast<double>(expected[i])));
        difference = std::isnan(apart) ? std::numeric_limits<double>::infinity() : std::max(difference, apart);
    }
    agreement.difference = difference / scale;
    for (std::size_t i = 0; i < agreement.images; ++i) {
        const float *got = logits.data() + i * Net::classes;
        std::vector<float> want(expected.data() + i * Net::classes, expected.data() + (i + 1) * Net::classes);
        if (std::max_element(got, got + Net::classes) - got ==
            std::max_element(want.begin(), want.end()) - want.begin()) {
            ++agreement.equal_labels;
            continue;
        }
        std::partial_sort(want.begin(), want.begin() + 2, want.end(), std::greater<>());
        agreement.undecided += static_cast<double>(want[0] - want[1]) < logits_bound * scale ? 1 : 0;
    }
    return agreement;
}

std::vector<float> logits_on_host(Net &net, const float *images, std::size_t count, std::size_t batch) {
    std::vector<float> logits(count * Net::classes);
    for (std::size_t i = 0; i < count; i += batch) {
        net.run(images + i * Net::pixels, &logits[i * Net::classes], std::min(batch, count - i));
    }
    return logits;
}

std::vector<float> logits_on_device(Net &net, const Device &device, const float *images, std::size_t count,
                                    std::size_t batch) {
    const DeviceFloats src(device, count * Net::pixels), dst(device, count * Net::classes);
    src.write(images, src.size());
    dst.poison();
    for (std::size_t i = 0; i < count; i += batch) {
        net.run(src.data() + i * Net::pixels, dst.data() + i * Net::classes, std::min(batch, count - i));
    }
    device.synchronize();
    std::vector<float> logits(dst.size());
    dst.read(logits.data(), logits.size());
    return logits;
}

}  // namespace ingot::gpu_kit
