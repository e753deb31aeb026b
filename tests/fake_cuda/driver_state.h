// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the driver knows: devices, contexts, the objects in them, planned failures and the log.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/fake_cuda/cuda_api.h"
#include "tests/fake_cuda/driver_memory.h"
#include "tests/fake_cuda/fake_cuda.h"
#include "tests/fake_cuda/ptx_run.h"

namespace ingot::fake_cuda {

/// Objects by handles that are never used twice.
template<class Handle, class T>
class Table {
public:
    Handle add(std::shared_ptr<T> object) {
        const auto handle = reinterpret_cast<Handle>(next_handle());
        objects_[handle] = std::move(object);
        return handle;
    }
    std::shared_ptr<T> find(Handle handle) const {
        const auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second;
    }
    bool remove(Handle handle) { return objects_.erase(handle) != 0; }
    size_t size() const { return objects_.size(); }
    void clear() { objects_.clear(); }

private:
    static uintptr_t next_handle() {
        static uintptr_t last = 0xfa4e0000;
        return last += 16;
    }
    std::unordered_map<Handle, std::shared_ptr<T>> objects_;
};

struct LoadedModule {
    std::unique_ptr<ptx::Module> code;
    CUdeviceptr globals = 0;  ///< its .global variables
    std::vector<CUfunction> functions;
};

struct Function {
    std::shared_ptr<LoadedModule> owner;
    const ptx::Kernel *kernel = nullptr;
    uint32_t max_dynamic_shared = 0;
};

struct Event {
    std::optional<std::chrono::steady_clock::time_point> recorded;
};

struct Stream {};

/// A kernel with copies of its arguments.
struct KernelNode {
    CUfunction function = nullptr;
    ptx::Dim3 grid;
    ptx::Dim3 block;
    uint32_t shared_bytes = 0;
    std::vector<std::byte> params;
    std::vector<size_t> dependencies;  ///< earlier nodes of the graph
};

struct Graph {
    std::vector<KernelNode> nodes;
    std::vector<CUgraphNode> handles;
};

struct GraphExec {
    std::vector<KernelNode> nodes;
    std::vector<CUgraphNode> handles;  ///< of the nodes in the graph it is made of
    std::shared_ptr<Graph> graph;
};

struct Settings {
    int driver_version = 13000;
    int devices = 1;
    int major = 8;
    int minor = 6;
    int multiprocessors = 82;
    uint64_t memory = uint64_t(1) << 30;
    uint32_t shared_optin = 101376;
    uint64_t instruction_budget = 4'000'000'000;
    bool late_errors = false;
    std::optional<std::string> binaries;
};

struct PlannedFailure {
    uint64_t calls_before = 0;
    std::string name;
    CUresult result = CUDA_SUCCESS;
    bool for_good = false;
    bool has_happened = false;
};

/// The primary context of a device.
struct Context {
    CUcontext handle = nullptr;
    int device = 0;
    unsigned retains = 0;
    CUresult sticky = CUDA_SUCCESS;  ///< every call that uses the context returns it
};

struct Driver {
    std::mutex mutex;
    Settings settings;
    bool is_initialised = false;
    std::vector<Context> contexts;  ///< one of each device that has been retained
    DeviceMemory memory;
    Table<CUmodule, LoadedModule> modules;
    Table<CUfunction, Function> functions;
    Table<CUstream, Stream> streams;
    Table<CUevent, Event> events;
    Table<CUgraph, Graph> graphs;
    Table<CUgraphNode, Graph> nodes;  ///< the graph that a node is in
    Table<CUgraphExec, GraphExec> execs;
    PlannedFailure failure;
    std::string error_text;
    fake_cuda_counters counters = {};
    std::vector<fake_cuda_call> log;
    std::deque<std::string> kernel_names;  ///< that the log points to

    /// The context that is current in this thread and lives, or null.
    Context *current();
    Context *find(CUcontext context);
    bool is_device(CUdevice device) const { return device >= 0 && device < settings.devices; }
    bool is_stream(CUstream stream) const;
    void release(Context &context);
};

Driver &driver();

/// The contexts of this thread, the current one last; begins empty again after each fake_cuda_reset.
std::vector<CUcontext> &context_stack();
void forget_context_stacks();

enum class Needs : uint8_t { nothing, initialisation, context };

/// A call of the API: its place in the log, its planned failure, and what must be there before `body` runs.
struct Call {
    const char *name;
    Needs needs = Needs::context;
    CUstream stream = nullptr;
    bool has_stream = false;
    bool releases = false;  ///< frees or destroys, also where it fails
};

class Scope {
public:
    explicit Scope(const Call &call);
    /// The result before `body` runs; CUDA_SUCCESS where it may run.
    CUresult before();
    /// Whether a call that frees or destroys does so although before() has failed.
    bool may_release() const { return may_release_; }
    /// Logs the call's result and returns it.
    CUresult after(CUresult result);

private:
    Call call_;
    Driver &driver_;
    std::lock_guard<std::mutex> lock_;
    bool may_release_ = false;
};

/// body(Driver &) -> CUresult.
template<class Body>
CUresult run_call(const Call &call, Body body) {
    Scope scope(call);
    const CUresult early = scope.before();
    if (early != CUDA_SUCCESS && !scope.may_release())
        return scope.after(early);
    const CUresult result = body(driver());
    return scope.after(early != CUDA_SUCCESS ? early : result);
}

/// Runs a kernel; an error becomes the context's.
CUresult launch(Driver &driver, const KernelNode &node);
/// Checks what a launch needs, and copies its arguments.
CUresult make_node(Driver &driver, const CUDA_KERNEL_NODE_PARAMS &params, KernelNode &node);

}  // namespace ingot::fake_cuda
