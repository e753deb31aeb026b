// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/kernels.h"
#include "bench/gpu_kit/parts.h"
#include "bench/gpu_kit/report.h"
#include "bench/gpu_kit/timing.h"
#include "bench/statistics.h"
#include "harness/cuda_kernel.h"
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include <algorithm>
#include <cstring>
#include <functional>
#include <future>
#include <memory>

namespace ingot::gpu_kit {

namespace {

constexpr int64_t distinct_images = 3;
constexpr std::size_t batches[] = {1, 32, 256};

/// A kernel with its operands: it has run on the distinct images, and the oracle agrees.
struct Candidate {
    const KitKernel *kernel = nullptr;
    std::unique_ptr<KernelProblem> problem;
    std::unique_ptr<CudaKernel> code;
    std::optional<std::string> wrong;
};

/// What `check` returns, or the exception that it throws.
std::optional<std::string> failure_of(const std::function<std::optional<std::string>()> &check) {
    try {
        return check();
    } catch (const std::exception &error) {
        return error.what();
    }
}

/// The kernels of a spec, up to its batch and the layout of its weights: they compete.
std::vector<std::vector<const KitKernel *>> contests() {
    std::vector<std::vector<const KitKernel *>> result;
    std::string last;
    for (const KitKernel &kernel : bench_kernels) {
        const std::string text = to_text(without_weight_layouts(with_images(parse_kernel_spec(kernel.spec), 1)));
        if (text != last) {
            result.emplace_back();
        }
        result.back().push_back(&kernel);
        last = text;
    }
    return result;
}

/// For the table: without operand layouts, for one image.
std::string shape_of(const KitKernel &kernel) {
    return shape_text(with_images(parse_kernel_spec(kernel.spec), 1));
}

/// The oracle's results take far longer than the kernels': a thread for each. One whose problem cannot be made is
/// wrong.
std::vector<Candidate> prepare(const std::vector<const KitKernel *> &kernels) {
    std::vector<std::future<std::unique_ptr<KernelProblem>>> problems;
    for (const KitKernel *kernel : kernels) {
        problems.push_back(std::async(std::launch::async, [kernel] {
            return std::make_unique<KernelProblem>(with_images(parse_kernel_spec(kernel->spec), distinct_images),
                                                   Values::reals, 1);
        }));
    }
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        candidates.push_back({kernels[i], nullptr, nullptr, std::nullopt});
        candidates.back().wrong = failure_of([&] {
            candidates.back().problem = problems[i].get();
            return std::nullopt;
        });
    }
    return candidates;
}

/// Source and result of a contest at a batch: the distinct images again and again.
class Memory {
public:
    Memory(const Device &device, KernelProblem &problem, std::size_t batch)
        : src_image_(problem.operands().front().size() / distinct_images),
          dst_image_(problem.operands().back().size() / distinct_images), batch_(batch),
          src_(device, src_image_ * batch), dst_(device, dst_image_ * batch) {
        const std::span<float> src = problem.operands().front();
        src_.repeat({src.begin(), src.end()});
    }

    [[nodiscard]] static std::size_t bytes(KernelProblem &problem, std::size_t batch) {
        return (problem.operands().front().size() + problem.operands().back().size()) / distinct_images * batch *
               sizeof(float);
    }

    void run(CudaKernel &kernel) const {
        if (const std::optional<std::string> failure = kernel.run(src_.data(), dst_.data(), batch_)) {
            throw Error(*failure);
        }
    }

