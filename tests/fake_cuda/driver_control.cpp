// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The control of fake_cuda.h.
#include <algorithm>
#include <cstring>

#include "tests/fake_cuda/driver_state.h"

namespace {

using ingot::fake_cuda::CUresult;
using ingot::fake_cuda::Driver;

/// f(driver) under its lock.
template<class F>
auto locked(F f) {
    Driver &driver = ingot::fake_cuda::driver();
    const std::lock_guard<std::mutex> lock(driver.mutex);
    return f(driver);
}

void plan_failure(uint64_t index, const char *name, int result, bool for_good) {
    locked([&](Driver &d) {
        d.failure = {index, name == nullptr ? "" : name, static_cast<CUresult>(result), for_good, false};
    });
}

void mark(Driver &d) {
    d.log.clear();
    d.kernel_names.clear();
    d.counters.allocations = d.counters.synchronisations = d.counters.launches = 0;
    d.counters.graph_launches = d.counters.host_copies = d.counters.instructions = 0;
}

}  // namespace

extern "C" {

void fake_cuda_reset(void) {
    locked([](Driver &d) {
        while (!d.contexts.empty())
            d.release(d.contexts.front());
        ingot::fake_cuda::forget_context_stacks();
        d.settings = {};
        d.is_initialised = false;
        d.memory.clear();
        d.failure = {};
        d.error_text.clear();
        mark(d);
        d.counters = {};
    });
}

void fake_cuda_set_driver_version(int version) {
    locked([&](Driver &d) { d.settings.driver_version = version; });
}

void fake_cuda_set_device_count(int count) {
    locked([&](Driver &d) { d.settings.devices = count; });
}

void fake_cuda_set_compute_capability(int major, int minor) {
    locked([&](Driver &d) {
        d.settings.major = major;
        d.settings.minor = minor;
    });
}

void fake_cuda_set_multiprocessors(int count) {
    locked([&](Driver &d) { d.settings.multiprocessors = count; });
}

void fake_cuda_set_memory(uint64_t bytes) {
    locked([&](Driver &d) { d.settings.memory = bytes; });
}

void fake_cuda_set_shared_memory(uint32_t bytes) {
    locked([&](Driver &d) { d.settings.shared_optin = std::max(bytes, 49152U); });
}

void fake_cuda_fail_call(uint64_t index, const char *name, int result) {
    plan_failure(index, name, result, false);
}

void fake_cuda_fail_call_for_good(uint64_t index, const char *name, int result) {
    plan_failure(index, name, result, true);
}

void fake_cuda_set_sticky_error(int result) {
    locked([&](Driver &d) {
        for (auto &context : d.contexts)
            context.sticky = static_cast<CUresult>(result);
    });
}

int fake_cuda_has_failed_call(void) {
    return locked([](Driver &d) { return d.failure.has_happened ? 1 : 0; });
}

void fake_cuda_set_late_errors(int late) {
    locked([&](Driver &d) { d.settings.late_errors = late != 0; });
}

void fake_cuda_set_instruction_budget(uint64_t instructions) {
    locked([&](Driver &d) { d.settings.instruction_budget = instructions; });
}

void fake_cuda_accept_binaries_as(const char *ptx) {
    locked([&](Driver &d) {
        d.settings.binaries.reset();
        if (ptx != nullptr)
            d.settings.binaries = ptx;
    });
}

const char *fake_cuda_error_text(void) {
    return locked([](Driver &d) { return d.error_text.c_str(); });
}

void fake_cuda_mark(void) {
    locked(mark);
}

void fake_cuda_count(fake_cuda_counters *counters) {
    locked([&](Driver &d) {
        *counters = d.counters;
        counters->live_allocations = d.memory.count();
        counters->live_bytes = d.memory.bytes();
        counters->live_modules = d.modules.size();
        counters->live_streams = d.streams.size();
        counters->live_events = d.events.size();
        counters->live_graphs = d.graphs.size();
        counters->live_execs = d.execs.size();
        counters->retains = 0;
        for (const auto &context : d.contexts)
            counters->retains += context.retains;
    });
}

size_t fake_cuda_call_count(void) {
    return locked([](Driver &d) { return d.log.size(); });
}

fake_cuda_call fake_cuda_call_at(size_t index) {
    return locked([&](Driver &d) { return index < d.log.size() ? d.log[index] : fake_cuda_call{"", nullptr, 0}; });
}

size_t fake_cuda_calls_of(const char *name) {
    return locked([&](Driver &d) {
        return static_cast<size_t>(std::count_if(d.log.begin(), d.log.end(), [&](const fake_cuda_call &call) {
            return std::strcmp(call.name, name) == 0;
        }));
    });
}

}  // extern "C"
