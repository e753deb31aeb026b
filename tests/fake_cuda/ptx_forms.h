// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entries made of a function of one lane.
#pragma once
#include "tests/fake_cuda/ptx_registry.h"
#include "tests/fake_cuda/ptx_warp.h"

namespace ingot::ptx {

template<class D, class A, class F>
void run_unary(Warp &warp, const Instruction &instruction, uint32_t mask) {
    D *d = warp.at<D>(instruction.operands[0]);
    const A *a = warp.at<A>(instruction.operands[1]);
    for_lanes(warp, mask, [=](uint32_t lane) { d[lane] = static_cast<D>(F{}(a[lane])); });
}

template<class D, class A, class B, class F>
void run_binary(Warp &warp, const Instruction &instruction, uint32_t mask) {
    D *d = warp.at<D>(instruction.operands[0]);
    const A *a = warp.at<A>(instruction.operands[1]);
    const B *b = warp.at<B>(instruction.operands[2]);
    for_lanes(warp, mask, [=](uint32_t lane) { d[lane] = static_cast<D>(F{}(a[lane], b[lane])); });
}

template<class D, class A, class B, class C, class F>
void run_ternary(Warp &warp, const Instruction &instruction, uint32_t mask) {
    D *d = warp.at<D>(instruction.operands[0]);
    const A *a = warp.at<A>(instruction.operands[1]);
    const B *b = warp.at<B>(instruction.operands[2]);
    const C *c = warp.at<C>(instruction.operands[3]);
    for_lanes(warp, mask, [=](uint32_t lane) { d[lane] = static_cast<D>(F{}(a[lane], b[lane], c[lane])); });
}

template<class D, class A = D, class F>
Entry unary(F) {
    return {run_unary<D, A, F>, {{Operand::destination, type_of<D>()}, {Operand::source, type_of<A>()}}};
}

template<class D, class A = D, class B = A, class F>
Entry binary(F) {
    return {
        run_binary<D, A, B, F>,
        {{Operand::destination, type_of<D>()}, {Operand::source, type_of<A>()}, {Operand::source, type_of<B>()}}};
}

template<class D, class A = D, class B = A, class C = D, class F>
Entry ternary(F) {
    return {run_ternary<D, A, B, C, F>,
            {{Operand::destination, type_of<D>()},
             {Operand::source, type_of<A>()},
             {Operand::source, type_of<B>()},
             {Operand::source, type_of<C>()}}};
}

}  // namespace ingot::ptx
