// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches, barriers, and what the lanes of a warp do together. ptx_run.cpp decides which lanes run.
#include "tests/fake_cuda/ptx_forms.h"

namespace ingot::ptx {
namespace {

void nothing(Warp &, const Instruction &, uint32_t) {}

void trap(Warp &warp, const Instruction &instruction, uint32_t mask) {
    fail(warp, instruction, static_cast<uint32_t>(std::countr_zero(mask)), Fault::launch_failed, "trap");
}

/// bar.sync with a number of threads, or a barrier but 0, would let part of a block wait.
void only_barrier_zero(Warp &warp, const Instruction &instruction, uint32_t mask) {
    if (instruction.immediate != 0)
        fail(warp, instruction, static_cast<uint32_t>(std::countr_zero(mask)), Fault::launch_failed,
             "only barrier 0 is understood");
}

enum class Shuffle : uint8_t { index, up, down, butterfly };

/// The lane that `lane` reads, as the manual's shfl.sync computes it from b and c; itself where that is outside.
template<Shuffle Mode>
int32_t source_lane(uint32_t lane, uint32_t b, uint32_t c, bool &inside) {
    const uint32_t segment = c >> 8 & 31;
    const auto own = static_cast<int32_t>(lane);
    const auto step = static_cast<int32_t>(b & 31);
    const auto highest = static_cast<int32_t>((lane & segment) | (c & 31 & ~segment));
    const auto lowest = static_cast<int32_t>(lane & segment);
    int32_t from = own;
    switch (Mode) {
    case Shuffle::index:
        from = lowest | static_cast<int32_t>(b & 31 & ~segment);
        break;
    case Shuffle::up:
        from = own - step;
        break;
    case Shuffle::down:
        from = own + step;
        break;
    case Shuffle::butterfly:
        from = own ^ step;
        break;
    }
    inside = Mode == Shuffle::up ? from >= highest : from <= highest;
    return inside ? from : own;
}

/// A lane that does not take part has no value: others read this one, which is no number.
constexpr uint32_t absent_lane = 0x7fc0dead;

/// Operands: destination, predicate, value, b, c, mask of the members.
template<Shuffle Mode>
void shuffle(Warp &warp, const Instruction &instruction, uint32_t mask) {
    uint32_t values[lanes];
    std::memcpy(values, warp.at<uint32_t>(instruction.operands[2]), sizeof values);
    const uint32_t *b = warp.at<uint32_t>(instruction.operands[3]);
    const uint32_t *c = warp.at<uint32_t>(instruction.operands[4]);
    uint32_t results[lanes] = {};
    uint32_t all_inside = 0;
    for_active(mask, [&](uint32_t lane) {
        bool inside = false;
        const int32_t from = source_lane<Mode>(lane, b[lane], c[lane], inside);
        results[lane] = bit(mask, static_cast<uint32_t>(from)) ? values[from] : absent_lane;
        all_inside |= static_cast<uint32_t>(inside) << lane;
    });
    for_active(mask, [&](uint32_t lane) { warp.at<uint32_t>(instruction.operands[0])[lane] = results[lane]; });
    if (instruction.operands[1] != no_register) {
        uint32_t &predicate = warp.mask_at(instruction.operands[1]);
        predicate = (predicate & ~mask) | (all_inside & mask);
    }
}

void ballot(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t votes = warp.mask_at(instruction.operands[1]) & mask;
    for_active(mask, [&](uint32_t lane) { warp.at<uint32_t>(instruction.operands[0])[lane] = votes; });
}

template<bool All>
void vote(Warp &warp, const Instruction &instruction, uint32_t mask) {
    const uint32_t votes = warp.mask_at(instruction.operands[1]) & mask;
    uint32_t &result = warp.mask_at(instruction.operands[0]);
    const bool is_true = All ? votes == mask : votes != 0;
    result = is_true ? result | mask : result & ~mask;
}

void active_lanes(Warp &warp, const Instruction &instruction, uint32_t mask) {
    for_active(mask, [&](uint32_t lane) { warp.at<uint32_t>(instruction.operands[0])[lane] = mask; });
}

}  // namespace

void register_control(Registry &registry) {
    const Entry branch{nothing, {{Operand::label}}, Flow::branch};
    registry["bra"] = registry["bra.uni"] = branch;
    registry["ret"] = registry["exit"] = registry["ret.uni"] = {nothing, {}, Flow::exit};
    registry["trap"] = {trap};
    for (const char *name : {"bar.sync", "barrier.sync", "barrier.sync.aligned", "bar.cta.sync"})
        registry[name] = {only_barrier_zero, {{Operand::number}}, Flow::barrier};
    for (const char *name : {"membar.cta", "membar.gl", "membar.sys", "fence.acq_rel.cta", "fence.acq_rel.gpu",
                             "fence.acq_rel.sys", "fence.sc.gpu"})
        registry[name] = {nothing};
}

void register_warp(Registry &registry) {
    const OperandForm destination{Operand::destination, Type::b32};
    const OperandForm word{Operand::source, Type::b32};
    const OperandForm predicate{Operand::source, Type::pred};
    const auto put = [&](const std::string &name, Handler handler) {
        registry["shfl.sync." + name + ".b32"] = {
            handler,
            {destination, {Operand::optional_predicate, Type::pred}, word, word, word, word},
            Flow::rendezvous};
    };
    put("idx", shuffle<Shuffle::index>);
    put("up", shuffle<Shuffle::up>);
    put("down", shuffle<Shuffle::down>);
    put("bfly", shuffle<Shuffle::butterfly>);
    registry["vote.sync.ballot.b32"] = {ballot, {destination, predicate, word}, Flow::rendezvous};
    const OperandForm result{Operand::destination, Type::pred};
    registry["vote.sync.all.pred"] = {vote<true>, {result, predicate, word}, Flow::rendezvous};
    registry["vote.sync.any.pred"] = {vote<false>, {result, predicate, word}, Flow::rendezvous};
    registry["bar.warp.sync"] = {nothing, {word}, Flow::rendezvous};
    registry["activemask.b32"] = {active_lanes, {destination}};
}

}  // namespace ingot::ptx
