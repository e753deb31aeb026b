// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/python.h"
#include <cstdlib>
#include <filesystem>

namespace ingot {

std::string python_program() {
    const char *set = std::getenv("INGOT_PYTHON");
    if (set != nullptr && *set != '\0') {
        return set;
    }
    const std::string found = INGOT_PYTHON;
    return !found.empty() && std::filesystem::exists(found) ? found : "python3";
}

}  // namespace ingot
