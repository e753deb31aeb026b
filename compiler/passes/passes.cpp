// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include <algorithm>

namespace ingot {

bool append_epilogue(std::vector<Call> &epilogue, const std::vector<Call> &added) {
    std::vector<Call> appended = epilogue;
    for (const Call &step : added) {
        if (step == Call{Function::relu} && !appended.empty() && appended.back() == step) {
            continue;
        }
        const auto is_alike = [&](const Call &call) { return call.function == step.function; };
        if ((step.function == Function::relu || reads_tensor(step.function)) &&
            std::any_of(appended.begin(), appended.end(), is_alike)) {
            return false;
        }
        appended.push_back(step);
    }
    epilogue = std::move(appended);
    return true;
}

// Constants first, since shapes, weights and clips come out of them; then what is not there or there twice. Nodes
// that only order elements are gathered and moved out of the way before functions are merged across them. Products
// become gemms, and expressions are merged and named, before constants fold into layers, since a folded factor
// hides the function that it belongs to; a Pad folds before a shift does, which needs to know of it. What is left
// goes into epilogues, then a pool behind them, and last the order of a flatten.
const std::vector<Pass> &all_passes() {
    static const std::vector<Pass> passes{
        {"fold_constants", fold_constants},
        {"remove_dead_code", remove_dead_code},
        {"common_subexpressions", common_subexpressions},
        {"simplify_views", simplify_views},
        {"share_concat_prefix", share_concat_prefix},
        {"space_to_depth", space_to_depth},
        {"move_transposes", move_transposes},
        {"pool_to_reduce", pool_to_reduce},
        {"matmul_to_gemm", matmul_to_gemm},
        {"move_maps", move_maps},
        {"narrow_constants", narrow_constants},
        {"merge_maps", merge_maps},
        {"recognise_functions", recognise_functions},
        {"join_parts", join_parts},
        {"fold_pad", fold_pad},
        {"fold_affine", fold_affine},
        {"fuse_epilogue", fuse_epilogue},
        {"merge_into_reductions", merge_into_reductions},
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
