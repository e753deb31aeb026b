// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each check of the interpreter finds what it is for, and says where.
#include "tests/fake_cuda/device.h"

namespace ingot::fake_cuda {
namespace {

struct Outcome {
    CUresult result;
    std::string text;
};

/// What a launch of `body` on 64 threads gives; %out is 256 bytes, %in what `in` says, %n is 5.
Outcome outcome(const std::string &body, CUdeviceptr in = 0, unsigned shared_bytes = 256) {
    fake_cuda_reset();
    Device device;
    CUfunction kernel = device.load(module_of(body), "k");
    CUdeviceptr out = device.allocate(256);
    const CUresult result = device.launch(kernel, {}, {64}, shared_bytes, out, in, 5);
    return {result, fake_cuda_error_text()};
}

void expect_error(const std::string &body, CUresult result, const std::string &part, CUdeviceptr in = 0) {
    const Outcome got = outcome(body, in);
    EXPECT_EQ(got.result, result) << body;
    EXPECT_NE(got.text.find(part), std::string::npos) << got.text;
}

/// The address of this thread's word of shared memory in %rd1, its neighbour's in %rd2.
const std::string addresses = "mul.wide.u32 %rd1, %t, 4;\nxor.b32 %r9, %t, 1;\nmul.wide.u32 %rd2, %r9, 4;\n";

TEST(Checks, AccessOutsideAnAllocation) {
    expect_error("mul.wide.u32 %rd1, %t, 8;\nadd.s64 %rd1, %rd1, %out;\nst.global.b32 [%rd1], 0;",
                 CUDA_ERROR_ILLEGAL_ADDRESS,
                 "k: line 23: st.global.b32 [%rd1], 0;: block (0,0,0), thread (32,0,0): 4 bytes at 0x");
    expect_error("ld.global.b32 %r1, [%out+256];", CUDA_ERROR_ILLEGAL_ADDRESS, "0 bytes after the end of");
    expect_error("ld.global.b32 %r1, [%out+-4];", CUDA_ERROR_ILLEGAL_ADDRESS, "4 bytes before the allocation");
    expect_error("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%out+256];", CUDA_ERROR_ILLEGAL_ADDRESS, "16 bytes at");
    int host = 0;
    expect_error("ld.global.b32 %r1, [%in];", CUDA_ERROR_ILLEGAL_ADDRESS, "no device memory",
                 reinterpret_cast<CUdeviceptr>(&host));
    expect_error("st.b32 [%in], 1;", CUDA_ERROR_ILLEGAL_ADDRESS, "no device memory");
}

TEST(Checks, AccessToFreedMemory) {
    Device device;
    CUfunction kernel = device.load(module_of("ld.global.b32 %r1, [%in];"), "k");
    CUdeviceptr freed = device.allocate(64);
    ASSERT_EQ(cuMemFree_v2(freed), CUDA_SUCCESS);
    EXPECT_EQ(device.launch(kernel, {}, {}, 0, freed, freed, 0), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_NE(std::string(fake_cuda_error_text()).find("inside the freed allocation"), std::string::npos);
}

TEST(Checks, MisalignedAccess) {
    expect_error("ld.global.b32 %r1, [%out+2];", CUDA_ERROR_MISALIGNED_ADDRESS, "is no multiple of 4");
    expect_error("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%out+8];", CUDA_ERROR_MISALIGNED_ADDRESS, "of 16");
    expect_error("mov.b64 %rd1, 4;\nst.shared.b64 [%rd1], 0;", CUDA_ERROR_MISALIGNED_ADDRESS,
                 "0x4 is no multiple of 8");
}

TEST(Checks, AccessOutsideSharedLocalAndConstantMemory) {
    expect_error("st.shared.b32 [256], 0;", CUDA_ERROR_ILLEGAL_ADDRESS, "0x100 of shared memory, which has 256");
    expect_error(".local .align 4 .b8 depot[16];\nst.local.b32 [depot+16], 0;", CUDA_ERROR_ILLEGAL_ADDRESS,
                 "of local memory");
    expect_error("ld.const.b32 %r1, [64];", CUDA_ERROR_ILLEGAL_ADDRESS, "outside the module's constants");
    expect_error("ld.param.b32 %r1, [n+4];", CUDA_ERROR_ILLEGAL_ADDRESS, "of parameter memory");
}

TEST(Checks, SharedMemoryThatNobodyHasWritten) {
    expect_error("ld.shared.b32 %r1, [0];", CUDA_ERROR_LAUNCH_FAILED,
                 "reads shared memory that nobody has written");
    expect_error(addresses + "setp.lt.u32 %p1, %t, 40;\n@%p1 st.shared.b32 [%rd1], 1;\nbar.sync 0;\n"
                             "ld.shared.b32 %r1, [%rd1];",
                 CUDA_ERROR_LAUNCH_FAILED, "thread (40,0,0): reads shared memory that nobody has written");
    // What another block has written does not count.
    Device device;
    const std::string first_block = "mov.u32 %r1, %ctaid.x;\nsetp.eq.u32 %p1, %r1, 0;\n@%p1 st.shared.b32 [0], 1;\n"
                                    "ld.shared.b32 %r2, [0];";
    CUfunction kernel = device.load(module_of(first_block), "k");
    CUdeviceptr out = device.allocate(4);
    EXPECT_EQ(device.launch(kernel, {2}, {}, 4, out, out, 0), CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_NE(std::string(fake_cuda_error_text()).find("block (1,0,0)"), std::string::npos);
}

TEST(Checks, RacesOnSharedMemory) {
    expect_error(addresses + "st.shared.b32 [%rd1], %t;\nld.shared.b32 %r1, [%rd2];", CUDA_ERROR_LAUNCH_FAILED,
                 "race: reads shared memory that another thread has written");
    expect_error("st.shared.b32 [0], %t;", CUDA_ERROR_LAUNCH_FAILED,
                 "thread (1,0,0): race: writes shared memory that another thread has written");
    expect_error(addresses + "st.shared.b32 [%rd1], %t;\nbar.sync 0;\nld.shared.b32 %r1, [%rd2];\n"
                             "st.shared.b32 [%rd1], 0;",
                 CUDA_ERROR_LAUNCH_FAILED, "race: writes shared memory that another thread has read");
    // One thread writes, then all read the one word.
    expect_error("setp.eq.u32 %p1, %t, 0;\n@%p1 st.shared.b32 [0], 1;\nld.shared.b32 %r1, [0];",
                 CUDA_ERROR_LAUNCH_FAILED, "race: reads shared memory that another thread has written");
    // Between warps as well: the second warp reads what the first one has written.
    expect_error(addresses + "setp.lt.u32 %p1, %t, 32;\n@%p1 st.shared.b32 [%rd1], %t;\n"
                             "@!%p1 ld.shared.b32 %r1, [%rd1+-128];",
                 CUDA_ERROR_LAUNCH_FAILED, "thread (32,0,0): race: reads");
    EXPECT_EQ(outcome(addresses +
                      "st.shared.b32 [%rd1], %t;\nbar.sync 0;\nld.shared.b32 %r1, [%rd2];\nbar.sync 0;\n"
                      "st.shared.b32 [%rd2], 0;")
                  .result,
              CUDA_SUCCESS);
    EXPECT_EQ(outcome("st.shared.b32 [0], 7;").result, CUDA_SUCCESS) << "all threads write the same value";
}

TEST(Checks, RacesBetweenBlocksOnGlobalMemory) {
    // %rd1: the block's word, %rd2: the word of the block after it.
    const std::string own = "mov.u32 %r1, %ctaid.x;\nmad.wide.u32 %rd1, %r1, 4, %out;\nadd.s64 %rd2, %rd1, 4;\n";
    const auto run = [&](const std::string &body) {
        Device device;
        CUfunction kernel = device.load(module_of(own + body), "k");
        CUdeviceptr out = device.upload(std::vector<uint32_t>(8));
        const CUresult first = device.launch(kernel, {2}, {}, 0, out, out, 0);
        if (first == CUDA_SUCCESS) {
            EXPECT_EQ(device.launch(kernel, {2}, {}, 0, out, out, 0), CUDA_SUCCESS) << "launches come one by one";
        }
        return first == CUDA_SUCCESS ? std::string() : std::string(fake_cuda_error_text());
    };
    EXPECT_NE(run("st.global.b32 [%rd1], 1;\nld.global.b32 %r2, [%out];")
                  .find("block (1,0,0), thread (0,0,0): race: reads global memory that block 0 has written"),
              std::string::npos);
    EXPECT_NE(run("ld.global.b32 %r2, [%rd2];\nst.global.b32 [%rd1], 1;").find("that block 0 has read"),
              std::string::npos);
    EXPECT_NE(run("st.global.b32 [%out], %r1;").find("that block 0 has written"), std::string::npos);
    EXPECT_EQ(run("st.global.b32 [%out], 5;"), "") << "the same value";
    EXPECT_EQ(run("ld.global.b32 %r2, [%rd1];\nst.global.b32 [%rd1], %r1;\nld.global.b32 %r3, [%rd1];"), "");
    EXPECT_EQ(run("ld.global.b32 %r2, [%out+16];\nred.global.add.u32 [%out], 1;"), "");
}

TEST(Checks, BytesOfOneWordAreNoRace) {
    EXPECT_EQ(outcome("cvt.u64.u32 %rd1, %t;\nst.shared.b8 [%rd1], %r1;\nbar.sync 0;\nld.shared.b8 %r1, [%rd1+0];")
                  .result,
              CUDA_SUCCESS);
    expect_error("cvt.u64.u32 %rd1, %t;\nmov.b32 %r1, 1;\nst.shared.b8 [%rd1], %r1;\nld.shared.b16 %r2, [0];",
                 CUDA_ERROR_LAUNCH_FAILED, "race: reads");
}

TEST(Checks, ThreadsThatDoNotMeetAtABarrier) {
    expect_error("setp.lt.u32 %p1, %t, 32;\n@%p1 bra one;\nbar.sync 0;\nbra done;\none:\nbar.sync 0;\ndone:",
                 CUDA_ERROR_LAUNCH_FAILED, "threads wait at different barriers");
    expect_error("setp.lt.u32 %p1, %t, 16;\n@%p1 bra one;\nbar.sync 0;\nbra done;\none:\nbar.sync 0;\ndone:",
                 CUDA_ERROR_LAUNCH_FAILED, "threads of one warp wait at different barriers");
    expect_error("setp.eq.u32 %p1, %t, 40;\n@%p1 ret;\nbar.sync 0;", CUDA_ERROR_LAUNCH_FAILED,
                 "thread (40,0,0): other threads of the block wait at this barrier, and this one has exited");
    expect_error("setp.lt.u32 %p1, %t, 32;\n@%p1 ret;\nbar.sync 0;", CUDA_ERROR_LAUNCH_FAILED,
                 "thread (0,0,0): other");
    expect_error("bar.sync 1;", CUDA_ERROR_LAUNCH_FAILED, "only barrier 0 is understood");
    EXPECT_EQ(outcome("setp.lt.u32 %p1, %t, 7;\n@%p1 bra one;\nmov.b32 %r1, 1;\none:\nbar.sync 0;").result,
              CUDA_SUCCESS);
}

TEST(Checks, LanesThatDoNotMeetAtAShuffle) {
    expect_error("setp.lt.u32 %p1, %t, 16;\n@%p1 bra one;\nbra done;\none:\nshfl.sync.idx.b32 %r1, %t, 0, 31, -1;\n"
                 "done:\nbar.sync 0;",
                 CUDA_ERROR_LAUNCH_FAILED, "the lanes of the member mask do not all arrive");
    expect_error("shfl.sync.idx.b32 %r1, %t, 0, 31, 7;", CUDA_ERROR_LAUNCH_FAILED,
                 "thread (3,0,0): the member mask does not name this lane");
}

TEST(Checks, DivisionByZeroTrapsAndEndlessLoops) {
    expect_error("xor.b32 %r1, %n, 5;\ndiv.s32 %r2, 1, %r1;", CUDA_ERROR_LAUNCH_FAILED, "division by zero");
    expect_error("rem.u32 %r2, 1, 0;", CUDA_ERROR_LAUNCH_FAILED, "division by zero");
    expect_error("trap;", CUDA_ERROR_LAUNCH_FAILED, "trap");
    Device device;
    fake_cuda_set_instruction_budget(100000);
    CUfunction kernel = device.load(module_of("again:\nbra again;"), "k");
    CUdeviceptr out = device.allocate(4);
    EXPECT_EQ(device.launch(kernel, {}, {}, 0, out, out, 0), CUDA_ERROR_LAUNCH_TIMEOUT);
    EXPECT_NE(std::string(fake_cuda_error_text()).find("does not end"), std::string::npos);
}

TEST(Checks, PtxThatIsNotUnderstood) {
    const auto refused = [](const std::string &text, const std::string &why) {
        Device device;
        CUmodule module = nullptr;
        char log[256] = "";
        CUjit_option names[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
        void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
        EXPECT_EQ(cuModuleLoadDataEx(&module, text.c_str(), 2, names, values), CUDA_ERROR_INVALID_PTX) << text;
        EXPECT_NE(std::string(fake_cuda_error_text()).find(why), std::string::npos) << fake_cuda_error_text();
        EXPECT_EQ(std::string(log), std::string(fake_cuda_error_text()).substr(0, 255));
    };
    refused(module_of("frobnicate.b32 %r1, %r2;"), "line 21: unknown instruction: frobnicate.b32");
    refused(module_of("add.s32 %r1, %r99, 1;"), "line 21: unknown name: %r99");
    refused(module_of("add.s32 %rd1, %r2, 1;"), "%rd1 has 64 bits, the instruction wants 32");
    refused(module_of("add.s32 %r1, %p2, 1;"), "%p2 is a predicate");
    refused(module_of("add.s32 %r1, %r2;"), "',' expected");
    refused(module_of("bra nowhere;"), "no label nowhere");
    refused(module_of("mov.b32 %r1, 0f3F80;"), "no number: 0f3F80");
    refused(module_of("", ".func f() { ret; }\n"), "line 4: not understood: .func");
    refused(".version 7.1\n.target sm_86\n.address_size 64\n.visible .entry k() { ret;", "the text ends here");
    refused(".address_size 64\n", ".version and .target expected");
}

}  // namespace
}  // namespace ingot::fake_cuda
