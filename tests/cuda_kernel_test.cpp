// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every CUDA schedule on every case of the shared table against the reference, by the fake driver, which interprets
// the PTX and checks each access to memory.
#include "harness/cuda_kernel.h"
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"
#include "tests/fake_cuda/fake_cuda.h"
#include "tests/kernel_cases.h"
#include <dlfcn.h>
#include <gtest/gtest.h>

namespace ingot {
namespace {

class CudaKernelOf : public testing::TestWithParam<Op> {};

// In the middle of a network, at the border in the model's own order, and with three images, which are no multiple
// of what a block may take.
std::vector<KernelSpec> placements(const KernelSpec &shape, const Choice &choice, const Target &target) {
    std::vector<KernelSpec> result = {with_layouts(shape, choice, target)};
    if (shape.op != Op::gemm) {
        result.push_back(with_planes(result[0]));
    }
    result.push_back(with_images(result[0], 3));
    return result;
}

/// What the fake driver's interpreter has found; empty on a GPU.
std::string interpreter_error() {
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    void *text = driver == nullptr ? nullptr : dlsym(driver, "fake_cuda_error_text");
    const std::string error = text == nullptr ? "" : reinterpret_cast<decltype(&fake_cuda_error_text)>(text)();
    if (driver != nullptr) {
        dlclose(driver);
    }
    return error;
}

TEST_P(CudaKernelOf, AgreesWithTheReference) {
    const Target &target = find_target("cuda-compute_86");
    std::vector<KernelRequest> batch;
    for (const char *text : kernel_cases(GetParam())) {
        const KernelSpec shape = parse_kernel_spec(text);
        for (const Choice &choice : supported_choices(shape, target, false)) {
            for (const KernelSpec &spec : placements(shape, choice, target)) {
                if (is_supported(choice, spec, target)) {
                    batch.push_back({spec, choice, &target, KernelForm::shipped});
                }
            }
        }
    }
    ASSERT_FALSE(batch.empty());
    const LoadedKernels kernels(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        for (Values values : {Values::integers, Values::reals}) {
            KernelProblem problem(batch[i].spec, values, 1);
            const std::vector<std::span<float>> operands = problem.operands();
            CudaKernel kernel(batch[i].spec, kernels.cuda_kernel(i), operands);
            std::optional<std::string> failure = kernel.open();
            if (!failure) {
                failure = kernel.run(operands.front().data(), operands.back().data(),
                                     static_cast<std::size_t>(batch[i].spec.n));
            }
            failure = failure ? failure : problem.check();
            EXPECT_FALSE(failure) << *failure << "\n  " << to_text(batch[i].spec) << "\n  "
                                  << to_text(batch[i].choice) << "\n  " << interpreter_error();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Op, CudaKernelOf,
                         testing::Values(Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm, Op::sequential),
                         [](const auto &op) { return std::string(to_text(op.param)); });

}  // namespace
}  // namespace ingot
