// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/choice.h"
#include "spec/error.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"
#include <algorithm>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <set>

namespace ingot {
namespace {

const std::string conv_text =
    "conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 src=nhwc+1,1,1,1 weights=ohwi16o dst=nhwc "
    "epilogue=bias,relu";

const std::string chain_text =
    "sequential n=2 [conv2d n=2 h=9 w=7 ci=2 co=6 k=3x3 s=1x1 p=0,0,0,0 src=nchw weights=ohwi16o dst=nhwc "
    "epilogue=bias,relu] [pool2d n=2 h=7 w=5 c=6 k=2x2 s=2x2 p=0,0,0,0 src=nhwc dst=nhwc] "
    "[gemm n=2 ci=36 co=4 src=nc weights=oi dst=nc epilogue=bias]";

std::string message_of(const std::function<void()> &action) {
    try {
        action();
    } catch (const Error &error) {
        return error.what();
    }
    return "no error";
}

std::string parse_error(const std::string &text) {
    return message_of([&] { (void)parse_kernel_spec(text); });
}

// The message of validate() after `prefix` and the kernel's own text.
std::string refusal(const KernelSpec &spec) {
    const std::string message = message_of([&] { spec.validate(); });
    const std::string prefix = "kernel '" + to_text(spec) + "': ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

KernelSpec changed(const std::function<void(KernelSpec &)> &change, const std::string &text = conv_text) {
    KernelSpec spec = parse_kernel_spec(text);
    change(spec);
    return spec;
}

class RandomSpecs {
public:
    explicit RandomSpecs(unsigned seed) : random_(seed) {}

    KernelSpec next() {
        KernelSpec spec;
        spec.op = std::array{Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm}[number(0, 3)];
        spec.n = number(1, 8);
        spec.ci = number(1, 100);
        spec.co = spec.op == Op::pool2d ? spec.ci : number(1, 100);
        if (spec.op == Op::gemm) {
            spec.src = operand({DimOrder::nc}, false);
            spec.weights = operand({DimOrder::oi}, false);
            spec.dst = operand({DimOrder::nc}, false);
        } else {
            windowed(spec);
        }
        if (spec.op == Op::pool2d) {
            spec.mode = std::array{PoolMode::max, PoolMode::average, PoolMode::average_padded}[number(0, 2)];
        } else if (coin()) {
            spec.epilogue.push_back({Function::bias});
        }
        add_steps(spec);
        return spec;
    }

    KernelSpec next_tensor_op() {
        KernelSpec spec;
        spec.op = std::array{Op::map, Op::reduce, Op::resample, Op::pad, Op::matmul}[number(0, 4)];
        const std::size_t rank = spec.op == Op::matmul ? number(3, 5) : number(1, 4);
        for (std::size_t i = 0; i < rank; ++i) {
            spec.dims.push_back(small() + 1);
        }
        std::size_t sources = spec.op == Op::matmul ? 2 : 1;
        if (spec.op == Op::map || spec.op == Op::reduce) {
            spec.expression = expression();
            sources = static_cast<std::size_t>(operand_count(spec.expression));
        }
        for (std::size_t i = 0; i < sources; ++i) {
            spec.views.push_back(view(rank));
        }
        if (spec.op == Op::resample) {
            spec.axis = static_cast<int64_t>(number(0, rank - 1));
            spec.taps = small() + 1;
            spec.extent = small() + 1;
        } else if (spec.op == Op::pad) {
            spec.value = 0.1f * static_cast<float>(small());
            for (int64_t &extent : spec.dims) {
                spec.before.push_back(small());
                spec.inside.push_back(extent);
                extent += spec.before.back() + small();
            }
        }
        spec.views.push_back(dense_view(spec.dims));
        if (spec.op == Op::map && number(0, 2) == 0) {
            spec.in_place = 0;
            spec.views.front() = spec.views.back();
        }
        if (spec.op == Op::reduce) {
            spec.reduction = std::array{Reduction::sum, Reduction::mean, Reduction::arg_max_last}[number(0, 2)];
            spec.views.back().strides[number(0, rank - 1)] = 0;
        } else if (spec.op == Op::matmul) {
            spec.views.back().strides.back() = 0;
        }
        return spec;
    }

private:
    /// Steps behind the bias.
    void add_steps(KernelSpec &spec) {
        const std::array steps = {Call{Function::relu},
                                  Call{Function::clip, -0.5f, 6.0f},
                                  Call{Function::silu},
                                  Call{Function::leaky_relu, 0.01f},
                                  Call{Function::prelu},
                                  Call{Function::add},
                                  Call{Function::hard_sigmoid, 0.2f, 0.5f}};
        for (const Call &step : steps) {
            const bool allowed = step.function == Function::add     ? spec.op == Op::conv2d || spec.op == Op::gemm
                                 : step.function == Function::prelu ? spec.op != Op::pool2d
                                                                    : true;
            if (allowed && number(0, 3) == 0) {
                spec.epilogue.push_back(step);
            }
        }
        if (spec.has(Function::add)) {
            spec.add = spec.op == Op::gemm ? operand({DimOrder::nc}, false)
                                           : operand({DimOrder::nhwc, DimOrder::nchw}, true);
        }
    }

    /// Of the operands x0 and, some of them, x1.
    Expression expression() {
        Expression expression = {operand_term(0)};
        for (std::size_t terms = number(0, 3); terms > 0; --terms) {
            if (coin()) {
                expression.push_back(coin() ? operand_term(static_cast<int>(number(0, 1))) : constant_term(0.25f));
                expression.push_back(call_term(coin() ? Function::add : Function::greater));
            } else {
                expression.push_back(coin() ? call_term(Function::tanh) : call_term(Function::clip, -1.0f, 1.5f));
            }
        }
        return expression;
    }

    View view(std::size_t rank) {
        View view{std::array{DataType::f32, DataType::i64, DataType::boolean}[number(0, 2)], {}};
        for (std::size_t i = 0; i < rank; ++i) {
            view.strides.push_back(small() - 1);
        }
        return view;
    }

    static View dense_view(const std::vector<int64_t> &dims) {
        View view{DataType::f32, std::vector<int64_t>(dims.size())};
        int64_t stride = 1;
        for (std::size_t i = dims.size(); i-- > 0;) {
            view.strides[i] = stride;
            stride *= dims[i];
        }
        return view;
    }

    std::size_t number(std::size_t lowest, std::size_t highest) {
        return std::uniform_int_distribution<std::size_t>(lowest, highest)(random_);
    }
    int64_t small() { return static_cast<int64_t>(number(0, 3)); }
    bool coin() { return number(0, 1) == 1; }

    Window window() {
        return {{small() + 1, small() + 1}, {small() + 1, small() + 1}, {small() + 1, small() + 1}, pad()};
    }
    Pad2 pad() { return {small(), small(), small(), small()}; }

    Operand operand(const std::vector<DimOrder> &orders, bool halo) {
        Operand operand;
        operand.order = orders[number(0, orders.size() - 1)];
        if (halo && coin()) {
            operand.halo = pad();
        }
        if (halo && coin()) {
            operand.strides = {small() + 1, small() + 1, 1000 + small(), 1};
        }
        return operand;
    }

    void windowed(KernelSpec &spec) {
        spec.h = static_cast<int64_t>(number(40, 300));
        spec.w = static_cast<int64_t>(number(40, 300));
        spec.window = window();
        if (spec.op == Op::conv2d_pool2d) {
            spec.pool = window();
            spec.pool->kernel = {1 + small() % 2, 1 + small() % 2};
            spec.pool->dilation = {};
        }
        spec.src = operand({DimOrder::nhwc, DimOrder::nchw}, true);
        spec.dst = operand({DimOrder::nhwc, DimOrder::nchw}, true);
        if (spec.op != Op::pool2d) {
            spec.groups = static_cast<int64_t>(number(1, 4));
            spec.ci *= spec.groups;
            spec.co *= spec.groups;
            spec.weights = operand({DimOrder::oihw, DimOrder::ohwi16o}, false);
        }
    }

    std::mt19937 random_;
};

TEST(KernelSpecText, RandomSpecsComeBack) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        const KernelSpec spec = RandomSpecs(seed).next();
        const std::string text = to_text(spec);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
        EXPECT_NO_THROW(spec.validate());
        EXPECT_EQ(parse_kernel_spec(text), spec);
        std::string colons = text;
        std::replace(colons.begin(), colons.end(), '=', ':');
        EXPECT_EQ(parse_kernel_spec(colons), spec);
    }
}

TEST(KernelSpecText, RandomTensorOpsComeBack) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        const KernelSpec spec = RandomSpecs(seed).next_tensor_op();
        const std::string text = to_text(spec);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
        EXPECT_NO_THROW(spec.validate());
        EXPECT_EQ(parse_kernel_spec(text), spec);
    }
}

