// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/object_size.h"
#include "generators/files.h"
#include "spec/error.h"
#include <cstring>
#include <elf.h>
#include <string_view>

namespace ingot {

namespace {

template<typename T>
T read_at(std::string_view file, std::size_t offset) {
    INGOT_CHECK(offset + sizeof(T) <= file.size(), "the object ends early");
    T value;
    std::memcpy(&value, file.data() + offset, sizeof(T));
    return value;
}

}  // namespace

int64_t code_bytes(const std::filesystem::path &object) {
    const std::string file = read_file(object);
    const auto header = read_at<Elf64_Ehdr>(file, 0);
    INGOT_CHECK(std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0, object.string() + " is no ELF object");
    const auto section = [&](std::size_t i) {
        return read_at<Elf64_Shdr>(file, header.e_shoff + i * header.e_shentsize);
    };
    const Elf64_Shdr names = section(header.e_shstrndx);
    int64_t bytes = 0;
    for (std::size_t i = 0; i < header.e_shnum; ++i) {
        const Elf64_Shdr s = section(i);
        const std::string_view name = file.data() + names.sh_offset + s.sh_name;
        const bool is_code = (s.sh_flags & SHF_EXECINSTR) != 0 && name.find("_metadata") == std::string_view::npos;
        if (is_code || name.rfind(".rodata.cst", 0) == 0) {
            bytes += static_cast<int64_t>(s.sh_size);
        }
    }
    return bytes;
}

}  // namespace ingot
