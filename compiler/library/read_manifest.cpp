// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/read_manifest.h"
#include "compiler/library/elf_archive.h"
#include "generators/files.h"
#include "spec/error.h"
#include "spec/text.h"
#include <optional>
#include <set>

namespace ingot {

namespace fs = std::filesystem;

namespace {

constexpr const char *way_out = "; name lib<name>.a or the folder that ingot compile wrote";

/// The libraries of a folder by name, the runtime's apart.
std::set<std::string> libraries_in(const fs::path &folder) {
    std::set<std::string> names;
    std::error_code error;
    for (fs::directory_iterator i(folder / "lib", error), end; !error && i != end; i.increment(error)) {
        const std::string name = i->path().filename().string();
        if (i->path().extension() == ".a" && name != "libingot_runtime.a") {
            names.insert(name);
        }
    }
    return names;
}

std::optional<std::string> manifest_in(std::string_view library) {
    for (const ArchiveMember &member : archive_members(library)) {
        if (const auto section = find_section(member.content, manifest_section)) {
            return std::string(*section);
        }
    }
    return std::nullopt;
}

}  // namespace

fs::path find_archive(const fs::path &path) {
    std::error_code error;
    if (!fs::exists(path, error)) {
        throw Error(path.string() + ": no such file or folder" + way_out);
    }
    if (!fs::is_directory(path, error)) {
        return path;
    }
    const std::set<std::string> names = libraries_in(path);
    if (names.size() == 1) {
        return path / "lib" / *names.begin();
    }
    throw Error(path.string() + ": " +
                (names.empty()
                     ? "no library is in its lib/" + std::string(way_out)
                     : "it holds several libraries: " + join({names.begin(), names.end()}) + "; name one of them"));
}

std::string read_manifest(const fs::path &archive) {
    const std::string library = read_file(archive);
    try {
        const std::optional<std::string> manifest = manifest_in(library);
        if (!manifest) {
            throw Error("it was not written by ingot compile (it has no section " + std::string(manifest_section) +
                        ")");
        }
        return *manifest;
    } catch (const Error &error) {
        throw Error(archive.string() + ": " + error.what() + way_out);
    }
}

}  // namespace ingot
