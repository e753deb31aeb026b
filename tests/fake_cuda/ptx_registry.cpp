// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/ptx_registry.h"

namespace ingot::ptx {
namespace {

Registry all() {
    Registry registry;
    registry.reserve(2048);
    register_integer(registry);
    register_bits(registry);
    register_float(registry);
    register_fused(registry);
    register_compare(registry);
    register_convert(registry);
    register_memory(registry);  // after the moves, which the addresses of global memory are
    register_atomic(registry);
    register_control(registry);
    register_warp(registry);
    return registry;
}

}  // namespace

const Entry *find_entry(const std::string &mnemonic) {
    static const Registry registry = all();
    const auto found = registry.find(mnemonic);
    return found == registry.end() ? nullptr : &found->second;
}

}  // namespace ingot::ptx