TEST(Epilogue, OfRisingFunctionsIsMonotone) {
    const auto is_rising = [](const std::string &text) {
        return is_monotone(parse_kernel_spec("gemm n=1 ci=1 co=1 epilogue=" + text).epilogue);
    };
    EXPECT_TRUE(is_monotone({}));
    EXPECT_TRUE(is_rising("bias,leaky_relu(0.1),clip(0/6),tanh"));
    EXPECT_TRUE(is_rising("selu(1.6/1.05),hard_sigmoid(0.2/0.5)"));
    EXPECT_FALSE(is_rising("leaky_relu(-0.1)"));
    EXPECT_FALSE(is_rising("bias,relu,neg"));
    EXPECT_FALSE(is_rising("silu"));
    EXPECT_FALSE(is_rising("prelu"));
}

TEST(KernelSpecText, IsCanonical) {
    for (const std::string &text : {
             conv_text,
             std::string(
                 "conv2d n=1 h=9 w=8 ci=4 co=6 k=3x1 s=2x1 p=0,1,2,3 d=2x1 g=2 src=nchw weights=oihw dst=nhwc"),
             std::string("conv2d_pool2d n=2 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
                         "pd=2x2 src=nhwc weights=ohwi16o dst=nhwc+1,1,1,1@900,1,90,16 epilogue=bias,relu"),
             std::string("conv2d n=1 h=9 w=9 ci=5 co=7 k=3x3 s=1x1 p=1,1,1,1 src=nhwc+1,1,1,1 weights=winograd2 "
                         "dst=nhwc epilogue=bias"),
             std::string("pool2d n=1 h=8 w=8 c=64 k=2x2 s=2x2 p=0,0,0,0 d=1x2 src=nhwc dst=nchw epilogue=relu"),
             std::string("gemm n=1 ci=1568 co=10 src=nc weights=oi dst=nc epilogue=bias"),
             chain_text,
         }) {
        EXPECT_EQ(to_text(parse_kernel_spec(text)), text);
    }
}

