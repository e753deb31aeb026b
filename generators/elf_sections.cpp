// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/elf_sections.h"
#include "spec/error.h"
#include <cstring>

namespace ingot {

namespace {

template<typename T>
T read_at(std::string_view bytes, uint64_t offset) {
    T value;
    std::memcpy(&value, part_of(bytes, offset, sizeof(T)).data(), sizeof(T));
    return value;
}

}  // namespace

std::string_view part_of(std::string_view bytes, uint64_t offset, uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) {
        throw Error("it is truncated");
    }
    return bytes.substr(offset, size);
}

ElfSections::ElfSections(std::string_view object) : object_(object) {
    constexpr std::string_view magic(ELFMAG, SELFMAG);
    if (object.substr(0, magic.size()) != magic) {
        return;
    }
    header_ = read_at<Elf64_Ehdr>(object, 0);
    if (header_.e_ident[EI_CLASS] == ELFCLASS64 && header_.e_ident[EI_DATA] == ELFDATA2LSB) {
        count_ = header_.e_shnum;
    }
}

Elf64_Shdr ElfSections::header(std::size_t i) const {
    const uint64_t place = uint64_t{i} * header_.e_shentsize;
    return read_at<Elf64_Shdr>(part_of(object_, header_.e_shoff, object_.size() - header_.e_shoff), place);
}

std::string_view ElfSections::content(const Elf64_Shdr &section) const {
    return part_of(object_, section.sh_offset, section.sh_size);
}

std::string_view ElfSections::name(const Elf64_Shdr &section) const {
    const std::string_view names = content(header(header_.e_shstrndx));
    const std::string_view rest = part_of(names, section.sh_name, names.size() - section.sh_name);
    return rest.substr(0, rest.find('\0'));
}

}  // namespace ingot
