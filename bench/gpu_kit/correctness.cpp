// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/kernel_check.h"
#include "bench/gpu_kit/net_check.h"
#include "bench/gpu_kit/parts.h"
#include "bench/gpu_kit/report.h"
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include "tests/mnist_images.h"
#include <algorithm>
#include <cstdio>
#include <map>

namespace ingot::gpu_kit {

namespace {

struct Count {
    std::size_t right = 0, wrong = 0, left = 0;
};

std::string schedule_of(const std::string &text) {
    const Choice choice = parse_choice(text);
    return choice.algorithm + "/" + choice.schedule;
}

/// What became of one kernel of the table. A process that has lost the device ends here.
void check_one(std::size_t i, const Device &device, const Options &options, const Deadline &deadline,
               Report &report) {
    const KitKernel &kernel = check_kernels[i];
    const std::optional<std::string> wrong = check_kernel(kernel);
    Json row = {{"kernel", kernel.spec}, {"choice", kernel.choice}, {"right", !wrong}};
    if (wrong) {
        row["wrong"] = *wrong;
        report.note("Wrong: " + std::string(kernel.spec) + " by " + kernel.choice + ": " + *wrong);
    }
    report.add(std::move(row));
    if (wrong && device.is_lost()) {
        report.save(false);
        resume_behind_fault("a", options, i + 1, deadline);
    }
}

bool check_all_kernels(const Device &device, const Options &options, const Deadline &deadline, Report &report) {
    std::map<std::string, Count> counts;
    for (std::size_t i = options.first; i < check_kernels.size(); ++i) {
        if (deadline.passed() || i >= options.kernels) {
            ++counts[schedule_of(check_kernels[i].choice)].left;
            report.not_reached(std::string(check_kernels[i].spec) + " by " + check_kernels[i].choice, i);
        } else {
            check_one(i, device, options, deadline, report);
        }
    }
    for (const Json &row : report.rows()) {
        if (row.contains("kernel")) {
            Count &count = counts[schedule_of(row.at("choice"))];
            ++(row.at("right").get<bool>() ? count.right : count.wrong);
        }
    }
    bool right = true;
    for (const auto &[schedule, count] : counts) {
        report.summarize({{"schedule", schedule},
                          {"cases_right", count.right},
                          {"cases_wrong", count.wrong},
                          {"cases_not_reached", count.left}},
                         {schedule, std::to_string(count.right), std::to_string(count.wrong),
                          count.left == 0 ? "" : std::to_string(count.left) + " not reached"});
        right = right && count.wrong == 0;
    }
    return right;
}

/// The net on `target` by each kind of memory and batch, against the CPU library's logits.
class NetCheck {
public:
    NetCheck(const Device &device, const Options &options, Report &report)
        : device_(device), report_(report), digits_((kit_folder() / "data").string()),
          images_(std::min<std::size_t>(options.images, test::MnistImages::count)) {
        Net cpu(INGOT_DEVICE_CPU, INGOT_MEMORY_HOST);
        report.facts()["cpu_level"] = cpu.level();
        expected_ = logits_on_host(cpu, digits_.image(0), images_, 256);
    }

    /// Adds a row. An empty target is the one that an app gets.
    bool check(const std::string &target, ingot_memory memory, std::size_t batch) {
        const bool on_device = memory == INGOT_MEMORY_DEVICE;
        Json row = {{"net", "mnist_cnn"}, {"memory", on_device ? "device" : "host"}, {"batch", batch}};
        std::string what = std::string("mnist_cnn, ") + (on_device ? "device" : "host") + " pointers, batch " +
                           std::to_string(batch);
        try {
            Net net(INGOT_DEVICE_CUDA, memory, target);
            what += ", " + net.level();
            row["target"] = net.level();
            return compare(std::move(row), what,
                           on_device ? logits_on_device(net, device_, digits_.image(0), images_, batch)
                                     : logits_on_host(net, digits_.image(0), images_, batch));
        } catch (const Error &error) {
            row["target"] = target;
            row["right"] = false;
            row["wrong"] = error.what();
            report_.add(std::move(row), {what, "0", std::to_string(images_), error.what()});
            return false;
        }
    }

private:
    bool compare(Json row, const std::string &what, const std::vector<float> &logits) {
        const Agreement agreement = compare_logits(logits, expected_);
        std::vector<float> &bits = first_of_target_[row["target"].get<std::string>()];
        bits = bits.empty() ? logits : bits;
        const bool same = bits == logits, right = agreement.holds() && same;
        row["images"] = agreement.images;
        row["equal_labels"] = agreement.equal_labels;
        row["undecided_labels"] = agreement.undecided;
        row["largest_difference"] = agreement.difference;
        row["same_bits_for_each_batch"] = same;
        row["right"] = right;
        char difference[48];
        std::snprintf(difference, sizeof(difference), "logits within %.1e of the largest", agreement.difference);
        const std::size_t good = agreement.equal_labels + agreement.undecided;
        report_.add(std::move(row), {what, std::to_string(good), std::to_string(agreement.images - good),
                                     std::string(difference) + (same ? "" : "; other bits than by other batches")});
        return right;
    }

