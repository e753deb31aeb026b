// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Halide.h"

/// Halide's generator command line; see kernel_generator.h for its parameters.
int main(int argc, char **argv) {
    return Halide::Internal::generate_filter_main(argc, argv);
}
