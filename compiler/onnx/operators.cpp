// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include <algorithm>

namespace ingot {

const std::vector<OnnxOperator> &onnx_operators() {
    static const std::vector<OnnxOperator> operators = [] {
        std::vector<OnnxOperator> all;
        for (const auto &family :
             {activation_operators, control_operators, convolution_operators, elementwise_operators,
              indexing_operators, matrix_operators, movement_operators, normalization_operators, padding_operators,
              pooling_operators, reduction_operators, resize_operators, selection_operators, shape_operators,
              softmax_operators, table_operators, transposed_convolution_operators}) {
            all.insert(all.end(), family().begin(), family().end());
        }
        std::sort(all.begin(), all.end(),
                  [](const OnnxOperator &a, const OnnxOperator &b) { return a.name < b.name; });
        return all;
    }();
    return operators;
}

}  // namespace ingot
