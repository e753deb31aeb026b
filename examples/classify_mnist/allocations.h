// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>

/// Heap allocations of this program so far, on whichever thread: calls of malloc and its kin, which operator new
/// calls as well.
std::size_t allocation_count();
