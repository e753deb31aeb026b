// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

namespace ingot {

/// The Python that runs the scripts of share/ingot: $INGOT_PYTHON, else the one that the build found, else python3.
std::string python_program();

}  // namespace ingot
