// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include "tests/tensor_cases.h"
#include <vector>

namespace ingot {

/// The shapes that every schedule of an op is tested on: a new op adds rows, not a test of its own. Without
/// layouts, but for planes where a schedule asks for them.
inline const std::vector<const char *> &kernel_cases(Op op) {
    static const std::vector<const char *> conv2d = {
        // 1 x 1 everything; a single pixel under a large filter; a filter as large as the picture
        "conv2d n=1 h=1 w=1 ci=1 co=1 k=1x1 s=1x1 p=0,0,0,0",
        "conv2d n=1 h=1 w=1 ci=3 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        "conv2d n=1 h=5 w=7 ci=16 co=16 k=5x7 s=1x1 p=0,0,0,0 epilogue=bias",
        // the layers of real networks, whole tiles
        "conv2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        "conv2d n=1 h=14 w=14 ci=64 co=64 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu",
        "conv2d n=1 h=28 w=28 ci=3 co=16 k=7x7 s=2x2 p=3,3,3,3 epilogue=bias,relu",
        // odd extents, tails in every dimension
        "conv2d n=1 h=9 w=13 ci=5 co=7 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        "conv2d n=1 h=15 w=17 ci=19 co=33 k=3x3 s=1x1 p=1,1,1,1 epilogue=relu",
        "conv2d n=1 h=7 w=7 ci=32 co=48 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias",
        "conv2d n=1 h=3 w=29 ci=16 co=16 k=2x4 s=1x1 p=0,1,1,2",
        "conv2d n=1 h=29 w=3 ci=16 co=80 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        // stride, dilation, both
        "conv2d n=1 h=15 w=14 ci=16 co=32 k=3x3 s=2x2 p=1,1,1,1 epilogue=bias,relu",
        "conv2d n=1 h=16 w=16 ci=8 co=16 k=3x3 s=2x1 p=0,0,1,1 epilogue=bias",
        "conv2d n=1 h=14 w=14 ci=16 co=16 k=3x3 s=1x1 p=2,2,2,2 d=2x2 epilogue=bias,relu",
        "conv2d n=1 h=19 w=17 ci=4 co=16 k=3x2 s=3x2 p=2,1,2,1 d=2x3 epilogue=bias",
        // asymmetric, and larger than the filter
        "conv2d n=1 h=8 w=8 ci=16 co=16 k=3x3 s=1x1 p=0,2,1,0 epilogue=bias,relu",
        "conv2d n=1 h=4 w=5 ci=16 co=16 k=3x3 s=1x1 p=6,9,7,11 epilogue=bias,relu",
        // groups: whole vectors, less than a vector, depthwise with and without a multiplier
        "conv2d n=1 h=8 w=8 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1 g=2 epilogue=bias,relu",
        "conv2d n=1 h=8 w=9 ci=12 co=18 k=3x3 s=1x1 p=1,1,1,1 g=3 epilogue=bias",
        "conv2d n=1 h=14 w=14 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1 g=32 epilogue=bias,relu",
        "conv2d n=1 h=9 w=9 ci=21 co=21 k=3x3 s=2x2 p=1,1,1,1 g=21 epilogue=bias,relu",
        "conv2d n=1 h=6 w=6 ci=8 co=16 k=3x3 s=1x1 p=1,1,1,1 g=8 epilogue=bias",
        // depthwise: fewer channels than a vector, tails everywhere, a tall and a dilated filter, several strips
        "conv2d n=1 h=11 w=9 ci=5 co=5 k=3x3 s=1x1 p=1,1,1,1 g=5 epilogue=bias,relu",
        "conv2d n=1 h=13 w=15 ci=37 co=37 k=5x5 s=2x2 p=2,1,2,2 g=37 epilogue=bias,clip(-9/9)",
        "conv2d n=2 h=9 w=9 ci=18 co=18 k=9x3 s=1x1 p=4,2,4,2 d=1x2 g=18 epilogue=bias",
        "conv2d n=1 h=140 w=6 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1 g=16 epilogue=bias",
        // groups of a few channels: of two and three, vectors shorter than a register, blocks that others share
        "conv2d n=1 h=7 w=9 ci=24 co=36 k=3x3 s=1x1 p=1,1,1,1 g=12 epilogue=bias",
        "conv2d n=1 h=9 w=9 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1 g=8 epilogue=bias,relu",
        "conv2d n=2 h=10 w=7 ci=12 co=60 k=1x1 s=1x1 p=0,0,0,0 g=3 epilogue=bias",
        "conv2d n=1 h=9 w=14 ci=8 co=58 k=3x3 s=2x2 p=1,1,1,1 g=2 add=nhwc@4000,1,448,64 epilogue=bias,add",
        // few output channels under wide rows, in several strips; pixels counted over rows of 7, in panels of
        // weights
        "conv2d n=1 h=18 w=50 ci=3 co=3 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias",
        "conv2d n=2 h=20 w=35 ci=5 co=2 k=3x5 s=2x2 p=1,2,1,2 epilogue=relu",
        "conv2d n=1 h=20 w=40 ci=4 co=3 k=1x1 s=1x1 p=0,0,0,0 src=nchw dst=nchw epilogue=bias",
        "conv2d n=2 h=7 w=7 ci=64 co=40 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        // weights that L2 does not hold beside others
        "conv2d n=1 h=7 w=7 ci=256 co=264 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu",
        // a row or column short of whole tiles of 4 x 4
        "conv2d n=1 h=27 w=55 ci=8 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        // several images
        "conv2d n=3 h=6 w=14 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
        // epilogues of several steps; a tensor added before or behind them; a slope per channel
        "conv2d n=1 h=7 w=9 ci=16 co=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,clip(-3/6)",
        "conv2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 add=nhwc+1,1,1,1 epilogue=bias,add,relu",
        "conv2d n=2 h=9 w=13 ci=5 co=7 k=3x3 s=1x1 p=1,1,1,1 add=nchw+1,0,2,1 epilogue=bias,hard_swish,add",
        "conv2d n=1 h=8 w=20 ci=3 co=21 k=3x3 s=2x2 p=1,1,1,1 epilogue=bias,prelu",
        "conv2d n=1 h=7 w=7 ci=64 co=24 k=1x1 s=1x1 p=0,0,0,0 epilogue=add,prelu,sigmoid",
        "conv2d n=1 h=9 w=9 ci=24 co=24 k=3x3 s=1x1 p=1,1,1,1 g=24 epilogue=bias,silu",
    };
    static const std::vector<const char *> conv2d_pool2d = {
        "conv2d_pool2d n=1 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
        "conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
        "conv2d_pool2d n=1 h=2 w=2 ci=1 co=1 k=1x1 s=1x1 p=0,0,0,0 pk=2x2 ps=2x2 pp=0,0,0,0",
        "conv2d_pool2d n=1 h=15 w=17 ci=5 co=7 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
        "conv2d_pool2d n=1 h=15 w=17 ci=16 co=48 k=3x3 s=1x1 p=0,0,0,0 pk=3x3 ps=3x3 pp=0,0,0,0 epilogue=bias",
        "conv2d_pool2d n=1 h=12 w=13 ci=16 co=16 k=5x5 s=1x1 p=2,2,2,2 pk=2x3 ps=2x3 pp=0,0,0,0 epilogue=bias,relu",
        // windows that overlap, leave gaps, or are padded
        "conv2d_pool2d n=1 h=16 w=16 ci=3 co=16 k=7x7 s=2x2 p=3,3,3,3 pk=3x3 ps=2x2 pp=1,1,1,1 epilogue=bias,relu",
        "conv2d_pool2d n=1 h=13 w=14 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=3x3 pp=0,0,0,0 epilogue=bias",
        "conv2d_pool2d n=1 h=7 w=7 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,1,1 epilogue=bias,relu",
        // few output channels under wide rows; windows that overlap, several images
        "conv2d_pool2d n=1 h=20 w=36 ci=1 co=6 k=5x5 s=1x1 p=2,2,2,2 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
        "conv2d_pool2d n=2 h=13 w=30 ci=2 co=5 k=3x3 s=1x1 p=1,1,1,1 pk=3x3 ps=2x2 pp=0,0,1,1 epilogue=bias",
        // stride, dilation, groups, several images
        "conv2d_pool2d n=1 h=20 w=20 ci=16 co=16 k=3x3 s=2x2 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
        "conv2d_pool2d n=1 h=12 w=12 ci=32 co=32 k=3x3 s=1x1 p=2,2,2,2 d=2x2 g=2 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "epilogue=bias,relu",
        "conv2d_pool2d n=2 h=8 w=8 ci=16 co=16 k=3x3 s=1x1 p=1,3,2,0 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=relu",
        // epilogues that rise, and those that do not: before the maximum
        "conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "epilogue=bias,leaky_relu(0.1),tanh",
        "conv2d_pool2d n=1 h=12 w=20 ci=3 co=10 k=3x3 s=1x1 p=0,0,0,0 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "epilogue=bias,prelu",
        "conv2d_pool2d n=1 h=9 w=9 ci=16 co=24 k=3x3 s=1x1 p=1,1,1,1 pk=3x3 ps=3x3 pp=0,0,0,0 "
        "epilogue=bias,neg,silu",
    };
    static const std::vector<const char *> pool2d = {
        "pool2d n=1 h=1 w=1 c=1 k=1x1 s=1x1 p=0,0,0,0",
        "pool2d n=1 h=14 w=14 c=32 k=2x2 s=2x2 p=0,0,0,0",
        "pool2d n=1 h=15 w=13 c=19 k=3x3 s=2x2 p=1,1,1,1 epilogue=relu",
        "pool2d n=1 h=9 w=10 c=70 k=3x2 s=1x3 p=1,0,2,1",
        "pool2d n=1 h=12 w=12 c=16 k=3x3 s=1x1 p=2,2,2,2 d=2x2",
        "pool2d n=1 h=11 w=13 c=33 k=11x13 s=1x1 p=0,0,0,0 epilogue=relu",
        "pool2d n=1 h=14 w=40 c=5 k=2x2 s=2x2 p=0,0,0,0 src=nchw dst=nchw",
        "pool2d n=2 h=9 w=19 c=3 k=3x4 s=2x1 p=0,0,0,0 src=nchw dst=nchw epilogue=relu",
        "pool2d n=2 h=5 w=6 c=64 k=1x1 s=1x1 p=0,0,0,0 epilogue=relu",
        // padded planes, in several strips; strides of three; fewer channels than a vector
        "pool2d n=1 h=21 w=37 c=3 k=3x3 s=2x2 p=1,1,1,1 src=nchw dst=nchw",
        "pool2d n=2 h=20 w=22 c=5 k=5x3 s=1x3 p=0,2,4,1 src=nchw dst=nchw epilogue=relu",
        "pool2d n=1 h=9 w=11 c=6 k=3x3 s=1x1 p=1,1,1,1",
        "pool2d n=1 h=9 w=11 c=1 k=3x3 s=1x1 p=1,1,1,1 epilogue=silu",
        // averages: over the elements inside, over all of a padded window
        "pool2d n=1 h=14 w=14 c=32 k=2x2 s=2x2 p=0,0,0,0 mode=average",
        "pool2d n=1 h=15 w=13 c=19 k=3x3 s=2x2 p=1,0,2,1 mode=average epilogue=relu",
        "pool2d n=1 h=15 w=13 c=19 k=3x3 s=2x2 p=1,0,2,1 mode=average_padded",
        "pool2d n=2 h=10 w=12 c=8 k=3x4 s=1x1 p=4,3,4,6 d=2x3 mode=average",
        "pool2d n=1 h=19 w=35 c=3 k=3x3 s=2x1 p=1,1,0,1 src=nchw dst=nchw mode=average",
        "pool2d n=1 h=9 w=21 c=2 k=3x3 s=1x1 p=1,1,1,1 src=nchw dst=nchw mode=average_padded epilogue=tanh",
        "pool2d n=1 h=7 w=7 c=40 k=7x7 s=1x1 p=0,0,0,0 mode=average epilogue=hard_swish",
        // every function of one argument
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 "
        "epilogue=leaky_relu(0.01),elu(0.7),selu(1.6732632/1.050701),celu(1.3)",
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=sigmoid,log,silu,exp,mish,reciprocal",
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=hard_swish,hard_sigmoid(0.2/0.5),softplus,sqrt",
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=gelu,gelu_tanh,erf,tanh,softsign",
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 "
        "epilogue=thresholded_relu(1),abs,neg,clip(-7/3),floor,ceil,round,sign",
        "pool2d n=1 h=3 w=9 c=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=sin,cos,abs,neg",
    };
    static const std::vector<const char *> gemm = {
        "gemm n=1 ci=1 co=1",
        "gemm n=1 ci=1568 co=10 epilogue=bias",
        "gemm n=1 ci=400 co=120 epilogue=bias,relu",
        "gemm n=1 ci=37 co=13 epilogue=bias,relu",
        "gemm n=1 ci=15 co=7",
        "gemm n=5 ci=65 co=11 epilogue=relu",
        "gemm n=13 ci=66 co=40 epilogue=bias,relu",
        "gemm n=8 ci=128 co=64 epilogue=bias",
        "gemm n=2 ci=520 co=136 epilogue=bias",
        "gemm n=7 ci=48 co=37 add=nc epilogue=bias,add,gelu",
        "gemm n=3 ci=64 co=20 add=nc epilogue=bias,prelu,add",
    };
    // The layers in brackets; of nets that are one kernel on CUDA.
    static const std::vector<const char *> sequential = {
        // the reference net, LeNet-5
        "sequential n=1 [conv2d_pool2d n=1 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "src=nchw epilogue=bias,relu] [conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 "
        "pp=0,0,0,0 epilogue=bias,relu] [gemm n=1 ci=1568 co=10 epilogue=bias]",
        "sequential n=1 [conv2d_pool2d n=1 h=28 w=28 ci=1 co=6 k=5x5 s=1x1 p=2,2,2,2 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "src=nchw epilogue=bias,relu] [conv2d_pool2d n=1 h=14 w=14 ci=6 co=16 k=5x5 s=1x1 p=0,0,0,0 pk=2x2 ps=2x2 "
        "pp=0,0,0,0 epilogue=bias,relu] [gemm n=1 ci=400 co=120 epilogue=bias,relu] [gemm n=1 ci=120 co=84 "
        "epilogue=bias,relu] [gemm n=1 ci=84 co=10 epilogue=bias]",
        // the convolutions of the reference net alone, one of its layers, several images
        "sequential n=1 [conv2d_pool2d n=1 h=28 w=28 ci=1 co=16 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "src=nchw epilogue=bias,relu] [conv2d_pool2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 "
        "pp=0,0,0,0 epilogue=bias,relu]",
        "sequential n=3 [conv2d_pool2d n=3 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "dst=nchw epilogue=bias,relu]",
        // odd extents, pools that leave a border, planes; no pool; stride and dilation
        "sequential n=2 [conv2d_pool2d n=2 h=15 w=17 ci=3 co=7 k=3x3 s=1x1 p=1,2,1,0 pk=2x2 ps=2x2 pp=0,0,0,0 "
        "src=nchw epilogue=bias,relu] [conv2d n=2 h=7 w=8 ci=7 co=9 k=3x2 s=1x1 p=1,0,1,1 epilogue=relu] [pool2d "
        "n=2 h=7 w=8 c=9 k=3x3 s=2x2 p=0,0,0,0] [gemm n=2 ci=81 co=13 epilogue=bias]",
        "sequential n=1 [conv2d n=1 h=19 w=19 ci=2 co=11 k=3x3 s=2x2 p=1,1,1,1 epilogue=bias,relu] [conv2d n=1 "
        "h=10 w=10 ci=11 co=5 k=3x3 s=1x1 p=2,2,2,2 d=2x2] [conv2d_pool2d n=1 h=10 w=10 ci=5 co=33 k=1x1 s=1x1 "
        "p=0,0,0,0 pk=3x2 ps=3x2 pp=0,0,0,0 dst=nchw epilogue=bias]",
        // gemms only; a single one, whose extents are prime
        "sequential n=2 [gemm n=2 ci=100 co=64 epilogue=bias,relu] [gemm n=2 ci=64 co=30 epilogue=relu] [gemm n=2 "
        "ci=30 co=3]",
        "sequential n=1 [gemm n=1 ci=37 co=13 epilogue=bias]",
        "sequential n=1 [pool2d n=1 h=9 w=8 c=5 k=2x3 s=1x2 p=0,0,0,0 epilogue=relu]",
    };
    switch (op) {
    case Op::conv2d:
        return conv2d;
    case Op::conv2d_pool2d:
        return conv2d_pool2d;
    case Op::pool2d:
        return pool2d;
    case Op::gemm:
        return gemm;
    case Op::sequential:
        return sequential;
    default:
        return tensor_cases(op);
    }
}

