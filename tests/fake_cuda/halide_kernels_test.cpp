// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PTX as Halide 21 emits it, on data of small integers, whose sums are exact.
#include <algorithm>

#include "tests/fake_cuda/device.h"

namespace ingot::fake_cuda {
namespace {

std::vector<float> integers(size_t count, int seed) {
    std::vector<float> values(count);
    for (size_t k = 0; k < count; ++k)
        values[k] = static_cast<float>((static_cast<int>(k) * 37 + seed) % 11 - 5);
    return values;
}

TEST(HalideKernel, GemmStagedInSharedMemory) {
    // relu(A [32,64] * B [64,64]), blocks of 16x32, 12288 bytes of shared memory.
    constexpr size_t rows = 32, depth = 64, columns = 64;
    Device device;
    CUfunction kernel = device.load(file_text("gemm.ptx"), "_kernel_o_s0_y_yo_block_id_y");
    const auto a = integers(rows * depth, 3), b = integers(depth * columns, 5);
    CUdeviceptr at = device.upload(a), bt = device.upload(b), out = device.allocate(rows * columns * 4);
    ASSERT_EQ(device.launch(kernel, {2, 2}, {16, 64}, 12288, at, bt, out), CUDA_SUCCESS) << fake_cuda_error_text();
    const auto result = device.download<float>(out, rows * columns);
    for (size_t y = 0; y < rows; ++y)
        for (size_t x = 0; x < columns; ++x) {
            float sum = 0;
            for (size_t k = 0; k < depth; ++k)
                sum += a[y * depth + k] * b[k * columns + x];
            ASSERT_EQ(result[y * columns + x], std::max(sum, 0.0F)) << y << " " << x;
        }
}

/// Filters are [in channel, row, column, out channel], images [channel, row, column], results [row, column,
/// channel].
class ConvPool : public testing::Test {
protected:
    static constexpr size_t size = 14, pooled = 7, inputs = 16, outputs = 32;

    float conv(size_t image, size_t c, size_t x, size_t y) const {
        float sum = bias[c];
        for (size_t i = 0; i < inputs; ++i)
            for (size_t ky = 0; ky < 3; ++ky)
                for (size_t kx = 0; kx < 3; ++kx) {
                    const size_t row = y + ky - 1, column = x + kx - 1;
                    if (row < size && column < size)
                        sum += weights[((i * 3 + ky) * 3 + kx) * outputs + c] *
                               images[((image * inputs + i) * size + row) * size + column];
                }
        return std::max(sum, 0.0F);
    }

    CUresult run(Device &device, unsigned count, std::vector<float> &result) {
        images = integers(count * inputs * size * size, 4);
        CUfunction kernel = device.load(file_text("conv_pool.ptx"), "_kernel_o_s0_n_block_id_x");
        const size_t floats = count * pooled * pooled * outputs;
        CUdeviceptr b = device.upload(bias), i = device.upload(images), w = device.upload(weights),
                    out = device.allocate(floats * 4);
        const CUresult status = device.launch(kernel, {count}, {256, 4}, 34816, b, i, w, out);
        if (status == CUDA_SUCCESS)
            result = device.download<float>(out, floats);
        return status;
    }

    std::vector<float> bias = integers(outputs, 1), weights = integers(inputs * 9 * outputs, 2), images;
};

TEST_F(ConvPool, GivesTheExactResult) {
    Device device;
    std::vector<float> result;
    ASSERT_EQ(run(device, 2, result), CUDA_SUCCESS) << fake_cuda_error_text();
    for (size_t k = 0; k < result.size(); ++k) {
        const size_t c = k % outputs, x = k / outputs % pooled, y = k / outputs / pooled % pooled;
        const size_t image = k / outputs / pooled / pooled;
        const float expected =
            std::max(std::max(conv(image, c, 2 * x, 2 * y), conv(image, c, 2 * x + 1, 2 * y)),
                     std::max(conv(image, c, 2 * x, 2 * y + 1), conv(image, c, 2 * x + 1, 2 * y + 1)));
        ASSERT_EQ(result[k], expected) << image << " " << y << " " << x << " " << c;
    }
}

TEST_F(ConvPool, ExecutesWhatItsLoopsSay) {
    // An fma for each product of the convolution, and not as much again for all else.
    Device device;
    std::vector<float> result;
    fake_cuda_mark();
    ASSERT_EQ(run(device, 8, result), CUDA_SUCCESS) << fake_cuda_error_text();
    fake_cuda_counters counters;
    fake_cuda_count(&counters);
    EXPECT_GE(counters.instructions, 8 * size * size * outputs * inputs * 9);
    EXPECT_LE(counters.instructions, 2 * 8 * size * size * outputs * inputs * 9);
}

TEST_F(ConvPool, ReadsNothingBeyondItsOperands) {
    Device device;
    std::vector<float> result;
    weights.pop_back();
    EXPECT_EQ(run(device, 1, result), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_NE(std::string(fake_cuda_error_text()).find("after the end of the allocation"), std::string::npos)
        << fake_cuda_error_text();
}

TEST(HalideKernel, ShufflesBetweenLanes) {
    // Two blocks of 28 along x; of the 32 lanes, one leaves before the shuffles that name all of them.
    constexpr size_t width = 59, columns = 56, rows = 3;
    Device device;
    CUfunction kernel = device.load(file_text("shuffle.ptx"), "_kernel_s_s0_y_block_id_y");
    const auto in = integers(rows * width, 7);
    CUdeviceptr it = device.upload(in), out = device.allocate(rows * columns * 4);
    ASSERT_EQ(device.launch(kernel, {2, rows}, {32}, 0, it, out), CUDA_SUCCESS) << fake_cuda_error_text();
    const auto result = device.download<float>(out, rows * columns);
    for (size_t y = 0; y < rows; ++y)
        for (size_t x = 0; x < columns; ++x) {
            const float *at = in.data() + y * width + x;
            ASSERT_EQ(result[y * columns + x], 2 * (at[0] + at[1] + at[3])) << y << " " << x;
        }
}

TEST(HalideKernel, PartsOfOneThreadBetweenBarriers) {
    constexpr size_t rows = 2;
    Device device;
    CUfunction kernel = device.load(file_text("shares.ptx"), "_kernel_q_s0_y_block_id_x");
    std::vector<float> in(rows * 1024);
    for (size_t k = 0; k < in.size(); ++k)
        in[k] = static_cast<float>(k / 32 % 32);  // sums of 0, 32, 64, ...: in all 15872
    CUdeviceptr it = device.upload(in), out = device.allocate(rows * 32 * 4);
    ASSERT_EQ(device.launch(kernel, {rows}, {32}, 33 * 4, it, out), CUDA_SUCCESS) << fake_cuda_error_text();
    const auto result = device.download<float>(out, rows * 32);
    for (size_t k = 0; k < result.size(); ++k)
        ASSERT_EQ(result[k], static_cast<float>(k % 32 * 32) / 15872.0F) << k;
    EXPECT_EQ(device.launch(kernel, {rows}, {32}, 32 * 4, it, out), CUDA_ERROR_ILLEGAL_ADDRESS) << "a word less";
}

}  // namespace
}  // namespace ingot::fake_cuda
