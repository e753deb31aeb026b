// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/emit_library.h"
#include "compiler/plan_c.h"
#include "generators/hash.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <map>

namespace ingot {

namespace fs = std::filesystem;

namespace {

std::vector<KernelRequest> requests_of(const LoweredModel &model) {
    std::vector<KernelRequest> requests;
    for (const Plan &plan : model.plans) {
        for (const Step &step : plan.steps) {
            if (step.spec) {
                requests.push_back({*step.spec, step.choice, plan.target, KernelForm::shipped});
            }
        }
    }
    return requests;
}

ModelFacts facts_of(const LoweredModel &model, const std::vector<EmittedKernel> &kernels) {
    ModelFacts facts;
    facts.version = INGOT_VERSION;
    auto kernel = kernels.begin();
    for (const Plan &plan : model.plans) {
        facts.kernels.emplace_back();
        for (const Step &step : plan.steps) {
            StepKernel &entry = facts.kernels.back().emplace_back();
            if (step.spec) {
                entry = {kernel->symbol, kernel->scratch_bytes, kernel->stack_bytes, kernel->code_bytes};
                ++kernel;
            }
        }
    }
    return facts;
}

std::string_view bytes_of(const std::vector<float> &weights) {
    return {reinterpret_cast<const char *>(weights.data()), weights.size() * sizeof(float)};
}

/// Everything that the archive is made of goes into the hash, the hash itself apart.
std::string hash_build(const LoweredModel &model, const ModelFacts &facts, const std::vector<fs::path> &objects) {
    std::string all = generator_version() + plan_c(model, facts) + model_header(model, facts);
    all += bytes_of(model.weights);
    std::string hashes;
    for (const fs::path &object : objects) {
        hashes += hash_text(read_file(object));
    }
    return hash_text(hash_text(all) + hashes).substr(0, 8);
}

constexpr const char *weights_assembly = R"(.section .rodata.weights,"a",@progbits
.balign 64
.globl NAME_weights
.hidden NAME_weights
.type NAME_weights, @object
NAME_weights:
.incbin "weights.bin"
.size NAME_weights, . - NAME_weights
.section .note.GNU-stack,"",@progbits
)";

std::string with_name(std::string text, const std::string &name) {
    for (std::size_t at = 0; (at = text.find("NAME", at)) != std::string::npos; at += name.size()) {
        text.replace(at, 4, name);
    }
    return text;
}

std::string cmake_config(const std::string &name) {
    return with_name(R"(# Written by ingot; do not edit.
get_filename_component(NAME_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET NAME)
  add_library(NAME STATIC IMPORTED)
  set_target_properties(NAME PROPERTIES
    IMPORTED_LOCATION "${NAME_root}/lib/libNAME.a"
    INTERFACE_INCLUDE_DIRECTORIES "${NAME_root}/include"
    INTERFACE_LINK_LIBRARIES "${NAME_root}/lib/libingot_runtime.a")
endif()
)",
                     name);
}

/// One relocatable object with one exported symbol, in an archive.
void build_archive(const LoweredModel &model, const ModelFacts &facts, const std::vector<fs::path> &objects,
                   const fs::path &work) {
    write_file(work / "plan.c", plan_c(model, facts));
    std::vector<std::string> compile = c_compiler();
    compile.insert(compile.end(), {"-std=c99", "-O2", "-fPIC", "-fvisibility=hidden", "-I", runtime_include_directory().string(),
                                   "-c", "plan.c", "-o", "plan.o"});
    run_command(compile, work);

    const std::string symbol = facts.model_symbol(model);
    std::vector<std::string> link = {"ld", "-r", "--gc-sections", "-u", symbol, "-o", "model.o", "plan.o"};
    if (!model.weights.empty()) {
        write_file(work / "weights.bin", bytes_of(model.weights));
        write_file(work / "weights.s", with_name(weights_assembly, model.name));
        std::vector<std::string> assemble = c_compiler();
        assemble.insert(assemble.end(), {"-c", "weights.s", "-o", "weights.o"});
        run_command(assemble, work);
        link.emplace_back("weights.o");
    }
    for (const fs::path &object : objects) {
        link.push_back(object.string());
    }
    run_command(link, work);
    run_command({"llvm-objcopy", "--keep-global-symbol=" + symbol, "model.o"}, work);
    run_command({"ar", "rcsD", "lib.a", "model.o"}, work);
}

}  // namespace

LibraryReport emit_library(const LoweredModel &model, const fs::path &folder, const EmitOptions &options) {
    const std::vector<EmittedKernel> kernels = emit(requests_of(model), options);
    // In the order of their symbols, so that the archive does not depend on where the cache lies.
    std::map<std::string, fs::path> by_symbol;
    for (const EmittedKernel &kernel : kernels) {
        by_symbol[kernel.symbol] = kernel.object;
    }
    std::vector<fs::path> objects;
    for (const auto &[symbol, object] : by_symbol) {
        objects.push_back(object);
    }
    ModelFacts facts = facts_of(model, kernels);
    facts.build_hash = hash_build(model, facts, objects);

    const TemporaryDirectory work;
    build_archive(model, facts, objects, work.path());

    std::error_code error;
    for (const char *part : {"include/ingot", "lib/cmake"}) {
        fs::create_directories(folder / part, error);
    }
    fs::create_directories(folder / "lib" / "cmake" / model.name, error);
    if (error) {
        throw Error(folder.string() + ": cannot be written: " + error.message() + "; choose another folder with -o");
    }
    const std::string archive = read_file(work.path() / "lib.a"), runtime = read_file(runtime_archive());
    write_file(folder / "lib" / ("lib" + model.name + ".a"), archive);
    write_file(folder / "lib" / "libingot_runtime.a", runtime);
    write_file(folder / "include" / (model.name + ".h"), model_header(model, facts));
    write_file(folder / "include" / "ingot" / "runtime.h", read_file(runtime_include_directory() / "ingot" / "runtime.h"));
    write_file(folder / "lib" / "cmake" / model.name / (model.name + "-config.cmake"), cmake_config(model.name));
    write_file(folder / (model.name + ".json"), manifest(model, facts, generator_version()));

    LibraryReport report{facts.build_hash,
                         static_cast<int64_t>(model.weights.size() * sizeof(float)),
                         facts.session_bytes(model),
                         {},
                         static_cast<int64_t>(archive.size()),
                         static_cast<int64_t>(runtime.size())};
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        std::map<std::string, int64_t> code;
        for (const StepKernel &kernel : facts.kernels[i]) {
            code[kernel.symbol] = kernel.code_bytes;
        }
        int64_t sum = 0;
        for (const auto &[symbol, bytes] : code) {
            sum += bytes;
        }
        report.code_per_target.emplace_back(model.plans[i].target->name, sum);
    }
    return report;
}

}  // namespace ingot
