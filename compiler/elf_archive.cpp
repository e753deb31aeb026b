// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/elf_archive.h"
#include "spec/error.h"
#include <ar.h>
#include <charconv>
#include <cstring>
#include <elf.h>

namespace ingot {

namespace {

[[noreturn]] void refuse_truncated() {
    throw Error("it is truncated");
}

std::string_view part(std::string_view bytes, uint64_t offset, uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) {
        refuse_truncated();
    }
    return bytes.substr(offset, size);
}

template<typename T>
T read_at(std::string_view bytes, uint64_t offset) {
    T value;
    std::memcpy(&value, part(bytes, offset, sizeof(T)).data(), sizeof(T));
    return value;
}

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

/// The section headers of an ELF object; none where `object` is something else.
class Sections {
public:
    explicit Sections(std::string_view object) : object_(object) {
        constexpr std::string_view magic(ELFMAG, SELFMAG);
        if (object.substr(0, magic.size()) != magic) {
            return;
        }
        header_ = read_at<Elf64_Ehdr>(object, 0);
        if (header_.e_ident[EI_CLASS] == ELFCLASS64 && header_.e_ident[EI_DATA] == ELFDATA2LSB) {
            count_ = header_.e_shnum;
        }
    }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] Elf64_Shdr header(std::size_t i) const {
        const uint64_t place = uint64_t{i} * header_.e_shentsize;
        return read_at<Elf64_Shdr>(part(object_, header_.e_shoff, object_.size() - header_.e_shoff), place);
    }
    [[nodiscard]] std::string_view content(const Elf64_Shdr &section) const {
        return part(object_, section.sh_offset, section.sh_size);
    }
    [[nodiscard]] std::string_view name(const Elf64_Shdr &section) const {
        const std::string_view names = content(header(header_.e_shstrndx));
        const std::string_view rest = part(names, section.sh_name, names.size() - section.sh_name);
        return rest.substr(0, rest.find('\0'));
    }

private:
    std::string_view object_;
    Elf64_Ehdr header_{};
    std::size_t count_ = 0;
};

}  // namespace

std::vector<ArchiveMember> archive_members(std::string_view library) {
    if (library.substr(0, SARMAG) != std::string_view(ARMAG, SARMAG)) {
        throw Error("it is no static library");
    }
    std::vector<ArchiveMember> members;
    for (uint64_t at = SARMAG; at < library.size();) {
        const auto header = read_at<ar_hdr>(library, at);
        const uint64_t size = member_size(header);
        const std::string_view content = part(library, at + sizeof(ar_hdr), size);
        const std::string_view name = part(library, at, sizeof(header.ar_name));
        at += sizeof(ar_hdr) + size + size % 2;
        if (name.substr(0, 2) != "/ " && name.substr(0, 2) != "//") {
            members.push_back({name.substr(0, name.find_first_of("/ ", 1)), content});
        }
    }
    return members;
}

std::optional<std::string_view> find_section(std::string_view object, std::string_view name) {
    const Sections sections(object);
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
        const Sections sections(member.content);
        for (std::size_t i = 0; i < sections.count(); ++i) {
            const Elf64_Shdr section = sections.header(i);
            bytes += (section.sh_flags & SHF_ALLOC) != 0 ? section.sh_size : 0;
        }
    }
    return static_cast<int64_t>(bytes);
}

}  // namespace ingot
