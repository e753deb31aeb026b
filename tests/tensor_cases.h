// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <vector>

namespace ingot {

/// The rows of kernel_cases() of tensor ops, as lowering makes them and as it may not.
inline const std::vector<const char *> &tensor_cases(Op op) {
    static const std::vector<const char *> map = {
        // one element, with and without a stride; odd rows; rows of less than a vector, of some, of whole ones
        "map dims=1 f=x0,x1,add views=1;0;1",
        "map dims=1 f=x0,neg views=0;0",
        "map dims=1003 f=x0,x1,add,relu views=1;1;1",
        "map dims=5 f=x0,2,mul,1,sub views=1;1",
        "map dims=37 f=x0,x1,max,x2,min views=1;1;1;1",
        "map dims=4,64 f=x0,abs views=64,1;80,1",
        // broadcasts: a scalar, along the rows, along the columns, along the middle, of both sources
        "map dims=6,50 f=x0,x1,mul,x2,add,x3,sub views=50,1;0,0;0,1;1,0;50,1",
        "map dims=3,5,70 f=x0,x1,add views=350,70,1;70,0,1;350,70,1",
        "map dims=7,19 f=x0,x1,mul views=1,0;0,1;19,1",
        "map dims=100,3 f=x0,x1,sub,x2,mul views=3,1;0,1;0,1;3,1",
        "map dims=2,3,5,7 f=x0,x1,add views=0,35,0,5;105,0,7,0;105,35,7,1",
        // backwards, in steps, one row above the other; into a part of dst, into every other element of it
        "map dims=4,21 f=x0,x1,add views=-21,-1;21,-2;21,1",
        "map dims=9,33 f=x0 views=2,3;33,1",
        "map dims=5,6,24 f=x0,relu views=144,24,1;400,40,1",
        "map dims=6,20 f=x0,x1,add views=20,1;1,6;50,2",
        "map dims=3,4,5 f=x0 views=20,5,1;1,3,12",
        // NCHW and NHWC, few and many channels, with tails in both dimensions, beside a source that is not turned
        "map dims=2,49,64 f=x0,relu views=3136,1,49;3136,64,1",
        "map dims=2,64,49 f=x0,relu views=3136,1,64;3136,49,1",
        "map dims=77,37 f=x0,x1,add views=1,77;37,1;37,1",
        "map dims=37,77 f=x0,x1,mul,x2,add views=1,37;0,1;37,1;80,1",
        "map dims=200,3 f=x0,x1,sub views=1,200;0,1;3,1",
        "map dims=3,200 f=x0 views=1,3;200,1",
        "map dims=3,200 f=x0,x1,add views=1,3;200,1;200,1",
        "map dims=5,50,4 f=x0,x1,mul views=200,1,50;0,0,1;200,4,1",
        "map dims=33,5 f=x0,x1,sub,x2,mul views=5,1;0,1;1,0;5,1",
        "map dims=2,21,6 f=x0,x1,max views=126,1,21;0,0,1;150,6,1",
        "map dims=19,5,18 f=x0 views=1,342,19;90,18,1",
        "map dims=17,18 f=x0 views=-1,-20;18,1",
        "map dims=16,12 f=x0 views=u8/1,16;u8/12,1",
        "map dims=21,13 f=x0 views=i64/1,21;i64/13,1",
        // types
        "map dims=3,41 f=x0,x1,add views=i64/41,1;i64/0,1;i64/41,1",
        "map dims=300 f=x0,x1,less,x2,or views=1;1;bool/1;bool/1",
        "map dims=2,130 f=x0,x1,x2,where views=bool/0,1;130,1;0,0;130,1",
        "map dims=70 f=x0,to_f32,0.5,mul views=u8/1;1",
        "map dims=5,9 f=x0,to_i64 views=9,1;i64/9,1",
        "map dims=99 f=x0,x1,add views=i32/1;i32/1;i32/1",
        "map dims=4,5 f=x0,not views=bool/5,1;bool/1,4",
        // in the place of a source: with tails, of strided rows, beside one that broadcasts and one that is turned
        "map dims=1003 f=x0,x1,add,relu views=1;1;1 in_place=1",
        "map dims=4,61 f=x0,abs views=80,1;80,1 in_place=0",
        "map dims=7,49,24 f=x0,x1,mul views=1176,24,1;24,0,1;1176,24,1 in_place=0",
        "map dims=3,200 f=x0,x1,add views=1,3;200,1;200,1 in_place=1",
        "map dims=77,37 f=x0,x1,add views=1,77;37,1;37,1 in_place=1",
        "map dims=33,5 f=x0,x0,mul,x1,sub views=5,1;0,1;5,1 in_place=0",
        "map dims=4,21 f=x0,neg views=21,2;21,2 in_place=0",
        // what a softmax and a layer of normalisation are written with
        "map dims=6,100 f=x0,x1,sub,exp,x2,div views=100,1;1,0;1,0;100,1",
        "map dims=9,31 f=x0,x1,sub,x2,mul,x3,add,sigmoid views=31,1;1,0;0,1;0,1;31,1",
    };
    static const std::vector<const char *> reduce = {
        // everything, nothing, the first, the middle, the last dimension
        "reduce dims=1 r=sum f=x0 views=1;0",
        "reduce dims=1003 r=sum f=x0 views=1;0",
        "reduce dims=3,35 r=max f=x0 views=35,1;0,0",
        "reduce dims=4,7 r=sum f=x0 views=7,1;7,1",
        "reduce dims=30,75 r=sum f=x0 views=75,1;0,1",
        "reduce dims=5,30,75 r=mean f=x0 views=2250,75,1;75,0,1",
        "reduce dims=5,30,9 r=sum f=x0 views=270,9,1;30,1,0",
        "reduce dims=7,150 r=max f=x0 views=150,1;1,0",
        "reduce dims=40,21 r=min f=x0 views=21,1;1,0",
        "reduce dims=60,3 r=sum f=x0 views=3,1;1,0",
        "reduce dims=2,64 r=sum f=x0 views=64,1;3,0",
        // a global average of NHWC, of NCHW, of rows with a halo; reduced and kept in turns
        "reduce dims=49,2048 r=mean f=x0 views=2048,1;0,1",
        // sums in blocks: of one dimension with a tail, of two, of the outermost alone
        "reduce dims=900,40 r=mean f=x0 views=40,1;0,1",
        "reduce dims=2,30,40,20 r=sum f=x0 views=24000,800,20,1;20,0,0,1",
        "reduce dims=3,300,17 r=sum f=x0,x0,mul views=5100,17,1;0,0,1",
        "reduce dims=20,49 r=mean f=x0 views=49,1;1,0",
        "reduce dims=5,7,7 r=mean f=x0 views=81,9,1;1,0,0",
        "reduce dims=7,20,9 r=sum f=x0 views=180,9,1;0,1,0",
        "reduce dims=3,11,5,37 r=sum f=x0 views=2035,185,37,1;5,0,1,0",
        "reduce dims=3,11,5,37 r=max f=x0 views=2035,185,37,1;0,37,0,1",
        // strides: backwards, in steps, transposed, into a part of dst
        "reduce dims=30,40 r=sum f=x0 views=-40,-1;1,0",
        "reduce dims=17,33 r=sum f=x0 views=1,17;1,0",
        "reduce dims=33,17 r=max f=x0 views=1,33;0,2",
        "reduce dims=12,50 r=sum f=x0 views=100,2;3,0",
        "reduce dims=2,50,3 r=product f=x0 views=150,3,1;3,0,1",
        // expressions of several sources
        "reduce dims=5,100 r=sum f=x0,x1,sub,exp views=100,1;1,0;1,0",
        "reduce dims=6,70 r=mean f=x0,x1,sub,x0,x1,sub,mul views=70,1;1,0;1,0",
        "reduce dims=40,24 r=sum f=x0,x1,mul views=24,1;0,1;0,1",
        "reduce dims=30,10 r=sum f=x0,abs views=10,1;1,0",
        // indices, with ties, of the first and of the last
        "reduce dims=9,100 r=arg_max f=x0 views=100,1;i64/1,0",
        "reduce dims=9,100 r=arg_max_last f=x0 views=100,1;i64/1,0",
        "reduce dims=6,15,20 r=arg_min f=x0 views=300,20,1;i64/20,0,1",
        "reduce dims=50,21 r=arg_min_last f=x0 views=21,1;i64/1,0",
        "reduce dims=1000 r=arg_max f=x0 views=1;i64/0",
        "reduce dims=4,7 r=arg_min f=x0 views=7,1;i64/7,1",
        "reduce dims=4,30 r=arg_max f=x0 views=i64/30,1;i64/1,0",
        // types
        "reduce dims=4,90 r=sum f=x0 views=i64/90,1;i64/1,0",
        "reduce dims=90,4 r=mean f=x0 views=i64/4,1;i64/0,1",
        "reduce dims=5,200 r=max f=x0 views=u8/200,1;u8/1,0",
        "reduce dims=33,40 r=min f=x0 views=bool/40,1;bool/0,1",
        "reduce dims=33,40 r=product f=x0 views=i32/40,1;i32/0,1",
    };
    static const std::vector<const char *> resample = {
        "resample dims=1 axis=0 taps=1 extent=1 views=1;1",
        // one tap, as of a nearest Resize and of a Gather: between rows, between columns, of any type
        "resample dims=10,96 axis=0 taps=1 extent=5 views=96,1;96,1",
        "resample dims=4,14,30 axis=1 taps=1 extent=7 views=210,30,1;420,30,1",
        "resample dims=9,37 axis=1 taps=1 extent=11 views=11,1;37,1",
        "resample dims=5,17,3 axis=1 taps=1 extent=9 views=27,3,1;51,3,1",
        "resample dims=6,70 axis=0 taps=1 extent=9 views=i64/70,1;i64/70,1",
        "resample dims=6,70 axis=1 taps=1 extent=9 views=bool/9,1;bool/70,1",
        "resample dims=3,200 axis=1 taps=1 extent=100 views=u8/100,1;u8/200,1",
        // two, four and many taps
        "resample dims=13,100 axis=0 taps=2 extent=7 views=100,1;100,1",
        "resample dims=6,13,40 axis=1 taps=2 extent=20 views=800,40,1;520,40,1",
        "resample dims=6,45 axis=1 taps=2 extent=20 views=20,1;45,1",
        "resample dims=4,9,21 axis=1 taps=4 extent=5 views=105,21,1;189,21,1",
        "resample dims=4,33 axis=1 taps=4 extent=5 views=5,1;33,1",
        "resample dims=7,3 axis=0 taps=9 extent=64 views=3,1;3,1",
        "resample dims=2,7,50 axis=1 taps=9 extent=64 views=3200,50,1;350,50,1",
        // strides: transposed, backwards, broadcast, into a part of dst
        "resample dims=12,19 axis=0 taps=2 extent=6 views=1,6;19,1",
        "resample dims=12,19 axis=1 taps=2 extent=6 views=-6,-1;19,1",
        "resample dims=5,8,24 axis=1 taps=1 extent=4 views=0,24,1;200,25,1",
        "resample dims=8,24 axis=0 taps=4 extent=4 views=24,1;1,9",
    };
    static const std::vector<const char *> pad = {
        "pad dims=1 before=0 inside=1 value=0 views=1;1",
        "pad dims=5 before=4 inside=1 value=-1.5 views=1;1",
        // around, before, behind, far around, nowhere
        "pad dims=9,11 before=1,2 inside=7,8 value=0 views=8,1;11,1",
        "pad dims=6,100 before=2,0 inside=4,97 value=3 views=97,1;100,1",
        "pad dims=90,201 before=40,99 inside=3,5 value=0.5 views=5,1;201,1",
        "pad dims=4,50 before=0,0 inside=4,50 value=9 views=50,1;50,1",
        // pictures, in NHWC and NCHW; channels
        "pad dims=2,10,12,20 before=0,1,3,0 inside=2,8,8,20 value=0 views=1280,160,20,1;2400,240,20,1",
        "pad dims=6,10,35 before=0,1,2 inside=6,8,32 value=-3 views=256,32,1;350,35,1",
        "pad dims=30,68 before=0,2 inside=30,64 value=0 views=64,1;68,1",
        "pad dims=200,7 before=0,2 inside=200,3 value=0 views=3,1;7,1",
        // strides: transposed, backwards, broadcast, into a part of dst
        "pad dims=20,30 before=3,4 inside=12,20 value=1 views=1,12;30,1",
        "pad dims=20,30 before=3,4 inside=12,20 value=1 views=-20,-1;1,20",
        "pad dims=8,40 before=1,1 inside=6,38 value=1 views=0,1;50,1",
        // types
        "pad dims=7,80 before=3,9 inside=3,65 value=1 views=bool/65,1;bool/80,1",
        "pad dims=7,80 before=3,9 inside=3,65 value=-7 views=i64/65,1;i64/80,1",
        "pad dims=7,80 before=3,9 inside=3,65 value=255 views=u8/65,1;u8/80,1",
    };
    static const std::vector<const char *> matmul = {
        // a product, a dot product, a row by a matrix, a matrix by a column, an outer product
        "matmul dims=1,1,1 views=1,0,1;0,1,1;1,1,0",
        "matmul dims=1,1,100 views=100,0,1;0,1,1;1,1,0",
        "matmul dims=1,75,40 views=40,0,1;0,1,75;75,1,0",
        "matmul dims=1,130,77 views=77,0,1;0,77,1;130,1,0",
        "matmul dims=75,1,40 views=40,0,1;0,1,1;1,1,0",
        "matmul dims=33,20,1 views=1,0,1;0,1,20;20,1,0",
        // whole tiles, tails in every dimension, fewer columns than a vector
        "matmul dims=64,64,64 views=64,0,1;0,1,64;64,1,0",
        "matmul dims=37,75,29 views=29,0,1;0,1,75;75,1,0",
        "matmul dims=15,5,21 views=21,0,1;0,1,5;5,1,0",
        "matmul dims=4,28,300 views=300,0,1;0,1,28;28,1,0",
        // b transposed, a transposed, both, dst transposed
        "matmul dims=49,49,32 views=32,0,1;0,32,1;49,1,0",
        "matmul dims=21,70,13 views=13,0,1;0,13,1;70,1,0",
        "matmul dims=30,40,23 views=1,0,30;0,1,40;40,1,0",
        "matmul dims=30,40,23 views=1,0,30;0,23,1;40,1,0",
        "matmul dims=30,40,23 views=23,0,1;0,1,40;1,30,0",
        "matmul dims=3,50,70 views=70,0,1;0,70,1;50,1,0",
        // batches: of both, of one alone, two of them, as heads of an attention lie
        "matmul dims=5,20,36,17 views=340,17,0,1;612,0,1,36;720,36,1,0",
        "matmul dims=5,20,36,17 views=0,17,0,1;612,0,1,36;720,36,1,0",
        "matmul dims=5,20,36,17 views=340,17,0,1;0,0,1,36;720,36,1,0",
        "matmul dims=2,3,9,11,8 views=216,72,8,0,1;0,88,0,8,1;297,99,11,1,0",
        "matmul dims=4,50,50,16 views=16,64,0,1;16,0,64,1;2500,50,1,0",
        // strides: backwards, in steps, into every other element
        "matmul dims=12,33,15 views=-15,0,-1;0,-1,-33;33,1,0",
        "matmul dims=12,33,15 views=30,0,2;0,2,66;99,3,0",
        // types
        "matmul dims=9,30,11 views=i32/11,0,1;i32/0,1,30;i32/30,1,0",
        "matmul dims=9,30,11 views=i64/11,0,1;i64/0,1,30;i64/30,1,0",
    };
    switch (op) {
    case Op::map:
        return map;
    case Op::reduce:
        return reduce;
    case Op::resample:
        return resample;
    case Op::pad:
        return pad;
    case Op::matmul:
        return matmul;
    default:
        break;
    }
    static const std::vector<const char *> none;
    return none;
}

}  // namespace ingot