TEST(KernelSpecText, ReadsTypeScaleAndZeroPoint) {
    const std::string text = "gemm n=1 ci=2 co=3 src=f32(0.1/-128)/nc weights=oi dst=f32(1e-30/7)/nc";
    const KernelSpec spec = parse_kernel_spec(text);
    EXPECT_EQ(spec.src.scale, 0.1f);
    EXPECT_EQ(spec.src.zero_point, -128);
    EXPECT_EQ(to_text(spec), text);
    EXPECT_EQ(to_text(parse_kernel_spec("gemm n=1 ci=2 co=3 src=f32/nc")),
              "gemm n=1 ci=2 co=3 src=nc weights=oi dst=nc");
}

TEST(KernelSpecText, ShapeLeavesLayoutsOut) {
    EXPECT_EQ(shape_text(parse_kernel_spec(conv_text)),
              "conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu");
    const KernelSpec pool = parse_kernel_spec("pool2d n=1 h=8 w=8 c=64 k=2x2 s=2x2 p=0,0,0,0");
    EXPECT_EQ(shape_text(pool), "pool2d n=1 h=8 w=8 c=64 k=2x2 s=2x2 p=0,0,0,0");
    EXPECT_EQ(to_text(pool), "pool2d n=1 h=8 w=8 c=64 k=2x2 s=2x2 p=0,0,0,0 src=nhwc dst=nhwc");
    EXPECT_EQ(pool.ci, 64);
    EXPECT_EQ(pool.co, 64);
}

TEST(KernelSpecText, SequentialIsItsLayers) {
    const KernelSpec spec = parse_kernel_spec(chain_text);
    EXPECT_EQ(spec, make_sequential(spec.layers));
    EXPECT_EQ(spec.layers.size(), 3U);
    EXPECT_EQ(spec.src, spec.layers[0].src);
    EXPECT_EQ(spec.dst, spec.layers[2].dst);
    EXPECT_EQ(spec.ci, 2);
    EXPECT_EQ(spec.co, 4);
    EXPECT_EQ(spec.output(), Extent2{});
    EXPECT_EQ(spec.flops(), spec.layers[0].flops() + spec.layers[1].flops() + spec.layers[2].flops());
    EXPECT_EQ(shape_text(spec),
              "sequential n=2 [conv2d n=2 h=9 w=7 ci=2 co=6 k=3x3 s=1x1 p=0,0,0,0 epilogue=bias,relu] "
              "[pool2d n=2 h=7 w=5 c=6 k=2x2 s=2x2 p=0,0,0,0] [gemm n=2 ci=36 co=4 epilogue=bias]");
    EXPECT_NO_THROW(spec.validate());
    EXPECT_EQ(to_text(parse_kernel_spec("sequential  n:1   [gemm n:1 ci:2 co:3][gemm n:1 ci:3 co:1] ")),
              "sequential n=1 [gemm n=1 ci=2 co=3 src=nc weights=oi dst=nc] [gemm n=1 ci=3 co=1 src=nc weights=oi "
              "dst=nc]");
}

