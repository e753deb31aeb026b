// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/operators/families.h"
#include "compiler/onnx/operators/steps.h"
#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace ingot {

namespace {

/// An operator whose result is `after` of the reduced `term`; an empty one leaves its argument as it is.
struct ReductionRow {
    std::string_view name;
    Reduction reduction;
    std::string_view term = "x0", after = "";
    int64_t axes_input = 18;  ///< the opset since which the axes are an input, not an attribute
    Types types = Types::floats;
};

constexpr std::array rows = {
    ReductionRow{"ReduceL1", Reduction::sum, "x0,abs"},
    ReductionRow{"ReduceL2", Reduction::sum, "x0,x0,mul", ",sqrt"},
    ReductionRow{"ReduceLogSum", Reduction::sum, "x0", ",log"},
    ReductionRow{"ReduceMax", Reduction::max, "x0", "", 18, Types::numbers},
    ReductionRow{"ReduceMean", Reduction::mean},
    ReductionRow{"ReduceMin", Reduction::min, "x0", "", 18, Types::numbers},
    ReductionRow{"ReduceProd", Reduction::product, "x0", "", 18, Types::numbers},
    ReductionRow{"ReduceSum", Reduction::sum, "x0", "", 13, Types::numbers},
    ReductionRow{"ReduceSumSquare", Reduction::sum, "x0,x0,mul", "", 18, Types::numbers},
};

const ReductionRow &row_of(const OnnxBuilder &builder) {
    return *std::find_if(rows.begin(), rows.end(),
                         [&](const ReductionRow &row) { return row.name == builder.node().origin.onnx_op; });
}

/// What a reduction runs over, and whether its axes stay.
struct Reduced {
    ValueId src;
    std::vector<int64_t> axes;
    bool keepdims;
};

/// The axes are an attribute, or input 1 since the opset `axes_input`. Without any, all are meant, or none where
/// noop_with_empty_axes is set.
Reduced read_reduced(OnnxBuilder &builder, Attributes &attributes, int64_t axes_input, Types types) {
    const bool keepdims = attributes.integer("keepdims", 1) != 0;
    const bool is_input = builder.opset() >= axes_input;
    std::vector<int64_t> axes;
    bool noop = false;
    if (is_input) {
        noop = attributes.flag("noop_with_empty_axes");
    } else {
        axes = attributes.integers("axes");
        if (builder.node().inputs.size() > 1) {
            throw Refusal{"it has 2 inputs, not 1; export the model again"};
        }
    }
    attributes.refuse_others();
    const ValueId src = typed_input(builder, 0, "source", types);
    const std::size_t rank = builder.value(src).shape.size();
    if (is_input && builder.has_input(1)) {
        axes = builder.integers(1, "axes");
    }
    if (axes.empty() && !noop) {
        axes.resize(rank);
        std::iota(axes.begin(), axes.end(), int64_t{0});
    }
    return {src, resolve_axes(axes, rank), keepdims};
}

void convert_reduction(OnnxBuilder &builder, Attributes &attributes) {
    const ReductionRow &row = row_of(builder);
    const Reduced reduced = read_reduced(builder, attributes, row.axes_input, row.types);
    Reduce reduce{row.reduction, reduced.axes, reduced.keepdims, parse_expression(row.term)};
    if (reduced.axes.empty() && row.term == "x0" && row.after.empty()) {
        builder.forward_first_input();
    } else if (reduced.axes.empty()) {
        add_map_result(builder, std::string(row.term) + std::string(row.after), {reduced.src});
    } else if (row.after.empty()) {
        builder.add_result(std::move(reduce), {reduced.src});
    } else {
        const ValueId sum = add_step(builder, "sum", std::move(reduce), {reduced.src});
        add_map_result(builder, "x0" + std::string(row.after), {sum});
    }
}

/// max + log(sum of exp(x - max)).
void convert_log_sum_exp(OnnxBuilder &builder, Attributes &attributes) {
    const Reduced reduced = read_reduced(builder, attributes, 18, Types::floats);
    if (reduced.axes.empty()) {
        return builder.forward_first_input();
    }
    const ValueId largest = add_step(builder, "max", Reduce{Reduction::max, reduced.axes}, {reduced.src});
    const ValueId sum =
        add_step(builder, "sum", Reduce{Reduction::sum, reduced.axes, true, parse_expression("x0,x1,sub,exp")},
                 {reduced.src, largest});
    if (reduced.keepdims) {
        return add_map_result(builder, "x0,log,x1,add", {sum, largest});
    }
    const ValueId result = add_map(builder, "log", "x0,log,x1,add", {sum, largest});
    std::vector<int64_t> shape;
    for (std::size_t i = 0; i < builder.value(result).shape.size(); ++i) {
        if (!std::binary_search(reduced.axes.begin(), reduced.axes.end(), static_cast<int64_t>(i))) {
            shape.push_back(builder.value(result).shape[i]);
        }
    }
    builder.add_result(Reshape{}, {result}, std::move(shape));
}

template<Reduction first, Reduction last>
void convert_arg(OnnxBuilder &builder, Attributes &attributes) {
    const int64_t axis = attributes.integer("axis", 0);
    const bool keepdims = attributes.integer("keepdims", 1) != 0;
    const bool takes_last = builder.opset() >= 12 && attributes.flag("select_last_index");
    attributes.refuse_others();
    const ValueId src = typed_input(builder, 0, "source", Types::numbers);
    const int64_t resolved = resolve_axis(axis, builder.value(src).shape.size());
    builder.add_result(Reduce{takes_last ? last : first, {resolved}, keepdims}, {src});
}

}  // namespace

const std::vector<OnnxOperator> &reduction_operators() {
    static const std::vector<OnnxOperator> operators = [] {
        std::vector<OnnxOperator> all{
            {"ArgMax", 1, 1, 1, convert_arg<Reduction::arg_max, Reduction::arg_max_last>},
            {"ArgMin", 1, 1, 1, convert_arg<Reduction::arg_min, Reduction::arg_min_last>},
            {"ReduceLogSumExp", 1, 2, 1, convert_log_sum_exp, "constant axes"},
        };
        for (const ReductionRow &row : rows) {
            all.push_back({row.name, 1, 2, 1, convert_reduction, "constant axes"});
        }
        return all;
    }();
    return operators;
}

}  // namespace ingot
