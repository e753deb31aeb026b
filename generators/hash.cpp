// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/hash.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ingot {

std::string hash_text(std::string_view text) {
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, hash);
    std::string hex;
    for (unsigned char byte : bytes.digest) {
        hex += "0123456789abcdef"[byte >> 4U];
        hex += "0123456789abcdef"[byte & 15U];
    }
    return hex;
}

}  // namespace ingot
