// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/write_files.h"
#include "generators/files.h"
#include "spec/error.h"
#include <cerrno>
#include <cstring>
#include <deque>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

constexpr const char *way_out = "; choose another folder with -o";

[[noreturn]] void refuse(const fs::path &path, const std::string &reason) {
    throw Error(path.string() + ": cannot be written: " + reason + way_out);
}

void prepare(const fs::path &path) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
        refuse(path.parent_path(), error.message());
    }
    if (fs::is_directory(path, error)) {
        refuse(path, "a folder is in its place");
    }
}

}  // namespace

void check_writable(const fs::path &folder) {
    if (folder.empty()) {
        throw Error("the name of the output folder is empty; name one with -o");
    }
    fs::path existing = fs::absolute(folder);
    std::error_code error;
    while (!fs::exists(existing, error) && existing.has_relative_path()) {
        existing = existing.parent_path();
    }
    if (!fs::is_directory(existing, error)) {
        refuse(folder, existing.string() + " is not a folder");
    }
    if (access(existing.c_str(), W_OK) != 0) {
        refuse(folder, std::strerror(errno));
    }
}

void write_files(const fs::path &folder, const FileContents &files) {
    for (const auto &[path, content] : files) {
        prepare(folder / path);
    }
    try {
        std::deque<PendingFile> pending;
        for (const auto &[path, content] : files) {
            pending.emplace_back(folder / path, content);
        }
        for (PendingFile &file : pending) {
            file.rename();
        }
    } catch (const Error &error) {
        throw Error(std::string(error.what()) + way_out);
    }
}

}  // namespace ingot
