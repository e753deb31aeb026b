// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/object_cache.h"
#include "generators/hash.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <cstdlib>
#include <nlohmann/json.hpp>
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

}  // namespace

ObjectCache::ObjectCache(const fs::path &root) : root_(fs::absolute(root.empty() ? default_root() : root)) {
    std::error_code error;
    fs::create_directories(root_, error);
    if (error || access(root_.c_str(), W_OK) != 0) {
        throw Error("the object cache " + root_.string() +
                    " cannot be written; set INGOT_CACHE_DIR to a folder of yours");
    }
}

fs::path ObjectCache::object(const std::string &key) const {
    return root_ / key / "kernel.o";
}

std::optional<KernelFacts> ObjectCache::find(const std::string &key) const {
    std::error_code error;
    if (!fs::exists(root_ / key / "kernel.json", error)) {
        return std::nullopt;
    }
    const nlohmann::json facts = nlohmann::json::parse(read_file(root_ / key / "kernel.json"), nullptr, false);
    const bool whole = facts.is_object() && facts.contains("object_hash") && facts.contains("scratch_bytes") &&
                       facts.contains("stack_bytes") && facts.contains("code_bytes");
    if (!whole || !fs::exists(object(key), error) || facts["object_hash"] != hash_text(read_file(object(key)))) {
        return std::nullopt;
    }
    return KernelFacts{facts.at("scratch_bytes"), facts.at("stack_bytes"), facts.at("code_bytes")};
}

fs::path ObjectCache::scratch(const std::string &key) const {
    fs::path folder = root_ / (key + ".part" + std::to_string(getpid()));
    fs::create_directories(folder);
    return folder;
}

void ObjectCache::add(const std::string &key, const fs::path &object, const KernelFacts &kernel) const {
    const fs::path folder = object.parent_path();
    const nlohmann::json facts = {{"object_hash", hash_text(read_file(object))},
                                  {"scratch_bytes", kernel.scratch_bytes},
                                  {"stack_bytes", kernel.stack_bytes},
                                  {"code_bytes", kernel.code_bytes}};
    write_file(folder / "kernel.json", facts.dump());
    if (object.filename() != "kernel.o") {
        fs::rename(object, folder / "kernel.o");
    }
    std::error_code error;
    fs::rename(folder, root_ / key, error);
    if (error) {  // Another process was first, or a damaged entry is in the way: the files replace it one by one.
        fs::rename(folder / "kernel.o", this->object(key));
        fs::rename(folder / "kernel.json", root_ / key / "kernel.json");
        fs::remove_all(folder);
    }
}

}  // namespace ingot
