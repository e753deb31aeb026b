// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference network on CUDA, by the fake driver, which interprets the PTX, against the same archive on the CPU.
#include "tests/mnist_images.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <digits_cuda_net.h>
#include <gtest/gtest.h>

namespace ingot {
namespace {

using test::MnistImages;
constexpr std::size_t pixels = MnistImages::pixels, classes = MnistImages::classes;

const MnistImages &mnist() {
    static const MnistImages images(INGOT_SOURCE_DIR "/models/mnist_cnn/data");
    return images;
}

std::vector<float> classify(ingot_device device, std::size_t n) {
    char detail[256] = "";
    Options options = default_options();
    options.device = device;
    options.detail = detail;
    options.detail_bytes = sizeof detail;
    digits_cuda_net::Session session(options);
    EXPECT_TRUE(session.status()) << session.status().message() << ": " << detail;
    EXPECT_STREQ(session.device(), device == INGOT_DEVICE_CPU ? "cpu" : "cuda");
    std::vector<float> logits(n * classes, std::nanf(""));
    const Status status = session.run(mnist().image(0), logits.data(), n);
    EXPECT_TRUE(status) << status.message() << ": " << session.detail();
    return logits;
}

// Batches of both classes, and more images than the session's memory holds at a time. Within a hundred-thousandth
// of the largest logit, as across the levels of the CPU.
TEST(CudaNet, AgreesWithTheCpu) {
    static_assert(DIGITS_CUDA_NET_MAX_BATCH == 20);
    for (std::size_t n : {1, 3, 16, 20, 43}) {
        const std::vector<float> expected = classify(INGOT_DEVICE_CPU, n), actual = classify(INGOT_DEVICE_CUDA, n);
        for (std::size_t i = 0; i < n; ++i) {
            const float *e = &expected[i * classes], *a = &actual[i * classes];
            const float largest = std::abs(
                *std::max_element(e, e + classes, [](float x, float y) { return std::abs(x) < std::abs(y); }));
            for (std::size_t k = 0; k < classes; ++k) {
                EXPECT_NEAR(a[k], e[k], 1e-5F * largest) << "image " << i << " of " << n << ", class " << k;
            }
        }
    }
}

// An image's result does not depend on how many run beside it, in either class of batches.
TEST(CudaNet, BatchesDoNotChangeBits) {
    const std::vector<float> many = classify(INGOT_DEVICE_CUDA, 43);
    for (std::size_t n : {1, 2, 15, 16, 17}) {
        const std::vector<float> some = classify(INGOT_DEVICE_CUDA, n);
        EXPECT_EQ(std::memcmp(many.data(), some.data(), some.size() * sizeof(float)), 0) << n;
    }
}

}  // namespace
}  // namespace ingot
