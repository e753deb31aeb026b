// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The path from a request to an object: the same bytes by any way, the cache, and errors that name the kernel.
#include "generators/cuda_occupancy.h"
#include "generators/emit.h"
#include "generators/files.h"
#include "generators/hash.h"
#include "generators/load.h"
#include "generators/object_cache.h"
#include "generators/toolchain.h"
#include "harness/kernel_problem.h"
#include "ingot/plan.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace ingot {
namespace {

namespace fs = std::filesystem;

KernelRequest request(const char *shape, const Target &target, KernelForm form = KernelForm::shipped) {
    const KernelSpec spec = parse_kernel_spec(shape);
    const Choice choice = choose(spec, target).choice;
    return {with_layouts(spec, choice, target), choice, &target, form};
}

std::vector<KernelRequest> some_requests() {
    std::vector<KernelRequest> requests;
    for (const Target &target : cpu_targets()) {
        requests.push_back(
            request("conv2d n=1 h=6 w=7 ci=16 co=16 k=3x3 s=1x1 p=1,1,1,1 epilogue=bias,relu", target));
        requests.push_back(request("gemm n=1 ci=40 co=6 epilogue=bias", target));
    }
    return requests;
}

std::vector<std::string> objects(const std::vector<EmittedKernel> &kernels) {
    std::vector<std::string> result;
    for (const EmittedKernel &kernel : kernels) {
        result.push_back(read_file(kernel.object));
    }
    return result;
}

EmitOptions options(const TemporaryDirectory &cache, int jobs = 2) {
    return {jobs, cache.path(), {}};
}

std::string error_of(const KernelRequest &bad, const EmitOptions &options) {
    try {
        emit({bad}, options);
    } catch (const Error &error) {
        EXPECT_EQ(std::distance(fs::directory_iterator(options.cache), {}), 0)
            << "the cache keeps nothing of a failure";
        return error.what();
    }
    return "no error";
}

std::string error_of(const KernelRequest &bad) {
    const TemporaryDirectory cache;
    return error_of(bad, options(cache));
}

TEST(Files, FollowLinksAndLeaveDevicesAsTheyAre) {
    const TemporaryDirectory folder;
    const std::filesystem::path link = folder.path() / "link", target = folder.path() / "target";
    std::filesystem::create_symlink(target, link);
    write_file(link, "text");
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(read_file(target), "text");
    std::filesystem::create_symlink("/dev/null", folder.path() / "null");
    write_file(folder.path() / "null", "text");
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
    EXPECT_THROW(write_file("/dev/full", "text"), Error);
}

TEST(Files, AreKnownToBeWritableBeforeTheyAreWritten) {
    const TemporaryDirectory folder, elsewhere;
    const std::filesystem::path link = folder.path() / "link", target = elsewhere.path() / "target";
    std::filesystem::create_symlink(target, link);
    check_file_writable(link);
    EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
    std::filesystem::create_symlink(folder.path() / "missing" / "target", folder.path() / "dangling");
    EXPECT_THROW(check_file_writable(folder.path() / "dangling"), Error);
    EXPECT_THROW(check_file_writable(folder.path() / "missing" / "file"), Error);
}

TEST(Files, ThatArePipesAreWritableWithoutAPlaceBesideThem) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const std::string end = "/proc/self/fd/" + std::to_string(ends[1]);
    check_file_writable(end);
    write_file(end, "text");
    close(ends[1]);
    std::array<char, 16> read_back{};
    EXPECT_EQ(read(ends[0], read_back.data(), read_back.size()), 4);
    close(ends[0]);
    EXPECT_EQ(std::string(read_back.data()), "text");
}

TEST(Emit, GivesTheSameBytesInAnyOrderOnOneCoreOrTwo) {
    const TemporaryDirectory first, second;
    std::vector<KernelRequest> requests = some_requests();
    std::vector<std::string> forward = objects(emit(requests, options(first, 2)));
    std::reverse(requests.begin(), requests.end());
    const std::vector<std::string> backward = objects(emit(requests, options(second, 1)));
    std::reverse(forward.begin(), forward.end());
    EXPECT_EQ(forward, backward);
}

