// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the lanes of a warp share an instruction counter: they run in groups that stand at the same instruction, and
// the group that is furthest behind runs first, so that groups meet again where their paths do. A warp runs until
// all its lanes wait at a barrier or have exited; then the next warp does.
#include "tests/fake_cuda/ptx_run.h"

#include <algorithm>
#include <atomic>

#include "tests/fake_cuda/ptx_warp.h"

namespace ingot::ptx {
namespace {

struct Group {
    uint32_t at;
    uint32_t mask;
};

uint32_t first_lane(uint32_t mask) {
    return static_cast<uint32_t>(std::countr_zero(mask));
}

class WarpRun {
public:
    WarpRun(Warp &warp, const Kernel &kernel, uint64_t budget)
        : warp_(warp), code_(kernel.instructions.data()), budget_(budget) {}

    /// Runs all living lanes from `start` to the next barrier or their end.
    void run(uint32_t start) {
        warp_.parked = 0;
        others_.clear();
        waiting_.clear();
        at_ = start;
        set_mask(warp_.live);
        limit_ = UINT32_MAX;
        while (mask_ != 0) {
            if (at_ >= limit_)
                let_the_last_run();
            step();
        }
    }

private:
    void step() {
        const Instruction &instruction = code_[at_];
        uint32_t mask = mask_;
        if (instruction.predicate != no_register) {
            const uint32_t condition = warp_.mask_at(instruction.predicate);
            mask &= instruction.negated ? ~condition : condition;
        }
        executed_ += size_;
        switch (instruction.flow) {
        case Flow::plain:
            if (mask != 0)
                instruction.handler(warp_, instruction, mask);
            ++at_;
            break;
        case Flow::branch:
            branch(instruction, mask);
            break;
        case Flow::exit:
            exit(mask);
            break;
        case Flow::barrier:
            park(instruction, mask);
            break;
        case Flow::rendezvous:
            meet(instruction, mask);
            break;
        }
    }

    void branch(const Instruction &instruction, uint32_t taken) {
        if (instruction.target <= at_)
            check_budget(instruction);
        if (taken == mask_) {
            at_ = instruction.target;
        } else {
            ++at_;
            if (taken != 0) {
                others_.push_back({instruction.target, taken});
                set_mask(mask_ & ~taken);
                find_limit();
            }
        }
    }

    void check_budget(const Instruction &instruction) {
        Block &block = *warp_.block;
        block.executed += executed_;
        executed_ = 0;
        if (block.executed > budget_)
            fail(warp_, instruction, first_lane(mask_), Fault::timeout,
                 "the launch has executed " + std::to_string(block.executed) + " instructions and does not end");
    }

    void exit(uint32_t mask) {
        warp_.live &= ~mask;
        ++at_;
        leave(mask);
    }

    void park(const Instruction &instruction, uint32_t mask) {
        if (mask == 0) {
            ++at_;
            return;
        }
        instruction.handler(warp_, instruction, mask);
        if (warp_.parked != 0 && warp_.parked_at != at_)
            fail(warp_, instruction, first_lane(mask), Fault::launch_failed,
                 "threads of one warp wait at different barriers: another one waits at line " +
                     std::to_string(code_[warp_.parked_at].line));
        warp_.parked |= mask;
        warp_.parked_at = at_;
        ++at_;
        leave(mask);
    }

    /// Lanes that the member mask names wait for each other; those that have exited are not waited for.
    void meet(const Instruction &instruction, uint32_t mask) {
        if (mask == 0) {
            ++at_;
            return;
        }
        const uint32_t arriving = mask;
        std::erase_if(waiting_, [&](const Group &group) {
            if (group.at == at_)
                mask |= group.mask;
            return group.at == at_;
        });
        const uint32_t members = members_of(instruction, mask);
        if ((mask & ~members) != 0)
            fail(warp_, instruction, first_lane(mask & ~members), Fault::launch_failed,
                 "the member mask does not name this lane");
        if ((members & warp_.live & ~mask) != 0) {
            waiting_.push_back({at_, mask});
            ++at_;
            leave(arriving);
            return;
        }
        instruction.handler(warp_, instruction, mask);
        ++at_;
        set_mask(mask_ | mask);
    }

