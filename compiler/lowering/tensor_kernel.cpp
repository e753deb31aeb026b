// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/tensor_kernel.h"
#include "spec/error.h"
#include <algorithm>
#include <numeric>

namespace ingot {

namespace {

/// A constant's elements in the order in which `dst` lies, with their strides.
std::pair<std::vector<float>, Strides> in_order(const Value &value, const Shape &to, const Strides &dst) {
    const std::size_t shift = to.size() - value.shape.size();
    std::vector<std::size_t> order;
    for (const std::size_t dim : memory_order(to, dst)) {
        if (dim >= shift) {
            order.push_back(dim - shift);
        }
    }
    const Strides strides = dense_strides(value.shape, order);
    const Strides from = row_major_strides(value.shape);
    std::vector<float> data(value.constant->size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        auto rest = static_cast<int64_t>(i);
        int64_t at = 0;
        for (std::size_t d = 0; d < strides.size(); ++d) {
            at += rest / from[d] * strides[d];
            rest %= from[d];
        }
        data[static_cast<std::size_t>(at)] = (*value.constant)[i];
    }
    return {std::move(data), strides};
}

/// Collects the tensors of a kernel over common dimensions.
class KernelBuilder {
public:
    KernelBuilder(const Graph &graph, const Placement &placement, Op op, Shape dims)
        : graph_(graph), placement_(placement) {
        kernel_.spec.op = op;
        loops_.dims = std::move(dims);
    }

    /// A source that broadcasts to the dimensions; `order`: the strides after which a constant is laid out.
    void read(ValueId id, const Strides &order) {
        const Value &value = graph_.value(id);
        TensorRead source{id, 0, std::nullopt};
        Strides strides;
        if (value.constant) {
            auto [data, own] = in_order(value, loops_.dims, order);
            source.constant = std::move(data);
            strides = std::move(own);
        } else {
            source.offset = placement_.place(id).offset;
            strides = placement_.place(id).strides;
        }
        add(std::move(source), value.type, broadcast_strides(value.shape, strides, loops_.dims));
    }
    void add(TensorRead tensor, DataType type, Strides strides) {
        kernel_.sources.push_back(std::move(tensor));
        kernel_.spec.views.push_back({type, {}});
        loops_.strides.push_back(std::move(strides));
    }
    void write(ValueId id, const Place &place, Strides strides) {
        kernel_.dst = {id, place.offset, std::nullopt};
        kernel_.spec.views.push_back({graph_.value(id).type, {}});
        loops_.strides.push_back(std::move(strides));
    }
    void keep_apart(std::size_t dim) { loops_.apart.push_back(dim); }

