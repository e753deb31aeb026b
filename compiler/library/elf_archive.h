// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ingot {

/// A file in a static library; both views are into the library's bytes.
struct ArchiveMember {
    std::string_view name;  ///< without ar's `/`; a name of more than 15 characters is its place in ar's own table
    std::string_view content;
};

/// The members of a static library as `ar` writes it, its symbol index and name table apart (ar(5), <ar.h>).
/// Throws Error, a reason without the file's name, where `library` is none or is damaged.
std::vector<ArchiveMember> archive_members(std::string_view library);

/// The content of a section of a 64-bit little-endian ELF object; nothing where it is another kind of file or has
/// no such section (System V ABI, chapter 4, <elf.h>). Throws Error, a reason without the file's name, where the
/// object is damaged.
std::optional<std::string_view> find_section(std::string_view object, std::string_view name);

/// Bytes that the ELF objects of a library take in memory where all of them are linked: code, constants, data.
int64_t loaded_bytes(std::string_view library);

}  // namespace ingot