TEST(KernelSpecText, SequentialRefusesByName) {
    const auto error = [](const std::string &text) {
        const std::string message = parse_error(text), prefix = "kernel '" + text + "': ";
        return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
    };
    EXPECT_EQ(error("gemm n=1 ci=1 co=1 [gemm n=1 ci=1 co=1]"), "only a sequential has layers in brackets");
    EXPECT_EQ(error("sequential [gemm n=1 ci=1 co=1]"), "key 'n' is missing; keys of sequential: n");
    EXPECT_EQ(error("sequential n=1 [gemm n=1 ci=1]"),
              "layer 0: key 'co' is missing; keys of gemm: n ci co src weights add dst epilogue");
    EXPECT_EQ(error("sequential n=1 [gemm n=1 ci=1 co=1] gemm"), "'gemm' are not layers, each in [brackets]");
    EXPECT_EQ(error("sequential n=1 [gemm n=1 ci=1 co=1"),
              "'[gemm n=1 ci=1 co=1' are not layers, each in [brackets]");
}

TEST(KernelSpecText, TensorOpsComeBack) {
    for (const std::string text : {
             "map dims=28,16 f=x0,x1,mul,0.5,add,clip(0/6) views=16,1;0,1;16,1",
             "map dims=7 f=x0,x1,x2,where views=bool/1;-1;0;1",
             "map dims=7,3 f=x0,x1,add views=0,1;3,1;3,1 in_place=1",
             "reduce dims=49,64 r=mean f=x0 views=64,1;0,1",
             "reduce dims=3,5 r=arg_max_last f=x0 views=5,1;i64/1,0",
             "resample dims=14,8 axis=0 taps=2 extent=7 views=8,1;8,1",
             "pad dims=9,8 before=1,0 inside=7,8 value=-1.5 views=8,1;8,1",
             "matmul dims=2,3,4,5 views=15,5,0,1;0,0,1,4;12,4,1,0",
             "conv2d n=1 h=4 w=4 ci=8 co=8 k=1x1 s=1x1 p=0,0,0,0 src=nhwc weights=oihw add=nhwc+1,1,1,1 dst=nhwc "
             "epilogue=bias,add,hard_swish",
             "pool2d n=1 h=4 w=4 c=8 k=2x2 s=2x2 p=0,0,0,0 mode=average_padded src=nhwc dst=nhwc",
         }) {
        const KernelSpec spec = parse_kernel_spec(text);
        spec.validate();
        EXPECT_EQ(to_text(spec), text);
        EXPECT_EQ(parse_kernel_spec(to_text(spec)), spec) << text;
    }
}

TEST(KernelSpecText, TensorOpsRefuseByName) {
    const auto refusal = [](const std::string &text) -> std::string {
        try {
            parse_kernel_spec(text).validate();
        } catch (const Error &error) {
            const std::string message = error.what();
            return message.substr(message.find("': ") + 3);
        }
        return "";
    };
    EXPECT_EQ(refusal("map dims=4 f=x0,x1,add views=1;1"), "it has 2 views; 2 sources and dst are 3");
    EXPECT_EQ(refusal("map dims=4 f=x0 views=1;1 in_place=1"), "in_place counts the sources from 0; there are 1");
    EXPECT_EQ(refusal("map dims=4 f=x0,x1,add views=0;1;1 in_place=0"),
              "a source that dst replaces has the view of dst");
    EXPECT_EQ(refusal("map dims=4 f=x0 views=1;0"), "dst is different along each of the dims");
    EXPECT_EQ(refusal("map dims=4,4 f=x0 views=1;4,1"), "a view has a stride for each of the dims");
    EXPECT_EQ(refusal("pad dims=4 before=2 inside=3 value=0 views=1;1"), "src does not lie inside dst");
    EXPECT_EQ(refusal("matmul dims=4,4 views=4,1;4,1;4,1"), "the dims of a matmul end with m, n and k");
    EXPECT_EQ(refusal("map dims=4 f=add views=1;1"),
              "key 'f': 'add' is no expression in postfix order, as in x0,x1,add,relu");
}

TEST(KernelSpecText, AcceptsAnyOrderAndSpaces) {
    EXPECT_EQ(to_text(parse_kernel_spec("  conv2d k=1x1 n=1  h=2 w=3 ci=4 co=5 p=0,0,0,0 d=1x1 s=1x1 ")),
              "conv2d n=1 h=2 w=3 ci=4 co=5 k=1x1 s=1x1 p=0,0,0,0 src=nhwc weights=oihw dst=nhwc");
}

