// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/c_names.h"
#include "spec/error.h"
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

namespace ingot {

namespace {

// Keywords of C99, C++20 and GNU C, and what GNU compilers define as macros.
constexpr auto keywords =
    std::to_array<std::string_view>({"alignas",     "alignof",      "and",       "and_eq",
                                     "asm",         "auto",         "bitand",    "bitor",
                                     "bool",        "break",        "case",      "catch",
                                     "char",        "char16_t",     "char32_t",  "char8_t",
                                     "class",       "co_await",     "co_return", "co_yield",
                                     "compl",       "concept",      "const",     "const_cast",
                                     "consteval",   "constexpr",    "constinit", "continue",
                                     "decltype",    "default",      "delete",    "do",
                                     "double",      "dynamic_cast", "else",      "enum",
                                     "explicit",    "export",       "extern",    "false",
                                     "float",       "for",          "friend",    "goto",
                                     "if",          "inline",       "int",       "linux",
                                     "long",        "mutable",      "namespace", "new",
                                     "noexcept",    "not",          "not_eq",    "nullptr",
                                     "operator",    "or",           "or_eq",     "private",
                                     "protected",   "public",       "register",  "reinterpret_cast",
                                     "requires",    "restrict",     "return",    "short",
                                     "signed",      "sizeof",       "static",    "static_assert",
                                     "static_cast", "struct",       "switch",    "template",
                                     "this",        "thread_local", "throw",     "true",
                                     "try",         "typedef",      "typeid",    "typename",
                                     "typeof",      "union",        "unix",      "unsigned",
                                     "using",       "virtual",      "void",      "volatile",
                                     "wchar_t",     "while",        "xor",       "xor_eq",
                                     "i386",        "NULL"});

// What the functions of a model's header name themselves.
constexpr auto header_words =
    std::to_array<std::string_view>({"n", "run", "session", "inputs_", "outputs_", "size_t", "uint8_t", "int32_t",
                                     "int64_t", "ingot_session", "ingot_session_run"});

bool is_keyword(std::string_view text) {
    return std::find(keywords.begin(), keywords.end(), text) != keywords.end();
}

bool is_the_runtimes(const std::string &text) {
    const std::string macro = upper_case(text);
    return macro == "INGOT" || macro.starts_with("INGOT_");
}

}  // namespace

std::string upper_case(std::string text) {
    for (char &c : text) {
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
}

std::string_view c_type(DataType type) {
    switch (type) {
    case DataType::f32:
        return "float";
    case DataType::i64:
        return "int64_t";
    case DataType::i32:
        return "int32_t";
    case DataType::u8:
    case DataType::boolean:
        return "uint8_t";
    case DataType::bf16:
    case DataType::f16:
        return "uint16_t";
    }
    return "";
}

std::string_view numpy_type(DataType type) {
    switch (type) {
    case DataType::f32:
        return "float32";
    case DataType::i64:
        return "int64";
    case DataType::i32:
        return "int32";
    case DataType::u8:
        return "uint8";
    case DataType::boolean:
        return "bool";
    case DataType::bf16:
    case DataType::f16:
        break;  // of weights alone, which no manifest describes
    }
    return "";
}

std::string c_identifier(const std::string &text, const std::string &prefix) {
    std::string result;
    for (char c : text) {
        result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    result.erase(0, std::min(result.find_first_not_of('_'), result.size()));
    return result.empty() || std::isdigit(static_cast<unsigned char>(result[0])) != 0 ? prefix + result : result;
}

std::string library_name(const std::string &text) {
    std::string name = c_identifier(text, "net_");
    if (is_keyword(name) || name == "main" || name == "std" || is_the_runtimes(name) || is_c_library_name(name)) {
        throw Error("'" + name + "' cannot name a library: it means something else in C, C++ or Ingot; choose a " +
                    "name with --name");
    }
    return name;
}

std::vector<std::string> port_identifiers(const LoweredModel &model) {
    std::vector<std::string> result;
    std::set<std::string> macros;
    const auto is_free = [&](const std::string &name) {
        return !is_keyword(name) && !macros.contains(upper_case(name)) &&
               std::find(header_words.begin(), header_words.end(), name) == header_words.end();
    };
    for (const std::vector<Port> *ports : {&model.inputs, &model.outputs}) {
        for (const Port &port : *ports) {
            const std::string name = c_identifier(port.name, "tensor_");
            std::string unique = name;
            for (int i = 2; !is_free(unique); ++i) {
                unique = name + "_" + std::to_string(i);
            }
            macros.insert(upper_case(unique));
            result.push_back(unique);
        }
    }
    return result;
}

}  // namespace ingot
