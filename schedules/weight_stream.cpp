// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/weight_stream.h"
#include "spec/error.h"
#include <cmath>

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// The operand that a chain of Funcs reads.
class FindOperand : public IRVisitor {
public:
    Parameter operand;

private:
    using IRVisitor::visit;

    void visit(const Internal::Call *call) override {
        if (call->call_type == Internal::Call::Image) {
            operand = call->param;
        } else if (call->call_type == Internal::Call::Halide) {
            for (const Expr &value : Internal::Function(call->func).values()) {
                value.accept(this);
            }
        }
        IRVisitor::visit(call);
    }
};

/// Of a network of which L2 does not hold all weights, a layer's come from behind it. A network with one of this
/// size has more.
constexpr int64_t l2_share = 256 * 1024;

}  // namespace

void stream_weights(Stage sum, const Func &weights, const RVar &inner, const RVar &outer, int unroll,
                    int distance) {
    if (distance == 0) {
        return;
    }
    FindOperand find;
    weights.value().accept(&find);
    INGOT_CHECK(find.operand.defined(), "'" + weights.name() + "' reads no operand");
    sum.prefetch(find.operand, inner, outer, distance / unroll, PrefetchBoundStrategy::NonFaulting);
}

bool supports_stream(int64_t bytes, int distance) {
    constexpr int64_t l1_bytes = 32 * 1024;
    return distance == 0 || bytes > l1_bytes;
}

int distance_for(int64_t bytes) {
    return bytes > l2_share ? stream_distance : 0;
}

double lines_asked(const Target &target, int64_t vectors, int distance) {
    constexpr int64_t line_bytes = 64;
    return distance == 0 ? 0.0 : std::ceil(static_cast<double>(vectors * target.vector_bytes) / line_bytes);
}

double stream_wait(const Target &target, int64_t bytes, int64_t uses, int distance) {
    if (distance != 0 || bytes <= l2_share) {
        return 0;
    }
    // A linear layer of one image, 4096 x 4096 floats that no cache holds, reads 6.7 bytes a cycle where nothing is
    // asked for ahead and 8.1 where it is.
    constexpr double alone = 2 / 6.7, asked = 2 / 8.1;
    return target.vector_bytes * (alone - asked) / static_cast<double>(uses);
}

}  // namespace ingot
