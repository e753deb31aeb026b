// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ingot {

/// The most elements that a tensor may have: its bytes fit into a signed 32-bit number, as Halide's buffers need.
inline constexpr int64_t max_elements = (int64_t{1} << 29) - 1;

/// Elements of a tensor of this shape; none where an extent is below 1 or there are more than max_elements.
std::optional<int64_t> element_count(const std::vector<int64_t> &shape);

/// Index of a Value in its Graph.
using ValueId = int;

/// A tensor: an input, a constant or the result of a node. Shapes are outermost first, in ONNX's order (NCHW).
struct Value {
    std::string name;
    DataType type = DataType::f32;
    std::vector<int64_t> shape;  ///< no dimension: a scalar
    /// Row-major, of the shape's size. Integers and booleans too, which are whole numbers within 24 bits.
    std::optional<std::vector<float>> constant;
    [[nodiscard]] int64_t size() const;  ///< elements
};

// What a node computes, one struct per operation, with all attributes explicit: auto_pad and ceil_mode are
// resolved to pads by the importer. Inputs are named in the comments, in order.

// An epilogue's steps that read a tensor have one input each behind the others, in the order of the steps:
// bias [co]; prelu's slope [co], a constant; the tensor that `add` adds, of the result's shape.

/// src [n, ci, h, w], weights [co, ci / groups, kh, kw], those of the epilogue
/// -> [n, co, oh, ow]: ONNX Conv, then the epilogue, then, in a fused node, MaxPool over `pool`.
struct Conv2d {
    Window window;
    int64_t groups = 1;
    std::vector<Call> epilogue;
    std::optional<Window> pool;
    bool operator==(const Conv2d &) const = default;
};

/// src [n, c, h, w] -> [n, c, oh, ow]: ONNX MaxPool or AveragePool, then the epilogue. Padding is never the
/// maximum.
struct Pool2d {
    Window window;
    std::vector<Call> epilogue;
    PoolMode mode = PoolMode::max;
    bool operator==(const Pool2d &) const = default;
};

/// src [n, ...] read as [n, ci] in row-major order, weights [co, ci], those of the epilogue -> [n, co]. ONNX Gemm
/// with transA, transB, alpha and beta folded into the constants.
struct Gemm {
    std::vector<Call> epilogue;
    bool operator==(const Gemm &) const = default;
};

/// src of any shape -> max(0, src): ONNX Relu.
struct Relu {
    bool operator==(const Relu &) const = default;
};

/// src -> the same elements in row-major order under another shape: ONNX Reshape, Flatten.
struct Reshape {
    bool operator==(const Reshape &) const = default;
};

/// src -> src: ONNX Identity, Dropout at inference.
struct Identity {
    bool operator==(const Identity &) const = default;
};

// On tensors of any rank; axes count from 0. Those of ONNX that are not here are written with these by the
// importer.

/// sources of shapes that broadcast (ONNX multidirectional broadcasting) -> the common shape: an elementwise
/// expression. Its type is that of the expression: a boolean of a comparison, else that of its sources or a cast.
struct Map {
    Expression expression;
    bool operator==(const Map &) const = default;
};

/// sources of shapes that broadcast -> the common shape without `axes`, or with extents of 1 in their place:
/// `expression` of the sources, reduced. Sums and products are ONNX's Reduce*, `arg` ones ArgMax, ArgMin, which
/// have one axis and result in int64.
struct Reduce {
    Reduction reduction = Reduction::sum;
    std::vector<int64_t> axes;  ///< rising
    bool keepdims = true;
    Expression expression = {operand_term(0)};
    bool operator==(const Reduce &) const = default;
};

/// True where the result is an index.
bool reduces_to_index(const Reduce &reduce);

/// a [..., m, k], b [..., k, n], leading dimensions that broadcast -> [..., m, n]: ONNX MatMul of rank 2 and more.
struct MatMul {
    bool operator==(const MatMul &) const = default;
};

/// src -> its dimensions in the order of `perm`, as ONNX Transpose.
struct Transpose {
    std::vector<int64_t> perm;
    bool operator==(const Transpose &) const = default;
};

/// src -> in each dimension the elements starts, starts + steps, ...; as many as the result's shape says. Steps may
/// be negative, not 0.
struct Slice {
    std::vector<int64_t> starts, steps;
    bool operator==(const Slice &) const = default;
};

/// src -> the result's shape, to which it broadcasts: ONNX Expand.
struct Expand {
    bool operator==(const Expand &) const = default;
};

/// sources that differ in the extent of `axis` alone -> one behind the other.
struct Concat {
    int64_t axis = 0;
    bool operator==(const Concat &) const = default;
};

