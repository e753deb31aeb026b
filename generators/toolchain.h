// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ingot {

/// The C compiler: $INGOT_CC, split at spaces, or cc where it is not set or blank.
std::vector<std::string> c_compiler();

/// Runs a command in `directory`, waits for it and returns what it printed. Throws Error with that where it fails,
/// and with the Debian package to install where it is missing.
std::string run_command(const std::vector<std::string> &command, const std::filesystem::path &directory);

// What stands beside the running program: in an installation and in the build tree alike, bin/ has siblings lib/,
// include/ and share/.
std::filesystem::path runtime_archive();
std::filesystem::path checked_errors_archive();
std::filesystem::path runtime_include_directory();
/// share/ingot, whether it is there or not.
std::filesystem::path share_directory();

}  // namespace ingot
