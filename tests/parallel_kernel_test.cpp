// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parallel loops under every schedule, of kernels that are large enough to have some: with tasks that run
// backwards, each in scratch full of NaN, which loops with hazards between their iterations would not survive.
#include "harness/kernel_problem.h"
#include "runtime/kernel_support.h"
#include "runtime/team.h"
#include "schedules/choose.h"
#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ingot {
namespace {

/// A team of the app's threads, as far as a kernel sees it: the tasks of a loop, from the last to the first.
class BackwardsTeam {
public:
    explicit BackwardsTeam(int64_t scratch_bytes) : scratch_(static_cast<std::size_t>(scratch_bytes) + 64) {
        const auto address = reinterpret_cast<uintptr_t>(scratch_.data());
        context_.scratch = scratch_.data() + (64 - address % 64) % 64;
        context_.size = static_cast<std::size_t>(scratch_bytes);
        team_.members = 2;
        team_.parallel_for = run;
        team_.parallel_for_context = this;
    }
    ingot_team *team() { return &team_; }
    [[nodiscard]] int tasks() const { return tasks_; }

private:
    static void run(void *self, std::size_t, void (*)(void *, std::size_t), void *argument) {
        static_cast<BackwardsTeam *>(self)->run_loop(*static_cast<ParallelLoop *>(argument));
    }
    void run_loop(ParallelLoop &loop) {
        loop.next = loop.count;
        for (int i = loop.count; i-- > 0;) {
            std::fill(scratch_.begin(), scratch_.end(), static_cast<unsigned char>(0xff));
            context_.used = 0;
            EXPECT_EQ(loop.task(&context_, loop.first + i, loop.closure), 0);
            EXPECT_EQ(context_.error, 0);
            ++tasks_;
        }
    }

    std::vector<unsigned char> scratch_;
    ingot_kernel_context context_{};
    ingot_team team_{};
    int tasks_ = 0;
};

constexpr const char *large_kernels[] = {
    "conv2d n=1 h=28 w=28 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
    "conv2d n=1 h=33 w=29 ci=24 co=40 k=3x3 s=2x2 p=1,1,1,1 epilogue=bias,relu",
    "conv2d n=1 h=27 w=27 ci=128 co=72 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu",
    "conv2d n=1 h=7 w=7 ci=256 co=264 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu",
    "conv2d n=1 h=112 w=112 ci=3 co=32 k=3x3 s=2x2 p=0,0,1,1 src=nchw epilogue=bias,clip(0/6)",
    "conv2d n=1 h=56 w=57 ci=100 co=100 k=3x3 s=1x1 p=1,1,1,1 g=100 epilogue=bias,relu",
    "conv2d n=1 h=40 w=41 ci=48 co=48 k=3x3 s=1x1 p=1,1,1,1 g=12 epilogue=bias",
    "conv2d n=1 h=180 w=200 ci=5 co=3 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias",
    "conv2d n=2 h=14 w=14 ci=64 co=48 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
    "conv2d_pool2d n=1 h=56 w=58 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 pk=2x2 ps=2x2 pp=0,0,0,0 epilogue=bias,relu",
    "sequential n=1 [conv2d n=1 h=56 w=56 ci=64 co=64 k=3x3 s=1x1 p=1,1,1,1 g=64 epilogue=bias,relu] "
    "[conv2d n=1 h=56 w=56 ci=64 co=48 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias]",
    "pool2d n=1 h=112 w=113 c=66 k=3x3 s=2x2 p=1,1,1,1",
    "gemm n=1 ci=2048 co=1000 epilogue=bias",
    "gemm n=64 ci=512 co=240 epilogue=bias,relu",
    "map dims=600,2003 f=x0,x1,add,relu views=2003,1;0,1;2003,1",
    "map dims=600,2003 f=x0,x1,add,relu views=2003,1;0,1;2003,1 in_place=0",
    "map dims=2,640,333 f=x0,relu views=213120,1,640;213120,333,1",
    "map dims=300,500 f=x0,x1,sub,exp,x2,div views=500,1;1,0;1,0;500,1",
    "reduce dims=1301,1999 r=sum f=x0 views=1999,1;1,0",
    "reduce dims=2000,1205 r=mean f=x0 views=1205,1;0,1",
};

class ParallelKernel : public testing::TestWithParam<const char *> {};

TEST_P(ParallelKernel, ComputesTheSameInAnyOrderOfTasks) {
    const KernelSpec shape = parse_kernel_spec(GetParam());
    const Target &target = *host_targets().back();
    const Choice chosen = choose(shape, target).choice;
    std::vector<KernelRequest> requests;
    for (const Choice &choice : supported_choices(shape, target, false)) {
        requests.push_back({with_layouts(shape, choice, target), choice, &target, KernelForm::shipped});
    }
    requests.push_back({with_layouts(shape, chosen, target), chosen, &target, KernelForm::shipped});
    const LoadedKernels kernels(requests);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const std::string name = to_text(requests[i]);
        KernelProblem problem(requests[i].spec, Values::integers, 1);
        problem.set_scratch(kernels.info(i).scratch_bytes);
        BackwardsTeam backwards(kernels.info(i).scratch_bytes);
        for (ingot_team *team : {static_cast<ingot_team *>(nullptr), backwards.team()}) {
            problem.clear_dst();
            problem.set_team(team);
            std::optional<std::string> failure = problem.run(kernels.function(i));
            failure = failure ? failure : problem.check();
            EXPECT_FALSE(failure) << *failure << "\n  " << name << (team == nullptr ? "" : ", tasks backwards");
        }
        EXPECT_EQ(backwards.tasks() > 1, kernels.info(i).parallel) << name;
    }
    EXPECT_TRUE(kernels.info(kernels.size() - 1).parallel) << to_text(requests.back());
}

INSTANTIATE_TEST_SUITE_P(Large, ParallelKernel, testing::ValuesIn(large_kernels));

TEST(SmallKernel, HasNoParallelLoop) {
    const Target &target = *host_targets().back();
    const KernelSpec shape =
        parse_kernel_spec("conv2d n=1 h=14 w=14 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu");
    const Choice choice = choose(shape, target).choice;
    const LoadedKernels kernels({{with_layouts(shape, choice, target), choice, &target, KernelForm::shipped}});
    EXPECT_FALSE(kernels.info(0).parallel);
}

}  // namespace
}  // namespace ingot
