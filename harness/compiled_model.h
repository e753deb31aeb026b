// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/library/emit_library.h"
#include "generators/files.h"
#include "ingot/plan.h"
#include <string>
#include <vector>

namespace ingot {

/// A model compiled into a library as `ingot compile` does it, linked into a shared object and opened: what runs is
/// what ships. In a process with AddressSanitizer its kernels have the sanitizer's checks.
class CompiledModel {
public:
    /// Throws Error.
    explicit CompiledModel(LoweredModel model, const EmitOptions &options = {});
    ~CompiledModel();
    CompiledModel(const CompiledModel &) = delete;
    CompiledModel &operator=(const CompiledModel &) = delete;

    [[nodiscard]] const LoweredModel &lowered() const { return model_; }
    [[nodiscard]] const ingot_model &compiled() const { return *compiled_; }
    /// What compile wrote; removed at the end of this object's life.
    [[nodiscard]] const std::filesystem::path &folder() const { return folder_.path(); }

    /// Runs the C compiler with `arguments` in the folder. Throws Error where it fails.
    void run_compiler(const std::vector<std::string> &arguments) const;

    /// Runs n images on the CPU at `level`, in a session of its own. `inputs` has the bytes of each input, the
    /// result those of each output, which have all bits set before. Throws Error where the runtime refuses.
    [[nodiscard]] std::vector<std::vector<unsigned char>>
    run(const std::string &level, const std::vector<std::vector<unsigned char>> &inputs, std::size_t n) const;

private:
    TemporaryDirectory folder_;
    LoweredModel model_;
    void *library_ = nullptr;
    const ingot_model *compiled_ = nullptr;
};

}  // namespace ingot
