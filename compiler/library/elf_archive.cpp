// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/elf_archive.h"
#include "generators/elf_sections.h"
#include "spec/error.h"
#include <ar.h>
#include <charconv>
#include <cstring>

namespace ingot {

namespace {

/// A field of an archive's header: text, padded with spaces.
template<std::size_t size>
std::string_view field(const char (&text)[size]) {
    const std::string_view all(text, size);
    const std::size_t last = all.find_last_not_of(' ');
    return all.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

uint64_t member_size(const ar_hdr &header) {
    const std::string_view digits = field(header.ar_size);
    uint64_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc() || end != digits.data() + digits.size() ||
        std::memcmp(header.ar_fmag, ARFMAG, sizeof(header.ar_fmag)) != 0) {
        throw Error("it is damaged");
    }
    return size;
}

}  // namespace

std::vector<ArchiveMember> archive_members(std::string_view library) {
    if (library.substr(0, SARMAG) != std::string_view(ARMAG, SARMAG)) {
        throw Error("it is no static library");
    }
    std::vector<ArchiveMember> members;
    for (uint64_t at = SARMAG; at < library.size();) {
        ar_hdr header;
        std::memcpy(&header, part_of(library, at, sizeof(header)).data(), sizeof(header));
        const uint64_t size = member_size(header);
        const std::string_view content = part_of(library, at + sizeof(ar_hdr), size);
        const std::string_view name = part_of(library, at, sizeof(header.ar_name));
        at += sizeof(ar_hdr) + size + size % 2;
        if (name.substr(0, 2) != "/ " && name.substr(0, 2) != "//") {
            members.push_back({name.substr(0, name.find_first_of("/ ", 1)), content});
        }
    }
    return members;
}

std::optional<std::string_view> find_section(std::string_view object, std::string_view name) {
    const ElfSections sections(object);
    for (std::size_t i = 0; i < sections.count(); ++i) {
        const Elf64_Shdr section = sections.header(i);
        if (section.sh_type != SHT_NOBITS && sections.name(section) == name) {
            return sections.content(section);
        }
    }
    return std::nullopt;
}

int64_t loaded_bytes(std::string_view library) {
    uint64_t bytes = 0;
    for (const ArchiveMember &member : archive_members(library)) {
        const ElfSections sections(member.content);
        for (std::size_t i = 0; i < sections.count(); ++i) {
            const Elf64_Shdr section = sections.header(i);
            bytes += (section.sh_flags & SHF_ALLOC) != 0 ? section.sh_size : 0;
        }
    }
    return static_cast<int64_t>(bytes);
}

}  // namespace ingot
