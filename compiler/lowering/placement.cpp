// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/placement.h"
#include "compiler/lowering/node_kernel.h"
#include "spec/error.h"
#include <algorithm>
#include <numeric>
#include <utility>

namespace ingot {

namespace {

using Order = std::vector<std::size_t>;

Order row_major(std::size_t rank) {
    Order order(rank);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

bool is_picture_operation(const Node &node) {
    return std::holds_alternative<Conv2d>(node.operation) || std::holds_alternative<Pool2d>(node.operation);
}

}  // namespace

Placement::Placement(const Graph &graph, bool dense_copies)
    : graph_(graph), dense_copies_(dense_copies), consumers_(graph.values.size()), producers_(graph.values.size()),
      buffers_(graph.values.size()), roles_(graph.values.size(), Role::buffer), readers_(graph.values.size()),
      replaced_(graph.values.size()), places_(graph.values.size()) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        producers_[at(graph.nodes[i].output)] = &graph.nodes[i];
        for (const ValueId id : graph.nodes[i].inputs) {
            std::vector<std::size_t> &readers = consumers_[at(id)];
            if (readers.empty() || readers.back() != i) {
                readers.push_back(i);
            }
        }
    }
    place_in_order();
    write_into_readers();
    if (!dense_copies_) {
        replace_sources();
    }
}

void Placement::place_in_order() {
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
        const Value &value = graph_.values[i];
        buffers_[i] = {Region::arena, 0, value.type, value.shape, row_major(value.shape.size()), {}};
        if (value.constant) {
            buffers_[i].region = Region::weights;
        }
    }
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
        buffers_[at(graph_.inputs[i])].region = Region::input;
        buffers_[at(graph_.inputs[i])].index = static_cast<int>(i);
    }
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
        Buffer &buffer = buffers_[at(graph_.outputs[i])];
        if (buffer.region == Region::arena) {
            buffer.region = Region::output;
            buffer.index = static_cast<int>(i);
        }
    }
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
        // Where the two are the same bytes, NHWC is the name.
        const Shape &shape = buffers_[i].shape;
        if (shape.size() == 4 && (shape[1] == 1 || shape[2] * shape[3] == 1) &&
            buffers_[i].region != Region::weights) {
            buffers_[i].order = nhwc;
        }
        places_[i] = {static_cast<ValueId>(i), 0, buffers_[i].strides()};
    }
    for (const Node &node : graph_.nodes) {
        place_result(node);
    }
}

void Placement::place_result(const Node &node) {
    const std::size_t result = at(node.output);
    Buffer &buffer = buffers_[result];
    if (buffer.region != Region::arena) {
        return;
    }
    if (const std::optional<Place> view = view_of_source(node)) {
        roles_[result] = Role::view_of_source;
        places_[result] = *view;
        return;
    }
    buffer.order = order_of_result(node);
    places_[result] = {node.output, 0, buffer.strides()};
}

/// True where a reader is a reshape that is no view of the value in the order NHWC.
bool Placement::reshapes_beyond_nhwc(ValueId id) const {
    const Shape &shape = graph_.value(id).shape;
    const Strides strides = dense_strides(shape, nhwc);
    return std::any_of(consumers_[at(id)].begin(), consumers_[at(id)].end(), [&](std::size_t i) {
        const Node &reader = graph_.nodes[i];
        return std::holds_alternative<Reshape>(reader.operation) &&
               !reshape_strides(shape, strides, graph_.value(reader.output).shape);
    });
}

