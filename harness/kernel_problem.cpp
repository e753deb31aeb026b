// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/kernel_problem.h"
#include "harness/difference.h"
#include "harness/fill_operands.h"
#include "reference/tensor_kernel.h"
#include "spec/tensor_spec.h"
#include "spec/winograd.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>

namespace ingot {

namespace {

constexpr unsigned char scratch_guard = 0xa5;
constexpr std::size_t scratch_guard_bytes = 256;

/// True of the functions that make whole numbers of whole numbers.
bool keeps_whole(Function function) {
    switch (function) {
    case Function::bias:
    case Function::relu:
    case Function::clip:
    case Function::thresholded_relu:
    case Function::abs:
    case Function::neg:
    case Function::floor:
    case Function::ceil:
    case Function::round:
    case Function::sign:
    case Function::add:
    case Function::sub:
    case Function::mul:
    case Function::min:
    case Function::max:
    case Function::prelu:
    case Function::where:
        return true;
    default:
        return result_type(function, DataType::f32) != DataType::f32;
    }
}

/// True where a kernel has one right result: it computes whole numbers, all the way from whole ones.
bool is_exact(const KernelSpec &spec, Values values) {
    if (is_tensor_op(spec.op) && spec.views.back().type != DataType::f32) {
        return true;
    }
    if (is_winograd(spec.weights.order) && !winograd_matrices(spec.weights.order).is_binary) {
        return false;
    }
    const bool is_mean = spec.op == Op::reduce ? spec.reduction == Reduction::mean : spec.mode != PoolMode::max;
    const auto is_whole_term = [](const Term &term) {
        return term.kind == Term::Kind::call ? keeps_whole(term.call.function)
                                             : std::trunc(term.constant) == term.constant;
    };
    const auto is_exact_layer = [&](const KernelSpec &layer) { return is_exact(layer, values); };
    return values == Values::integers && !is_mean &&
           std::all_of(spec.layers.begin(), spec.layers.end(), is_exact_layer) &&
           std::all_of(spec.epilogue.begin(), spec.epilogue.end(),
                       [](const Call &step) { return keeps_whole(step.function); }) &&
           std::all_of(spec.expression.begin(), spec.expression.end(), is_whole_term);
}

/// `1, 0, 7`.
std::string to_text(const std::vector<int64_t> &position) {
    std::string text;
    for (const int64_t index : position) {
        text += (text.empty() ? "" : ", ") + std::to_string(index);
    }
    return text;
}

}  // namespace

double random_number(Values values, int range, std::mt19937 &random) {
    return values == Values::integers ? std::uniform_int_distribution<int>(-range, range)(random)
                                      : static_cast<double>(std::normal_distribution<float>()(random));
}

std::vector<int64_t> buffer_position(const KernelSpec &spec, const std::vector<int64_t> &position) {
    if (!is_tensor_op(spec.op)) {
        return position.size() == 2 ? std::vector{position[1], position[0]}
                                    : std::vector{position[1], position[3], position[2], position[0]};
    }
    std::vector<int64_t> result;
    for (std::size_t i = position.size(); i-- > 0;) {
        if (!is_reduced(spec, i)) {
            result.push_back(position[i]);
        }
    }
    return result;
}

KernelProblem::KernelProblem(const KernelSpec &spec, Values values, uint32_t seed, std::size_t alignment)
    : spec_(spec), is_exact_(is_exact(spec, values)) {
    std::mt19937 random(seed);
    for (const KernelBuffer &buffer : kernel_buffers(spec)) {
        memory_.emplace_back(buffer, alignment);
    }
    argv_.push_back(&context_pointer_);
    for (GuardedMemory &memory : memory_) {
        argv_.push_back(memory.argument());
    }
    expected_ = is_tensor_op(spec.op) ? fill_tensors(spec, values, random, memory_)
                                      : fill_pictures(spec, values, random, memory_);
    if (spec.in_place >= 0) {
        argv_[1 + static_cast<std::size_t>(spec.in_place)] = memory_.back().argument();
        clear_dst();
    }
    set_scratch(0);
}

void KernelProblem::set_scratch(int64_t bytes) {
    // The runtime gives 64-byte aligned scratch: align inside a larger block, guarded behind.
    scratch_.assign(static_cast<std::size_t>(bytes) + 64 + scratch_guard_bytes, scratch_guard);
    const auto address = reinterpret_cast<std::uintptr_t>(scratch_.data());
    context_.scratch = scratch_.data() + (64 - address % 64) % 64;
    context_.size = static_cast<std::size_t>(bytes);
}

std::vector<std::span<float>> KernelProblem::operands() {
    std::vector<std::span<float>> result;
    for (GuardedMemory &memory : memory_) {
        result.push_back(memory.floats());
    }
    return result;
}

std::optional<std::string> KernelProblem::run(KernelFunction kernel) {
    context_.used = 0;
    context_.error = 0;
    const int code = kernel(argv());
    if (code != 0 || context_.error != 0) {
        return "the kernel returned " + std::to_string(code) + ", its context holds " +
               std::to_string(context_.error);
    }
    return std::nullopt;
}

void KernelProblem::clear_dst() {
    GuardedMemory &dst = memory_.back();
    dst.clear();
    if (spec_.in_place >= 0) {
        const GuardedMemory &source = memory_[static_cast<std::size_t>(spec_.in_place)];
        reference::for_each_position(expected_.value.shape, [&](const std::vector<int64_t> &position) {
            const int64_t offset = dst.buffer().offset(buffer_position(spec_, position));
            dst.store(offset, source.load(offset));
        });
    }
}

std::optional<std::string> KernelProblem::check() const {
    const GuardedMemory &dst = memory_.back();
    const int64_t terms =
        is_tensor_op(spec_.op) ? reference::tensor_sum_length(spec_) : reference::sum_length(spec_);
    const double roundings = std::numeric_limits<float>::epsilon() * static_cast<double>(terms + 1);
    std::vector<int64_t> offsets;
    std::optional<std::string> wrong;
    reference::for_each_position(expected_.value.shape, [&](const std::vector<int64_t> &position) {
        const std::size_t i = offsets.size();
        offsets.push_back(dst.buffer().offset(buffer_position(spec_, position)));
        const double got = dst.load(offsets.back()), want = expected_.value.data[i];
        const double bound = is_exact_ ? 0.0 : roundings * expected_.magnitude.data[i];
        if (!wrong && !(std::abs(got - want) <= bound) && got != want) {
            std::ostringstream text;
            text.precision(9);
            text << "dst(" << to_text(position) << ") is " << got << ", the reference " << want
                 << " (allowed difference " << bound << ")";
            wrong = text.str();
        }
    });
    return wrong ? wrong : check_guards(offsets);
}

double KernelProblem::relative_error() const {
    std::vector<double> got;
    reference::for_each_position(expected_.value.shape, [&](const std::vector<int64_t> &position) {
        got.push_back(memory_.back().load(memory_.back().buffer().offset(buffer_position(spec_, position))));
    });
    return difference(got, expected_.value.data).relative();
}

std::optional<std::string> KernelProblem::check_guards(const std::vector<int64_t> &results) const {
    if (!memory_.back().is_untouched_beside(results)) {
        return "the kernel wrote beside dst";
    }
    for (const unsigned char *byte = context_.scratch + context_.size; byte < scratch_.data() + scratch_.size();
         ++byte) {
        if (*byte != scratch_guard) {
            return "the kernel wrote behind its scratch";
        }
    }
    return std::nullopt;
}

}  // namespace ingot
