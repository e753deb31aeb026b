// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <vector>

/// Times each of `bodies` in turn, 101 rounds of them, or the at least 5 that a second has room for: what slows the
/// machine slows all alike. Returns the median microseconds of each. Reading the clock takes about 30 ns, so a body
/// lasts some hundred microseconds or more.
std::vector<double> median_microseconds(const std::vector<std::function<void()>> &bodies);