    /// Dimensions that were kept apart are numbered as in `apart` of the result.
    Loops simplify() {
        Loops simple = simplified(loops_);
        take(simple);
        return simple;
    }
    void take(const Loops &loops) {
        kernel_.spec.dims = loops.dims;
        for (std::size_t i = 0; i < loops.strides.size(); ++i) {
            kernel_.spec.views[i].strides = loops.strides[i];
        }
    }
    [[nodiscard]] const Loops &loops() const { return loops_; }
    [[nodiscard]] KernelSpec &spec() { return kernel_.spec; }
    TensorKernel finish() { return std::move(kernel_); }

private:
    const Graph &graph_;
    const Placement &placement_;
    Loops loops_;
    TensorKernel kernel_;
};

/// The expression with constants of one element in the place of the sources that are such, and the sources left.
std::pair<Expression, std::vector<ValueId>> without_scalars(const Graph &graph, const Node &node,
                                                            const Expression &expression) {
    std::vector<int> numbers;
    std::vector<ValueId> left;
    for (const ValueId id : node.inputs) {
        const Value &value = graph.value(id);
        const bool is_scalar = value.constant && value.size() == 1 && value.type == DataType::f32;
        numbers.push_back(is_scalar ? -1 : static_cast<int>(left.size()));
        if (!is_scalar) {
            left.push_back(id);
        }
    }
    if (left.empty()) {
        return {expression, node.inputs};
    }
    Expression result = expression;
    for (Term &term : result) {
        if (term.kind == Term::Kind::operand) {
            const auto operand = static_cast<std::size_t>(term.operand);
            term = numbers[operand] < 0 ? constant_term(graph.value(node.inputs[operand]).constant->front())
                                        : operand_term(numbers[operand]);
        }
    }
    return {std::move(result), std::move(left)};
}

TensorKernel map_kernel(const Graph &graph, const Placement &placement, const Node &node, const Expression &given) {
    const Place &dst = placement.place(node.output);
    KernelBuilder builder(graph, placement, Op::map, graph.value(node.output).shape);
    auto [expression, sources] = without_scalars(graph, node, given);
    for (const ValueId id : sources) {
        builder.read(id, dst.strides);
    }
    builder.write(node.output, dst, dst.strides);
    builder.spec().expression = std::move(expression);
    if (const std::optional<std::size_t> replaced = placement.replaced_source(node)) {
        const auto source = std::find(sources.begin(), sources.end(), node.inputs[*replaced]);
        builder.spec().in_place = source - sources.begin();
    }
    builder.simplify();
    return builder.finish();
}

TensorKernel reduce_kernel(const Graph &graph, const Placement &placement, const Node &node, const Reduce &reduce) {
    std::vector<Shape> shapes;
    for (const ValueId id : node.inputs) {
        shapes.push_back(graph.value(id).shape);
    }
    const Shape dims = broadcast_shape(shapes).value();
    const Place &dst = placement.place(node.output);
    Strides strides(dims.size(), 0);
    bool is_reduced = reduces_to_index(reduce);
    for (std::size_t i = 0, kept = 0; i < dims.size(); ++i) {
        const auto axis = static_cast<int64_t>(i);
        if (std::find(reduce.axes.begin(), reduce.axes.end(), axis) == reduce.axes.end()) {
            strides[i] = dst.strides[kept++];
        } else {
            kept += reduce.keepdims ? 1 : 0;
            is_reduced = is_reduced || dims[i] > 1;
        }
    }
    KernelBuilder builder(graph, placement, is_reduced ? Op::reduce : Op::map, dims);
    auto [expression, sources] = without_scalars(graph, node, reduce.expression);
    for (const ValueId id : sources) {
        builder.read(id, placement.place(id).strides);
    }
    builder.write(node.output, dst, strides);
    if (reduces_to_index(reduce)) {
        builder.keep_apart(static_cast<std::size_t>(reduce.axes.front()));
    }
    builder.spec().expression = std::move(expression);
    if (is_reduced) {
        builder.spec().reduction = reduce.reduction;
    }
    builder.simplify();
    return builder.finish();
}

// The dims of the batch are merged where they can be; m, n and k stay.
TensorKernel matmul_kernel(const Graph &graph, const Placement &placement, const Node &node) {
    const Shape &result = graph.value(node.output).shape;
    const Value &a = graph.value(node.inputs[0]), &b = graph.value(node.inputs[1]);
    const Place &dst = placement.place(node.output);
    const std::size_t batches = result.size() - 2;
    const Shape batch(result.begin(), result.end() - 2);
    KernelBuilder builder(graph, placement, Op::matmul, result);
    Loops loops{batch, {}, {}};
    std::vector<Strides> tails;
    for (std::size_t i = 0; i < 2; ++i) {
        const Value &value = i == 0 ? a : b;
        TensorRead source{node.inputs[i], 0, value.constant};
        Strides strides = row_major_strides(value.shape);
        if (!value.constant) {
            source.offset = placement.place(node.inputs[i]).offset;
            strides = placement.place(node.inputs[i]).strides;
        }
        const Shape leading(value.shape.begin(), value.shape.end() - 2);
        loops.strides.push_back(broadcast_strides(leading, Strides(strides.begin(), strides.end() - 2), batch));
        const int64_t rows = strides[strides.size() - 2], columns = strides.back();
        tails.push_back(i == 0 ? Strides{rows, 0, columns} : Strides{0, columns, rows});
        builder.add(std::move(source), value.type, {});
    }
    builder.write(node.output, dst, {});
    loops.strides.emplace_back(dst.strides.begin(), dst.strides.end() - 2);
    tails.push_back({dst.strides[batches], dst.strides[batches + 1], 0});
    const bool has_batch = std::any_of(batch.begin(), batch.end(), [](int64_t extent) { return extent != 1; });
    Loops all = has_batch ? simplified(loops) : Loops{{}, std::vector<Strides>(3), {}};
    for (const int64_t extent : {result[batches], result[batches + 1], a.shape.back()}) {
        all.dims.push_back(extent);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        all.strides[i].insert(all.strides[i].end(), tails[i].begin(), tails[i].end());
    }
    builder.take(all);
    return builder.finish();
}

TensorKernel pad_kernel(const Graph &graph, const Placement &placement, const Node &node, const Pad &pad) {
    const Shape &inside = graph.value(node.inputs[0]).shape, &dims = graph.value(node.output).shape;
    const Place &dst = placement.place(node.output);
    KernelBuilder builder(graph, placement, Op::pad, dims);
    builder.add({node.inputs[0], placement.place(node.inputs[0]).offset, std::nullopt},
                graph.value(node.inputs[0]).type, placement.place(node.inputs[0]).strides);
    builder.write(node.output, dst, dst.strides);
    std::vector<std::size_t> padded;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (inside[i] != dims[i]) {
            builder.keep_apart(i);
            padded.push_back(i);
        }
    }
    const Loops loops = builder.simplify();
    KernelSpec &spec = builder.spec();
    spec.value = pad.value;
    spec.before.assign(loops.dims.size(), 0);
    spec.inside = loops.dims;
    for (std::size_t i = 0; i < padded.size(); ++i) {
        spec.before[loops.apart[i]] = pad.before[padded[i]];
        spec.inside[loops.apart[i]] = inside[padded[i]];
    }
    return builder.finish();
}

/// Copies a tensor of shape `dims` from one place to another.
TensorKernel copy_of(const Graph &graph, const Placement &placement, TensorRead src, const Strides &strides,
                     ValueId result, const Place &dst, const Shape &dims) {
    KernelBuilder builder(graph, placement, Op::map, dims);
    builder.add(std::move(src), graph.value(result).type, strides);
    builder.write(result, dst, dst.strides);
    builder.spec().expression = {operand_term(0)};
    builder.simplify();
    return builder.finish();
}

TensorKernel resample_kernel(const Graph &graph, const Placement &placement, const Node &node,
                             const Resample &resample) {
    const Place &dst = placement.place(node.output);
    const Value &src = graph.value(node.inputs[0]);
    KernelBuilder builder(graph, placement, Op::resample, graph.value(node.output).shape);
    builder.add({node.inputs[0], placement.place(node.inputs[0]).offset, std::nullopt}, src.type,
                placement.place(node.inputs[0]).strides);
    builder.write(node.output, dst, dst.strides);
    builder.keep_apart(static_cast<std::size_t>(resample.axis));
    const Loops loops = builder.simplify();
    KernelSpec &spec = builder.spec();
    spec.axis = static_cast<int64_t>(loops.apart.front());
    spec.taps = resample.taps;
    spec.extent = src.shape[static_cast<std::size_t>(resample.axis)];
    return builder.finish();
}

}  // namespace

