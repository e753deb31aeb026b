// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "compiler/onnx_attributes.h"
#include "compiler/onnx_model.h"
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace ingot {

/// Thrown where a node reads the result of a node that was refused: nothing more is to be said about it.
struct FollowUp {};

/// What the operators' conversions need: the file's names and the graph that grows.
class OnnxBuilder {
public:
    explicit OnnxBuilder(OnnxModel model);

    /// Converts all nodes. Throws ImportError.
    Graph build();

    // For the conversion of one operator; all throw Refusal or FollowUp.

    /// The float32 value of an input of the current node. `role` names it in messages, as in `input 'X'`.
    ValueId input(std::size_t index, std::string_view role);
    /// The same, which must not depend on the model's inputs.
    ValueId constant_input(std::size_t index, std::string_view role);
    /// The integers of a constant input.
    const std::vector<int64_t> &integer_input(std::size_t index, std::string_view role);
    [[nodiscard]] bool has_input(std::size_t index) const;

    /// Adds a node; its result is the current node's first output, or else the value `name`, which only the graph
    /// knows. A reshape's result has the shape `shape`, others the inferred one.
    ValueId add_result(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape = {});
    ValueId add_helper(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                       const std::string &name);
    ValueId add_constant(const std::string &name, std::vector<int64_t> shape, std::vector<float> data);

    /// Lets the current node's first output be a tensor of the file, or whatever its first input is.
    void define_result(OnnxTensor tensor);
    void forward_first_input();

    [[nodiscard]] const Value &value(ValueId id) const { return graph_.value(id); }
    [[nodiscard]] const OnnxNode &node() const { return *node_; }
    [[nodiscard]] int64_t opset() const { return model_.opset; }

private:
    struct Unknown {};
    using Meaning = std::variant<Unknown, ValueId, OnnxTensor *>;

    void refuse(const std::string &what);
    void define_inputs_and_initializers();
    void collect_names();
    void convert_nodes();
    void convert_node(const OnnxNode &node);
    void check_names(const OnnxNode &node) const;
    void define_outputs();
    [[nodiscard]] std::vector<bool> values_that_depend_on_inputs() const;
    ValueId add_node(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                     const std::string &name);
    ValueId load(OnnxTensor &tensor, const std::string &what);
    [[nodiscard]] std::string describe_input(std::size_t index, std::string_view role) const;
    [[nodiscard]] Meaning meaning_of_input(std::size_t index) const;

    OnnxModel model_;
    Graph graph_;
    const OnnxNode *node_ = nullptr;  ///< the one that is converted
    std::vector<std::string> diagnostics_;
    std::unordered_map<std::string, Meaning> meanings_;
    std::unordered_map<const OnnxTensor *, ValueId> loaded_;
    std::vector<std::unique_ptr<OnnxTensor>> results_;  ///< of Constant nodes
    std::unordered_set<std::string> computed_names_;    ///< outputs of all nodes
    std::unordered_set<std::string> read_names_;        ///< inputs of all nodes, outputs of the graph
};

/// How one ONNX operator becomes nodes of a graph.
struct OnnxOperator {
    std::string_view name;
    std::size_t least_inputs, most_inputs;
    std::size_t most_outputs;  ///< those after the first must be unused
    void (*convert)(OnnxBuilder &, Attributes &);
    std::string_view limits = {};  ///< what is refused, for docs/supported_ops.md; empty: nothing
    int64_t since = 1;             ///< the opset that brought the operator
};

/// All supported operators, by name.
const std::vector<OnnxOperator> &onnx_operators();

}  // namespace ingot
