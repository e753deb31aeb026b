// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models made by hand: what `ingot compile` writes as tables, with kernels in plain C++.
#pragma once
#include <HalideRuntime.h>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ingot/plan.h>
#include <vector>

namespace ingot {

inline halide_buffer_t &buffer_argument(void **argv, int index) {
    return *static_cast<halide_buffer_t *>(argv[index]);
}

inline ingot_kernel_context *context_argument(void **argv) {
    return *static_cast<ingot_kernel_context **>(argv[0]);
}

/// Element (x, y) of a buffer [y, x] of floats.
inline float &at(const halide_buffer_t &buffer, int x, int y) {
    const int64_t index = int64_t{x - buffer.dim[0].min} * buffer.dim[0].stride +
                          int64_t{y - buffer.dim[1].min} * buffer.dim[1].stride;
    return reinterpret_cast<float *>(buffer.host)[index];
}

inline float &at(const halide_buffer_t &buffer, int x) {
    return reinterpret_cast<float *>(buffer.host)[int64_t{x} * buffer.dim[0].stride];
}

/// dst[y, x] = factor[0] * src[y, x].
inline int scale_kernel(void **argv) {
    const halide_buffer_t &src = buffer_argument(argv, 1);
    const halide_buffer_t &factor = buffer_argument(argv, 2);
    const halide_buffer_t &dst = buffer_argument(argv, 3);
    for (int y = 0; y < dst.dim[1].extent; ++y) {
        for (int x = 0; x < dst.dim[0].extent; ++x) {
            at(dst, x, y) = at(factor, 0) * at(src, x, y);
        }
    }
    return 0;
}

/// dst[y, x] = sum over 3x3 neighbours of src, whose halo is one element wide.
inline int box_kernel(void **argv) {
    const halide_buffer_t &src = buffer_argument(argv, 1);
    const halide_buffer_t &dst = buffer_argument(argv, 2);
    for (int y = 0; y < dst.dim[1].extent; ++y) {
        for (int x = 0; x < dst.dim[0].extent; ++x) {
            float sum = 0;
            for (int dy = -1; dy <= 1; ++dy) {
                for (int dx = -1; dx <= 1; ++dx) {
                    sum += at(src, x + dx, y + dy);
                }
            }
            at(dst, x, y) = sum;
        }
    }
    return 0;
}

/// Fills all of its operand's memory, a buffer of rank 1, with NaN.
inline int poison_kernel(void **argv) {
    const halide_buffer_t &dst = buffer_argument(argv, 1);
    std::memset(dst.host, 0xff, static_cast<size_t>(dst.dim[0].extent) * sizeof(float));
    return 0;
}

inline ingot_operand float_operand(ingot_region region, uint32_t index, uint64_t offset,
                                   const std::vector<ingot_dim> &dims) {
    return {region, index, offset, halide_type_float, 32, static_cast<uint16_t>(dims.size()), dims.data()};
}

/// image [rows, columns] -> scaled by a weight into the interior of a halo -> box sums [rows, columns].
class BoxModel {
public:
    static constexpr int rows = 3;
    static constexpr int columns = 4;
    static constexpr int size = rows * columns;
    static constexpr int arena_floats = (rows + 2) * (columns + 2);

    /// When the halo is zeroed. In every run: another step then fills the arena with NaN after its use.
    enum class Halo { once, every_run };

    explicit BoxModel(Halo halo = Halo::once) {
        add_step(scale_kernel, "scale", scale_operands_);
        add_step(box_kernel, "box", box_operands_);
        if (halo == Halo::every_run) {
            steps_[0].zeros = zeros_;
            steps_[0].zero_count = 3;
            add_step(poison_kernel, "poison", poison_operands_);
        }
        for (ingot_plan &plan : plans_) {
            plan.steps = steps_.data();
            plan.step_count = static_cast<uint32_t>(steps_.size());
            plan.zeros = zeros_;
            plan.zero_count = halo == Halo::once ? 3 : 0;
            plan.operand_count = operand_count_;
            plan.dim_count = dim_count_;
        }
    }
    BoxModel(const BoxModel &) = delete;
    BoxModel &operator=(const BoxModel &) = delete;

    [[nodiscard]] const ingot_model &model() const { return model_; }
    ingot_model &model() { return model_; }
    /// Two levels, "low" and "high", both without needs of the CPU.
    ingot_plan &plan(int index) { return plans_[index]; }
    /// Replaces the kernel of the first step or the second.
    void set_kernel(int step, ingot_kernel kernel) { steps_[static_cast<size_t>(step)].kernel = kernel; }
    /// Has each plan offer `bytes` of scratch.
    void set_scratch(uint64_t bytes) {
        for (ingot_plan &plan : plans_) {
            plan.scratch_bytes = bytes;
        }
    }

    /// The right outputs of n images.
    [[nodiscard]] std::vector<float> expected(const std::vector<float> &images) const {
        std::vector<float> result(images.size());
        for (size_t i = 0; i < images.size(); ++i) {
            const int y = static_cast<int>(i) % size / columns;
            const int x = static_cast<int>(i) % columns;
            const float *image = images.data() + i / size * size;
            for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < rows; ++v) {
                for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < columns; ++u) {
                    result[i] += weights_.factor * image[v * columns + u];
                }
            }
        }
        return result;
    }

