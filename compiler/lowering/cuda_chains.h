// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/lower.h"
#include "compiler/lowering/plan.h"

namespace ingot {

/// Nodes of a graph that one kernel computes.
struct Chain {
    std::vector<std::size_t> nodes;
    KernelSpec spec;
    int64_t batch = 1;  ///< spec.n for one image of the model
    Chosen chosen;
};

/// From this many images on, an image to a multiprocessor leaves fewer of them idle than it saves launches.
constexpr int64_t batch_images = 16;

/// The kernels of a net whose activations fit a multiprocessor of `plan.target`, for batches of at least
/// plan.min_images; none for other nets. `src` and `dst` are the orders of the model's input and output; `many` the
/// batch that kernels for batches are chosen for. May lower plan.max_images: larger batches are another plan's.
std::vector<Chain> cuda_chains(const Graph &graph, const LowerOptions &options, DimOrder src, DimOrder dst,
                               int64_t many, Plan &plan);

}  // namespace ingot
