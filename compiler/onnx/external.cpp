// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/external.h"
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ingot {

namespace fs = std::filesystem;

namespace {

/// The elements of `bytes` bytes from `offset` on, decoded piece by piece.
std::variant<std::vector<float>, OnnxProblem> read_range(const fs::path &file, const std::string &where,
                                                         int64_t offset, int64_t bytes, DataType type) {
    constexpr int64_t piece = 1 << 20;
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return OnnxProblem{where + ", which cannot be read (" + std::generic_category().message(errno) +
                           "); check its permissions"};
    }
    stream.seekg(offset);
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(bytes / byte_size(type)));
    std::string buffer;
    for (int64_t done = 0; done < bytes; done += piece) {
        buffer.resize(static_cast<std::size_t>(std::min(piece, bytes - done)));
        if (!stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
            return OnnxProblem{where + ", which cannot be read to its end; check the disk"};
        }
        const std::vector<float> elements = decode_elements(type, buffer);
        result.insert(result.end(), elements.begin(), elements.end());
    }
    return result;
}

/// Adds a range to those of a file; false where it overlaps one.
bool add_range(std::map<int64_t, int64_t> &ranges, int64_t begin, int64_t end) {
    const auto next = ranges.lower_bound(begin);
    if ((next != ranges.end() && next->first < end) ||
        (next != ranges.begin() && std::prev(next)->second > begin)) {
        return false;
    }
    ranges.emplace(begin, end);
    return true;
}

}  // namespace

std::variant<fs::path, OnnxProblem> ExternalFiles::find(const std::string &location) const {
    const std::string where = "is stored in " + quote(location);
    if (!folder_) {
        return OnnxProblem{where + " beside a model that is read from memory; read the model from its file"};
    }
    const OnnxProblem outside{where + ", which is outside of the model's folder and not read; move it beside the "
                                      "model and save the model with a relative location"};
    const fs::path relative(location);
    if (location.empty() || location.find('\0') != std::string::npos || relative.is_absolute() ||
        std::find(relative.begin(), relative.end(), "..") != relative.end()) {
        return outside;
    }
    std::error_code error;
    const fs::path root = fs::canonical(folder_->empty() ? "." : *folder_, error);
    const fs::path file = error ? fs::path() : fs::canonical(root / relative, error);
    if (error) {
        return OnnxProblem{where + ", which cannot be read (" + error.message() +
                           "); put the file beside the model"};
    }
    if (std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first != root.end()) {
        return outside;
    }
    if (!fs::is_regular_file(file, error)) {
        return OnnxProblem{where + ", which is not a file but a directory or device; export the model again"};
    }
    return file;
}

std::variant<std::vector<float>, OnnxProblem> ExternalFiles::read(const OnnxExternal &place, DataType type,
                                                                  int64_t count) {
    auto found = find(place.location);
    if (auto *problem = std::get_if<OnnxProblem>(&found)) {
        return std::move(*problem);
    }
    const fs::path &file = std::get<fs::path>(found);
    const std::string where = "is stored in " + quote(place.location);
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    const auto file_bytes = error ? int64_t{0} : static_cast<int64_t>(size);
    const int64_t bytes = count * byte_size(type);
    if (place.offset < 0 || place.offset > file_bytes || place.length.value_or(0) < 0 ||
        place.length.value_or(0) > file_bytes - place.offset) {
        return OnnxProblem{where + " at byte " + std::to_string(place.offset) +
                           (place.length ? " with " + std::to_string(*place.length) + " bytes" : "") +
                           ", but the file has " + std::to_string(file_bytes) +
                           " bytes; copy it again or export the model again"};
    }
    const int64_t length = place.length.value_or(file_bytes - place.offset);
    if (length != bytes) {
        return OnnxProblem{where + " with " + std::to_string(length) + " bytes, its shape needs " +
                           std::to_string(bytes) + "; export the model again"};
    }
    if (!add_range(ranges_[file], place.offset, place.offset + bytes)) {
        return OnnxProblem{where + " at bytes that another tensor takes as well; export the model again"};
    }
    return read_range(file, where, place.offset, bytes, type);
}

}  // namespace ingot
