// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/plan.h"
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// `text` as an identifier of C and C++: other characters become `_`, leading ones go, and where no letter is in
/// front then, `prefix` is.
std::string c_identifier(const std::string &text, const std::string &prefix);

/// `text` with ASCII capitals.
std::string upper_case(std::string text);

/// The type of an element in C: `float`, `int64_t`, `int32_t`, `uint8_t`. A boolean is a byte, 0 or 1.
std::string_view c_type(DataType type);

/// The type's name in numpy: `float32`, `int64`, `int32`, `uint8`, `bool`.
std::string_view numpy_type(DataType type);

/// A library's name: the beginning of its symbols and macros, its namespace and its files. Throws Error where
/// `text`, made an identifier, is a word of C or C++, a name of the C library's or of the runtime's.
std::string library_name(const std::string &text);

/// Whether headers of the C standard library or of POSIX declare `name`: no namespace may be called so.
bool is_c_library_name(std::string_view name);

/// The parameters of run, inputs first: named as in the model, unlike each other, their macros as well.
std::vector<std::string> port_identifiers(const LoweredModel &model);

}  // namespace ingot
