// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/graph.h"
#include <functional>
#include <string_view>
#include <vector>

namespace ingot {

/// Computes nodes whose inputs are all constant, with the reference interpreter in double; integers and booleans
/// are exact. Ids and types of values stay. A node whose result exceeds the FoldingBudget stays. Throws Error,
/// which begins with the node's origin, where that takes more than 2^26 multiplications, and leaves the graph as it
/// was, or where an integer takes more than 24 bits.
void fold_constants(Graph &graph);

/// The elements that constants computed in one model may hold beyond those of the constants they are computed from,
/// 2^26: a few bytes of a file may ask for tensors of any size.
class FoldingBudget {
public:
    /// False, and nothing taken, where fewer are left.
    bool take(double elements);
    /// The same of what a node's result adds to its inputs.
    bool take(const Graph &graph, const Node &node);

private:
    double left_ = 1 << 26;
};

/// Elements that a node reads and writes, and its multiplications.
double folding_cost(const Graph &graph, const Node &node);

/// Makes the result of a node, all of whose inputs are constants, a constant. Throws Error as fold_constants.
void fold_node(Graph &graph, const Node &node);

/// Removes identities, and nodes and values that no output needs. An identity between two outputs, or between an
/// input and an output, stays: it is a copy.
void remove_dead_code(Graph &graph);
/// Computes what is computed twice once: nodes of the same operation on the same sources. Equal constants are one.
void common_subexpressions(Graph &graph);
/// Simplifies nodes that only order, take or repeat elements, each with the one before it: transpose of transpose,
/// reshape of reshape, slice of slice, concat in concat, expand of expand; what changes nothing goes. A map repeats
/// what an Expand in front of it would.
void simplify_views(Graph &graph);
/// Lets a Concat whose first sources are those of another Concat before it read that one's result.
void share_concat_prefix(Graph &graph);
/// Lets a convolution that reads the strided slices of all places in blocks of a picture, concatenated, read the
/// picture with larger windows and strides; writes them for others as Reshape, Transpose, Reshape.
void space_to_depth(Graph &graph);
/// Moves transposes behind maps, reductions, pads, slices, concats and resamples where they then meet another, as
/// in models written for NHWC, or where a layer gets a map behind it.
void move_transposes(Graph &graph);
/// Writes an average over whole pictures without padding as a Reduce.
void pool_to_reduce(Graph &graph);
/// Writes a product with a constant matrix as the gemm of the rows of its first factor.
void matmul_to_gemm(Graph &graph);
/// Moves maps before the reshapes, concats and slices that they read, so that they follow the layers that compute
/// their sources: the result of a 1-D convolution, the rows of a gemm, the phases of a transposed convolution. A
/// transpose that moves only extents of 1 is a reshape.
void move_maps(Graph &graph);
/// Gives a map's constants an extent of 1 along dimensions in which their elements are equal.
void narrow_constants(Graph &graph);
/// Merges maps, and ReLUs, whose result one other map of the same size reads into that one. Constants of one
/// element become part of the expression.
void merge_maps(Graph &graph);
/// Finds the functions that exporters write as several nodes in the expressions of maps: hard-swish as x * clip(x +
/// 3, 0, 6) / 6, GELU by erf or tanh, SiLU, Mish, softplus, ReLU and clip by min and max, ...; see normal_form.h.
void recognise_functions(Graph &graph);
/// Writes the Concat of all parts of one tensor as the tensor, and that of maps of the parts, alike but for their
/// constants, as one map: a model that scales each colour by itself.
void join_parts(Graph &graph);
/// Folds a Pad around pictures into the convolutions and poolings that read it: zeros, or what cannot be a maximum.
void fold_pad(Graph &graph);
/// Folds multiplications and additions of constants per channel, such as batch normalisation, into weights and bias
/// of the convolution or gemm before them, in double, or of the one behind them: there a factor always, a summand
/// where the convolution has no padding.
void fold_affine(Graph &graph);
/// Appends what maps do with the result of a convolution, pooling or gemm that nothing else reads to its epilogue:
/// functions of one argument; for convolutions and gemms PReLU with constant slopes, and one sum with a tensor of
/// the same shape.
void fuse_epilogue(Graph &graph);
/// Lets a reduction compute the map that makes its source and that nothing else reads.
void merge_into_reductions(Graph &graph);
/// Fuses a max-pool, with its epilogue, into the convolution that feeds it and nothing else: conv2d_pool2d. Only
/// windows that lie side by side without padding: shared results would be computed once per window.
/// The epilogue of the pooling is computed before it, and so has to rise: a ReLU of a maximum is the maximum of the
/// ReLUs.
void fuse_conv_pool(Graph &graph);
/// Lets a gemm read the tensor before a flatten: the order of its elements becomes a matter of packing weights.
void flatten_into_weights(Graph &graph);

/// Rounds the weights of convolutions and gemms to numbers of `type`, f32, bf16 or f16, in which kernels then read
/// them from memory; what else reads such a constant reads it as it was. Comes behind the other passes, whose
/// results are of f32. Returns the root mean square of what it changed, as a part of that of the weights. Throws
/// Error, which begins with the node's origin, where a weight is beyond the type's largest number.
double round_weights(Graph &graph, DataType type);

/// Appends the steps of `added`; a ReLU after a ReLU is left out. False, and nothing appended, where a ReLU or a
/// step that reads a tensor would stand twice, which no kernel computes.
bool append_epilogue(std::vector<Call> &epilogue, const std::vector<Call> &added);

struct Pass {
    std::string_view name;
    void (*run)(Graph &);
};

/// All passes in the order in which they run.
const std::vector<Pass> &all_passes();

/// Runs all passes, or those that `enabled` accepts; verifies the graph after each.
void run_passes(Graph &graph, const std::function<bool(std::string_view pass)> &enabled = {});

}  // namespace ingot
