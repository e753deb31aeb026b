// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs and outputs as an application holds them.
#pragma once
#include "compiler/graph.h"
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// How an application holds a float32 input of the model. The model reads
///
///     (element * scale - mean[c]) / std[c]
///
/// of an element in channel c, dimension 1 of the model's own order.
struct InputFormat {
    std::string name;
    DataType type = DataType::f32;  ///< or u8
    bool nhwc = false;              ///< [n, h, w, c] in place of the model's [n, c, h, w]
    double scale = 1.0;
    std::vector<double> mean, std;  ///< one number, or one per channel; empty: 0 and 1
};

/// How an application holds an output of the model.
struct OutputFormat {
    std::string name;
    bool nhwc = false;
};

/// `image:uint8,nhwc,scale=1/255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225`: behind the name and the last colon,
/// in any order, float32 (default) or uint8, nchw (default) or nhwc, and the numbers. Throws Error.
InputFormat parse_input_format(std::string_view text);

/// `mask=nhwc`; nchw is the model's own order. Throws Error.
OutputFormat parse_output_format(std::string_view text);

/// Lets the graph's inputs and outputs be what the formats say: nodes in front and behind turn them into what the
/// model reads and writes. To be called before the passes, which fuse those nodes into others. Throws Error where
/// the model has no such input or output, or one that cannot be held so.
void apply_formats(Graph &graph, const std::vector<InputFormat> &inputs, const std::vector<OutputFormat> &outputs);

}  // namespace ingot
