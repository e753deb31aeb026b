// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/attributes.h"
#include <algorithm>

namespace ingot {

Attributes::Attributes(const OnnxNode &node) : node_(node) {
    std::set<std::string_view> names;
    for (const OnnxAttribute &attribute : node.attributes) {
        if (!names.insert(attribute.name).second) {
            throw Refusal{"attribute " + quote(attribute.name) + " is given twice; export the model again"};
        }
    }
}

const OnnxAttribute *Attributes::find(std::string_view name) const {
    const auto found = std::find_if(node_.attributes.begin(), node_.attributes.end(),
                                    [&](const OnnxAttribute &attribute) { return attribute.name == name; });
    return found == node_.attributes.end() ? nullptr : &*found;
}

template<typename T>
const T *Attributes::get(std::string_view name, std::string_view type) {
    known_.emplace(name);
    const OnnxAttribute *attribute = find(name);
    if (attribute == nullptr) {
        return nullptr;
    }
    const T *value = std::get_if<T>(&attribute->value);
    if (value == nullptr) {
        throw Refusal{"attribute " + quote(name) + " has type " + attribute->type + ", not " + std::string(type) +
                      "; export the model again"};
    }
    return value;
}

int64_t Attributes::integer(std::string_view name, int64_t otherwise) {
    const auto *value = get<int64_t>(name, "INT");
    return value != nullptr ? *value : otherwise;
}

bool Attributes::flag(std::string_view name) {
    const int64_t value = integer(name, 0);
    if (value != 0 && value != 1) {
        throw Refusal{std::string(name) + "=" + std::to_string(value) + " is not supported; use 0 or 1"};
    }
    return value == 1;
}

float Attributes::number(std::string_view name, float otherwise) {
    const auto *value = get<float>(name, "FLOAT");
    return value != nullptr ? *value : otherwise;
}

std::string Attributes::text(std::string_view name, const std::string &otherwise) {
    const auto *value = get<std::string>(name, "STRING");
    return value != nullptr ? *value : otherwise;
}

std::vector<int64_t> Attributes::integers(std::string_view name) {
    const auto *value = get<std::vector<int64_t>>(name, "INTS");
    return value != nullptr ? *value : std::vector<int64_t>{};
}

std::vector<float> Attributes::numbers(std::string_view name) {
    const auto *value = get<std::vector<float>>(name, "FLOATS");
    return value != nullptr ? *value : std::vector<float>{};
}

const OnnxTensor *Attributes::tensor(std::string_view name) {
    return get<OnnxTensor>(name, "TENSOR");
}

OnnxSubgraph *Attributes::graph(std::string_view name) {
    const auto *value = get<std::shared_ptr<OnnxSubgraph>>(name, "GRAPH");
    return value != nullptr ? value->get() : nullptr;
}

void Attributes::refuse_others() const {
    std::string others, known;
    for (const OnnxAttribute &attribute : node_.attributes) {
        // A hint about memory, which operators had before opset 6.
        const bool is_hint = attribute.name == "consumed_inputs" && node_.origin.opset < 6;
        if (!known_.contains(attribute.name) && !is_hint) {
            others += (others.empty() ? "" : ", ") + quote(attribute.name);
        }
    }
    for (const std::string &name : known_) {
        known += (known.empty() ? "" : ", ") + name;
    }
    if (!others.empty()) {
        throw Refusal{"attribute " + others + " is not supported; " +
                      (known.empty() ? "the operator has none" : "supported: " + known)};
    }
}

}  // namespace ingot
