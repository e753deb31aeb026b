// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include "compiler/onnx/attributes.h"
#include "compiler/onnx/external.h"
#include "compiler/onnx/model.h"
#include "compiler/passes/passes.h"
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace ingot {

/// Thrown where a node reads the result of a node that was refused: nothing more is to be said about it.
struct FollowUp {};

/// True for an empty list: a constant of shape [0], which no node reads.
bool is_empty(const Value &value);

/// What the operators' conversions need: the file's names and the graph that grows.
class OnnxBuilder {
public:
    OnnxBuilder(OnnxModel model, const ImportOptions &options);

    /// Converts all nodes. Throws ImportError.
    Graph build();

    // For the conversion of one operator; all throw Refusal or FollowUp. `role` names an input in messages, as in
    // `input 'X'`.

    /// The value of an input of the current node, of any type.
    ValueId input(std::size_t index, std::string_view role);
    /// The same, perhaps an empty list, which must not depend on the model's inputs: it is computed.
    ValueId constant_input(std::size_t index, std::string_view role);
    /// The elements of a constant input in row-major order, perhaps none. Integers and booleans; those beyond 2^31
    /// are saturated, those between 2^24 and 2^31 may be rounded and are refused unless `rounded` allows them.
    std::vector<int64_t> integers(std::size_t index, std::string_view role, bool rounded = false);
    /// The only element of such an input.
    int64_t integer(std::size_t index, std::string_view role);
    /// Float32 elements of a constant input.
    std::vector<float> numbers(std::size_t index, std::string_view role);
    /// The only element of a constant input of any type, finite.
    float number(std::size_t index, std::string_view role);
    /// True where a value does not depend on the model's inputs: it is computed.
    bool is_constant(ValueId id);
    [[nodiscard]] bool has_input(std::size_t index) const;
    void require_input(std::size_t index) const;
    /// True for a constant without elements, of shape [0].
    bool is_empty_list(std::size_t index);

    /// Adds a node; its result is the current node's output number `output`, or else the value `name`, which only
    /// the graph knows. The result of a Reshape, an Expand and a Slice has the shape `shape`, others the inferred
    /// one. Where all inputs are constants and it is quickly computed, the result is a constant and no node is
    /// added.
    ValueId add_result(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape = {},
                       std::size_t output = 0);
    ValueId add_helper(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                       const std::string &name);
    ValueId add_constant(const std::string &name, std::vector<int64_t> shape, std::vector<float> data,
                         DataType type = DataType::f32);

    /// Lets the current node's output number `output` be a tensor of the file; a constant; a value, which is copied
    /// if it is no constant; whatever the first input is.
    void define_result(OnnxTensor tensor, std::size_t output = 0);
    void define_result(std::vector<int64_t> shape, std::vector<float> data, DataType type, std::size_t output = 0);
    void forward(ValueId id, std::size_t output = 0);
    void forward_first_input();

    /// Converts the nodes of a graph in the place of the current node, whose outputs become those of the graph.
    void inline_graph(OnnxSubgraph &graph);

    /// Throws Refusal where the tables and constants that operators of the model ask for grow beyond 2^26 elements.
    void charge(int64_t elements);

    [[nodiscard]] const Value &value(ValueId id) const { return graph_.value(id); }
    [[nodiscard]] const OnnxNode &node() const { return *node_; }
    /// The shape that the file declares for the current node's first output; null where it leaves any of it open.
    [[nodiscard]] const std::vector<int64_t> *declared_shape() const;
    [[nodiscard]] int64_t opset() const { return model_.opset; }

private:
    /// The producer of inputs and constants.
    static constexpr std::size_t no_node = std::numeric_limits<std::size_t>::max();
    struct Unknown {};
    using Meaning = std::variant<Unknown, ValueId, OnnxTensor *>;

    void refuse(const std::string &what);
    void define_inputs();
    void define_initializers(std::vector<OnnxTensor> &tensors);
    void collect_names(const std::vector<OnnxNode> &nodes);
    void convert_nodes(const std::vector<OnnxNode> &nodes);
    void convert_node(const OnnxNode &node);
    void check_names(const OnnxNode &node) const;
    void check_outputs(const OnnxNode &node) const;
    void define_outputs();
    ValueId computed_output(const std::string &name, Meaning meaning);
    ValueId add_value(Value value, bool depends_on_inputs);
    ValueId add_node(Operation operation, std::vector<ValueId> inputs, std::vector<int64_t> shape,
                     const std::string &name, const Origin &origin);
    void define(std::size_t output, Meaning meaning);
    ValueId load(OnnxTensor &tensor, const std::string &what);
    ValueId value_of_input(std::size_t index, std::string_view role);
    /// Computes a value whose inputs are constants, if it is one.
    void fold(ValueId id);
    [[nodiscard]] std::string describe_input(std::size_t index, std::string_view role) const;
    [[nodiscard]] Meaning meaning_of_input(std::size_t index) const;

    OnnxModel model_;
    const ImportOptions &options_;
    Graph graph_;
    const OnnxNode *node_ = nullptr;  ///< the one that is converted
    std::vector<std::string> diagnostics_;
    std::unordered_set<std::string> reported_;  ///< the same
    std::unordered_map<std::string, Meaning> meanings_;
    std::unordered_map<const OnnxTensor *, ValueId> loaded_;
    std::map<std::string, ValueId> external_;  ///< by place, type and shape
    ExternalFiles files_;
    FoldingBudget budget_;
    double work_left_ = 1 << 30;                        ///< folding_cost that folding on demand may take
    std::vector<std::size_t> producers_;                ///< by value: its node
    std::vector<bool> depends_on_inputs_;               ///< by value
    std::vector<std::unique_ptr<OnnxTensor>> results_;  ///< of Constant nodes
    std::unordered_set<std::string> computed_names_;    ///< outputs of all nodes
    std::unordered_set<std::string> read_names_;        ///< inputs of all nodes, outputs of the graph
};

/// How one ONNX operator becomes nodes of a graph.
struct OnnxOperator {
    std::string_view name;
    std::size_t least_inputs, most_inputs;
    std::size_t most_outputs;  ///< one that is read and not defined by `convert` is refused
    void (*convert)(OnnxBuilder &, Attributes &);
    std::string_view limits = {};  ///< what is refused, for docs/supported_ops.md; empty: nothing
};

/// All supported operators, by name.
const std::vector<OnnxOperator> &onnx_operators();

}  // namespace ingot
