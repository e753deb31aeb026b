// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

/// Throws Error where `folder` is no folder and cannot become one: worth knowing before work is done for it.
void check_writable(const std::filesystem::path &folder);

/// Paths within a folder and what the files hold.
using FileContents = std::vector<std::pair<std::filesystem::path, std::string>>;

/// Writes all files beside their places in `folder`, then renames them in order: where the content of one cannot be
/// written, no file changes; where a rename fails, those before it are in place. Throws Error.
void write_files(const std::filesystem::path &folder, const FileContents &files);

}  // namespace ingot
