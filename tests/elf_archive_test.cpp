// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/elf_archive.h"
#include "compiler/library/read_manifest.h"
#include "generators/files.h"
#include "spec/error.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace ingot {
namespace {

const std::string &library() {
    static const std::string bytes = read_file(INGOT_DIGITS_NET_LIBRARY);
    return bytes;
}

/// The first manifest in a library; empty where there is none.
std::string manifest_of(std::string_view bytes) {
    for (const ArchiveMember &member : archive_members(bytes)) {
        if (const auto section = find_section(member.content, manifest_section)) {
            return std::string(*section);
        }
    }
    return "";
}

/// Where the content of the only member begins.
std::size_t member_offset() {
    return static_cast<std::size_t>(archive_members(library())[0].content.data() - library().data());
}

/// True where reading `bytes` ends in an Error; any other end fails the test by itself.
bool is_refused(const std::string &bytes) {
    try {
        manifest_of(bytes);
        loaded_bytes(bytes);
        return false;
    } catch (const Error &error) {
        EXPECT_EQ(std::string(error.what()).rfind("it is ", 0), 0U) << error.what();
        return true;
    }
}

TEST(ElfArchive, FindsMembersAndSections) {
    const std::vector<ArchiveMember> members = archive_members(library());
    ASSERT_EQ(members.size(), 1U);
    EXPECT_EQ(members[0].name, "model.o");
    EXPECT_TRUE(find_section(members[0].content, ".rodata.weights"));
    EXPECT_FALSE(find_section(members[0].content, ".no.such.section"));
    EXPECT_FALSE(find_section("a text file", ".text"));
    EXPECT_EQ(manifest_of(library()).rfind("{\n", 0), 0U);
    EXPECT_GT(loaded_bytes(library()), 81984);
    EXPECT_LT(loaded_bytes(library()), static_cast<int64_t>(library().size()));
}

TEST(ElfArchive, RefusesEveryCut) {
    constexpr std::size_t magic = 8, header = 60;
    // Cut after the magic or after the symbol index, it is an archive without members.
    const std::size_t index_end = member_offset() - header;
    for (std::size_t size = 0; size < library().size(); size += size < 1000 ? 1 : 997) {
        EXPECT_EQ(is_refused(library().substr(0, size)), size != magic && size != index_end) << size;
    }
}

TEST(ElfArchive, SurvivesAnyDamage) {
    std::mt19937 random(1);
    const std::size_t manifest = library().find(manifest_of(library()));
    const std::size_t tables = manifest + manifest_of(library()).size();
    std::size_t refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string damaged = library();
        // The archive's headers and the object's, or its table of sections at the end.
        const std::size_t first = round % 2 == 0 ? 0 : tables;
        const std::size_t end = round % 2 == 0 ? member_offset() + 64 : damaged.size();
        damaged[first + random() % (end - first)] = static_cast<char>(random());
        refused += is_refused(damaged) ? 1U : 0U;
    }
    EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace ingot