TEST(KernelSpecText, RefusesByName) {
    const std::string gemm_keys = "; keys of gemm: n ci co src weights add dst epilogue";
    const auto gemm = [](const std::string &rest) { return "kernel 'gemm " + rest + "': "; };
    EXPECT_EQ(parse_error(" "), "kernel ' ': the text is empty; it starts with an op");
    EXPECT_EQ(parse_error("conv3d n=1"),
              "kernel 'conv3d n=1': unknown op 'conv3d'; known: conv2d, conv2d_pool2d, pool2d, gemm, sequential, "
              "map, reduce, resample, pad, matmul");
    EXPECT_EQ(parse_error("gemm n=1 h=1"), gemm("n=1 h=1") + "unknown key 'h'" + gemm_keys);
    EXPECT_EQ(parse_error("gemm n=1 ci=2 n=1"), gemm("n=1 ci=2 n=1") + "key 'n' is given twice" + gemm_keys);
    EXPECT_EQ(parse_error("gemm n=1 co=2"), gemm("n=1 co=2") + "key 'ci' is missing" + gemm_keys);
    EXPECT_EQ(parse_error("gemm n"), gemm("n") + "key 'n' has no value; write n=value");
    for (const std::string value : {"", "x", "-1", "1.5", "+1", "0x1", "99999999999999999999999"}) {
        EXPECT_EQ(parse_error("gemm ci=" + value),
                  gemm("ci=" + value) + "key 'ci': '" + value + "' is not a number from 0 to 2147483647");
    }
    EXPECT_EQ(parse_error("gemm n=2147483648"),
              gemm("n=2147483648") + "key 'n': '2147483648' is not a number from 0 to 2147483647");
    EXPECT_EQ(
        parse_error("gemm src=abc"),
        gemm("src=abc") +
            "key 'src': unknown order of dimensions 'abc'; known: nchw, nhwc, nc, oihw, ohwi16o, oi, winograd2, "
            "winograd4");
    EXPECT_EQ(parse_error("gemm epilogue=bias,clip"),
              gemm("epilogue=bias,clip") +
                  "key 'epilogue': 'clip' does not give clip its 2 constants, as in clip(0/6)");
    EXPECT_NE(
        parse_error("gemm epilogue=bias,tahn").find("key 'epilogue': unknown function 'tahn'; known: bias, relu, "),
        std::string::npos);
    EXPECT_EQ(parse_error("gemm src=s4(1/0)/nc"),
              gemm("src=s4(1/0)/nc") + "key 'src': unknown type 's4'; known: f32, i64, i32, u8, bool, bf16, f16");
    EXPECT_EQ(parse_error("gemm src=f32(1)/nc"),
              gemm("src=f32(1)/nc") + "key 'src': '(1)' is not (scale/zero_point)");
    EXPECT_EQ(parse_error("gemm src=f32(inf/0)/nc"),
              gemm("src=f32(inf/0)/nc") + "key 'src': 'inf' is not a finite float");
    EXPECT_EQ(parse_error("gemm src=nc+1"), gemm("src=nc+1") + "key 'src': '1' are not four numbers a,b,c,d");
    EXPECT_EQ(parse_error("gemm src=nc@1,2,3,4@5"),
              gemm("src=nc@1,2,3,4@5") + "key 'src': '4@5' is not a number from 0 to 2147483647");
    EXPECT_EQ(parse_error("pool2d k=3"), "kernel 'pool2d k=3': key 'k': '3' is not height x width, as in 3x3");
}

TEST(KernelSpec, Output) {
    EXPECT_EQ(parse_kernel_spec(conv_text).output(), (Extent2{56, 56}));
    const KernelSpec spec = parse_kernel_spec("conv2d_pool2d n=1 h=11 w=9 ci=1 co=1 k=3x2 s=2x1 p=1,0,0,2 d=2x3 "
                                              "pk=2x2 ps=2x3 pp=0,0,0,0");
    EXPECT_EQ(spec.window_output(), (Extent2{4, 8}));
    EXPECT_EQ(spec.output(), (Extent2{2, 3}));
    EXPECT_EQ((Window{{5, 4}, {3, 1}, {1, 1}, {}}.output(1, 3)), (Extent2{-1, 0}));
}

TEST(KernelSpec, Flops) {
    EXPECT_EQ(parse_kernel_spec("gemm n=2 ci=3 co=5").flops(), 2.0 * 2 * 3 * 5);
    EXPECT_EQ(parse_kernel_spec("pool2d n=2 h=4 w=4 c=3 k=2x2 s=2x2 p=0,0,0,0").flops(), 2.0 * 3 * 4 * 4);
    EXPECT_EQ(parse_kernel_spec("conv2d n=1 h=5 w=6 ci=4 co=8 k=3x3 s=1x1 p=1,1,1,1 g=2").flops(),
              2.0 * 5 * 6 * 8 * 2 * 9);
    // Of 7 x 7 results of the convolution, the pooling reads 6 x 4.
    EXPECT_EQ(
        parse_kernel_spec("conv2d_pool2d n=1 h=7 w=7 ci=1 co=1 k=1x1 s=1x1 p=0,0,0,0 pk=2x2 ps=2x4 pp=0,0,0,0")
            .flops(),
        2.0 * 6 * 4);
}

