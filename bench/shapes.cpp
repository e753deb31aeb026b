// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/shapes.h"
#include "generators/toolchain.h"
#include "spec/error.h"
#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

namespace ingot {

namespace {

/// The text without operand layouts, but for an order that is not the usual one.
std::string canonical(const KernelSpec &spec) {
    std::string text = shape_text(spec), orders;
    for (const auto &[name, operand] : {std::pair{" src=", &spec.src}, std::pair{" dst=", &spec.dst}}) {
        if (operand->order == DimOrder::nchw) {
            orders += name + std::string(to_text(operand->order));
        }
    }
    return text.insert(std::min(text.find(" epilogue="), text.size()), orders);
}

KernelSpec read_line(const std::string &line) {
    KernelSpec spec = parse_kernel_spec(line);
    spec.validate();
    if (const std::string text = canonical(spec); text != line) {
        throw Error("not canonical; write " + text);
    }
    return spec;
}

}  // namespace

std::vector<KernelSpec> read_shapes(const std::filesystem::path &file) {
    std::ifstream in(file);
    if (!in) {
        throw Error("cannot read " + file.string());
    }
    std::vector<KernelSpec> shapes;
    bool header = false;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty() || line.front() == '#') {
            continue;
        }
        try {
            if (header) {
                shapes.push_back(read_line(line));
            } else if (line != "kernel") {
                throw Error("the first line is the header; write kernel");
            }
        } catch (const Error &error) {
            throw Error(file.string() + ":" + std::to_string(number) + ": " + error.what());
        }
        header = true;
    }
    if (shapes.empty()) {
        throw Error(file.string() + ": no kernel");
    }
    return shapes;
}

std::filesystem::path shapes_file(Op op) {
    return share_directory() / "shapes" / (std::string(to_text(op)) + ".csv");
}

}  // namespace ingot
