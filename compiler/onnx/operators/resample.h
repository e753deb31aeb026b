// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nodes that pick, repeat or mix elements along the dimensions of a tensor, in the cheapest operation that does it.
#pragma once
#include "compiler/onnx/builder.h"
#include <optional>
#include <string_view>

namespace ingot {

/// What an element of a result is along one dimension: the sum over t of weights[t * count + i] * src[index[t *
/// count
/// + i]], as Resample has it; without weights one element.
struct ResampleTable {
    int64_t taps = 1;
    std::vector<int32_t> index;
    std::vector<float> weights;
};

/// `src` resampled along every dimension that has a table: a Slice where elements are evenly spaced, an Expand
/// where each is repeated as often, else a Resample each. Throws Refusal where the tables are too large.
ValueId add_resamples(OnnxBuilder &builder, ValueId src, std::vector<std::optional<ResampleTable>> tables);

/// The elements `index` of `src` along `axis`.
ValueId add_selection(OnnxBuilder &builder, ValueId src, std::size_t axis, std::vector<int32_t> index);

/// `src` with each element (`elementwise`), or the whole of it, repeats[i] times along dimension i.
ValueId add_repeats(OnnxBuilder &builder, ValueId src, const std::vector<int64_t> &repeats, bool elementwise);

/// A Slice from `starts` on by `steps`, with a result of `shape`; `src` itself where that is all of it.
ValueId add_slice(OnnxBuilder &builder, ValueId src, std::vector<int64_t> starts, std::vector<int64_t> steps,
                  std::vector<int64_t> shape);

}  // namespace ingot
