// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/lower.h"
#include "compiler/c_names.h"
#include "compiler/lowering/chooser.h"
#include "compiler/lowering/cuda_chains.h"
#include "compiler/lowering/fusion.h"
#include "compiler/lowering/legalize.h"
#include "compiler/lowering/node_chain.h"
#include "compiler/lowering/node_kernel.h"
#include "compiler/lowering/picture_operand.h"
#include "compiler/lowering/plan_builder.h"
#include "compiler/lowering/predicted_share.h"
#include "compiler/lowering/tensor_kernel.h"
#include "compiler/lowering/weights_blob.h"
#include "spec/error.h"
#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace ingot {

namespace {

/// The batch that kernels for batches are chosen for: fills any device several times over.
constexpr int64_t many_images = 1024;

/// Lowers one graph, legalized, for one target; on CUDA for batches of at least `min_images`.
class Lowering {
public:
    Lowering(const Graph &graph, const Target &target, const LowerOptions &options, WeightsBlob &blob,
             int64_t min_images = 1)
        : graph_(graph), target_(target), options_(options), placement_(graph, target.device == Device::cuda),
          chooser_(target, options), builder_(graph, placement_, blob, plan_) {
        plan_.target = &target_;
        plan_.cpu = options.cpu;
        plan_.min_images = min_images;
        if (plan_.is_cuda()) {
            check_cuda();
            // Kernels count elements of a launch in 32 bits.
            const int64_t countable =
                std::max<int64_t>(1, std::numeric_limits<int32_t>::max() / largest_activation());
            plan_.max_images = std::min(options.max_batch, countable);
            many_ = std::min(many_images, countable);
        }
    }

    Plan run() {
        const std::vector<Chain> chains = find_chains();
        for (const Chain &chain : chains) {
            builder_.add_chain_step(chain);
        }
        if (chains.empty()) {
            find_kernels();
            find_halos();
            for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
                add_steps(i);
            }
        }
        builder_.place_buffers();
        return std::move(plan_);
    }

private:
    /// A kernel of pictures or rows, chosen before it is known where its operands lie. It stands at its last node.
    struct Kernel {
        std::vector<std::size_t> nodes;
        KernelSpec spec;
        int64_t batch = 1;  ///< spec.n for one image of the model
        Chosen chosen;
        Layouts layouts;
    };

