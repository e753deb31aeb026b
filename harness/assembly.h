// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ingot {

/// What an innermost loop of a kernel consists of.
struct InnerLoop {
    std::string label;
    int instructions = 0;
    int multiply_adds = 0;  ///< vector FMAs; without FMA, vector multiplications
    int flops = 0;          ///< of these and, without FMA, of as many additions: 2 per lane
    int vector_spills = 0;  ///< vector registers moved to or from a fixed slot of the stack
    int vector_stores = 0;  ///< stores of vector registers, spills included
    bool carries = false;   ///< a register that is added to goes from one iteration into the next
    std::string text;       ///< its lines, from the label to the jump
};

/// The innermost loops of a kernel's assembly, as LLVM prints x86: a label and the jump back to it with no other
/// such pair between them.
std::vector<InnerLoop> inner_loops(const std::string &assembly);

/// Those of the innermost loops whose multiply-adds are a sum over iterations, as one over input channels is; where
/// there is none, since the sum is unrolled completely, all that multiply and add. A transform of Winograd's is a
/// loop that multiplies and adds beside one that sums.
std::vector<InnerLoop> summing_loops(const std::string &assembly);

/// The code of an x86 object file in the form that inner_loops() reads, by `llvm-objdump`. Throws Error.
std::string disassemble(const std::filesystem::path &object);

/// What llvm-objdump prints of an object, with a label (`.L1f:` at address 0x1f) wherever a jump leads to.
std::string assembly_of_objdump(const std::string &printed);

}  // namespace ingot
