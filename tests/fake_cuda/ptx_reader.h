// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading the words of a module in order, and what both of its levels share: declarations of variables.
#pragma once
#include <map>
#include <optional>
#include <span>

#include "tests/fake_cuda/ptx_lexer.h"
#include "tests/fake_cuda/ptx_module.h"

namespace ingot::ptx {

class Reader {
public:
    explicit Reader(std::span<const Token> tokens) : tokens_(tokens) {}

    bool at_end() const { return at_ == tokens_.size(); }
    const Token &peek(size_t ahead = 0) const;
    const Token &next();
    bool peek_is(std::string_view text, size_t ahead = 0) const;
    /// Takes the next word if it is `text`.
    bool take(std::string_view text);
    void expect(std::string_view text);
    std::string name();
    /// An unsigned number.
    uint32_t number();
    /// A number with its sign, as bits of two's complement.
    uint64_t signed_bits();
    /// The words up to and without `end`, which is taken.
    std::span<const Token> until(std::string_view end);
    /// The words between braces; the opening one has been taken.
    std::span<const Token> body();
    uint32_t line() const;

private:
    std::span<const Token> tokens_;
    size_t at_ = 0;
};

/// The type that `.u32` names, or nothing.
std::optional<Type> type_named(std::string_view word);

/// `.align 4 .b8 name[24] = {1, 2}`: what follows the space of a variable, up to the semicolon, which is taken.
struct Declaration {
    std::string name;
    uint32_t alignment = 1;
    uint32_t bytes = 0;  ///< 0: an array of unknown size
    std::vector<std::byte> initial;
};
Declaration read_declaration(Reader &reader);

struct Symbol {
    Space space;
    uint64_t address;  ///< of shared, local and param: from the start of the space
    uint32_t alignment = 1;
    uint32_t bytes = 0;
    bool is_placed = true;  ///< shared variables of the module get their place in each kernel that uses them
};
using Symbols = std::map<std::string, Symbol, std::less<>>;

inline uint32_t rounded_up(uint64_t value, uint32_t multiple) {
    return static_cast<uint32_t>((value + multiple - 1) / multiple * multiple);
}

/// Decodes the instructions of `body` into `kernel`, whose parameters are known already.
void decode_body(std::span<const Token> body, const Symbols &module_symbols, Kernel &kernel);

}  // namespace ingot::ptx
