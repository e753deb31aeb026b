// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs of kernels. Of the nodes that may run, the one added last runs first, so that a missing dependency shows.
#include <algorithm>

#include "tests/fake_cuda/driver_state.h"

namespace ingot::fake_cuda {
namespace {

CUresult run_nodes(Driver &d, const std::vector<KernelNode> &nodes) {
    std::vector<bool> done(nodes.size());
    for (size_t left = nodes.size(); left != 0; --left) {
        size_t next = nodes.size();
        for (size_t k = 0; k < nodes.size(); ++k)
            if (!done[k] && std::all_of(nodes[k].dependencies.begin(), nodes[k].dependencies.end(),
                                        [&](size_t before) { return done[before]; }))
                next = k;
        done[next] = true;
        const CUresult result = launch(d, nodes[next]);
        if (d.current()->sticky != CUDA_SUCCESS)
            return result;
    }
    return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuGraphCreate(CUgraph *graph, unsigned flags) {
    return run_call({"cuGraphCreate"}, [&](Driver &d) {
        if (graph == nullptr || flags != 0)
            return CUDA_ERROR_INVALID_VALUE;
        *graph = d.graphs.add(std::make_shared<Graph>());
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphDestroy(CUgraph graph) {
    return run_call({.name = "cuGraphDestroy", .releases = true}, [&](Driver &d) {
        const std::shared_ptr<Graph> found = d.graphs.find(graph);
        if (found == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        for (const CUgraphNode node : found->handles)
            d.nodes.remove(node);
        d.graphs.remove(graph);
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphAddKernelNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies, size_t count,
                              const CUDA_KERNEL_NODE_PARAMS *params) {
    return run_call({"cuGraphAddKernelNode"}, [&](Driver &d) {
        const std::shared_ptr<Graph> found = d.graphs.find(graph);
        if (node == nullptr || found == nullptr || params == nullptr || (count != 0 && dependencies == nullptr))
            return CUDA_ERROR_INVALID_VALUE;
        KernelNode made;
        const CUresult result = make_node(d, *params, made);
        if (result != CUDA_SUCCESS)
            return result;
        for (size_t k = 0; k < count; ++k) {
            const auto before = std::find(found->handles.begin(), found->handles.end(), dependencies[k]);
            if (before == found->handles.end())
                return CUDA_ERROR_INVALID_VALUE;
            made.dependencies.push_back(static_cast<size_t>(before - found->handles.begin()));
        }
        *node = d.nodes.add(found);
        found->nodes.push_back(std::move(made));
        found->handles.push_back(*node);
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long) {
    return run_call({"cuGraphInstantiateWithFlags"}, [&](Driver &d) {
        const std::shared_ptr<Graph> found = d.graphs.find(graph);
        if (exec == nullptr || found == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        *exec = d.execs.add(std::make_shared<GraphExec>(GraphExec{found->nodes, found->handles, found}));
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
    return run_call({.name = "cuGraphExecDestroy", .releases = true},
                    [&](Driver &d) { return d.execs.remove(exec) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; });
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS *params) {
    return run_call({"cuGraphExecKernelNodeSetParams"}, [&](Driver &d) {
        const std::shared_ptr<GraphExec> found = d.execs.find(exec);
        if (found == nullptr || params == nullptr || d.nodes.find(node) != found->graph)
            return CUDA_ERROR_INVALID_VALUE;
        const auto at = std::find(found->handles.begin(), found->handles.end(), node);
        if (at == found->handles.end())
            return CUDA_ERROR_INVALID_VALUE;
        KernelNode &changed = found->nodes[static_cast<size_t>(at - found->handles.begin())];
        KernelNode made;
        const CUresult result = make_node(d, *params, made);
        if (result != CUDA_SUCCESS)
            return result;
        made.dependencies = changed.dependencies;
        changed = std::move(made);
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream stream) {
    return run_call({"cuGraphUpload", Needs::context, stream, true}, [&](Driver &d) {
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        return d.execs.find(exec) == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
    });
}

CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
    return run_call({"cuGraphLaunch", Needs::context, stream, true}, [&](Driver &d) {
        if (!d.is_stream(stream))
            return CUDA_ERROR_INVALID_HANDLE;
        const std::shared_ptr<GraphExec> found = d.execs.find(exec);
        if (found == nullptr)
            return CUDA_ERROR_INVALID_VALUE;
        ++d.counters.graph_launches;
        return run_nodes(d, found->nodes);
    });
}

}  // extern "C"

}  // namespace ingot::fake_cuda
