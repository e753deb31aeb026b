// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/assembly.h"
#include <map>
#include <regex>
#include <sstream>

namespace ingot {

namespace {

const std::regex label_line(R"(^(\.L[A-Za-z0-9_]+):)");
const std::regex jump_line(R"(^\tj[a-z]+\t(\.L[A-Za-z0-9_]+))");
const std::regex multiply_add(R"(^\tv?(fn?m(add|sub)[0-9]*ps|mulps)\t)");
const std::regex vector_store(R"(^\tv?mov[a-z]*p[sd]\t%[xyz]mm[0-9]+, [^%]*\()");
const std::regex vector_register("%[xyz]mm[0-9]");

void count(InnerLoop &loop, const std::string &line) {
    if (line.size() < 2 || line[0] != '\t' || line[1] == '.' || line[1] == '#') {
        return;
    }
    ++loop.instructions;
    loop.multiply_adds += std::regex_search(line, multiply_add) ? 1 : 0;
    loop.vector_stores += std::regex_search(line, vector_store) ? 1 : 0;
    const bool is_spill = line.find(" Spill") != std::string::npos || line.find(" Reload") != std::string::npos ||
                          line.find("Folded Reload") != std::string::npos;
    loop.vector_spills += is_spill && std::regex_search(line, vector_register) ? 1 : 0;
}

}  // namespace

std::vector<InnerLoop> inner_loops(const std::string &assembly) {
    std::vector<std::string> lines;
    std::istringstream in(assembly);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    std::map<std::string, std::size_t> labels;
    std::vector<InnerLoop> loops;
    std::size_t last_loop_begin = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::smatch match;
        if (std::regex_search(lines[i], match, label_line)) {
            labels[match[1]] = i;
        } else if (std::regex_search(lines[i], match, jump_line)) {
            const auto begin = labels.find(match[1]);
            // A backward jump over an earlier loop closes an outer one.
            if (begin != labels.end() && begin->second >= last_loop_begin) {
                InnerLoop loop{match[1], 0, 0, 0, 0};
                for (std::size_t j = begin->second; j <= i; ++j) {
                    count(loop, lines[j]);
                }
                loops.push_back(loop);
                last_loop_begin = begin->second + 1;
            }
        }
    }
    return loops;
}

}  // namespace ingot
