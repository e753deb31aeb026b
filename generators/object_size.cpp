// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/object_size.h"
#include "generators/elf_sections.h"
#include "generators/files.h"
#include "spec/error.h"
#include <string>
#include <string_view>

namespace ingot {

int64_t code_bytes(const std::filesystem::path &object) {
    const std::string file = read_file(object);
    const ElfSections sections(file);
    INGOT_CHECK(sections.count() > 0, object.string() + " is no ELF object");
    int64_t bytes = 0;
    for (std::size_t i = 0; i < sections.count(); ++i) {
        const Elf64_Shdr section = sections.header(i);
        const std::string_view name = sections.name(section);
        const bool is_code =
            (section.sh_flags & SHF_EXECINSTR) != 0 && name.find("_metadata") == std::string_view::npos;
        if (is_code || name.starts_with(".rodata.cst")) {
            bytes += static_cast<int64_t>(section.sh_size);
        }
    }
    return bytes;
}

}  // namespace ingot
