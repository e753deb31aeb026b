// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "schedules/sequential/stages.h"
#include <functional>

namespace ingot {

namespace {

using Halide::Expr;
using Form = SequentialResult::Form;

int narrow(int64_t value) {
    return static_cast<int>(value);
}

/// What a layer computes from: for each element of its source.
using Reader = std::function<Expr(const Expr &c, const Expr &x, const Expr &y)>;

}  // namespace

/// Answers sequential. With v[0] = src and, for layer i, v[i + 1] =
///
///     conv2d         epilogue(bias(c) + sum over ci, kx, ky of weights(c, ci, kx, ky) * v[i](ci, x * sw + kx * dw
///     -
///                    left, y * sh + ky * dh - top)), v[i] being 0 beside the picture
///     conv2d_pool2d  the maximum of that over a window
///     pool2d         epilogue(max over i, j of v[i](c, x * sw + i * dw - left, y * sh + j * dh - top))
///     gemm           epilogue(bias(c) + sum over i of weights(i, c) * v[i](i)), a picture counted as nhwc
///
/// dst is the last v. Each v has one stage that holds it, in the form that its reader wants.
class SequentialGenerator : public KernelGenerator<SequentialGenerator> {
public:
    void generate() {
        constrain_inputs();
        stages_.spec = spec;
        stages_.n = Var("n");
        const KernelSpec &first = spec.layers[0];
        hold("src_copy", 0, {first.h, first.w}, [&](const Expr &c, const Expr &x, const Expr &y) {
            return first.op == Op::gemm ? (*src)(c, stages_.n) : (*src)(c, x, y, stages_.n);
        });
        for (std::size_t i = 0; i < spec.layers.size(); ++i) {
            add_layer(i);
        }
        define_dst(stages_.results.back().func);
        apply_schedule(sequential_schedules(), choice, stages_, *level);
    }

private:
    [[nodiscard]] bool is_last(std::size_t i) const { return i == spec.layers.size(); }

    /// Defines results[i], whose elements are `value`'s.
    void hold(const std::string &name, std::size_t i, Extent2 picture, const Reader &value) {
        SequentialResult result;
        const Var &n = stages_.n;
        result.c = Var("c"), result.x = Var("x"), result.y = Var("y");
        const Var &c = result.c, &x = result.x, &y = result.y;
        result.func = Func(is_last(i) ? "out" : name);
        const bool from_features = (i == 0 ? spec.layers[0] : spec.layers[i - 1]).op == Op::gemm;
        const bool to_features = !is_last(i) && spec.layers[i].op == Op::gemm;
        if (from_features) {
            result.func(c, n) = value(c, 0, 0);
        } else if (to_features) {
            result.form = Form::flat;
            result.picture = RDom(0, narrow(picture.w), 0, narrow(picture.h), "picture" + std::to_string(i));
            const RDom &p = result.picture;
            result.func(c, x, n) = Halide::undef<float>();
            result.func(c, p.x + narrow(picture.w) * p.y, n) = value(c, p.x, p.y);
        } else if (!is_last(i) && spec.layers[i].op != Op::pool2d) {
            result.form = Form::bordered;
            result.picture = RDom(0, narrow(picture.w), "picture" + std::to_string(i));
            RDom &p = result.picture;
            p.where(y >= 0 && y < narrow(picture.h));
            result.func(c, x, y, n) = 0.0f;
            result.func(c, p.x, y, n) = value(c, p.x, Halide::clamp(y, 0, narrow(picture.h) - 1));
        } else {
            result.func(c, x, y, n) = value(c, x, y);
        }
        stages_.results.push_back(result);
    }

    void add_layer(std::size_t i) {
        const KernelSpec &of = spec.layers[i];
        SequentialLayer layer{of, Var("c"), Var("x"), Var("y"), {}, {}, {}, {}};
        const std::string number = std::to_string(i);
        layer.sum = Func("sum" + number);
        if (of.op == Op::gemm) {
            define_gemm(i, layer);
        } else if (of.op == Op::pool2d) {
            define_pool(i, layer);
        } else {
            define_convolution(i, layer);
        }
        const Var n = stages_.n;
        const Func sum = layer.sum;
        stages_.layers.push_back(layer);
        hold("result" + number, i + 1, of.output(), [&](const Expr &c, const Expr &x, const Expr &y) {
            if (of.op == Op::gemm) {
                return apply_epilogue(of, {}, sum(c, n), {c});
            }
            return apply_epilogue(of, {}, of.pool ? maximum(*of.pool, sum, c, x, y) : sum(c, x, y, n), {c});
        });
    }