TEST(KernelSpec, ValidateRefusesShapes) {
    EXPECT_EQ(refusal(parse_kernel_spec(conv_text)), "no error");
    EXPECT_EQ(refusal(changed([](auto &s) { s.h = 0; })), "h is 0; it must lie in 1 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) { s.n = int64_t{1} << 62; })),
              "n is 4611686018427387904; it must lie in 1 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) { s.groups = 3; })), "g=3 does not divide ci and co");
    EXPECT_EQ(refusal(changed([](auto &s) { s.window.stride.w = 0; })),
              "a kernel, stride or dilation of the window is 0; it must lie in 1 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) { s.window.pad.left = -1; })),
              "a pad of the window is -1; it must lie in 0 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) { s.window.kernel.h = 59; })),
              "the result of the window is empty: its dilated window is larger than the padded picture");
    EXPECT_EQ(refusal(changed([](auto &s) { s.window.pad.top = s.window.stride.h = 2147483647; })),
              "the padded height of the window is 2147483704; it must lie in 1 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) { s.pool.emplace(); })), "this op has no second window");
    EXPECT_EQ(refusal(changed([](auto &s) { s.op = Op::conv2d_pool2d; })), "the window of its pooling is missing");
    EXPECT_EQ(refusal(changed([](auto &s) { s.op = Op::gemm; })), "a gemm has neither height, width nor window");
    EXPECT_EQ(refusal(changed([](auto &s) { s.epilogue.push_back({Function::bias}); })),
              "a step of the epilogue stands twice");
    const std::string pool = "pool2d n=1 h=8 w=8 c=64 k=2x2 s=2x2 p=0,0,0,0";
    EXPECT_EQ(refusal(changed([](auto &s) { s.co = 1; }, pool)),
              "a pool2d has as many output channels as input channels");
    EXPECT_EQ(refusal(changed([](auto &s) { s.groups = 2; }, pool)), "this op has no groups");
    EXPECT_EQ(refusal(parse_kernel_spec(pool + " epilogue=bias")), "a pool2d has no bias");
}

TEST(KernelSpec, ValidateRefusesOperands) {
    EXPECT_EQ(refusal(changed([](auto &s) { s.src.order = DimOrder::nc; })), "src of this op cannot be nc");
    EXPECT_EQ(refusal(changed([](auto &s) { s.weights.order = DimOrder::nhwc; })),
              "weights of this op cannot be nhwc");
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=1 ci=1 co=1 weights=oihw")), "weights of this op cannot be oihw");
    for (const std::string order : {"winograd2", "winograd4"}) {
        const std::string layer = "conv2d n=1 h=8 w=8 ci=16 co=24 p=0,0,0,0 weights=" + order + " ";
        EXPECT_EQ(refusal(parse_kernel_spec(layer + "k=3x3 s=1x1")), "no error");
        for (const char *other : {"k=3x5 s=1x1", "k=3x3 s=2x1", "k=3x3 s=1x1 d=2x2", "k=3x3 s=1x1 g=2"}) {
            EXPECT_EQ(refusal(parse_kernel_spec(layer + other)),
                      "weights=" + order +
                          " needs k=3x3, strides and dilations of 1, one group, and a pool, if any, of 2x2 "
                          "windows side by side without padding");
        }
    }
    EXPECT_EQ(refusal(changed([](auto &s) { s.weights.halo.top = 1; })), "weights have neither halo nor strides");
    EXPECT_EQ(refusal(changed([](auto &s) { s.dst.scale = 0.5f; })),
              "dst is f32 and takes neither scale nor zero point");
    EXPECT_EQ(refusal(changed([](auto &s) { s.src.halo.top = -1; })),
              "a halo of src is -1; it must lie in 0 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) {
                  s.src.strides = {1, 1, 0, 1};
              })),
              "a stride of src is 0; it must lie in 1 to 2147483647");
    EXPECT_EQ(refusal(changed([](auto &s) {
                  s.src.strides = {1, 2147483647, 1, 1};
              })),
              "src spans 2^31 elements or more, Halide's limit of a buffer");
    EXPECT_EQ(refusal(changed([](auto &s) { s.weights.order = DimOrder::oihw; },
                              "pool2d n=1 h=8 w=8 c=1 k=2x2 s=2x2 p=0,0,0,0")),
              "a pool2d has no weights");
    EXPECT_EQ(refusal(changed([](auto &s) { s.src.halo.top = 1; }, "gemm n=1 ci=1 co=1")),
              "src of a gemm has no halo");
}