    /// Runs it once: the first images against the oracle, then the first and the last of the batch against those,
    /// which are the same images.
    std::optional<std::string> verify(const Device &device, Candidate &candidate) const {
        dst_.poison();
        run(*candidate.code);
        device.synchronize();
        const std::span<float> expected = candidate.problem->operands().back();
        std::vector<float> image(dst_image_);
        for (const std::size_t i : {std::size_t{0}, batch_ / 2, batch_ - 1}) {
            dst_.read(image.data(), dst_image_, i * dst_image_);
            const float *same = expected.data() + i % distinct_images * dst_image_;
            if (std::memcmp(image.data(), same, dst_image_ * sizeof(float)) != 0) {
                return "image " + std::to_string(i) + " of " + std::to_string(batch_) +
                       " has other bits than in a batch of " + std::to_string(distinct_images);
            }
        }
        return std::nullopt;
    }

private:
    std::size_t src_image_, dst_image_, batch_;
    DeviceFloats src_, dst_;
};

/// Runs the distinct images, whose results stay in the problem's dst, and asks the oracle.
std::optional<std::string> run_and_check(const Device &device, Candidate &candidate) {
    KernelProblem &problem = *candidate.problem;
    const KernelSpec spec = with_images(parse_kernel_spec(candidate.kernel->spec), distinct_images);
    const std::vector<std::span<float>> operands = problem.operands();
    candidate.code = std::make_unique<CudaKernel>(spec, *candidate.kernel->kernel, operands);
    if (std::optional<std::string> failure = candidate.code->open(INGOT_MEMORY_DEVICE)) {
        return failure;
    }
    const std::span<float> src = operands.front(), dst = operands.back();
    const DeviceFloats device_src(device, src.size()), device_dst(device, dst.size());
    device_src.write(src.data(), src.size());
    device_dst.poison();
    if (std::optional<std::string> failure =
            candidate.code->run(device_src.data(), device_dst.data(), distinct_images)) {
        return failure;
    }
    device.synchronize();
    device_dst.read(dst.data(), dst.size());
    return problem.check();
}

class KernelSpeed {
public:
    KernelSpeed(const Options &options, const Deadline &deadline)
        : options_(options), deadline_(deadline), report_(options, "c_kernels", "c: kernels", device_.info()),
          peak_(device_, options.quick) {
        report_.columns({"kernel", "n", "schedule", "us", "±", "GFLOP/s", "% of peak", "GB/s"});
    }

    /// The contest with this place in contests(). A process that has lost the device ends here: the next one takes
    /// the contest up again without the kernels that are known to be wrong.
    void contest(std::size_t place, const std::vector<const KitKernel *> &all) {
        std::vector<const KitKernel *> kernels;
        std::copy_if(all.begin(), all.end(), std::back_inserter(kernels),
                     [&](const KitKernel *kernel) { return !is_wrong(*kernel); });
        if (kernels.empty()) {
            return;
        }
        if (deadline_.passed()) {
            report_.not_reached(kernels.front()->spec, place);
            return;
        }
        const std::size_t rows = report_.rows().size();
        try {
            measure_contest(kernels);
        } catch (const Error &error) {
            add_wrong(*kernels.front(), 0, "the contest that it stands first in: " + std::string(error.what()));
        }
        if (device_.is_lost()) {
            const auto added = report_.rows().begin() + static_cast<std::ptrdiff_t>(rows);
            const bool again =
                added != report_.rows().end() &&
                std::all_of(added, report_.rows().end(), [](const Json &row) { return row.contains("wrong"); });
            report_.save(false);
            resume_behind_fault("c", options_, again ? place : place + 1, deadline_);
        }
    }

    bool finish() {
        std::vector<double> peaks;
        bool right = true;
        for (const Json &row : report_.rows()) {
            right = right && !row.contains("wrong");
            if (row.contains("peak_gflops")) {
                peaks.push_back(row.at("peak_gflops"));
            }
        }
        report_.facts()["fma_peak_gflops"] = median(peaks);
        report_.facts()["right"] = right;
        report_.note("FMA peak: " + fixed(median(peaks), 0) +
                     " GFLOP/s, measured beside every sample. Device-resident, by CUDA events, launched through "
                     "the runtime one after the other; each result verified first. Operations are those of the "
                     "op's formula; of a pool, comparisons.");
        report_.save(true);
        return right;
    }

private:
    [[nodiscard]] bool is_wrong(const KitKernel &kernel) const {
        return std::any_of(report_.rows().begin(), report_.rows().end(), [&](const Json &row) {
            return row.contains("wrong") && row.at("kernel") == kernel.spec && row.at("choice") == kernel.choice;
        });
    }

    void measure_contest(const std::vector<const KitKernel *> &kernels) {
        std::vector<Candidate> candidates = prepare(kernels);
        for (Candidate &candidate : candidates) {
            if (!candidate.wrong) {
                candidate.wrong = failure_of([&] { return run_and_check(device_, candidate); });
            }
            if (candidate.wrong) {
                add_wrong(*candidate.kernel, distinct_images, *candidate.wrong);
            }
            if (device_.is_lost()) {
                return;
            }
        }
        std::erase_if(candidates, [](const Candidate &candidate) { return candidate.wrong.has_value(); });
        for (const std::size_t batch : batches) {
            if (batch <= options_.largest_batch && !candidates.empty() && !device_.is_lost()) {
                measure_batch(candidates, batch);
            }
        }
    }

