// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/onnx/import_onnx.h"
#include "generators/kernel_request.h"
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// What shall be measured.
struct Selection {
    std::string what;       ///< an op, a shapes file, a model, or empty: every op
    std::string schedules;  ///< see parse_schedule_filters(); empty: every algorithm and schedule
    std::string targets = "host";
    bool all_params = false;    ///< every supported combination of parameters, not only the default one
    ImportOptions import = {};  ///< of a model
};

/// A kernel on a target, with the choices that compete there.
struct Contest {
    std::string kernel;              ///< in canonical text; a model's with the operand layouts of its plan
    std::vector<std::string> nodes;  ///< of the model that run it, by name
    const Target *target = nullptr;
    std::vector<KernelRequest> requests;
    std::size_t chosen = 0;  ///< the place in `requests` of what `ingot compile` takes; their number if left out
};

/// Part of a choice: a schedule's name; with its algorithm; with some of its parameters.
struct ScheduleFilter {
    std::string algorithm;  ///< empty: any
    std::string schedule;   ///< empty: any
    ParamValues params;
    [[nodiscard]] bool accepts(const Choice &choice) const;
};

/// Reads `cpu_rows,conv2d_gemm,conv2d_direct/cpu_tiled:tile_x=7,tile_c=2`: schedules of any algorithm, algorithms,
/// choices; a part with `=` and no `/` continues the one before. Throws Error where there is no such schedule, and
/// lists those there are.
std::vector<ScheduleFilter> parse_schedule_filters(std::string_view text);

/// Reads `a,b,c` as parse_targets does. Throws Error for a target that is not among those `host` can run.
std::vector<const Target *> runnable_targets(std::string_view text,
                                             const std::vector<const Target *> &host = host_targets());

/// Lists the contests, target by target, in the order of the shapes or of the model's nodes. Kernels of a model
/// that are equal in all are one contest. Throws Error where nothing is left to measure, and as read_shapes and
/// import_onnx do.
std::vector<Contest> select_contests(const Selection &selection);

}  // namespace ingot
