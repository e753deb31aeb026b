// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "mnist_cnn.h"
#include <string>
#include <vector>

namespace ingot::gpu_kit {

/// A session of the reference net.
class Net {
public:
    static constexpr std::size_t pixels = MNIST_CNN_IMAGE_SIZE, classes = MNIST_CNN_LOGITS_SIZE;

    /// `level` empty: the best that runs here. Throws Error.
    Net(ingot_device device, ingot_memory memory, const std::string &level = "");
    ~Net();
    Net(const Net &) = delete;
    Net &operator=(const Net &) = delete;

    [[nodiscard]] std::string level() const;
    /// image [n, 1, 28, 28], logits [n, 10]. Throws Error.
    void run(const float *image, float *logits, std::size_t n);

private:
    ingot_session *session_ = nullptr;
};

/// The CUDA targets of the compiled net, each once.
std::vector<std::string> cuda_targets_of_net();

}  // namespace ingot::gpu_kit
