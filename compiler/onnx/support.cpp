// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/support.h"
#include "compiler/onnx/builder.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <map>

namespace ingot {

namespace {

/// Operators that are newer than opset 1, by the opset that brought them.
struct Newer {
    int64_t opset;
    std::string_view names;
};

constexpr auto newer_operators = std::to_array<Newer>({
    {7, "Acos Asin Atan Cos Sin Tan"},
    {8, "Expand"},
    {9, "Acosh Asinh Atanh ConstantOfShape Cosh Erf EyeLike IsNaN MeanVarianceNormalization NonZero OneHot Shrink "
        "Sign "
        "Sinh Where"},
    {10, "IsInf Mod NonMaxSuppression Resize ReverseSequence RoiAlign ThresholdedRelu"},
    {11, "CumSum Det GatherElements GatherND Range Round ScatterElements ScatterND"},
    {12, "Celu Einsum GreaterOrEqual LessOrEqual"},
    {14, "HardSwish Trilu"},
    {15, "CastLike"},
    {16, "GridSample"},
    {17, "LayerNormalization"},
    {18, "CenterCropPad Col2Im GroupNormalization Mish"},
    {20, "AffineGrid Gelu"},
    {23, "Attention RMSNormalization"},
    {24, "Swish"},
    {26, "BitCast CumProd"},
    {28, "SwiGLU"},
});

int64_t first_opset(std::string_view name) {
    for (const Newer &newer : newer_operators) {
        const std::vector<std::string_view> names = split(newer.names, ' ');
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            return newer.opset;
        }
    }
    return oldest_opset;
}

std::string full_name(const OnnxNode &node) {
    return (node.domain.empty() || node.domain == "ai.onnx" ? "" : printable(node.domain) + ".") +
           printable(node.origin.onnx_op);
}

void add_refusal(OperatorUse &use, const std::string &reason, const std::string &node) {
    const auto known = std::find_if(use.refused.begin(), use.refused.end(),
                                    [&](const RefusedNodes &refused) { return refused.reason == reason; });
    RefusedNodes &refused = known != use.refused.end() ? *known : use.refused.emplace_back();
    refused.reason = reason;
    refused.nodes.push_back(node);
}

}  // namespace

std::vector<SupportedOperator> supported_operators() {
    std::vector<SupportedOperator> result;
    for (const OnnxOperator &row : onnx_operators()) {
        result.push_back({row.name, first_opset(row.name), newest_opset, row.limits});
    }
    return result;
}

bool ModelSupport::supported() const {
    return others.empty() && std::all_of(operators.begin(), operators.end(),
                                         [](const OperatorUse &use) { return use.refused.empty(); });
}

ModelSupport check_support(const std::filesystem::path &file, const ImportOptions &options) {
    struct Place {
        std::string start;  // of every refusal of the node
        std::string op, node;
    };
    OnnxModel model = read_onnx(file);
    const std::string start = model.source + ": error: ";
    std::map<std::string, OperatorUse> uses;
    std::vector<Place> places;
    for (const OnnxNode &node : model.nodes) {
        const std::string name = full_name(node);
        uses[name].name = name;
        ++uses[name].count;
        places.push_back({start + to_text(node.origin) + ": ", name, printable(node.origin.name)});
    }
    ModelSupport support;
    try {
        build_graph(std::move(model), options);
    } catch (const ImportError &error) {
        for (const std::string &line : error.diagnostics) {
            const auto place = std::find_if(places.begin(), places.end(),
                                            [&](const Place &known) { return line.starts_with(known.start); });
            if (place == places.end()) {
                support.others.push_back(line.substr(line.starts_with(start) ? start.size() : 0));
            } else {
                add_refusal(uses[place->op], line.substr(place->start.size()), place->node);
            }
        }
    }
    for (auto &[name, use] : uses) {
        support.operators.push_back(std::move(use));
    }
    return support;
}

}  // namespace ingot
