// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/asked_choice.h"
#include "compiler/lowering/fusion.h"
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace ingot {

namespace {

Device device_of(const Choice &choice) {
    return choice.schedule.starts_with("cuda_") ? Device::cuda : Device::cpu;
}

/// What the kernels of each name compute, of an op or of a node: a node of the model may be several of the graph.
std::map<std::string, std::set<Op>> ops_by_name(const Graph &graph, const std::vector<const Target *> &targets) {
    std::map<std::string, std::set<Op>> known;
    const auto add = [&](const std::string &name, Op op) {
        known[name].insert(op);
        known[std::string(to_text(op))].insert(op);
    };
    const auto is_cuda = [](const Target *target) { return target->device == Device::cuda; };
    const bool for_cuda = std::any_of(targets.begin(), targets.end(), is_cuda);
    const bool for_cpu = !std::all_of(targets.begin(), targets.end(), is_cuda);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node &node = graph.nodes[i];
        if (const std::optional<Op> op = kernel_op(node)) {
            add(node.origin.name, *op);
            if (std::holds_alternative<Relu>(node.operation)) {
                add(node.origin.name, Op::map);  // what it is on the CPU
            }
        }
        if (for_cpu && is_fusable_pair(graph, i)) {
            add(step_name(graph, std::array{i, i + 1}), Op::sequential);
        }
    }
    if (const std::vector<std::size_t> chain = node_chain(graph); for_cuda && chain.size() > 1) {
        add(graph.nodes[chain.front()].origin.name, Op::sequential);
    }
    return known;
}

}  // namespace

AskedChoice parse_asked_choice(const std::string &text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        throw Error("--schedule " + text + ": write OP=CHOICE or NODE=CHOICE, e.g. conv2d=conv2d_direct/cpu_tiled");
    }
    return {text.substr(0, equals), parse_choice(text.substr(equals + 1))};
}

void check_asked(const std::vector<AskedChoice> &asked, const Graph &graph,
                 const std::vector<const Target *> &targets) {
    const std::map<std::string, std::set<Op>> known = ops_by_name(graph, targets);
    for (const auto &[name, choice] : asked) {
        const std::string text = "--schedule " + name + "=" + to_text(choice);
        const auto ops = known.find(name);
        if (ops == known.end()) {
            std::vector<std::string_view> names;
            for (const auto &[known_name, of] : known) {
                names.push_back(known_name);
            }
            throw Error(text + ": the model has no such op or node; it has: " + join(names));
        }
        const Device device = device_of(choice);
        if (std::none_of(targets.begin(), targets.end(),
                         [=](const Target *target) { return target->device == device; })) {
            throw Error(
                text + ": no target is a " +
                (device == Device::cuda ? "GPU; add one such as cuda-sm_90" : "CPU; add one such as x86-64-v3"));
        }
        const Algorithm &algorithm = find_algorithm(choice.algorithm);
        if (!ops->second.contains(algorithm.op)) {
            std::vector<std::string_view> names;
            for (const Op op : ops->second) {
                names.push_back(to_text(op));
            }
            throw Error(to_text(choice) + ": " + choice.algorithm + " computes " +
                        std::string(to_text(algorithm.op)) + ", not " + join(names));
        }
    }
}

bool is_asked_by_name(const std::vector<AskedChoice> &asked, Device device, const std::string &node, Op op) {
    return std::any_of(asked.begin(), asked.end(), [&](const AskedChoice &each) {
        const auto &[name, choice] = each;
        return name == node && device_of(choice) == device && find_algorithm(choice.algorithm).op == op;
    });
}

std::optional<Choice> find_asked(const std::vector<AskedChoice> &asked, Device device, const std::string &node,
                                 Op op) {
    std::optional<Choice> by_node, by_op;
    for (const auto &[name, choice] : asked) {
        if (device_of(choice) != device || find_algorithm(choice.algorithm).op != op) {
            continue;
        }
        if (name == node) {
            by_node = choice;
        } else if (name == to_text(op)) {
            by_op = choice;
        }
    }
    return by_node ? by_node : by_op;
}

}  // namespace ingot
