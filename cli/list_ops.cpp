// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/list_ops.h"
#include "cli/verbs.h"
#include "compiler/onnx/support.h"
#include "generators/files.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>

namespace ingot {

namespace {

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string opsets(const SupportedOperator &row) {
    return std::to_string(row.first_opset) + " to " + std::to_string(row.last_opset);
}

/// The column of a table `op,largest ULP`.
std::map<std::string, std::string, std::less<>> read_ulp(const std::filesystem::path &file) {
    std::map<std::string, std::string, std::less<>> result;
    std::istringstream lines(read_file(file));
    std::string line;
    std::getline(lines, line);
    if (line != "op,largest ULP") {
        throw Error(file.string() +
                    ": it does not begin with 'op,largest ULP'; ./dev conformance --update-ulp writes "
                    "such a table");
    }
    while (std::getline(lines, line)) {
        const std::size_t comma = line.find(',');
        if (comma == std::string::npos) {
            throw Error(file.string() + ": '" + line +
                        "' is no row of two columns; run ./dev conformance "
                        "--update-ulp");
        }
        result.emplace(line.substr(0, comma), line.substr(comma + 1));
    }
    return result;
}

/// `'conv1', 'conv2' and 5 more`.
std::string some_of(const std::vector<std::string> &nodes) {
    constexpr std::size_t most = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(nodes.size(), most); ++i) {
        text += (i == 0 ? "'" : ", '") + nodes[i] + "'";
    }
    return text + (nodes.size() > most ? " and " + std::to_string(nodes.size() - most) + " more" : "");
}

}  // namespace

std::string operators_text() {
    const std::vector<SupportedOperator> rows = supported_operators();
    std::size_t width = 0;
    for (const SupportedOperator &row : rows) {
        width = std::max(width, row.name.size());
    }
    std::string text;
    for (const SupportedOperator &row : rows) {
        text += padded(std::string(row.name), width) + "  opset " + opsets(row) +
                (row.limits.empty() ? "" : "; " + std::string(row.limits)) + "\n";
    }
    return text;
}

std::string operators_markdown(const std::filesystem::path &ulp) {
    const std::map<std::string, std::string, std::less<>> largest =
        ulp.empty() ? std::map<std::string, std::string, std::less<>>() : read_ulp(ulp);
    std::ostringstream page;
    page << "# Supported ONNX operators\n\n"
            "Operators of the domain ai.onnx, for inference. What a row limits is refused with a line that says "
            "so;\n`ingot list ops --model net.onnx` tells all such lines of a model.\n\n";
    if (!ulp.empty()) {
        page << "Largest ULP: how far a result is from that of the official tests of the operator, in units in the "
                "last place of\nfloat32; tests/conformance/difference.py defines it. A dash: no test of the "
                "operator "
                "alone compares floats.\n\n";
    }
    page << "<!-- Written by `ingot list ops --markdown`; do not edit. -->\n\n"
         << "| operator | opsets | limits |" << (ulp.empty() ? "" : " largest ULP |") << "\n|---|---|---|"
         << (ulp.empty() ? "" : "--:|") << "\n";
    for (const SupportedOperator &row : supported_operators()) {
        std::string limits(row.limits);
        for (std::size_t at = limits.find('|'); at != std::string::npos; at = limits.find('|', at + 2)) {
            limits.insert(at, "\\");
        }
        page << "| " << row.name << " | " << opsets(row) << " | " << limits << (limits.empty() ? "|" : " |");
        if (!ulp.empty()) {
            const auto found = largest.find(row.name);
            page << " " << (found == largest.end() ? "-" : found->second) << " |";
        }
        page << "\n";
    }
    return page.str();
}

void list_model_operators(const std::filesystem::path &model, const std::vector<std::string> &shapes) {
    const ModelSupport support = check_support(model, import_options(shapes));
    std::size_t width = 0, digits = 0;
    for (const OperatorUse &use : support.operators) {
        width = std::max(width, use.name.size());
        digits = std::max(digits, std::to_string(use.count).size());
    }
    for (const OperatorUse &use : support.operators) {
        const std::string count = std::to_string(use.count);
        const std::string start =
            padded(use.name, width) + "  " + std::string(digits - count.size(), ' ') + count + "  ";
        std::cout << start;
        if (use.refused.empty()) {
            std::cout << "supported\n";
        }
        for (const RefusedNodes &refused : use.refused) {
            std::cout << (&refused == use.refused.data() ? "" : std::string(start.size(), ' ')) << refused.reason
                      << " (" << some_of(refused.nodes) << ")\n";
        }
    }
    for (const std::string &other : support.others) {
        std::cout << other << "\n";
    }
    if (!support.supported()) {
        throw Unsuccessful();
    }
}

}  // namespace ingot
