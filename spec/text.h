// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// The parts of `text` between separators; one part, perhaps empty, where there is none.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `a, b, c`, for messages that list what is known.
std::string join(const std::vector<std::string_view> &parts, std::string_view separator = ", ");

/// A float as the shortest text that reads as the same one; the inverse takes finite ones only.
std::string print_float(float value);
std::optional<float> read_float(std::string_view text);

/// A decimal number that fills the whole text and lies in [lowest, highest]; nothing otherwise.
std::optional<int64_t> read_int(std::string_view text, int64_t lowest, int64_t highest);

}  // namespace ingot
