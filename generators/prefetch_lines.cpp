// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/prefetch_lines.h"

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// LLVM's intrinsic. An extern call of this name reaches it, because Halide's initial module for every target
/// declares it; where one did not, LLVM's verifier would refuse the module.
constexpr const char *llvm_prefetch = "llvm.prefetch.p0";

bool is_line(const Stmt &stmt) {
    if (const auto *block = stmt.as<Block>()) {
        return is_line(block->first) && is_line(block->rest);
    }
    const auto *evaluate = stmt.as<Evaluate>();
    const Internal::Call *call = evaluate == nullptr ? nullptr : evaluate->value.as<Internal::Call>();
    return call != nullptr && call->name == llvm_prefetch;
}

class PrefetchLines : public IRMutator {
    using IRMutator::visit;

    /// prefetch(buffer, offset in elements, 1, _)
    Expr visit(const Internal::Call *op) override {
        if (!op->is_intrinsic(Internal::Call::prefetch)) {
            return IRMutator::visit(op);
        }
        const Expr offset = cast<int64_t>(op->args[1]) * op->type.bytes();
        const Expr address = reinterpret<uint64_t>(op->args[0]) + cast<uint64_t>(offset);
        constexpr int reads = 0, into_l2 = 2, data = 1;
        return Internal::Call::make(Int(32), llvm_prefetch, {reinterpret(Handle(), address), reads, into_l2, data},
                                    Internal::Call::Extern);
    }

    /// Several lines, in blocks of channels that do not lie side by side: one instruction after the other.
    Stmt visit(const For *op) override {
        Stmt result = IRMutator::visit(op);
        const auto *loop = result.as<For>();
        const auto extent = loop == nullptr ? std::nullopt : as_const_int(loop->extent);
        if (!extent || !is_line(loop->body)) {
            return result;
        }
        std::vector<Stmt> lines;
        for (int i = 0; i < static_cast<int>(*extent); ++i) {
            lines.push_back(simplify(substitute(loop->name, loop->min + i, loop->body)));
        }
        return Block::make(lines);
    }
};

}  // namespace

void lower_prefetches(Pipeline pipeline) {
    pipeline.add_custom_lowering_pass(new PrefetchLines);
}

}  // namespace ingot
