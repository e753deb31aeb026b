// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/list.h"
#include "schedules/conv2d_direct/stages.h"
#include "schedules/conv2d_gemm/stages.h"
#include "schedules/conv2d_pool2d/stages.h"
#include "schedules/conv2d_pool2d_winograd/stages.h"
#include "schedules/conv2d_winograd/stages.h"
#include "schedules/depthwise_pointwise/stages.h"
#include "schedules/gemm/stages.h"
#include "schedules/map/stages.h"
#include "schedules/matmul/stages.h"
#include "schedules/pad/stages.h"
#include "schedules/pointwise_mean/stages.h"
#include "schedules/pool2d/stages.h"
#include "schedules/reduce/stages.h"
#include "schedules/resample/stages.h"
#include "schedules/sequential/stages.h"
#include "spec/error.h"

namespace ingot {

namespace {

template<typename Stages>
Algorithm algorithm(std::string_view name, Op op, bool exact, bool direct,
                    const std::vector<Schedule<Stages>> &schedules) {
    Algorithm result{name, op, exact, direct, {}};
    for (const Schedule<Stages> &schedule : schedules) {
        result.schedules.push_back(&schedule.info);
    }
    return result;
}

}  // namespace

const std::vector<Algorithm> &algorithms() {
    static const std::vector<Algorithm> all = {
        algorithm("conv2d_direct", Op::conv2d, true, true, conv2d_direct_schedules()),
        algorithm("conv2d_gemm", Op::conv2d, true, true, conv2d_gemm_schedules()),
        algorithm("conv2d_pool2d", Op::conv2d_pool2d, true, true, conv2d_pool2d_schedules()),
        algorithm("conv2d_winograd", Op::conv2d, true, false, conv2d_winograd_schedules()),
        algorithm("conv2d_winograd4", Op::conv2d, false, false, conv2d_winograd4_schedules()),
        algorithm("conv2d_pool2d_winograd", Op::conv2d_pool2d, true, false, conv2d_pool2d_winograd_schedules()),
        algorithm("conv2d_pool2d_winograd4", Op::conv2d_pool2d, false, false, conv2d_pool2d_winograd4_schedules()),
        algorithm("pool2d", Op::pool2d, true, true, pool2d_schedules()),
        algorithm("gemm", Op::gemm, true, true, gemm_schedules()),
        algorithm("sequential", Op::sequential, true, true, sequential_schedules()),
        algorithm("depthwise_pointwise", Op::sequential, true, true, depthwise_pointwise_schedules()),
        algorithm("pointwise_mean", Op::sequential, true, true, pointwise_mean_schedules()),
        algorithm("map", Op::map, true, true, map_schedules()),
        algorithm("reduce", Op::reduce, true, true, reduce_schedules()),
        algorithm("resample", Op::resample, true, true, resample_schedules()),
        algorithm("pad", Op::pad, true, true, pad_schedules()),
        algorithm("matmul", Op::matmul, true, true, matmul_schedules()),
    };
    return all;
}

const Algorithm &find_algorithm(std::string_view name) {
    std::string known;
    for (const Algorithm &algorithm : algorithms()) {
        if (algorithm.name == name) {
            return algorithm;
        }
        known += (known.empty() ? "" : ", ") + std::string(algorithm.name);
    }
    throw Error("unknown algorithm '" + std::string(name) + "'; known: " + known);
}

const ScheduleInfo &find_schedule(const Algorithm &algorithm, std::string_view name) {
    std::string known;
    for (const ScheduleInfo *schedule : algorithm.schedules) {
        if (schedule->name == name) {
            return *schedule;
        }
        known += (known.empty() ? "" : ", ") + std::string(schedule->name);
    }
    throw Error("unknown schedule '" + std::string(name) + "' of " + std::string(algorithm.name) +
                "; known: " + known);
}

}  // namespace ingot
