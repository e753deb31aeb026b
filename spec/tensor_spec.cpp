// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/tensor_spec.h"
#include "spec/error.h"
#include <algorithm>
#include <limits>

namespace ingot {

namespace {

constexpr int64_t int32_max = std::numeric_limits<int32_t>::max();

[[noreturn]] void refuse(const KernelSpec &spec, const std::string &reason) {
    throw Error("kernel '" + to_text(spec) + "': " + reason);
}

void check_count_of_views(const KernelSpec &spec) {
    const int sources = spec.op == Op::matmul                         ? 2
                        : spec.op == Op::map || spec.op == Op::reduce ? operand_count(spec.expression)
                                                                      : 1;
    if (static_cast<int>(spec.views.size()) != sources + 1) {
        refuse(spec, "it has " + std::to_string(spec.views.size()) + " views; " + std::to_string(sources) +
                         " sources and dst are " + std::to_string(sources + 1));
    }
}

void check_view(const KernelSpec &spec, std::size_t index) {
    const View &view = spec.views[index];
    if (byte_size(view.type) == 2) {
        refuse(spec, "a view is " + std::string(to_text(view.type)) + ", which only weights are");
    }
    if (view.strides.size() != spec.dims.size()) {
        refuse(spec, "a view has a stride for each of the dims");
    }
    const std::vector<int64_t> extents = view_extents(spec, index);
    const bool is_dst = index + 1 == spec.views.size();
    int64_t span = 1;
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const int64_t stride = view.strides[i];
        const bool may_be_reduced = spec.op == Op::reduce || (spec.op == Op::matmul && i + 1 == extents.size());
        if (is_dst && stride == 0 && extents[i] > 1 && !may_be_reduced) {
            refuse(spec, "dst is different along each of the dims");
        }
        if (is_dst && stride != 0 && spec.op == Op::matmul && may_be_reduced) {
            refuse(spec, "dst of a matmul is the same along k");
        }
        if (std::abs(stride) > int32_max ||
            __builtin_add_overflow(span, (extents[i] - 1) * std::abs(stride), &span) || span > int32_max) {
            refuse(spec, "a view spans 2^31 elements or more, Halide's limit of a buffer");
        }
    }
}

void check_in_place(const KernelSpec &spec) {
    const auto sources = static_cast<int64_t>(spec.views.size()) - 1;
    if (spec.in_place < -1 || spec.in_place >= sources) {
        refuse(spec, "in_place counts the sources from 0; there are " + std::to_string(sources));
    }
    if (spec.in_place >= 0 && spec.views[static_cast<std::size_t>(spec.in_place)] != spec.views.back()) {
        refuse(spec, "a source that dst replaces has the view of dst");
    }
}

void check_resample(const KernelSpec &spec) {
    if (spec.axis < 0 || spec.axis >= static_cast<int64_t>(spec.dims.size()) || spec.taps < 1 || spec.extent < 1) {
        refuse(spec, "axis names one of the dims, taps and extent are 1 or more");
    }
}

void check_pad(const KernelSpec &spec) {
    if (spec.before.size() != spec.dims.size() || spec.inside.size() != spec.dims.size()) {
        refuse(spec, "before and inside have a number for each of the dims");
    }
    for (std::size_t i = 0; i < spec.dims.size(); ++i) {
        if (spec.before[i] < 0 || spec.inside[i] < 1 || spec.before[i] + spec.inside[i] > spec.dims[i]) {
            refuse(spec, "src does not lie inside dst");
        }
    }
}

}  // namespace

std::vector<int64_t> view_extents(const KernelSpec &spec, std::size_t index) {
    std::vector<int64_t> extents = spec.dims;
    if (spec.op == Op::pad && index == 0) {
        return spec.inside;
    }
    if (spec.op == Op::resample && index == 0) {
        extents[static_cast<std::size_t>(spec.axis)] = spec.extent;
    }
    return extents;
}

bool is_reduced(const KernelSpec &spec, std::size_t dim) {
    return spec.views.back().strides[dim] == 0;
}

std::size_t nearest_dim(const KernelSpec &spec, std::size_t index) {
    const std::vector<int64_t> extents = view_extents(spec, index);
    const std::vector<int64_t> &strides = spec.views[index].strides;
    std::size_t nearest = spec.dims.size() - 1;
    int64_t least = 0;
    for (std::size_t i = spec.dims.size(); i-- > 0;) {
        const int64_t stride = extents[i] > 1 ? std::abs(strides[i]) : 0;
        if (stride != 0 && (least == 0 || stride < least)) {
            nearest = i;
            least = stride;
        }
    }
    return nearest;
}

double tensor_flops(const KernelSpec &spec) {
    double positions = 1;
    for (int64_t extent : spec.dims) {
        positions *= static_cast<double>(extent);
    }
    const auto calls =
        static_cast<double>(std::count_if(spec.expression.begin(), spec.expression.end(),
                                          [](const Term &term) { return term.kind == Term::Kind::call; }));
    switch (spec.op) {
    case Op::map:
        return positions * calls;
    case Op::reduce:
        return positions * (calls + 1);
    case Op::resample:
        return spec.taps == 1 ? 0 : 2 * positions * static_cast<double>(spec.taps);
    case Op::matmul:
        return 2 * positions;
    default:
        return 0;
    }
}

void validate_tensor(const KernelSpec &spec) {
    if (spec.dims.empty() ||
        std::any_of(spec.dims.begin(), spec.dims.end(), [](int64_t e) { return e < 1 || e > int32_max; })) {
        refuse(spec, "dims are one or more numbers from 1 to " + std::to_string(int32_max));
    }
    const bool has_expression = spec.op == Op::map || spec.op == Op::reduce;
    if (has_expression != !spec.expression.empty() || (has_expression && !is_well_formed(spec.expression))) {
        refuse(spec, "a map and a reduce, and no other op, have an expression");
    }
    check_count_of_views(spec);
    if (spec.op == Op::resample) {
        check_resample(spec);
    } else if (spec.op == Op::pad) {
        check_pad(spec);
    } else if (spec.op == Op::matmul && spec.dims.size() < 3) {
        refuse(spec, "the dims of a matmul end with m, n and k");
    }
    for (std::size_t i = 0; i < spec.views.size(); ++i) {
        check_view(spec, i);
    }
    check_in_place(spec);
}

}  // namespace ingot
