// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/tuned.h"
#include "spec/target.h"
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// schedules/tuned of the source tree, where this program runs in a build tree: share/ingot/tuned beside its folder
/// leads there. Nothing in an installation.
std::optional<std::filesystem::path> source_tuned_folder();

/// Tables on disk: <op>.csv each, in one folder.
class TunedFolder {
public:
    /// The folder is made where it is missing, at the first put(). Throws Error where it cannot be
    /// written to, or a table in it is malformed.
    explicit TunedFolder(std::filesystem::path folder);

    [[nodiscard]] bool has(const KernelSpec &spec, const Target &target, const std::string &cpu) const;
    /// Reads the table of the row's op once more, so that rows of other processes stay, puts the row in its place
    /// and renames the whole into place. Throws Error.
    void put(const TunedRow &row) const;

private:
    [[nodiscard]] std::filesystem::path file_of(Op op) const;
    [[nodiscard]] std::vector<TunedRow> read(Op op) const;

    std::filesystem::path folder_;
};

}  // namespace ingot
