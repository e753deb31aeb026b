// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models made by hand that hold CUDA kernels: what `ingot compile` writes as tables, with PTX written here.
#pragma once
#include "tests/runtime_model.h"
#include <cstddef>
#include <cstdint>
#include <ingot/plan.h>
#include <string>
#include <vector>

namespace ingot {

/// PTX of a kernel whose parameters are three addresses, a, b and c, and a number, n. Each thread runs `body` with
/// its index among all threads in %r4, 4 times that in %rd4, the addresses in %rd1 to %rd3, and the thread is one
/// of the first n * `threads_per_n`; a block has `block` threads.
inline std::string make_ptx(const std::string &entry, int block, int threads_per_n, const std::string &body) {
    std::string text = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry @(
	.param .u64 @_param_0,
	.param .u64 @_param_1,
	.param .u64 @_param_2,
	.param .u32 @_param_3
)
{
	.reg .pred %p<2>;
	.reg .b32 %r<8>;
	.reg .f32 %f<8>;
	.reg .b64 %rd<16>;
	ld.param.b64 %rd11, [@_param_0];
	ld.param.b64 %rd12, [@_param_1];
	ld.param.b64 %rd13, [@_param_2];
	ld.param.b32 %r1, [@_param_3];
	cvta.to.global.u64 %rd1, %rd11;
	cvta.to.global.u64 %rd2, %rd12;
	cvta.to.global.u64 %rd3, %rd13;
	mov.u32 %r2, %ctaid.x;
	mov.u32 %r3, %tid.x;
	mad.lo.s32 %r4, %r2, BLOCK, %r3;
	mul.lo.s32 %r5, %r1, THREADS;
	setp.ge.s32 %p1, %r4, %r5;
	@%p1 bra $L_end;
	mul.wide.s32 %rd4, %r4, 4;
BODY
$L_end:
	ret;
}
)";
    const auto replace = [&text](const std::string &what, const std::string &by) {
        for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
            text.replace(at, what.size(), by);
        }
    };
    replace("@_param", entry + "_param");
    replace(".entry @", ".entry " + entry);
    replace("BLOCK", std::to_string(block));
    replace("THREADS", std::to_string(threads_per_n));
    replace("BODY", body);
    return text;
}

/// image [3, 4] -> scores [3, 4] = factor * image + bias, on a CPU, and on CUDA devices in two classes of batches:
/// for one image on in two kernels with an activation between them, for eight on in one.
class ScaleModel {
public:
    static constexpr int rows = 3;
    static constexpr int columns = 4;
    static constexpr int size = rows * columns;
    static constexpr uint64_t max_images = 16;

    /// The oldest target first, each of the classes of batches.
    struct Architecture {
        const char *target;
        uint32_t sm, compute;
    };

    explicit ScaleModel(float factor = 3,
                        const std::vector<Architecture> &architectures = {{"cuda-compute_80", 0, 80}})
        : weights_{factor, {}} {
        for (int i = 0; i < size; ++i) {
            weights_.bias[i] = static_cast<float>(100 + i);
        }
        cuda_plans_.reserve(2 * architectures.size());
        for (const Architecture &architecture : architectures) {
            add_plans(architecture);
        }
        model_.cuda_plans = cuda_plans_.data();
        model_.cuda_plan_count = static_cast<uint32_t>(cuda_plans_.size());
    }
    ScaleModel(const ScaleModel &) = delete;
    ScaleModel &operator=(const ScaleModel &) = delete;

    [[nodiscard]] const ingot_model &model() const { return model_; }
    ingot_model &model() { return model_; }
    /// The class for one image on, or that for eight on, of the first target.
    ingot_cuda_plan &plan(int index) { return cuda_plans_[static_cast<size_t>(index)]; }
    /// The only step of the class for eight images.
    ingot_cuda_step &whole_step() { return whole_steps_[0]; }
    ingot_plan &cpu_plan() { return cpu_plan_; }
    /// One module that has all three kernels.
    [[nodiscard]] std::string all_ptx() const {
        const auto kernel_of = [](const std::string &ptx) { return ptx.substr(ptx.find(".visible")); };
        return scale_ptx_ + kernel_of(shift_ptx_) + kernel_of(whole_ptx_);
    }
    /// 0: the scaling, 1: the shift, 2: both in one.
    ingot_cuda_kernel &kernel(int index) { return kernels_[index]; }
    /// Has the class for eight images take the kernels and the activations of the other one.
    void split_both_classes() {
        for (ingot_cuda_plan &plan : cuda_plans_) {
            plan.steps = split_steps_;
            plan.step_count = 2;
            plan.argument_count = 8;
            plan.arena_bytes = arena_bytes;
        }
    }
    void set_input_alignment(uint32_t bytes) { scale_operands_[0].alignment = bytes; }

