// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/pad/stages.h"

namespace ingot::pad {

// Plain loops: supports everything.
Schedule<PadStages> cpu_reference() {
    return {{"cpu_reference", 0, {}, supports_all, plain_layouts, nullptr},
            [](PadStages &stages, const Target &, const ParamValues &) {
                for (std::size_t i = 0; i < stages.boxes.size(); ++i) {
                    stages.out.update(static_cast<int>(i));
                }
            }};
}

}  // namespace ingot::pad
