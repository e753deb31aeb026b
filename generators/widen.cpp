// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/widen.h"
#include <string_view>

namespace ingot {

using namespace Halide;

//     bf16   the bits are the upper half of the f32
//     f16    vcvtph2ps, where the level has F16C; elsewhere exponent and fraction move to where an f32 has them:
//     the
//            number times 2^-112, of f16's denormals, too
//
// The product with 2^112 is strict: reassociated with the pixel's, it would leave the range of f32.
Expr widen(DataType type, const Target &target, const Expr &stored) {
    const Expr bits = cast<uint32_t>(stored);
    if (type == DataType::bf16) {
        return reinterpret<float>(bits << 16);
    }
    if (type == DataType::f16 && target.halide.find("f16c") != std::string_view::npos) {
        return cast<float>(reinterpret(Float(16), stored));
    }
    if (type == DataType::f16) {
        const Expr scaled = reinterpret<float>(((bits & 0x8000) << 16) | ((bits & 0x7fff) << 13));
        return Internal::Call::make(Float(32), Internal::Call::strict_mul, {scaled, Expr(0x1p112f)},
                                    Internal::Call::PureIntrinsic);
    }
    return stored;
}

}  // namespace ingot
