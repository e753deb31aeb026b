// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_pool2d/stages.h"

namespace ingot::conv2d_pool2d {

// One accumulator in plain loops: supports everything, and is what every other schedule has to beat.
Schedule<ConvolutionStages> cpu_reference() {
    return {{"cpu_reference",
             0,
             {},
             [](const KernelSpec &, const Target &, const ParamValues &) { return true; },
             [](const KernelSpec &, const Target &, const ParamValues &) { return Layouts{}; },
             nullptr},
            [](ConvolutionStages &stages, const Target &, const ParamValues &) { schedule_reference(stages); }};
}

}  // namespace ingot::conv2d_pool2d
