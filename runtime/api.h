// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The public headers as the runtime's own files include them: the functions for apps have default visibility,
// everything else in the archive is hidden.
#pragma once
#pragma GCC visibility push(default)
#include <ingot/runtime.h>
#pragma GCC visibility pop
#include <ingot/plan.h>
