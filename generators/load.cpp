// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/load.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <algorithm>
#include <dlfcn.h>
#include <set>

namespace ingot {

namespace {

std::vector<KernelRequest> runnable(std::vector<KernelRequest> requests) {
    for (KernelRequest &request : requests) {
        if (request.target->device == Device::cpu && request.form == KernelForm::shipped) {
            request.form = runnable_form;
        }
    }
    return requests;
}

bool any_checked(const std::vector<KernelRequest> &requests) {
    return std::any_of(requests.begin(), requests.end(),
                       [](const KernelRequest &request) { return request.form == KernelForm::checked; });
}

}  // namespace

LoadedKernels::LoadedKernels(const std::vector<KernelRequest> &requests, const EmitOptions &options)
    : kernels_(emit(runnable(requests), options)) {
    const TemporaryDirectory folder;
    std::string inputs;
    std::set<std::filesystem::path> objects;
    for (const EmittedKernel &kernel : kernels_) {
        if (objects.insert(kernel.object).second) {
            inputs += "\"" + kernel.object.string() + "\"\n";
        }
    }
    // A response file: a batch may be longer than a command line.
    write_file(folder.path() / "inputs", inputs);
    std::vector<std::string> command = c_compiler();
    command.insert(command.end(), {"-shared", "-Wl,-Bsymbolic", "-o", "kernels.so", "@inputs"});
    if (any_checked(requests)) {  // an installation lacks this archive
        command.insert(command.end(),
                       {"-Wl,--whole-archive", checked_errors_archive().string(), "-Wl,--no-whole-archive"});
    }
    command.push_back(runtime_archive().string());
    run_command(command, folder.path());
    library_ = dlopen((folder.path() / "kernels.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) {
        throw Error("cannot open the kernels: " + std::string(dlerror()));
    }
    for (const EmittedKernel &kernel : kernels_) {
        void *address = dlsym(library_, (kernel.symbol + (kernel.cuda ? "_cuda" : "_argv")).c_str());
        INGOT_CHECK(address != nullptr, "no symbol " + kernel.symbol);
        addresses_.push_back(address);
    }
}

LoadedKernels::~LoadedKernels() {
    if (library_ != nullptr) {
        dlclose(library_);
    }
}

std::string LoadedKernels::last_error() const {
    void *address = dlsym(library_, "ingot_checked_error_message");
    if (address == nullptr) {
        return "";
    }
    return reinterpret_cast<const char *(*)()>(address)();
}

}  // namespace ingot
