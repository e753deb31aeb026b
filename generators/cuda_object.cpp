// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/cuda_object.h"
#include "generators/files.h"
#include "generators/ptxas.h"
#include "generators/toolchain.h"
#include <sstream>

namespace ingot {

namespace fs = std::filesystem;

namespace {

void write_table(std::ostream &out, const CudaLaunch &launch, const Target &target, const std::string &symbol) {
    const bool has_cubin = target.sm != 0;
    // The layout of ingot_cuda_kernel in ingot/plan.h; the runtime asserts it.
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
