// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/plot.h"
#include "cli/python.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "spec/error.h"

namespace ingot {

namespace fs = std::filesystem;

namespace {

fs::path script() {
    return share_directory() / "plot.py";
}

}  // namespace

void check_plot(const fs::path &file) {
    if (file.extension() != ".svg") {
        throw Error("--plot " + file.string() + ": draws SVG only; name a file that ends in .svg");
    }
    if (!fs::exists(script())) {
        throw Error("--plot: " + script().string() + " is missing; install Ingot completely");
    }
    try {
        run_command({python_program(), "-c", "import matplotlib"}, ".");
    } catch (const Error &) {
        throw Error("--plot: " + python_program() + " has no matplotlib; run " + python_program() +
                    " -m pip install matplotlib, or set INGOT_PYTHON to a Python that has it");
    }
}

void plot(const std::string &json, const fs::path &file) {
    const TemporaryDirectory folder;
    write_file(folder.path() / "bench.json", json);
    run_command(
        {python_program(), script().string(), (folder.path() / "bench.json").string(), fs::absolute(file).string()},
        ".");
}

}  // namespace ingot
