// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"

namespace ingot {

namespace {

/// The branch that a constant condition chooses, as exporters leave it behind a Squeeze of an extent that is known
/// at import.
void convert_if(OnnxBuilder &builder, Attributes &attributes) {
    OnnxSubgraph *then_branch = attributes.graph("then_branch"), *else_branch = attributes.graph("else_branch");
    attributes.refuse_others();
    if (then_branch == nullptr || else_branch == nullptr) {
        throw Refusal{"it lacks a branch; export the model again"};
    }
    builder.inline_graph(builder.integer(0, "cond") != 0 ? *then_branch : *else_branch);
}

}  // namespace

const std::vector<OnnxOperator> &control_operators() {
    static const std::vector<OnnxOperator> operators{
        {"If", 1, 1, std::numeric_limits<std::size_t>::max(), convert_if, "cond is constant"},
    };
    return operators;
}

}  // namespace ingot
