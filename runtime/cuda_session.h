// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A session on a CUDA device. On the host it is one block of memory: struct, ports, plans, steps, addresses of
// arguments, their values. On the device it is one allocation: weights, activations, staging of inputs and outputs.
#pragma once
#include "runtime/cuda_driver.h"
#include "runtime/cuda_target.h"
#include "runtime/session.h"
#include <cstddef>
#include <cstdint>

namespace ingot {

/// An input or output; the model's inputs come first.
struct CudaPort {
    CUdeviceptr staging;  ///< where the session is given host pointers
    CUdeviceptr base;     ///< the first image of the launch that is being made
    const void *checked;  ///< the caller's pointer that was last found to be device memory
};

struct CudaStep {
    const ingot_cuda_step *step;
    CUmodule module;  ///< null where an earlier step has the same kernel
    CUfunction function;
    CUgraphNode node;
    void **parameters;  ///< addresses of `values`
    uint64_t *values;   ///< of the kernel's arguments as the graph has them: an address, or 4 bytes of a number
};

struct CudaPlan {
    const ingot_cuda_plan *plan;
    CudaStep *steps;
    CUgraph graph;  ///< its nodes name those of `executable`
    CUgraphExec executable;
    uint64_t images;       ///< n that `executable` is set to; 0: not known
    uint64_t most_images;  ///< of one launch
};

struct CudaSession : ingot_session {
    const Driver *driver;
    CUstream stream;
    CUdevice device;
    CUcontext context;   ///< the primary one; null where it is not retained
    CUdeviceptr memory;  ///< starts with the weights
    CUdeviceptr arena;
    CudaPort *ports;
    CudaPlan *plans;  ///< by rising min_images
    uint32_t port_count, plan_count;
    bool takes_cubin;
    bool takes_device_pointers;
    bool lost;
    ingot_status error;  ///< the first failure of the call in progress

    /// Records a failure, unless one stands already.
    void fail(ingot_status status, const char *text);

    /// Calls a function of the driver; records its failure by name and returns false.
    template<typename... Parameters, typename... Arguments>
    bool call(const DriverFunction<Parameters...> &function, Arguments... arguments) {
        const CUresult result = function(arguments...);
        if (result != cuda_success) {
            record(function.name, result);
        }
        return result == cuda_success;
    }
    void record(const char *function, CUresult result);
    /// Writes "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY" and `more` to `text`, of INGOT_DETAIL_BYTES.
    void describe(char *text, const char *function, CUresult result, const char *more) const;
};

/// Makes the session's context the calling thread's current one, and the former one current again at the end.
class CurrentContext {
public:
    explicit CurrentContext(CudaSession &session, int attempts = 1) : session_(session) {
        for (int i = 0; i < attempts && !entered_; ++i) {
            entered_ = session.call(session.driver->context_push, session.context);
        }
    }
    ~CurrentContext() {
        CUcontext popped = nullptr;
        if (entered_) {
            session_.call(session_.driver->context_pop, &popped);
        }
    }
    CurrentContext(const CurrentContext &) = delete;
    CurrentContext &operator=(const CurrentContext &) = delete;
    [[nodiscard]] bool entered() const { return entered_; }

private:
    CudaSession &session_;
    bool entered_ = false;
};

// Each returns false where it failed, which the session has then recorded.

/// Finds driver and device, and what the device runs.
bool find_device(CudaSession &session, const ingot_options &options, const char *target_name, CudaTarget *target);
/// Allocates the device memory and copies the weights there, on the session's stream.
bool fill_memory(CudaSession &session, const CudaTarget &target);
/// Loads the kernels of all plans.
bool load_kernels(CudaSession &session);
/// Builds the graphs of all plans, for one image, and has the device hold them.
bool build_graphs(CudaSession &session);
/// Sets a plan's graph to `images` images at the bases of the ports: only the nodes that change.
bool update_graph(CudaSession &session, CudaPlan &plan, uint64_t images);

/// Runs n images; the arguments have passed check_arguments.
ingot_status run_cuda_session(ingot_session *base, const void *const *inputs, void *const *outputs, size_t n);

}  // namespace ingot
