// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/plan_builder.h"
#include "compiler/lowering/node_kernel.h"
#include "compiler/lowering/pack_weights.h"
#include "compiler/lowering/picture_operand.h"
#include "spec/error.h"

namespace ingot {

namespace {

Step step_of(const std::string &name, const KernelSpec &spec, const Chosen &chosen) {
    Step step;
    step.name = name;
    step.spec = spec;
    step.choice = chosen.choice;
    step.why = chosen.why;
    step.second = chosen.second;
    return step;
}

/// The input behind the weights that a step of the epilogue reads.
std::optional<ValueId> input_of(const Node &node, const KernelSpec &spec, Function function) {
    std::size_t next = 2;
    for (const Call &call : spec.epilogue) {
        if (call.function == function) {
            return node.inputs[next];
        }
        next += reads_tensor(call.function) ? 1 : 0;
    }
    return std::nullopt;
}

}  // namespace

void PlanBuilder::add_picture_step(std::span<const std::size_t> nodes, KernelSpec spec, int64_t batch,
                                   const Chosen &chosen) {
    const Node &first = graph_.nodes[nodes.front()], &last = graph_.nodes[nodes.back()];
    const bool is_rows = spec.op == Op::gemm;
    const auto read = [&](const Node &node, ValueId id) {
        const auto operand =
            is_rows ? rows_operand(graph_, placement_, id) : picture_operand(graph_, placement_, id);
        INGOT_CHECK(operand.has_value(),
                    to_text(node.origin) + ": cannot read where " + quote(graph_.value(id).name) + " lies");
        return *operand;
    };
    const bool is_flat = !is_rows && graph_.value(first.inputs[0]).shape.size() != 4;
    const std::optional<std::size_t> adding = spec.adding_layer();
    const PictureOperand src = is_flat ? flat_operand(first.inputs[0]) : read(first, first.inputs[0]);
    const PictureOperand dst = is_rows   ? written_rows_operand(graph_, placement_, last.output)
                               : is_flat ? flat_operand(last.output)
                                         : read(last, last.output);
    KernelSpec &reader = spec.layers.empty() ? spec : spec.layers.front();
    KernelSpec &writer = spec.layers.empty() ? spec : spec.layers.back();
    spec.src = reader.src = src.operand;
    spec.dst = writer.dst = dst.operand;
    std::optional<ValueId> added;
    int64_t added_offset = 0;
    if (adding) {
        KernelSpec &layer = spec.layers.empty() ? spec : spec.layers[*adding];
        const Node &node = graph_.nodes[nodes[*adding]];
        added = input_of(node, layer, Function::add);
        const PictureOperand operand = read(node, added.value());
        layer.add = operand.operand;
        added_offset = operand.offset;
    }
    Step step = step_of(step_name(graph_, nodes), spec, chosen);
    step.batch = batch;
    for (const KernelBuffer &buffer : kernel_buffers(spec)) {
        if (buffer.name == "src") {
            step.operands.push_back(view(first.inputs[0], src.offset, buffer));
        } else if (buffer.name == "dst") {
            step.operands.push_back(view(last.output, dst.offset, buffer));
        } else if (buffer.name == "add") {
            step.operands.push_back(view(*added, added_offset, buffer));
        } else {
            step.operands.push_back(constant_of(nodes, spec, buffer));
        }
    }
    plan_.steps.push_back(std::move(step));
}

/// On CUDA a ReLU of another rank is that of a row.
PictureOperand PlanBuilder::flat_operand(ValueId id) const {
    const Place &place = placement_.place(id);
    return {{}, placement_.buffer(place.root).origin() + place.offset};
}

void PlanBuilder::add_tensor_step(const Node &node, const TensorKernel &kernel, const Chosen &chosen) {
    Step step = step_of(node.origin.name, kernel.spec, chosen);
    const std::vector<KernelBuffer> buffers = kernel_buffers(kernel.spec);
    for (std::size_t i = 0; i < kernel.sources.size(); ++i) {
        step.operands.push_back(tensor_operand(kernel.sources[i], kernel.spec.views[i].type, buffers[i]));
    }
    if (const auto *resample = std::get_if<Resample>(&node.operation)) {
        step.operands.push_back({Region::weights, 0, blob_.add(resample->index), buffers[1]});
        if (resample->taps > 1) {
            step.operands.push_back({Region::weights, 0, blob_.add(resample->weights), buffers[2]});
        }
    }
    step.operands.push_back(tensor_operand(kernel.dst, kernel.spec.views.back().type, buffers.back()));
    plan_.steps.push_back(std::move(step));
}

void PlanBuilder::add_dense_copy(const Node &node, const TensorKernel &kernel) {
    Step step;
    step.name = node.origin.name;
    std::vector<KernelBuffer> buffers = kernel_buffers(kernel.spec);
    buffers[0].name = "src";
    step.operands.push_back(tensor_operand(kernel.sources[0], kernel.spec.views[0].type, buffers[0]));
    step.operands.push_back(tensor_operand(kernel.dst, kernel.spec.views[1].type, buffers[1]));
    plan_.steps.push_back(std::move(step));
}

void PlanBuilder::add_flat_step(const Node &node, const KernelSpec &spec, const Chosen &chosen) {
    Step step = step_of(node.origin.name, spec, chosen);
    for (const KernelBuffer &buffer : kernel_buffers(spec)) {
        step.operands.push_back(view(buffer.name == "src" ? node.inputs[0] : node.output, 0, buffer));
    }
    plan_.steps.push_back(std::move(step));
}

void PlanBuilder::add_chain_step(const Chain &chain) {
    const Node &first = graph_.nodes[chain.nodes.front()], &last = graph_.nodes[chain.nodes.back()];
    Step step = step_of(step_name(graph_, chain.nodes), chain.spec, chain.chosen);
    step.batch = chain.batch;
    for (const KernelBuffer &buffer : kernel_buffers(chain.spec)) {
        if (buffer.name == "src" || buffer.name == "dst") {
            step.operands.push_back(view(buffer.name == "src" ? first.inputs[0] : last.output, 0, buffer));
        } else {
            step.operands.push_back(constant_of(chain.nodes, chain.spec, buffer));
        }
    }
    plan_.steps.push_back(std::move(step));
}

StepOperand PlanBuilder::tensor_operand(const TensorRead &tensor, DataType type, const KernelBuffer &buffer) {
    if (tensor.constant) {
        return {Region::weights, 0, blob_.add(*tensor.constant, type), buffer};
    }
    const Place &place = placement_.place(tensor.value);
    const int64_t first = placement_.buffer(place.root).origin() + tensor.offset;
    return view(tensor.value, first - buffer.origin, buffer);
}

StepOperand PlanBuilder::constant_of(std::span<const std::size_t> nodes, const KernelSpec &spec,
                                     const KernelBuffer &buffer) {
    if (spec.layers.empty()) {
        return constant(graph_.nodes[nodes.front()], spec, buffer);
    }
    const std::size_t digits = buffer.name.find_first_of("0123456789");
    const std::size_t layer = std::stoul(buffer.name.substr(digits));
    KernelBuffer named = buffer;
    named.name = buffer.name.substr(0, digits);
    StepOperand operand = constant(graph_.nodes[nodes[layer]], spec.layers[layer], named);
    operand.buffer.name = buffer.name;
    return operand;
}

StepOperand PlanBuilder::constant(const Node &node, const KernelSpec &spec, const KernelBuffer &buffer) {
    const bool is_weights = buffer.name == "weights";
    const ValueId id = is_weights
                           ? node.inputs[1]
                           : input_of(node, spec, buffer.name == "bias" ? Function::bias : Function::prelu).value();
    const Value &value = graph_.value(id);
    INGOT_CHECK(value.constant.has_value(), value.name + " is no constant");
    if (!is_weights) {
        return {Region::weights, 0, blob_.add(pack_bias(spec, *value.constant)), buffer};
    }
    // Weights of a gemm that reads a picture follow the order in which the picture lies in memory.
    const bool is_permuted =
        std::holds_alternative<Gemm>(node.operation) && lies_nhwc(graph_, placement_, node.inputs[0]);
    const Shape4 shape = shape4(graph_.value(node.inputs[0]));
    const std::vector<float> packed =
        is_permuted ? pack_weights(spec, flatten_nhwc(*value.constant, value.shape[0], shape.c, shape.h, shape.w))
                    : pack_weights(spec, *value.constant);
    return {Region::weights, 0, blob_.add(packed, buffer.type), buffer};
}

StepOperand PlanBuilder::view(ValueId id, int64_t offset, const KernelBuffer &buffer) {
    const ValueId root = placement_.place(id).root;
    const Buffer &memory = placement_.buffer(root);
    const int64_t bytes = offset * byte_size(memory.type);
    if (memory.region == Region::arena) {
        arena_.use(root, static_cast<int>(plan_.steps.size()), memory);
        return {Region::arena, root, bytes, buffer};
    }
    return {memory.region, memory.index, bytes, buffer};
}

}  // namespace ingot
