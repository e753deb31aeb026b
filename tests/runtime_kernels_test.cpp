// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/checked_errors.h"
#include "runtime/kernel_support.h"
#include "tests/runtime_model.h"
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <vector>

namespace ingot {
namespace {

/// A context over scratch of its own, between bytes that nobody may write.
class Scratch : public testing::Test {
protected:
    static constexpr size_t bytes = 1024;
    static constexpr size_t fence = 64;
    static constexpr unsigned char untouched = 0xa5;

    Scratch() {
        std::memset(memory_, untouched, sizeof(memory_));
        context_.scratch = memory_ + fence;
        context_.size = bytes;
    }
    ~Scratch() override {
        for (size_t i = 0; i < fence; ++i) {
            EXPECT_EQ(memory_[i], untouched);
            EXPECT_EQ(memory_[fence + bytes + i], untouched);
        }
    }
    unsigned char *take(size_t size) { return static_cast<unsigned char *>(ingot_kernel_malloc(&context_, size)); }
    alignas(64) unsigned char memory_[bytes + 2 * fence];
    ingot_kernel_context context_ = {};
};

TEST_F(Scratch, IsAlignedWithGuardsOnEachSide) {
    const std::array<size_t, 4> sizes = {1, 64, 65, 200};
    unsigned char *end = context_.scratch;
    size_t sum = 0;
    for (const size_t size : sizes) {
        unsigned char *block = take(size);
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0U);
        EXPECT_GE(block, end + 64);
        std::memset(block - 64, 0, size + 128);  // a kernel's vectors reach into the guards
        end = block + size;
        sum += INGOT_SCRATCH_BYTES(size);
    }
    EXPECT_LE(end + 64, context_.scratch + context_.size);
    EXPECT_EQ(context_.used, sum);
    EXPECT_EQ(context_.error, 0);
}

TEST_F(Scratch, GivesOutItsLastByte) {
    EXPECT_NE(take(bytes - 128), nullptr);
    EXPECT_EQ(context_.used, bytes);
    EXPECT_EQ(take(0), nullptr);
    EXPECT_EQ(context_.error, halide_error_code_out_of_memory);
}

TEST_F(Scratch, RefusesWhatItDoesNotHave) {
    EXPECT_EQ(take(bytes - 127), nullptr);
    EXPECT_EQ(take(bytes + 1), nullptr);
    EXPECT_EQ(take(SIZE_MAX), nullptr);
    EXPECT_EQ(context_.used, 0U);
    EXPECT_EQ(context_.error, halide_error_code_out_of_memory);
}

TEST_F(Scratch, IsNotReusedAfterFreeOutOfOrder) {
    unsigned char *first = take(64);
    unsigned char *second = take(64);
    ingot_kernel_free(&context_, first);
    unsigned char *third = take(64);
    EXPECT_NE(third, first);
    EXPECT_NE(third, second);
    ingot_kernel_free(&context_, third);
    ingot_kernel_free(&context_, second);
    EXPECT_EQ(context_.used, 3 * INGOT_SCRATCH_BYTES(64));
}

TEST_F(Scratch, KeepsTheFirstError) {
    context_.error = 7;
    EXPECT_EQ(ingot_kernel_error_out_of_memory(&context_), halide_error_code_out_of_memory);
    EXPECT_EQ(context_.error, 7);
}

/// A buffer over a vector of bytes, with the element at the minimum of each dimension `origin` elements from its
/// start.
struct Picture {
    Picture(std::vector<halide_dimension_t> shape, int element_bytes, size_t elements, size_t origin = 0)
        : dims(std::move(shape)), bytes(elements * static_cast<size_t>(element_bytes)) {
        buffer.type = halide_type_t(halide_type_uint, static_cast<uint8_t>(8 * element_bytes));
        buffer.dimensions = static_cast<int32_t>(dims.size());
        buffer.dim = dims.data();
        buffer.host = bytes.data() + origin * static_cast<size_t>(element_bytes);
    }
    Picture(const Picture &) = delete;
    Picture &operator=(const Picture &) = delete;

