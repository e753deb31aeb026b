// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "spec/kernel_spec.h"
#include <vector>

namespace ingot {

/// Winograd's minimal filtering F(m x m, r x r) as three matrices (Lavin & Gray, Fast Algorithms for Convolutional
/// Neural Networks, arXiv:1509.09308): a tile of m x m results of a picture d under a filter g is
///
///     Aᵀ [ (G g Gᵀ) * (Bᵀ d B) ] A        with * element by element, d of (m + r - 1) x (m + r - 1)
///
/// so that a sum over input channels needs (m + r - 1)^2 multiplications per channel and tile in place of m^2 r^2.
/// The elements of the transformed tile are called frequencies. One belongs to each of the points at which the
/// polynomials are multiplied: 0, then 1 and -1, further pairs of a and -a, infinity.
struct WinogradMatrices {
    using Matrix = std::vector<std::vector<double>>;  ///< rows
    Matrix input;                                     ///< Bᵀ [m + r - 1, m + r - 1]
    Matrix weights;                                   ///< G  [m + r - 1, r]
    Matrix output;                                    ///< Aᵀ [m, m + r - 1]
    bool is_binary = true;                            ///< all are binary fractions: small whole numbers stay exact

    /// Extent of a tile of results, and of its transformed picture.
    [[nodiscard]] int results() const { return static_cast<int>(output.size()); }
    [[nodiscard]] int frequencies() const { return static_cast<int>(input.size()); }
};

/// True of the orders of weights that are transformed, each for one size of tiles.
bool is_winograd(DimOrder order);

/// The matrices of an order of weights: winograd2 of F(2x2, 3x3), 16 multiplications in place of 36, winograd4 of
/// F(4x4, 3x3), 36 in place of 144.
///
/// Their rounding errors. A sum of k rounded products is within k * eps / 2 of the sum of their absolute values
/// (Higham, Accuracy and Stability of Numerical Algorithms, §3.1), and the transforms and the sum over ci channels
/// follow each other. With kB and kA terms in the longest rows of Bᵀ and Aᵀ, a result is within
///
///     eps * (ci + 2 + 2 kB + 2 kA) * |Aᵀ| (sum over ci of |G g Gᵀ| * (|Bᵀ| |d| |B|)) |A|        |bias| added
///
/// of the exact one, where kB and kA are 2 and 3 for F(2x2), 4 and 5 for F(4x4). For the largest |d| and |g| the
/// last factor is at most winograd_growth per channel: 64 for F(2x2), 2304 for F(4x4), and 9 for direct sums.
const WinogradMatrices &winograd_matrices(DimOrder order);

/// The square of the largest of sum over f of |Aᵀ(i, f)| * (sum over k of |G(f, k)|) * (sum over j of |Bᵀ(f, j)|):
/// what a tile's intermediate terms may add up to, by the largest product of an element and a weight.
double winograd_growth(const WinogradMatrices &matrices);

/// The frequency, in both dimensions, that every result of a tile takes with factor 1, that of the point 1: a
/// constant added there is added to the whole tile.
constexpr int winograd_unit_frequency = 1;

/// A convolution of 3x3 filters, stride 1, dilation 1, one group; its pool, where it has one, is of disjoint
/// windows of 2x2 without padding, which tile the results of a tile.
bool is_winograd_shape(const KernelSpec &spec);

/// Rows, or columns, of dst that a tile gives: its results, or under a pool half of them.
int winograd_step(const KernelSpec &spec, DimOrder order);

/// Tiles that cover dst; the last of a row or column may be ragged.
Extent2 winograd_tiles(const KernelSpec &spec, DimOrder order);

}  // namespace ingot
