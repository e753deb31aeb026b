// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/ptx_lexer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "tests/fake_cuda/ptx_module.h"

namespace ingot::ptx {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '%';
}

/// The end of the comment that starts at `at`, or `at` where none does.
size_t skip_comment(std::string_view text, size_t at, uint32_t line) {
    if (text.substr(at, 2) == "//")
        return std::min(text.find('\n', at), text.size());
    if (text.substr(at, 2) != "/*")
        return at;
    const size_t end = text.find("*/", at + 2);
    if (end == std::string_view::npos)
        bad_ptx(line, "a comment does not end");
    return end + 2;
}

size_t word_end(std::string_view text, size_t at, uint32_t line) {
    if (text[at] == '"') {
        const size_t end = text.find('"', at + 1);
        if (end == std::string_view::npos)
            bad_ptx(line, "a string does not end");
        return end + 1;
    }
    if (text.substr(at, 2) == "::")
        return at + 2;
    if (!is_word(text[at]) && text[at] != '.')
        return at + 1;
    size_t end = at + 1;
    while (end < text.size() &&
           (is_word(text[end]) || text[end] == '.' || (text.substr(end, 2) == "::" && text[at] != '$')))
        end += text[end] == ':' ? 2 : 1;
    return end;
}

}  // namespace

void bad_ptx(uint32_t line, const std::string &what) {
    throw Error(Fault::bad_ptx, "line " + std::to_string(line) + ": " + what);
}

std::vector<Token> tokenize(std::string_view text) {
    std::vector<Token> result;
    uint32_t line = 1;
    for (size_t at = 0; at < text.size();) {
        size_t end = skip_comment(text, at, line);
        if (end == at && std::isspace(static_cast<unsigned char>(text[at])) != 0)
            end = at + 1;
        if (end == at) {
            end = word_end(text, at, line);
            result.push_back({text.substr(at, end - at), line});
        }
        line += static_cast<uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                 text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        at = end;
    }
    return result;
}

bool is_number(const Token &token) {
    return std::isdigit(static_cast<unsigned char>(token.text[0])) != 0;
}

bool is_name(const Token &token) {
    return is_word(token.text[0]) && !is_number(token);
}

uint64_t number_bits(const Token &token) {
    std::string_view digits = token.text;
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0' &&
        std::string_view("xXfFdD").find(digits[1]) != std::string_view::npos) {
        const bool is_single = digits[1] == 'f' || digits[1] == 'F';
        const bool is_double = digits[1] == 'd' || digits[1] == 'D';
        base = 16;
        digits.remove_prefix(2);
        if ((is_single && digits.size() != 8) || (is_double && digits.size() != 16))
            bad_ptx(token.line, "no number: " + std::string(token.text));
    }
    if (digits.ends_with('U') || digits.ends_with('u'))
        digits.remove_suffix(1);
    uint64_t bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, base);
    if (error != std::errc() || end != digits.data() + digits.size())
        bad_ptx(token.line, "no number: " + std::string(token.text));
    return bits;
}

}  // namespace ingot::ptx
