// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/timing.h"
#include "bench/statistics.h"
#include <algorithm>
#include <numeric>

namespace ingot::gpu_kit {

namespace {

double seconds_of(const EventTimer &timer, int calls, const std::function<void()> &call) {
    timer.start();
    for (int i = 0; i < calls; ++i) {
        call();
    }
    return timer.stop();
}

int calls_for(const EventTimer &timer, double wanted, const std::function<void()> &call) {
    constexpr int most = 1 << 16;
    int calls = 1;
    double seconds = seconds_of(timer, 1, call);
    while (seconds < wanted / 2 && calls < most) {
        calls *= 2;
        seconds = seconds_of(timer, calls, call);
    }
    return std::clamp(static_cast<int>(wanted / seconds * calls), 1, most);
}

/// What `run` returns; what it throws is told of the contender.
template<typename Run>
auto blaming(std::size_t contender, const Run &run) {
    try {
        return run();
    } catch (const std::exception &error) {
        throw ContenderError(contender, error.what());
    }
}

}  // namespace

double DeviceMeasurement::median_seconds() const {
    return median(seconds);
}

double DeviceMeasurement::spread_seconds() const {
    return spread(seconds);
}

double DeviceMeasurement::of_peak() const {
    std::vector<double> shares;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        shares.push_back(flops / seconds[i] / peak_flops[i]);
    }
    return median(shares);
}

std::vector<DeviceMeasurement> measure(const Device &device, FmaPeak &peak,
                                       const std::vector<DeviceContender> &contenders,
                                       const TimingOptions &options) {
    const EventTimer timer(device);
    std::vector<DeviceMeasurement> results;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        const std::function<void()> &call = contenders[i].call;
        DeviceMeasurement result;
        result.flops = contenders[i].flops;
        result.calls = blaming(i, [&] {
            call();
            device.synchronize();
            return options.quick ? 1 : calls_for(timer, options.sample_seconds, call);
        });
        results.push_back(std::move(result));
    }
    std::vector<std::size_t> order(contenders.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int round = 0; round < (options.quick ? 2 : options.rounds); ++round) {
        for (const std::size_t i : order) {
            if (round >= options.slow_rounds && results[i].seconds.front() > options.slow_seconds) {
                continue;
            }
            const double peak_seconds = seconds_of(timer, 1, [&] { peak.launch(); });
            results[i].peak_flops.push_back(peak.flops() / peak_seconds);
            const double seconds =
                blaming(i, [&] { return seconds_of(timer, results[i].calls, contenders[i].call); });
            results[i].seconds.push_back(seconds / results[i].calls);
        }
        std::reverse(order.begin(), order.end());
    }
    return results;
}

}  // namespace ingot::gpu_kit