    /// The lanes that the last operand names in any lane of `mask`.
    uint32_t members_of(const Instruction &instruction, uint32_t mask) const {
        size_t last = 0;
        for (size_t k = 0; k < std::size(instruction.operands); ++k)
            if (instruction.widths[k] != 0)
                last = k;
        uint32_t members = 0;
        for (; mask != 0; mask &= mask - 1)
            members |= warp_.at<uint32_t>(instruction.operands[last])[first_lane(mask)];
        return members;
    }

    /// All others wait or have exited: those run on who have waited only for lanes that now have exited.
    void go_on_without_the_exited() {
        for (size_t k = 0; k < waiting_.size(); ++k) {
            const Group group = waiting_[k];
            if ((members_of(code_[group.at], group.mask) & warp_.live & ~group.mask) == 0) {
                waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(k));
                at_ = group.at;
                set_mask(group.mask);
                return;
            }
        }
        const Group &group = waiting_.front();
        fail(warp_, code_[group.at], first_lane(group.mask), Fault::launch_failed,
             "the lanes of the member mask do not all arrive");
    }

    /// The lanes of `mask` no longer run; the others of the group go on.
    void leave(uint32_t mask) {
        set_mask(mask_ & ~mask);
        if (mask_ != 0)
            return;
        if (!others_.empty()) {
            take_the_last();
        } else if (!waiting_.empty()) {
            go_on_without_the_exited();
        } else {
            warp_.block->executed += executed_;
            executed_ = 0;
        }
    }

    void let_the_last_run() {
        if (at_ == limit_) {
            merge(at_);
        } else {
            others_.push_back({at_, mask_});
            take_the_last();
        }
        find_limit();
    }

    /// Goes on with the group that is furthest behind, and all that stand there.
    void take_the_last() {
        at_ = std::min_element(others_.begin(), others_.end(), [](const Group &a, const Group &b) {
                  return a.at < b.at;
              })->at;
        mask_ = 0;
        merge(at_);
        find_limit();
    }

    void merge(uint32_t at) {
        uint32_t mask = mask_;
        std::erase_if(others_, [&](const Group &group) {
            if (group.at == at)
                mask |= group.mask;
            return group.at == at;
        });
        set_mask(mask);
    }

    void find_limit() {
        limit_ = UINT32_MAX;
        for (const Group &group : others_)
            limit_ = std::min(limit_, group.at);
    }

    void set_mask(uint32_t mask) {
        mask_ = mask;
        size_ = static_cast<uint32_t>(std::popcount(mask));
    }

    Warp &warp_;
    const Instruction *code_;
    uint64_t budget_;
    std::vector<Group> others_;
    std::vector<Group> waiting_;  ///< at a rendezvous
    uint64_t executed_ = 0;
    uint32_t at_ = 0;
    uint32_t mask_ = 0;  ///< of the group that runs
    uint32_t size_ = lanes;
    uint32_t limit_ = UINT32_MAX;  ///< where the next group stands
};

class GridRun {
public:
    explicit GridRun(const Launch &launch) : launch_(launch), kernel_(*launch.kernel), block_(launch) {
        threads_ = launch.block.x * launch.block.y * launch.block.z;
        warps_.resize((threads_ + lanes - 1) / lanes);
        // Registers of 64 bytes' alignment, whose first contents are no numbers.
        const size_t words = kernel_.register_bytes / sizeof(uint64_t);
        registers_.assign(words * warps_.size() + 8, UINT64_MAX);
        auto *first = reinterpret_cast<std::byte *>(registers_.data());
        first += (64 - reinterpret_cast<uintptr_t>(first) % 64) % 64;
        for (uint32_t k = 0; k < warps_.size(); ++k) {
            warps_[k].registers = first + size_t(k) * kernel_.register_bytes;
            warps_[k].block = &block_;
            warps_[k].index = k;
            fill(warps_[k]);
        }
    }

    uint64_t run() {
        for (uint32_t z = 0; z < launch_.grid.z; ++z)
            for (uint32_t y = 0; y < launch_.grid.y; ++y)
                for (uint32_t x = 0; x < launch_.grid.x; ++x)
                    run_block({x, y, z});
        return block_.executed;
    }

private:
    void put_special(const Warp &warp, Special special, uint32_t value) {
        std::fill_n(warp.at<uint32_t>(uint32_t(special) * 4 * lanes), lanes, value);
    }

