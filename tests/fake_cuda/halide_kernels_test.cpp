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

}  // namespace
}  // namespace ingot::fake_cuda
