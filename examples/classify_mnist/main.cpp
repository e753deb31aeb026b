// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Classifies the MNIST test set with a network that Ingot has compiled into this program.
#include "allocations.h"
#include "digits.h"
#include "drawing.h"
#include "mnist_cnn.h"
#include "timing.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

constexpr std::size_t classes = MNIST_CNN_LOGITS_SIZE;
constexpr std::size_t batch = 256;

struct Options {
    std::string data, level, device = "cpu", json, logits;
    std::size_t images = std::numeric_limits<std::size_t>::max();
    int threads = 1;
};

struct Result {
    std::string level, device;
    int threads = 1;
    std::string detail;              ///< why `automatic` took the CPU
    std::vector<float> logits;       ///< [n, 10]
    std::vector<std::size_t> wrong;  ///< indices of misread images
    std::array<int, classes> images_per_digit{}, errors_per_digit{};
    double accuracy = 0;
    double batch1_us = 0, batch256_us_per_image = 0;
    std::size_t allocations_per_session = 0, allocations_per_run = 0;
};

void check(ingot::Status status) {
    if (!status) {
        throw std::runtime_error(status.message());
    }
}

/// The digit that the network reads: the class of the largest logit.
std::size_t label(const Result &result, std::size_t image) {
    const float *logits = result.logits.data() + image * classes;
    return static_cast<std::size_t>(std::max_element(logits, logits + classes) - logits);
}

ingot_device device_of(const std::string &name) {
    return name == "cuda" ? INGOT_DEVICE_CUDA : name == "automatic" ? INGOT_DEVICE_AUTOMATIC : INGOT_DEVICE_CPU;
}

mnist_cnn::Session make_session(const Options &asked) {
    std::array<char, INGOT_DETAIL_BYTES> detail{};
    ingot::Options options = ingot::default_options();
    options.level = asked.level.empty() ? nullptr : asked.level.c_str();
    options.device = device_of(asked.device);
    options.threads = asked.threads;
    options.detail = detail.data();
    options.detail_bytes = detail.size();
    mnist_cnn::Session session(options);
    if (!session.status() && detail[0] != '\0') {
        throw std::runtime_error(std::string(session.status().message()) + ": " + detail.data());
    }
    check(session.status());
    return session;
}

/// Fills logits, image by image; in batches the results are equal.
void classify(mnist_cnn::Session &session, const Digits &digits, Result &result) {
    const std::size_t n = digits.size();
    result.logits.resize(n * classes);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t before = allocation_count();
        check(session.run(digits.image(i), &result.logits[i * classes]));
        result.allocations_per_run = std::max(result.allocations_per_run, allocation_count() - before);
    }

    std::vector<float> batched(n * classes);
    for (std::size_t i = 0; i < n; i += batch) {
        check(session.run(digits.image(i), &batched[i * classes], std::min(batch, n - i)));
    }
    if (batched != result.logits) {
        throw std::runtime_error("batches give other results than single images");
    }
}

void count_errors(const Digits &digits, Result &result) {
    for (std::size_t i = 0; i < digits.size(); ++i) {
        ++result.images_per_digit[digits.labels[i]];
        if (label(result, i) != digits.labels[i]) {
            ++result.errors_per_digit[digits.labels[i]];
            result.wrong.push_back(i);
        }
    }
    result.accuracy = 1.0 - static_cast<double>(result.wrong.size()) / static_cast<double>(digits.size());
}

void measure(mnist_cnn::Session &session, const Digits &digits, Result &result) {
    const std::size_t n = std::min(batch, digits.size());
    std::vector<float> logits(n * classes);
    const auto one_by_one = [&] {
        for (std::size_t i = 0; i < n; ++i) {
            check(session.run(digits.image(i), &logits[i * classes]));
        }
    };
    const auto at_once = [&] { check(session.run(digits.image(0), logits.data(), n)); };
    const std::vector<double> medians = median_microseconds({one_by_one, at_once});
    result.batch1_us = medians[0] / static_cast<double>(n);
    result.batch256_us_per_image = medians[1] / static_cast<double>(n);
}

