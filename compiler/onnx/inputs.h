// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/model.h"
#include <map>
#include <variant>

namespace ingot {

/// The shape of an input: what the file says, what `asked` adds to it, and 1 for a first dimension that neither
/// fixes (the batch). A problem where another dimension is left open or the two contradict each other.
std::variant<std::vector<int64_t>, OnnxProblem> resolve_shape(const OnnxInput &input,
                                                              const std::vector<int64_t> *asked);

/// Why shapes are asked for that no input has, one problem each; `inputs` leaves initializers out.
std::vector<OnnxProblem> unknown_shapes(const std::vector<const OnnxInput *> &inputs, const ImportOptions &options);

}  // namespace ingot
