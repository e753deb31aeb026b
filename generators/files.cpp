// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/files.h"
#include "spec/error.h"
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <unistd.h>
#include <utility>

namespace ingot {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const fs::path &file, const std::string &reason) {
    throw Error(file.string() + ": cannot be written: " + reason);
}

/// A device or a pipe, perhaps behind a link.
bool is_device(const fs::path &file) {
    std::error_code ignored;
    return fs::is_other(file, ignored);
}

/// What a link names, whether it is there or not; `file` itself where it is none.
fs::path behind_link(const fs::path &file) {
    std::error_code ignored;
    if (!fs::is_symlink(file, ignored)) {
        return file;
    }
    const fs::path target = file.parent_path() / fs::read_symlink(file);
    return fs::exists(target, ignored) ? fs::canonical(target) : target;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    if (error) {
        throw Error("no temporary folder: " + error.message() + "; set TMPDIR to a folder of yours");
    }
    std::string pattern = (parent / "ingot-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw Error("no temporary folder in " + parent.string() + ": " + std::strerror(errno) +
                    "; set TMPDIR to a folder of yours");
    }
    path_ = pattern;
}

TemporaryDirectory::TemporaryDirectory(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::create_directory(path_, error);
    if (error) {
        refuse(path_, error.message());
    }
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory &&other) noexcept
    : path_(std::exchange(other.path_, fs::path())) {}

fs::path name_beside(const fs::path &path) {
    std::random_device random;
    std::string suffix = ".part";
    for (int i = 0; i < 16; ++i) {
        suffix += "0123456789abcdef"[random() % 16];
    }
    return path.string() + suffix;
}

PendingFile::PendingFile(fs::path place, std::string_view content)
    : place_(std::move(place)), beside_(name_beside(place_)) {
    std::ofstream out(beside_, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
        const int reason = errno;
        std::error_code ignored;
        fs::remove(beside_, ignored);
        refuse(place_, std::strerror(reason));
    }
}

PendingFile::~PendingFile() {
    std::error_code ignored;
    fs::remove(beside_, ignored);
}

void PendingFile::rename() {
    std::error_code error;
    fs::rename(beside_, place_, error);
    if (error) {
        refuse(place_, error.message());
    }
}

void write_file(const fs::path &file, std::string_view content) {
    if (!is_device(file)) {
        PendingFile(behind_link(file), content).rename();
        return;
    }
    std::ofstream out(file, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
        refuse(file, std::strerror(errno));
    }
}

void check_file_writable(const fs::path &file) {
    if (!is_device(file)) {
        const PendingFile removed(behind_link(file), "");
    } else if (access(file.c_str(), W_OK) != 0) {
        refuse(file, std::strerror(errno));
    }
}

std::string read_file(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::string content;
    std::array<char, 1 << 16> block{};
    while (in) {
        in.read(block.data(), block.size());
        content.append(block.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) {
        throw Error(file.string() + ": cannot be read: " + std::strerror(errno));
    }
    return content;
}

}  // namespace ingot
