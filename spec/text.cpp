// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/text.h"
#include "spec/error.h"
#include <array>
#include <charconv>
#include <cmath>

namespace ingot {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string_view> &parts, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        text.append(i == 0 ? std::string_view() : separator).append(parts[i]);
    }
    return text;
}

std::string print_float(float value) {
    std::array<char, 32> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    INGOT_CHECK(error == std::errc(), "a float takes more than 32 characters");
    return {buffer.data(), end};
}

std::optional<float> read_float(std::string_view text) {
    float value = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<int64_t> read_int(std::string_view text, int64_t lowest, int64_t highest) {
    int64_t value = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value < lowest || value > highest) {
        return std::nullopt;
    }
    return value;
}

}  // namespace ingot