private:
    void add_step(ingot_kernel kernel, const char *name, const std::vector<ingot_operand> &operands) {
        steps_.push_back({kernel, name, operands.data(), static_cast<uint32_t>(operands.size()), 0, nullptr});
        operand_count_ += static_cast<uint32_t>(operands.size());
        for (const ingot_operand &operand : operands) {
            dim_count_ += operand.dimensions;
        }
    }

    static constexpr int pitch = columns + 2;
    static constexpr uint64_t arena_bytes = INGOT_ROUND_UP_64(arena_floats * sizeof(float));

    struct alignas(64) Weights {
        float unused[3] = {};
        float factor = 3;
    };
    Weights weights_;
    std::vector<ingot_dim> dense_ = {{0, columns, 1}, {0, rows, columns}};
    std::vector<ingot_dim> interior_ = {{0, columns, 1}, {0, rows, pitch}};
    std::vector<ingot_dim> whole_ = {{-1, pitch, 1}, {-1, rows + 2, pitch}};
    std::vector<ingot_dim> scalar_ = {{0, 1, 1}};
    std::vector<ingot_dim> flat_ = {{0, arena_floats, 1}};
    std::vector<ingot_operand> scale_operands_ = {
        float_operand(INGOT_IN_INPUT, 0, 0, dense_),
        float_operand(INGOT_IN_WEIGHTS, 0, offsetof(Weights, factor), scalar_),
        float_operand(INGOT_IN_ARENA, 0, (pitch + 1) * sizeof(float), interior_)};
    std::vector<ingot_operand> box_operands_ = {float_operand(INGOT_IN_ARENA, 0, 0, whole_),
                                                float_operand(INGOT_IN_OUTPUT, 0, 0, dense_)};
    std::vector<ingot_operand> poison_operands_ = {float_operand(INGOT_IN_ARENA, 0, 0, flat_)};
    // The rows above and below, the columns left and right.
    ingot_zero zeros_[3] = {{0, pitch * sizeof(float), (rows + 1) * pitch * sizeof(float), 2},
                            {pitch * sizeof(float), sizeof(float), pitch * sizeof(float), rows},
                            {(2 * pitch - 1) * sizeof(float), sizeof(float), pitch * sizeof(float), rows}};
    uint32_t operand_count_ = 0;
    uint32_t dim_count_ = 0;
    std::vector<ingot_step> steps_;
    ingot_plan plans_[2] = {{"low", 0, nullptr, 0, 0, nullptr, arena_bytes, 0, 0, 0, 0, 0},
                            {"high", 0, nullptr, 0, 0, nullptr, arena_bytes, 0, 0, 0, 0, 0}};
    ingot_port input_ = {"image", size * sizeof(float), alignof(float)};
    ingot_port output_ = {"sums", size * sizeof(float), alignof(float)};
    ingot_model model_ = {INGOT_ABI_VERSION,
                          sizeof(ingot_model),
                          "box",
                          "0",
                          &input_,
                          &output_,
                          1,
                          1,
                          plans_,
                          2,
                          reinterpret_cast<const unsigned char *>(&weights_),
                          sizeof(Weights),
                          0,
                          0,
                          nullptr,
                          0,
                          nullptr};
};

/// sums[x] = a[x] + b[x], odd[x] = b[x] modulo 2, for floats a and sums [5], bytes b and odd [5].
inline int mix_kernel(void **argv) {
    const uint8_t *b = buffer_argument(argv, 2).host;
    uint8_t *odd = buffer_argument(argv, 4).host;
    for (int x = 0; x < 5; ++x) {
        at(buffer_argument(argv, 3), x) = at(buffer_argument(argv, 1), x) + static_cast<float>(b[x]);
        odd[x] = b[x] % 2;
    }
    return 0;
}

/// Two inputs, a and b, and two outputs, sums and odd, of mix_kernel.
class MixModel {
public:
    static constexpr int size = 5;

    MixModel() = default;
    MixModel(const MixModel &) = delete;
    MixModel &operator=(const MixModel &) = delete;
    [[nodiscard]] const ingot_model &model() const { return model_; }

private:
    static ingot_operand byte_operand(ingot_region region, const std::vector<ingot_dim> &dims) {
        return {region, 1, 0, halide_type_uint, 8, 1, dims.data()};
    }

    std::vector<ingot_dim> dims_ = {{0, size, 1}};
    ingot_operand operands_[4] = {float_operand(INGOT_IN_INPUT, 0, 0, dims_), byte_operand(INGOT_IN_INPUT, dims_),
                                  float_operand(INGOT_IN_OUTPUT, 0, 0, dims_),
                                  byte_operand(INGOT_IN_OUTPUT, dims_)};
    ingot_step step_ = {mix_kernel, "mix", operands_, 4, 0, nullptr};
    ingot_plan plan_ = {"only", 0, &step_, 1, 0, nullptr, 0, 0, 4, 4, 0, 0};
    ingot_port inputs_[2] = {{"a", size * sizeof(float), alignof(float)}, {"b", size, 1}};
    ingot_port outputs_[2] = {{"sums", size * sizeof(float), alignof(float)}, {"odd", size, 1}};
    ingot_model model_ = {INGOT_ABI_VERSION,
                          sizeof(ingot_model),
                          "mix",
                          "0",
                          inputs_,
                          outputs_,
                          2,
                          2,
                          &plan_,
                          1,
                          nullptr,
                          0,
                          0,
                          0,
                          nullptr,
                          0,
                          nullptr};
};

}  // namespace ingot
