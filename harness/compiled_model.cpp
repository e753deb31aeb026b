// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/compiled_model.h"
#include "generators/toolchain.h"
#include "ingot/runtime.h"
#include "spec/error.h"
#include <dlfcn.h>
#include <memory>

namespace ingot {

namespace {

void check(ingot_status status) {
    if (status != INGOT_OK) {
        throw Error(std::string("the compiled model cannot run: ") + ingot_status_message(status));
    }
}

}  // namespace

CompiledModel::CompiledModel(LoweredModel model, const EmitOptions &options) : model_(std::move(model)) {
    emit_library(model_, folder(), options, runnable_form);
    const std::string &name = model_.name;
    write_file(folder() / "shim.c", "#include <" + name +
                                        ".h>\nconst ingot_model *compiled_model(void) { return &" + name +
                                        "_model; }\n");
    run_compiler(
        {"-shared", "-fPIC", "-o", "model.so", "-Iinclude", "shim.c", "-Llib", "-l" + name, "-lingot_runtime"});
    library_ = dlopen((folder() / "model.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    void *address = library_ == nullptr ? nullptr : dlsym(library_, "compiled_model");
    if (address == nullptr) {
        throw Error(std::string("the compiled model cannot be opened: ") + dlerror());
    }
    compiled_ = reinterpret_cast<const ingot_model *(*)()>(address)();
}

CompiledModel::~CompiledModel() {
    dlclose(library_);
}

void CompiledModel::run_compiler(const std::vector<std::string> &arguments) const {
    std::vector<std::string> command = c_compiler();
    command.insert(command.end(), arguments.begin(), arguments.end());
    run_command(command, folder());
}

std::vector<std::vector<unsigned char>> CompiledModel::run(const std::string &level,
                                                           const std::vector<std::vector<unsigned char>> &inputs,
                                                           std::size_t n) const {
    ingot_options options = INGOT_OPTIONS_INIT;
    options.level = level.c_str();
    ingot_session *made = nullptr;
    check(ingot_session_create(compiled_, &options, &made));
    const std::unique_ptr<ingot_session, void (*)(ingot_session *)> session(made, ingot_session_destroy);
    std::vector<const void *> sources;
    for (const std::vector<unsigned char> &input : inputs) {
        sources.push_back(input.data());
    }
    std::vector<std::vector<unsigned char>> outputs;
    std::vector<void *> results;
    for (const Port &port : model_.outputs) {
        outputs.emplace_back(static_cast<std::size_t>(port.bytes()) * n, static_cast<unsigned char>(0xff));
        results.push_back(outputs.back().data());
    }
    check(ingot_session_run(session.get(), sources.data(), results.data(), n));
    return outputs;
}

}  // namespace ingot