    /// The right scores of n images.
    [[nodiscard]] std::vector<float> expected(const std::vector<float> &images) const {
        std::vector<float> result(images.size());
        for (size_t i = 0; i < images.size(); ++i) {
            result[i] = weights_.factor * images[i] + weights_.bias[i % size];
        }
        return result;
    }

    static constexpr uint64_t arena_bytes = INGOT_ROUND_UP_256(max_images * size * sizeof(float));

private:
    struct alignas(64) Weights {
        float factor;
        float bias[size];
    };

    static int cpu_kernel(void **argv) {
        const halide_buffer_t &weights = buffer_argument(argv, 2);
        for (int i = 0; i < size; ++i) {
            at(buffer_argument(argv, 3), i) = at(weights, 0) * at(buffer_argument(argv, 1), i) + at(weights, 1 + i);
        }
        return 0;
    }

    void add_plans(const Architecture &of) {
        for (ingot_cuda_kernel &kernel : kernels_) {
            kernel.sm = of.sm;
            kernel.compute = of.compute;
        }
        cuda_plans_.push_back({of.target, of.sm, of.compute, 1, split_steps_, 2, 8, arena_bytes, max_images});
        cuda_plans_.push_back({of.target, of.sm, of.compute, 8, whole_steps_, 1, 4, 0, max_images});
    }

    // Four images a block; n counts images.
    const std::string scale_ptx_ = make_ptx("scale", 4 * size, size, R"(
	add.s64 %rd5, %rd1, %rd4;
	add.s64 %rd6, %rd3, %rd4;
	ld.global.f32 %f1, [%rd5];
	ld.global.f32 %f2, [%rd2];
	mul.f32 %f3, %f1, %f2;
	st.global.f32 [%rd6], %f3;)");
    const std::string shift_ptx_ = make_ptx("shift", 4 * size, size, R"(
	rem.s32 %r6, %r4, 12;
	mul.wide.s32 %rd7, %r6, 4;
	add.s64 %rd8, %rd2, %rd7;
	add.s64 %rd5, %rd1, %rd4;
	add.s64 %rd6, %rd3, %rd4;
	ld.global.f32 %f1, [%rd5];
	ld.global.f32 %f2, [%rd8];
	add.f32 %f3, %f1, %f2;
	st.global.f32 [%rd6], %f3;)");
    // Two rows a block; n counts rows.
    const std::string whole_ptx_ = make_ptx("whole", 2 * columns, columns, R"(
	rem.s32 %r6, %r4, 12;
	mul.wide.s32 %rd7, %r6, 4;
	add.s64 %rd8, %rd2, %rd7;
	add.s64 %rd5, %rd1, %rd4;
	add.s64 %rd6, %rd3, %rd4;
	ld.global.f32 %f1, [%rd5];
	ld.global.f32 %f2, [%rd2];
	mul.f32 %f3, %f1, %f2;
	ld.global.f32 %f4, [%rd8+4];
	add.f32 %f5, %f3, %f4;
	st.global.f32 [%rd6], %f5;)");

    Weights weights_;
    static constexpr ingot_cuda_argument arguments_[4] = {{0, {0, 1}}, {1, {0, 1}}, {2, {0, 1}}, {-1, {0, 1}}};
    ingot_cuda_kernel kernels_[3] = {
        {"scale", scale_ptx_.c_str(), nullptr, 0, arguments_, 4, {3, 4}, 1, 1, 4 * size, 1, 1, 0, 0, 80},
        {"shift", shift_ptx_.c_str(), nullptr, 0, arguments_, 4, {3, 4}, 1, 1, 4 * size, 1, 1, 0, 0, 80},
        {"whole", whole_ptx_.c_str(), nullptr, 0, arguments_, 4, {1, 2}, 1, 1, 2 * columns, 1, 1, 0, 0, 80}};
    ingot_cuda_operand scale_operands_[3] = {
        {INGOT_IN_INPUT, 0, 0, 4}, {INGOT_IN_WEIGHTS, 0, 0, 4}, {INGOT_IN_ARENA, 0, 0, 4}};
    ingot_cuda_operand shift_operands_[3] = {
        {INGOT_IN_ARENA, 0, 0, 4}, {INGOT_IN_WEIGHTS, 0, offsetof(Weights, bias), 4}, {INGOT_IN_OUTPUT, 0, 0, 4}};
    ingot_cuda_operand whole_operands_[3] = {
        {INGOT_IN_INPUT, 0, 0, 4}, {INGOT_IN_WEIGHTS, 0, 0, 4}, {INGOT_IN_OUTPUT, 0, 0, 4}};
    ingot_cuda_step split_steps_[2] = {{&kernels_[0], "scale", scale_operands_, 3, 1},
                                       {&kernels_[1], "shift", shift_operands_, 3, 1}};
    ingot_cuda_step whole_steps_[1] = {{&kernels_[2], "whole", whole_operands_, 3, rows}};
    std::vector<ingot_cuda_plan> cuda_plans_;

