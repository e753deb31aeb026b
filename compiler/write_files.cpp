// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/write_files.h"
#include "spec/error.h"
#include <cerrno>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path &path, const std::string &reason) {
    throw Error(path.string() + ": cannot be written: " + reason + "; choose another folder with -o");
}

/// Files beside their places; those that nothing has renamed go with this object.
class Parts {
public:
    ~Parts() {
        std::error_code ignored;
        for (const auto &[part, path] : parts_) {
            fs::remove(part, ignored);
        }
    }
    void add(const fs::path &path, const std::string &content) {
        std::error_code error;
        fs::create_directories(path.parent_path(), error);
        if (error) {
            refuse(path.parent_path(), error.message());
        }
        if (fs::is_directory(path, error)) {
            refuse(path, "a folder is in its place");
        }
        const fs::path part = path.string() + ".part" + std::to_string(getpid());
        parts_.emplace_back(part, path);
        std::ofstream out(part, std::ios::binary);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.close();
        if (!out) {
            refuse(path, std::strerror(errno));
        }
    }
    void rename() {
        for (const auto &[part, path] : parts_) {
            std::error_code error;
            fs::rename(part, path, error);
            if (error) {
                refuse(path, error.message());
            }
        }
    }

private:
    std::vector<std::pair<fs::path, fs::path>> parts_;
};

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
    Parts parts;
    for (const auto &[path, content] : files) {
        parts.add(folder / path, content);
    }
    parts.rename();
}

}  // namespace ingot
