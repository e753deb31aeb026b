// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/expression.h"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

enum class DataType { f32, i64, i32, u8, boolean, bf16, f16 };

/// Bytes of an element in memory; a boolean is a byte, 0 or 1.
int64_t byte_size(DataType type);

/// f32, or one of the types of 16 bits that only weights have; see spec/float16.h.
bool is_float(DataType type);

/// What a kernel computes. A fused group of known form is an op of its own.
enum class Op {
    conv2d,         ///< ONNX Conv, rank 4
    conv2d_pool2d,  ///< Conv, epilogue, then MaxPool
    pool2d,         ///< ONNX MaxPool, rank 4
    gemm,           ///< dst[n, co] = sum over ci of src[n, ci] * weights[co, ci]
    sequential,     ///< layers of the ops above, each reading what the one before computes
    map,            ///< dst = expression of elements of sources that broadcast
    reduce,         ///< an expression of sources, reduced over some dimensions
    resample,       ///< dst = weighted sum of elements of src that a table names, along one dimension
    pad,            ///< src in the middle of a constant
    matmul,         ///< dst[..., m, n] = sum over k of a[..., m, k] * b[..., k, n]
};

/// The type of a function's result where its argument, of `where` the second one, has type `argument`.
DataType result_type(Function function, DataType argument);

/// True for the ops on tensors of any rank, from map on.
bool is_tensor_op(Op op);

/// What a pool2d takes of a window: the maximum; the sum by the number of elements inside the picture; the sum by
/// that of elements inside the padded picture (ONNX count_include_pad).
enum class PoolMode { max, average, average_padded };

/// What a reduce computes of its terms; an `arg` one the index of the first, or the last, extreme.
enum class Reduction { sum, mean, product, max, min, arg_max, arg_max_last, arg_min, arg_min_last };

/// Order of an operand's dimensions in memory, outermost first.
enum class DimOrder {
    nchw,
    nhwc,
    nc,         ///< rank 2: rows and features
    oihw,       ///< weights as ONNX has them: [co, ci / groups, kh, kw]
    ohwi16o,    ///< weights in blocks of 16 output channels, the last filled up with zeros:
                ///< [ceil(co / 16), kh, kw, ci / groups, 16]; the bias is filled up alike. Also of a gemm
    oi,         ///< weights of gemm: [co, ci]
    winograd2,  ///< 3x3 weights transformed for Winograd F(2x2, 3x3), in blocks as ohwi16o:
                ///< [ceil(co / 16), 4, 4, ci, 16] with the frequencies in the place of rows and columns
    winograd4,  ///< the same for F(4x4, 3x3): [ceil(co / 16), 6, 6, ci, 16]
};

/// Weights in blocks of 16 output channels, the last filled up with zeros.
bool is_blocked(DimOrder order);

struct Extent2 {
    int64_t h = 1, w = 1;
    bool operator==(const Extent2 &) const = default;
};

/// Elements added around a picture: padding of an operator or the halo of a buffer.
struct Pad2 {
    int64_t top = 0, left = 0, bottom = 0, right = 0;
    bool operator==(const Pad2 &) const = default;
    [[nodiscard]] bool any() const { return top != 0 || left != 0 || bottom != 0 || right != 0; }
    /// True where every side is at least that of `other`.
    [[nodiscard]] bool covers(const Pad2 &other) const {
        return top >= other.top && left >= other.left && bottom >= other.bottom && right >= other.right;
    }
};

/// A sliding window: the attributes that ONNX Conv and MaxPool share, all explicit.
struct Window {
    Extent2 kernel, stride, dilation;
    Pad2 pad;
    bool operator==(const Window &) const = default;
    /// Extent of the result over a picture of `h` by `w`: floor((h + pads - d * (k - 1) - 1) / s) + 1; may be < 1.
    [[nodiscard]] Extent2 output(int64_t h, int64_t w) const;
};

/// How one operand lies in memory. `strides` are in elements, in the order n, c, h, w; without them the buffer,
/// halo included, is dense.
struct Operand {
    DataType type = DataType::f32;
    float scale = 1.0f;  ///< real value = scale * (stored value - zero_point); 1 and 0 for float types
    int32_t zero_point = 0;
    DimOrder order = DimOrder::nhwc;
    Pad2 halo;
    std::optional<std::array<int64_t, 4>> strides;
    bool operator==(const Operand &) const = default;
};

/// True where the columns of a row lie side by side: planes, or a picture of one channel.
bool is_planar(const Operand &operand, int64_t channels);

/// How a tensor op reads or writes one of its tensors: the stride in elements of each of the op's dims, 0 where the
/// tensor is the same along it (a source that broadcasts, a dst that is reduced), negative where it is read
/// backwards.
struct View {
    DataType type = DataType::f32;
    std::vector<int64_t> strides;
    bool operator==(const View &) const = default;
};

