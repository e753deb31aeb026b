// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The graph of a plan is the chain of its steps, a kernel node each. The executable graph keeps the arguments that
// it was last set to, so that a run sets only the nodes whose addresses or batch differ.
#include "runtime/cuda_session.h"
#include <cstdio>
#include <cstring>

namespace ingot {
namespace {

/// (n + add) / divide; CudaPlan::most_images keeps it within 31 bits.
uint32_t evaluate(const ingot_cuda_count &count, uint64_t n) {
    return static_cast<uint32_t>((static_cast<int64_t>(n) + count.add) / count.divide);
}

CUdeviceptr address_of(const CudaSession &session, const ingot_cuda_operand &operand) {
    switch (operand.region) {
    case INGOT_IN_INPUT:
        return session.ports[operand.index].base + operand.offset;
    case INGOT_IN_OUTPUT:
        return session.ports[session.model->input_count + operand.index].base + operand.offset;
    case INGOT_IN_WEIGHTS:
        return session.memory + operand.offset;
    case INGOT_IN_ARENA:
        return session.arena + operand.offset;
    }
    return 0;
}

uint64_t value_of(const CudaSession &session, const ingot_cuda_step &step, const ingot_cuda_argument &argument,
                  uint64_t images) {
    if (argument.operand >= 0) {
        return address_of(session, step.operands[argument.operand]);
    }
    const uint32_t number = evaluate(argument.number, images * step.batch);
    uint64_t value = 0;
    std::memcpy(&value, &number, sizeof(number));
    return value;
}

/// Sets the values of a step's arguments; true where one of them changes.
bool set_values(const CudaSession &session, CudaStep &step, uint64_t images) {
    const ingot_cuda_kernel &kernel = *step.step->kernel;
    bool changes = false;
    for (uint32_t i = 0; i < kernel.argument_count; ++i) {
        const uint64_t value = value_of(session, *step.step, kernel.arguments[i], images);
        changes = changes || value != step.values[i];
        step.values[i] = value;
    }
    return changes;
}

/// The caller's pointers need what the kernel's vector accesses need; the session's own memory has it.
bool check_alignment(CudaSession &session, const ingot_cuda_step &step) {
    for (uint32_t i = 0; i < step.operand_count; ++i) {
        const ingot_cuda_operand &operand = step.operands[i];
        if (operand.alignment > 1 && address_of(session, operand) % operand.alignment != 0) {
            char text[INGOT_DETAIL_BYTES];
            std::snprintf(text, sizeof(text), "step '%s' needs its input or output on a multiple of %u bytes",
                          step.name, operand.alignment);
            session.fail(INGOT_MISALIGNED_POINTER, text);
            return false;
        }
    }
    return true;
}

CudaKernelNodeParams node_parameters(const CudaStep &step, uint64_t images) {
    const ingot_cuda_kernel &kernel = *step.step->kernel;
    CudaKernelNodeParams node = {};
    node.function = step.function;
    node.grid_x = evaluate(kernel.grid_x, images * step.step->batch);
    node.grid_y = kernel.grid_y;
    node.grid_z = kernel.grid_z;
    node.block_x = kernel.block_x;
    node.block_y = kernel.block_y;
    node.block_z = kernel.block_z;
    node.shared_bytes = kernel.shared_bytes;
    node.parameters = step.parameters;
    return node;
}

uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/// Images of one launch: those that the memory holds, and no more than 32-bit indices, grids and numbers can count.
uint64_t most_images(const CudaSession &session, const ingot_cuda_plan &plan) {
    const ingot_model &model = *session.model;
    const bool bounded = plan.arena_bytes > 0 || !session.takes_device_pointers;
    uint64_t most = bounded ? plan.max_images : INT32_MAX;
    for (uint32_t i = 0; i < session.port_count; ++i) {
        const ingot_port &port = i < model.input_count ? model.inputs[i] : model.outputs[i - model.input_count];
        const uint64_t elements = port.bytes / port.alignment;
        most = elements > 0 ? least(most, INT32_MAX / elements) : most;
    }
    for (uint32_t i = 0; i < plan.step_count; ++i) {
        const ingot_cuda_step &step = plan.steps[i];
        int32_t largest = step.kernel->grid_x.add;
        for (uint32_t j = 0; j < step.kernel->argument_count; ++j) {
            const ingot_cuda_argument &argument = step.kernel->arguments[j];
            largest = argument.operand < 0 && argument.number.add > largest ? argument.number.add : largest;
        }
        const auto left = static_cast<uint64_t>(INT32_MAX - (largest > 0 ? largest : 0));
        most = least(most, left / step.batch);
    }
    return most > 0 ? most : 1;
}

bool add_nodes(CudaSession &session, CudaPlan &plan) {
    const CUgraphNode *previous = nullptr;
    for (uint32_t i = 0; i < plan.plan->step_count; ++i) {
        CudaStep &step = plan.steps[i];
        set_values(session, step, 1);
        const CudaKernelNodeParams node = node_parameters(step, 1);
        if (!session.call(session.driver->graph_add_kernel_node, &step.node, plan.graph, previous,
                          size_t{previous != nullptr}, &node)) {
            return false;
        }
        previous = &step.node;
    }
    return true;
}

bool build_graph(CudaSession &session, CudaPlan &plan) {
    const Driver &driver = *session.driver;
    if (!session.call(driver.graph_create, &plan.graph, 0U)) {
        plan.graph = nullptr;
        return false;
    }
    if (!add_nodes(session, plan)) {
        return false;
    }
    if (!session.call(driver.graph_instantiate, &plan.executable, plan.graph, 0ULL)) {
        plan.executable = nullptr;
        return false;
    }
    plan.images = 1;
    plan.most_images = most_images(session, *plan.plan);
    return session.call(driver.graph_upload, plan.executable, session.stream);
}

}  // namespace

bool build_graphs(CudaSession &session) {
    for (uint32_t i = 0; i < session.plan_count; ++i) {
        if (!build_graph(session, session.plans[i])) {
            return false;
        }
    }
    return true;
}

bool update_graph(CudaSession &session, CudaPlan &plan, uint64_t images) {
    const bool all = plan.images != images;
    plan.images = 0;
    for (uint32_t i = 0; i < plan.plan->step_count; ++i) {
        CudaStep &step = plan.steps[i];
        const bool changes = set_values(session, step, images);
        if (!changes && !all) {
            continue;
        }
        const CudaKernelNodeParams node = node_parameters(step, images);
        if (!check_alignment(session, *step.step) ||
            !session.call(session.driver->graph_set_kernel_node, plan.executable, step.node, &node)) {
            return false;
        }
    }
    plan.images = images;
    return true;
}

}  // namespace ingot
