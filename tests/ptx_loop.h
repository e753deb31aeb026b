// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What tests read out of the PTX of a kernel.
#pragma once
#include <sstream>
#include <string>

namespace ingot {

/// Instructions of a basic block.
struct PtxLoop {
    int fmas = 0, shared_loads = 0, global_loads = 0;
};

/// The basic block with most multiply-adds: the turn of the loop that sums products.
inline PtxLoop summing_loop(const std::string &ptx) {
    PtxLoop best, block;
    std::istringstream lines(ptx);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("$L")) {
            block = {};
        }
        block.fmas += line.find("\tfma.rn.f32") != std::string::npos ? 1 : 0;
        block.shared_loads += line.find("\tld.shared") != std::string::npos ? 1 : 0;
        block.global_loads += line.find("\tld.global") != std::string::npos ? 1 : 0;
        best = block.fmas >= best.fmas ? block : best;
        if (line.find("\tbra") != std::string::npos) {
            block = {};
        }
    }
    return best;
}

/// PTX for compute capability 8.6 as Halide emits it for 8.0.
inline std::string ptx_of_80(std::string ptx) {
    const auto replace = [&](const std::string &from, const std::string &to) {
        if (const auto at = ptx.find(from); at != std::string::npos) {
            ptx.replace(at, from.size(), to);
        }
    };
    replace(".version 7.1", ".version 7.0");
    replace(".target sm_86", ".target sm_80");
    return ptx;
}

}  // namespace ingot
