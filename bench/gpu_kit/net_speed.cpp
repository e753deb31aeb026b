// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/kernels.h"
#include "bench/gpu_kit/net_check.h"
#include "bench/gpu_kit/parts.h"
#include "bench/gpu_kit/report.h"
#include "bench/gpu_kit/timing.h"
#include "bench/statistics.h"
#include "tests/mnist_images.h"
#include <chrono>

namespace ingot::gpu_kit {

namespace {

constexpr std::size_t batches[] = {1, 16, 256, 4096, 65536};

template<typename Body>
double seconds_of(const Body &body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// As many samples as take some tenths of a second, each by the host's clock.
template<typename Body>
std::vector<double> sample(const Body &body, bool quick) {
    constexpr double longest = 0.5;
    constexpr std::size_t fewest = 5, most = 2001;
    std::vector<double> samples;
    double sum = 0;
    while (samples.size() < (quick ? 2 : fewest) || (!quick && samples.size() < most && sum < longest)) {
        samples.push_back(seconds_of(body));
        sum += samples.back();
    }
    return samples;
}

std::string microseconds(double seconds) {
    return fixed(seconds * 1e6, 2);
}

class NetSpeed {
public:
    explicit NetSpeed(const Options &options)
        : options_(options), report_(options, "d_net", "d: the reference net", device_.info()),
          peak_(device_, options.quick), digits_((kit_folder() / "data").string()) {
        report_.columns({"batch", "device-resident, queued: us", "±", "ns an image", "% of FMA bound",
                         "with a wait: us", "±", "host copies: us", "±", "ns an image"});
        measure_first_runs();
    }

    void measure_batch(std::size_t n) {
        std::vector<float> images(n * Net::pixels);
        for (std::size_t i = 0; i < n; ++i) {
            const float *image = digits_.image(i % test::MnistImages::count);
            std::copy(image, image + Net::pixels, images.begin() + static_cast<std::ptrdiff_t>(i * Net::pixels));
        }
        const DeviceFloats src(device_, n * Net::pixels), dst(device_, n * Net::classes);
        src.write(images.data(), images.size());
        Net resident(INGOT_DEVICE_CUDA, INGOT_MEMORY_DEVICE), host(INGOT_DEVICE_CUDA, INGOT_MEMORY_HOST);
        std::vector<float> logits(n * Net::classes);
        const auto run_resident = [&] { resident.run(src.data(), dst.data(), n); };
        const auto run_and_wait = [&] {
            run_resident();
            device_.calls()(device_.calls().stream_synchronize, CUstream{nullptr});
        };
        const auto run_host = [&] { host.run(images.data(), logits.data(), n); };
        if (!verify(run_and_wait, run_host, images, logits, dst, n)) {
            return;
        }
        TimingOptions timing;
        timing.quick = options_.quick;
        timing.rounds = 31;
        const DeviceMeasurement queued =
            measure(device_, peak_, {{run_resident, net_flops * static_cast<double>(n)}}, timing).front();
        const std::vector<double> waited = sample(run_and_wait, options_.quick);
        add_row(n, queued, waited, sample(run_host, options_.quick));
    }

    void not_reached(std::size_t n) { report_.not_reached("batch " + std::to_string(n), n); }

    bool finish() {
        report_.facts()["fma_peak_gflops"] = median(peaks_) / 1e9;
        report_.facts()["fma_bound_ns_per_image"] = net_flops / median(peaks_) * 1e9;
        report_.facts()["right"] = right_;
        report_.note("FMA peak, measured beside the samples: " + fixed(median(peaks_) / 1e9, 0) + " GFLOP/s; " +
                     fixed(net_flops / 1e6, 2) + " MFLOP an image take " +
                     fixed(net_flops / median(peaks_) * 1e9, 1) +
                     " ns at it. Queued: runs one behind the other, by CUDA events. With a wait: a run and "
                     "cuStreamSynchronize, by the host's clock. Host copies: pageable memory.");
        report_.save(true);
        return right_;
    }

private:
    /// What making a session takes, the context being there, and its first run.
    void measure_first_runs() {
        for (const ingot_memory memory : {INGOT_MEMORY_DEVICE, INGOT_MEMORY_HOST}) {
            const bool on_device = memory == INGOT_MEMORY_DEVICE;
            const DeviceFloats src(device_, Net::pixels), dst(device_, Net::classes);
            src.write(digits_.image(0), Net::pixels);
            std::vector<float> logits(Net::classes);
            std::unique_ptr<Net> net;
            const double creation = seconds_of([&] { net = std::make_unique<Net>(INGOT_DEVICE_CUDA, memory); });
            const double first = seconds_of([&] {
                if (on_device) {
                    net->run(src.data(), dst.data(), 1);
                    device_.synchronize();
                } else {
                    net->run(digits_.image(0), logits.data(), 1);
                }
            });
            const std::string name = on_device ? "device" : "host";
            report_.facts()["target"] = net->level();
            report_.facts()["session_ms_" + name] = creation * 1e3;
            report_.facts()["first_run_us_" + name] = first * 1e6;
            report_.note("Session with " + name + " pointers made in " + fixed(creation * 1e3, 2) +
                         " ms, its first run (one image, to its end) " + microseconds(first) + " us; " +
                         net->level() + ".");
        }
    }

    template<typename Resident, typename Host>
    bool verify(const Resident &run_resident, const Host &run_host, const std::vector<float> &images,
                const std::vector<float> &logits, const DeviceFloats &dst, std::size_t n) {
        const std::size_t checked = std::min(n, test::MnistImages::count);
        Net cpu(INGOT_DEVICE_CPU, INGOT_MEMORY_HOST);
        const std::vector<float> expected = logits_on_host(cpu, images.data(), checked, checked);
        dst.poison();
        run_resident();
        run_host();
        // The last ones of the batch, which are the test set's images again.
        std::vector<float> last(checked * Net::classes);
        dst.read(last.data(), last.size(), (n - checked) * Net::classes);
        const std::vector<float> expected_last =
            logits_on_host(cpu, images.data() + (n - checked) * Net::pixels, checked, checked);
        const std::vector<float> first(logits.begin(),
                                       logits.begin() + static_cast<std::ptrdiff_t>(expected.size()));
        const Agreement on_device = compare_logits(last, expected_last), on_host = compare_logits(first, expected);
        if (on_device.holds() && on_host.holds()) {
            return true;
        }
        right_ = false;
        report_.add({{"batch", n},
                     {"wrong", "other logits than the CPU library's"},
                     {"largest_difference_device", on_device.difference},
                     {"largest_difference_host", on_host.difference}},
                    {std::to_string(n), "wrong logits", "", "", "", "", "", "", "", ""});
        return false;
    }

    void add_row(std::size_t n, const DeviceMeasurement &queued, const std::vector<double> &waited,
                 const std::vector<double> &copied) {
        const double images = static_cast<double>(n), seconds = queued.median_seconds();
        peaks_.insert(peaks_.end(), queued.peak_flops.begin(), queued.peak_flops.end());
        report_.add({{"batch", n},
                     {"queued_us", seconds * 1e6},
                     {"queued_spread_us", queued.spread_seconds() * 1e6},
                     {"queued_ns_per_image", seconds * 1e9 / images},
                     {"percent_of_fma_bound", 100 * queued.of_peak()},
                     {"waited_us", median(waited) * 1e6},
                     {"waited_spread_us", spread(waited) * 1e6},
                     {"copied_us", median(copied) * 1e6},
                     {"copied_spread_us", spread(copied) * 1e6},
                     {"copied_ns_per_image", median(copied) * 1e9 / images}},
                    {std::to_string(n), microseconds(seconds), microseconds(queued.spread_seconds()),
                     fixed(seconds * 1e9 / images, 1), fixed(100 * queued.of_peak(), 1),
                     microseconds(median(waited)), microseconds(spread(waited)), microseconds(median(copied)),
                     microseconds(spread(copied)), fixed(median(copied) * 1e9 / images, 1)});
    }

    const Options &options_;
    Device device_;
    Report report_;
    FmaPeak peak_;
    test::MnistImages digits_;
    std::vector<double> peaks_;
    bool right_ = true;
};

}  // namespace

bool bench_net(const Options &options) {
    const Deadline deadline(options.limit);
    NetSpeed speed(options);
    for (const std::size_t n : batches) {
        if (n > options.largest_batch) {
            continue;
        }
        if (deadline.passed()) {
            speed.not_reached(n);
        } else {
            speed.measure_batch(n);
        }
    }
    return speed.finish();
}

}  // namespace ingot::gpu_kit
