// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The supported ONNX operators by family, a file each. A function converts one operator; it reads all attributes
// before it reads inputs, so that they are checked even where a node before it was refused.
#pragma once
#include "compiler/onnx/builder.h"

namespace ingot {

const std::vector<OnnxOperator> &activation_operators();
const std::vector<OnnxOperator> &control_operators();
const std::vector<OnnxOperator> &convolution_operators();
const std::vector<OnnxOperator> &elementwise_operators();
const std::vector<OnnxOperator> &indexing_operators();
const std::vector<OnnxOperator> &matrix_operators();
const std::vector<OnnxOperator> &movement_operators();
const std::vector<OnnxOperator> &normalization_operators();
const std::vector<OnnxOperator> &padding_operators();
const std::vector<OnnxOperator> &pooling_operators();
const std::vector<OnnxOperator> &reduction_operators();
const std::vector<OnnxOperator> &resize_operators();
const std::vector<OnnxOperator> &selection_operators();
const std::vector<OnnxOperator> &shape_operators();
const std::vector<OnnxOperator> &softmax_operators();
const std::vector<OnnxOperator> &table_operators();
const std::vector<OnnxOperator> &transposed_convolution_operators();

}  // namespace ingot
