// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/model.h"
#include <set>
#include <string_view>

namespace ingot {

/// Why one node is refused, with the way out; its origin goes before it.
struct Refusal {
    std::string reason;
};

/// The attributes of one node. Each getter throws Refusal where the attribute has another type.
class Attributes {
public:
    /// Throws Refusal where a name stands twice.
    explicit Attributes(const OnnxNode &node);

    int64_t integer(std::string_view name, int64_t otherwise);
    /// 0 or 1; 0 where it is left out.
    bool flag(std::string_view name);
    float number(std::string_view name, float otherwise);
    std::string text(std::string_view name, const std::string &otherwise);
    std::vector<int64_t> integers(std::string_view name);
    std::vector<float> numbers(std::string_view name);
    /// Null where it is left out.
    const OnnxTensor *tensor(std::string_view name);
    OnnxSubgraph *graph(std::string_view name);

    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

    /// Throws Refusal that names every attribute that no getter has asked for.
    void refuse_others() const;

private:
    [[nodiscard]] const OnnxAttribute *find(std::string_view name) const;
    template<typename T>
    const T *get(std::string_view name, std::string_view type);

    const OnnxNode &node_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace ingot
