// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/compile_kernel.h"
#include <filesystem>
#include <optional>
#include <string>

namespace ingot {

/// Compiled kernels on disk: a folder per key with the object and its facts. An entry appears whole, by a rename,
/// so that several processes may share a cache; a damaged entry counts as absent.
class ObjectCache {
public:
    /// `root` empty: $INGOT_CACHE_DIR, else $XDG_CACHE_HOME/ingot, else ~/.cache/ingot. Throws Error.
    explicit ObjectCache(const std::filesystem::path &root);

    /// Where the object of this key lies, now or later.
    [[nodiscard]] std::filesystem::path object(const std::string &key) const;
    [[nodiscard]] std::optional<KernelFacts> find(const std::string &key) const;
    /// Takes over `object`, a file on the same file system (see scratch()).
    void add(const std::string &key, const std::filesystem::path &object, const KernelFacts &kernel) const;
    /// A folder, new to this process, on the cache's file system.
    [[nodiscard]] std::filesystem::path scratch(const std::string &key) const;

private:
    std::filesystem::path root_;
};

}  // namespace ingot
