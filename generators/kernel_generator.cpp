// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_generator.h"
#include "generators/elementwise.h"

namespace ingot {

const Target &level_of(const Halide::Target &target) {
    const Target *best = nullptr;
    const bool is_cuda = target.has_feature(Halide::Target::CUDA);
    for (const Target &candidate : is_cuda ? cuda_targets() : cpu_targets()) {
        if (candidate.sm != 0) {
            continue;
        }
        const Halide::Target features{std::string(candidate.halide)};
        bool all = features.arch == target.arch && features.bits == target.bits;
        for (int i = 0; i < Halide::Target::FeatureEnd; ++i) {
            const auto feature = static_cast<Halide::Target::Feature>(i);
            all = all && (!features.has_feature(feature) || target.has_feature(feature));
        }
        best = all ? &candidate : best;
    }
    if (best == nullptr) {
        std::string known;
        for (const Target &candidate : cpu_targets()) {
            known += (known.empty() ? "" : ", ") + std::string(candidate.halide);
        }
        throw Error("target " + target.to_string() + " has the features of no level; known: " + known);
    }
    return *best;
}

Halide::Type halide_type(DataType type) {
    switch (type) {
    case DataType::f32:
        return Halide::Float(32);
    case DataType::i64:
        return Halide::Int(64);
    case DataType::i32:
        return Halide::Int(32);
    case DataType::u8:
    case DataType::boolean:
        return Halide::UInt(8);
    case DataType::bf16:
    case DataType::f16:
        return Halide::UInt(16);
    }
    INGOT_CHECK(false, "unknown data type");
    return {};
}

Halide::Expr apply_epilogue(const KernelSpec &spec, const EpilogueOperands &operands, Halide::Expr value,
                            const std::vector<Halide::Expr> &position) {
    for (const Call &step : spec.epilogue) {
        if (step.function == Function::prelu) {
            value = apply_call(step, {value, operands.slope(position[0])});
        } else if (step.function == Function::add) {
            value = apply_call(step, {value, operands.add(position)});
        } else {
            value = apply_call(step, {value});
        }
    }
    return value;
}

}  // namespace ingot
