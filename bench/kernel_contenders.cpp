// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/kernel_contenders.h"
#include "harness/mca.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <algorithm>
#include <map>

namespace ingot {

double operand_bytes(const KernelSpec &spec) {
    double bytes = 0;
    for (const KernelBuffer &buffer : kernel_buffers(spec)) {
        bytes += static_cast<double>(buffer.elements * byte_size(buffer.type));
    }
    return bytes;
}

std::optional<double> KernelCode::trips(double flops) const {
    return loop ? std::optional(flops / loop->flops) : std::nullopt;
}

KernelContenders::KernelContenders(std::vector<KernelRequest> requests, const EmitOptions &options)
    : requests_(std::move(requests)), faults_(requests_.size()), loaded_(requests_.size()),
      operands_(requests_.size()) {
    compile(options);
    std::vector<KernelRequest> good;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
        loaded_[i] = good.size();
        if (!faults_[i]) {
            good.push_back(requests_[i]);
        }
    }
    if (!good.empty()) {
        EmitOptions cached = options;
        cached.progress = {};
        kernels_ = std::make_unique<LoadedKernels>(good, cached);
    }
}

/// The batch tells of the first kernel that it cannot compile, and has compiled the others by then: asked one by
/// one, these come from the cache.
void KernelContenders::compile(const EmitOptions &options) {
    try {
        emit(requests_, options);
        return;
    } catch (const Error &) {
        EmitOptions single = options;
        single.progress = {};
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            try {
                emit({requests_[i]}, single);
            } catch (const Error &error) {
                faults_[i] = error.what();
            }
        }
    }
    // Where all fail it is not the kernels that are at fault.
    if (std::all_of(faults_.begin(), faults_.end(), [](const auto &fault) { return fault.has_value(); })) {
        throw Error(*faults_.front());
    }
}

KernelCode KernelContenders::code(std::size_t i) const {
    const EmittedKernel &kernel = kernels_->info(loaded_[i]);
    KernelCode code;
    code.bytes = kernel.code_bytes;
    for (InnerLoop &loop : summing_loops(disassemble(kernel.object))) {
        code.vector_spills += loop.vector_spills;
        if (!code.loop || loop.flops > code.loop->flops) {
            code.loop = std::move(loop);
        }
    }
    if (code.loop) {
        code.mca_cycles = mca_cycles(code.loop->text, *requests_[i].target);
    }
    return code;
}

void KernelContenders::verify(const std::vector<std::size_t> &which) {
    std::map<std::string, std::shared_ptr<Operands>> shared;
    for (std::size_t i : which) {
        if (faults_[i]) {
            continue;
        }
        const KernelRequest &request = requests_[i];
        const bool exact = find_algorithm(request.choice.algorithm).exact;
        std::shared_ptr<Operands> &operands = shared[(exact ? "exact " : "") + to_text(request.spec)];
        if (!operands) {
            operands = std::make_shared<Operands>();
            operands->problem = std::make_unique<KernelProblem>(
                request.spec, exact ? Values::integers : Values::reals, 1, session_alignment);
        }
        KernelProblem &problem = *operands->problem;
        const int64_t scratch = kernels_->info(loaded_[i]).scratch_bytes;
        problem.clear_dst();
        problem.set_scratch(scratch);
        std::optional<std::string> wrong = problem.run(function(i));
        wrong = wrong ? wrong : problem.check();
        if (wrong) {
            faults_[i] = "wrong result of " + to_text(request) + ": " + *wrong;
        }
        operands->scratch = std::max(operands->scratch, scratch);
        operands_[i] = operands;
    }
    for (const auto &[text, operands] : shared) {
        operands->problem->set_scratch(operands->scratch);
    }
}

Contender KernelContenders::contender(std::size_t i) const {
    const KernelSpec &spec = requests_[i].spec;
    Contender contender;
    contender.call = [kernel = function(i), &problem = problem(i)] { (void)problem.run(kernel); };
    contender.peak = peak_loop(*requests_[i].target);
    contender.flops = spec.flops();
    contender.bytes = operand_bytes(spec);
    return contender;
}

void KernelContenders::release() {
    std::fill(operands_.begin(), operands_.end(), nullptr);
}

void KernelContenders::release(const std::vector<std::size_t> &which) {
    for (std::size_t i : which) {
        operands_[i] = nullptr;
    }
}

KernelFunction KernelContenders::function(std::size_t i) const {
    return kernels_->function(loaded_[i]);
}

KernelProblem &KernelContenders::problem(std::size_t i) const {
    INGOT_CHECK(operands_[i] != nullptr, "a kernel that verify() has not seen: " + to_text(requests_[i]));
    return *operands_[i]->problem;
}

}  // namespace ingot