Order Placement::order_of_result(const Node &node) const {
    const Shape &shape = graph_.value(node.output).shape;
    const auto reads_picture = [&](std::size_t i) { return is_picture_operation(graph_.nodes[i]); };
    const std::vector<std::size_t> &readers = consumers_[at(node.output)];
    const auto copies = [](const Node &of) {
        return std::holds_alternative<Identity>(of.operation) || std::holds_alternative<Reshape>(of.operation);
    };
    if (shape.size() == 4) {
        const bool same_bytes = shape[1] == 1 || shape[2] * shape[3] == 1;
        if (same_bytes) {
            return nhwc;
        }
        if (dense_copies_ && (copies(node) || std::any_of(readers.begin(), readers.end(), [&](std::size_t i) {
                                  return copies(graph_.nodes[i]);
                              }))) {
            return row_major(4);
        }
        if (is_picture_operation(node) || std::any_of(readers.begin(), readers.end(), reads_picture)) {
            return reshapes_beyond_nhwc(node.output) ? row_major(4) : nhwc;
        }
    }
    // A copy for a gemm, or before a reshape that no loop nest does: what follows is a view of it.
    const auto reads_rows = [&](std::size_t i) {
        return std::holds_alternative<Reshape>(graph_.nodes[i].operation) ||
               std::holds_alternative<Gemm>(graph_.nodes[i].operation);
    };
    if (std::holds_alternative<Identity>(node.operation) &&
        std::any_of(readers.begin(), readers.end(), reads_rows)) {
        return row_major(shape.size());
    }
    // As the first source lies that has as many elements.
    for (const ValueId id : node.inputs) {
        if (graph_.value(id).shape.size() == shape.size() && !graph_.value(id).constant &&
            (graph_.value(id).shape == shape || std::holds_alternative<Concat>(node.operation) ||
             std::holds_alternative<Pad>(node.operation) || std::holds_alternative<Resample>(node.operation) ||
             std::holds_alternative<Reduce>(node.operation))) {
            return memory_order(graph_.value(id).shape, place(id).strides);
        }
    }
    return row_major(shape.size());
}

std::optional<Place> Placement::view_of_source(const Node &node) const {
    return ingot::view_of_source(graph_, node, place(node.inputs[0]));
}

bool Placement::is_view(const Node &node) const {
    return roles_[at(node.output)] == Role::view_of_source ||
           (is_view_operation(node) && roles_[at(node.inputs[0])] == Role::view_of_reader &&
            readers_[at(node.inputs[0])].first == &node);
}

bool Placement::is_in_place(const Node &concat, std::size_t index) const {
    const std::size_t id = at(concat.inputs[index]);
    return roles_[id] == Role::view_of_reader && readers_[id] == std::pair(&concat, index);
}

Place Placement::part_of(const Node &concat, std::size_t index) const {
    return view_of_result(graph_, concat, index, place(concat.output)).value();
}

std::optional<std::size_t> Placement::replaced_source(const Node &node) const {
    return roles_[at(node.output)] == Role::replaces_source ? std::optional(replaced_[at(node.output)])
                                                            : std::nullopt;
}

// From the last node on: where a result lies is known before it is offered to those who compute its parts.
void Placement::write_into_readers() {
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
        const bool is_fixed = roles_[at(node->output)] != Role::view_of_source;
        if (std::holds_alternative<Concat>(node->operation)) {
            for (std::size_t i = 0; i < node->inputs.size(); ++i) {
                offer(*node, i);
            }
        } else if (is_fixed && (std::holds_alternative<Reshape>(node->operation) ||
                                std::holds_alternative<Transpose>(node->operation))) {
            offer(*node, 0);
        }
    }
}

/// Whether a value may be written where `reader` wants it: its buffer is its own, and nobody else reads it or all
/// who do can read it there.
bool Placement::may_move(const Node &reader, ValueId id) const {
    const Node *producer = producers_[at(id)];
    if (producer == nullptr || buffers_[at(id)].region != Region::arena ||
        std::count(reader.inputs.begin(), reader.inputs.end(), id) != 1) {
        return false;
    }
    if (roles_[at(id)] == Role::view_of_source) {
        // A view moves with its source.
        const bool turns = std::holds_alternative<Reshape>(producer->operation) ||
                           std::holds_alternative<Transpose>(producer->operation);
        return turns && consumers_[at(id)].size() == 1 && may_move(*producer, producer->inputs[0]);
    }
    if (roles_[at(id)] != Role::buffer) {
        return false;
    }
    const std::vector<std::size_t> &readers = consumers_[at(id)];
    if (!std::holds_alternative<Concat>(reader.operation)) {
        return readers.size() == 1;
    }
    return std::none_of(readers.begin(), readers.end(),
                        [&](std::size_t i) { return std::holds_alternative<Gemm>(graph_.nodes[i].operation); });
}

