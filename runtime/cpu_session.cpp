// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A session on the CPU is one block of memory: struct, argv lists, buffers, dimensions, list of boundary operands,
// then, aligned to 64 bytes, the activations and the scratch. With several threads, the team follows, and then for
// each further thread a lane: all of that anew but the session's part of the struct. Everything that does not
// depend on the caller's pointers is written at creation.
#include "runtime/cpu_session.h"
#include "runtime/team.h"
#include "runtime/weights.h"
#include <HalideRuntime.h>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace ingot {
namespace {

/// A buffer whose memory the caller brings with each run.
struct BoundaryOperand {
    halide_buffer_t *buffer;
    const ingot_operand *operand;
};

/// What computes an image on one thread.
struct Lane {
    const ingot_model *model;
    const ingot_plan *plan;
    const unsigned char *weights;
    void **argv;  ///< of the first step; the lists of all steps follow one another
    BoundaryOperand *boundary;
    size_t boundary_count;
    unsigned char *arena;
    ingot_kernel_context context;
    ingot_kernel_context *context_pointer;  ///< argv[0] of every step holds its address
};

struct CpuSession : ingot_session {
    ingot_team *team;      ///< null: the calling thread alone
    unsigned char *lanes;  ///< of the team's other members, one after the other
    Lane lane;             ///< of the calling thread
};

static_assert(sizeof(CpuSession) <= INGOT_SESSION_HEADER_BYTES);
static_assert(sizeof(void *) <= INGOT_SESSION_STEP_BYTES);
static_assert(sizeof(void *) + sizeof(halide_buffer_t) + sizeof(BoundaryOperand) <= INGOT_SESSION_OPERAND_BYTES);
static_assert(sizeof(halide_dimension_t) <= INGOT_SESSION_DIM_BYTES);
// Types of one alignment follow one another without gaps.
static_assert(alignof(CpuSession) <= 8 && alignof(Lane) <= 8 && alignof(halide_buffer_t) <= 8 &&
              alignof(BoundaryOperand) <= 8 && alignof(halide_dimension_t) <= 8);
static_assert(INGOT_SESSION_HEADER_BYTES % 8 == 0 && sizeof(halide_dimension_t) % 8 == 0);

/// Of a struct's bytes, which the tables of a lane follow.
size_t head_bytes(const ingot_plan &plan) {
    return INGOT_SESSION_BYTES(size_t{plan.step_count}, size_t{plan.operand_count}, size_t{plan.dim_count}, 0, 0);
}

/// Of the calling thread's lane, with the session's struct; the other lanes are laid out likewise.
size_t lane_bytes(const ingot_plan &plan) {
    return head_bytes(plan) + plan.arena_bytes + plan.scratch_bytes;
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

void add_step(Lane *lane, const ingot_step &step, Cursors &at) {
    *at.argv++ = &lane->context_pointer;
    for (uint32_t i = 0; i < step.operand_count; ++i) {
        const ingot_operand &operand = step.operands[i];
        fill_buffer(at.buffers, at.dims, operand);
        if (at_boundary(operand)) {
            lane->boundary[lane->boundary_count++] = {at.buffers, &operand};
        } else {
            const bool is_weight = operand.region == INGOT_IN_WEIGHTS;
            auto *base = is_weight ? const_cast<unsigned char *>(lane->weights) : lane->arena;
            at.buffers->host = base + operand.offset;
        }
        *at.argv++ = at.buffers++;
        at.dims += operand.dimensions;
    }
}

/// Points the boundary operands at image `image`.
void place_boundary(Lane *lane, const void *const *inputs, void *const *outputs, size_t image) {
    const ingot_model &model = *lane->model;
    for (size_t i = 0; i < lane->boundary_count; ++i) {
        const ingot_operand &operand = *lane->boundary[i].operand;
        const bool is_input = operand.region == INGOT_IN_INPUT;
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): check_arguments refuses null where there are ports
        const void *base = is_input ? inputs[operand.index] : outputs[operand.index];
        const uint64_t image_bytes = (is_input ? model.inputs : model.outputs)[operand.index].bytes;
        auto *first = static_cast<uint8_t *>(const_cast<void *>(base));
        lane->boundary[i].buffer->host = first + image * image_bytes + operand.offset;
    }
}

bool run_steps(Lane *lane) {
    const ingot_plan &plan = *lane->plan;
    void **argv = lane->argv;
    for (const ingot_step *step = plan.steps; step != plan.steps + plan.step_count; ++step) {
        clear(lane->arena, step->zeros, step->zero_count);
        lane->context.used = 0;
        if (step->kernel(argv) != 0 || lane->context.error != 0) {
            return false;
        }
        argv += 1 + size_t{step->operand_count};
    }
    return true;
}

/// Runs `count` images from `first` on.
bool run_images(Lane *lane, const void *const *inputs, void *const *outputs, size_t first, size_t count) {
    lane->context.error = 0;
    for (size_t image = first; image < first + count; ++image) {
        place_boundary(lane, inputs, outputs, image);
        if (!run_steps(lane)) {
            return false;
        }
    }
    return true;
}

/// Makes a lane in the zeroed `lane`, whose tables, arena and scratch are in `memory` behind the place of a struct.
void create_lane(const ingot_model &model, const ingot_plan &plan, const unsigned char *weights, Lane *lane,
                 unsigned char *memory) {
    const size_t argv_bytes = (size_t{plan.step_count} + plan.operand_count) * sizeof(void *);
    unsigned char *buffers = memory + INGOT_SESSION_HEADER_BYTES + argv_bytes;
    unsigned char *dims = buffers + plan.operand_count * sizeof(halide_buffer_t);
    unsigned char *boundary = dims + plan.dim_count * sizeof(halide_dimension_t);

    lane->model = &model;
    lane->plan = &plan;
    lane->weights = weights;
    lane->argv = reinterpret_cast<void **>(memory + INGOT_SESSION_HEADER_BYTES);
    lane->boundary = reinterpret_cast<BoundaryOperand *>(boundary);
    lane->arena = memory + head_bytes(plan);
    lane->context.scratch = lane->arena + plan.arena_bytes;
    lane->context.size = plan.scratch_bytes;
    lane->context_pointer = &lane->context;

    Cursors at = {lane->argv, reinterpret_cast<halide_buffer_t *>(buffers),
                  reinterpret_cast<halide_dimension_t *>(dims)};
    for (uint32_t i = 0; i < plan.step_count; ++i) {
        add_step(lane, plan.steps[i], at);
    }
    clear(lane->arena, plan.zeros, plan.zero_count);
}

Lane *lane_of(CpuSession *session, size_t member) {
    const size_t bytes = lane_bytes(*session->lane.plan);
    return member == 0 ? &session->lane : reinterpret_cast<Lane *>(session->lanes + (member - 1) * bytes);
}

/// Images of which each member of a team takes some, until none are left.
struct ImageRange {
    CpuSession *session;
    const void *const *inputs;
    void *const *outputs;
    size_t count, chunk;
    std::atomic<size_t> next;
    std::atomic<bool> failed;
};

void take_images(void *argument, size_t member) {
    auto &range = *static_cast<ImageRange *>(argument);
    Lane *lane = lane_of(range.session, member);
    for (;;) {
        const size_t first = range.next.fetch_add(range.chunk);
        if (first >= range.count || range.failed.load()) {
            return;
        }
        const size_t left = range.count - first;
        if (!run_images(lane, range.inputs, range.outputs, first, left < range.chunk ? left : range.chunk)) {
            range.failed.store(true);
        }
    }
}

/// Nanoseconds of work that are worth waking a thread for, and of a piece that it takes.
constexpr uint64_t worth_waking = 50'000, worth_taking = 10'000;
constexpr size_t chunks_per_member = 4;

size_t ceiling(size_t value, size_t divisor) {
    return value / divisor + (value % divisor != 0 ? 1 : 0);
}

/// How many of n images, from the first on, threads take side by side. The others are fewer than the threads, which
/// share the parallel loops of each, where there are any.
size_t images_side_by_side(const CpuSession &session, size_t n) {
    const ingot_plan &plan = *session.lane.plan;
    const size_t count = plan.parallel_steps > 0 ? n - n % session.team->members : n;
    return count > 1 && (count > worth_waking || count * plan.image_time >= worth_waking) ? count : 0;
}

/// Chunks of images do not depend on the number of threads in what they compute: each image is computed by itself.
bool run_side_by_side(CpuSession *session, const void *const *inputs, void *const *outputs, size_t count) {
    const uint64_t image_time = session->lane.plan->image_time;
    const size_t least = ceiling(worth_taking, image_time > 0 ? image_time : 1);
    const size_t fair = ceiling(count, session->team->members * chunks_per_member);
    ImageRange range = {session, inputs, outputs, count, least > fair ? least : fair, 0, false};
    session->lane.context.team = nullptr;
    run_team(*session->team, ceiling(count, range.chunk), take_images, &range);
    session->lane.context.team = session->team;
    return !range.failed.load();
}

}  // namespace

