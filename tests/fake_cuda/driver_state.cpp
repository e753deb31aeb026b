// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/driver_state.h"

#include <algorithm>

namespace ingot::fake_cuda {
namespace {

struct ContextStack {
    uint64_t reset = 0;
    std::vector<CUcontext> contexts;
};

uint64_t &resets() {
    static uint64_t count = 0;
    return count;
}

}  // namespace

Driver &driver() {
    static Driver *const instance = new Driver;  // outlives the threads that still call at exit
    return *instance;
}

std::vector<CUcontext> &context_stack() {
    thread_local ContextStack stack;
    if (stack.reset != resets()) {
        stack.contexts.clear();
        stack.reset = resets();
    }
    return stack.contexts;
}

void forget_context_stacks() {
    ++resets();
}

Context *Driver::find(CUcontext context) {
    const auto found = std::find_if(contexts.begin(), contexts.end(),
                                    [&](const Context &candidate) { return candidate.handle == context; });
    return found == contexts.end() ? nullptr : &*found;
}

Context *Driver::current() {
    return context_stack().empty() ? nullptr : find(context_stack().back());
}

bool Driver::is_stream(CUstream stream) const {
    // 0, 1 and 2 are the streams that need not be made: the legacy one by its two names, and the thread's.
    return reinterpret_cast<uintptr_t>(stream) <= 2 || streams.find(stream) != nullptr;
}

void Driver::release(Context &context) {
    const CUcontext handle = context.handle;
    std::erase_if(contexts, [&](const Context &candidate) { return candidate.handle == handle; });
    if (!contexts.empty())
        return;
    counters.dropped_objects += modules.size() + streams.size() + events.size();
    counters.dropped_objects += graphs.size() + execs.size() + memory.count();
    modules.clear();
    functions.clear();
    streams.clear();
    events.clear();
    graphs.clear();
    nodes.clear();
    execs.clear();
    memory.clear();
}

Scope::Scope(const Call &call) : call_(call), driver_(driver()), lock_(driver_.mutex) {}

CUresult Scope::before() {
    ++driver_.counters.calls;
    if (call_.needs != Needs::nothing && !driver_.is_initialised)
        return CUDA_ERROR_NOT_INITIALIZED;
    Context *context = nullptr;
    if (call_.needs == Needs::context) {
        context = driver_.current();
        if (context == nullptr)
            return context_stack().empty() ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_CONTEXT_IS_DESTROYED;
    }
    may_release_ = call_.releases;
    PlannedFailure &failure = driver_.failure;
    if (failure.result != CUDA_SUCCESS && !failure.has_happened &&
        (failure.name.empty() || failure.name == call_.name) && failure.calls_before-- == 0) {
        failure.has_happened = true;
        if (failure.for_good)
            for (Context &each : driver_.contexts)
                each.sticky = failure.result;
        return failure.result;
    }
    return context == nullptr ? CUDA_SUCCESS : context->sticky;
}

CUresult Scope::after(CUresult result) {
    driver_.log.push_back({call_.name, call_.stream, result});
    return result;
}

}  // namespace ingot::fake_cuda
