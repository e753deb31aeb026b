// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/expression_tree.h"
#include "compiler/passes/passes.h"
#include <algorithm>
#include <cmath>

namespace ingot {

namespace {

/// A number per channel, axis 1 of a tensor.
using Channels = std::vector<double>;

/// scale[c] * x + shift[c].
struct Affine {
    Channels scale, shift;
};

/// The constants of a convolution or a gemm, per channel of its result or of its source.
class Layer {
public:
    Layer(Rewriter &rewriter, Node &node) : rewriter_(rewriter), node_(node) {}

    /// True where the constants are here and nothing but the bias follows the sum of products.
    [[nodiscard]] bool is_bare() const {
        const std::vector<Call> *epilogue = layer_epilogue();
        return is_constant() && (epilogue->empty() || (epilogue->size() == 1 && has_bias()));
    }
    [[nodiscard]] bool is_constant() const {
        return layer_epilogue() != nullptr && rewriter_.value(node_.inputs[1]).constant &&
               (!has_bias() || rewriter_.value(node_.inputs[2]).constant);
    }
    [[nodiscard]] bool is_padded() const {
        const auto *conv = std::get_if<Conv2d>(&node_.operation);
        return conv != nullptr && conv->window.pad.any();
    }

    [[nodiscard]] int64_t source_channels() const {
        const auto *conv = std::get_if<Conv2d>(&node_.operation);
        return rewriter_.shape(node_.inputs[1])[1] * (conv != nullptr ? conv->groups : 1);
    }

    /// weights[o] *= scale[o], bias[o] = bias[o] * scale[o] + shift[o]. False where a number would overflow.
    bool apply_behind(const Affine &affine) {
        Channels weights = values(1), bias = has_bias() ? values(2) : Channels(affine.scale.size());
        const std::size_t per_output = weights.size() / bias.size();
        for (std::size_t o = 0; o < bias.size(); ++o) {
            for (std::size_t i = 0; i < per_output; ++i) {
                weights[o * per_output + i] *= affine.scale[o];
            }
            bias[o] = bias[o] * affine.scale[o] + affine.shift[o];
        }
        return set(weights, bias);
    }

    /// weights[o, i, ...] *= scale[channel], bias[o] += the sum over i, ... of weights[o, i, ...] * shift[channel],
    /// with the channel of the source that input i of output o is: groups have their own.
    bool apply_before(const Affine &affine) {
        const std::vector<int64_t> &shape = rewriter_.shape(node_.inputs[1]);
        const auto *conv = std::get_if<Conv2d>(&node_.operation);
        const auto outputs = static_cast<std::size_t>(shape[0]), inputs = static_cast<std::size_t>(shape[1]);
        const std::size_t per_group = outputs / static_cast<std::size_t>(conv != nullptr ? conv->groups : 1);
        Channels weights = values(1), bias = has_bias() ? values(2) : Channels(outputs);
        const std::size_t taps = weights.size() / outputs / inputs;
        for (std::size_t o = 0; o < outputs; ++o) {
            for (std::size_t i = 0; i < inputs; ++i) {
                const std::size_t channel = o / per_group * inputs + i;
                for (std::size_t tap = 0; tap < taps; ++tap) {
                    double &weight = weights[(o * inputs + i) * taps + tap];
                    bias[o] += weight * affine.shift[channel];
                    weight *= affine.scale[channel];
                }
            }
        }
        return set(weights, bias);
    }

private:
    [[nodiscard]] std::vector<Call> *layer_epilogue() const {
        auto *conv = std::get_if<Conv2d>(&node_.operation);
        auto *gemm = std::get_if<Gemm>(&node_.operation);
        return conv != nullptr && !conv->pool ? &conv->epilogue : gemm != nullptr ? &gemm->epilogue : nullptr;
    }
    [[nodiscard]] bool has_bias() const {
        const std::vector<Call> &epilogue = *layer_epilogue();
        return !epilogue.empty() && epilogue.front().function == Function::bias;
    }
    [[nodiscard]] Channels values(std::size_t input) const {
        const std::vector<float> &data = *rewriter_.value(node_.inputs[input]).constant;
        return {data.begin(), data.end()};
    }

