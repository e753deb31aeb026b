// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/compile_kernel.h"
#include "Halide.h"
#include "generators/cuda_launch.h"
#include "generators/cuda_object.h"
#include "generators/files.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// Sums up the allocations of a function. The runtime frees all of them when the function returns, so one inside a
/// loop counts once per iteration.
class MemoryCount : public IRVisitor {
public:
    KernelFacts facts;

private:
    using IRVisitor::visit;

    void visit(const For *loop) override {
        const Expr most = find_constant_bound(loop->extent, Direction::Upper);
        const auto extent = most.defined() ? as_const_int(most) : std::nullopt;
        const int64_t outer = iterations_;
        iterations_ = extent && iterations_ > 0 ? iterations_ * *extent : 0;
        IRVisitor::visit(loop);
        iterations_ = outer;
    }

    void visit(const Allocate *allocation) override {
        const int64_t elements = allocation->constant_allocation_size();
        const int64_t bytes =
            (elements + allocation->padding) * allocation->type.bytes() * allocation->type.lanes();
        // As CodeGen_Posix decides: a constant size of at most 16 KB stays on the stack unless the heap is asked
        // for.
        const bool stack = allocation->memory_type == MemoryType::Stack ||
                           allocation->memory_type == MemoryType::Register ||
                           (allocation->memory_type != MemoryType::Heap && elements > 0 && bytes <= stack_limit);
        if (stack) {
            facts.stack_bytes += bytes;
        } else if (elements == 0 || iterations_ == 0) {
            throw Error("the size of '" + allocation->name + "' is not constant");
        } else {
            // As INGOT_SCRATCH_BYTES: 64 guard bytes on each side of a block of a multiple of 64.
            facts.scratch_bytes += iterations_ * (round_up(bytes, 64) + 128);
        }
        IRVisitor::visit(allocation);
    }

    int64_t iterations_ = 1;
};

/// The kernel's own allocations, and the largest of a task: the runtime frees those when the task returns.
KernelFacts count_memory(const Module &module) {
    KernelFacts facts;
    int64_t task_bytes = 0;
    for (const LoweredFunc &function : module.functions()) {
        MemoryCount count;
        function.body.accept(&count);
        facts.stack_bytes += count.facts.stack_bytes;
        if (function.name == module.name()) {
            facts.scratch_bytes = count.facts.scratch_bytes;
        } else {
            facts.parallel = true;
            task_bytes = std::max(task_bytes, count.facts.scratch_bytes);
        }
    }
    facts.scratch_bytes += task_bytes;
    return facts;
}

Halide::Target halide_target(const KernelRequest &request) {
    Halide::Target target{std::string(request.target->halide)};
    target.set_feature(Halide::Target::NoRuntime);
    target.set_feature(Halide::Target::UserContext);
    if (request.form != KernelForm::checked) {
        target.set_feature(Halide::Target::NoAsserts);
        target.set_feature(Halide::Target::NoBoundsQuery);
    }
    if (request.target->device == Device::cuda) {
        INGOT_CHECK(request.form == KernelForm::shipped, "CUDA kernels have one form");
        return target;
    }
    if (request.form == KernelForm::sanitized) {
        target.set_feature(Halide::Target::ASAN);
    }
    return target;
}

void unset_halide_variables() {
    std::vector<std::string> names;
    for (char **entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        if (variable.rfind("HL_", 0) == 0) {
            names.emplace_back(variable.substr(0, variable.find('=')));
        }
    }
    for (const std::string &name : names) {
        unsetenv(name.c_str());
    }
}

}  // namespace

KernelFacts compile_kernel(const KernelRequest &request, const std::filesystem::path &file, bool assembly) {
    unset_halide_variables();
    const GeneratorContext context(halide_target(request));
    const AbstractGeneratorPtr generator = GeneratorRegistry::create(request.choice.algorithm, context);
    generator->set_generatorparam_value("spec", to_text(request.spec));
    generator->set_generatorparam_value("choice", to_text(request.choice));
    const Module module = generator->build_module(kernel_symbol(request));

    if (request.target->device == Device::cuda) {
        const CudaLaunch launch = find_cuda_launch(module);
        if (assembly) {
            write_file(file, launch.ptx);
            return {};
        }
        return write_cuda_object(launch, *request.target, kernel_symbol(request), file);
    }
    const KernelFacts facts = count_memory(module);
    if (facts.stack_bytes > stack_limit) {
        throw Error("stack allocations of " + std::to_string(facts.stack_bytes) + " bytes in sum are over " +
                    std::to_string(stack_limit) + "; let the schedule store the largest stage in MemoryType::Heap");
    }
    module.compile({{assembly ? OutputFileType::assembly : OutputFileType::object, file.string()}});
    return facts;
}

std::string halide_version() {
    const int llvm = get_llvm_version();
    return "Halide " + std::to_string(HALIDE_VERSION_MAJOR) + "." + std::to_string(HALIDE_VERSION_MINOR) + "." +
           std::to_string(HALIDE_VERSION_PATCH) + ", LLVM " + std::to_string(llvm / 10) + "." +
           std::to_string(llvm % 10);
}

}  // namespace ingot
