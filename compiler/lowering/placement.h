// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/place.h"
#include <vector>

namespace ingot {

/// Where each value of a graph lies in memory. Transpose, Slice, Expand and most Reshape nodes compute nothing:
/// their result is a view of their source. The sources of a Concat are written where its result lies, and what a
/// model's output is a view of is written into the output. What cannot be so is copied.
///
/// A map whose result lies in memory as a source does that nobody reads any more writes it there.
///
/// Pictures are NHWC inside; the caller's buffers are in the model's own order; other tensors lie as the first
/// source of their size does.
class Placement {
public:
    /// `dense_copies`: what an Identity or a Reshape reads and computes lies in row-major order, so that copies are
    /// of whole buffers, as CUDA's are.
    explicit Placement(const Graph &graph, bool dense_copies = false);

    [[nodiscard]] const Place &place(ValueId id) const { return places_[at(id)]; }
    [[nodiscard]] const Buffer &buffer(ValueId root) const { return buffers_[at(root)]; }
    [[nodiscard]] const Buffer &buffer_of(ValueId id) const { return buffer(place(id).root); }

    /// True where the node's result is where its source is: it has no step.
    [[nodiscard]] bool is_view(const Node &node) const;
    /// The source of a map in whose place its result is written.
    [[nodiscard]] std::optional<std::size_t> replaced_source(const Node &node) const;
    /// True where source `index` of a Concat is written where its result lies: nothing is to be copied.
    [[nodiscard]] bool is_in_place(const Node &concat, std::size_t index) const;
    /// Where a Transpose, Slice, Expand or Reshape finds its result's elements in its source's buffer; nothing for
    /// a Reshape that is no view of it, for other nodes, and of a constant.
    [[nodiscard]] std::optional<Place> view_of_source(const Node &node) const;
    /// The place in a Concat's result for its source `index`.
    [[nodiscard]] Place part_of(const Node &concat, std::size_t index) const;

    /// Gives the buffer of a root a zero border; false, and nothing changes, where a view does not allow one.
    bool set_halo(ValueId root, const Pad2 &halo);

private:
    enum class Role { buffer, view_of_source, view_of_reader, replaces_source };

    [[nodiscard]] static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }
    void place_in_order();
    void place_result(const Node &node);
    void write_into_readers();
    void offer(const Node &reader, std::size_t index);
    void replace_sources();
    [[nodiscard]] bool may_replace(std::size_t node, std::size_t source) const;
    [[nodiscard]] bool may_move(const Node &reader, ValueId id) const;
    [[nodiscard]] std::vector<std::size_t> order_of_result(const Node &node) const;
    [[nodiscard]] bool reshapes_beyond_nhwc(ValueId id) const;
    bool resolve();

    const Graph &graph_;
    bool dense_copies_;
    std::vector<std::vector<std::size_t>> consumers_;  ///< of each value: nodes
    std::vector<const Node *> producers_;
    std::vector<Buffer> buffers_;  ///< of each value whose role is `buffer`
    std::vector<Role> roles_;
    std::vector<std::pair<const Node *, std::size_t>> readers_;  ///< of a view_of_reader: the node, which source
    std::vector<std::size_t> replaced_;  ///< where a result replaces_source: which of its node's
    std::vector<Place> places_;
};

}  // namespace ingot