    [[nodiscard]] static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }

    /// Kernels of tensor ops are the CPU's.
    [[nodiscard]] static bool has_cuda_kernel(const Node &node) {
        const std::optional<Op> op = kernel_op(node);
        return !((op && is_tensor_op(*op)) || std::holds_alternative<Concat>(node.operation) ||
                 std::holds_alternative<Transpose>(node.operation) ||
                 std::holds_alternative<Slice>(node.operation) || std::holds_alternative<Expand>(node.operation));
    }

    void check_cuda() const {
        if (graph_.weights != DataType::f32) {
            throw Error(graph_.source + ": kernels for CUDA read f32 weights, not " +
                        std::string(to_text(graph_.weights)) + "; leave " + std::string(target_.name) +
                        " out of --target, or take --weights f32");
        }
        const auto first = std::find_if_not(graph_.nodes.begin(), graph_.nodes.end(), has_cuda_kernel);
        if (first == graph_.nodes.end()) {
            return;
        }
        const auto others =
            std::count_if(first + 1, graph_.nodes.end(), [](const Node &node) { return !has_cuda_kernel(node); });
        throw Error(graph_.source + ": " + to_text(first->origin) + ": " + operation_name(first->operation) +
                    " has no CUDA kernel" +
                    (others > 0 ? ", nor have " + std::to_string(others) + " nodes behind it" : "") + "; leave " +
                    std::string(target_.name) + " out of --target");
    }

    /// Elements of the largest picture that a kernel reads, computes or writes for one image.
    [[nodiscard]] int64_t largest_activation() const {
        int64_t largest = 1;
        for (const Value &value : graph_.values) {
            largest = value.constant ? largest : std::max(largest, value.size());
        }
        for (const Node &node : graph_.nodes) {
            if (kernel_op(node)) {
                const KernelSpec spec = bare_spec(graph_, node, DimOrder::nhwc, DimOrder::nhwc);
                const Extent2 result = spec.window_output();
                largest = std::max(largest, spec.n * spec.co * result.h * result.w);
            }
        }
        return largest;
    }

    [[nodiscard]] DimOrder order_of(ValueId id) const {
        const std::optional<PictureOperand> picture = picture_operand(graph_, placement_, id);
        return graph_.value(id).shape.size() != 4 ? DimOrder::nc
               : picture                          ? picture->operand.order
                                                  : DimOrder::nhwc;
    }

    /// True for what a kernel of pictures or rows computes; on the CPU a ReLU by itself is a map.
    [[nodiscard]] bool is_picture_kernel(const Node &node) const {
        const std::optional<Op> op = kernel_op(node);
        return op && !is_tensor_op(*op) && (plan_.is_cuda() || !std::holds_alternative<Relu>(node.operation));
    }

    void find_kernels() {
        kernels_.resize(graph_.nodes.size());
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            const Node &node = graph_.nodes[i];
            if (is_picture_kernel(node)) {
                KernelSpec spec = bare_spec(graph_, node, order_of(node.inputs[0]), order_of(node.output));
                const int64_t batch = spec.n;
                spec.n *= many_;
                const Chosen &choice = chooser_.choose(spec, node.origin.name);
                kernels_[i] = kernel({i}, std::move(spec), batch, choice);
            }
        }
        if (!plan_.is_cuda()) {
            fuse_pairs();
        }
    }

    [[nodiscard]] Kernel kernel(std::vector<std::size_t> nodes, KernelSpec spec, int64_t batch,
                                const Chosen &choice) const {
        const Layouts layouts = layouts_of(choice.choice, spec, target_);
        if (spec.has_weights()) {
            spec.set_weights_order(layouts.weights);
        }
        for (KernelSpec &layer : spec.layers) {
            layer.set_weights_order(layer.has_weights() ? layouts.weights : layer.weights.order);
        }
        return {std::move(nodes), std::move(spec), batch, choice, layouts};
    }

    /// The kernel of a node by itself, a mean over a picture included.
    [[nodiscard]] std::optional<ChosenKernel> alone(std::size_t i) {
        const Node &node = graph_.nodes[i];
        if (kernels_[i]) {
            return ChosenKernel{kernels_[i]->spec, kernels_[i]->chosen};
        }
        if (!is_picture_mean(graph_, node)) {
            return std::nullopt;
        }
        const KernelSpec spec = tensor_kernel(graph_, placement_, node).spec;
        return ChosenKernel{spec, chooser_.choose(spec, node.origin.name)};
    }

    void fuse_pairs() {
        std::vector<std::optional<ChosenKernel>> kernels;
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            kernels.push_back(alone(i));
        }
        Fusion fusion = choose_fusion(graph_, placement_, kernels, chooser_);
        remarks_ = std::move(fusion.remarks);
        for (auto &[i, pair] : fusion.pairs) {
            kernels_[i + 1] = kernel({i, i + 1}, std::move(pair.spec), kernels_[i]->batch, pair.chosen);
            kernels_[i].reset();
            fused_.insert(i);
        }
    }

    /// A node's choice, with what is to be said of another way to compute it.
    [[nodiscard]] Chosen with_remark(std::size_t node, Chosen chosen) const {
        const auto remark = remarks_.find(node);
        chosen.why += remark == remarks_.end() ? "" : remark->second;
        return chosen;
    }

    [[nodiscard]] std::vector<Chain> find_chains() {
        if (!plan_.is_cuda() || graph_.inputs.empty() || graph_.outputs.empty()) {
            return {};
        }
        return cuda_chains(graph_, options_, order_of(graph_.inputs[0]), order_of(graph_.outputs[0]), many_, plan_);
    }

    // A kernel writes the middle of a buffer with a zero border where its readers want one.
    void find_halos() {
        std::map<ValueId, Pad2> halos;
        std::set<ValueId> without;
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (!kernels_[i]) {
                continue;
            }
            const KernelSpec &reader = kernels_[i]->spec.first();
            const Node &node = graph_.nodes[kernels_[i]->nodes.front()];
            for (const ValueId id : node.inputs) {
                const ValueId root = placement_.place(id).root;
                if (reader.op == Op::gemm) {
                    without.insert(root);
                } else if (kernels_[i]->layouts.src_halo && id == node.inputs[0]) {
                    const Pad2 &pad = reader.window.pad;
                    Pad2 &halo = halos[root];
                    halo = {std::max(halo.top, pad.top), std::max(halo.left, pad.left),
                            std::max(halo.bottom, pad.bottom), std::max(halo.right, pad.right)};
                }
            }
        }
        for (const auto &[root, halo] : halos) {
            const Buffer &buffer = placement_.buffer(root);
            if (halo.any() && buffer.region == Region::arena && buffer.is_nhwc() && !without.contains(root) &&
                placement_.set_halo(root, halo) && !is_read_as_before(root)) {
                placement_.set_halo(root, {});
            }
        }
    }

    /// Whether kernels of pictures read and write a buffer's values in the orders that they were chosen for.
    [[nodiscard]] bool is_read_as_before(ValueId root) const {
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (!kernels_[i] || kernels_[i]->spec.op == Op::gemm) {
                continue;
            }
            std::vector<ValueId> values = {graph_.nodes[kernels_[i]->nodes.front()].inputs[0]};
            for (const std::size_t node : kernels_[i]->nodes) {
                const std::vector<ValueId> &inputs = graph_.nodes[node].inputs;
                values.insert(values.end(), inputs.begin() + 1, inputs.end());
            }
            values.push_back(graph_.nodes[i].output);
            for (std::size_t k = 0; k < values.size(); ++k) {
                const Value &value = graph_.value(values[k]);
                if (value.constant || value.shape.size() != 4 || placement_.place(values[k]).root != root) {
                    continue;
                }
                const std::optional<PictureOperand> picture = picture_operand(graph_, placement_, values[k]);
                const bool is_src = k == 0, is_dst = k + 1 == values.size();
                if (!picture || (is_src && picture->operand.order != kernels_[i]->spec.src.order) ||
                    (is_dst && picture->operand.order != kernels_[i]->spec.dst.order)) {
                    return false;
                }
            }
        }
        return true;
    }

    void add_steps(std::size_t index) {
        const Node &node = graph_.nodes[index];
        if (fused_.contains(index)) {
            return;
        }
        if (kernels_[index]) {
            const Kernel &kernel = *kernels_[index];
            builder_.add_picture_step(kernel.nodes, kernel.spec, kernel.batch, with_remark(index, kernel.chosen));
        } else if (std::holds_alternative<Concat>(node.operation)) {
            for (std::size_t i = 0; i < node.inputs.size(); ++i) {
                if (!placement_.is_in_place(node, i)) {
                    add_copy(node, part_kernel(graph_, placement_, node, i));
                }
            }
        } else if (kernel_op(node)) {
            const TensorKernel kernel = tensor_kernel(graph_, placement_, node);
            builder_.add_tensor_step(node, kernel,
                                     with_remark(index, chooser_.choose(kernel.spec, node.origin.name)));
        } else if (!placement_.is_view(node)) {
            add_result_copy(node);
        }
    }

    void add_result_copy(const Node &node) {
        if (plan_.is_cuda()) {
            add_cuda_copy(node);
            return;
        }
        const std::optional<TensorKernel> kernel = copy_kernel(graph_, placement_, node);
        INGOT_CHECK(kernel.has_value(), to_text(node.origin) + ": no loops copy it");
        add_copy(node, *kernel);
    }

    void add_copy(const Node &node, const TensorKernel &kernel) {
        const KernelSpec &spec = kernel.spec;
        const bool is_dense =
            spec.dims.size() == 1 && spec.views[0].strides[0] == 1 && spec.views[1].strides[0] == 1;
        if (is_dense) {
            builder_.add_dense_copy(node, kernel);
        } else {
            builder_.add_tensor_step(node, kernel, chooser_.choose(kernel.spec, node.origin.name));
        }
    }

    // On CUDA a copy is the kernel of a 1 x 1 max-pool.
    void add_cuda_copy(const Node &node) {
        KernelSpec spec;
        spec.op = Op::pool2d;
        spec.n = many_;
        spec.ci = spec.co = graph_.value(node.output).size();
        builder_.add_flat_step(node, spec, chooser_.choose(spec, std::nullopt));
    }

    const Graph &graph_;
    const Target &target_;
    const LowerOptions &options_;
    Plan plan_;
    Placement placement_;
    Chooser chooser_;
    PlanBuilder builder_;
    std::vector<std::optional<Kernel>> kernels_;
    std::set<std::size_t> fused_;                 ///< nodes that the kernel of the node behind them computes
    std::map<std::size_t, std::string> remarks_;  ///< by node; see Fusion
    int64_t many_ = 1;                            ///< images that kernels are chosen for where they serve any batch
};

