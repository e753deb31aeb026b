// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/cuda_occupancy.h"
#include <algorithm>
#include <array>

namespace ingot {

namespace {

struct Multiprocessor {
    int sm;  ///< from this compute capability on
    int shared_bytes, warps, blocks;
};

constexpr int kib = 1024;
constexpr std::array multiprocessors = {
    Multiprocessor{80, 164 * kib, 64, 32},  Multiprocessor{86, 100 * kib, 48, 16},
    Multiprocessor{89, 100 * kib, 48, 24},  Multiprocessor{90, 228 * kib, 64, 32},
    Multiprocessor{100, 228 * kib, 64, 32}, Multiprocessor{120, 100 * kib, 48, 24},
};

const Multiprocessor &multiprocessor_of(int sm) {
    const Multiprocessor *found = multiprocessors.data();
    for (const Multiprocessor &candidate : multiprocessors) {
        found = candidate.sm <= sm ? &candidate : found;
    }
    return *found;
}

int round_up_to(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

CudaOccupancy cuda_occupancy(const CudaResources &resources, int sm) {
    constexpr int lanes = 32, registers = 65536, register_unit = 256, shared_unit = 128, quarters = 4;
    const Multiprocessor &limits = multiprocessor_of(sm);
    const int warps = (resources.threads + lanes - 1) / lanes;
    const int shared = round_up_to(resources.shared_bytes, shared_unit) + kib;
    struct Limit {
        const char *name;
        int blocks;
    };
    std::array<Limit, 4> all = {Limit{"threads", limits.warps / warps}, Limit{"blocks", limits.blocks},
                                Limit{"shared memory", limits.shared_bytes / shared},
                                Limit{"registers", limits.blocks}};
    if (resources.registers > 0) {  // each quarter of a multiprocessor has its own
        const int of_warp = round_up_to(resources.registers * lanes, register_unit);
        all[3].blocks = quarters * (registers / quarters / of_warp) / warps;
    }
    const Limit &least = *std::min_element(all.begin(), all.end(),
                                           [](const Limit &a, const Limit &b) { return a.blocks < b.blocks; });
    return {least.blocks, least.blocks * warps, limits.warps, least.name};
}

std::string device_text(const CudaResources &resources, int sm, int compute) {
    const CudaOccupancy occupancy = cuda_occupancy(resources, sm == 0 ? compute : sm);
    std::string text = sm == 0 ? "registers by the driver" : std::to_string(resources.registers) + " registers";
    if (resources.stack_bytes + resources.spill_bytes > 0) {
        text += ", " + std::to_string(resources.stack_bytes) + " bytes of local memory";
    }
    return text + ", " + std::to_string(resources.shared_bytes) + " bytes of shared memory, " +
           std::to_string(resources.threads) + " threads; " + std::to_string(occupancy.blocks) +
           (occupancy.blocks == 1 ? " block" : " blocks") + " a multiprocessor, " +
           std::to_string(occupancy.warps) + " of " + std::to_string(occupancy.max_warps) +
           " warps (limit: " + occupancy.limit + ")";
}

}  // namespace ingot
