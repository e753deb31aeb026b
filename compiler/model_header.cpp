// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lower.h"
#include "compiler/plan_c.h"
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <sstream>

namespace ingot {

namespace {

// Words that cannot name a parameter of run in C or C++, or that it uses itself.
constexpr std::array reserved = {
    "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "compl", "concept",
    "const", "constexpr", "continue", "default", "delete", "do", "double", "else", "enum", "explicit", "export",
    "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
    "noexcept", "not", "nullptr", "operator", "or", "private", "protected", "public", "register", "requires",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true",
    "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
    "n", "session", "inputs", "outputs",
};

std::string upper(std::string text) {
    for (char &c : text) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
}

/// `[n,1,28,28]`; where the model itself has a batch of 8, `[n*8,1,28,28]`.
std::string batch_shape(const Port &port) {
    std::string text = "[n";
    for (std::size_t i = 0; i < port.shape.size(); ++i) {
        if (i == 0) {
            text += port.shape[0] == 1 ? "" : "*" + std::to_string(port.shape[0]);
        } else {
            text += "," + std::to_string(port.shape[i]);
        }
    }
    return text + "]";
}

struct Names {
    std::vector<std::string> inputs, outputs;
};

Names names(const LoweredModel &model) {
    const std::vector<std::string> all = port_identifiers(model);
    const auto split = all.begin() + static_cast<std::ptrdiff_t>(model.inputs.size());
    return {{all.begin(), split}, {split, all.end()}};
}

std::string list(const std::vector<std::string> &words, const std::string &before, const std::string &after) {
    std::string text;
    for (const std::string &word : words) {
        text += (text.empty() ? "" : ", ") + before + word + after;
    }
    return text;
}

void write_sizes(std::ostream &out, const std::string &prefix, const std::vector<Port> &ports,
                 const std::vector<std::string> &identifiers) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        out << "#define " << prefix << "_" << upper(identifiers[i]) << "_SIZE " << ports[i].size()
            << "  /* floats of one image, row-major " << batch_shape(ports[i]) << "; natural alignment suffices */\n";
    }
}

/// Arguments for ingot_session_run: two arrays of pointers, in graph order.
std::string pointer_arrays(const Names &ids) {
    return "const void *const inputs_[] = {" + list(ids.inputs, "", "") + "};\n" +
           "        void *const outputs_[] = {" + list(ids.outputs, "", "") + "};\n";
}

}  // namespace

std::vector<std::string> port_identifiers(const LoweredModel &model) {
    std::vector<std::string> result;
    std::set<std::string> taken(reserved.begin(), reserved.end());
    for (const std::vector<Port> *ports : {&model.inputs, &model.outputs}) {
        for (const Port &port : *ports) {
            std::string name = c_identifier(port.name);
            // Leading underscores, and macros that differ in case alone, belong to others.
            name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
            name = name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "tensor_" + name : name;
            std::string unique = name;
            for (int i = 2; taken.count(unique) != 0 || taken.count("#" + upper(unique)) != 0; ++i) {
                unique = name + "_" + std::to_string(i);
            }
            taken.insert({unique, "#" + upper(unique)});
            result.push_back(unique);
        }
    }
    return result;
}

std::string model_header(const LoweredModel &model, const ModelFacts &facts) {
    const std::string &name = model.name;
    const std::string macro = upper(name);
    const Names ids = names(model);
    std::ostringstream out;
    out << "/* " << name << ":";
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        out << (i == 0 ? " " : ", ") << ids.inputs[i] << " float32 " << batch_shape(model.inputs[i]);
    }
    out << " ->";
    for (std::size_t i = 0; i < model.outputs.size(); ++i) {
        out << (i == 0 ? " " : ", ") << ids.outputs[i] << " float32 " << batch_shape(model.outputs[i]);
    }
    out << ". Written by ingot " << facts.version << "; do not edit. */\n#pragma once\n#include <ingot/runtime.h>\n\n";
    write_sizes(out, macro, model.inputs, ids.inputs);
    write_sizes(out, macro, model.outputs, ids.outputs);
    out << "#define " << macro << "_ARENA_BYTES " << facts.session_bytes(model)
        << "  /* a session with one thread, any n; the session struct included */\n"
        << "#define " << macro << "_ARENA_ALIGNMENT 64\n"
        << "#define " << macro << "_STACK_BYTES " << facts.stack_bytes() << "  /* what run needs */\n\n"
        << "/* The build's hash: a mixed header and archive fail to link. */\n"
        << "#define " << name << "_model " << facts.model_symbol(model) << "\n"
        << "/* Weights, plans, kernels; immutable, shared by all sessions. */\n"
        << "INGOT_EXTERN_C const ingot_model " << name << "_model;\n\n";

    const std::string parameters = list(ids.inputs, "const float *", "") + ", " + list(ids.outputs, "float *", "");
    out << "/* Runs n images; see ingot_session_run. */\n"
        << "static inline ingot_status " << name << "_run(ingot_session *session, " << parameters << ", size_t n) {\n"
        << "        " << pointer_arrays(ids) << "        return ingot_session_run(session, inputs_, outputs_, n);\n}\n\n"
        << "#ifdef __cplusplus\n#include <cstddef>\n#if __cplusplus >= 202002L\n#include <span>\n#endif\n\n"
        << "namespace " << name << " {\n\n"
        << "/// Owns or borrows an arena. Movable; used by one thread at a time. status() tells why a session cannot run.\n"
        << "class Session : public ingot::Session {\npublic:\n"
        << "    explicit Session(const ingot::Options &options = ingot::default_options()) noexcept\n"
        << "        : ingot::Session(" << name << "_model, options) {}\n\n"
        << "    /// n images one after the other; inputs and outputs must not overlap.\n"
        << "    ingot::Status run(" << parameters << ", std::size_t n = 1) noexcept {\n        " << pointer_arrays(ids)
        << "        return ingot::Session::run(inputs_, outputs_, n);\n    }\n\n"
        << "#if __cplusplus >= 202002L\n    /// One image.\n    ingot::Status run(";
    std::string spans, data;
    for (std::size_t i = 0; i < ids.inputs.size(); ++i) {
        spans += (spans.empty() ? "" : ", ") + ("std::span<const float, " + std::to_string(model.inputs[i].size()) + "> ") + ids.inputs[i];
    }
    for (std::size_t i = 0; i < ids.outputs.size(); ++i) {
        spans += (spans.empty() ? "" : ", ") + ("std::span<float, " + std::to_string(model.outputs[i].size()) + "> ") + ids.outputs[i];
    }
    std::vector<std::string> all = ids.inputs;
    all.insert(all.end(), ids.outputs.begin(), ids.outputs.end());
    out << spans << ") noexcept {\n        return run(" << list(all, "", ".data()") << ", std::size_t{1});\n    }\n#endif\n};\n\n"
        << "}  // namespace " << name << "\n#endif\n";
    return out.str();
}

}  // namespace ingot
