// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>

namespace ingot {

/// Throws Error where plot() could not draw: `file` is no .svg, or there is no Python with matplotlib. To be asked
/// before anything is measured.
void check_plot(const std::filesystem::path &file);

/// Draws what to_json(BenchReport) wrote, by plot.py beside the program in $INGOT_PYTHON, else in the Python that
/// the build found. Throws Error.
void plot(const std::string &json, const std::filesystem::path &file);

}  // namespace ingot