    void fill(const Warp &warp) {
        for (const Constant &constant : kernel_.constants) {
            if (constant.width == 2)
                std::fill_n(warp.at<uint16_t>(constant.place), lanes, static_cast<uint16_t>(constant.bits));
            else if (constant.width == 4)
                std::fill_n(warp.at<uint32_t>(constant.place), lanes, static_cast<uint32_t>(constant.bits));
            else
                std::fill_n(warp.at<uint64_t>(constant.place), lanes, constant.bits);
        }
        const Dim3 &block = launch_.block;
        put_special(warp, Special::ntid_x, block.x);
        put_special(warp, Special::ntid_y, block.y);
        put_special(warp, Special::ntid_z, block.z);
        put_special(warp, Special::nctaid_x, launch_.grid.x);
        put_special(warp, Special::nctaid_y, launch_.grid.y);
        put_special(warp, Special::nctaid_z, launch_.grid.z);
        put_special(warp, Special::warpid, warp.index);
        const auto lane_values = [&](Special special) { return warp.at<uint32_t>(uint32_t(special) * 4 * lanes); };
        for (uint32_t lane = 0; lane < lanes; ++lane) {
            const uint32_t thread = warp.index * lanes + lane;
            lane_values(Special::laneid)[lane] = lane;
            lane_values(Special::tid_x)[lane] = thread % block.x;
            lane_values(Special::tid_y)[lane] = thread / block.x % block.y;
            lane_values(Special::tid_z)[lane] = thread / block.x / block.y;
        }
    }

    void run_block(const Dim3 &index) {
        block_.index = index;
        block_.use = launch_number_ << WordUse::block_bits |
                     ((uint64_t(index.z) * launch_.grid.y + index.y) * launch_.grid.x + index.x);
        block_.shared.begin_block();
        std::fill(block_.local.begin(), block_.local.end(), std::byte{0xff});
        for (Warp &warp : warps_) {
            const uint32_t left = threads_ - warp.index * lanes;
            warp.live = left >= lanes ? UINT32_MAX : (1U << left) - 1;
            put_special(warp, Special::ctaid_x, index.x);
            put_special(warp, Special::ctaid_y, index.y);
            put_special(warp, Special::ctaid_z, index.z);
        }
        uint32_t start = 0;
        do {
            for (Warp &warp : warps_)
                WarpRun(warp, kernel_, launch_.instruction_budget).run(start);
        } while (pass_barrier(start));
    }

    /// Whether threads wait at a barrier, after which all go on at `start`: all must wait at the same one.
    bool pass_barrier(uint32_t &start) {
        const auto waits = [](const Warp &warp) { return warp.parked != 0; };
        const auto first = std::find_if(warps_.begin(), warps_.end(), waits);
        if (first == warps_.end())
            return false;
        const Instruction &barrier = kernel_.instructions[first->parked_at];
        for (const Warp &warp : warps_) {
            const uint32_t left = threads_ - warp.index * lanes;
            const uint32_t all = left >= lanes ? UINT32_MAX : (1U << left) - 1;
            if (warp.parked != all)
                fail(warp, barrier, first_lane(all & ~warp.parked), Fault::launch_failed,
                     "other threads of the block wait at this barrier, and this one has exited");
            if (warp.parked_at != first->parked_at)
                fail(warp, barrier, first_lane(all), Fault::launch_failed,
                     "threads wait at different barriers: this one waits at line " +
                         std::to_string(kernel_.instructions[warp.parked_at].line));
        }
        start = first->parked_at + 1;
        block_.shared.pass_barrier();
        return true;
    }

    static uint64_t next_launch() {
        static std::atomic<uint64_t> last = 0;
        return ++last;
    }

    const Launch &launch_;
    const Kernel &kernel_;
    uint64_t launch_number_ = next_launch();
    Block block_;
    uint32_t threads_ = 0;
    std::vector<Warp> warps_;
    std::vector<uint64_t> registers_;
};

}  // namespace

Block::Block(const Launch &of)
    : launch(of), shared(of.kernel->shared_bytes + of.dynamic_shared_bytes, of.kernel->narrow_shared),
      local(size_t(of.kernel->local_bytes) * of.block.x * of.block.y * of.block.z),
      extents(of.kernel->instructions.size()) {}

uint64_t run(const Launch &launch) {
    return GridRun(launch).run();
}

}  // namespace ingot::ptx
