// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx_support.h"
#include "compiler/onnx_builder.h"
#include <algorithm>
#include <map>

namespace ingot {

namespace {

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
        result.push_back({row.name, std::max(row.since, oldest_opset), newest_opset, row.limits});
    }
    return result;
}

bool ModelSupport::supported() const {
    return others.empty() && std::all_of(operators.begin(), operators.end(),
                                         [](const OperatorUse &use) { return use.refused.empty(); });
}

ModelSupport check_support(const std::filesystem::path &file) {
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
        build_graph(std::move(model));
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
