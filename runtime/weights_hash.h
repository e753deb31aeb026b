// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>

namespace ingot {

/// XXH64 of `bytes` bytes, a multiple of 32, with seed 0, on little-endian CPUs:
/// https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
uint64_t hash_weights(const unsigned char *weights, uint64_t bytes);

}  // namespace ingot
