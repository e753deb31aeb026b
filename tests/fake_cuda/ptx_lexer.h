// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The words of PTX.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::ptx {

/// A word is a name with its dots (`ld.global.nc.b32`, `%r1`, `$L__BB0_1`), a number, a string in quotes or one
/// character of punctuation.
struct Token {
    std::string_view text;
    uint32_t line = 0;
};

/// The words of `text`, which must outlive them; comments are left out. Throws Error{bad_ptx}.
std::vector<Token> tokenize(std::string_view text);

bool is_name(const Token &token);
bool is_number(const Token &token);

/// The bits of a number: decimal, 0x, 0f (single), 0d (double); a leading minus is a word of its own.
uint64_t number_bits(const Token &token);

[[noreturn]] void bad_ptx(uint32_t line, const std::string &what);

}  // namespace ingot::ptx