TensorKernel tensor_kernel(const Graph &graph, const Placement &placement, const Node &node) {
    if (std::holds_alternative<Relu>(node.operation)) {
        return map_kernel(graph, placement, node, {operand_term(0), call_term(Function::relu)});
    }
    if (const auto *map = std::get_if<Map>(&node.operation)) {
        return map_kernel(graph, placement, node, map->expression);
    }
    if (const auto *reduce = std::get_if<Reduce>(&node.operation)) {
        return reduce_kernel(graph, placement, node, *reduce);
    }
    if (const auto *pad = std::get_if<Pad>(&node.operation)) {
        return pad_kernel(graph, placement, node, *pad);
    }
    if (const auto *resample = std::get_if<Resample>(&node.operation)) {
        return resample_kernel(graph, placement, node, *resample);
    }
    INGOT_CHECK(std::holds_alternative<MatMul>(node.operation), to_text(node.origin) + ": no tensor op");
    return matmul_kernel(graph, placement, node);
}

std::optional<TensorKernel> copy_kernel(const Graph &graph, const Placement &placement, const Node &node) {
    const ValueId src = node.inputs[0];
    const Value &value = graph.value(src), &result = graph.value(node.output);
    const Place &dst = placement.place(node.output);
    if (const std::optional<Place> view = placement.view_of_source(node)) {
        return copy_of(graph, placement, {src, view->offset, std::nullopt}, view->strides, node.output, dst,
                       result.shape);
    }
    const std::optional<Shape> dims = common_refinement(value.shape, result.shape);
    if (!dims || (value.constant && value.shape != result.shape)) {
        return std::nullopt;
    }
    const Strides from = value.constant ? row_major_strides(value.shape) : placement.place(src).strides;
    const std::optional<Strides> read = reshape_strides(value.shape, from, *dims);
    const std::optional<Strides> written = reshape_strides(result.shape, dst.strides, *dims);
    if (!read || !written) {
        return std::nullopt;
    }
    const int64_t offset = value.constant ? 0 : placement.place(src).offset;
    return copy_of(graph, placement, {src, offset, value.constant}, *read, node.output,
                   {dst.root, dst.offset, *written}, *dims);
}

TensorKernel part_kernel(const Graph &graph, const Placement &placement, const Node &concat, std::size_t index) {
    const ValueId src = concat.inputs[index];
    const Value &value = graph.value(src);
    const Strides strides = value.constant ? row_major_strides(value.shape) : placement.place(src).strides;
    const int64_t offset = value.constant ? 0 : placement.place(src).offset;
    return copy_of(graph, placement, {src, offset, value.constant}, strides, concat.output,
                   placement.part_of(concat, index), value.shape);
}

}  // namespace ingot