    [[nodiscard]] Expr start(std::size_t i, const Var &c) const {
        const Input *constant = layer_constant("bias" + std::to_string(i));
        return constant == nullptr ? Expr(0.0f) : (*constant)(c);
    }

    void define_convolution(std::size_t i, SequentialLayer &layer) {
        const KernelSpec &of = layer.spec;
        const Window &window = of.window;
        const Var &c = layer.c, &x = layer.x, &y = layer.y, &n = stages_.n;
        layer.r = RDom(0, narrow(of.ci / of.groups), 0, narrow(window.kernel.w), 0, narrow(window.kernel.h),
                       "r" + std::to_string(i));
        const RDom &r = layer.r;
        const Input &packed = *layer_constant("weights" + std::to_string(i));
        const int block = narrow(channel_block);
        const Var ci("ci"), kx("kx"), ky("ky");
        layer.weights = Func("weights_read" + std::to_string(i));
        layer.weights(c, ci, kx, ky) =
            is_blocked(of.weights.order) ? packed(c % block, ci, kx, ky, c / block) : packed(kx, ky, ci, c);
        const Expr group = of.groups == 1 ? Expr(0) : c / narrow(of.co / of.groups) * narrow(of.ci / of.groups);
        const Expr column = x * narrow(window.stride.w) + r.y * narrow(window.dilation.w) - narrow(window.pad.left);
        const Expr row = y * narrow(window.stride.h) + r.z * narrow(window.dilation.h) - narrow(window.pad.top);
        layer.sum(c, x, y, n) = start(i, c);
        layer.sum(c, x, y, n) +=
            layer.weights(c, r.x, r.y, r.z) * stages_.results[i].func(group + r.x, column, row, n);
    }

    void define_pool(std::size_t i, SequentialLayer &layer) {
        const KernelSpec &of = layer.spec;
        const Window &window = of.window;
        const Var &c = layer.c, &x = layer.x, &y = layer.y, &n = stages_.n;
        layer.r = RDom(0, narrow(window.kernel.w), 0, narrow(window.kernel.h), "r" + std::to_string(i));
        const RDom &r = layer.r;
        const int right = narrow(of.w) - 1, bottom = narrow(of.h) - 1;
        Expr column = x * narrow(window.stride.w) + r.x * narrow(window.dilation.w) - narrow(window.pad.left);
        Expr row = y * narrow(window.stride.h) + r.y * narrow(window.dilation.h) - narrow(window.pad.top);
        const Expr least = Halide::Float(32).min();
        Expr value;
        if (window.pad.any()) {
            const Expr is_inside = column >= 0 && column <= right && row >= 0 && row <= bottom;
            value = Halide::select(
                is_inside,
                stages_.results[i].func(c, Halide::clamp(column, 0, right), Halide::clamp(row, 0, bottom), n),
                least);
        } else {
            value = stages_.results[i].func(c, column, row, n);
        }
        layer.sum(c, x, y, n) = least;
        layer.sum(c, x, y, n) = Halide::max(layer.sum(c, x, y, n), value);
    }

    void define_gemm(std::size_t i, SequentialLayer &layer) {
        const KernelSpec &of = layer.spec;
        const Var &c = layer.c, &n = stages_.n;
        const Var feature("feature");
        layer.r = RDom(0, narrow(of.ci), "r" + std::to_string(i));
        layer.features = Func("features" + std::to_string(i));
        layer.weights = Func("weights_read" + std::to_string(i));
        const SequentialResult &source = stages_.results[i];
        if (source.form == Form::flat) {
            const int channels = narrow(spec.layers[i - 1].co);
            layer.features(feature, n) = source.func(feature % channels, feature / channels, n);
        } else {
            layer.features(feature, n) = source.func(feature, n);
        }
        layer.weights(feature, c) = (*layer_constant("weights" + std::to_string(i)))(feature, c);
        layer.sum(c, n) = start(i, c);
        layer.sum(c, n) += layer.weights(layer.r.x, c) * layer.features(layer.r.x, n);
    }

    /// The maximum of a layer's sums over a window without padding.
    [[nodiscard]] Expr maximum(const Window &pool, const Func &sum, const Expr &c, const Expr &x,
                               const Expr &y) const {
        Expr result;
        for (int j = 0; j < pool.kernel.h; ++j) {
            for (int i = 0; i < pool.kernel.w; ++i) {
                const Expr value = sum(c, x * narrow(pool.stride.w) + i, y * narrow(pool.stride.h) + j, stages_.n);
                result = result.defined() ? Halide::max(result, value) : value;
            }
        }
        return result;
    }

    SequentialStages stages_;
};

}  // namespace ingot

HALIDE_REGISTER_GENERATOR(ingot::SequentialGenerator, sequential)