TEST(Emit, FindsInTheCacheWhatItCompiledBefore) {
    const TemporaryDirectory cache;
    const std::vector<KernelRequest> requests = some_requests();
    const std::vector<EmittedKernel> cold = emit(requests, options(cache));
    const fs::file_time_type written = fs::last_write_time(cold[0].object);
    const std::vector<EmittedKernel> cached = emit(requests, options(cache));
    EXPECT_EQ(fs::last_write_time(cold[0].object), written);
    for (std::size_t i = 0; i < cold.size(); ++i) {
        EXPECT_EQ(cached[i].symbol, cold[i].symbol);
        EXPECT_EQ(cached[i].object, cold[i].object);
        EXPECT_EQ(cached[i].scratch_bytes, cold[i].scratch_bytes);
        EXPECT_EQ(cached[i].stack_bytes, cold[i].stack_bytes);
        EXPECT_EQ(cached[i].code_bytes, cold[i].code_bytes);
        EXPECT_GT(cold[i].code_bytes, 0);
        EXPECT_EQ(cold[i].object_hash, hash_text(read_file(cold[i].object)));
        EXPECT_EQ(cached[i].object_hash, cold[i].object_hash);
        EXPECT_FALSE(cold[i].from_cache);
        EXPECT_TRUE(cached[i].from_cache);
    }
}

TEST(Emit, CompilesAgainWhereACacheEntryIsDamaged) {
    const TemporaryDirectory cache;
    const std::vector<KernelRequest> requests = {some_requests()[0]};
    const EmittedKernel kernel = emit(requests, options(cache))[0];
    const std::string object = read_file(kernel.object);
    const fs::path facts = kernel.object.parent_path() / "kernel.json";
    const std::string mistyped = "{\"object_hash\":\"" + hash_text(object) +
                                 "\",\"scratch_bytes\":\"0\",\"stack_bytes\":[],\"code_bytes\":1}";
    for (const fs::path &file : {kernel.object, facts}) {
        for (const std::string &damage : {std::string(), std::string("{}"), std::string("[1"), mistyped}) {
            write_file(file, damage);
            EXPECT_EQ(read_file(emit(requests, options(cache))[0].object), object)
                << file << " held '" << damage << "'";
        }
        fs::remove(file);
        EXPECT_EQ(read_file(emit(requests, options(cache))[0].object), object) << file << " was missing";
        fs::remove(file);
        fs::create_directory(file);
        EXPECT_EQ(read_file(emit(requests, options(cache))[0].object), object) << file << " was a folder";
    }
    fs::remove_all(facts.parent_path());
    write_file(facts.parent_path(), "");
    EXPECT_EQ(read_file(emit(requests, options(cache))[0].object), object) << "a file was in the entry's place";
}

TEST(Emit, CompilesEqualRequestsOnce) {
    const TemporaryDirectory cache;
    const KernelRequest one = some_requests()[0];
    const std::vector<EmittedKernel> kernels = emit({one, one, one}, options(cache));
    EXPECT_EQ(kernels[0].object, kernels[2].object);
    EXPECT_EQ(std::distance(fs::directory_iterator(cache.path()), {}), 1);
}

