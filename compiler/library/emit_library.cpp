// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/emit_library.h"
#include "compiler/library/elf_archive.h"
#include "compiler/library/fill_template.h"
#include "compiler/library/plan_c.h"
#include "compiler/library/read_manifest.h"
#include "compiler/library/weights_file.h"
#include "compiler/library/write_files.h"
#include "generators/files.h"
#include "generators/hash.h"
#include "generators/ptxas.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <algorithm>
#include <map>

namespace ingot {

namespace fs = std::filesystem;

namespace {

ModelFacts facts_of(const LoweredModel &model, const std::vector<EmittedKernel> &kernels) {
    ModelFacts facts;
    facts.version = INGOT_VERSION;
    auto kernel = kernels.begin();
    for (const Plan &plan : model.plans) {
        facts.kernels.emplace_back();
        for (const Step &step : plan.steps) {
            StepKernel &entry = facts.kernels.back().emplace_back();
            if (step.spec) {
                entry = {*kernel, kernel->symbol};
                ++kernel;
            }
        }
    }
    return facts;
}

/// Everything that the archive is made of goes into the hash, but the hash itself and what depends on the C
/// compiler that translates the tables: one model has one hash, whichever that is.
std::string hash_build(const LoweredModel &model, const ModelFacts &facts,
                       const std::vector<EmittedKernel> &kernels) {
    std::string all =
        plan_c(model, facts) + model_header(model, facts) + manifest(model, facts, generator_version());
    all += bytes_of(model.weights);
    std::string hashes;
    for (const EmittedKernel &kernel : kernels) {
        hashes += kernel.object_hash;
    }
    return hash_text(hash_text(all) + hashes).substr(0, 8);
}

constexpr const char *weights_assembly = R"(.section .rodata.weights,"a",%progbits
.balign 64
.globl @name@_weights
.hidden @name@_weights
.type @name@_weights, %object
@name@_weights:
.incbin "weights.bin"
.size @name@_weights, . - @name@_weights
.section .note.GNU-stack,"",%progbits
)";

constexpr const char *cmake_config = R"(# Written by ingot; do not edit.
get_filename_component(@name@_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET @name@)
  add_library(@name@ STATIC IMPORTED)
  set_target_properties(@name@ PROPERTIES
    IMPORTED_LOCATION "${@name@_root}/lib/lib@name@.a"
    INTERFACE_INCLUDE_DIRECTORIES "${@name@_root}/include"
    INTERFACE_LINK_LIBRARIES "${@name@_root}/lib/libingot_runtime.a@libraries@")
endif()
@weights@)";

constexpr const char *cmake_weights = R"(set(@name@_WEIGHTS "${@name@_root}/@name@.weights")
)";

/// Sessions have threads, on CUDA they open the driver's library: both are in libraries of their own before glibc
/// 2.34.
std::string cmake_package(const LoweredModel &model, WeightsForm weights) {
    const bool has_cuda = model.cpu_plan_count() < model.plans.size();
    return fill_template(
        cmake_config,
        {{"name", model.name},
         {"libraries", has_cuda ? ";dl;pthread" : ";pthread"},
         {"weights", weights == WeightsForm::file ? fill_template(cmake_weights, {{"name", model.name}}) : ""}});
}

/// Translates the tables to plan.o. Returns what the C compiler calls itself there, as in `GCC: (Debian 12.2.0-14)
/// 12.2.0`.
std::string compile_tables(const LoweredModel &model, const ModelFacts &facts, const fs::path &work) {
    write_file(work / "plan.c", plan_c(model, facts));
    std::vector<std::string> compile = c_compiler();
    compile.insert(compile.end(), {"-std=c99", "-O2", "-fPIC", "-fvisibility=hidden", "-I",
                                   runtime_include_directory().string(), "-c", "plan.c", "-o", "plan.o"});
    run_command(compile, work);

    const std::string object = read_file(work / "plan.o");
    std::string_view name = find_section(object, ".comment").value_or("");
    name.remove_prefix(std::min(name.find_first_not_of('\0'), name.size()));
    return name.empty() ? "unknown" : std::string(name.substr(0, name.find('\0')));
}

/// One relocatable object with one exported symbol, in an archive: plan.o, weights, kernels, and the manifest in a
/// section that no application gets.
void build_archive(const LoweredModel &model, const ModelFacts &facts, const std::vector<EmittedKernel> &kernels,
                   const fs::path &work) {
    const std::string symbol = facts.model_symbol(model);
    std::vector<std::string> link = {"ld", "-r", "--gc-sections", "-u", symbol, "-o", "model.o", "plan.o"};
    if (facts.weights_form == WeightsForm::linked && !model.weights.empty()) {
        write_file(work / "weights.bin", bytes_of(model.weights));
        write_file(work / "weights.s", fill_template(weights_assembly, {{"name", model.name}}));
        std::vector<std::string> assemble = c_compiler();
        assemble.insert(assemble.end(), {"-c", "weights.s", "-o", "weights.o"});
        run_command(assemble, work);
        link.emplace_back("weights.o");
    }
    for (const EmittedKernel &kernel : kernels) {
        link.push_back(kernel.object.string());
    }
    run_command(link, work);
    write_file(work / "manifest.json", manifest(model, facts, generator_version()));
    const std::string section = manifest_section;
    run_command({"llvm-objcopy", "--keep-global-symbol=" + symbol, "--remove-section=.comment",
                 "--add-section=" + section + "=manifest.json",
                 "--set-section-flags=" + section + "=exclude,readonly", "model.o"},
                work);
    run_command({"ar", "rcsD", "lib.a", "model.o"}, work);
}

