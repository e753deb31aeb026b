// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/sequential/layers.h"
#include <algorithm>

namespace ingot::sequential {

using namespace Halide;

namespace {

BlockShape shape_of(const KernelSpec &spec, const ParamValues &values) {
    return block_shape(spec, param(values, "threads"), param(values, "accumulators"), param(values, "rows"),
                       param(values, "channels"));
}

bool supports(const KernelSpec &spec, const ParamValues &values) {
    const KernelSpec &last = spec.layers.back();
    return last.op != Op::gemm && last.op != Op::pool2d && param(values, "rows") <= last.output().h &&
           last.co % param(values, "channels") == 0 && supports_block(spec, shape_of(spec, values));
}

}  // namespace

Schedule<SequentialStages> cuda_rows() {
    return {
        {"cuda_rows",
         10,
         {{"rows", {1, 2, 4}},
          {"channels", {8, 16, 32}},
          {"accumulators", {4, 8, 16, 28}},
          {"threads", {128, 256}}},
         [](const KernelSpec &spec, const Target &, const ParamValues &values) { return supports(spec, values); },
         [](const KernelSpec &, const Target &, const ParamValues &) {
             return Layouts{DimOrder::ohwi16o, false};
         },
         nullptr},
        [](SequentialStages &stages, const Target &, const ParamValues &values) {
            SequentialResult &last = stages.results.back();
            Func &out = last.func;
            const Block block{stages, out, stages.n, shape_of(stages.spec, values)};
            const Var band("band"), row("row"), slice("slice"), channel("channel");
            out.split(last.y, band, row, param(values, "rows"), TailStrategy::GuardWithIf)
                .split(last.c, slice, channel, param(values, "channels"))
                .reorder({channel, last.x, row, stages.n, band, slice});
            schedule_last(block, channel, last.x, row);
            out.gpu_blocks(stages.n, band, slice);
            for (std::size_t i = stages.layers.size(); i-- > 0;) {
                schedule_result(block, i);
            }
        }};
}

}  // namespace ingot::sequential