TEST(Emit, NamesTheKernelThatItCannotCompile) {
    KernelRequest bad = request("conv2d n=1 h=6 w=7 ci=16 co=16 k=1x1 s=1x1 p=0,0,0,0", find_target("x86-64-v2"));
    bad.choice.params[0].second = 3;  // 3 vectors of 4 lanes do not divide 16 channels
    const std::string message = error_of(bad);
    EXPECT_EQ(message.rfind("cannot compile conv2d n=1 h=6 w=7 ci=16 co=16", 0), 0U) << message;
    EXPECT_NE(message.find("does not support"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(Emit, RefusesASpecThatDoesNotHoldTogether) {
    KernelRequest bad = some_requests()[0];
    bad.spec.groups = 3;
    EXPECT_NE(error_of(bad).find("g=3 does not divide ci and co"), std::string::npos) << error_of(bad);
}

TEST(Emit, SaysWhereToPutACacheThatCannotBeWritten) {
    const TemporaryDirectory folder;
    write_file(folder.path() / "file", "");
    try {
        emit({some_requests()[0]}, {1, folder.path() / "file", {}});
        FAIL() << "no error";
    } catch (const Error &error) {
        EXPECT_NE(std::string(error.what()).find("set INGOT_CACHE_DIR"), std::string::npos) << error.what();
    }
}

TEST(Emit, CompilesTheOtherKernelsWhereSomeFail) {
    const TemporaryDirectory cache;
    const KernelRequest good = some_requests()[0];
    KernelRequest bad = good, worse = good;
    bad.choice.params[0].second = 3;
    worse.choice.params[0].second = 5;
    std::vector<std::string> told;
    EmitOptions tell = options(cache);
    tell.progress = [&](std::size_t done, std::size_t total) {
        told.push_back(std::to_string(done) + "/" + std::to_string(total));
    };
    const std::string first = "cannot compile " + to_text(bad) + ": ", more = " (and 1 more kernel)";
    try {
        emit({bad, worse, good, good}, tell);
        FAIL() << "no error";
    } catch (const Error &error) {
        const std::string message = error.what();
        EXPECT_EQ(message.rfind(first, 0), 0U) << message;
        EXPECT_EQ(message.substr(message.size() - more.size()), more);
    }
    EXPECT_EQ(told, (std::vector<std::string>{"1/3", "2/3", "3/3"}));
    told.clear();
    EXPECT_EQ(emit({good}, tell).size(), 1U);
    EXPECT_TRUE(told.empty()) << "compiled again";
}

TEST(Emit, EndsAKernelThatTakesTooLong) {
    const TemporaryDirectory cache;
    EmitOptions limited = options(cache);
    limited.time_limit = std::chrono::milliseconds(1);
    const KernelRequest slow = some_requests()[0];
    EXPECT_EQ(error_of(slow, limited), "cannot compile " + to_text(slow) + ": no result after 0.001 seconds");
    limited.time_limit = EmitOptions().time_limit;
    EXPECT_EQ(emit({slow}, limited).size(), 1U);
}

TEST(Emit, EndsAKernelThatTakesTooMuchMemory) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer needs terabytes of addresses";
#endif
    const TemporaryDirectory cache;
    EmitOptions limited = options(cache);
    limited.memory_limit = 8 << 20;  // Halide compiles on a stack of 32 MiB
    const KernelRequest large = some_requests()[0];
    const std::string message = error_of(large, limited);
    EXPECT_EQ(message.rfind("cannot compile " + to_text(large) + ": ", 0), 0U) << message;
    limited.memory_limit = EmitOptions().memory_limit;
    EXPECT_EQ(emit({large}, limited).size(), 1U);
}

TEST(Emit, LeavesOtherChildrenAlone) {
    const TemporaryDirectory cache;
    const pid_t other = fork();
    if (other == 0) {
        _exit(7);
    }
    emit({some_requests()[0]}, options(cache));
    int status = 0;
    ASSERT_EQ(waitpid(other, &status, 0), other);
    EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Emit, DoesNotHearHalidesVariables) {
    const TemporaryDirectory plain, with_variables;
    const std::vector<KernelRequest> requests = {some_requests()[0]};
    const std::vector<std::string> expected = objects(emit(requests, options(plain)));
    const std::vector<std::pair<const char *, const char *>> variables = {{"HL_DEBUG_CODEGEN", "1"},
                                                                          {"HL_LLVM_ARGS", "-no-such-option"}};
    for (const auto &[name, value] : variables) {
        setenv(name, value, 1);
    }
    EXPECT_EQ(objects(emit(requests, options(with_variables))), expected);
    for (const auto &[name, value] : variables) {
        unsetenv(name);
    }
}

TEST(Emit, CountsScratchAsTheRuntimeDoes) {
    const TemporaryDirectory cache;
    const Target &target = find_target("x86-64-v3");
    const KernelSpec spec = parse_kernel_spec("conv2d n=1 h=25 w=21 ci=3 co=16 k=3x3 s=1x1 p=1,1,1,1");
    const EmittedKernel kernel = emit({{spec, choose(spec, target).choice, &target}}, options(cache))[0];
    const int64_t padded_source = (25 + 2) * (21 + 2) * 3 * 4;
    ASSERT_NE(padded_source % 64, 0);
    EXPECT_EQ(kernel.scratch_bytes, INGOT_SCRATCH_BYTES(padded_source));
}

TEST(ObjectCache, RemovesWhatProcessesLeftBehindADayAgo) {
    const TemporaryDirectory root;
    const ObjectCache cache(root.path());
    const TemporaryDirectory crashed = cache.scratch(hash_text("crashed")), used = cache.scratch(hash_text("used"));
    const TemporaryDirectory foreign(root.path() / "film.part1");
    for (const TemporaryDirectory *folder : {&crashed, &foreign}) {
        fs::last_write_time(folder->path(), fs::file_time_type::clock::now() - std::chrono::hours(25));
    }
    const ObjectCache again(root.path());
    EXPECT_FALSE(fs::exists(crashed.path()));
    EXPECT_TRUE(fs::exists(used.path()));
    EXPECT_TRUE(fs::exists(foreign.path()));
}

TEST(Toolchain, TakesABlankCompilerForNone) {
    setenv("INGOT_CC", "  ", 1);
    EXPECT_EQ(c_compiler(), std::vector<std::string>{"cc"});
    setenv("INGOT_CC", " gcc  -O2 ", 1);
    EXPECT_EQ(c_compiler(), (std::vector<std::string>{"gcc", "-O2"}));
    unsetenv("INGOT_CC");
}

TEST(Files, RefuseToReadAFolder) {
    const TemporaryDirectory folder;
    EXPECT_THROW(read_file(folder.path()), Error);
    write_file(folder.path() / "empty", "");
    EXPECT_EQ(read_file(folder.path() / "empty"), "");
}

TEST(Load, TellsWhatACheckedKernelFoundWrong) {
    const TemporaryDirectory cache;
    const KernelRequest checked =
        request("gemm n=1 ci=16 co=4 epilogue=bias", find_target("x86-64-v2"), KernelForm::checked);
    const LoadedKernels kernels({checked}, options(cache));
    KernelProblem problem(checked.spec, Values::integers, 1);
    problem.set_scratch(kernels.info(0).scratch_bytes);
    EXPECT_FALSE(problem.run(kernels.function(0)));
    static_cast<halide_buffer_t *>(problem.argv()[1])->dim[0].extent = 15;
    EXPECT_TRUE(problem.run(kernels.function(0)));
    EXPECT_NE(kernels.last_error().find("src"), std::string::npos) << kernels.last_error();
}

TEST(Generators, WorkFromHalidesOwnCommandLine) {
    const TemporaryDirectory folder;
    const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "ingot-generators";
    run_command({program.string(), "-g", "conv2d_direct", "-f", "layer", "-o", ".", "-e", "object,c_header",
                 "target=x86-64-linux-sse41-avx-f16c-fma-avx2-no_runtime",
                 "spec=conv2d n:1 h:8 w:8 ci:16 co:32 k:3x3 s:1x1 p:1,1,1,1 src:nhwc+1,1,1,1 weights:ohwi16o "
                 "epilogue:bias,relu",
                 "choice=conv2d_direct/cpu_tiled:tile_x:4"},
                folder.path());
    EXPECT_TRUE(fs::exists(folder.path() / "layer.o"));
    EXPECT_NE(read_file(folder.path() / "layer.h").find("_weights_buffer"), std::string::npos);
}

// Against NVIDIA's occupancy calculator.
TEST(CudaOccupancy, GivesRegistersByQuarters) {
    const auto blocks = [](int registers, int shared_bytes, int threads, int sm) {
        CudaResources resources;
        resources.registers = registers;
        resources.shared_bytes = shared_bytes;
        resources.threads = threads;
        return cuda_occupancy(resources, sm).blocks;
    };
    EXPECT_EQ(blocks(40, 0, 64, 90), 24);
    EXPECT_EQ(blocks(64, 29152, 224, 90), 4);
    EXPECT_EQ(blocks(32, 0, 128, 90), 16);
    EXPECT_EQ(blocks(32, 48 * 1024, 128, 86), 2);
    EXPECT_EQ(blocks(16, 0, 32, 120), 24);
}

}  // namespace
}  // namespace ingot
