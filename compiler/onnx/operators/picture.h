// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sources of operators with windows: 1-D ones run as 2-D ones of a single row.
#pragma once
#include "compiler/onnx/operators/steps.h"
#include "compiler/onnx/window.h"

namespace ingot {

struct Picture {
    ValueId src;     ///< [n, c, h, w]
    Extent2 extent;  ///< h and w
    bool is_row;     ///< of rank 3 in the file: [n, c, w]
};

/// The attribute `group`, not yet checked against the channels.
int64_t read_groups(Attributes &attributes);

/// Input 0, of rank 3 or 4; `window` has to be of two dimensions less.
Picture read_picture(OnnxBuilder &builder, const WindowAttributes &window);

/// The constant weights, input 1, of the picture's rank: [., ., kh, kw].
ValueId read_weights(OnnxBuilder &builder, const Picture &picture);

/// The current operator's result of `operation`, which has the file's rank.
void add_picture_result(OnnxBuilder &builder, const Picture &picture, Operation operation,
                        std::vector<ValueId> inputs, std::vector<int64_t> shape = {});

}  // namespace ingot