/// src -> src with `before` and `after` elements of `value` around it, none negative.
struct Pad {
    std::vector<int64_t> before, after;
    float value = 0.0f;
    bool operator==(const Pad &) const = default;
};

/// src -> along `axis` an element is the sum over t of weights[t * count + i] * src[index[t * count + i]], with
/// count = index.size() / taps results; one tap has no weights. ONNX Resize, Gather with constant indices, Pad that
/// reflects.
struct Resample {
    int64_t axis = 0, taps = 1;
    std::vector<int32_t> index;
    std::vector<float> weights;  ///< empty where taps is 1
    bool operator==(const Resample &) const = default;
};

using Operation = std::variant<Conv2d, Pool2d, Gemm, Relu, Reshape, Identity, Map, Reduce, MatMul, Transpose, Slice,
                               Expand, Concat, Pad, Resample>;

/// The operation's name in texts: `conv2d`, `conv2d_pool2d`, `pool2d`, `gemm`, `relu`, `reshape`, `identity`,
/// `map`, `reduce`, `matmul`, `transpose`, `slice`, `expand`, `concat`, `pad`, `resample`.
std::string operation_name(const Operation &operation);

/// Where a node comes from, for messages: `Conv 'conv1' (node 0, opset 17)`.
struct Origin {
    std::string onnx_op;
    std::string name;  ///< of the node, else of its first output
    int index = 0;     ///< in the file
    int64_t opset = 0;
};
std::string to_text(const Origin &origin);

/// A name from a file as a message may hold it: what is not printable ASCII is written as \xNN.
std::string printable(std::string_view text);
/// The same in single quotes.
std::string quote(std::string_view text);

/// `3x3`.
std::string to_text(const Extent2 &extent);
/// `k=3x3 s=1x1 p=1,1,1,1`, each key after `prefix`; a dilation only where it is not 1.
std::string to_text(const Window &window, const std::string &prefix = {});
/// `[1,16,28,28]`.
std::string shape_to_text(const std::vector<int64_t> &shape);

struct Node {
    Operation operation;
    std::vector<ValueId> inputs;
    ValueId output = -1;
    Origin origin;
};

/// A model between import and lowering. Nodes stand in an order in which each runs after its inputs' producers;
/// every value has one producer at most: a node, or it is an input or a constant. Every output is computed by a
/// node (an Identity where the model hands an input or a constant through).
struct Graph {
    std::string name;
    std::string source;       ///< the file, as the user named it; begins every message
    std::string source_hash;  ///< of its bytes: hash_text()
    std::vector<Value> values;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs, outputs;
    /// What the weights of convolutions and gemms are numbers of; kernels read them from memory as such.
    DataType weights = DataType::f32;

    ValueId add_value(Value value);
    [[nodiscard]] const Value &value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
    [[nodiscard]] Value &value(ValueId id) { return values[static_cast<std::size_t>(id)]; }
    /// The node that computes `id`; null for inputs and constants.
    [[nodiscard]] const Node *producer(ValueId id) const;
    [[nodiscard]] Node *producer(ValueId id);
    /// Indices of the nodes that read `id`.
    [[nodiscard]] std::vector<std::size_t> consumers(ValueId id) const;
    [[nodiscard]] bool is_output(ValueId id) const;
    /// Lets every reader of `from`, the graph's outputs included, read `to`.
    void replace_uses(ValueId from, ValueId to);
    /// True where exactly one node reads `id`, once, and it is no output: that node may swallow its producer.
    [[nodiscard]] bool has_one_use(ValueId id) const;
};

/// The shape that numpy's and ONNX's broadcasting gives; none where the shapes do not fit.
std::optional<std::vector<int64_t>> broadcast_shape(const std::vector<std::vector<int64_t>> &shapes);

/// The type of a node's result.
DataType infer_type(const Graph &graph, const Node &node);

/// The shape that a node's result has by its operation and its inputs' shapes; that of a Reshape, an Expand and a
/// Slice is what its result says, if it can be. Throws Error, which begins with the node's origin, where they do
/// not fit or a result would be empty, hold more than max_elements, or where a window of a max-pool would hold
/// padding only.
std::vector<int64_t> infer_shape(const Graph &graph, const Node &node);

/// Drops nodes and values that no output needs; inputs stay. Ids of values change.
void drop_unused(Graph &graph);

/// Internal error unless order, producers, shapes and constants are consistent. Runs after each pass.
void verify(const Graph &graph);

/// One line per value and node, as `ingot explain --after=PASS` prints it.
std::string to_text(const Graph &graph);

}  // namespace ingot
