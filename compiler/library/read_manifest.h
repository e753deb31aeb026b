// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>

namespace ingot {

/// The section of a model's archive that holds its manifest. It is marked to be left out of whatever is linked
/// (SHF_EXCLUDE).
inline constexpr const char *manifest_section = ".ingot.manifest";

/// The archive of the one model in a folder that emit_library wrote; `path` itself where it is no folder. Throws
/// Error.
std::filesystem::path find_archive(const std::filesystem::path &path);

/// The manifest inside an archive that emit_library wrote: the text of <name>.json. Throws Error.
std::string read_manifest(const std::filesystem::path &archive);

}  // namespace ingot
