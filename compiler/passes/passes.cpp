// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"

namespace ingot {

void append_epilogue(std::vector<Call> &epilogue, const std::vector<Call> &added) {
    const Call relu{Function::relu};
    for (const Call &step : added) {
        if (step != relu || epilogue.empty() || epilogue.back() != relu) {
            epilogue.push_back(step);
        }
    }
}

const std::vector<Pass> &all_passes() {
    static const std::vector<Pass> passes{
        {"fold_constants", fold_constants},
        {"remove_dead_code", remove_dead_code},
        {"fuse_epilogue", fuse_epilogue},
        {"fuse_conv_pool", fuse_conv_pool},
        {"flatten_into_weights", flatten_into_weights},
    };
    return passes;
}

void run_passes(Graph &graph, const std::function<bool(std::string_view pass)> &enabled) {
    for (const Pass &pass : all_passes()) {
        if (!enabled || enabled(pass.name)) {
            pass.run(graph);
            verify(graph);
        }
    }
}

}  // namespace ingot
