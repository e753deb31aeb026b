// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/cuda_object.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include "spec/text.h"
#include <cstdlib>
#include <regex>
#include <sstream>
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

void write_table(std::ostream &out, const CudaLaunch &launch, const Target &target, const std::string &symbol) {
    const bool has_cubin = target.sm != 0;
    // The layout of ingot_cuda_kernel in ingot/plan.h; see the test of the two.
    out << ".section .data.rel.ro.local,\"aw\",@progbits\n.balign 8\n.globl " << symbol << "_cuda\n.type " << symbol
        << "_cuda, @object\n"
        << symbol << "_cuda:\n.quad .Lentry\n.quad .Lptx\n.quad " << (has_cubin ? ".Lcubin" : "0") << "\n.quad "
        << (has_cubin ? ".Lcubin_end - .Lcubin" : "0") << "\n.quad .Larguments\n.long " << launch.arguments.size()
        << "\n.long " << launch.grid_x.add << ", " << launch.grid_x.divide << "\n.long " << launch.grid_y << ", "
        << launch.grid_z << "\n";
    for (int extent : launch.block) {
        out << ".long " << extent << "\n";
    }
    out << ".long " << launch.shared_bytes << "\n.long " << target.sm << ", " << target.compute << "\n.balign 8\n"
        << ".size " << symbol << "_cuda, . - " << symbol << "_cuda\n";
    out << ".section .rodata." << symbol << ",\"a\",@progbits\n.balign 4\n.Larguments:\n";
    for (const CudaArgument &argument : launch.arguments) {
        out << ".long " << argument.operand << ", " << argument.number.add << ", " << argument.number.divide
            << "\n";
    }
    out << ".Lentry:\n.asciz \"" << launch.entry << "\"\n.Lptx:\n.incbin \"kernel.ptx\"\n.byte 0\n";
    if (has_cubin) {
        out << ".balign 64\n.Lcubin:\n.incbin \"kernel.cubin\"\n.Lcubin_end:\n";
    }
    out << ".section .note.GNU-stack,\"\",%progbits\n";
}

}  // namespace

fs::path find_ptxas() {
    if (const char *set = std::getenv("INGOT_PTXAS"); set != nullptr && *set != '\0') {
        if (access(set, X_OK) != 0) {
            throw Error("INGOT_PTXAS=" + std::string(set) + " is no program");
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

KernelFacts write_cuda_object(const CudaLaunch &launch, const Target &target, const std::string &symbol,
                              const fs::path &object) {
    const TemporaryDirectory folder;
    const fs::path cubin = folder.path() / "kernel.cubin";
    KernelFacts facts;
    CudaResources &resources = facts.cuda.emplace();
    facts.code_bytes = static_cast<int64_t>(launch.ptx.size() + 1);
    if (target.sm != 0) {
        resources = run_ptxas(launch.ptx, target.sm, cubin);
        facts.code_bytes += static_cast<int64_t>(fs::file_size(cubin));
    }
    resources.shared_bytes += launch.shared_bytes;
    resources.threads = launch.block[0] * launch.block[1] * launch.block[2];
    resources.arguments = static_cast<int>(launch.arguments.size());
    write_file(folder.path() / "kernel.ptx", launch.ptx);
    std::ostringstream assembly;
    write_table(assembly, launch, target, symbol);
    write_file(folder.path() / "kernel.s", assembly.str());
    std::vector<std::string> assemble = c_compiler();
    assemble.insert(assemble.end(), {"-c", "kernel.s", "-o", fs::absolute(object).string()});
    run_command(assemble, folder.path());
    return facts;
}

}  // namespace ingot
