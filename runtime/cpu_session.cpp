// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A session on the CPU is one block of memory: struct, argv lists, buffers, dimensions, list of boundary operands,
// then, aligned to 64 bytes, the activations and the scratch. Everything that does not depend on the caller's
// pointers is written at creation.
#include "runtime/cpu_session.h"
#include <HalideRuntime.h>
#include <cstdint>
#include <cstring>

namespace ingot {
namespace {

/// A buffer whose memory the caller brings with each run.
struct BoundaryOperand {
    halide_buffer_t *buffer;
    const ingot_operand *operand;
};

struct CpuSession : ingot_session {
    const ingot_plan *plan;
    void **argv;  ///< of the first step; the lists of all steps follow one another
    BoundaryOperand *boundary;
    size_t boundary_count;
    unsigned char *arena;
    ingot_kernel_context context;
    ingot_kernel_context *context_pointer;  ///< argv[0] of every step holds its address
};

static_assert(sizeof(CpuSession) <= INGOT_SESSION_HEADER_BYTES);
static_assert(sizeof(void *) <= INGOT_SESSION_STEP_BYTES);
static_assert(sizeof(void *) + sizeof(halide_buffer_t) + sizeof(BoundaryOperand) <= INGOT_SESSION_OPERAND_BYTES);
static_assert(sizeof(halide_dimension_t) <= INGOT_SESSION_DIM_BYTES);
// Types of one alignment follow one another without gaps.
static_assert(alignof(CpuSession) <= 8 && alignof(halide_buffer_t) <= 8 && alignof(BoundaryOperand) <= 8 &&
              alignof(halide_dimension_t) <= 8);
static_assert(INGOT_SESSION_HEADER_BYTES % 8 == 0 && sizeof(halide_dimension_t) % 8 == 0);

size_t head_bytes(const ingot_plan &plan) {
    return INGOT_SESSION_BYTES(size_t{plan.step_count}, size_t{plan.operand_count}, size_t{plan.dim_count}, 0, 0);
}

void clear(unsigned char *arena, const ingot_zero *zeros, uint32_t count) {
    for (const ingot_zero *zero = zeros; zero != zeros + count; ++zero) {
        unsigned char *at = arena + zero->offset;
        for (uint64_t i = 0; i < zero->count; ++i, at += zero->stride) {
            std::memset(at, 0, zero->bytes);
        }
    }
}

/// The parts of a session that are filled one after the other.
struct Cursors {
    void **argv;
    halide_buffer_t *buffers;
    halide_dimension_t *dims;
};

bool at_boundary(const ingot_operand &operand) {
    return operand.region == INGOT_IN_INPUT || operand.region == INGOT_IN_OUTPUT;
}

void fill_buffer(halide_buffer_t *buffer, halide_dimension_t *dims, const ingot_operand &operand) {
    *buffer = halide_buffer_t();
    buffer->type = halide_type_t(static_cast<halide_type_code_t>(operand.type_code), operand.type_bits);
    buffer->dimensions = operand.dimensions;
    buffer->dim = dims;
    for (int d = 0; d < operand.dimensions; ++d) {
        dims[d] = halide_dimension_t(operand.dims[d].min, operand.dims[d].extent, operand.dims[d].stride);
    }
}

void add_step(CpuSession *session, const ingot_step &step, Cursors &at) {
    *at.argv++ = &session->context_pointer;
    for (uint32_t i = 0; i < step.operand_count; ++i) {
        const ingot_operand &operand = step.operands[i];
        fill_buffer(at.buffers, at.dims, operand);
        if (at_boundary(operand)) {
            session->boundary[session->boundary_count++] = {at.buffers, &operand};
        } else {
            const bool is_weight = operand.region == INGOT_IN_WEIGHTS;
            auto *base = is_weight ? const_cast<unsigned char *>(session->weights) : session->arena;
            at.buffers->host = base + operand.offset;
        }
        *at.argv++ = at.buffers++;
        at.dims += operand.dimensions;
    }
}

/// Points the boundary operands at image `image`.
void place_boundary(CpuSession *session, const void *const *inputs, void *const *outputs, size_t image) {
    const ingot_model &model = *session->model;
    for (size_t i = 0; i < session->boundary_count; ++i) {
        const ingot_operand &operand = *session->boundary[i].operand;
        const bool is_input = operand.region == INGOT_IN_INPUT;
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): check_arguments refuses null where there are ports
        const void *base = is_input ? inputs[operand.index] : outputs[operand.index];
        const uint64_t image_bytes = (is_input ? model.inputs : model.outputs)[operand.index].bytes;
        auto *first = static_cast<uint8_t *>(const_cast<void *>(base));
        session->boundary[i].buffer->host = first + image * image_bytes + operand.offset;
    }
}

bool run_steps(CpuSession *session) {
    const ingot_plan &plan = *session->plan;
    void **argv = session->argv;
    for (const ingot_step *step = plan.steps; step != plan.steps + plan.step_count; ++step) {
        clear(session->arena, step->zeros, step->zero_count);
        session->context.used = 0;
        if (step->kernel(argv) != 0 || session->context.error != 0) {
            return false;
        }
        argv += 1 + size_t{step->operand_count};
    }
    return true;
}

}  // namespace

size_t cpu_session_bytes(const ingot_plan &plan) {
    return head_bytes(plan) + plan.arena_bytes + plan.scratch_bytes;
}

ingot_session *create_cpu_session(const ingot_model &model, const ingot_plan &plan, const unsigned char *weights,
                                  void *memory) {
    auto *bytes = static_cast<unsigned char *>(memory);
    auto *session = static_cast<CpuSession *>(memory);
    const size_t argv_bytes = (size_t{plan.step_count} + plan.operand_count) * sizeof(void *);
    unsigned char *buffers = bytes + INGOT_SESSION_HEADER_BYTES + argv_bytes;
    unsigned char *dims = buffers + plan.operand_count * sizeof(halide_buffer_t);
    unsigned char *boundary = dims + plan.dim_count * sizeof(halide_dimension_t);

    *session = CpuSession();
    session->model = &model;
    session->weights = weights;
    session->level = plan.level;
    session->plan = &plan;
    session->argv = reinterpret_cast<void **>(bytes + INGOT_SESSION_HEADER_BYTES);
    session->boundary = reinterpret_cast<BoundaryOperand *>(boundary);
    session->arena = bytes + head_bytes(plan);
    session->context.scratch = session->arena + plan.arena_bytes;
    session->context.size = plan.scratch_bytes;
    session->context_pointer = &session->context;

    Cursors at = {session->argv, reinterpret_cast<halide_buffer_t *>(buffers),
                  reinterpret_cast<halide_dimension_t *>(dims)};
    for (uint32_t i = 0; i < plan.step_count; ++i) {
        add_step(session, plan.steps[i], at);
    }
    clear(session->arena, plan.zeros, plan.zero_count);
    return session;
}

ingot_status run_cpu_session(ingot_session *base, const void *const *inputs, void *const *outputs, size_t n) {
    auto *session = static_cast<CpuSession *>(base);
    session->context.error = 0;
    for (size_t image = 0; image < n; ++image) {
        place_boundary(session, inputs, outputs, image);
        if (!run_steps(session)) {
            return INGOT_KERNEL_FAILED;
        }
    }
    return INGOT_OK;
}

}  // namespace ingot