/// Kernels for the CPU whose weights are of 16 bits in memory: whole blocks and tails, every order of weights.
inline const std::vector<const char *> &narrow_weights_cases() {
    static const std::vector<const char *> cases = {
        "conv2d n=1 h=9 w=13 ci=5 co=7 k=3x3 s=1x1 p=1,1,1,1 weights=bf16/oihw epilogue=bias,relu",
        "conv2d n=2 h=8 w=7 ci=16 co=24 k=1x1 s=1x1 p=0,0,0,0 weights=f16/oihw epilogue=bias,relu",
        "conv2d n=1 h=9 w=9 ci=37 co=37 k=3x3 s=1x1 p=1,1,1,1 g=37 weights=f16/oihw epilogue=bias",
        "conv2d_pool2d n=1 h=12 w=14 ci=3 co=18 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 weights=bf16/oihw "
        "epilogue=bias,relu",
        "gemm n=1 ci=400 co=120 weights=f16/oi epilogue=bias,relu",
        "gemm n=13 ci=66 co=41 weights=bf16/oi epilogue=bias,relu",
        "sequential n=1 [conv2d n=1 h=11 w=9 ci=36 co=36 k=3x3 s=1x1 p=1,1,1,1 g=36 weights=bf16/oihw "
        "epilogue=bias,relu] [conv2d n=1 h=11 w=9 ci=36 co=24 k=1x1 s=1x1 p=0,0,0,0 weights=bf16/oihw "
        "epilogue=bias]",
    };
    return cases;
}

