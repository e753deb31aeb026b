// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/mca.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <nlohmann/json.hpp>

namespace ingot {

namespace {

/// So many that filling the pipeline does not count.
constexpr int iterations = 500;

std::string cpu_of(const Target &target) {
    return target.vector_bytes == 64 ? "skylake-avx512" : target.vector_bytes == 32 ? "haswell" : "nehalem";
}

}  // namespace

std::optional<double> mca_cycles(const std::string &text, const Target &target) {
    const TemporaryDirectory folder;
    write_file(folder.path() / "loop.s", text);
    try {
        run_command({"llvm-mca", "-mtriple=x86_64", "-mcpu=" + cpu_of(target),
                     "-iterations=" + std::to_string(iterations), "-json", "-o=mca.json", "loop.s"},
                    folder.path());
        const auto json = nlohmann::json::parse(read_file(folder.path() / "mca.json"));
        return json.at("CodeRegions").at(0).at("SummaryView").at("TotalCycles").get<double>() / iterations;
    } catch (const Error &) {
        return std::nullopt;
    } catch (const nlohmann::json::exception &) {
        return std::nullopt;
    }
}

}  // namespace ingot
