// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"
#include "spec/error.h"
#include <algorithm>
#include <cfloat>

namespace ingot {

namespace {

/// The padding of a Pad around pictures [n, c, h, w]; none where it pads images or channels.
std::optional<Pad2> picture_pad(const Pad &pad) {
    if (pad.before.size() != 4 || pad.before[0] + pad.before[1] + pad.after[0] + pad.after[1] != 0) {
        return std::nullopt;
    }
    return Pad2{pad.before[2], pad.before[3], pad.after[2], pad.after[3]};
}

Pad2 sum(const Pad2 &a, const Pad2 &b) {
    return {a.top + b.top, a.left + b.left, a.bottom + b.bottom, a.right + b.right};
}

bool is_never_negative(const Call &call) {
    switch (call.function) {
    case Function::relu:
    case Function::sigmoid:
    case Function::hard_sigmoid:
    case Function::softplus:
    case Function::abs:
    case Function::exp:
    case Function::sqrt:
        return true;
    case Function::clip:
        return call.a >= 0 && call.a <= call.b;
    default:
        return false;
    }
}

bool ends_never_negative(const std::vector<Call> &epilogue) {
    return !epilogue.empty() && is_never_negative(epilogue.back());
}

/// True where every element of a value is known to be at least 0.
bool is_never_negative(const Rewriter &rewriter, ValueId id) {
    const Node *producer = rewriter.producer(id);
    if (producer == nullptr) {
        return false;
    }
    if (const auto *conv = std::get_if<Conv2d>(&producer->operation)) {
        return ends_never_negative(conv->epilogue);
    }
    if (const auto *pool = std::get_if<Pool2d>(&producer->operation)) {
        return ends_never_negative(pool->epilogue);
    }
    if (const auto *map = std::get_if<Map>(&producer->operation)) {
        const Term &last = map->expression.back();
        return last.kind == Term::Kind::call && is_never_negative(last.call);
    }
    return std::holds_alternative<Relu>(producer->operation);
}

/// Lets a convolution pad its source itself.
bool fold(const Conv2d &, const Pad &pad, bool) {
    return pad.value == 0;
}

// Zeros change no maximum where nothing is below 0; the lowest number changes none anywhere. An average counts what
// the Pad added.
bool fold(Pool2d &pool, const Pad &pad, bool is_never_negative) {
    if (pool.mode == PoolMode::max) {
        return pad.value <= -FLT_MAX || (pad.value <= 0 && is_never_negative);
    }
    if (pad.value != 0 || (pool.mode == PoolMode::average && pool.window.pad.any())) {
        return false;
    }
    pool.mode = PoolMode::average_padded;
    return true;
}

/// Lets a node with a window read what a Pad reads; false where it cannot.
template<typename Windowed>
bool fold_into(Rewriter &rewriter, Node &node, const Node &producer) {
    const auto *pad = std::get_if<Pad>(&producer.operation);
    const std::optional<Pad2> around = pad != nullptr ? picture_pad(*pad) : std::nullopt;
    Node folded = node;
    auto &op = std::get<Windowed>(folded.operation);
    if (!around || !fold(op, *pad, is_never_negative(rewriter, producer.inputs[0]))) {
        return false;
    }
    op.window.pad = sum(op.window.pad, *around);
    folded.inputs[0] = producer.inputs[0];
    try {
        infer_shape(rewriter.graph(), folded);
    } catch (const Error &) {  // windows of nothing but padding
        return false;
    }
    node.operation = folded.operation;
    rewriter.set_inputs(node, folded.inputs);
    return true;
}

}  // namespace

void fold_pad(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        while (!Rewriter::is_removed(node) && !node.inputs.empty()) {
            const Node *producer = rewriter.producer(node.inputs[0]);
            const bool is_folded =
                producer != nullptr &&
                ((std::holds_alternative<Conv2d>(node.operation) && fold_into<Conv2d>(rewriter, node, *producer)) ||
                 (std::holds_alternative<Pool2d>(node.operation) && fold_into<Pool2d>(rewriter, node, *producer)));
            if (!is_folded) {
                break;
            }
        }
    }
    rewriter.finish();
}

}  // namespace ingot
