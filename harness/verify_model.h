// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compiled model held against a reference: what `ingot verify` does.
#pragma once
#include "compiler/graph.h"
#include "harness/compiled_model.h"
#include "harness/difference.h"
#include <map>
#include <string>
#include <vector>

namespace ingot {

/// Inputs to run a model on.
struct VerifyCase {
    std::string name;                         ///< `random 1`, `zero`, ...
    std::vector<std::vector<double>> inputs;  ///< per input of the graph; each a number of the input's type
};

/// `seeds` random cases and those at the edges: all zero, all one, large, of alternating sign, negative. Inputs of
/// integers and booleans hold 0 and 1 alone, which index any table; those of bytes all of 0 to 255.
std::vector<VerifyCase> verify_cases(const Graph &graph, int seeds);

/// What is right: tensors of a model by name.
class Reference {
public:
    Reference() = default;
    virtual ~Reference() = default;
    Reference(const Reference &) = delete;
    Reference &operator=(const Reference &) = delete;

    /// Such as `ONNX Runtime 1.20.0`.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Called before values(): which tensors will be asked for.
    virtual void prepare(const std::vector<VerifyCase> &cases, const std::vector<std::string> &tensors) = 0;
    /// The tensors of case `index`; those that the reference does not know are missing.
    virtual std::map<std::string, std::vector<double>> values(std::size_t index) = 0;
};

/// The reference interpreter in double, on the graph before its passes.
class InterpreterReference : public Reference {
public:
    explicit InterpreterReference(Graph imported) : graph_(std::move(imported)) {}
    [[nodiscard]] std::string name() const override { return "the reference interpreter"; }
    void prepare(const std::vector<VerifyCase> &cases, const std::vector<std::string> &tensors) override;
    std::map<std::string, std::vector<double>> values(std::size_t index) override;

private:
    Graph graph_;
    std::vector<VerifyCase> cases_;
};

/// One output of a compiled model on one case at one level.
struct VerifyRow {
    std::string level, test_case, tensor;
    DataType type = DataType::f32;
    Difference difference;
    bool within = true;
};

/// `fused`, a graph after its passes, with more outputs: copies of what its nodes compute, where `imported`, the
/// graph before them, has a tensor of the same name, type and shape.
Graph with_layers(const Graph &fused, const Graph &imported);

/// Runs the model on each case at each of its levels of the CPU: a row per level, case and output that the
/// reference knows, in this order of cases, levels and outputs. `tolerance` is a share of the largest element that
/// the tensor had in the reference in this case or one before: where a sigmoid saturates, all elements of a case
/// may be as good as 0. Throws Error where an output has another size than its reference.
std::vector<VerifyRow> compare_with(Reference &reference, const CompiledModel &model,
                                    const std::vector<VerifyCase> &cases, double tolerance);

/// The levels at which the cases, run as a batch, give other bits than one by one.
std::vector<std::string> levels_that_depend_on_batch(const CompiledModel &model,
                                                     const std::vector<VerifyCase> &cases);

}  // namespace ingot
