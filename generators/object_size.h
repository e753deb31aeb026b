// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <filesystem>

namespace ingot {

/// Bytes of machine code, and of the constants it reads, in an ELF64 object; Halide's metadata apart, which no plan
/// refers to and the linker drops.
int64_t code_bytes(const std::filesystem::path &object);

}  // namespace ingot
