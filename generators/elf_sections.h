// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <cstdint>
#include <elf.h>
#include <string_view>

namespace ingot {

/// `size` bytes from `offset` on. Throws Error, a reason without the file's name, where `bytes` end before.
std::string_view part_of(std::string_view bytes, uint64_t offset, uint64_t size);

/// The section headers of a 64-bit little-endian ELF object; none where `object` is another kind of file (System V
/// ABI, chapter 4, <elf.h>). Views are into the object's bytes. Throws Error, a reason without the file's name,
/// where the object is damaged.
class ElfSections {
public:
    explicit ElfSections(std::string_view object);
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] Elf64_Shdr header(std::size_t i) const;
    [[nodiscard]] std::string_view content(const Elf64_Shdr &section) const;
    [[nodiscard]] std::string_view name(const Elf64_Shdr &section) const;

private:
    std::string_view object_;
    Elf64_Ehdr header_{};
    std::size_t count_ = 0;
};

}  // namespace ingot
