// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/layers.h"
#include <algorithm>

namespace ingot::sequential {

using namespace Halide;

namespace {

BlockShape shape_of(const KernelSpec &spec, const ParamValues &values) {
    return block_shape(spec, param(values, "threads"), most_accumulators, spec.output().h, spec.co);
}

/// Issue slots of the block's warps. A multiprocessor of 227 KB of shared memory, 32 warps of 64 registers, wants
/// four warps for each of its four schedulers to hide latencies; where less are resident, slots stay empty.
double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    constexpr double wanted = 16;
    constexpr int64_t most_warps = 32, shared_bytes = int64_t{227} * 1024, reserved = 1024;
    const BlockShape block = shape_of(spec, values);
    const int64_t warps = block.threads / warp;
    const int64_t bytes = shared_elements(spec, block) * static_cast<int64_t>(sizeof(float)) + reserved;
    const int64_t resident = std::min(most_warps / warps, shared_bytes / bytes) * warps;
    return warp_instructions(spec, block) * static_cast<double>(warps) *
           std::max(1.0, wanted / static_cast<double>(resident));
}

}  // namespace

// A block computes one image, layer after layer; what passes between layers stays in shared memory. A thread of a
// convolution sums a row of results under `columns` pool windows for one output channel, its lanes being channels:
// one weight a lane and tap, while all lanes read the same four source elements at once. The reference net's second
// layer: 252 FMAs to 16 loads of four elements and 9 of a weight for each input channel. A thread of a gemm sums a
// few outputs over every `lanes`-th group of inputs.
Schedule<SequentialStages> cuda_image() {
    return {{"cuda_image",
             10,
             {{"threads", {224, 256, 192, 160, 128, 96, 64, 320, 384, 448, 512}}},
             [](const KernelSpec &spec, const Target &, const ParamValues &values) {
                 return supports_block(spec, shape_of(spec, values));
             },
             [](const KernelSpec &, const Target &, const ParamValues &) {
                 return Layouts{DimOrder::ohwi16o, false};
             },
             cost},
            [](SequentialStages &stages, const Target &, const ParamValues &values) {
                SequentialResult &last = stages.results.back();
                Func &out = last.func;
                const Block block{stages, out, stages.n, shape_of(stages.spec, values)};
                schedule_last(block, last.c, last.x, last.y);
                out.gpu_blocks(stages.n);
                for (std::size_t i = stages.layers.size(); i-- > 0;) {
                    schedule_result(block, i);
                }
            }};
}

}  // namespace ingot::sequential
