// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "tests/pass_checks.h"
#include <array>

namespace ingot::test {

/// A network put together at random from what exporters write: layers with batch normalisation, activations of one
/// node and of several, residual and excited blocks, pads, pools, concats, NHWC layers between transposes.
class RandomNet {
public:
    explicit RandomNet(uint64_t seed) : random_(seed) {
        ValueId x = builder_.input("image", {1, 3, 8, 8});
        for (int64_t blocks = between(2, 5); blocks > 0; --blocks) {
            x = block(x);
        }
        builder_.graph.outputs = {head(x)};
        if (below(4) == 0 && builder_.graph.producer(x) != nullptr && x != builder_.graph.outputs[0]) {
            builder_.graph.outputs.push_back(x);
        }
    }
    [[nodiscard]] const Graph &graph() const { return builder_.graph; }

private:
    int64_t below(int64_t end) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(end)); }
    int64_t between(int64_t first, int64_t last) { return first + below(last - first + 1); }
    std::string name(const char *what) { return std::string(what) + std::to_string(builder_.graph.nodes.size()); }
    [[nodiscard]] std::vector<int64_t> shape(ValueId id) const { return builder_.graph.value(id).shape; }
    [[nodiscard]] int64_t channels(ValueId id) const { return shape(id)[1]; }

    ValueId reals(const char *what, std::vector<int64_t> shape, double low, double high) {
        std::vector<float> data(static_cast<std::size_t>(element_count(shape).value()));
        for (float &element : data) {
            element = static_cast<float>(low + (high - low) * static_cast<double>(below(1001)) / 1000);
        }
        return builder_.constant(name(what), std::move(shape), std::move(data));
    }
    ValueId map(const char *what, std::string_view expression, std::vector<ValueId> inputs) {
        return builder_.map(name(what), expression, std::move(inputs));
    }

    ValueId conv(ValueId x, int64_t co, int64_t kernel, int64_t groups = 1, bool padded = true) {
        const int64_t ci = channels(x) / groups, pad = padded ? kernel / 2 : 0;
        const Window window{{kernel, kernel}, {1, 1}, {1, 1}, {pad, pad, pad, pad}};
        const double range = 1.7 / std::sqrt(static_cast<double>(ci * kernel * kernel));
        std::vector<ValueId> inputs{x, reals("w", {co, ci, kernel, kernel}, -range, range)};
        std::vector<Call> epilogue;
        if (below(2) == 0) {
            inputs.push_back(reals("b", {co}, -1, 1));
            epilogue = {{Function::bias}};
        }
        return builder_.node(name("conv"), Conv2d{window, groups, epilogue, std::nullopt}, inputs);
    }

    ValueId normalise(ValueId x) {
        const std::vector<int64_t> per_channel{channels(x), 1, 1};
        const ValueId scale = reals("scale", per_channel, 0.5, 1.5), shift = reals("shift", per_channel, -1, 1);
        switch (below(4)) {
        case 0:
            return x;
        case 1:
            return map("add", "x0,x1,add", {map("mul", "x0,x1,mul", {x, scale}), shift});
        case 2:
            return map("div", "x0,x1,div", {map("sub", "x0,x1,sub", {x, shift}), scale});
        default:
            return map("bn", "x0,x1,mul,x2,add", {x, scale, shift});
        }
    }

    ValueId activate(ValueId x) {
        const ValueId three = builder_.scalar(3), six = builder_.constant(name("six"), {1}, {6});
        switch (below(10)) {
        case 0:
            return x;
        case 1:
            return builder_.relu(name("relu"), x);
        case 2:
            return map("relu6", "x0,clip(0/6)", {x});
        case 3:
            return map("leaky", "x0,leaky_relu(0.1)", {x});
        case 4:
            return map("prelu", "x0,x1,prelu", {x, reals("slope", {channels(x), 1, 1}, 0, 0.5)});
        case 5:
            return map("silu", "x0,x1,mul", {x, map("sigmoid", "x0,sigmoid", {x})});
        case 6: {
            const ValueId ramp = map("clip", "x0,clip(0/6)", {map("plus3", "x0,x1,add", {x, three})});
            return map("by6", "x0,x1,div", {map("gated", "x0,x1,mul", {ramp, x}), six});
        }
        case 7: {
            const ValueId erf = map("erf", "x0,erf", {map("scaled", "x0,1.4142135,div", {x})});
            return map("half", "x0,0.5,mul", {map("gated", "x0,x1,1,add,mul", {x, erf})});
        }
        case 8:
            return map("max", "x0,6,min", {map("min", "x0,0,max", {x})});
        default:
            return map("tanh", "x0,tanh", {x});
        }
    }

    ValueId layer(ValueId x, int64_t co, int64_t kernel, int64_t groups = 1) {
        return activate(normalise(conv(x, co, kernel, groups)));
    }

    ValueId block(ValueId x) {
        const int64_t c = channels(x), h = shape(x)[2];
        switch (below(10)) {
        case 0:  // residual, with and without a projection
        case 1: {
            const ValueId y = normalise(conv(layer(x, 4, 1), c, 3));
            const ValueId shortcut = below(2) == 0 ? x : normalise(conv(x, c, 1));
            return activate(map("sum", below(2) == 0 ? "x0,x1,add" : "x1,x0,add", {y, shortcut}));
        }
        case 2: {  // depthwise, excited
            const ValueId y = layer(layer(x, 2 * c, 1), 2 * c, 3, 2 * c);
            const ValueId mean = builder_.node(name("mean"), Reduce{Reduction::mean, {2, 3}, true}, {y});
            const ValueId gate = map("gate", "x0,hard_sigmoid(0.2/0.5)", {conv(layer(mean, 2, 1), 2 * c, 1)});
            return conv(map("excited", "x0,x1,mul", {y, gate}), 4, 1);
        }
        case 3:  // batch normalisation and ReLU first
            return conv(activate(normalise(x)), 4, 3, 1, h < 4);
        case 4: {  // a Pad of its own
            const ValueId padded =
                builder_.node(name("pad"), Pad{{0, 0, 1, 0}, {0, 0, 1, 2}, below(3) == 0 ? 1.0f : 0.0f}, {x});
            const Window window{{3, 3}, {2, 2}, {1, 1}, {}};
            return below(2) == 0 ? builder_.node(name("pool"), Pool2d{window, {}, any_mode()}, {padded})
                                 : activate(conv(padded, 4, 3, 1, false));
        }
        case 5:
            return h < 4 ? layer(x, 5, 1)
                         : activate(builder_.node(name("pool"), Pool2d{halve, {}, any_mode()}, {layer(x, 4, 3)}));
        case 6: {  // branches
            const ValueId a = layer(x, 2, 1), b = layer(x, 3, 3);
            return builder_.node(name("join"), Concat{1}, {a, b, x});
        }
        case 7: {  // of NHWC
            ValueId y = builder_.transpose(name("nhwc"), conv(x, 4, 3), {0, 2, 3, 1});
            y = map("bn", "x0,x1,mul,2,add,relu", {y, reals("scale", {4}, 0.5, 1.5)});
            const ValueId z = builder_.transpose(
                name("nhwc"), conv(builder_.transpose(name("nchw"), y, {0, 3, 1, 2}), 4, 1), {0, 2, 3, 1});
            return builder_.transpose(name("nchw"), map("sum", "x0,x1,add", {y, z}), {0, 3, 1, 2});
        }
        case 8: {  // channel shuffle
            const ValueId y = layer(x, 6, 1);
            const std::vector<int64_t> s = shape(y);
            const ValueId split = builder_.reshape(name("split"), y, {s[0], 2, 3, s[2], s[3]});
            return builder_.reshape(name("shuffled"), builder_.transpose(name("turn"), split, {0, 2, 1, 3, 4}), s);
        }
        default:
            return layer(x, 4, 3);
        }
    }

    PoolMode any_mode() {
        return std::array{PoolMode::max, PoolMode::average,
                          PoolMode::average_padded}[static_cast<std::size_t>(below(3))];
    }

    /// Rows of scores.
    ValueId head(ValueId x) {
        const std::vector<int64_t> s = shape(x);
        if (below(2) == 0) {
            x = builder_.node(name("mean"), Pool2d{{{s[2], s[3]}, {1, 1}, {1, 1}, {}}, {}, PoolMode::average}, {x});
        }
        x = builder_.flatten(name("flat"), x);
        const int64_t features = shape(x)[1];
        if (below(2) == 0) {
            return builder_.gemm(name("gemm"), activate_row(x), 3);
        }
        const ValueId product =
            builder_.node(name("product"), MatMul{},
                          {builder_.reshape(name("row"), x, {1, 1, features}), reals("w", {features, 3}, -1, 1)});
        return map("logits", "x0,x1,add", {product, reals("b", {3}, -1, 1)});
    }
    ValueId activate_row(ValueId x) { return below(2) == 0 ? x : map("row", "x0,2,mul,tanh,0.5,mul", {x}); }

    std::mt19937_64 random_;
    PassBuilder builder_;
};

}  // namespace ingot::test
