// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/object_cache.h"
#include "generators/hash.h"
#include "spec/error.h"
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

fs::path default_root() {
    const auto variable = [](const char *name) {
        const char *value = std::getenv(name);
        return fs::path(value == nullptr ? "" : value);
    };
    if (!variable("INGOT_CACHE_DIR").empty()) {
        return variable("INGOT_CACHE_DIR");
    }
    if (!variable("XDG_CACHE_HOME").empty()) {
        return variable("XDG_CACHE_HOME") / "ingot";
    }
    if (variable("HOME").empty()) {
        throw Error("no folder for the object cache: set INGOT_CACHE_DIR or HOME");
    }
    return variable("HOME") / ".cache" / "ingot";
}

constexpr const char *way_out = "; set INGOT_CACHE_DIR to a folder of yours";

/// A name that scratch() gave, and nothing else's: an application may keep other files in the folder.
bool is_scratch(const fs::path &folder) {
    static const std::regex pattern("[0-9a-f]{32}\\.part[0-9a-f]{16}");
    return std::regex_match(folder.filename().string(), pattern);
}

void remove_leftovers(const fs::path &root) {
    const fs::file_time_type day_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
    std::error_code error;
    for (fs::directory_iterator i(root, error), end; !error && i != end; i.increment(error)) {
        std::error_code gone;  // another process may sweep too
        if (is_scratch(i->path()) && i->last_write_time(gone) < day_ago && !gone) {
            fs::remove_all(i->path(), gone);
        }
    }
}

}  // namespace

ObjectCache::ObjectCache(const fs::path &root) {
    std::error_code error;
    root_ = fs::absolute(root.empty() ? default_root() : root, error);
    if (!error) {
        fs::create_directories(root_, error);
    }
    if (error || access(root_.c_str(), W_OK) != 0) {
        throw Error("the object cache " + root_.string() + " cannot be written" + way_out);
    }
    remove_leftovers(root_);
}

fs::path ObjectCache::object(const std::string &key) const {
    return root_ / key / "kernel.o";
}

std::optional<CachedKernel> ObjectCache::find(const std::string &key) const {
    try {
        const nlohmann::json entry = nlohmann::json::parse(read_file(root_ / key / "kernel.json"));
        std::string hash = hash_text(read_file(object(key)));
        if (entry.at("object_hash") == hash) {
            return CachedKernel{parse_kernel_facts(entry.at("facts").dump()), std::move(hash)};
        }
    } catch (const Error &) {  // absent, or something else is in its place
    } catch (const nlohmann::json::exception &) {
    }
    return std::nullopt;
}

TemporaryDirectory ObjectCache::scratch(const std::string &key) const {
    return TemporaryDirectory(name_beside(root_ / key));
}

CachedKernel ObjectCache::add(const std::string &key, const fs::path &folder, const KernelFacts &kernel) const {
    CachedKernel added{kernel, hash_text(read_file(folder / "kernel.o"))};
    const nlohmann::json entry = {{"object_hash", added.object_hash},
                                  {"facts", nlohmann::json::parse(to_json(kernel))}};
    write_file(folder / "kernel.json", entry.dump());
    std::error_code error;
    fs::rename(folder, root_ / key, error);
    if (!error) {
        return added;
    }
    if (std::optional<CachedKernel> others = find(key)) {  // in the cache by now, by another process
        return *others;
    }
    fs::remove_all(root_ / key, error);
    fs::rename(folder, root_ / key, error);
    if (!error) {
        return added;
    }
    if (std::optional<CachedKernel> others = find(key)) {
        return *others;
    }
    throw Error((root_ / key).string() + ": cannot be written: " + error.message() + way_out);
}

}  // namespace ingot