    bool set(const Channels &weights, const Channels &bias) {
        const auto is_float = [](double value) { return std::isfinite(static_cast<float>(value)); };
        if (!std::all_of(weights.begin(), weights.end(), is_float) ||
            !std::all_of(bias.begin(), bias.end(), is_float)) {
            return false;
        }
        std::vector<ValueId> inputs = node_.inputs;
        set_constant(inputs[1], weights, "w", rewriter_.shape(inputs[1]));
        if (has_bias()) {
            set_constant(inputs[2], bias, "b", rewriter_.shape(inputs[2]));
        } else if (std::any_of(bias.begin(), bias.end(), [](double value) { return value != 0; })) {
            inputs.insert(inputs.begin() + 2, ValueId{});
            set_constant(inputs[2], bias, "b", {static_cast<int64_t>(bias.size())});
            std::vector<Call> &epilogue = *layer_epilogue();
            epilogue.insert(epilogue.begin(), Call{Function::bias});
        }
        rewriter_.set_inputs(node_, std::move(inputs));
        return true;
    }

    void set_constant(ValueId &id, const Channels &values, const char *suffix, std::vector<int64_t> shape) {
        id = rewriter_.add_constant(node_.output, suffix, std::move(shape), {values.begin(), values.end()});
    }

    Rewriter &rewriter_;
    Node &node_;
};

/// Finds affine functions in the expression of a map, whose channels lie along axis 1.
class AffineParts {
public:
    AffineParts(const Rewriter &rewriter, const Node &map)
        : rewriter_(rewriter), map_(map), shape_(rewriter.shape(map.output)) {}

    [[nodiscard]] Affine identity() const {
        const auto channels = static_cast<std::size_t>(shape_[1]);
        return {Channels(channels, 1.0), Channels(channels, 0.0)};
    }

    /// A constant that differs between channels only.
    [[nodiscard]] std::optional<Channels> constant(const Tree &tree) const {
        const auto channels = static_cast<std::size_t>(shape_[1]);
        if (tree.is_constant()) {
            return Channels(channels, tree.term.constant);
        }
        if (!tree.is_operand()) {
            return std::nullopt;
        }
        const Value &value = rewriter_.value(map_.inputs[static_cast<std::size_t>(tree.term.operand)]);
        if (!value.constant || value.shape.size() > shape_.size()) {
            return std::nullopt;
        }
        std::vector<int64_t> per_channel(shape_.size(), 1);
        per_channel[1] = shape_[1];
        std::vector<int64_t> aligned(shape_.size() - value.shape.size(), 1);
        aligned.insert(aligned.end(), value.shape.begin(), value.shape.end());
        if (value.constant->size() == 1) {
            return Channels(channels, value.constant->front());
        }
        return aligned == per_channel ? std::optional(Channels(value.constant->begin(), value.constant->end()))
                                      : std::nullopt;
    }

    /// A call as the affine function that it is of one argument, where the others are constants.
    struct Step {
        std::size_t argument = 0;
        Affine affine;
    };
    [[nodiscard]] std::optional<Step> step(const Tree &tree) const {
        if (tree.is_call(Function::neg)) {
            Affine minus = identity();
            minus.scale.assign(minus.scale.size(), -1.0);
            return Step{0, std::move(minus)};
        }
        for (const std::size_t argument : {std::size_t{0}, std::size_t{1}}) {
            const std::optional<Channels> other =
                tree.arguments.size() == 2 ? constant(tree.arguments[1 - argument]) : std::nullopt;
            if (!other) {
                continue;
            }
            Affine affine = identity();
            if (tree.is_call(Function::mul)) {
                affine.scale = *other;
            } else if (tree.is_call(Function::add)) {
                affine.shift = *other;
            } else if (tree.is_call(Function::sub)) {
                const double sign = argument == 0 ? 1.0 : -1.0;
                affine.scale.assign(other->size(), sign);
                std::transform(other->begin(), other->end(), affine.shift.begin(),
                               [&](double value) { return -sign * value; });
            } else if (tree.is_call(Function::div) && argument == 0) {
                std::transform(other->begin(), other->end(), affine.scale.begin(),
                               [](double value) { return 1.0 / value; });
            } else {
                continue;
            }
            return Step{argument, std::move(affine)};
        }
        return std::nullopt;
    }

    /// The affine function that `tree` is of an operand, however many steps deep.
    [[nodiscard]] std::optional<Affine> of_operand(const Tree &tree, int operand) const {
        if (tree.is_operand()) {
            return tree.term.operand == operand ? std::optional(identity()) : std::nullopt;
        }
        const std::optional<Step> outer = step(tree);
        std::optional<Affine> inner = outer ? of_operand(tree.arguments[outer->argument], operand) : std::nullopt;
        return inner ? std::optional(composed(outer->affine, *inner)) : std::nullopt;
    }

    /// x -> outer(inner(x)).
    static Affine composed(const Affine &outer, Affine inner) {
        for (std::size_t i = 0; i < inner.scale.size(); ++i) {
            inner.scale[i] *= outer.scale[i];
            inner.shift[i] = outer.scale[i] * inner.shift[i] + outer.shift[i];
        }
        return inner;
    }

