// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lower.h"
#include "compiler/arena.h"
#include "compiler/c_names.h"
#include "compiler/node_chain.h"
#include "compiler/node_kernel.h"
#include "compiler/pack_weights.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace ingot {

namespace {

/// Packed constants, each once: the levels of a model share a packing.
class WeightsBlob {
public:
    explicit WeightsBlob(std::vector<float> &data) : data_(data) {}

    /// Bytes from the blob's start to this content.
    int64_t add(const std::vector<float> &content) {
        const auto [found, is_new] =
            offsets_.try_emplace(content, static_cast<int64_t>(data_.size() * sizeof(float)));
        if (is_new) {
            data_.insert(data_.end(), content.begin(), content.end());
            data_.resize(static_cast<std::size_t>(round_up(static_cast<int64_t>(data_.size()), 16)), 0.0f);
        }
        return found->second;
    }

private:
    std::vector<float> &data_;
    std::map<std::vector<float>, int64_t> offsets_;
};

/// From this many images on, an image to a multiprocessor leaves fewer of them idle than it saves launches.
constexpr int64_t batch_images = 16;

/// The batch that kernels for batches are chosen for: fills any device several times over.
constexpr int64_t many_images = 1024;

/// Lowers one graph for one target; on CUDA for batches of at least `min_images`.
class Lowering {
public:
    Lowering(const Graph &graph, const Target &target, const LowerOptions &options, WeightsBlob &blob,
             int64_t min_images = 1)
        : graph_(graph), target_(target), options_(options), blob_(blob), storage_(graph.values.size()),
          layout_(graph.values.size()) {
        plan_.target = &target_;
        plan_.min_images = min_images;
        if (plan_.is_cuda()) {
            // Kernels count elements of a launch in 32 bits.
            const int64_t countable =
                std::max<int64_t>(1, std::numeric_limits<int32_t>::max() / largest_activation());
            plan_.max_images = std::min(options.max_batch, countable);
            many_ = std::min(many_images, countable);
        }
    }

    Plan run() {
        find_storage();
        find_orders();
        find_kernels();
        find_chains();
        find_halos();
        for (const Chain &chain : chains_) {
            add_chain_step(chain);
        }
        for (std::size_t i = 0; i < graph_.nodes.size() && chains_.empty(); ++i) {
            add_step(i);
        }
        arena_.place(plan_);
        return std::move(plan_);
    }

private:
    /// The buffer that holds a value: reshaped values share one.
    struct Storage {
        Region region = Region::arena;
        int index = 0;
        ValueId root = -1;
    };
    struct Kernel {
        KernelSpec spec;
        int64_t batch = 1;  ///< spec.n for one image of the model
        Chosen chosen;
        Layouts layouts;
    };

    /// Nodes of the graph that one kernel computes.
    struct Chain {
        std::vector<std::size_t> nodes;
        Kernel kernel;
    };

    [[nodiscard]] static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }

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

