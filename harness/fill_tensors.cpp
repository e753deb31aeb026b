// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/fill_operands.h"
#include "reference/tensor_kernel.h"
#include "spec/tensor_spec.h"
#include <algorithm>
#include <cmath>

namespace ingot {

namespace {

using reference::Tensor;

double random_element(DataType type, Values values, int range, std::mt19937 &random) {
    switch (type) {
    case DataType::f32:
        return random_number(values, range, random);
    case DataType::u8:
        return std::abs(random_number(Values::integers, range, random));
    case DataType::boolean:
        return std::max(0.0, random_number(Values::integers, 1, random));
    default:
        return random_number(Values::integers, range, random);
    }
}

void fill(GuardedMemory &memory, Values values, int range, std::mt19937 &random) {
    for (int64_t i = 0; i < memory.buffer().elements; ++i) {
        memory.store(i, random_element(memory.buffer().type, values, range, random));
    }
}

/// What a view sees of its memory, an extent of 1 where it is the same along a dimension.
Tensor<double> seen(const KernelSpec &spec, std::size_t index, const GuardedMemory &memory) {
    const std::vector<int64_t> &strides = spec.views[index].strides;
    std::vector<int64_t> shape = view_extents(spec, index);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        shape[i] = strides[i] == 0 ? 1 : shape[i];
    }
    Tensor<double> tensor{shape, {}};
    reference::for_each_position(shape, [&](const std::vector<int64_t> &position) {
        int64_t offset = memory.buffer().origin;
        for (std::size_t i = 0; i < position.size(); ++i) {
            offset += position[i] * strides[i];
        }
        tensor.data.push_back(memory.load(offset));
    });
    return tensor;
}

}  // namespace

reference::Bounded<double> fill_tensors(const KernelSpec &spec, Values values, std::mt19937 &random,
                                        std::vector<GuardedMemory> &memory) {
    // A product of whole numbers stays whole where most are -1, 0 and 1.
    const int range = spec.op == Op::reduce && spec.reduction == Reduction::product ? 1 : 8;
    std::vector<Tensor<double>> sources;
    for (std::size_t i = 0; i + 1 < spec.views.size(); ++i) {
        fill(memory[i], values, range, random);
        sources.push_back(seen(spec, i, memory[i]));
    }
    reference::ResampleTables tables;
    for (GuardedMemory &table : memory) {
        for (int64_t i = 0; i < table.buffer().elements; ++i) {
            if (table.buffer().name == "index") {
                const auto last = static_cast<int>(spec.extent) - 1;
                table.store(i, std::uniform_int_distribution<int>(0, last)(random));
                tables.index.push_back(static_cast<int32_t>(table.load(i)));
            } else if (table.buffer().name == "weights") {
                table.store(i, random_number(values, 2, random));
                tables.weights.push_back(static_cast<float>(table.load(i)));
            }
        }
    }
    return reference::run_tensor_kernel(spec, sources, tables);
}

}  // namespace ingot
