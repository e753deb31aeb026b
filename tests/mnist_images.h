// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

namespace ingot::test {

/// The bytes behind the header of a gzipped IDX file of `count` elements of `size` bytes.
inline std::vector<unsigned char> read_idx(const std::string &file, std::size_t header, std::size_t bytes) {
    std::vector<unsigned char> content(header + bytes + 1);
    gzFile in = gzopen(file.c_str(), "rb");
    const int count = in == nullptr ? -1 : gzread(in, content.data(), static_cast<unsigned>(content.size()));
    gzclose(in);
    if (count != static_cast<int>(header + bytes)) {
        throw std::runtime_error(file + ": not the expected IDX file");
    }
    return {content.begin() + static_cast<std::ptrdiff_t>(header), content.end() - 1};
}

/// The 10,000 test digits: [n,1,28,28] in 0..1, and what they show.
struct MnistImages {
    static constexpr std::size_t count = 10000, pixels = 28 * 28, classes = 10;
    std::vector<float> images;
    std::vector<unsigned char> labels;

    explicit MnistImages(const std::string &folder)
        : labels(read_idx(folder + "/t10k-labels-idx1-ubyte.gz", 8, count)) {
        for (const unsigned char pixel : read_idx(folder + "/t10k-images-idx3-ubyte.gz", 16, count * pixels)) {
            images.push_back(static_cast<float>(pixel) / 255.0f);
        }
    }
    [[nodiscard]] const float *image(std::size_t i) const { return images.data() + i * pixels; }
};

}  // namespace ingot::test
