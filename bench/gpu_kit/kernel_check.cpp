// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/kernel_check.h"
#include "harness/cuda_kernel.h"
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include <algorithm>

namespace ingot::gpu_kit {

namespace {

constexpr int64_t images = 3;

/// Runs `count` images from `first` on.
std::optional<std::string> run(CudaKernel &kernel, KernelProblem &problem, std::size_t n, std::size_t first,
                               std::size_t count) {
    const std::vector<std::span<float>> operands = problem.operands();
    const std::span<float> src = operands.front(), dst = operands.back();
    return kernel.run(src.data() + first * (src.size() / n), dst.data() + first * (dst.size() / n), count);
}

std::optional<std::string> check(const KernelSpec &spec, const ingot_cuda_kernel &code, Values values) {
    KernelProblem problem(spec, values, 1);
    CudaKernel kernel(spec, code, problem.operands());
    if (std::optional<std::string> failure = kernel.open()) {
        return failure;
    }
    const auto n = static_cast<std::size_t>(spec.n);
    std::optional<std::string> failure = run(kernel, problem, n, 0, 1);
    failure = failure ? failure : run(kernel, problem, n, 1, n - 1);
    failure = failure ? failure : problem.check();
    problem.clear_dst();
    failure = failure ? failure : run(kernel, problem, n, 0, n);
    return failure ? failure : problem.check();
}

}  // namespace

std::optional<std::string> check_kernel(const KitKernel &kernel) {
    KernelSpec spec = parse_kernel_spec(kernel.spec);
    spec = with_images(spec, std::max(spec.n, images));
    std::optional<std::string> failure = check(spec, *kernel.kernel, Values::integers);
    return failure ? failure : check(spec, *kernel.kernel, Values::reals);
}

}  // namespace ingot::gpu_kit
