// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>

namespace ingot {

namespace {

/// One source of a Concat: an expression of a slice of a tensor.
struct Part {
    Expression expression;  ///< of the slice alone
    ValueId whole = -1;
    int64_t count = 0;  ///< elements along the Concat's axis
};

/// The part that starts with element `first` of its tensor along `axis` and is all of it along others.
std::optional<Part> part_at(const Rewriter &rewriter, ValueId id, std::size_t axis, int64_t first) {
    Part part{{operand_term(0)}, -1, rewriter.shape(id)[axis]};
    const Node *producer = rewriter.producer(id);
    const std::optional<Tree> tree = producer != nullptr ? map_tree(*producer) : std::nullopt;
    if (tree) {
        if (producer->inputs.size() != 1 || !rewriter.has_one_reader(id) ||
            rewriter.shape(producer->inputs[0]) != rewriter.shape(id)) {
            return std::nullopt;
        }
        part.expression = to_expression(*tree);
        producer = rewriter.producer(producer->inputs[0]);
    }
    const auto *slice = producer != nullptr ? std::get_if<Slice>(&producer->operation) : nullptr;
    if (slice == nullptr) {
        return std::nullopt;
    }
    part.whole = producer->inputs[0];
    std::vector<int64_t> shape = rewriter.shape(part.whole), starts(shape.size(), 0);
    shape[axis] = part.count;
    starts[axis] = first;
    const bool is_dense = slice->steps == std::vector<int64_t>(shape.size(), 1);
    return slice->starts == starts && is_dense && rewriter.shape(producer->output) == shape ? std::optional(part)
                                                                                            : std::nullopt;
}

/// The parts of a Concat that are all of one tensor, in order, with the same expression but for its constants.
std::vector<Part> find_parts(const Rewriter &rewriter, const Node &concat) {
    const auto *op = std::get_if<Concat>(&concat.operation);
    std::vector<Part> parts;
    int64_t first = 0;
    for (const ValueId id : op != nullptr ? concat.inputs : std::vector<ValueId>()) {
        const std::optional<Part> part = part_at(rewriter, id, static_cast<std::size_t>(op->axis), first);
        const auto is_alike = [](const Term &a, const Term &b) {
            return a == b || (a.kind == Term::Kind::constant && b.kind == Term::Kind::constant);
        };
        if (!part ||
            (!parts.empty() && (part->whole != parts[0].whole ||
                                !std::equal(part->expression.begin(), part->expression.end(),
                                            parts[0].expression.begin(), parts[0].expression.end(), is_alike)))) {
            return {};
        }
        first += part->count;
        parts.push_back(*part);
    }
    // Constants become a tensor of floats.
    const auto is_float = [](const Term &term) {
        return term.kind != Term::Kind::call || result_type(term.call.function, DataType::f32) == DataType::f32;
    };
    const bool is_all = !parts.empty() && rewriter.shape(parts[0].whole) == rewriter.shape(concat.output) &&
                        rewriter.value(parts[0].whole).type == DataType::f32 &&
                        std::all_of(parts[0].expression.begin(), parts[0].expression.end(), is_float);
    return is_all ? parts : std::vector<Part>();
}

/// Writes a Concat of maps of parts as one map of all, with constants that differ along the axis.
void join(Rewriter &rewriter, Node &node, const std::vector<Part> &parts) {
    const auto axis = static_cast<std::size_t>(std::get<Concat>(node.operation).axis);
    std::vector<int64_t> along_axis(rewriter.shape(node.output).size() - axis, 1);
    along_axis[0] = rewriter.shape(node.output)[axis];
    std::vector<ValueId> sources{parts[0].whole};
    Expression expression = parts[0].expression;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        if (std::all_of(parts.begin(), parts.end(),
                        [&](const Part &part) { return part.expression[i] == expression[i]; })) {
            continue;
        }
        std::vector<float> constants;
        for (const Part &part : parts) {
            constants.insert(constants.end(), static_cast<std::size_t>(part.count), part.expression[i].constant);
        }
        expression[i] = operand_term(static_cast<int>(sources.size()));
        sources.push_back(rewriter.add_constant(node.output, "c", along_axis, std::move(constants)));
    }
    set_map_or_remove(rewriter, node, to_tree(expression), sources);
}

}  // namespace

void join_parts(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        if (!Rewriter::is_removed(node)) {
            if (const std::vector<Part> parts = find_parts(rewriter, node); !parts.empty()) {
                join(rewriter, node, parts);
            }
        }
    }
    read_sources_once(rewriter);
    rewriter.finish();
}

}  // namespace ingot
