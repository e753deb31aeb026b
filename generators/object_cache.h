// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "generators/files.h"
#include "generators/kernel_facts.h"
#include <filesystem>
#include <optional>
#include <string>

namespace ingot {

/// An entry of the cache.
struct CachedKernel {
    KernelFacts facts;
    std::string object_hash;  ///< hash_text of the object
};

/// Compiled kernels on disk: a folder per key with the object and its facts. An entry appears whole, by a rename,
/// so that several processes may share a cache; a damaged entry counts as absent.
class ObjectCache {
public:
    /// `root` empty: $INGOT_CACHE_DIR, else $XDG_CACHE_HOME/ingot, else ~/.cache/ingot. Removes the scratch folders
    /// that processes left behind, by their age of more than a day. Throws Error.
    explicit ObjectCache(const std::filesystem::path &root);

    /// Where the object of this key lies, now or later.
    [[nodiscard]] std::filesystem::path object(const std::string &key) const;
    /// Reads and hashes the object, so that a damaged one is not found.
    [[nodiscard]] std::optional<CachedKernel> find(const std::string &key) const;
    /// Makes `folder`, a scratch folder of this key that holds the object as kernel.o, the entry. Throws Error.
    CachedKernel add(const std::string &key, const std::filesystem::path &folder, const KernelFacts &kernel) const;
    /// A folder of the caller's own on the cache's file system. Throws Error.
    [[nodiscard]] TemporaryDirectory scratch(const std::string &key) const;

private:
    std::filesystem::path root_;
};

}  // namespace ingot