    /// The largest subtrees around an operand that are affine functions of it.
    void collect(const Tree &tree, int operand, std::vector<Tree> &found) const {
        if (of_operand(tree, operand)) {
            found.push_back(tree);
            return;
        }
        for (const Tree &argument : tree.arguments) {
            collect(argument, operand, found);
        }
    }

private:
    const Rewriter &rewriter_;
    const Node &map_;
    const std::vector<int64_t> shape_;
};

/// Lets the layer that computes an operand of a map take the affine function that the map begins with.
bool fold_into_producer(Rewriter &rewriter, Node &map, std::size_t operand) {
    const ValueId id = map.inputs[operand];
    Node *producer = rewriter.producer(id);
    if (producer == nullptr || !rewriter.has_one_reader(id) || rewriter.shape(id) != rewriter.shape(map.output)) {
        return false;
    }
    Layer layer(rewriter, *producer);
    const AffineParts parts(rewriter, map);
    const Tree tree = *map_tree(map);
    std::vector<Tree> found;
    if (layer.is_bare()) {
        parts.collect(tree, static_cast<int>(operand), found);
    }
    // What is read as it is, or in two ways, stays.
    if (found.empty() || found.front().is_operand() || found != std::vector<Tree>(found.size(), found.front()) ||
        !layer.apply_behind(*parts.of_operand(found.front(), static_cast<int>(operand)))) {
        return false;
    }
    const Tree rest = with_replaced(tree, found.front(), operand_tree(static_cast<int>(operand)));
    std::vector<ValueId> sources = map.inputs;
    if (rest.is_operand()) {
        rewriter.take_over(*producer, map.output);
        return true;
    }
    sources[operand] = rewriter.compute_anew(*producer, "affine", rewriter.shape(map.output));
    set_map(rewriter, map, rest, sources);
    return true;
}

/// Lets the layer that alone reads a map take the affine function that the map ends with: a scale always, a shift
/// where nothing is padded with zeros behind it.
bool fold_into_reader(Rewriter &rewriter, Node &map) {
    if (!rewriter.has_one_reader(map.output)) {
        return false;
    }
    Node &reader = *rewriter.readers(map.output).front();
    Layer layer(rewriter, reader);
    const bool is_source =
        reader.inputs[0] == map.output && std::count(reader.inputs.begin(), reader.inputs.end(), map.output) == 1;
    if (!is_source || !layer.is_constant() || layer.source_channels() != rewriter.shape(map.output)[1]) {
        return false;
    }
    const AffineParts parts(rewriter, map);
    Tree rest = *map_tree(map);
    Affine affine = parts.identity();
    while (const auto step = parts.step(rest)) {
        const auto is_zero = [](double value) { return value == 0; };
        const bool shifts = !std::all_of(step->affine.shift.begin(), step->affine.shift.end(), is_zero);
        const Tree inner = rest.arguments[step->argument];
        if ((shifts && layer.is_padded()) || !keeps_result(rewriter, map, inner, map.inputs)) {
            break;
        }
        affine = AffineParts::composed(affine, step->affine);
        rest = inner;
    }
    if (rest == *map_tree(map) || !layer.apply_before(affine)) {
        return false;
    }
    std::vector<ValueId> inputs = reader.inputs;
    if (rest.is_operand()) {
        inputs[0] = map.inputs[static_cast<std::size_t>(rest.term.operand)];
    } else {
        inputs[0] = rewriter.compute_anew(map, "unscaled", rewriter.shape(map.output));
        set_map(rewriter, map, rest, std::vector<ValueId>(map.inputs));
    }
    rewriter.set_inputs(reader, std::move(inputs));
    return true;
}

}  // namespace

void fold_affine(Graph &graph) {
    Rewriter rewriter(graph);
    read_sources_once(rewriter);
    const auto is_foldable = [&](const Node &node) {
        return std::holds_alternative<Map>(node.operation) && !Rewriter::is_removed(node) &&
               rewriter.shape(node.output).size() >= 2;
    };
    for (std::size_t i = 0; i < rewriter.size(); ++i) {
        Node &node = rewriter.node(i);
        for (std::size_t operand = 0; is_foldable(node) && operand < node.inputs.size();) {
            operand = fold_into_producer(rewriter, node, operand) ? 0 : operand + 1;
        }
    }
    for (std::size_t i = rewriter.size(); i-- > 0;) {
        if (is_foldable(rewriter.node(i))) {
            fold_into_reader(rewriter, rewriter.node(i));
        }
    }
    rewriter.finish();
}

}  // namespace ingot
