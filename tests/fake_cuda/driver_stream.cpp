// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Streams and events. Work runs when it is given, so that nothing ever waits.
#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

CUresult on_stream(const char *name, CUstream stream, bool synchronises) {
    return run_call({name, Needs::context, stream, true}, [&](Driver &d) {
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        d.counters.synchronisations += synchronises ? 1 : 0;
        return CUDA_SUCCESS;
    });
}

}  // namespace

extern "C" {

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
    return run_call({"cuStreamCreate"}, [&](Driver &d) {
        if (stream == nullptr || flags > 1)
            return CUDA_ERROR_INVALID_VALUE;
        *stream = d.streams.add(std::make_shared<Stream>());
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    return run_call({.name = "cuStreamDestroy_v2", .stream = stream, .has_stream = true, .releases = true},
                    [&](Driver &d) { return d.streams.remove(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUresult cuStreamSynchronize(CUstream stream) {
    return on_stream("cuStreamSynchronize", stream, true);
}

CUresult cuStreamQuery(CUstream stream) {
    return on_stream("cuStreamQuery", stream, false);
}

CUresult cuStreamGetCtx(CUstream stream, CUcontext *context) {
    return run_call({"cuStreamGetCtx", Needs::context, stream, true}, [&](Driver &d) {
        if (context == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        *context = d.current()->handle;
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
    return run_call({"cuStreamWaitEvent", Needs::context, stream, true}, [&](Driver &d) {
        return d.is_stream(stream) && d.events.find(event) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
    });
}

CUresult cuEventCreate(CUevent *event, unsigned) {
    return run_call({"cuEventCreate"}, [&](Driver &d) {
        if (event == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *event = d.events.add(std::make_shared<Event>());
        return CUDA_SUCCESS;
    });
}

CUresult cuEventDestroy_v2(CUevent event) {
    return run_call({.name = "cuEventDestroy_v2", .releases = true},
                    [&](Driver &d) { return d.events.remove(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    return run_call({"cuEventRecord", Needs::context, stream, true}, [&](Driver &d) {
        const std::shared_ptr<Event> found = d.events.find(event);
        if (found == nullptr || !d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        found->recorded = std::chrono::steady_clock::now();
        return CUDA_SUCCESS;
    });
}

CUresult cuEventSynchronize(CUevent event) {
    return run_call({"cuEventSynchronize"}, [&](Driver &d) {
        if (d.events.find(event) == nullptr)
            return CUDA_ERROR_INVALID_HANDLE;
        ++d.counters.synchronisations;
        return CUDA_SUCCESS;
    });
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end) {
    return run_call({"cuEventElapsedTime"}, [&](Driver &d) {
        const std::shared_ptr<Event> first = d.events.find(start);
        const std::shared_ptr<Event> last = d.events.find(end);
        if (milliseconds == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        if (first == nullptr || last == nullptr || !first->recorded || !last->recorded)
            return CUDA_ERROR_INVALID_HANDLE;
        *milliseconds = std::chrono::duration<float, std::milli>(*last->recorded - *first->recorded).count();
        return CUDA_SUCCESS;
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