/// One kernel, completely: the key of every table, cache, message and test.
///
/// Extents are those of the source: conv2d src [n, h, w, ci], weights [co, ci / groups, kh, kw], dst [n, oh, ow,
/// co]. pool2d has co == ci; gemm has h == w == 1. `pool` is the second window of conv2d_pool2d. Weights are f32,
/// bf16 or f16; a kernel widens them in registers, and computes in f32.
///
/// A tensor op (map, reduce, resample, pad, matmul) has none of the extents above: its loops run over `dims`, and
/// `views` say where each of its tensors has the element of a position. The views of matmul are a, b and dst, its
/// dims those of the batch, then m, n and k. Between src and dst a resample has the constant index, i32 [taps, the
/// axis' extent in dst], and with more than one tap weights of the same shape.
///
/// A sequential has no window, weights or epilogue of its own: h, w, ci and src are those of its first layer, co
/// and dst those of its last, see make_sequential. Only these two operands are in memory, and what one of the
/// layers adds; the other layers' src and dst are `nhwc` or `nc` and plain. A gemm that follows a picture counts
/// its inputs as that order does: (y * w + x) * c_total + c.
struct KernelSpec {
    Op op = Op::conv2d;
    int64_t n = 1, h = 1, w = 1, ci = 1, co = 1;
    Window window;
    int64_t groups = 1;
    std::optional<Window> pool;
    PoolMode mode = PoolMode::max;  ///< of pool2d
    Operand src, weights, dst;
    Operand add;                     ///< of the tensor that Function::add of the epilogue adds; of dst's shape
    std::vector<Call> epilogue;      ///< applied to each element of a result before it is stored
    std::vector<KernelSpec> layers;  ///< of a sequential, in order

    // Of tensor ops.
    std::vector<int64_t> dims;  ///< what the loops run over: dst's and, of reduce and matmul, the reduced ones
    std::vector<View> views;    ///< sources in order, dst last
    Expression expression;      ///< of map and reduce
    int64_t in_place = -1;      ///< of map: the source in whose memory dst lies, element on element; -1: in its own
    Reduction reduction = Reduction::sum;
    int64_t axis = 0, taps = 1;   ///< of resample: the dimension, elements of src per element of dst
    int64_t extent = 1;           ///< of resample: src's along the axis
    std::vector<int64_t> before;  ///< of pad: elements before src in each dimension
    std::vector<int64_t> inside;  ///< of pad: src's extents
    float value = 0.0f;           ///< of pad: the constant
    bool operator==(const KernelSpec &) const = default;

    /// True where the epilogue has this function.
    [[nodiscard]] bool has(Function function) const;
    /// Weights of its own.
    [[nodiscard]] bool has_weights() const { return op != Op::pool2d && op != Op::sequential && !is_tensor_op(op); }
    /// One channel of src and of dst in each group, of which there are several.
    [[nodiscard]] bool is_depthwise() const { return groups > 1 && groups == ci && groups == co; }
    /// A 1 x 1 convolution in one group that reads each pixel.
    [[nodiscard]] bool is_pointwise() const { return op == Op::conv2d && groups == 1 && window == Window{}; }
    /// The layers that read src and that write dst: of a sequential its first and last one, else the spec itself.
    [[nodiscard]] const KernelSpec &first() const { return layers.empty() ? *this : layers.front(); }
    [[nodiscard]] const KernelSpec &last() const { return layers.empty() ? *this : layers.back(); }
    /// Which layer adds a tensor, 0 of a spec that is no sequential; none where nothing is added.
    [[nodiscard]] std::optional<std::size_t> adding_layer() const;
    /// Layer i of a sequential; the spec itself, at 0, where it is none.
    [[nodiscard]] const KernelSpec &layer(std::size_t i) const { return layers.empty() ? *this : layers[i]; }
    /// Sets the order of its weights. What a Winograd algorithm multiplies are sums of weights: they are f32, since
    /// a second rounding would be multiplied by its transforms.
    void set_weights_order(DimOrder order);
    /// Extent of the convolution's or the pooling's own result, before a fused pool.
    [[nodiscard]] Extent2 window_output() const { return window.output(h, w); }
    /// Extent of dst.
    [[nodiscard]] Extent2 output() const;
    /// Multiplications and additions of sums of products; comparisons of a pool2d; the sum over the layers.
    [[nodiscard]] double flops() const;
    /// Throws Error where an extent is below 1, groups do not divide the channels, or a result would be empty.
    void validate() const;
};

/// The sequential of these layers, at least one.
KernelSpec make_sequential(std::vector<KernelSpec> layers);

/// The canonical text: `conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 src=nhwc+1,1,1,1 dst=nhwc
/// epilogue=bias,relu` (one line). Keys stand in a fixed order; k, s and p of a windowed op always, what is at its
/// default otherwise never. A sequential names its layers in brackets: `sequential n=1 [conv2d n=1 ...] [gemm n=1
/// ...]`. parse(to_text(spec)) == spec.
std::string to_text(const KernelSpec &spec);

/// The text without operand layouts: what the op computes.
std::string shape_text(const KernelSpec &spec);

/// The inverse of to_text. Also reads `:` where `=` is meant, for Halide's command line. Throws Error.
KernelSpec parse_kernel_spec(std::string_view text);

std::string_view to_text(Op op);
std::string_view to_text(DataType type);
std::string_view to_text(Reduction reduction);
std::string_view to_text(PoolMode mode);
std::string_view to_text(DimOrder order);
std::string to_text(const Pad2 &pad);

/// Throws Error that lists the known ops.
Op parse_op(std::string_view text);

}  // namespace ingot
