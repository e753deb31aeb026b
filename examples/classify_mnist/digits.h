// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

/// Handwritten digits as the network reads them.
struct Digits {
    static constexpr std::size_t side = 28;  ///< rows and columns of an image
    static constexpr std::size_t pixels = side * side;

    std::vector<float> images;         ///< [n, 28, 28], 0 for paper to 1 for ink
    std::vector<std::uint8_t> labels;  ///< [n], 0 to 9

    [[nodiscard]] std::size_t size() const { return labels.size(); }
    /// Forgets all but the first `count` images.
    void keep(std::size_t count) {
        labels.resize(std::min(count, labels.size()));
        images.resize(labels.size() * pixels);
    }
    [[nodiscard]] const float *image(std::size_t i) const { return images.data() + i * pixels; }
};

/// Reads the MNIST test set from `folder`: t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, in the IDX
/// format of http://yann.lecun.com/exdb/mnist/. Throws std::runtime_error that names the file and what is wrong.
Digits read_digits(const std::filesystem::path &folder);
