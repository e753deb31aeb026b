// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "digits.h"
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <zlib.h>

namespace {

[[noreturn]] void refuse(const std::filesystem::path &file, const std::string &reason) {
    throw std::runtime_error(file.string() + ": " + reason);
}

/// The uncompressed bytes of a gzip file; a file that is not compressed is read as it is.
std::vector<std::uint8_t> read_gzip(const std::filesystem::path &file) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
    if (!stream) {
        refuse(file, "cannot be opened");
    }
    constexpr unsigned chunk = 1 << 18;
    std::vector<std::uint8_t> bytes;
    for (;;) {
        const std::size_t before = bytes.size();
        bytes.resize(before + chunk);
        const int got = gzread(stream.get(), bytes.data() + before, chunk);
        bytes.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        if (got < static_cast<int>(chunk)) {
            break;
        }
    }
    int code = Z_OK;
    const char *message = gzerror(stream.get(), &code);
    if (code != Z_OK) {
        refuse(file, code == Z_BUF_ERROR ? "the file is truncated" : message);
    }
    return bytes;
}

/// The elements of an IDX file of bytes whose dimensions after the first are `inner`.
std::vector<std::uint8_t> read_idx(const std::filesystem::path &file, const std::vector<std::size_t> &inner) {
    std::vector<std::uint8_t> bytes = read_gzip(file);
    const auto big_endian = [&](std::size_t at) {
        return std::size_t{bytes[at]} << 24 | std::size_t{bytes[at + 1]} << 16 | std::size_t{bytes[at + 2]} << 8 |
               std::size_t{bytes[at + 3]};
    };
    const std::size_t rank = inner.size() + 1, header = 4 + 4 * rank;
    constexpr std::size_t unsigned_bytes = 0x0800;
    if (bytes.size() < header || big_endian(0) != (unsigned_bytes | rank)) {
        refuse(file, "is no IDX file of bytes with " + std::to_string(rank) + " dimensions");
    }
    std::size_t size = 1;
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (big_endian(8 + 4 * i) != inner[i]) {
            refuse(file, "dimension " + std::to_string(i + 1) + " is " + std::to_string(big_endian(8 + 4 * i)) +
                             ", not " + std::to_string(inner[i]));
        }
        size *= inner[i];
    }
    const std::size_t expected = header + big_endian(4) * size;
    if (bytes.size() != expected) {
        refuse(file, "holds " + std::to_string(bytes.size()) + " bytes where its header announces " +
                         std::to_string(expected));
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

}  // namespace

Digits read_digits(const std::filesystem::path &folder) {
    const std::filesystem::path images = folder / "t10k-images-idx3-ubyte.gz";
    const std::filesystem::path labels = folder / "t10k-labels-idx1-ubyte.gz";
    Digits digits;
    for (const std::uint8_t grey : read_idx(images, {Digits::side, Digits::side})) {
        digits.images.push_back(static_cast<float>(grey) / 255.0f);
    }
    digits.labels = read_idx(labels, {});
    if (digits.size() == 0 || digits.images.size() != digits.size() * Digits::pixels) {
        refuse(labels, "holds " + std::to_string(digits.size()) + " labels for " +
                           std::to_string(digits.images.size() / Digits::pixels) + " images");
    }
    if (*std::max_element(digits.labels.begin(), digits.labels.end()) > 9) {
        refuse(labels, "holds a label above 9");
    }
    return digits;
}
