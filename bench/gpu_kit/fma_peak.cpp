// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/fma_peak.h"
#include <algorithm>
#include <sstream>

namespace ingot::gpu_kit {

namespace {

constexpr int sums = 16, unrolled = 32;
constexpr unsigned threads = 256;
constexpr int most_multiprocessors = 1024, most_blocks = 16;

/// One kernel. `operands` of an FMA behind its result and first factor: with two further registers, sum = sum * x +
/// y, or with one, sum = sum * x + sum, which asks the banks of the register file for less.
void append_kernel(std::ostringstream &ptx, const char *name, const char *factor, const char *addend) {
    const auto sum = [](int i) { return "%sum" + std::to_string(i); };
    ptx << ".visible .entry " << name << "(.param .u64 out, .param .u32 iterations, .param .f32 x, .param .f32 y)\n"
        << "{\n    .reg .pred %more;\n    .reg .f32 %x, %y, %sum<" << sums << ">;\n"
        << "    .reg .b32 %left, %thread, %block, %size;\n    .reg .b64 %out, %place;\n"
        << "    ld.param.u64 %out, [out];\n    ld.param.u32 %left, [iterations];\n"
        << "    ld.param.f32 %x, [x];\n    ld.param.f32 %y, [y];\n"
        << "    mov.u32 %thread, %tid.x;\n    mov.u32 %block, %ctaid.x;\n    mov.u32 %size, %ntid.x;\n"
        << "    mad.lo.u32 %thread, %block, %size, %thread;\n    cvt.rn.f32.u32 %sum0, %thread;\n";
    for (int i = 1; i < sums; ++i) {
        ptx << "    add.f32 " << sum(i) << ", " << sum(i - 1) << ", %y;\n";
    }
    ptx << "LOOP:\n";
    for (int k = 0; k < unrolled; ++k) {
        for (int i = 0; i < sums; ++i) {
            ptx << "    fma.rn.f32 " << sum(i) << ", " << sum(i) << ", " << factor << ", "
                << (addend == nullptr ? sum(i) : addend) << ";\n";
        }
    }
    ptx << "    sub.u32 %left, %left, 1;\n    setp.ne.u32 %more, %left, 0;\n    @%more bra LOOP;\n";
    for (int i = 1; i < sums; ++i) {
        ptx << "    add.f32 %sum0, %sum0, " << sum(i) << ";\n";
    }
    ptx << "    cvta.to.global.u64 %out, %out;\n    mul.wide.u32 %place, %thread, 4;\n"
        << "    add.u64 %place, %out, %place;\n    st.global.f32 [%place], %sum0;\n    ret;\n}\n";
}

}  // namespace

std::string FmaPeak::ptx() {
    std::ostringstream text;
    text << ".version 7.0\n.target sm_80\n.address_size 64\n";
    append_kernel(text, "two_operands", "%x", "%y");
    append_kernel(text, "one_operand", "%x", nullptr);
    return text.str();
}

FmaPeak::FmaPeak(const Device &device, bool quick)
    : device_(&device), out_(device, std::size_t{threads} * most_multiprocessors * most_blocks) {
    const DriverCalls &calls = device.calls();
    const std::string text = ptx();
    calls(calls.module_load, &module_, static_cast<const void *>(text.c_str()));
    calls(calls.module_get_function, &two_operands_, module_, "two_operands");
    calls(calls.module_get_function, &one_operand_, module_, "one_operand");
    function_ = two_operands_;
    if (!quick) {
        int resident = 0;
        calls(calls.active_blocks, &resident, function_, static_cast<int>(threads), size_t{0});
        blocks_ = static_cast<unsigned>(std::min(device.info().multiprocessors, most_multiprocessors) *
                                        std::clamp(resident, 1, most_blocks));
        calibrate();
    }
}

FmaPeak::~FmaPeak() {
    device_->calls().module_unload(module_);
}

double FmaPeak::flops() const {
    return 2.0 * sums * unrolled * threads * blocks_ * iterations_;
}

void FmaPeak::launch() {
    launch(function_, iterations_);
}

void FmaPeak::launch(CUfunction function, unsigned iterations) {
    float *out = out_.data();
    // A sum changes its sign: s -> 3/2 - s, or s -> s - 2 s. It becomes neither denormal nor infinite.
    float x = function == one_operand_ ? -2.0f : -1.0f, y = 1.5f;
    void *arguments[] = {&out, &iterations, &x, &y};
    const DriverCalls &calls = device_->calls();
    calls(calls.launch_kernel, function, blocks_, 1U, 1U, threads, 1U, 1U, 0U, CUstream{nullptr},
          static_cast<void **>(arguments), static_cast<void **>(nullptr));
}

double FmaPeak::time(CUfunction function, unsigned iterations) {
    const EventTimer timer(*device_);
    double least = 1e9;
    for (int i = 0; i < 5; ++i) {
        timer.start();
        launch(function, iterations);
        least = std::min(least, timer.stop());
    }
    return least;
}

/// So many iterations that a launch takes two milliseconds, beside which its start is nothing; of the two kernels
/// the one that takes less.
void FmaPeak::calibrate() {
    constexpr double wanted = 2e-3;
    constexpr unsigned most_iterations = 1U << 24U;
    double seconds = time(function_, iterations_);
    while (seconds < wanted && iterations_ < most_iterations) {
        iterations_ *= 2;
        seconds = time(function_, iterations_);
    }
    if (time(one_operand_, iterations_) < seconds) {
        function_ = one_operand_;
    }
}

}  // namespace ingot::gpu_kit
