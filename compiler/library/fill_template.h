// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace ingot {

/// `text` with every `@word@` replaced by what `words` holds for it. Each word must be known.
std::string fill_template(std::string_view text, const std::map<std::string, std::string> &words);

}  // namespace ingot
