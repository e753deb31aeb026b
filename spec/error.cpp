// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/error.h"

namespace ingot {

void report_internal_error(const char *file, int line, const std::string &message) {
    throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + message);
}

}  // namespace ingot
