// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <span>
#include <vector>

namespace ingot {

/// Brings weights from ONNX's order ([co, ci / groups, kh, kw]; gemm [co, ci]) into that of `spec.weights`; those
/// of Winograd are transformed in double and rounded once.
std::vector<float> pack_weights(const KernelSpec &spec, std::span<const float> weights);

/// The bias [co], filled up with zeros as `spec.weights` asks for.
std::vector<float> pack_bias(const KernelSpec &spec, std::span<const float> bias);

/// Weights of a gemm over a picture: from [co, c, h, w], a flattened NCHW tensor, to [co, h, w, c].
std::vector<float> flatten_nhwc(std::span<const float> weights, int64_t co, int64_t c, int64_t h, int64_t w);

}  // namespace ingot
