// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace ingot {

/// A folder, removed with all it holds at the end of its life.
class TemporaryDirectory {
public:
    /// Under the system's temporary folder. Throws Error.
    TemporaryDirectory();
    /// At `path`, where nothing is yet. Throws Error.
    explicit TemporaryDirectory(std::filesystem::path path);
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory &&other) noexcept;
    TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;
    [[nodiscard]] const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A name beside `path` that nothing else has, in this process or another: path.part and 16 hex digits.
std::filesystem::path name_beside(const std::filesystem::path &path);

/// The content of a file to be, written beside its place; removed at the end of its life unless renamed.
class PendingFile {
public:
    /// Throws Error.
    PendingFile(std::filesystem::path place, std::string_view content);
    ~PendingFile();
    PendingFile(const PendingFile &) = delete;
    PendingFile &operator=(const PendingFile &) = delete;
    /// Puts the file in its place, whole. Throws Error.
    void rename();

private:
    std::filesystem::path place_, beside_;
};

/// Writes beside `file` and renames, so that it is never seen half-written; a link stays, and what it names is
/// written. Writes to a device or a pipe as it is. Throws Error.
void write_file(const std::filesystem::path &file, std::string_view content);

/// Throws Error where write_file could not write: worth knowing before work is done for the file. Leaves devices
/// and pipes unopened.
void check_file_writable(const std::filesystem::path &file);

/// The whole of a file. Throws Error.
std::string read_file(const std::filesystem::path &file);

}  // namespace ingot
