// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/ptxas.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include "spec/text.h"
#include <cstdlib>
#include <regex>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> ptxas_places() {
    std::vector<fs::path> places;
    const char *path = std::getenv("PATH");
    for (std::string_view folder : split(path == nullptr ? "" : path, ':')) {
        if (!folder.empty()) {
            places.push_back(fs::path(folder) / "ptxas");
        }
    }
    if (const char *home = std::getenv("CUDA_HOME"); home != nullptr && *home != '\0') {
        places.push_back(fs::path(home) / "bin" / "ptxas");
    }
    places.emplace_back("/usr/local/cuda/bin/ptxas");
    return places;
}

int number_before(const std::string &text, const char *words) {
    std::smatch match;
    const std::regex pattern("([0-9]+) " + std::string(words));
    return std::regex_search(text, match, pattern) ? std::stoi(match[1]) : 0;
}

}  // namespace

fs::path find_ptxas() {
    if (const char *set = std::getenv("INGOT_PTXAS"); set != nullptr && *set != '\0') {
        if (access(set, X_OK) != 0) {
            throw Error("INGOT_PTXAS=" + std::string(set) +
                        " is no program; set it to the ptxas of NVIDIA's CUDA "
                        "toolkit, or take a target of PTX alone such as cuda-compute_86");
        }
        return set;
    }
    for (const fs::path &place : ptxas_places()) {
        if (access(place.c_str(), X_OK) == 0) {
            return place;
        }
    }
    throw Error("machine code for CUDA needs ptxas, which is not found; install NVIDIA's CUDA toolkit or set "
                "INGOT_PTXAS, or take a target of PTX alone such as cuda-compute_86");
}

std::string ptxas_version() {
    const std::string printed = run_command({find_ptxas().string(), "--version"}, "/");
    std::smatch match;
    return std::regex_search(printed, match, std::regex("V[0-9.]+")) ? match[0].str() : printed;
}

CudaResources run_ptxas(const std::string &ptx, int sm, const fs::path &cubin, int max_registers) {
    const TemporaryDirectory folder;
    write_file(folder.path() / "kernel.ptx", ptx);
    std::vector<std::string> command = {find_ptxas().string(), "-v", "-arch=sm_" + std::to_string(sm)};
    if (max_registers != 0) {
        command.push_back("-maxrregcount=" + std::to_string(max_registers));
    }
    command.insert(command.end(), {"-o", fs::absolute(cubin).string(), "kernel.ptx"});
    const std::string printed = run_command(command, folder.path());
    CudaResources resources;
    resources.registers = number_before(printed, "registers");
    resources.stack_bytes = number_before(printed, "bytes stack frame");
    resources.spill_bytes =
        number_before(printed, "bytes spill stores") + number_before(printed, "bytes spill loads");
    resources.shared_bytes = number_before(printed, "bytes smem");
    return resources;
}

}  // namespace ingot
