// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <stdexcept>
#include <string>

namespace ingot {

/// The input is at fault: a model, an option, a file. `what()` is one line that names the place, the reason and
/// the way out. The command line prints it after `error: ` and exits with 1.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Ingot is at fault. The command line prints `internal error`, file and line, and exits with 70.
class InternalError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

[[noreturn]] void report_internal_error(const char *file, int line, const std::string &message);

}  // namespace ingot

/// States what must hold if Ingot itself is right; user input is never checked with it.
#define INGOT_CHECK(condition, message) \
    ((condition) ? static_cast<void>(0) : ::ingot::report_internal_error(__FILE__, __LINE__, (message)))
