// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What single instructions compute. Expected values are worked out by hand from the PTX manual.
#include <bit>
#include <cstring>

#include "tests/fake_cuda/device.h"

namespace ingot::fake_cuda {
namespace {

struct Row {
    const char *text;  ///< leaves its result in %r1 or %rd1
    uint64_t expected;
};

/// The result of `text` in each of 32 lanes, and in 5 lanes of which one is left out by a branch: whole warps and
/// parts of them run different code.
void expect(const Row &row, const std::string &name, unsigned bytes) {
    const std::string stores = "mul.wide.u32 %rd63, %t, " + std::to_string(bytes) +
                               ";\nadd.s64 %rd63, %out, %rd63;\n" + "st.global.b" + std::to_string(8 * bytes) +
                               " [%rd63], " + name + ";\n";
    const std::string skips = "setp.eq.u32 %p63, %t, %n;\n@%p63 bra skipped;\n";
    for (const unsigned threads : {32U, 5U}) {
        Device device;
        CUfunction kernel = device.load(module_of(skips + row.text + "\n" + stores + "skipped:"), "k");
        ASSERT_NE(kernel, nullptr) << row.text;
        const unsigned skipped = threads == 32 ? 99 : 3;
        CUdeviceptr out = device.upload(std::vector<uint64_t>(64, 0x5555555555555555));
        ASSERT_EQ(device.launch(kernel, {}, {threads}, 0, out, out, skipped), CUDA_SUCCESS)
            << row.text << fake_cuda_error_text();
        const auto result = device.download<uint8_t>(out, size_t(32) * bytes);
        for (unsigned lane = 0; lane < threads; ++lane) {
            uint64_t value = 0;
            std::memcpy(&value, result.data() + size_t(lane) * bytes, bytes);
            const uint64_t untouched = bytes == 4 ? 0x55555555U : 0x5555555555555555U;
            ASSERT_EQ(value, lane == skipped ? untouched : row.expected)
                << row.text << " in lane " << lane << " of " << threads << std::hex << ": " << value;
        }
    }
}

void expect_words(std::initializer_list<Row> rows) {
    for (const Row &row : rows)
        expect(row, "%r1", 4);
}

void expect_wide(std::initializer_list<Row> rows) {
    for (const Row &row : rows)
        expect(row, "%rd1", 8);
}

TEST(Instructions, IntegerArithmetic) {
    expect_words({
        {"add.s32 %r1, 2147483647, 1;", 0x80000000},
        {"sub.s32 %r1, 3, 5;", 0xfffffffe},
        {"mul.lo.s32 %r1, 65537, 65537;", 0x00020001},
        {"mul.lo.u32 %r1, -3, 7;", 0xffffffeb},
        {"mul.hi.u32 %r1, -1, -1;", 0xfffffffe},
        {"mul.hi.s32 %r1, -1, 5;", 0xffffffff},
        {"mad.lo.s32 %r1, 7, -3, 100;", 79},
        {"mad.hi.u32 %r1, -1, -1, 2;", 0},
        {"min.s32 %r1, -1, 1;", 0xffffffff},
        {"min.u32 %r1, -1, 1;", 1},
        {"max.s32 %r1, -1, 1;", 1},
        {"max.u32 %r1, -1, 1;", 0xffffffff},
        {"div.s32 %r1, -7, 2;", 0xfffffffd},
        {"rem.s32 %r1, -7, 2;", 0xffffffff},
        {"div.u32 %r1, -7, 2;", 0x7ffffffc},
        {"rem.u32 %r1, 100, 7;", 2},
        {"div.s32 %r1, -2147483648, -1;", 0x80000000},
        {"rem.s32 %r1, -2147483648, -1;", 0},
        {"neg.s32 %r1, 5;", 0xfffffffb},
        {"abs.s32 %r1, -5;", 5},
        {"mul.wide.s16 %r1, -2, 3;", 0xfffffffa},
        {"mul.wide.u16 %r1, -2, 3;", 0x2fffa},
        {"mul.lo.s16 %rs1, 300, 300; cvt.u32.u16 %r1, %rs1;", 0x5f90},
        {"add.cc.u32 %r2, -1, 1; addc.u32 %r1, 0, 0;", 1},
        {"add.cc.u32 %r2, 1, 1; addc.u32 %r1, 0, 0;", 0},
        {"mad.lo.cc.u32 %r2, -1, 2, 5; madc.hi.u32 %r1, -1, 2, 0;", 2},
        {"dp4a.s32.s32 %r1, 0x01ff02fe, 0x01010101, 10;", 10 + 1 - 1 + 2 - 2},
        {"dp4a.u32.s32 %r1, 0x01ff02fe, 0x01010101, 0;", 1 + 255 + 2 + 254},
    });
    expect_wide({
        {"add.s64 %rd1, -1, 2;", 1},
        {"sub.s64 %rd1, 1, 2;", UINT64_MAX},
        {"mul.wide.s32 %rd1, -1, 4;", 0xfffffffffffffffc},
        {"mul.wide.u32 %rd1, -1, 4;", 0x3fffffffc},
        {"mad.wide.u32 %rd1, -1, -1, 2;", 0xfffffffe00000003},
        {"mul.lo.s64 %rd1, -3, 5;", static_cast<uint64_t>(-15)},
        {"mul.hi.u64 %rd1, -1, -1;", 0xfffffffffffffffe},
        {"mul.hi.s64 %rd1, -2, 3;", UINT64_MAX},
        {"div.u64 %rd1, 10000000000, 3;", 3333333333},
        {"rem.s64 %rd1, -10, 3;", static_cast<uint64_t>(-1)},
    });
}

TEST(Instructions, Bits) {
    expect_words({
        {"and.b32 %r1, 12, 10;", 8},
        {"or.b32 %r1, 12, 10;", 14},
        {"xor.b32 %r1, 12, 10;", 6},
        {"not.b32 %r1, 0;", 0xffffffff},
        {"shl.b32 %r1, 1, 31;", 0x80000000},
        {"shl.b32 %r1, 1, 32;", 0},
        {"shr.u32 %r1, -1, 28;", 15},
        {"shr.u32 %r1, -1, 32;", 0},
        {"shr.s32 %r1, -16, 2;", 0xfffffffc},
        {"shr.s32 %r1, -16, 99;", 0xffffffff},
        {"shf.l.wrap.b32 %r1, 0x80000000, 1, 33;", 3},
        {"shf.r.wrap.b32 %r1, 2, 1, 1;", 0x80000001},
        {"shf.l.clamp.b32 %r1, 7, 9, 40;", 7},
        {"shf.r.clamp.b32 %r1, 7, 9, 40;", 9},
        {"clz.b32 %r1, 0;", 32},
        {"clz.b32 %r1, 255;", 24},
        {"clz.b64 %r1, 255;", 56},
        {"popc.b32 %r1, 0xf0f;", 8},
        {"popc.b64 %r1, -1;", 64},
        {"brev.b32 %r1, 1;", 0x80000000},
        {"bfe.u32 %r1, 0xabcd, 4, 8;", 0xbc},
        {"bfe.s32 %r1, 0xabcd, 4, 8;", 0xffffffbc},
        {"bfe.u32 %r1, -1, 28, 8;", 15},
        {"bfe.s32 %r1, -1, 3, 0;", 0},
        {"bfi.b32 %r1, 0xf, 0xffff0000, 4, 3;", 0xffff0070},
        {"bfi.b32 %r1, 5, 7, 0, 32;", 5},
        {"prmt.b32 %r1, 0x03020100, 0x07060504, 0x7531;", 0x07050301},
        {"prmt.b32 %r1, 0x00008100, 0, 0x9999;", 0xffffffff},
        {"lop3.b32 %r1, 12, 10, 9, 0x80;", 8},
        {"lop3.b32 %r1, 12, 10, 9, 0x96;", 12 ^ 10 ^ 9},
        {"mov.b32 %r1, {1, 2};", 0x20001},
        {"mov.b64 {_, %r1}, 0x700000003;", 7},
        {"mov.b64 {%r1, %r2}, 0x700000003;", 3},
        {"shr.s16 %rs1, -8, 1; cvt.s32.s16 %r1, %rs1;", 0xfffffffc},
        {"selp.b32 %r1, 1, 2, 1;", 1},
        {"selp.b32 %r1, 1, 2, 0;", 2},
    });
    expect_wide({
        {"shl.b64 %rd1, 1, 40;", uint64_t(1) << 40},
        {"shr.u64 %rd1, -1, 60;", 15},
        {"shr.s64 %rd1, -64, 4;", static_cast<uint64_t>(-4)},
        {"mov.b64 %rd1, {3, 7};", 0x700000003},
        {"or.b64 %rd1, 5, 0x100000000;", 0x100000005},
        {"bfe.s64 %rd1, 0xff00, 8, 8;", UINT64_MAX},
        {"brev.b64 %rd1, 1;", uint64_t(1) << 63},
    });
}

constexpr uint64_t bits(float value) {
    return std::bit_cast<uint32_t>(value);
}

TEST(Instructions, FloatArithmetic) {
    expect_words({
        {"add.f32 %r1, 0f3F800000, 0f40000000;", bits(3)},
        {"add.rn.ftz.f32 %r1, 0f00000001, 0f80000001;", 0},
        {"add.ftz.f32 %r1, 0f00400000, 0f00000000;", 0},
        {"add.f32 %r1, 0f00400000, 0f00000000;", 0x00400000},
        {"sub.f32 %r1, 0f3F800000, 0f40000000;", bits(-1)},
        {"mul.f32 %r1, 0f40400000, 0fC0000000;", bits(-6)},
        {"div.rn.f32 %r1, 0f3F800000, 0f40400000;", bits(1.0F / 3)},
        {"rcp.approx.ftz.f32 %r1, 0f40800000;", bits(0.25F)},
        {"sqrt.rn.f32 %r1, 0f41100000;", bits(3)},
        {"rsqrt.approx.f32 %r1, 0f40800000;", bits(0.5F)},
        {"ex2.approx.ftz.f32 %r1, 0f40400000;", bits(8)},
        {"lg2.approx.f32 %r1, 0f41000000;", bits(3)},
        {"neg.f32 %r1, 0f00000000;", 0x80000000},
        {"abs.ftz.f32 %r1, 0fC0000000;", bits(2)},
        {"min.f32 %r1, 0f7FC00000, 0f3F800000;", bits(1)},
        {"max.f32 %r1, 0f3F800000, 0f7FC00000;", bits(1)},
        {"max.NaN.f32 %r1, 0f3F800000, 0f7FC00000;", 0x7fc00000},
        {"max.f32 %r1, 0f80000000, 0f00000000;", 0},
        {"min.f32 %r1, 0f00000000, 0f80000000;", 0x80000000},
        {"max.f32 %r1, 0fC0000000, 0f00000000;", 0},
        {"add.sat.f32 %r1, 0f3F800000, 0f40000000;", bits(1)},
        {"copysign.f32 %r1, 0fBF800000, 0f40000000;", bits(-2)},
        {"selp.f32 %r1, 0f3F800000, 0f40000000, 0;", bits(2)},
        // (1 + 2^-12)^2 - (1 + 2^-11) = 2^-24: lost where the product is rounded before the sum.
        {"fma.rn.f32 %r1, 0f3F800800, 0f3F800800, 0fBF801000;", bits(0x1p-24F)},
        {"fma.rn.ftz.f32 %r1, 0f00000001, 0f3F800000, 0f3F800000;", bits(1)},
        {"fma.rn.sat.f32 %r1, 0f40000000, 0f40000000, 0f3F800000;", bits(1)},
    });
    expect_wide({
        {"add.f64 %rd1, 0d3FF0000000000000, 0d4000000000000000;", std::bit_cast<uint64_t>(3.0)},
        {"fma.rn.f64 %rd1, 0d3FF0000000000000, 0d4000000000000000, 0d3FF0000000000000;",
         std::bit_cast<uint64_t>(3.0)},
        {"max.f64 %rd1, 0dBFF0000000000000, 0d4000000000000000;", std::bit_cast<uint64_t>(2.0)},
    });
}

TEST(Instructions, Comparisons) {
    const auto compares = [](const char *text, bool expected) {
        const std::string row = "setp." + std::string(text) + "; selp.b32 %r1, 1, 0, %p1;";
        expect({row.c_str(), expected ? 1U : 0U}, "%r1", 4);
    };
    compares("lt.s32 %p1, -1, 1", true);
    compares("lt.u32 %p1, -1, 1", false);
    compares("eq.b32 %p1, 7, 7", true);
    compares("ne.s64 %p1, 7, 7", false);
    compares("ge.s16 %p1, -3, -3", true);
    compares("gt.u64 %p1, -1, 1", true);
    compares("le.f32 %p1, 0f3F800000, 0f3F800000", true);
    compares("lt.f32 %p1, 0f7FC00000, 0f3F800000", false);
    compares("ltu.f32 %p1, 0f7FC00000, 0f3F800000", true);
    compares("ne.f32 %p1, 0f7FC00000, 0f3F800000", false);
    compares("neu.f32 %p1, 0f7FC00000, 0f3F800000", true);
    compares("nan.f32 %p1, 0f7FC00000, 0f3F800000", true);
    compares("num.f32 %p1, 0f3F800000, 0f3F800000", true);
    compares("gt.ftz.f32 %p1, 0f00000001, 0f00000000", false);
    compares("gt.f32 %p1, 0f00000001, 0f00000000", true);
    compares("eq.s32 %p2, 1, 1; setp.eq.s32 %p3, 1, 2; and.pred %p1, %p2, %p3", false);
    compares("eq.s32 %p2, 1, 1; setp.eq.s32 %p3, 1, 2; xor.pred %p1, %p2, %p3", true);
    compares("eq.s32 %p2, 1, 1; not.pred %p1, %p2", false);
    compares("eq.s32 %p2, 1, 2; mov.pred %p1, %p2; mov.pred %p1, -1", true);
}

TEST(Instructions, Conversions) {
    expect_words({
        {"cvt.u32.u64 %r1, 0x1234567890;", 0x34567890},
        {"cvt.s32.s16 %r1, -2;", 0xfffffffe},
        {"cvt.u32.u16 %r1, -2;", 0xfffe},
        {"cvt.u32.u8 %r1, 0x1ff;", 0xff},
        {"cvt.s8.s32 %rs1, 0x180; cvt.s32.s16 %r1, %rs1;", 0xffffff80},
        {"cvt.rn.f32.s32 %r1, -7;", bits(-7)},
        {"cvt.rn.f32.u32 %r1, -1;", bits(4294967296.0F)},
        {"cvt.rn.f32.s32 %r1, 16777217;", bits(16777216)},
        {"cvt.rn.f32.u64 %r1, 0xffffff8000000001;", bits(0x1p64F)},
        {"cvt.rzi.s32.f32 %r1, 0fC0200000;", 0xfffffffe},
        {"cvt.rni.s32.f32 %r1, 0f40200000;", 2},
        {"cvt.rmi.s32.f32 %r1, 0fC0200000;", 0xfffffffd},
        {"cvt.rpi.s32.f32 %r1, 0f40200000;", 3},
        {"cvt.rzi.s32.f32 %r1, 0f7F800000;", 0x7fffffff},
        {"cvt.rzi.s32.f32 %r1, 0fFF800000;", 0x80000000},
        {"cvt.rzi.s32.f32 %r1, 0f7FC00000;", 0},
        {"cvt.rzi.u32.f32 %r1, 0fC0200000;", 0},
        {"cvt.rni.f32.f32 %r1, 0f40600000;", bits(4)},
        {"cvt.rmi.ftz.f32.f32 %r1, 0fC0200000;", bits(-3)},
        {"cvt.sat.f32.f32 %r1, 0f40200000;", bits(1)},
        {"mov.b16 %rs1, 0x3e00; cvt.f32.f16 %r1, %rs1;", bits(1.5F)},
        {"mov.b16 %rs1, 0x8001; cvt.f32.f16 %r1, %rs1;", bits(-0x1p-24F)},
        {"cvt.rn.f16.f32 %rs1, 0f3FC00000; cvt.u32.u16 %r1, %rs1;", 0x3e00},
        {"cvt.rn.f16.f32 %rs1, 0f477FF000; cvt.u32.u16 %r1, %rs1;", 0x7c00},
        {"cvt.rn.f32.f64 %r1, 0d3FF0000010000000;", bits(1)},
        {"cvt.rn.f32.f64 %r1, 0d3FF0000010000001;", 0x3f800001},
    });
    expect_wide({
        {"cvt.s64.s32 %rd1, -2;", static_cast<uint64_t>(-2)},
        {"cvt.u64.u32 %rd1, -2;", 0xfffffffe},
        {"cvt.f64.f32 %rd1, 0f3FC00000;", std::bit_cast<uint64_t>(1.5)},
        {"cvt.rn.f64.s64 %rd1, -3;", std::bit_cast<uint64_t>(-3.0)},
        {"cvt.rzi.s64.f64 %rd1, 0dC008000000000000;", static_cast<uint64_t>(-3)},
    });
}

/// One word of each of 32 threads that all run `body`, which leaves it in %r1; %in is 256 words 0, 3, 6, ...
std::vector<uint32_t> run_warp(const std::string &body, const std::string &outside = "", unsigned threads = 32,
                               unsigned shared_bytes = 0) {
    const std::string text = body + "\nmul.wide.u32 %rd60, %t, 4;\nadd.s64 %rd60, %rd60, %out;\n"
                                    "st.global.b32 [%rd60], %r1;";
    Device device;
    CUfunction kernel = device.load(module_of(text, outside), "k");
    std::vector<uint32_t> values(256);
    for (uint32_t k = 0; k < 256; ++k)
        values[k] = 3 * k;
    CUdeviceptr in = device.upload(values), out = device.allocate(size_t(threads) * 4);
    EXPECT_EQ(device.launch(kernel, {}, {threads}, shared_bytes, out, in, 5), CUDA_SUCCESS)
        << fake_cuda_error_text();
    return device.download<uint32_t>(out, threads);
}

TEST(Instructions, LoadsAndStores) {
    EXPECT_EQ(run_warp("ld.global.nc.v4.b32 {%r2, %r3, %r4, %r5}, [%in+16]; add.s32 %r1, %r2, %r5;")[7], 12U + 21U);
    EXPECT_EQ(run_warp("ld.global.v2.b64 {%rd2, %rd3}, [%in]; mov.b64 {%r2, %r1}, %rd3;")[0], 9U);
    EXPECT_EQ(run_warp("ld.global.b8 %r1, [%in+364];")[0], 3 * 91 % 256U);
    EXPECT_EQ(run_warp("ld.global.s8 %r1, [%in+172];")[0], 0xffffff81U);
    EXPECT_EQ(run_warp("ld.global.u16 %rs1, [%in+400]; cvt.u32.u16 %r1, %rs1;")[0], 300U);
    EXPECT_EQ(run_warp("ld.global.nc.b16 %rs1, [%in+402]; cvt.u32.u16 %r1, %rs1;")[0], 0U);
    EXPECT_EQ(run_warp("ld.b32 %r1, [%in+8];")[0], 6U);
}

TEST(Instructions, SharedMemoryOfEachKind) {
    const std::string own = "mul.wide.u32 %rd1, %t, 4;\nst.shared.b32 [%rd1+128], %t;\nbar.sync 0;\n"
                            "xor.b32 %r2, %t, 31;\nmul.wide.u32 %rd2, %r2, 4;\nld.shared.b32 %r1, [%rd2+128];";
    EXPECT_EQ(run_warp(own, "", 32, 256)[3], 28U);
    const std::string named = "mov.u64 %rd1, tile;\nmad.wide.u32 %rd2, %t, 4, %rd1;\nst.shared.b32 [%rd2], %t;\n"
                              "bar.sync 0;\nld.shared.b32 %r1, [tile+20];";
    EXPECT_EQ(run_warp(named, ".shared .align 16 .b8 before[4];\n.shared .align 16 .b8 tile[128];\n")[9], 5U);
    EXPECT_EQ(run_warp(named, ".extern .shared .align 16 .b8 tile[];\n", 32, 128)[9], 5U);
    const std::string generic = "cvta.shared.u64 %rd1, 0;\nmad.wide.u32 %rd2, %t, 4, %rd1;\nst.b32 [%rd2], %t;\n"
                                "bar.sync 0;\nld.b32 %r1, [%rd1+24];";
    EXPECT_EQ(run_warp(generic, "", 32, 128)[9], 6U);
}

TEST(Instructions, LocalConstantAndGlobalVariables) {
    const std::string local = ".local .align 8 .b8 depot[16];\nmov.b64 %rd1, depot;\nst.local.b32 [%rd1+4], %t;\n"
                              "cvta.local.u64 %rd2, %rd1;\nld.b32 %r1, [%rd2+4];";
    EXPECT_EQ(run_warp(local)[11], 11U);
    EXPECT_EQ(run_warp(".local .align 8 .b8 depot[16];\nst.local.b32 [depot], %t;\nld.local.b32 %r1, [depot];")[9],
              9U);
    const std::string table = ".const .align 4 .b8 table[8] = {1, 0, 0, 0, 2, 1, 0, 0};\n";
    EXPECT_EQ(run_warp("ld.const.b32 %r1, [table+4];", table)[0], 258U);
    const std::string global = ".global .align 4 .u32 counter[2] = {5, -1};\n";
    EXPECT_EQ(run_warp("ld.global.u32 %r1, [counter];", global)[0], 5U);
    EXPECT_EQ(run_warp("mov.u64 %rd1, counter; ld.global.u32 %r1, [%rd1+4];", global)[0], UINT32_MAX);
}

TEST(Instructions, Atomics) {
    EXPECT_EQ(run_warp("atom.global.add.u32 %r1, [%in], 2;")[31], 62U);
    EXPECT_EQ(run_warp("atom.global.cas.b32 %r2, [%in+4], 3, 50; ld.global.b32 %r1, [%in+4];")[0], 50U);
    EXPECT_EQ(run_warp("setp.eq.u32 %p1, %t, 0;\n@%p1 st.shared.b32 [0], 7;\nbar.sync 0;\n"
                       "red.shared.max.u32 [0], %t;\nbar.sync 0;\nld.shared.b32 %r1, [0];",
                       "", 32, 4)[0],
              31U);
}

TEST(Instructions, Shuffles) {
    EXPECT_EQ(run_warp("shfl.sync.down.b32 %r1, %t, 3, 31, -1;")[4], 7U);
    EXPECT_EQ(run_warp("shfl.sync.down.b32 %r1, %t, 3, 31, -1;")[30], 30U);
    EXPECT_EQ(run_warp("shfl.sync.up.b32 %r1, %t, 3, 0, -1;")[4], 1U);
    EXPECT_EQ(run_warp("shfl.sync.up.b32 %r1, %t, 3, 0, -1;")[2], 2U);
    EXPECT_EQ(run_warp("shfl.sync.bfly.b32 %r1, %t, 5, 31, -1;")[8], 13U);
    EXPECT_EQ(run_warp("shfl.sync.idx.b32 %r1, %t, 9, 31, -1;")[20], 9U);
    // Segments of 8 lanes.
    EXPECT_EQ(run_warp("shfl.sync.idx.b32 %r1, %t, 1, 0x181f, -1;")[20], 17U);
    EXPECT_EQ(run_warp("shfl.sync.down.b32 %r2|%p1, %t, 4, 31, -1; selp.b32 %r1, 1, 0, %p1;")[29], 0U);
    // A lane that has exited has no value.
    const std::string leaves = "setp.eq.u32 %p1, %t, 31;\n@%p1 ret;\nshfl.sync.down.b32 %r1, %t, 1, 31, -1;";
    EXPECT_EQ(run_warp(leaves)[30], 0x7fc0deadU);
    EXPECT_EQ(run_warp(leaves)[29], 30U);
    // Lanes that arrive on two paths meet.
    const std::string paths = "setp.lt.u32 %p1, %t, 16;\n@%p1 bra low;\nmov.b32 %r2, 1;\nbra meet;\nlow:\n"
                              "mov.b32 %r2, 2;\nmeet:\nshfl.sync.bfly.b32 %r1, %r2, 16, 31, -1;";
    EXPECT_EQ(run_warp(paths)[0], 1U);
    EXPECT_EQ(run_warp(paths)[16], 2U);
    EXPECT_EQ(run_warp("setp.gt.u32 %p1, %t, 29; vote.sync.ballot.b32 %r1, %p1, -1;")[0], 0xc0000000U);
}

TEST(Instructions, LoopsOfDifferentLengthInEachLane) {
    const std::string loop = "mov.b32 %r1, 0;\nmov.b32 %r2, %t;\nagain:\nsetp.eq.u32 %p1, %r2, 0;\n@%p1 bra done;\n"
                             "add.s32 %r1, %r1, %r2;\nsub.s32 %r2, %r2, 1;\nbra.uni again;\ndone:";
    const auto sums = run_warp(loop);
    for (uint32_t lane = 0; lane < 32; ++lane)
        EXPECT_EQ(sums[lane], lane * (lane + 1) / 2);
}

TEST(Instructions, IndicesOfThreadsAndBlocks) {
    Device device;
    const std::string body = R"(
    mov.u32 %r1, %tid.y;
    mov.u32 %r2, %tid.z;
    mov.u32 %r3, %ntid.x;
    mov.u32 %r4, %ntid.y;
    mad.lo.s32 %r5, %r2, %r4, %r1;
    mad.lo.s32 %r5, %r5, %r3, %t;
    mov.u32 %r6, %ctaid.x;
    mov.u32 %r7, %ctaid.y;
    mov.u32 %r8, %nctaid.x;
    mad.lo.s32 %r9, %r7, %r8, %r6;
    mad.lo.s32 %r10, %r9, 24, %r5;
    mul.wide.u32 %rd1, %r10, 4;
    add.s64 %rd1, %rd1, %out;
    st.global.b32 [%rd1], %r10;)";
    CUfunction kernel = device.load(module_of(body), "k");
    CUdeviceptr out = device.allocate(6 * 24 * 4);
    ASSERT_EQ(device.launch(kernel, {3, 2}, {4, 3, 2}, 0, out, out, 0), CUDA_SUCCESS) << fake_cuda_error_text();
    const auto result = device.download<uint32_t>(out, 6 * 24);
    for (uint32_t k = 0; k < result.size(); ++k)
        ASSERT_EQ(result[k], k);
}

}  // namespace
}  // namespace ingot::fake_cuda
