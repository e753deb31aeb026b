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
/// The elements of the transformed tile are called frequencies.
struct WinogradMatrices {
    using Matrix = std::vector<std::vector<double>>;  ///< rows
    Matrix input;                                     ///< Bᵀ [m + r - 1, m + r - 1]
    Matrix weights;                                   ///< G  [m + r - 1, r]
    Matrix output;                                    ///< Aᵀ [m, m + r - 1]

    /// Extent of a tile of results, and of its transformed picture.
    [[nodiscard]] int results() const { return static_cast<int>(output.size()); }
    [[nodiscard]] int frequencies() const { return static_cast<int>(input.size()); }
};

/// F(2x2, 3x3): 16 multiplications in place of 36. The weights' transform holds halves, the others 0, 1 and -1:
/// with whole numbers everything is a multiple of a quarter.
const WinogradMatrices &winograd_2x2_3x3();

/// The frequency, in both dimensions, that every result of a tile takes with factor 1: a constant added there is
/// added to the whole tile.
constexpr int winograd_unit_frequency = 1;

/// A convolution of 3x3 filters, stride 1, dilation 1, one group; its pool, where it has one, is of disjoint
/// windows of 2x2 without padding: a tile of F(2x2, 3x3) each.
bool is_winograd_shape(const KernelSpec &spec);

/// Tiles of 2x2 that cover the results wanted: those under a pool's windows, or all; the last may be ragged.
Extent2 winograd_tiles(const KernelSpec &spec);

}  // namespace ingot
