// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A session is one block of memory: struct, argv lists, buffers, dimensions, list of boundary operands, then,
// aligned to 64 bytes, the activations and the scratch. Everything that does not depend on the caller's pointers is
// written at creation.
#include "runtime/cpu.h"
#include "runtime/dispatch.h"
#include <HalideRuntime.h>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ingot/plan.h>

namespace {

/// A buffer whose memory the caller brings with each run.
struct BoundaryOperand {
    halide_buffer_t *buffer;
    const ingot_operand *operand;
};

}  // namespace

struct ingot_session {
    const ingot_model *model;
    const ingot_plan *plan;
    void **argv;  ///< of the first step; the lists of all steps follow one another
    BoundaryOperand *boundary;
    size_t boundary_count;
    unsigned char *arena;
    ingot_kernel_context context;
    ingot_kernel_context *context_pointer;  ///< argv[0] of every step holds its address
    bool owns_memory;
};

namespace {

static_assert(sizeof(ingot_session) <= INGOT_SESSION_HEADER_BYTES);
static_assert(sizeof(void *) <= INGOT_SESSION_STEP_BYTES);
static_assert(sizeof(void *) + sizeof(halide_buffer_t) + sizeof(BoundaryOperand) <= INGOT_SESSION_OPERAND_BYTES);
static_assert(sizeof(halide_dimension_t) <= INGOT_SESSION_DIM_BYTES);
// Types of one alignment follow one another without gaps.
static_assert(alignof(ingot_session) <= 8 && alignof(halide_buffer_t) <= 8 && alignof(BoundaryOperand) <= 8 &&
              alignof(halide_dimension_t) <= 8);
static_assert(INGOT_SESSION_HEADER_BYTES % 8 == 0 && sizeof(halide_dimension_t) % 8 == 0);

size_t head_bytes(const ingot_plan &plan) {
    return INGOT_SESSION_BYTES(size_t{plan.step_count}, size_t{plan.operand_count}, size_t{plan.dim_count}, 0, 0);
}

size_t session_bytes(const ingot_plan &plan) {
    return head_bytes(plan) + plan.arena_bytes + plan.scratch_bytes;
}

/// Checks the versions and chooses a plan.
ingot_status prepare(const ingot_model *model, const ingot_options *options, const ingot_plan **plan) {
    if (model == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (model->abi_version != INGOT_ABI_VERSION || model->struct_size != sizeof(ingot_model)) {
        return INGOT_ABI_MISMATCH;
    }
    if (options != nullptr && options->struct_size != sizeof(ingot_options)) {
        return INGOT_ABI_MISMATCH;
    }
    const char *level = options != nullptr ? options->level : nullptr;
    return ingot::choose_plan(*model, level, ingot::decode_cpu_features(ingot::read_cpu_words()), plan);
}

/// The memory of a session of `bytes` bytes: the caller's arena or the heap's.
ingot_status obtain_memory(const ingot_options *options, size_t bytes, void **memory) {
    if (options == nullptr || (options->arena == nullptr && options->arena_bytes == 0)) {
        *memory = std::aligned_alloc(INGOT_ARENA_ALIGNMENT, bytes);
        return *memory != nullptr ? INGOT_OK : INGOT_OUT_OF_MEMORY;
    }
    if (options->arena == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (reinterpret_cast<uintptr_t>(options->arena) % INGOT_ARENA_ALIGNMENT != 0) {
        return INGOT_ARENA_MISALIGNED;
    }
    if (options->arena_bytes < bytes) {
        return INGOT_ARENA_TOO_SMALL;
    }
    *memory = options->arena;
    return INGOT_OK;
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

void add_step(ingot_session *session, const ingot_step &step, Cursors &at) {
    *at.argv++ = &session->context_pointer;
    for (uint32_t i = 0; i < step.operand_count; ++i) {
        const ingot_operand &operand = step.operands[i];
        fill_buffer(at.buffers, at.dims, operand);
        if (at_boundary(operand)) {
            session->boundary[session->boundary_count++] = {at.buffers, &operand};
        } else {
            const bool is_weight = operand.region == INGOT_IN_WEIGHTS;
            auto *base = is_weight ? const_cast<unsigned char *>(session->model->weights) : session->arena;
            at.buffers->host = base + operand.offset;
        }
        *at.argv++ = at.buffers++;
        at.dims += operand.dimensions;
    }
}

/// Fills a session in `memory`, which has session_bytes(plan) bytes.
ingot_session *build_session(const ingot_model &model, const ingot_plan &plan, void *memory) {
    auto *bytes = static_cast<unsigned char *>(memory);
    auto *session = static_cast<ingot_session *>(memory);
    const size_t argv_bytes = (size_t{plan.step_count} + plan.operand_count) * sizeof(void *);
    unsigned char *buffers = bytes + INGOT_SESSION_HEADER_BYTES + argv_bytes;
    unsigned char *dims = buffers + plan.operand_count * sizeof(halide_buffer_t);
    unsigned char *boundary = dims + plan.dim_count * sizeof(halide_dimension_t);

    *session = ingot_session();
    session->model = &model;
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

/// The bytes of all images of an input or output: [begin, end).
struct Range {
    uintptr_t begin, end;
};

ingot_status find_range(const void *pointer, const ingot_port &port, size_t n, Range *range) {
    if (pointer == nullptr) {
        return INGOT_NULL_POINTER;
    }
    range->begin = reinterpret_cast<uintptr_t>(pointer);
    if ((range->begin & (port.alignment - 1)) != 0) {
        return INGOT_MISALIGNED_POINTER;
    }
    uintptr_t bytes = 0;
    if (__builtin_mul_overflow(n, port.bytes, &bytes) || __builtin_add_overflow(range->begin, bytes, &range->end)) {
        return INGOT_TOO_MANY_IMAGES;
    }
    return INGOT_OK;
}

bool overlap(const Range &a, const Range &b) {
    return a.begin < b.end && b.begin < a.end;
}

/// True where `output` overlaps an input or one of the first `index` outputs. All of them have passed find_range.
bool output_overlaps(const ingot_model &model, const void *const *inputs, void *const *outputs, uint32_t index,
                     size_t n) {
    Range output = {};
    find_range(outputs[index], model.outputs[index], n, &output);
    Range other = {};
    for (uint32_t i = 0; i < model.input_count; ++i) {
        find_range(inputs[i], model.inputs[i], n, &other);
        if (overlap(output, other)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < index; ++i) {
        find_range(outputs[i], model.outputs[i], n, &other);
        if (overlap(output, other)) {
            return true;
        }
    }
    return false;
}

template<typename Pointer>
ingot_status check_ports(const ingot_port *ports, uint32_t count, Pointer const *pointers, size_t n) {
    if (pointers == nullptr && count > 0) {
        return INGOT_NULL_POINTER;
    }
    for (uint32_t i = 0; i < count; ++i) {
        Range range = {};
        const ingot_status status = find_range(pointers[i], ports[i], n, &range);
        if (status != INGOT_OK) {
            return status;
        }
    }
    return INGOT_OK;
}

ingot_status check_arguments(const ingot_model &model, const void *const *inputs, void *const *outputs, size_t n) {
    ingot_status status = check_ports(model.inputs, model.input_count, inputs, n);
    if (status == INGOT_OK) {
        status = check_ports(model.outputs, model.output_count, outputs, n);
    }
    for (uint32_t i = 0; status == INGOT_OK && i < model.output_count; ++i) {
        if (output_overlaps(model, inputs, outputs, i, n)) {
            status = INGOT_OVERLAPPING_BUFFERS;
        }
    }
    return status;
}

/// Points the boundary operands at image `image`.
void place_boundary(ingot_session *session, const void *const *inputs, void *const *outputs, size_t image) {
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

bool run_steps(ingot_session *session) {
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

size_t ingot_session_bytes(const ingot_model *model, const ingot_options *options) {
    const ingot_plan *plan = nullptr;
    return prepare(model, options, &plan) == INGOT_OK ? session_bytes(*plan) : 0;
}

ingot_status ingot_session_create(const ingot_model *model, const ingot_options *options, ingot_session **session) {
    if (session == nullptr) {
        return INGOT_NULL_POINTER;
    }
    *session = nullptr;
    const ingot_plan *plan = nullptr;
    ingot_status status = prepare(model, options, &plan);
    if (status != INGOT_OK) {
        return status;
    }
    void *memory = nullptr;
    status = obtain_memory(options, session_bytes(*plan), &memory);
    if (status != INGOT_OK) {
        return status;
    }
    *session = build_session(*model, *plan, memory);
    (*session)->owns_memory = options == nullptr || options->arena == nullptr;
    return INGOT_OK;
}

void ingot_session_destroy(ingot_session *session) {
    if (session != nullptr && session->owns_memory) {
        std::free(session);
    }
}

ingot_status ingot_session_run(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n) {
    if (session == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (n == 0) {
        return INGOT_OK;
    }
    const ingot_status status = check_arguments(*session->model, inputs, outputs, n);
    if (status != INGOT_OK) {
        return status;
    }
    session->context.error = 0;
    for (size_t image = 0; image < n; ++image) {
        place_boundary(session, inputs, outputs, image);
        if (!run_steps(session)) {
            return INGOT_KERNEL_FAILED;
        }
    }
    return INGOT_OK;
}

const char *ingot_session_level(const ingot_session *session) {
    return session != nullptr ? session->plan->level : nullptr;
}

const char *ingot_missing_cpu_feature(const ingot_model *model, const ingot_options *options) {
    const ingot_plan *plan = nullptr;
    const ingot_status status = prepare(model, options, &plan);
    if (status != INGOT_UNSUPPORTED_CPU) {
        return nullptr;
    }
    const char *level = options != nullptr ? options->level : nullptr;
    return ingot::missing_cpu_feature(*model, level, ingot::decode_cpu_features(ingot::read_cpu_words()));
}