    /// The candidates that this batch is for; one that is wrong, or fails, gets its row and takes no part.
    std::vector<Candidate *> fit(std::vector<Candidate> &candidates, const Memory &memory, std::size_t batch) {
        std::vector<Candidate *> result;
        for (Candidate &candidate : candidates) {
            const auto n = static_cast<int64_t>(batch);
            if (n < candidate.kernel->first_batch || n > candidate.kernel->last_batch) {
                continue;
            }
            if (const std::optional<std::string> wrong =
                    failure_of([&] { return memory.verify(device_, candidate); })) {
                add_wrong(*candidate.kernel, batch, *wrong);
                if (device_.is_lost()) {
                    return {};
                }
            } else {
                result.push_back(&candidate);
            }
        }
        return result;
    }

    void add_wrong(const KitKernel &kernel, std::size_t batch, const std::string &wrong) {
        report_.add({{"kernel", kernel.spec}, {"n", batch}, {"choice", kernel.choice}, {"wrong", wrong}},
                    {shape_of(kernel), std::to_string(batch), kernel.choice, "wrong: " + wrong, "", "", "", ""});
    }

    void measure_batch(std::vector<Candidate> &candidates, std::size_t batch) {
        KernelProblem &problem = *candidates.front().problem;
        const std::size_t bytes = Memory::bytes(problem, batch);
        if (bytes + bytes / 8 > device_.free_memory()) {
            report_.note("Left out: " + std::string(candidates.front().kernel->spec) + " at batch " +
                         std::to_string(batch) + ", which takes " + std::to_string(bytes >> 20U) +
                         " MiB of device memory.");
            return;
        }
        const Memory memory(device_, problem, batch);
        std::vector<Candidate *> fitting = fit(candidates, memory, batch);
        const std::vector<DeviceMeasurement> measured = measure_fitting(fitting, memory, batch);
        for (std::size_t i = 0; i < fitting.size(); ++i) {
            add_row(*fitting[i]->kernel, batch, measured[i], static_cast<double>(bytes));
        }
    }

    /// One that fails gets its row and leaves `fitting`; the others are measured again without it, unless it has
    /// taken the device with it.
    std::vector<DeviceMeasurement> measure_fitting(std::vector<Candidate *> &fitting, const Memory &memory,
                                                   std::size_t batch) {
        TimingOptions timing;
        timing.quick = options_.quick;
        while (!fitting.empty()) {
            std::vector<DeviceContender> contenders;
            for (Candidate *candidate : fitting) {
                const KernelSpec spec =
                    with_images(parse_kernel_spec(candidate->kernel->spec), static_cast<int64_t>(batch));
                contenders.push_back({[&memory, candidate] { memory.run(*candidate->code); }, spec.flops()});
            }
            try {
                return measure(device_, peak_, contenders, timing);
            } catch (const ContenderError &error) {
                add_wrong(*fitting[error.contender()]->kernel, batch, error.what());
                fitting.erase(fitting.begin() + static_cast<std::ptrdiff_t>(error.contender()));
            }
            if (device_.is_lost()) {
                fitting.clear();
            }
        }
        return {};
    }

    void add_row(const KitKernel &kernel, std::size_t batch, const DeviceMeasurement &measured, double bytes) {
        const double seconds = measured.median_seconds(), gflops = measured.flops / seconds / 1e9;
        const double percent = 100 * measured.of_peak(), gbytes = bytes / seconds / 1e9;
        report_.add({{"kernel", kernel.spec},
                     {"n", batch},
                     {"choice", kernel.choice},
                     {"us", seconds * 1e6},
                     {"spread_us", measured.spread_seconds() * 1e6},
                     {"calls_per_sample", measured.calls},
                     {"samples", measured.seconds.size()},
                     {"gflops", gflops},
                     {"percent_of_peak", percent},
                     {"gbytes_per_second", gbytes},
                     {"peak_gflops", median(measured.peak_flops) / 1e9}},
                    {shape_of(kernel), std::to_string(batch), kernel.choice, fixed(seconds * 1e6, 2),
                     fixed(measured.spread_seconds() * 1e6, 2), fixed(gflops, 1), fixed(percent, 1),
                     fixed(gbytes, 0)});
    }

    const Options &options_;
    const Deadline &deadline_;
    Device device_;
    Report report_;
    FmaPeak peak_;
};

}  // namespace

bool bench_kernels_of_kit(const Options &asked) {
    const Deadline deadline(asked.limit);
    const Options options = resumed(asked, "c_kernels", Device().info());
    KernelSpeed speed(options, deadline);
    const std::vector<std::vector<const KitKernel *>> all = contests();
    for (std::size_t i = options.first; i < std::min(all.size(), options.kernels); ++i) {
        speed.contest(i, all[i]);
    }
    return speed.finish();
}

}  // namespace ingot::gpu_kit
