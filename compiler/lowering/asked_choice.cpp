// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/asked_choice.h"
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <set>

namespace ingot {

namespace {

Device device_of(const Choice &choice) {
    return choice.schedule.starts_with("cuda_") ? Device::cuda : Device::cpu;
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
    std::set<std::string_view> known;
    for (const Node &node : graph.nodes) {
        if (const std::optional<Op> op = kernel_op(node)) {
            known.insert({node.origin.name, to_text(*op)});
            if (std::holds_alternative<Relu>(node.operation)) {
                known.insert(to_text(Op::map));  // what it is on the CPU
            }
        }
    }
    const auto is_cuda = [](const Target *target) { return target->device == Device::cuda; };
    if (std::any_of(targets.begin(), targets.end(), is_cuda) && node_chain(graph).size() > 1) {
        known.insert(to_text(Op::sequential));
    }
    for (const auto &[name, choice] : asked) {
        if (!known.contains(name)) {
            throw Error("--schedule " + name + "=" + to_text(choice) +
                        ": the model has no such op or node; it has: " + join({known.begin(), known.end()}));
        }
        const Device device = device_of(choice);
        if (std::none_of(targets.begin(), targets.end(),
                         [=](const Target *target) { return target->device == device; })) {
            throw Error(
                "--schedule " + name + "=" + to_text(choice) + ": no target is a " +
                (device == Device::cuda ? "GPU; add one such as cuda-sm_90" : "CPU; add one such as x86-64-v3"));
        }
    }
}

std::optional<Choice> find_asked(const std::vector<AskedChoice> &asked, Device device, const std::string &node,
                                 Op op) {
    std::optional<Choice> by_node, by_op;
    for (const auto &[name, choice] : asked) {
        if (device_of(choice) != device) {
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