    const Device &device_;
    Report &report_;
    test::MnistImages digits_;
    std::size_t images_;
    std::vector<float> expected_;
    std::map<std::string, std::vector<float>> first_of_target_;
};

/// Whether the device can run a target: as the runtime judges when a session is made.
bool runs_here(const std::string &target, Report &report) {
    try {
        const Net net(INGOT_DEVICE_CUDA, INGOT_MEMORY_HOST, target);
        return true;
    } catch (const Error &error) {
        report.facts()["targets_that_do_not_run_here"][target] = error.what();
        return false;
    }
}

bool check_net(const Device &device, const Options &options, Report &report) {
    NetCheck net(device, options, report);
    bool right = true;
    for (const ingot_memory memory : {INGOT_MEMORY_HOST, INGOT_MEMORY_DEVICE}) {
        for (const std::size_t batch : {std::size_t{256}, std::size_t{16}, std::size_t{1}}) {
            right = net.check("", memory, batch) && right;
        }
    }
    for (const std::string &target : cuda_targets_of_net()) {
        if (runs_here(target, report)) {
            right = net.check(target, INGOT_MEMORY_DEVICE, 256) && right;
        }
    }
    return right;
}

}  // namespace

bool check_correctness(const Options &asked) {
    const Device device;
    const Options options = resumed(asked, "a_correctness", device.info());
    Report report(options, "a_correctness", "a: results", device.info());
    const Deadline deadline(options.limit);
    report.columns({"what", "right", "wrong", ""});
    if (!options.resume) {
        report.note("Kernels: each case with whole numbers exactly, with reals within eps (k + 1) times the sum of "
                    "|a b|; one image, two, three and all at once. Net: labels and logits of the CPU library.");
        report.facts()["net_right"] = check_net(device, options, report);
    }
    const bool kernels_right = check_all_kernels(device, options, deadline, report);
    const bool right = kernels_right && report.facts()["net_right"].get<bool>();
    report.facts()["right"] = right;
    report.save(true);
    return right;
}

bool run_small_cases() {
    const Device device;
    constexpr std::size_t cases_per_schedule = 2;
    std::map<std::string, std::vector<const KitKernel *>> cases;
    for (const KitKernel &kernel : check_kernels) {
        cases[schedule_of(kernel.choice)].push_back(&kernel);
    }
    bool right = true;
    for (auto &[schedule, kernels] : cases) {
        std::stable_sort(kernels.begin(), kernels.end(), [](const KitKernel *a, const KitKernel *b) {
            return parse_kernel_spec(a->spec).flops() < parse_kernel_spec(b->spec).flops();
        });
        // Not the smallest, in which most threads have nothing to do.
        const std::size_t first = kernels.size() / 4;
        for (std::size_t i = first; i < std::min(first + cases_per_schedule, kernels.size()); ++i) {
            if (const std::optional<std::string> wrong = check_kernel(*kernels[i])) {
                std::fprintf(stderr, "%s by %s: %s\n", kernels[i]->spec, kernels[i]->choice, wrong->c_str());
                right = false;
                if (device.is_lost()) {
                    return false;
                }
            }
        }
    }
    const test::MnistImages digits((kit_folder() / "data").string());
    constexpr std::size_t images = 20;
    Net cpu(INGOT_DEVICE_CPU, INGOT_MEMORY_HOST), host(INGOT_DEVICE_CUDA, INGOT_MEMORY_HOST),
        resident(INGOT_DEVICE_CUDA, INGOT_MEMORY_DEVICE);
    const std::vector<float> expected = logits_on_host(cpu, digits.image(0), images, images);
    for (const std::size_t batch : {std::size_t{1}, images}) {
        for (const std::vector<float> &logits :
             {logits_on_host(host, digits.image(0), images, batch),
              logits_on_device(resident, device, digits.image(0), images, batch)}) {
            if (!compare_logits(logits, expected).holds()) {
                std::fprintf(stderr, "mnist_cnn at batch %zu: other logits than the CPU's\n", batch);
                right = false;
            }
        }
    }
    return right;
}

}  // namespace ingot::gpu_kit