TEST(KernelSpec, ValidateRefusesLayersThatDoNotFollow) {
    const auto chain = [](const std::function<void(KernelSpec &)> &change) {
        return refusal(changed(change, chain_text));
    };
    const std::string unread = "layer 2 does not read what the layer before it computes";
    EXPECT_EQ(chain([](KernelSpec &s) { s.layers.clear(); }), "a sequential has at least one layer");
    EXPECT_EQ(chain([](KernelSpec &s) { s.layers[2].ci = 35; }), unread);
    EXPECT_EQ(chain([](KernelSpec &s) { std::swap(s.layers[1], s.layers[2]); }),
              "layer 1 does not read what the layer before it computes");
    EXPECT_EQ(chain([](KernelSpec &s) { s.layers[0].dst.order = DimOrder::nchw; }),
              "layer 1 and the one before it hand over a plain nhwc or nc operand");
    EXPECT_EQ(chain([](KernelSpec &s) { s.layers[1].n = 1; }), "layer 1 has another n");
    EXPECT_EQ(chain([](KernelSpec &s) { s.layers[1] = s; }), "a layer of a sequential is no sequential");
    EXPECT_EQ(chain([](KernelSpec &s) {
                  s.layers[0].epilogue = s.layers[2].epilogue = {{Function::add}};
                  s.layers[2].add.order = DimOrder::nc;
              }),
              "layer 2 adds a tensor, and so does one before it");
    EXPECT_EQ(chain([](KernelSpec &s) { s.co = 5; }),
              "the operands and extents of a sequential are those of its first and last layer");
    EXPECT_EQ(refusal(changed([](KernelSpec &s) { s.layers = {s}; })), "only a sequential has layers");
}

TEST(KernelSpec, ValidateKeepsHalidesLimit) {
    const auto error = [](const std::string &operand) {
        return operand + " has 2^31 elements or more, Halide's limit of a buffer";
    };
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=32768 ci=65536 co=1")), error("src"));
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=32767 ci=65536 co=1")), "no error");
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=1 ci=65536 co=32768")), error("weights"));
    const std::string pixel = "conv2d n=1 h=1 w=1 ci=65537 co=32753 k=1x1 s=1x1 p=0,0,0,0 weights=";
    EXPECT_EQ(refusal(parse_kernel_spec(pixel + "oihw")), "no error");
    EXPECT_EQ(refusal(parse_kernel_spec(pixel + "ohwi16o")), error("weights"));
    const std::string filters = "conv2d n=1 h=1 w=1 ci=11585 co=11585 k=3x3 s=1x1 p=1,1,1,1 weights=";
    EXPECT_EQ(refusal(parse_kernel_spec(filters + "ohwi16o")), "no error");
    EXPECT_EQ(refusal(parse_kernel_spec(filters + "winograd2")), error("weights"));
    EXPECT_EQ(refusal(parse_kernel_spec(filters + "winograd4")), error("weights"));
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=32768 ci=1 co=65536")), error("dst"));
    EXPECT_EQ(
        refusal(parse_kernel_spec("conv2d n=1 h=46340 w=46340 ci=1 co=1 k=1x1 s=1x1 p=0,0,0,0 src=nhwc+9,0,0,0")),
        error("src"));
    EXPECT_EQ(refusal(parse_kernel_spec("gemm n=2147483647 ci=2147483647 co=2147483647")), error("src"));
}

TEST(Choice, TextComesBack) {
    for (const std::string text :
         {"conv2d_direct/cpu_tiled:tile_x=14,tile_c=2", "gemm/cpu_reference", "a/b:c=-3"}) {
        EXPECT_EQ(to_text(parse_choice(text)), text);
    }
    const Choice choice = parse_choice("conv2d_direct/cpu_tiled:tile_x:14,tile_c:2");
    EXPECT_EQ(to_text(choice), "conv2d_direct/cpu_tiled:tile_x=14,tile_c=2");
    EXPECT_EQ(param(choice.params, "tile_c"), 2);
    EXPECT_THROW(param(choice.params, "tile_y"), InternalError);
}

TEST(Choice, RefusesByName) {
    const auto error = [](const std::string &text) { return message_of([&] { (void)parse_choice(text); }); };
    const auto expected = [](const std::string &text, const std::string &reason) {
        return "choice '" + text + "': " + reason +
               "; write algorithm/schedule or algorithm/schedule:param=value,...";
    };
    EXPECT_EQ(error("gemm"), expected("gemm", "the '/' between algorithm and schedule is missing"));
    EXPECT_EQ(error("gemm/"), expected("gemm/", "names are made of lower-case letters, digits and '_'"));
    EXPECT_EQ(error("../x"), expected("../x", "names are made of lower-case letters, digits and '_'"));
    EXPECT_EQ(error("a/b:"), expected("a/b:", "'' is not param=value"));
    EXPECT_EQ(error("a/b:x"), expected("a/b:x", "'x' is not param=value"));
    EXPECT_EQ(error("a/b:x=1,x=2"), expected("a/b:x=1,x=2", "'x' is given twice"));
    EXPECT_EQ(error("a/b:x=2147483648"),
              expected("a/b:x=2147483648", "the value of 'x' is not a number within 32 bits"));
}

