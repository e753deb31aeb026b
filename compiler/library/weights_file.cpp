// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/weights_file.h"
#include <array>
#include <cstdio>
#include <ingot/plan.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ingot {

std::string_view bytes_of(const std::vector<float> &weights) {
    return {reinterpret_cast<const char *>(weights.data()), weights.size() * sizeof(float)};
}

uint64_t hash_weights_file(const std::vector<float> &weights) {
    const std::string_view bytes = bytes_of(weights);
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    XXH64_update(&state, bytes.data(), bytes.size());
    return XXH64_digest(&state);
}

std::string weights_hash_text(uint64_t hash) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
    return text.data();
}

int64_t weights_file_bytes(const std::vector<float> &weights) {
    return static_cast<int64_t>(sizeof(ingot_weights_header) + bytes_of(weights).size());
}

std::string weights_file(const std::vector<float> &weights) {
    const std::string_view bytes = bytes_of(weights);
    const ingot_weights_header header = {INGOT_WEIGHTS_MAGIC, bytes.size(), hash_weights_file(weights), {}};
    std::string content(reinterpret_cast<const char *>(&header), sizeof(header));
    content += bytes;
    return content;
}

}  // namespace ingot