/// Sequentials that the CPU answers: a depthwise convolution and the 1 x 1 convolution behind it; a 1 x 1
/// convolution and the mean over its picture.
inline const std::vector<const char *> &cpu_sequential_cases() {
    static const std::vector<const char *> cases = {
        // whole tiles, strips that do not divide the rows, small pictures
        "sequential n=1 [conv2d n=1 h=14 w=14 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 g=64 epilogue=bias,relu] [conv2d "
        "n=1 h=14 w=14 ci=64 co=128 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu]",
        "sequential n=1 [conv2d n=1 h=25 w=5 ci=32 co=32 k=3x3 s=1x1 p=1,1,1,1 g=32 epilogue=bias,clip(0/6)] "
        "[conv2d n=1 h=25 w=5 ci=32 co=64 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,clip(0/6)]",
        "sequential n=1 [conv2d n=1 h=6 w=6 ci=48 co=48 k=3x3 s=2x2 p=1,1,0,0 g=48 epilogue=bias,relu] [conv2d n=1 "
        "h=3 w=3 ci=48 co=96 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu]",
        // channels that fill no vector or no block, a tensor added behind, several images, other windows
        "sequential n=2 [conv2d n=2 h=11 w=9 ci=8 co=8 k=3x3 s=1x1 p=1,1,1,1 g=8 epilogue=bias,relu] [conv2d n=2 "
        "h=11 w=9 ci=8 co=16 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias]",
        "sequential n=1 [conv2d n=1 h=13 w=15 ci=36 co=36 k=5x5 s=1x1 p=2,2,2,2 g=36 epilogue=bias,clip(-5/7)] "
        "[conv2d n=1 h=13 w=15 ci=36 co=24 k=1x1 s=1x1 p=0,0,0,0 add=nhwc+1,1,1,1 epilogue=bias,add]",
        "sequential n=1 [conv2d n=1 h=9 w=12 ci=21 co=21 k=3x2 s=2x1 p=3,2,2,4 d=1x2 g=21] [conv2d n=1 h=6 w=16 "
        "ci=21 co=7 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,prelu]",
        "sequential n=1 [conv2d n=1 h=1 w=1 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1 g=16 epilogue=bias] [conv2d n=1 h=1 "
        "w=1 ci=16 co=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu]",
        // A 1 x 1 convolution and the mean over its picture.
        // whole tiles: rows that a tile divides, and rows that it does not
        "sequential n=1 [conv2d n=1 h=7 w=7 ci=64 co=128 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu] [pool2d "
        "n=1 h=7 w=7 c=128 k=7x7 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=25 w=5 ci=64 co=64 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,clip(0/6)] "
        "[pool2d n=1 h=25 w=5 c=64 k=25x5 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=13 w=13 ci=40 co=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu] [pool2d "
        "n=1 h=13 w=13 c=32 k=13x13 s=1x1 p=0,0,0,0 mode=average]",
        // channels that fill no vector or no block, one input channel, a row, a column, one pixel
        "sequential n=1 [conv2d n=1 h=9 w=4 ci=8 co=10 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu] [pool2d n=1 "
        "h=9 w=4 c=10 k=9x4 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=3 w=11 ci=1 co=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,prelu] [pool2d "
        "n=1 h=3 w=11 c=17 k=3x11 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=1 w=6 ci=5 co=40 k=1x1 s=1x1 p=0,0,0,0] [pool2d n=1 h=1 w=6 c=40 k=1x6 "
        "s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=8 w=1 ci=12 co=24 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias] [pool2d n=1 h=8 "
        "w=1 c=24 k=8x1 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=1 w=1 ci=16 co=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu] [pool2d "
        "n=1 h=1 w=1 c=32 k=1x1 s=1x1 p=0,0,0,0 mode=average]",
        // several images, a tensor added before the mean, an epilogue behind it
        "sequential n=3 [conv2d n=3 h=5 w=7 ci=16 co=17 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu] [pool2d "
        "n=3 h=5 w=7 c=17 k=5x7 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=2 [conv2d n=2 h=4 w=6 ci=24 co=48 k=1x1 s=1x1 p=0,0,0,0 add=nhwc+1,1,1,1 "
        "epilogue=bias,add,relu] [pool2d n=2 h=4 w=6 c=48 k=4x6 s=1x1 p=0,0,0,0 mode=average]",
        "sequential n=1 [conv2d n=1 h=7 w=5 ci=12 co=20 k=1x1 s=1x1 p=0,0,0,0 add=nhwc "
        "epilogue=bias,add,clip(-3/4)] [pool2d n=1 h=7 w=5 c=20 k=7x5 s=1x1 p=0,0,0,0 mode=average "
        "epilogue=relu]",
    };
    return cases;
}

}  // namespace ingot