void print(const Digits &digits, const Result &result) {
    std::printf("Digits         %zu images of the MNIST test set, %s, %d thread%s\n", digits.size(),
                result.level.c_str(), result.threads, result.threads == 1 ? "" : "s");
    if (!result.detail.empty()) {
        std::printf("Device         %s: %s\n", result.device.c_str(), result.detail.c_str());
    } else if (result.device != "cpu") {
        std::printf("Device         %s\n", result.device.c_str());
    }
    std::printf("Accuracy       %.2f %%: %zu misread\n", 100 * result.accuracy, result.wrong.size());
    std::printf("Digit          ");
    for (std::size_t digit = 0; digit < classes; ++digit) {
        std::printf("%6zu", digit);
    }
    std::printf("\n  images       ");
    for (const int images : result.images_per_digit) {
        std::printf("%6d", images);
    }
    std::printf("\n  errors       ");
    for (const int errors : result.errors_per_digit) {
        std::printf("%6d", errors);
    }
    std::printf("\nTime per image %.2f us at batch 1, %.2f us at batch %zu (medians)\n", result.batch1_us,
                result.batch256_us_per_image, batch);
    std::printf("Allocations    %zu for a session (%d bytes), %zu in a run\n", result.allocations_per_session,
                MNIST_CNN_ARENA_BYTES, result.allocations_per_run);
}

void print_misread(const Digits &digits, const Result &result) {
    std::vector<const float *> images;
    std::vector<std::string> captions;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, result.wrong.size()); ++k) {
        const std::size_t i = result.wrong[k];
        images.push_back(digits.image(i));
        captions.push_back("no. " + std::to_string(i) + ": " + std::to_string(digits.labels[i]) + " read as " +
                           std::to_string(label(result, i)));
    }
    std::printf("\n%s", draw(images, captions).c_str());
}

void write(const std::string &file, const void *data, std::size_t bytes) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(static_cast<const char *>(data), static_cast<std::streamsize>(bytes));
    if (!stream.flush()) {
        throw std::runtime_error(file + ": cannot be written");
    }
}

std::string to_json(const Digits &digits, const Result &result) {
    const nlohmann::ordered_json json = {
        {"images", digits.size()},
        {"accuracy", result.accuracy},
        {"images_per_digit", result.images_per_digit},
        {"errors_per_digit", result.errors_per_digit},
        {"level", result.level},
        {"device", result.device},
        {"device_detail", result.detail},
        {"threads", result.threads},
        {"batch1_us", result.batch1_us},
        {"batch256_us_per_image", result.batch256_us_per_image},
        {"allocations_per_session", result.allocations_per_session},
        {"allocations_per_run", result.allocations_per_run},
        {"session_bytes", MNIST_CNN_ARENA_BYTES},
    };
    return json.dump(2) + "\n";
}

void run(const Options &options) {
    Digits digits = read_digits(options.data);
    digits.keep(options.images);
    Result result;
    const std::size_t before = allocation_count();
    mnist_cnn::Session session = make_session(options);
    result.allocations_per_session = allocation_count() - before;
    result.level = session.level();
    result.threads = options.threads;
    result.device = session.device();
    result.detail = session.detail();
    classify(session, digits, result);
    count_errors(digits, result);
    measure(session, digits, result);
    print(digits, result);
    print_misread(digits, result);
    if (!options.json.empty()) {
        const std::string json = to_json(digits, result);
        write(options.json, json.data(), json.size());
    }
    if (!options.logits.empty()) {
        write(options.logits, result.logits.data(), result.logits.size() * sizeof(float));
    }
}

}  // namespace

int main(int argc, char **argv) {
    try {
        CLI::App app{"Classifies the MNIST test set with a network compiled by Ingot."};
        Options options;
        app.add_option("data", options.data, "folder with t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz")
            ->required();
        app.add_option(
            "--level", options.level,
            "instruction set level, such as x86-64-v3, or CUDA target, such as cuda-sm_90 (default: the best)");
        app.add_option("--device", options.device,
                       "cpu (default), cuda, or automatic: CUDA where that works, else the CPU")
            ->check(CLI::IsMember({"cpu", "cuda", "automatic"}));
        app.add_option("--images", options.images, "of the test set, from its start (default: all)")
            ->check(CLI::PositiveNumber);
        app.add_option("--threads", options.threads, "of a run on the CPU (default: 1)")
            ->check(CLI::Range(1, INGOT_MOST_THREADS));
        app.add_option("--json", options.json, "write the results to this file");
        app.add_option("--logits", options.logits, "write the network's outputs to this file: float32 [n, 10]");
        CLI11_PARSE(app, argc, argv);
        run(options);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "classify_mnist: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
