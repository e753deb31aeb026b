// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels under AddressSanitizer: one that reaches past its buffers ends the process. Built with the sanitizer
// only.
#include "harness/kernel_problem.h"
#include "schedules/choose.h"
#include <digits_net.h>
#include <gtest/gtest.h>
#include <vector>

namespace ingot {
namespace {

std::vector<KernelRequest> every_schedule(const KernelSpec &shape) {
    std::vector<KernelRequest> requests;
    for (const Target *target : host_targets()) {
        for (const Choice &choice : supported_choices(shape, *target, false)) {
            requests.push_back({with_layouts(shape, choice, *target), choice, target, KernelForm::shipped});
        }
    }
    return requests;
}

/// Runs a kernel whose operand `index` lies on the heap and lacks its last `missing` elements.
void run_short(const KernelRequest &request, const LoadedKernels &kernels, std::size_t i, std::size_t index,
               std::size_t missing) {
    KernelProblem problem(request.spec, Values::integers, 1);
    problem.set_scratch(kernels.info(i).scratch_bytes);
    const KernelBuffer buffer = kernel_buffers(request.spec).at(index);
    std::vector<float> elements(static_cast<std::size_t>(buffer.elements) - missing);
    elements.shrink_to_fit();
    auto *operand = static_cast<halide_buffer_t *>(problem.argv()[1 + index]);
    operand->host = reinterpret_cast<uint8_t *>(elements.data() + buffer.origin);
    EXPECT_FALSE(problem.run(kernels.function(i)));
}

class ShortBuffer : public testing::TestWithParam<const char *> {};

}  // namespace

TEST_P(ShortBuffer, IsReportedForEveryOperandOfEverySchedule) {
    const KernelSpec shape = parse_kernel_spec(GetParam());
    const std::vector<KernelRequest> requests = every_schedule(shape);
    ASSERT_FALSE(requests.empty());
    const LoadedKernels kernels(requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const std::vector<KernelBuffer> buffers = kernel_buffers(requests[i].spec);
        for (std::size_t index = 0; index < buffers.size(); ++index) {
            const std::string what(buffers[index].name);
            SCOPED_TRACE(what + " of " + to_text(requests[i]));
            run_short(requests[i], kernels, i, index, 0);
            EXPECT_DEATH(run_short(requests[i], kernels, i, index, 1),
                         what == "dst" ? "WRITE of size" : "READ of size");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Ops, ShortBuffer,
                         testing::Values("conv2d n=1 h=6 w=8 ci=16 co=32 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu",
                                         "pool2d n=1 h=6 w=8 c=32 k=2x2 s=2x2 p=0,0,0,0",
                                         "gemm n=1 ci=64 co=16 epilogue=bias"),
                         [](const auto &test) {
                             const std::string text = test.param;
                             return text.substr(0, text.find(' '));
                         });

TEST(ShortImage, IsReportedByACompiledModel) {
    digits_net::Session session;
    std::vector<float> image(DIGITS_NET_IMAGE_SIZE - 1), logits(DIGITS_NET_LOGITS_SIZE);
    image.shrink_to_fit();
    EXPECT_DEATH(static_cast<void>(session.run(image.data(), logits.data())), "heap-buffer-overflow");
    image.resize(DIGITS_NET_IMAGE_SIZE);
    EXPECT_TRUE(session.run(image.data(), logits.data()));
}

}  // namespace ingot
