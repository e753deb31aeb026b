// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/evict.h"
#include <algorithm>
#include <immintrin.h>

namespace ingot {

void evict_operands(const KernelSpec &spec, KernelProblem &problem, std::initializer_list<std::string_view> names) {
    void **argument = problem.argv() + 1;
    for (const KernelBuffer &buffer : kernel_buffers(spec)) {
        const auto *halide = static_cast<const halide_buffer_t *>(*argument++);
        if (std::find(names.begin(), names.end(), buffer.name) == names.end()) {
            continue;
        }
        constexpr int64_t line = 64;
        const auto *begin = halide->host - buffer.origin * byte_size(buffer.type);
        const auto *end = begin + buffer.elements * byte_size(buffer.type);
        for (const auto *byte = begin; byte < end; byte += line) {
            _mm_clflush(byte);
        }
        _mm_clflush(end - 1);
    }
    _mm_mfence();
}

}  // namespace ingot