void Placement::offer(const Node &reader, std::size_t index) {
    const ValueId id = reader.inputs[index];
    if (!may_move(reader, id)) {
        return;
    }
    const std::optional<Place> offered = view_of_result(graph_, reader, index, place(reader.output));
    if (!offered) {
        return;
    }
    // A kernel of pictures writes its channels side by side, or the planes of its caller's order.
    const Shape &shape = graph_.value(id).shape;
    const Node &producer = *producers_[at(id)];
    const bool is_picture = is_picture_operation(producer);
    const bool is_nhwc = is_picture && memory_order(shape, offered->strides) == nhwc;
    const bool fits =
        is_picture
            ? (is_nhwc && (shape[1] == 1 || offered->strides[1] == 1)) || is_row_major(shape, offered->strides)
            : !std::holds_alternative<Gemm>(producer.operation) || is_row_major(shape, offered->strides);
    const bool same_order = memory_order(shape, offered->strides) == memory_order(shape, place(id).strides) ||
                            consumers_[at(id)].size() == 1;
    if (!fits || !same_order) {
        return;
    }
    const Role before = roles_[at(id)];
    roles_[at(id)] = Role::view_of_reader;
    readers_[at(id)] = {&reader, index};
    if (!resolve()) {
        roles_[at(id)] = before;
        readers_[at(id)] = {nullptr, 0};
        INGOT_CHECK(resolve(), "places that do not come back");
    }
}

// Nodes run in their order, and a map reads each element before it writes the one in its place.
void Placement::replace_sources() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
        const Node &node = graph_.nodes[i];
        const bool is_map =
            std::holds_alternative<Map>(node.operation) || std::holds_alternative<Relu>(node.operation);
        const std::size_t result = at(node.output);
        if (!is_map || roles_[result] != Role::buffer || buffers_[result].region != Region::arena) {
            continue;
        }
        for (std::size_t source = 0; source < node.inputs.size(); ++source) {
            if (may_replace(i, source)) {
                roles_[result] = Role::replaces_source;
                replaced_[result] = source;
                INGOT_CHECK(resolve(), "the place of a source is no place");
                break;
            }
        }
    }
}

/// Whether nothing is lost where the result of a map is written over this source.
bool Placement::may_replace(std::size_t node, std::size_t source) const {
    const Node &map = graph_.nodes[node];
    const Value &result = graph_.value(map.output);
    const ValueId root = place(map.inputs[source]).root;
    const Buffer &memory = buffer(root);
    if (graph_.value(map.inputs[source]).constant || memory.region != Region::arena || memory.type != result.type ||
        memory.shape != result.shape || memory.strides() != place(map.output).strides) {
        return false;
    }
    const auto fills_buffer = [&](ValueId id) {
        return graph_.value(id).shape == memory.shape && place(id).offset == 0 &&
               place(id).strides == memory.strides();
    };
    if (std::any_of(map.inputs.begin(), map.inputs.end(), [&](ValueId id) {
            return !graph_.value(id).constant && place(id).root == root && !fills_buffer(id);
        })) {
        return false;
    }
    // Whatever else lies in this buffer is computed and read by now.
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        if (graph_.value(id).constant || id == map.output || place(id).root != root) {
            continue;
        }
        const bool is_read = !consumers_[i].empty() && consumers_[i].back() > node;
        if (is_read || producers_[i] == nullptr || producers_[i] > &map) {
            return false;
        }
    }
    return true;
}

bool Placement::resolve() {
    std::vector<bool> known(graph_.values.size(), false);
    const auto find = [&](auto &self, ValueId id) -> bool {
        if (known[at(id)]) {
            return true;
        }
        known[at(id)] = true;
        std::optional<Place> found;
        switch (roles_[at(id)]) {
        case Role::buffer:
            found = Place{id, 0, buffers_[at(id)].strides()};
            break;
        case Role::view_of_source: {
            const Node &node = *producers_[at(id)];
            found = self(self, node.inputs[0]) ? view_of_source(node) : std::nullopt;
            break;
        }
        case Role::replaces_source: {
            const ValueId source = producers_[at(id)]->inputs[replaced_[at(id)]];
            found = self(self, source) ? std::optional(place(source)) : std::nullopt;
            break;
        }
        case Role::view_of_reader: {
            const auto &[node, index] = readers_[at(id)];
            found =
                self(self, node->output) ? view_of_result(graph_, *node, index, place(node->output)) : std::nullopt;
            break;
        }
        }
        if (found) {
            places_[at(id)] = std::move(*found);
        }
        return found.has_value();
    };
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
        if (!find(find, static_cast<ValueId>(i))) {
            return false;
        }
    }
    return true;
}

bool Placement::set_halo(ValueId root, const Pad2 &halo) {
    Buffer &buffer = buffers_[at(root)];
    const Pad2 before = buffer.halo;
    buffer.halo = halo;
    if (!resolve()) {
        buffer.halo = before;
        INGOT_CHECK(resolve(), "places that do not come back");
        return false;
    }
    return true;
}

}  // namespace ingot
