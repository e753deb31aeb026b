// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/layers.h"
#include <algorithm>

namespace ingot::sequential {

using namespace Halide;

namespace {

// 28 sums leave no register for the condition under which a thread has no work, or for a loop over passes that are
// not whole.
constexpr int guarded_accumulators = 20;

BlockShape shape_of(const KernelSpec &spec, const ParamValues &values) {
    const int threads = param(values, "threads");
    BlockShape block = block_shape(spec, threads, most_accumulators, spec.output().h, spec.co);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const KernelSpec &layer = spec.layers[i];
        if (layer.op != Op::conv2d && layer.op != Op::conv2d_pool2d) {
            continue;
        }
        const int64_t tiles = convolution_tile(layer, most_accumulators).tiles;
        if (layer.co * tiles * block.rows[i] % threads != 0) {
            block.accumulators[i] = guarded_accumulators;
        }
        block.staged[i] = layer.ci == 1 && passes(spec, block, i) > 1;
    }
    return block;
}

/// Time of an image, of spec.n on a device, by that of its multiply-adds on one multiprocessor. On a device that is
/// full these are the issue slots of its warps; four of them for each scheduler hide latencies, and where fewer are
/// resident, slots stay empty. A few images take the time of one: its warps issue in every second cycle at most.
double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    constexpr double wanted = 16, alone = 2;
    const BlockShape block = shape_of(spec, values);
    const double warps = static_cast<double>(block.threads) / warp;
    const double resident = static_cast<double>(resident_blocks(spec, block)) * warps;
    const double full = warps * std::max(1.0, wanted / resident) / multiprocessors;
    const double few = schedulers * std::max(alone, warps / schedulers) / static_cast<double>(spec.n);
    return warp_instructions(spec, block) * std::max(full, few) / warp_multiply_adds(spec);
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
             cost,
             [](const KernelSpec &spec, const Target &, const ParamValues &values) {
                 return budget(spec, shape_of(spec, values));
             }},
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
