// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/arena.h"
#include "compiler/lowering/cuda_chains.h"
#include "compiler/lowering/picture_operand.h"
#include "compiler/lowering/plan.h"
#include "compiler/lowering/tensor_kernel.h"
#include "compiler/lowering/weights_blob.h"
#include <span>

namespace ingot {

/// Adds the steps of a graph to a plan: their operands are where Placement has the values, their weights packed in
/// the blob.
class PlanBuilder {
public:
    /// All of them outlive the builder; halos are set before a step is added.
    PlanBuilder(const Graph &graph, const Placement &placement, WeightsBlob &blob, Plan &plan)
        : graph_(graph), placement_(placement), blob_(blob), plan_(plan) {}

    /// A kernel of pictures or rows: of a node, or of those of a sequential's layers. The spec has the order of its
    /// weights, but no src, dst and added tensor yet; `batch` is its n for one image of the model.
    void add_picture_step(std::span<const std::size_t> nodes, KernelSpec spec, int64_t batch, const Chosen &chosen);
    void add_tensor_step(const Node &node, const TensorKernel &kernel, const Chosen &chosen);
    /// A step without a kernel: elements that lie side by side on both sides.
    void add_dense_copy(const Node &node, const TensorKernel &kernel);
    /// A kernel that reads and writes the node's values as rows.
    void add_flat_step(const Node &node, const KernelSpec &spec, const Chosen &chosen);
    void add_chain_step(const Chain &chain);

    /// Gives the plan's buffers their memory, once all steps are there.
    void place_buffers() { arena_.place(plan_); }

private:
    [[nodiscard]] PictureOperand flat_operand(ValueId id) const;
    StepOperand tensor_operand(const TensorRead &tensor, DataType type, const KernelBuffer &buffer);
    /// The weights of a node, its bias or its slope, packed as `spec` asks for.
    StepOperand constant(const Node &node, const KernelSpec &spec, const KernelBuffer &buffer);
    /// That of a node of a step, whose layer's number ends the buffer's name where it has several.
    StepOperand constant_of(std::span<const std::size_t> nodes, const KernelSpec &spec, const KernelBuffer &buffer);
    /// An operand whose storage begins `offset` elements behind the start of the buffer that holds a value.
    StepOperand view(ValueId id, int64_t offset, const KernelBuffer &buffer);

    const Graph &graph_;
    const Placement &placement_;
    WeightsBlob &blob_;
    Plan &plan_;
    Arena arena_;
};

}  // namespace ingot
