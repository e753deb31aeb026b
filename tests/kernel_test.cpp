// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every schedule on every case of the shared table, at every level of this CPU, in the shipped and the checked
// form.
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"
#include "tests/kernel_cases.h"
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

namespace ingot {
namespace {

uint32_t seed() {
    const char *set = std::getenv("INGOT_TEST_SEED");
    return set == nullptr ? 1U : static_cast<uint32_t>(std::strtoul(set, nullptr, 10));
}

// Where in a network a kernel may stand: between two others; at the border, whose layout is the model's; and beside
// a reader that wants a larger halo, writing for one. A tensor op's text says where its tensors are.
std::vector<KernelSpec> placements(const KernelSpec &shape, const Choice &choice, const Target &target) {
    std::vector<KernelSpec> result = {with_layouts(shape, choice, target)};
    if (shape.op == Op::gemm || is_tensor_op(shape.op)) {
        return result;
    }
    Operand src = result[0].src, dst = result[0].dst;
    dst.halo = {1, 2, 3, 1};
    if (src.halo.any()) {
        src.halo = {src.halo.top + 1, src.halo.left, src.halo.bottom, src.halo.right + 2};
    }
    result.push_back(with_planes(with_operands(result[0], {}, {})));
    result.push_back(with_operands(result[0], src, dst));
    return result;
}

/// A supported combination of parameters other than the default, if there is one.
std::optional<Choice> other_params(const Choice &choice, const KernelSpec &spec, const Target &target) {
    const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
    const std::vector<ParamValues> all = supported_params(schedule, spec, target);
    if (all.size() < 2) {
        return std::nullopt;
    }
    std::mt19937 random(seed() + static_cast<uint32_t>(std::hash<std::string>{}(to_text(choice) + to_text(spec))));
    const auto index = std::uniform_int_distribution<std::size_t>(1, all.size() - 1)(random);
    return Choice{choice.algorithm, choice.schedule, all[index]};
}

/// Every schedule with its default parameters in every placement, and with others drawn at random. The checked
/// form, which compiles twice as long, in every placement at the highest level and in the first one below.
std::vector<KernelRequest> requests(const KernelSpec &shape) {
    std::vector<KernelRequest> result;
    const std::vector<const Target *> targets = host_targets();
    for (const Target *target : targets) {
        for (const Choice &choice : supported_choices(shape, *target, false)) {
            const ScheduleInfo &schedule = find_schedule(find_algorithm(choice.algorithm), choice.schedule);
            bool is_first = true;
            for (const KernelSpec &spec : placements(shape, choice, *target)) {
                // A placement may rule out a schedule that the bare shape has.
                if (schedule.supports(spec, *target, choice.params)) {
                    result.push_back({spec, choice, target, KernelForm::shipped});
                    if (is_first || target == targets.back()) {
                        result.push_back({spec, choice, target, KernelForm::checked});
                    }
                }
                is_first = false;
            }
            if (const std::optional<Choice> other = other_params(choice, shape, *target)) {
                result.push_back({with_layouts(shape, *other, *target), *other, target, KernelForm::checked});
            }
        }
    }
    return result;
}

class Kernel : public testing::TestWithParam<const char *> {};

TEST_P(Kernel, AgreesWithTheReference) {
    const std::vector<KernelRequest> batch = requests(parse_kernel_spec(GetParam()));
    ASSERT_FALSE(batch.empty());
    const LoadedKernels kernels(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        for (Values values : {Values::integers, Values::reals}) {
            KernelProblem problem(batch[i].spec, values, seed());
            problem.set_scratch(kernels.info(i).scratch_bytes);
            std::optional<std::string> failure = problem.run(kernels.function(i));
            if (failure && batch[i].form == KernelForm::checked) {
                *failure += ": " + kernels.last_error();
            }
            failure = failure ? failure : problem.check();
            const testing::TestInfo &test = *testing::UnitTest::GetInstance()->current_test_info();
            EXPECT_FALSE(failure) << *failure << "\n  " << to_text(batch[i].spec) << "\n  "
                                  << to_text(batch[i].choice) << " " << batch[i].target->name
                                  << (batch[i].form == KernelForm::checked ? " checked" : " shipped")
                                  << "\nrepeat: INGOT_TEST_SEED=" << seed()
                                  << " kernel_test --gtest_filter=" << test.test_suite_name() << "." << test.name();
        }
    }
}

std::string case_name(const testing::TestParamInfo<const char *> &info) {
    std::string name;
    for (const char *c = info.param; *c != '\0'; ++c) {
        name += std::isalnum(static_cast<unsigned char>(*c)) != 0 ? std::string(1, *c) : *c == ' ' ? "_" : "";
    }
    return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(conv2d, Kernel, testing::ValuesIn(kernel_cases(Op::conv2d)), case_name);
INSTANTIATE_TEST_SUITE_P(conv2d_pool2d, Kernel, testing::ValuesIn(kernel_cases(Op::conv2d_pool2d)), case_name);
INSTANTIATE_TEST_SUITE_P(pool2d, Kernel, testing::ValuesIn(kernel_cases(Op::pool2d)), case_name);
INSTANTIATE_TEST_SUITE_P(gemm, Kernel, testing::ValuesIn(kernel_cases(Op::gemm)), case_name);
INSTANTIATE_TEST_SUITE_P(sequential, Kernel, testing::ValuesIn(cpu_sequential_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(narrow_weights, Kernel, testing::ValuesIn(narrow_weights_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(map, Kernel, testing::ValuesIn(kernel_cases(Op::map)), case_name);
INSTANTIATE_TEST_SUITE_P(reduce, Kernel, testing::ValuesIn(kernel_cases(Op::reduce)), case_name);
INSTANTIATE_TEST_SUITE_P(resample, Kernel, testing::ValuesIn(kernel_cases(Op::resample)), case_name);
INSTANTIATE_TEST_SUITE_P(pad, Kernel, testing::ValuesIn(kernel_cases(Op::pad)), case_name);
INSTANTIATE_TEST_SUITE_P(matmul, Kernel, testing::ValuesIn(kernel_cases(Op::matmul)), case_name);

}  // namespace
}  // namespace ingot