size_t cpu_session_bytes(const ingot_plan &plan, int threads) {
    const auto members = static_cast<size_t>(threads > 1 ? threads : 1);
    return members * lane_bytes(plan) + (members > 1 ? team_bytes(members) : 0);
}

ingot_status create_cpu_session(const ingot_model &model, const ingot_plan &plan, const ingot_options &options,
                                void *memory) {
    auto *bytes = static_cast<unsigned char *>(memory);
    auto *session = static_cast<CpuSession *>(memory);
    *session = CpuSession();
    session->model = &model;
    session->weights = weights_of(model, options);
    session->level = plan.level;
    create_lane(model, plan, session->weights, &session->lane, bytes);
    if (options.threads <= 1) {
        return INGOT_OK;
    }
    const auto members = static_cast<size_t>(options.threads);
    unsigned char *team = bytes + lane_bytes(plan);
    session->lanes = team + team_bytes(members);
    for (size_t member = 1; member < members; ++member) {
        Lane *lane = lane_of(session, member);
        *lane = Lane();
        create_lane(model, plan, session->weights, lane, reinterpret_cast<unsigned char *>(lane));
    }
    const ingot_status status = create_team(options, team, &session->team);
    if (status == INGOT_OK) {
        for (size_t member = 1; member < members; ++member) {
            session->team->contexts[member - 1] = lane_of(session, member)->context;
        }
        session->lane.context.team = session->team;
    }
    return status;
}

void destroy_cpu_session(ingot_session *base) {
    const auto *session = static_cast<CpuSession *>(base);
    if (session->team != nullptr) {
        destroy_team(*session->team);
    }
}

ingot_status run_cpu_session(ingot_session *base, const void *const *inputs, void *const *outputs, size_t n) {
    auto *session = static_cast<CpuSession *>(base);
    const size_t beside = session->team != nullptr ? images_side_by_side(*session, n) : 0;
    const bool succeeded = (beside == 0 || run_side_by_side(session, inputs, outputs, beside)) &&
                           run_images(&session->lane, inputs, outputs, beside, n - beside);
    return succeeded ? INGOT_OK : INGOT_KERNEL_FAILED;
}

}  // namespace ingot
