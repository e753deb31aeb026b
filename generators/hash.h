// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

namespace ingot {

/// 32 hex digits of the XXH3 hash of `text`: the same on every machine.
std::string hash_text(std::string_view text);

}  // namespace ingot