    std::vector<halide_dimension_t> dims;
    std::vector<unsigned char> bytes;
    halide_buffer_t buffer = {};
};

int copy(Picture &src, Picture &dst) {
    void *argv[] = {nullptr, &src.buffer, &dst.buffer};
    return ingot_copy_kernel(argv);
}

struct CopyCase {
    const char *name;
    std::vector<halide_dimension_t> src, dst;
    size_t src_elements, dst_elements;
    size_t src_origin = 0, dst_origin = 0;
};

std::ostream &operator<<(std::ostream &stream, const CopyCase &item) {
    return stream << item.name;
}

class Copy : public testing::TestWithParam<std::tuple<CopyCase, int>> {};

/// Copies element by element, by index.
void copy_plainly(const Picture &src, Picture &dst) {
    const auto rank = static_cast<size_t>(src.buffer.dimensions);
    const int element_bytes = src.buffer.type.bytes();
    int64_t total = 1;
    for (const halide_dimension_t &dim : src.dims) {
        total *= dim.extent;
    }
    for (int64_t i = 0; i < total; ++i) {
        int64_t from = 0;
        int64_t to = 0;
        int64_t rest = i;
        for (size_t d = 0; d < rank; ++d) {
            from += rest % src.dims[d].extent * src.dims[d].stride;
            to += rest % src.dims[d].extent * dst.dims[d].stride;
            rest /= src.dims[d].extent;
        }
        std::memcpy(dst.buffer.host + to * element_bytes, src.buffer.host + from * element_bytes,
                    static_cast<size_t>(element_bytes));
    }
}

TEST_P(Copy, MovesEachElementAndNothingElse) {
    const auto &[item, element_bytes] = GetParam();
    Picture src(item.src, element_bytes, item.src_elements, item.src_origin);
    Picture dst(item.dst, element_bytes, item.dst_elements, item.dst_origin);
    Picture expected(item.dst, element_bytes, item.dst_elements, item.dst_origin);
    for (size_t i = 0; i < src.bytes.size(); ++i) {
        src.bytes[i] = static_cast<unsigned char>(i * 7 + 1);
    }
    copy_plainly(src, expected);
    EXPECT_EQ(copy(src, dst), 0);
    EXPECT_EQ(dst.bytes, expected.bytes);
}

// Dimensions as {min, extent, stride}, innermost first.
INSTANTIATE_TEST_SUITE_P(
    Strides, Copy,
    testing::Combine(
        testing::Values(
            CopyCase{"scalar", {}, {}, 1, 1},
            CopyCase{"empty", {{0, 3, 1}, {0, 0, 3}}, {{0, 3, 1}, {0, 0, 3}}, 3, 3},
            CopyCase{"dense", {{0, 5, 1}, {0, 3, 5}}, {{0, 5, 1}, {0, 3, 5}}, 15, 15},
            CopyCase{"into_a_halo", {{0, 4, 1}, {0, 3, 4}}, {{0, 4, 1}, {0, 3, 6}}, 12, 30, 0, 7},
            CopyCase{"out_of_a_halo", {{0, 4, 1}, {0, 3, 6}}, {{0, 4, 1}, {0, 3, 4}}, 30, 12, 7},
            CopyCase{"transposed", {{0, 4, 1}, {0, 3, 4}}, {{0, 4, 3}, {0, 3, 1}}, 12, 12},
            CopyCase{
                "nchw_to_nhwc", {{0, 5, 1}, {0, 4, 5}, {0, 3, 20}}, {{0, 5, 3}, {0, 4, 15}, {0, 3, 1}}, 60, 60},
            CopyCase{"every_second", {{0, 5, 2}}, {{0, 5, 3}}, 10, 15},
            CopyCase{"backwards", {{0, 5, -1}}, {{0, 5, 1}}, 5, 5, 4},
            CopyCase{"broadcast", {{0, 4, 0}, {0, 3, 1}}, {{0, 4, 1}, {0, 3, 4}}, 3, 12},
            CopyCase{"eight_dimensions",
                     {{0, 2, 1}, {0, 3, 2}, {0, 1, 99}, {0, 2, 6}, {0, 2, 12}, {0, 1, 0}, {0, 2, 24}, {0, 2, 48}},
                     {{0, 2, 48}, {0, 3, 16}, {0, 1, 5}, {0, 2, 8}, {0, 2, 4}, {0, 1, 0}, {0, 2, 2}, {0, 2, 1}},
                     96,
                     96}),
        testing::Values(1, 2, 4, 8)),
    [](const auto &values) {
        return std::string(std::get<0>(values.param).name) + "_of_" + std::to_string(std::get<1>(values.param));
    });

TEST(CopyKernel, RefusesBuffersThatDiffer) {
    Picture floats({{0, 4, 1}}, 4, 4);
    Picture bytes({{0, 4, 1}}, 1, 4);
    Picture shorter({{0, 3, 1}}, 4, 4);
    Picture plane({{0, 4, 1}, {0, 1, 4}}, 4, 4);
    EXPECT_EQ(copy(floats, bytes), halide_error_code_bad_type);
    EXPECT_EQ(copy(floats, shorter), halide_error_code_constraint_violated);
    EXPECT_EQ(copy(floats, plane), halide_error_code_bad_dimensions);
    const std::vector<halide_dimension_t> nine(9, halide_dimension_t(0, 1, 1));
    Picture src(nine, 4, 1);
    Picture dst(nine, 4, 1);
    EXPECT_EQ(copy(src, dst), halide_error_code_bad_dimensions);
}

TEST(CheckedErrors, RecordTheFirstErrorAndTheLastMessage) {
    ingot_kernel_context context = {};
    EXPECT_EQ(halide_error_access_out_of_bounds(&context, "src", 1, -1, 16, 0, 15),
              halide_error_code_access_out_of_bounds);
    EXPECT_STREQ(ingot_checked_error_message(), "src: touches -1 to 16 of dimension 1, which has 0 to 15");
    EXPECT_EQ(halide_error_unaligned_host_ptr(&context, "weights", 64), halide_error_code_unaligned_host_ptr);
    EXPECT_STREQ(ingot_checked_error_message(), "weights: the host pointer is not aligned to 64 bytes");
    EXPECT_EQ(context.error, halide_error_code_access_out_of_bounds);
}

TEST(CheckedErrors, ReturnTheirOwnCodes) {
    EXPECT_EQ(halide_error_bad_type(nullptr, "src", 0x1200, 0x12002), halide_error_code_bad_type);
    EXPECT_EQ(halide_error_bad_dimensions(nullptr, "src", 3, 4), halide_error_code_bad_dimensions);
    EXPECT_EQ(halide_error_buffer_argument_is_null(nullptr, "src"), halide_error_code_buffer_argument_is_null);
    EXPECT_EQ(halide_error_host_is_null(nullptr, "src"), halide_error_code_host_is_null);
    EXPECT_EQ(halide_error_buffer_extents_negative(nullptr, "src", 0, -1),
              halide_error_code_buffer_extents_negative);
    EXPECT_EQ(halide_error_constraint_violated(nullptr, "src.stride.1", 5, "4", 4),
              halide_error_code_constraint_violated);
    EXPECT_STREQ(ingot_checked_error_message(), "src.stride.1 is 5, but 4 is 4");
    EXPECT_EQ(halide_error_device_dirty_with_no_device_support(nullptr, "src"),
              halide_error_code_device_dirty_with_no_device_support);
}

TEST(CheckedErrors, CutALongMessage) {
    const std::string name(1000, 'x');
    EXPECT_NE(halide_error_host_is_null(nullptr, name.c_str()), 0);
    EXPECT_EQ(std::string(ingot_checked_error_message()), std::string(255, 'x'));
}

}  // namespace
}  // namespace ingot
