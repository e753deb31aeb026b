// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ingot {

/// A folder under the system's temporary one, removed with all it holds at the end of its life.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory &) = delete;
    TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;
    [[nodiscard]] const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The C compiler: $INGOT_CC, split at spaces, else cc.
std::vector<std::string> c_compiler();

/// Runs a command in `directory` and waits for it. Throws Error with what it printed where it fails, and with the
/// Debian package to install where it is missing.
void run_command(const std::vector<std::string> &command, const std::filesystem::path &directory);

// What stands beside the running program: in an installation and in the build tree alike, bin/ has a sibling lib/
// and include/.
std::filesystem::path runtime_archive();
std::filesystem::path checked_errors_archive();
std::filesystem::path runtime_include_directory();

/// The whole of a file. Throws Error.
std::string read_file(const std::filesystem::path &file);

/// Writes beside `file` and renames, so that it is never seen half-written. Throws Error.
void write_file(const std::filesystem::path &file, std::string_view content);

}  // namespace ingot
