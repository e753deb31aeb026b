// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "tests/graph_builder.h"
#include <map>
#include <optional>
#include <random>

namespace ingot::test {

using Shape = std::vector<int64_t>;

/// Every element is a multiple of `grain`, a power of two, within +-`bound`.
struct Range {
    double bound = 0, grain = 1;
};

/// Builds graphs at random whose values float holds exactly, whatever order sums are computed in: all within 2^20
/// times their grain, and few of them.
class ExactGraphBuilder : public GraphBuilder {
public:
    explicit ExactGraphBuilder(uint64_t seed) : random_(seed) {}

    uint64_t random() { return random_(); }
    /// A number below `end`, or of first to last.
    int64_t below(int64_t end) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(end)); }
    int64_t between(int64_t first, int64_t last) { return first + below(last - first + 1); }

    [[nodiscard]] const Shape &shape_of(ValueId id) const { return graph.value(id).shape; }
    [[nodiscard]] int64_t size_of(ValueId id) const { return graph.value(id).size(); }
    [[nodiscard]] Range range_of(ValueId id) const { return ranges_.at(id); }
    [[nodiscard]] static bool is_exact(Range range) { return range.bound / range.grain <= 1 << 20; }
    [[nodiscard]] static bool is_small(const Shape &shape) { return reference::product(shape) <= 4096; }

    /// Adds a node whose result has this range, if it is exact. `shape` is that of a result which says it itself.
    std::optional<ValueId> add(const std::string &name, Operation operation, const std::vector<ValueId> &inputs,
                               Range range, const Shape &shape = {}) {
        if (!is_exact(range)) {
            return std::nullopt;
        }
        return keep(node(name, std::move(operation), inputs, shape), range);
    }
    /// Remembers the range of a value.
    ValueId keep(ValueId id, Range range) {
        ranges_[id] = range;
        return id;
    }
    /// A constant of small integers.
    ValueId small_integers(const std::string &name, const Shape &shape) {
        return keep(integers(name, shape, random()), {2, 1});
    }
    /// Random integers of the graph's inputs, `batch` times.
    std::vector<reference::Tensor<double>> random_inputs(int64_t batch) {
        std::vector<reference::Tensor<double>> tensors;
        for (const ValueId id : graph.inputs) {
            Shape shape = shape_of(id);
            shape[0] *= batch;
            tensors.push_back(reference::make_tensor<double>(shape));
            for (double &element : tensors.back().data) {
                element = static_cast<double>(between(-3, 3));
            }
        }
        return tensors;
    }

private:
    std::mt19937_64 random_;
    std::map<ValueId, Range> ranges_;
};

}  // namespace ingot::test
