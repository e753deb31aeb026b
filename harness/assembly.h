// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

namespace ingot {

/// What an innermost loop of a kernel consists of.
struct InnerLoop {
    std::string label;
    int instructions = 0;
    int multiply_adds = 0;  ///< vector FMAs; without FMA, vector multiplications
    int vector_spills = 0;  ///< spills and reloads of vector registers
    int vector_stores = 0;  ///< stores of vector registers, spills included
};

/// The innermost loops of a kernel's assembly, as LLVM prints x86: a label and the jump back to it with no other
/// such pair between them. Spills are LLVM's own annotations (`# 64-byte Spill`).
std::vector<InnerLoop> inner_loops(const std::string &assembly);

}  // namespace ingot
