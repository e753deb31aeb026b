// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "schedules/choose.h"
#include "spec/buffer_dims.h"
#include "spec/choice.h"
#include "spec/kernel_spec.h"
#include "spec/target.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// Where a buffer lives at run time: with the caller, in the model's constants, or in the session.
enum class Region { input, output, weights, arena };

/// An argument of a step: a view of a region.
struct StepOperand {
    Region region = Region::arena;
    int index = 0;       ///< which input or output of the model
    int64_t offset = 0;  ///< bytes from the region's start to the storage's
    KernelBuffer buffer;
};

/// `count` runs of `bytes`, `stride` bytes apart, from `offset` in the arena, that are cleared.
struct ZeroRange {
    int64_t offset = 0, bytes = 0, stride = 0, count = 1;
};

/// One kernel call, or a copy where there is no kernel.
struct Step {
    std::string name;  ///< of the node
    std::optional<KernelSpec> spec;
    Choice choice;
    std::string why;               ///< why this choice; see Chosen
    std::optional<Second> second;  ///< what came next
    std::vector<StepOperand> operands;
    std::vector<ZeroRange> zeros;  ///< cleared before the kernel in every run
    int64_t batch = 1;             ///< on CUDA: the kernel's n for one image of the model
};

/// A model lowered for one target; on CUDA also for a class of batches. A CUDA kernel runs any n: that of its spec
/// is the one that it was chosen for.
struct Plan {
    const Target *target = nullptr;
    std::vector<Step> steps;
    std::vector<ZeroRange> zeros;  ///< cleared once, when a session is made
    int64_t arena_bytes = 0;       ///< of one image; on CUDA of max_images
    /// The largest sum of activations that are alive together, halos apart: no placement takes less.
    int64_t arena_lower_bound = 0;
    int64_t image_time = 0;        ///< predicted_time: nanoseconds of one image on one thread
    int64_t min_images = 1;        ///< on CUDA: the fewest images for which this plan is taken
    int64_t max_images = 1;        ///< on CUDA: the most that its arena holds
    std::string cpu{generic_cpu};  ///< whose measurements come first; see ChooseOptions

    [[nodiscard]] bool is_cuda() const { return target->device == Device::cuda; }
};

/// An input or output of the model.
struct Port {
    std::string name;
    std::vector<int64_t> shape;  ///< of one image or of the model's own batch, outermost first; of a scalar
                                 ///< empty
    DataType type = DataType::f32;
    [[nodiscard]] int64_t size() const;  ///< elements
    [[nodiscard]] int64_t bytes() const { return size() * byte_size(type); }
};

/// A model lowered for all of its targets, with the constants that they share.
struct LoweredModel {
    std::string name;         ///< a C identifier
    std::string source;       ///< the model's file
    std::string source_hash;  ///< of its bytes
    std::vector<Port> inputs, outputs;
    std::vector<Plan> plans;  ///< of the CPU, lowest level first, then of CUDA; those of a target by min_images

    /// The plans of the CPU, which come first.
    [[nodiscard]] std::size_t cpu_plan_count() const;
    std::vector<float> weights;  ///< packed; each operand starts at a multiple of 64 bytes
    int64_t extra_packing_bytes =
        0;  ///< of weights that lie in `weights` once more, since targets want them in different orders
};

/// As `ingot explain --after=plan` prints it: a line per step, then the memory. `device` says what each step's
/// kernel takes of a GPU; empty: no such lines.
std::string to_text(const Plan &plan, const std::vector<std::string> &device = {});

}  // namespace ingot