/// Each kernel once, in the order of their symbols: the archive does not depend on where the cache lies.
std::vector<EmittedKernel> distinct(const std::vector<EmittedKernel> &kernels) {
    std::map<std::string, EmittedKernel> by_symbol;
    for (const EmittedKernel &kernel : kernels) {
        const auto [known, is_new] = by_symbol.emplace(kernel.symbol, kernel);
        INGOT_CHECK(is_new || known->second.object == kernel.object, "two kernels are called " + kernel.symbol);
    }
    std::vector<EmittedKernel> result;
    for (auto &[symbol, kernel] : by_symbol) {
        result.push_back(std::move(kernel));
    }
    return result;
}

}  // namespace

std::vector<KernelRequest> kernel_requests(const Plan &plan, KernelForm form) {
    std::vector<KernelRequest> requests;
    for (const Step &step : plan.steps) {
        if (step.spec) {
            requests.push_back({*step.spec, step.choice, plan.target, plan.is_cuda() ? KernelForm::shipped : form});
        }
    }
    return requests;
}

LibraryReport emit_library(const LoweredModel &model, const fs::path &folder, const EmitOptions &options,
                           KernelForm form, WeightsForm weights) {
    check_writable(folder);
    std::vector<KernelRequest> requests;
    for (const Plan &plan : model.plans) {
        for (KernelRequest &request : kernel_requests(plan, form)) {
            requests.push_back(std::move(request));
        }
    }
    const std::vector<EmittedKernel> kernels = emit(requests, options);
    const std::vector<EmittedKernel> different = distinct(kernels);
    ModelFacts facts = facts_of(model, kernels);
    if (std::any_of(model.plans.begin(), model.plans.end(),
                    [](const Plan &plan) { return plan.target->sm != 0; })) {
        facts.ptxas = ptxas_version();
    }
    facts.weights_form = weights;
    facts.weights_hash = weights == WeightsForm::file ? hash_weights_file(model.weights) : 0;
    facts.build_hash = hash_build(model, facts, different);

    const TemporaryDirectory work;
    // Line numbers would name files of the machine that built Ingot.
    run_command({"llvm-objcopy", "--strip-debug", runtime_archive().string(), "runtime.a"}, work.path());
    const std::string runtime = read_file(work.path() / "runtime.a");
    facts.runtime_bytes = loaded_bytes(runtime);
    facts.c_compiler = compile_tables(model, facts, work.path());
    build_archive(model, facts, different, work.path());

    const std::string archive = read_file(work.path() / "lib.a");
    const fs::path lib = "lib", include = "include", config = model.name + "-config.cmake";
    FileContents files = {{lib / ("lib" + model.name + ".a"), archive},
                          {lib / "libingot_runtime.a", runtime},
                          {include / (model.name + ".h"), model_header(model, facts)},
                          {include / "ingot/runtime.h", read_file(runtime_include_directory() / "ingot/runtime.h")},
                          {lib / "cmake" / model.name / config, cmake_package(model, weights)},
                          {model.name + ".json", manifest(model, facts, generator_version())}};
    if (weights == WeightsForm::file) {
        files.emplace_back(model.name + ".weights", weights_file(model.weights));
    }
    write_files(folder, files);

    LibraryReport report;
    report.build_hash = facts.build_hash;
    report.kernels = kernels.size();
    report.distinct_kernels = different.size();
    report.cached_kernels = static_cast<std::size_t>(std::count_if(
        different.begin(), different.end(), [](const EmittedKernel &kernel) { return kernel.from_cache; }));
    report.weights = static_cast<int64_t>(bytes_of(model.weights).size());
    report.weights_file = facts.weights_file_bytes(model);
    report.session = facts.session_bytes(model);
    report.device = facts.device_bytes(model);
    report.archive = static_cast<int64_t>(archive.size());
    report.runtime = static_cast<int64_t>(runtime.size());
    for (std::size_t i = 0; i < model.plans.size(); ++i) {
        const Plan &plan = model.plans[i];
        const std::string from =
            plan.min_images > 1 ? " from " + std::to_string(plan.min_images) + " images on" : "";
        report.code_per_target.emplace_back(std::string(plan.target->name) + from, facts.code_bytes(i));
    }
    return report;
}

}  // namespace ingot
