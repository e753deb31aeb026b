// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libstdc++'s random_device, linked in, takes arc4random where the C library of the building machine has it: glibc
// 2.36. Defined here, the kit runs with glibc 2.35 too, which is Ubuntu 22.04's.
#include <cstdint>
#include <cstdlib>
#include <sys/random.h>

extern "C" std::uint32_t arc4random() noexcept {
    std::uint32_t value = 0;
    if (getrandom(&value, sizeof(value), 0) != sizeof(value)) {
        std::abort();
    }
    return value;
}
