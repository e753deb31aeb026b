// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "harness/assembly.h"
#include "generators/toolchain.h"
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace ingot {

namespace {

const std::regex label_line(R"(^(\.L[A-Za-z0-9_]+):)");
const std::regex jump_line(R"(^\tj[a-z]+\t(\.L[A-Za-z0-9_]+))");
const std::regex multiply_add(R"(^\tv?(fn?m(add|sub)[0-9]*ps|mulps)\t)");
/// Adds to the register that it writes.
const std::regex accumulation(R"(^\t(vfn?m(add|sub)231ps|addps)\t)");
const std::regex written_vector("%[xyz]mm([0-9]+)( \\{[^}]*\\})?(\\{[^}]*\\})*[ \t]*(#.*)?$");
const std::regex vector_store(R"(^\tv?mov[a-z]*p[sd]\t%[xyz]mm[0-9]+, [^%]*\()");
const std::regex vector_register("%([xyz])mm[0-9]");
/// A slot without an index register, whole: what a register is spilled to, not an array on the stack.
const std::regex stack_slot(R"([ \t,]-?[0-9]*\(%rsp\)(?!\{1to))");
const std::regex part_of_a_vector(R"(^\tv?(broadcast|insert|extract|pbroadcast|pinsr|pextr|mov[sdlh]|movq))");

std::vector<std::string> lines_of(const std::string &text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

int lanes(const std::string &line) {
    std::smatch match;
    std::regex_search(line, match, vector_register);
    return match[1] == "z" ? 16 : match[1] == "y" ? 8 : 4;
}

bool is_spill(const std::string &line) {
    return std::regex_search(line, vector_register) && std::regex_search(line, stack_slot) &&
           (!std::regex_search(line, part_of_a_vector) || std::regex_search(line, vector_store));
}

/// `written` holds the vector registers that the lines before have written.
void count(InnerLoop &loop, std::set<std::string> &written, const std::string &line) {
    if (line.size() < 2 || line[0] != '\t' || line[1] == '.' || line[1] == '#') {
        return;
    }
    ++loop.instructions;
    if (std::regex_search(line, multiply_add)) {
        ++loop.multiply_adds;
        loop.flops += 2 * lanes(line);
    }
    loop.vector_stores += std::regex_search(line, vector_store) ? 1 : 0;
    loop.vector_spills += is_spill(line) ? 1 : 0;
    std::smatch match;
    if (std::regex_search(line, match, written_vector)) {
        const bool is_first = written.insert(match[1]).second;
        loop.carries = loop.carries || (is_first && std::regex_search(line, accumulation));
    }
}

}  // namespace

std::vector<InnerLoop> inner_loops(const std::string &assembly) {
    const std::vector<std::string> lines = lines_of(assembly);
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
                InnerLoop loop;
                loop.label = match[1];
                std::set<std::string> written;
                for (std::size_t j = begin->second; j <= i; ++j) {
                    count(loop, written, lines[j]);
                    loop.text += lines[j] + "\n";
                }
                loops.push_back(std::move(loop));
                last_loop_begin = begin->second + 1;
            }
        }
    }
    return loops;
}

std::vector<InnerLoop> summing_loops(const std::string &assembly) {
    std::vector<InnerLoop> loops = inner_loops(assembly);
    std::erase_if(loops, [](const InnerLoop &loop) { return loop.multiply_adds == 0; });
    if (std::any_of(loops.begin(), loops.end(), [](const InnerLoop &loop) { return loop.carries; })) {
        std::erase_if(loops, [](const InnerLoop &loop) { return !loop.carries; });
    }
    return loops;
}

std::string assembly_of_objdump(const std::string &printed) {
    static const std::regex instruction(R"(^ *([0-9a-f]+): *\t([a-z][^\t#]*)(\t[^#]*)?)");
    static const std::regex jump(R"(^\t0x([0-9a-f]+) <.*)");
    struct Line {
        std::string section, address, mnemonic, operands;
    };
    std::vector<Line> lines;
    std::set<std::string> targets;
    int section = 0;
    for (const std::string &line : lines_of(printed)) {
        std::smatch match, jump_match;
        if (line.starts_with("Disassembly of section")) {
            ++section;
        } else if (std::regex_search(line, match, instruction)) {
            const std::string prefix = section < 2 ? "" : std::to_string(section) + "_";
            std::string operands = match[3];
            if (std::regex_match(operands, jump_match, jump)) {
                targets.insert(prefix + jump_match[1].str());
                operands = "\t.L" + prefix + jump_match[1].str();
            }
            lines.push_back({prefix, match[1], match[2], operands});
        }
    }
    std::string text;
    for (const Line &line : lines) {
        const std::string label = line.section + line.address;
        text += targets.contains(label) ? ".L" + label + ":\n" : "";
        const std::size_t end = line.operands.find_last_not_of(" \t");
        text += "\t" + line.mnemonic + line.operands.substr(0, end + 1) + "\n";
    }
    return text;
}

std::string disassemble(const std::filesystem::path &object) {
    return assembly_of_objdump(run_command({"llvm-objdump", "-d", "--no-show-raw-insn", object.filename().string()},
                                           object.parent_path().empty() ? "." : object.parent_path()));
}

}  // namespace ingot