    std::vector<ingot_dim> image_dims_ = {{0, size, 1}};
    std::vector<ingot_dim> weights_dims_ = {{0, 1 + size, 1}};
    ingot_operand cpu_operands_[3] = {float_operand(INGOT_IN_INPUT, 0, 0, image_dims_),
                                      float_operand(INGOT_IN_WEIGHTS, 0, 0, weights_dims_),
                                      float_operand(INGOT_IN_OUTPUT, 0, 0, image_dims_)};
    ingot_step cpu_step_ = {cpu_kernel, "scale", cpu_operands_, 3, 0, nullptr};
    ingot_plan cpu_plan_ = {"any", 0, &cpu_step_, 1, 0, nullptr, 0, 0, 3, 3, 0, 0};
    ingot_port input_ = {"image", size * sizeof(float), alignof(float)};
    ingot_port output_ = {"scores", size * sizeof(float), alignof(float)};
    ingot_model model_ = {INGOT_ABI_VERSION,
                          sizeof(ingot_model),
                          "scale",
                          "0",
                          &input_,
                          &output_,
                          1,
                          1,
                          &cpu_plan_,
                          1,
                          reinterpret_cast<const unsigned char *>(&weights_),
                          sizeof(Weights),
                          0,
                          0,
                          nullptr,
                          0,
                          &ingot_cuda};
};

/// Inputs a and b and outputs sum and difference, of five floats each; one kernel for any n.
class PairModel {
public:
    static constexpr int size = 5;

    PairModel() = default;
    PairModel(const PairModel &) = delete;
    PairModel &operator=(const PairModel &) = delete;
    [[nodiscard]] const ingot_model &model() const { return model_; }

private:
    static std::string make_pair_ptx(const std::string &entry, const std::string &operation) {
        return make_ptx(entry, size, size, R"(
	add.s64 %rd5, %rd1, %rd4;
	add.s64 %rd6, %rd2, %rd4;
	add.s64 %rd7, %rd3, %rd4;
	ld.global.f32 %f1, [%rd5];
	ld.global.f32 %f2, [%rd6];
	)" + operation + R"(.f32 %f3, %f1, %f2;
	st.global.f32 [%rd7], %f3;)");
    }

    const std::string sum_ptx_ = make_pair_ptx("sum", "add");
    const std::string difference_ptx_ = make_pair_ptx("difference", "sub");
    static constexpr ingot_cuda_argument arguments_[4] = {{0, {0, 1}}, {1, {0, 1}}, {2, {0, 1}}, {-1, {0, 1}}};
    ingot_cuda_kernel kernels_[2] = {
        {"sum", sum_ptx_.c_str(), nullptr, 0, arguments_, 4, {0, 1}, 1, 1, size, 1, 1, 0, 0, 80},
        {"difference", difference_ptx_.c_str(), nullptr, 0, arguments_, 4, {0, 1}, 1, 1, size, 1, 1, 0, 0, 80}};
    ingot_cuda_operand operands_[4] = {{INGOT_IN_INPUT, 0, 0, 4},
                                       {INGOT_IN_INPUT, 1, 0, 4},
                                       {INGOT_IN_OUTPUT, 0, 0, 4},
                                       {INGOT_IN_OUTPUT, 1, 0, 4}};
    ingot_cuda_operand difference_operands_[3] = {operands_[0], operands_[1], operands_[3]};
    ingot_cuda_step steps_[2] = {{&kernels_[0], "sum", operands_, 3, 1},
                                 {&kernels_[1], "difference", difference_operands_, 3, 1}};
    ingot_cuda_plan plan_ = {"cuda-compute_80", 0, 80, 1, steps_, 2, 8, 0, 4};
    ingot_port inputs_[2] = {{"a", size * sizeof(float), alignof(float)},
                             {"b", size * sizeof(float), alignof(float)}};
    ingot_port outputs_[2] = {{"sum", size * sizeof(float), alignof(float)},
                              {"difference", size * sizeof(float), alignof(float)}};
    ingot_model model_ = {INGOT_ABI_VERSION,
                          sizeof(ingot_model),
                          "pair",
                          "0",
                          inputs_,
                          outputs_,
                          2,
                          2,
                          nullptr,
                          0,
                          nullptr,
                          0,
                          0,
                          0,
                          &plan_,
                          1,
                          &ingot_cuda};
};

}  // namespace ingot
