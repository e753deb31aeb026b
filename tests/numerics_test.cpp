// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What docs/numerics.md says of infinities, NaN, negative zero and denormals, by every schedule at every level and
// on CUDA.
#include "harness/cuda_kernel.h"
#include "harness/kernel_problem.h"
#include "schedules/choose.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <utility>
#include <xmmintrin.h>

namespace ingot {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float tiny = std::numeric_limits<float>::denorm_min();
constexpr float largest = std::numeric_limits<float>::max();

/// What a kernel on the CPU computes; it leaves the modes of the CPU alone.
void run_on_cpu(KernelProblem &problem, const LoadedKernels &kernels, std::size_t i) {
    problem.set_scratch(kernels.info(i).scratch_bytes);
    const unsigned mxcsr = _mm_getcsr();
    EXPECT_FALSE(problem.run(kernels.function(i)));
    EXPECT_EQ(_mm_getcsr() & ~0x3fU, mxcsr & ~0x3fU) << "rounding and denormal modes are the application's";
}

void run_on_cuda(KernelProblem &problem, const KernelSpec &spec, const ingot_cuda_kernel &code) {
    const std::vector<std::span<float>> operands = problem.operands();
    CudaKernel kernel(spec, code, operands);
    EXPECT_EQ(kernel.open(), std::nullopt);
    EXPECT_EQ(kernel.run(operands.front().data(), operands.back().data(), static_cast<std::size_t>(spec.n)),
              std::nullopt);
}

/// The results for a source that repeats `values` through all of its elements, of each schedule at each level and
/// on CUDA.
std::vector<std::vector<float>> results(const char *shape, const std::vector<float> &values) {
    std::vector<const Target *> targets = host_targets();
    targets.push_back(&find_target("cuda-compute_86"));
    std::vector<KernelRequest> requests;
    for (const Target *target : targets) {
        const KernelSpec spec = parse_kernel_spec(shape);
        for (const Choice &choice : supported_choices(spec, *target, false)) {
            requests.push_back({with_layouts(spec, choice, *target), choice, target, KernelForm::shipped});
        }
    }
    const LoadedKernels kernels(requests);
    std::vector<std::vector<float>> all;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        KernelProblem problem(requests[i].spec, Values::integers, 1);
        const std::vector<std::span<float>> operands = problem.operands();
        for (std::size_t j = 0; j < operands.front().size(); ++j) {
            operands.front()[j] = values[j % values.size()];
        }
        if (requests[i].target->device == Device::cpu) {
            run_on_cpu(problem, kernels, i);
        } else {
            run_on_cuda(problem, requests[i].spec, kernels.cuda_kernel(i));
        }
        all.emplace_back(operands.back().begin(), operands.back().end());
    }
    return all;
}

TEST(Relu, KeepsInfinityAndDenormalsAndClearsWhatIsNegative) {
    const std::vector<float> src = {inf, -inf, -0.0f, 0.0f, tiny, -tiny, largest, -largest};
    const std::vector<float> expected = {inf, 0.0f, 0.0f, 0.0f, tiny, 0.0f, largest, 0.0f};
    for (const std::vector<float> &dst :
         results("pool2d n=1 h=3 w=2 c=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=relu", src)) {
        for (std::size_t i = 0; i < dst.size(); ++i) {
            EXPECT_EQ(dst[i], expected[i % expected.size()]) << "element " << i;  // -0 == 0
        }
    }
}

TEST(Relu, GivesNaNOrZeroForNaNAndLeavesItsNeighboursAlone) {
    for (const std::vector<float> &dst :
         results("pool2d n=1 h=3 w=2 c=32 k=1x1 s=1x1 p=0,0,0,0 epilogue=relu", {1.0f, nan, -2.0f, 3.0f})) {
        for (std::size_t i = 0; i < dst.size(); i += 4) {
            EXPECT_EQ(dst[i], 1.0f);
            EXPECT_TRUE(std::isnan(dst[i + 1]) || dst[i + 1] == 0.0f) << dst[i + 1];
            EXPECT_EQ(dst[i + 2], 0.0f);
            EXPECT_EQ(dst[i + 3], 3.0f);
        }
    }
}

TEST(MaxPool, TakesMinusInfinityForTheMaximumWhereAWindowHoldsNothingElse) {
    for (const std::vector<float> &dst : results("pool2d n=1 h=5 w=4 c=19 k=3x3 s=1x1 p=1,1,1,1", {-inf})) {
        for (float value : dst) {
            EXPECT_EQ(value, -inf);
        }
    }
}

TEST(MaxPool, FindsInfinityAndDenormals) {
    for (const std::vector<float> &dst :
         results("pool2d n=1 h=2 w=2 c=16 k=2x2 s=2x2 p=0,0,0,0", {-inf, inf, -tiny, tiny})) {
        for (std::size_t i = 0; i < dst.size(); i += 4) {
            EXPECT_EQ(std::vector<float>(&dst[i], &dst[i] + 4), (std::vector<float>{-inf, inf, -tiny, tiny}));
        }
    }
}

// The bound that kernels are held to allows for roundings of one sign; this is what is left of them, of normally
// distributed numbers.
TEST(Winograd, DiffersFromExactSumsByThePromisedPartOfTheLargestOutput) {
    const KernelSpec shape = parse_kernel_spec("conv2d n=1 h=14 w=14 ci=512 co=16 k=3x3 s=1x1 p=1,1,1,1");
    for (const Target *target : host_targets()) {
        const double large_tiles = target->has_fma ? 1e-5 : 1.2e-5;  // without FMA products are rounded, too
        for (const auto &[asked, promised] :
             {std::pair("conv2d_winograd/cpu_tiled", 2e-6), std::pair("conv2d_winograd4/cpu_tiled", large_tiles)}) {
            const Choice choice = complete(parse_choice(asked), shape, *target);
            const KernelSpec spec = with_layouts(shape, choice, *target);
            const LoadedKernels kernels({{spec, choice, target, KernelForm::shipped}});
            KernelProblem problem(spec, Values::reals, 1);
            run_on_cpu(problem, kernels, 0);
            EXPECT_LE(problem.relative_error(), promised) << asked << " " << target->name;
        }
    }
}

TEST(Gemm, KeepsDenormalProducts) {
    // Whole weights times the smallest denormal: a flush to zero would leave nothing.
    std::size_t denormal = 0;
    for (const std::vector<float> &dst : results("gemm n=1 ci=64 co=8", {tiny})) {
        for (float value : dst) {
            EXPECT_EQ(value, std::round(value / tiny) * tiny);
            denormal += std::fpclassify(value) == FP_SUBNORMAL ? 1 : 0;
        }
    }
    EXPECT_GT(denormal, 0U);
}

}  // namespace
}  // namespace ingot