/// The plan for batches behind that for single images, where one kernel is the whole net: any other plan serves
/// both, since its kernels' order of summation may not depend on the batch.
void add_batch_plan(LoweredModel &model, const Graph &graph, const LowerOptions &options, WeightsBlob &blob) {
    const std::vector<Step> &single = model.plans.back().steps;
    if (single.empty() || !single.front().spec || single.front().spec->op != Op::sequential) {
        return;
    }
    Plan batch = Lowering(graph, *model.plans.back().target, options, blob, batch_images).run();
    const bool is_apart =
        batch.steps.size() != single.size() || batch.steps.front().choice != single.front().choice;
    if (is_apart && batch.max_images >= batch_images) {
        model.plans.push_back(std::move(batch));
    }
}

std::vector<Port> ports(const Graph &graph, const std::vector<ValueId> &ids) {
    std::vector<Port> result;
    for (ValueId id : ids) {
        result.push_back({graph.value(id).name, graph.value(id).shape, graph.value(id).type});
    }
    return result;
}

}  // namespace

std::size_t LoweredModel::cpu_plan_count() const {
    return static_cast<std::size_t>(
        std::count_if(plans.begin(), plans.end(), [](const Plan &plan) { return !plan.is_cuda(); }));
}

int64_t Port::size() const {
    int64_t size = 1;
    for (int64_t extent : shape) {
        size *= extent;
    }
    return size;
}

LoweredModel lower(const Graph &graph, const std::string &name, const std::vector<const Target *> &targets,
                   const LowerOptions &options) {
    check_asked(options.asked, graph, targets);
    Graph legal = graph;
    legalize(legal);
    LoweredModel model;
    model.name = library_name(name);
    model.source = graph.source;
    model.source_hash = graph.source_hash;
    model.inputs = ports(graph, graph.inputs);
    model.outputs = ports(graph, graph.outputs);
    WeightsBlob blob(model.weights);
    for (const Target *target : targets) {
        const std::size_t before = model.weights.size();
        model.plans.push_back(
            Lowering(target->device == Device::cuda ? graph : legal, *target, options, blob).run());
        model.plans.back().image_time = predicted_time(model.plans.back());
        if (target->device == Device::cuda) {
            add_batch_plan(model, graph, options, blob);
        }
        // The first target packs every weight: what another adds is a weight packed once more.
        if (target != targets.front()) {
            model.extra_packing_bytes += static_cast<int64_t>((model.weights.size() - before) * sizeof(float));
        }
    }
    return model;
}

}  // namespace ingot
