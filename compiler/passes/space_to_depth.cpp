// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/passes.h"
#include "compiler/passes/rewriter.h"
#include <algorithm>

namespace ingot {

namespace {

/// A Concat along the channels of each b-th row and column of one picture [n, c, h, w], from each of the b * b
/// places to begin with: ONNX SpaceToDepth, with the columns or the rows in the outer loop.
struct Blocks {
    ValueId src = -1;
    int64_t block = 0;
    bool columns_first = false;
};

std::optional<Blocks> find_blocks(const Rewriter &rewriter, const Node &concat) {
    const auto *op = std::get_if<Concat>(&concat.operation);
    const auto count = static_cast<int64_t>(concat.inputs.size());
    int64_t block = 1;
    while (block * block < count) {
        ++block;
    }
    if (op == nullptr || op->axis != 1 || block == 1 || block * block != count) {
        return std::nullopt;
    }
    std::optional<Blocks> blocks;
    for (int64_t i = 0; i < count; ++i) {
        const Node *producer = rewriter.producer(concat.inputs[static_cast<std::size_t>(i)]);
        const auto *slice = producer != nullptr ? std::get_if<Slice>(&producer->operation) : nullptr;
        if (slice == nullptr || slice->starts.size() != 4) {
            return std::nullopt;
        }
        const std::vector<int64_t> &src = rewriter.shape(producer->inputs[0]);
        const std::vector<int64_t> expected{src[0], src[1], src[2] / block, src[3] / block};
        if (!blocks) {
            blocks = Blocks{producer->inputs[0], block, false};
        } else if (i == 1) {
            blocks->columns_first = slice->starts[2] == 1;
        }
        const int64_t outer = i / block, inner = i % block;
        const int64_t row = blocks->columns_first ? inner : outer, column = blocks->columns_first ? outer : inner;
        if (producer->inputs[0] != blocks->src || slice->starts != std::vector<int64_t>{0, 0, row, column} ||
            slice->steps != std::vector<int64_t>{1, 1, block, block} || src[2] % block != 0 ||
            src[3] % block != 0 || rewriter.shape(producer->output) != expected) {
            return std::nullopt;
        }
    }
    return blocks;
}

/// The convolution that alone reads a value, if it can read the picture before its blocks were stacked.
Node *only_conv(const Rewriter &rewriter, ValueId id) {
    Node *reader = rewriter.has_one_reader(id) ? rewriter.readers(id).front() : nullptr;
    const auto *conv = reader != nullptr ? std::get_if<Conv2d>(&reader->operation) : nullptr;
    return conv != nullptr && conv->groups == 1 && conv->window.dilation == Extent2{} && reader->inputs[0] == id &&
                   std::count(reader->inputs.begin(), reader->inputs.end(), id) == 1 &&
                   rewriter.value(reader->inputs[1]).constant
               ? reader
               : nullptr;
}

// weights'[o, c, b * ky + row, b * kx + column] = weights[o, place * channels + c, ky, kx]; the window is b times
// as large.
void fold_into_conv(Rewriter &rewriter, Node &node, const Blocks &blocks) {
    const ValueId old = node.inputs[1];
    const std::vector<int64_t> shape = rewriter.shape(old);
    const int64_t b = blocks.block, channels = shape[1] / (b * b), h = shape[2] * b, w = shape[3] * b;
    const std::vector<float> &weights = *rewriter.value(old).constant;
    std::vector<float> folded(weights.size());
    for (std::size_t i = 0; i < folded.size(); ++i) {
        const auto position = static_cast<int64_t>(i);
        const int64_t x = position % w, y = position / w % h, c = position / (w * h) % channels;
        const int64_t place = blocks.columns_first ? x % b * b + y % b : y % b * b + x % b;
        const int64_t channel = position / (w * h * channels) * shape[1] + place * channels + c;
        folded[i] = weights[static_cast<std::size_t>((channel * shape[2] + y / b) * shape[3] + x / b)];
    }
    Window &window = std::get<Conv2d>(node.operation).window;
    window.kernel = {h, w};
    window.stride = {window.stride.h * b, window.stride.w * b};
    window.pad = {window.pad.top * b, window.pad.left * b, window.pad.bottom * b, window.pad.right * b};
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = blocks.src;
    inputs[1] = rewriter.add_constant(old, "spread", {shape[0], channels, h, w}, std::move(folded));
    rewriter.set_inputs(node, std::move(inputs));
}

}  // namespace

// [n, c, h, w] = [n, c, h/b, row, w/b, column] -> [n, outer, inner, c, h/b, w/b] = [n, b * b * c, h/b, w/b].
void space_to_depth(Graph &graph) {
    Rewriter rewriter(graph);
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        const std::optional<Blocks> blocks =
            Rewriter::is_removed(node) ? std::nullopt : find_blocks(rewriter, node);
        if (!blocks) {
            continue;
        }
        if (Node *conv = only_conv(rewriter, node.output); conv != nullptr) {
            fold_into_conv(rewriter, *conv, *blocks);
            continue;
        }
        const std::vector<int64_t> src = rewriter.shape(blocks->src);
        const int64_t b = blocks->block;
        const ValueId split =
            rewriter.add(Reshape{}, {blocks->src}, node, "blocks", {src[0], src[1], src[2] / b, b, src[3] / b, b});
        const std::vector<int64_t> perm =
            blocks->columns_first ? std::vector<int64_t>{0, 5, 3, 1, 2, 4} : std::vector<int64_t>{0, 3, 5, 1, 2, 4};
        const ValueId moved = rewriter.add(Transpose{perm}, {split}, node, "depth");
        node.operation = Reshape{};
        rewriter.set_inputs(node, {moved});
    }
    rewriter.finish();
}

}  // namespace ingot
