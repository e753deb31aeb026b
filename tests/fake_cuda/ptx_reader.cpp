// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/ptx_reader.h"

#include <algorithm>
#include <cstring>

namespace ingot::ptx {
namespace {

struct NamedType {
    std::string_view name;
    Type type;
};

constexpr NamedType types[] = {
    {".pred", Type::pred}, {".b8", Type::b8},   {".u8", Type::u8},   {".s8", Type::s8},
    {".b16", Type::b16},   {".u16", Type::u16}, {".s16", Type::s16}, {".f16", Type::f16},
    {".b32", Type::b32},   {".u32", Type::u32}, {".s32", Type::s32}, {".f32", Type::f32},
    {".b64", Type::b64},   {".u64", Type::u64}, {".s64", Type::s64}, {".f64", Type::f64}};

std::vector<std::byte> read_initial(Reader &reader, uint32_t element) {
    std::vector<std::byte> bytes;
    const bool in_braces = reader.take("{");
    do {
        const uint64_t bits = reader.signed_bits();
        const size_t at = bytes.size();
        bytes.resize(at + element);
        std::memcpy(bytes.data() + at, &bits, element);
    } while (in_braces && reader.take(","));
    if (in_braces)
        reader.expect("}");
    return bytes;
}

}  // namespace

uint32_t bytes_of(Type type) {
    switch (type) {
    case Type::b8:
    case Type::u8:
    case Type::s8:
        return 1;
    case Type::b16:
    case Type::u16:
    case Type::s16:
    case Type::f16:
        return 2;
    case Type::b64:
    case Type::u64:
    case Type::s64:
    case Type::f64:
        return 8;
    default:
        return 4;
    }
}

bool is_signed(Type type) {
    return type == Type::s8 || type == Type::s16 || type == Type::s32 || type == Type::s64;
}

uint32_t Reader::line() const {
    if (tokens_.empty())
        return 0;
    return tokens_[std::min(at_, tokens_.size() - 1)].line;
}

const Token &Reader::peek(size_t ahead) const {
    if (at_ + ahead >= tokens_.size())
        bad_ptx(line(), "the text ends here");
    return tokens_[at_ + ahead];
}

const Token &Reader::next() {
    const Token &token = peek();
    ++at_;
    return token;
}

bool Reader::peek_is(std::string_view text, size_t ahead) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].text == text;
}

bool Reader::take(std::string_view text) {
    if (!peek_is(text))
        return false;
    ++at_;
    return true;
}

void Reader::expect(std::string_view text) {
    if (!take(text))
        bad_ptx(line(), "'" + std::string(text) + "' expected before '" + std::string(peek().text) + "'");
}

std::string Reader::name() {
    const Token &token = next();
    if (!is_name(token))
        bad_ptx(token.line, "a name expected instead of '" + std::string(token.text) + "'");
    return std::string(token.text);
}

uint32_t Reader::number() {
    const Token &token = next();
    const uint64_t bits = is_number(token) ? number_bits(token) : UINT64_MAX;
    if (bits > UINT32_MAX)
        bad_ptx(token.line, "a number expected instead of '" + std::string(token.text) + "'");
    return static_cast<uint32_t>(bits);
}

uint64_t Reader::signed_bits() {
    const bool is_negative = take("-");
    const Token &token = next();
    if (!is_number(token))
        bad_ptx(token.line, "a number expected instead of '" + std::string(token.text) + "'");
    const uint64_t bits = number_bits(token);
    return is_negative ? 0 - bits : bits;
}

std::span<const Token> Reader::until(std::string_view end) {
    const size_t begin = at_;
    while (!peek_is(end))
        next();
    return tokens_.subspan(begin, at_++ - begin);
}

std::span<const Token> Reader::body() {
    const size_t begin = at_;
    for (int depth = 1; depth != 0;) {
        const Token &token = next();
        depth += token.text == "{" ? 1 : token.text == "}" ? -1 : 0;
    }
    return tokens_.subspan(begin, at_ - 1 - begin);
}

std::optional<Type> type_named(std::string_view word) {
    const auto *const found =
        std::find_if(std::begin(types), std::end(types), [&](const NamedType &type) { return type.name == word; });
    if (found == std::end(types))
        return std::nullopt;
    return found->type;
}

Declaration read_declaration(Reader &reader) {
    Declaration result;
    uint32_t alignment = 0;
    if (reader.take(".align"))
        alignment = reader.number();
    const Token &word = reader.next();
    const std::optional<Type> type = type_named(word.text);
    if (!type)
        bad_ptx(word.line, "a type expected instead of '" + std::string(word.text) + "'");
    const uint32_t element = bytes_of(*type);
    result.name = reader.name();
    result.bytes = element;
    while (reader.take("[")) {
        result.bytes *= reader.peek_is("]") ? 0 : reader.number();
        reader.expect("]");
    }
    result.alignment = std::max(alignment, element);
    if (reader.take("="))
        result.initial = read_initial(reader, element);
    if (result.initial.size() > result.bytes)
        bad_ptx(word.line, result.name + " has more initial values than elements");
    reader.expect(";");
    return result;
}

}  // namespace ingot::ptx
