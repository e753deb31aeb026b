// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace ingot {

/// A line per ONNX operator: name, opsets, limits.
std::string operators_text();

/// The page docs/supported_ops.md. `ulp` is the table `op,largest ULP` of the official tests; empty: no such
/// column. Throws Error.
std::string operators_markdown(const std::filesystem::path &ulp);

/// Prints a line per operator of a model: how often, and whether all of its nodes are supported or why not; then
/// what else would be refused. `shapes` are texts of parse_input_shape. Throws Unsuccessful behind it where
/// something would be.
void list_model_operators(const std::filesystem::path &model, const std::vector<std::string> &shapes);

}  // namespace ingot
