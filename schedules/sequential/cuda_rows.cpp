// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/layers.h"
#include <algorithm>

namespace ingot::sequential {

using namespace Halide;

namespace {

int64_t channels_of(const KernelSpec &spec, const ParamValues &values) {
    return std::min<int64_t>(param(values, "channels"), spec.co);
}

BlockShape shape_of(const KernelSpec &spec, const ParamValues &values) {
    BlockShape block = block_shape(spec, param(values, "threads"), param(values, "accumulators"),
                                   param(values, "rows"), channels_of(spec, values));
    block.staged.assign(spec.layers.size(), true);
    return block;
}

int64_t blocks_of(const KernelSpec &spec, const ParamValues &values) {
    const int64_t rows = param(values, "rows");
    return (spec.output().h + rows - 1) / rows * (spec.co / channels_of(spec, values));
}

/// Time of an image, of spec.n on a device, by that of its multiply-adds on one multiprocessor: each issues four
/// instructions a cycle, a warp alone one in every second.
double cost(const KernelSpec &spec, const Target &, const ParamValues &values) {
    const BlockShape block = shape_of(spec, values);
    const int64_t resident = resident_blocks(spec, block);
    const int64_t together = (spec.n * blocks_of(spec, values) + multiprocessors - 1) / multiprocessors;
    const int64_t rounds = (together + resident - 1) / resident;
    const int64_t warps = std::min(together, resident) * block.threads / warp;
    const double cycles = warp_instructions(spec, block) * static_cast<double>(rounds) *
                          std::max(2.0, static_cast<double>(warps) / schedulers);
    return schedulers * cycles / warp_multiply_adds(spec) / static_cast<double>(spec.n);
}

bool supports(const KernelSpec &spec, const ParamValues &values) {
    const bool all_convolutions = std::all_of(spec.layers.begin(), spec.layers.end(), [](const KernelSpec &layer) {
        return layer.op == Op::conv2d || layer.op == Op::conv2d_pool2d;
    });
    return all_convolutions && param(values, "rows") <= spec.output().h &&
           spec.co % channels_of(spec, values) == 0 && supports_block(spec, shape_of(spec, values));
}

}  // namespace

// A block computes a band of rows of the last convolution for some of its channels, and of the layers before it
// what these rows need: neighbouring blocks compute the rows between them twice, and all of them the channels of
// the inner layers. For few images, which alone would leave most of the device without work: the reference net's
// convolutions are 28 blocks. Weights are staged, so that their latency is paid once and not in each step of a
// sum.
Schedule<SequentialStages> cuda_rows() {
    return {
        {"cuda_rows",
         10,
         {{"rows", {1, 2, 4, 8}},
          {"channels", {8, 16, 32, 64}},
          {"accumulators", {4, 8, 16, 28}},
          {"threads", {128, 192, 224, 256, 384, 512}}},
         [](const KernelSpec &spec, const Target &, const ParamValues &values) { return supports(spec, values); },
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
            const Var band("band"), row("row"), slice("slice"), channel("channel");
            out.split(last.y, band, row, param(values, "rows"), TailStrategy::GuardWithIf)
                .split(last.c, slice, channel, static_cast<int>(channels_of(stages.spec, values)))
                .reorder({channel, last.x, row, stages.n, band, slice});
            schedule_last(block, channel, last.x, row);
            out.gpu_blocks(stages.n, band, slice);
            for (std::size_t i = stages.layers.size(); i-- > 0;) {
                schedule_result(block, i);
            }
        }};
}

}  // namespace ingot::sequential