TEST(Target, TableIsConsistent) {
    const auto targets = cpu_targets();
    ASSERT_EQ(targets.size(), 3u);
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Target &target = targets[i];
        EXPECT_EQ(&find_target(target.name), &target);
        EXPECT_TRUE(target.halide.starts_with("x86-64-linux-sse41"));
        EXPECT_EQ(target.lanes() * 4, target.vector_bytes);
        if (i > 0) {
            const Target &below = targets[i - 1];
            EXPECT_LT(below.level, target.level);
            EXPECT_LT(below.vector_bytes, target.vector_bytes);
            EXPECT_TRUE(target.halide.starts_with(below.halide));
            for (std::string_view feature : below.cpu_features) {
                EXPECT_NE(std::ranges::find(target.cpu_features, feature), target.cpu_features.end()) << feature;
            }
        }
    }
}

TEST(Target, CudaTargetsAreNamedByArchitecture) {
    for (const Target &target : cuda_targets()) {
        EXPECT_EQ(&find_target(target.name), &target);
        EXPECT_EQ(target.device, Device::cuda);
        EXPECT_TRUE(target.compute == 80 || target.compute == 86) << target.name;
        EXPECT_TRUE(target.halide.ends_with("cuda_capability_" + std::to_string(target.compute))) << target.name;
        EXPECT_EQ(target.name, target.sm == 0 ? "cuda-compute_" + std::to_string(target.compute)
                                              : "cuda-sm_" + std::to_string(target.sm));
        EXPECT_TRUE(target.sm == 0 || target.compute <= target.sm) << target.name;
        EXPECT_EQ(target.lanes(), 32);
    }
}

TEST(Target, FeaturesAreThoseOfThePlan) {
    std::ifstream file(INGOT_SOURCE_DIR "/runtime/include/ingot/plan.h");
    const std::string plan((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::set<std::string> known;
    const std::string prefix = "#define INGOT_CPU_";
    for (std::size_t at = plan.find(prefix); at != std::string::npos; at = plan.find(prefix, at)) {
        at += prefix.size();
        known.insert(plan.substr(at, plan.find(' ', at) - at));
    }
    const auto &top = cpu_targets().back().cpu_features;
    EXPECT_EQ(known, std::set<std::string>(top.begin(), top.end()));
}

TEST(Target, Lists) {
    EXPECT_EQ(parse_targets("").size(), cpu_targets().size());
    const auto some = parse_targets("x86-64-v4,x86-64-v2,x86-64-v4");
    ASSERT_EQ(some.size(), 2u);
    EXPECT_EQ(some[0]->name, "x86-64-v2");
    EXPECT_EQ(some[1]->name, "x86-64-v4");
    const auto both = parse_targets("cuda-sm_90,x86-64-v4,cuda-compute_86,cuda-sm_80,x86-64-v2");
    std::string names;
    for (const Target *target : both) {
        names += std::string(target->name) + " ";
    }
    EXPECT_EQ(names, "x86-64-v2 x86-64-v4 cuda-compute_86 cuda-sm_80 cuda-sm_90 ");
    const std::string known =
        "; known targets: x86-64-v2, x86-64-v3, x86-64-v4, host, cuda-compute_80, cuda-compute_86, "
        "cuda-sm_80, cuda-sm_86, cuda-sm_89, cuda-sm_90, cuda-sm_100, cuda-sm_120";
    EXPECT_EQ(message_of([] { (void)parse_targets("x86-64-v3,"); }), "unknown target ''" + known);
    EXPECT_EQ(message_of([] { (void)find_target("avx2"); }), "unknown target 'avx2'" + known);
}

TEST(Target, HostAgreesWithTheCompiler) {
    const std::vector<const Target *> host = host_targets();
    const auto has = [&](std::string_view name) {
        return std::ranges::any_of(host, [&](const Target *t) { return t->name == name; });
    };
    const bool v2 =
        __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    const bool v3 =
        v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
    EXPECT_EQ(has("x86-64-v2"), v2);
    EXPECT_EQ(has("x86-64-v3"), v3);
    EXPECT_EQ(has("x86-64-v4"), v4);
    if (!host.empty()) {
        EXPECT_EQ(&find_target("host"), host.back());
    }
}

}  // namespace
}  // namespace ingot
