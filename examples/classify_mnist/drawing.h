// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

/// Draws images [28, 28] side by side with half-block characters, two pixels to a character, each under its
/// caption.
std::string draw(const std::vector<const float *> &images, const std::vector<std::string> &captions);
