// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/tuned_folder.h"
#include "compiler/library/write_files.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "schedules/list.h"
#include "spec/error.h"
#include <algorithm>

namespace ingot {

namespace fs = std::filesystem;

std::optional<fs::path> source_tuned_folder() {
    const fs::path folder = share_directory() / "tuned";
    return fs::is_directory(folder) ? std::optional(fs::canonical(folder)) : std::nullopt;
}

TunedFolder::TunedFolder(fs::path folder) : folder_(std::move(folder)) {
    check_writable(folder_);
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
        throw Error(folder_.string() + ": cannot be made: " + error.message() + "; choose another folder with -o");
    }
    for (const Algorithm &algorithm : algorithms()) {
        (void)read(algorithm.op);
    }
}

fs::path TunedFolder::file_of(Op op) const {
    return folder_ / (std::string(to_text(op)) + ".csv");
}

std::vector<TunedRow> TunedFolder::read(Op op) const {
    const fs::path file = file_of(op);
    return fs::exists(file) ? parse_tuned(read_file(file), file.string()) : std::vector<TunedRow>();
}

bool TunedFolder::has(const KernelSpec &spec, const Target &target, const std::string &cpu) const {
    const std::vector<TunedRow> rows = read(spec.op);
    return std::any_of(rows.begin(), rows.end(), [&](const TunedRow &row) {
        return row.target == target.name && row.cpu == cpu && shape_text(row.spec) == shape_text(spec);
    });
}

void TunedFolder::put(const TunedRow &row) const {
    std::vector<TunedRow> rows = read(row.spec.op);
    insert_tuned(rows, row);
    write_file(file_of(row.spec.op), tuned_text(rows));
}

}  // namespace ingot