    // A reshape hands its source's memory on, unless both are the caller's buffers or the result is one of the
    // model's outputs already handed out; it is a copy then, as an identity is.
    void find_storage() {
        for (ValueId id = 0; id < static_cast<ValueId>(graph_.values.size()); ++id) {
            storage_[at(id)].root = id;
        }
        for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
            storage_[at(graph_.inputs[i])] = {Region::input, static_cast<int>(i), graph_.inputs[i]};
        }
        for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
            Storage &storage = storage_[at(graph_.outputs[i])];
            if (storage.region == Region::arena) {
                storage = {Region::output, static_cast<int>(i), graph_.outputs[i]};
            }
        }
        for (const Node &node : graph_.nodes) {
            if (std::holds_alternative<Reshape>(node.operation) &&
                storage_[at(node.output)].region == Region::arena) {
                storage_[at(node.output)] = storage_[at(node.inputs[0])];
            }
        }
    }

    [[nodiscard]] bool is_copy(const Node &node) const {
        return std::holds_alternative<Identity>(node.operation) ||
               (std::holds_alternative<Reshape>(node.operation) &&
                storage_[at(node.output)].root != storage_[at(node.inputs[0])].root);
    }
    [[nodiscard]] bool is_alias(const Node &node) const {
        return std::holds_alternative<Reshape>(node.operation) && !is_copy(node);
    }

    // The caller's buffers and what is reshaped or copied are in the model's own order; everything else is NHWC.
    // Where the two are the same bytes, NHWC is its name.
    void find_orders() {
        std::set<ValueId> flat;
        for (const Node &node : graph_.nodes) {
            if (is_alias(node) || is_copy(node)) {
                flat.insert({storage_[at(node.inputs[0])].root, node.inputs[0], node.output});
            }
        }
        for (ValueId id = 0; id < static_cast<ValueId>(graph_.values.size()); ++id) {
            const Value &value = graph_.value(id);
            const Shape4 shape = shape4(value);
            const bool own_order = storage_[at(id)].region != Region::arena || flat.contains(id);
            layout_[at(id)].order = value.shape.size() != 4                               ? DimOrder::nc
                                    : own_order && shape.c != 1 && shape.h * shape.w != 1 ? DimOrder::nchw
                                                                                          : DimOrder::nhwc;
        }
    }

    void find_kernels() {
        for (const Node &node : graph_.nodes) {
            kernels_.emplace_back();
            if (!is_copy(node) && !is_alias(node)) {
                Kernel &kernel = kernels_.back().emplace();
                kernel.spec =
                    bare_spec(graph_, node, layout_[at(node.inputs[0])].order, layout_[at(node.output)].order);
                kernel.batch = kernel.spec.n;
                kernel.spec.n *= many_;
                kernel.chosen = chosen(kernel.spec, asked_choice(node, kernel.spec));
                kernel.layouts = layouts_of(kernel.chosen.choice, kernel.spec, target_);
            }
        }
    }

    [[nodiscard]] Chosen chosen(const KernelSpec &spec, const std::optional<Choice> &asked) const {
        return choose(spec, target_, {asked, options_.numerics, options_.cpu, options_.tables});
    }

    [[nodiscard]] std::optional<Choice> asked_choice(const Node &node, const KernelSpec &spec) const {
        return find_asked(options_.asked, target_.device, node.origin.name, spec.op);
    }

    // On CUDA a net whose activations fit a multiprocessor is one kernel: a block computes an image. A few images
    // would leave most multiprocessors idle; for them the convolutions are one kernel, which may spread an image
    // over the device, and what follows is another. Its gemms take the threads of the whole net's kernel and so its
    // order of summation: results do not depend on the batch.
    void find_chains() {
        const std::vector<std::size_t> nodes = chain_nodes();
        if (nodes.empty()) {
            return;
        }
        const auto gemm = std::find_if(nodes.begin(), nodes.end(),
                                       [&](std::size_t i) { return kernels_[i]->spec.op == Op::gemm; });
        Chain whole = chain_of(nodes, many_, std::nullopt);
        if (plan_.min_images > 1 || gemm == nodes.begin()) {
            chains_.push_back(std::move(whole));
            return;
        }
        chains_.push_back(chain_of({nodes.begin(), gemm}, 1, std::nullopt));
        if (gemm != nodes.end()) {
            chains_.push_back(chain_of({gemm, nodes.end()}, 1, whole.kernel.chosen.choice));
            chains_.back().kernel.chosen.why = "it sums in the order of the kernel for batches";
        }
        // Larger batches are the other plan's.
        const bool is_apart = chains_.size() > 1 || chains_[0].kernel.chosen.choice != whole.kernel.chosen.choice;
        if (is_apart && plan_.max_images >= batch_images) {
            plan_.max_images = batch_images - 1;
        }
    }

    /// The nodes of the graph where one kernel can compute them all and none is asked to be another.
    [[nodiscard]] std::vector<std::size_t> chain_nodes() const {
        std::vector<std::size_t> nodes = plan_.is_cuda() ? node_chain(graph_) : std::vector<std::size_t>();
        const auto is_asked = [&](std::size_t i) {
            return asked_choice(graph_.nodes[i], kernels_[i]->spec).has_value();
        };
        if (nodes.size() < 2 || std::any_of(nodes.begin(), nodes.end(), is_asked) ||
            supported_choices(spec_of(nodes, 1), target_, false).empty()) {
            nodes.clear();
        }
        return nodes;
    }

    [[nodiscard]] KernelSpec spec_of(const std::vector<std::size_t> &nodes, int64_t images) const {
        const Node &first = graph_.nodes[nodes.front()], &last = graph_.nodes[nodes.back()];
        return chain_spec(graph_, nodes, layout_[at(first.inputs[0])].order, layout_[at(last.output)].order,
                          images);
    }

    [[nodiscard]] Chain chain_of(std::vector<std::size_t> nodes, int64_t images,
                                 std::optional<Choice> asked) const {
        Kernel kernel;
        kernel.spec = spec_of(nodes, images);
        kernel.batch = kernel.spec.n / images;
        asked = asked ? asked : asked_choice(graph_.nodes[nodes.front()], kernel.spec);
        kernel.chosen = chosen(kernel.spec, asked);
        return {std::move(nodes), std::move(kernel)};
    }

    // A kernel writes the middle of a buffer with a zero border where every reader can live with one.
    void find_halos() {
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            const ValueId id = graph_.nodes[i].output;
            if (kernels_[i] && storage_[at(id)].region == Region::arena &&
                layout_[at(id)].order == DimOrder::nhwc) {
                layout_[at(id)].halo = halo_for_readers(id);
            }
        }
    }

    /// The widest border that a reader of `id` wants; none where one reads it as a row of elements.
    [[nodiscard]] Pad2 halo_for_readers(ValueId id) const {
        Pad2 halo;
        for (std::size_t reader : graph_.consumers(id)) {
            const std::optional<Kernel> &kernel = kernels_[reader];
            if (!kernel || kernel->spec.op == Op::gemm) {
                return {};
            }
            if (kernel->layouts.src_halo) {
                const Pad2 &pad = kernel->spec.window.pad;
                halo = {std::max(halo.top, pad.top), std::max(halo.left, pad.left),
                        std::max(halo.bottom, pad.bottom), std::max(halo.right, pad.right)};
            }
        }
        return halo;
    }

    void add_step(std::size_t index) {
        const Node &node = graph_.nodes[index];
        if (is_alias(node)) {
            return;
        }
        Step step;
        step.name = node.origin.name;
        if (kernels_[index]) {
            Kernel &kernel = *kernels_[index];
            take_choice(step, kernel.chosen);
            step.batch = kernel.batch;
            kernel.spec.src.halo = layout_[at(node.inputs[0])].halo;
            kernel.spec.dst.halo = layout_[at(node.output)].halo;
            if (kernel.spec.has_weights()) {
                kernel.spec.weights.order = kernel.layouts.weights;
            }
            step.spec = kernel.spec;
            for (const KernelBuffer &buffer : kernel_buffers(kernel.spec)) {
                step.operands.push_back(operand(node, kernel.spec, buffer));
            }
        } else {
            add_copy(step, node);
        }
        plan_.steps.push_back(std::move(step));
    }

    void add_chain_step(const Chain &chain) {
        const Node &first = graph_.nodes[chain.nodes.front()], &last = graph_.nodes[chain.nodes.back()];
        Step step;
        step.name = first.origin.name + (chain.nodes.size() > 1 ? " to " + last.origin.name : "");
        step.spec = chain.kernel.spec;
        step.batch = chain.kernel.batch;
        take_choice(step, chain.kernel.chosen);
        const std::vector<KernelBuffer> buffers = kernel_buffers(*step.spec);
        auto buffer = buffers.begin();
        step.operands.push_back(view(first.inputs[0], *buffer++));
        for (std::size_t i = 0; i < chain.nodes.size(); ++i) {
            const KernelSpec &layer = step.spec->layers[i];
            const Node &node = graph_.nodes[chain.nodes[i]];
            if (layer.has_weights()) {
                step.operands.push_back(constant(node, layer, true, *buffer++));
            }
            if (layer.has(Function::bias)) {
                step.operands.push_back(constant(node, layer, false, *buffer++));
            }
        }
        step.operands.push_back(view(last.output, *buffer));
        plan_.steps.push_back(std::move(step));
    }

    static void take_choice(Step &step, const Chosen &chosen) {
        step.choice = chosen.choice;
        step.why = chosen.why;
        step.second = chosen.second;
    }

    // On CUDA a copy is the kernel of a 1 x 1 max-pool.
    void add_copy(Step &step, const Node &node) {
        const int64_t size = graph_.value(node.output).size();
        if (plan_.is_cuda()) {
            step.spec = KernelSpec{};
            step.spec->op = Op::pool2d;
            step.spec->n = many_;
            step.spec->ci = step.spec->co = size;
            take_choice(step, chosen(*step.spec, std::nullopt));
            for (const KernelBuffer &buffer : kernel_buffers(*step.spec)) {
                step.operands.push_back(view(buffer.name == "src" ? node.inputs[0] : node.output, buffer));
            }
            return;
        }
        for (const auto &[name, id] : {std::pair{"src", node.inputs[0]}, std::pair{"dst", node.output}}) {
            Operand flat;
            flat.order = DimOrder::nc;
            step.operands.push_back(view(id, tensor_buffer(name, flat, 1, size, 1, 1, false)));
        }
    }

    StepOperand operand(const Node &node, const KernelSpec &spec, const KernelBuffer &buffer) {
        if (buffer.name == "src" || buffer.name == "dst") {
            return view(buffer.name == "src" ? node.inputs[0] : node.output, buffer);
        }
        return constant(node, spec, buffer.name == "weights", buffer);
    }

    /// The weights of a node, or its bias, packed as `spec` asks for.
    StepOperand constant(const Node &node, const KernelSpec &spec, bool is_weights, const KernelBuffer &buffer) {
        const Value &value = graph_.value(node.inputs[is_weights ? 1 : 2]);
        INGOT_CHECK(value.constant.has_value(), value.name + " is no constant");
        const std::vector<float> packed =
            is_weights ? pack_weights(spec, in_src_order(node, *value.constant)) : pack_bias(spec, *value.constant);
        return {Region::weights, 0, blob_.add(packed), buffer};
    }

    /// Weights of a gemm that reads a picture follow the order in which the picture lies in memory.
    [[nodiscard]] std::vector<float> in_src_order(const Node &node, const std::vector<float> &weights) const {
        const ValueId src = node.inputs[0];
        if (!std::holds_alternative<Gemm>(node.operation) || layout_[at(src)].order != DimOrder::nhwc) {
            return weights;
        }
        const Shape4 shape = shape4(graph_.value(src));
        return flatten_nhwc(weights, graph_.value(node.inputs[1]).shape[0], shape.c, shape.h, shape.w);
    }

    StepOperand view(ValueId id, const KernelBuffer &buffer) {
        const Storage &storage = storage_[at(id)];
        if (storage.region == Region::arena) {
            const int step = static_cast<int>(plan_.steps.size());
            return arena_.use(storage.root, step, layout_[at(id)], shape4(graph_.value(id)), buffer);
        }
        return {storage.region, storage.index, 0, buffer};
    }

    const Graph &graph_;
    const Target &target_;
    const LowerOptions &options_;
    WeightsBlob &blob_;
    std::vector<Storage> storage_;
    std::vector<Operand> layout_;
    std::vector<std::optional<Kernel>> kernels_;
    std::vector<Chain> chains_;  ///< that compute all nodes; empty: each has a kernel of its own
    Arena arena_;
    Plan plan_;
    int64_t many_ = 1;  ///< images that kernels are chosen for where they serve any batch
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
    LoweredModel model;
    model.name = library_name(name);
    model.source = graph.source;
    model.source_hash = graph.source_hash;
    model.inputs = ports(graph, graph.inputs);
    model.outputs = ports(graph, graph.outputs);
    WeightsBlob blob(model.weights);
    for (const Target *target : targets) {
        const std::size_t before = model.weights.size();
        model.plans.push_back(Lowering(graph, *target, options, blob).run());
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
