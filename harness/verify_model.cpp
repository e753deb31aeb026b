// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/verify_model.h"
#include "reference/interpreter.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <set>

namespace ingot {

namespace {

using Bytes = std::vector<unsigned char>;

/// Element `i` of an input.
using Fill = std::function<double(std::size_t i)>;

std::vector<double> filled(const Value &input, const Fill &fill) {
    std::vector<double> result(static_cast<std::size_t>(input.size()));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const double number = fill(i);
        if (input.type == DataType::f32) {
            result[i] = static_cast<float>(number);
        } else if (input.type == DataType::u8) {
            result[i] = std::clamp(std::round(128.0 + 64.0 * number), 0.0, 255.0);
        } else {
            result[i] = number > 0.0 ? 1.0 : 0.0;
        }
    }
    return result;
}

VerifyCase make_case(const Graph &graph, const std::string &name, const Fill &fill) {
    VerifyCase result{name, {}};
    for (const ValueId id : graph.inputs) {
        result.inputs.push_back(filled(graph.value(id), fill));
    }
    return result;
}

/// A node's output is compared under its tensor's name, which a tensor of the same size has in the reference.
/// `largest`: what each tensor's elements have reached before.
std::vector<VerifyRow> compare_outputs(const CompiledModel &model, const std::string &level,
                                       const std::vector<Bytes> &outputs, const std::string &test_case,
                                       const std::map<std::string, std::vector<double>> &expected,
                                       std::map<std::string, double> &largest, double tolerance) {
    std::vector<VerifyRow> rows;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const Port &port = model.lowered().outputs[i];
        const auto found = expected.find(port.name);
        if (found == expected.end()) {
            continue;
        }
        const std::vector<double> got = read_elements(port.type, outputs[i]);
        if (got.size() != found->second.size()) {
            throw Error(quote(port.name) + " has " + std::to_string(got.size()) + " elements, but " +
                        std::to_string(found->second.size()) + " in the reference");
        }
        const Difference found_difference = difference(got, found->second, largest[port.name]);
        largest[port.name] = found_difference.largest;
        rows.push_back({level, test_case, port.name, port.type, found_difference,
                        found_difference.within(port.type, tolerance)});
    }
    return rows;
}

std::vector<Bytes> encoded(const CompiledModel &model, const VerifyCase &test_case) {
    std::vector<Bytes> inputs;
    for (std::size_t i = 0; i < test_case.inputs.size(); ++i) {
        inputs.push_back(write_elements(model.lowered().inputs[i].type, test_case.inputs[i]));
    }
    return inputs;
}

void append(Bytes &to, const Bytes &from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

std::vector<VerifyCase> verify_cases(const Graph &graph, int seeds) {
    std::vector<VerifyCase> cases;
    std::mt19937 random;
    std::normal_distribution<double> normal;
    const auto any = [&](std::size_t) { return normal(random); };
    for (int seed = 1; seed <= seeds; ++seed) {
        random.seed(static_cast<uint32_t>(seed));
        cases.push_back(make_case(graph, "random " + std::to_string(seed), any));
    }
    cases.push_back(make_case(graph, "zero", [](std::size_t) { return 0.0; }));
    cases.push_back(make_case(graph, "one", [](std::size_t) { return 1.0; }));
    cases.push_back(make_case(graph, "large", [&](std::size_t i) { return 1000.0 * any(i); }));
    cases.push_back(make_case(graph, "alternating", [](std::size_t i) { return i % 2 == 0 ? 1.0 : -1.0; }));
    cases.push_back(make_case(graph, "negative", [&](std::size_t i) { return -std::abs(any(i)); }));
    return cases;
}

void InterpreterReference::prepare(const std::vector<VerifyCase> &cases, const std::vector<std::string> &tensors) {
    cases_ = cases;
    const std::set<std::string> wanted(tensors.begin(), tensors.end());
    graph_.outputs.clear();
    for (const Node &node : graph_.nodes) {
        if (wanted.contains(graph_.value(node.output).name)) {
            graph_.outputs.push_back(node.output);
        }
    }
}

std::map<std::string, std::vector<double>> InterpreterReference::values(std::size_t index) {
    std::vector<reference::Tensor<double>> inputs;
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
        inputs.push_back({graph_.value(graph_.inputs[i]).shape, cases_[index].inputs[i]});
    }
    const std::vector<reference::Tensor<double>> outputs = reference::interpret(graph_, inputs);
    std::map<std::string, std::vector<double>> result;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        result.emplace(graph_.value(graph_.outputs[i]).name, outputs[i].data);
    }
    return result;
}

Graph with_layers(const Graph &fused, const Graph &imported) {
    std::map<std::string, const Value *> known;
    for (const Node &node : imported.nodes) {
        known.emplace(imported.value(node.output).name, &imported.value(node.output));
    }
    Graph graph = fused;
    for (const Node &node : fused.nodes) {
        const Value &value = fused.value(node.output);
        const auto same = known.find(value.name);
        if (!fused.is_output(node.output) && same != known.end() && same->second->type == value.type &&
            same->second->shape == value.shape) {
            Node copy{Identity{}, {node.output}, -1, node.origin};
            copy.output = graph.add_value(fused.value(node.output));
            graph.outputs.push_back(copy.output);
            graph.nodes.push_back(std::move(copy));
        }
    }
    return graph;
}

std::vector<VerifyRow> compare_with(Reference &reference, const CompiledModel &model,
                                    const std::vector<VerifyCase> &cases, double tolerance) {
    std::vector<std::string> tensors;
    for (const Port &port : model.lowered().outputs) {
        tensors.push_back(port.name);
    }
    reference.prepare(cases, tensors);
    std::vector<VerifyRow> rows;
    std::map<std::string, double> largest;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const std::map<std::string, std::vector<double>> expected = reference.values(i);
        const std::vector<Bytes> inputs = encoded(model, cases[i]);
        for (const Plan &plan : model.lowered().plans) {
            const std::string level(plan.target->name);
            const std::vector<VerifyRow> more = compare_outputs(model, level, model.run(level, inputs, 1),
                                                                cases[i].name, expected, largest, tolerance);
            rows.insert(rows.end(), more.begin(), more.end());
        }
    }
    return rows;
}

std::vector<std::string> levels_that_depend_on_batch(const CompiledModel &model,
                                                     const std::vector<VerifyCase> &cases) {
    std::vector<Bytes> inputs(model.lowered().inputs.size());
    for (const VerifyCase &test_case : cases) {
        const std::vector<Bytes> one = encoded(model, test_case);
        for (std::size_t i = 0; i < one.size(); ++i) {
            append(inputs[i], one[i]);
        }
    }
    std::vector<std::string> levels;
    for (const Plan &plan : model.lowered().plans) {
        const std::string level(plan.target->name);
        std::vector<Bytes> one_by_one(model.lowered().outputs.size());
        for (const VerifyCase &test_case : cases) {
            const std::vector<Bytes> outputs = model.run(level, encoded(model, test_case), 1);
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                append(one_by_one[i], outputs[i]);
            }
        }
        if (model.run(level, inputs, cases.size()) != one_by_one) {
            levels.push_back(level);
        }
    }
    return levels;
}

}  // namespace ingot
