// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fake_cuda/ptx_access.h"

#include <sstream>

namespace ingot::ptx {
namespace {

std::string text_of(const Dim3 &at) {
    return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

std::string trimmed(const std::string &line) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos)
        return "";
    const size_t end = line.find_last_not_of(" \t\r");
    std::string result = line.substr(begin, end - begin + 1);
    for (char &c : result)
        c = c == '\t' ? ' ' : c;
    return result;
}

std::string hex(uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
}

void check_inside(const Access &access, const char *memory, uint64_t bytes) {
    check_alignment(access);
    if (access.address >= bytes || access.bytes > bytes - access.address)
        fail(access, Fault::illegal_address,
             std::to_string(access.bytes) + " bytes at " + hex(access.address) + " of " + memory +
                 " memory, which has " + std::to_string(bytes));
}

bool is_same_launch(uint64_t a, uint64_t b) {
    return a >> WordUse::block_bits == b >> WordUse::block_bits;
}

std::string block_of(uint64_t use) {
    const uint64_t number = use & WordUse::many;
    return number == WordUse::many ? "0 or another" : std::to_string(number);
}

}  // namespace

void fail(const Warp &warp, const Instruction &instruction, uint32_t lane, Fault fault, const std::string &what) {
    const Launch &launch = warp.block->launch;
    const uint32_t linear = warp.index * lanes + lane;
    const Dim3 thread{linear % launch.block.x, linear / launch.block.x % launch.block.y,
                      linear / launch.block.x / launch.block.y};
    throw Error(fault, launch.kernel->name + ": line " + std::to_string(instruction.line) + ": " +
                           trimmed(launch.module->lines.at(instruction.line - 1)) + ": block " +
                           text_of(warp.block->index) + ", thread " + text_of(thread) + ": " + what);
}

void fail(const Access &access, Fault fault, const std::string &what) {
    fail(access.warp, access.instruction, access.lane, fault, what);
}

void check_alignment(const Access &access) {
    if ((access.address & (access.bytes - 1)) != 0)
        fail(access, Fault::misaligned, hex(access.address) + " is no multiple of " + std::to_string(access.bytes));
}

std::byte *locate_global(const Access &access) {
    Block &block = *access.warp.block;
    const Extent extent = block.launch.memory->extent_of(access.address);
    if (access.address >= extent.end || access.bytes > extent.end - access.address)
        fail(access, Fault::illegal_address,
             std::to_string(access.bytes) + " bytes at " + hex(access.address) + ": " +
                 block.launch.memory->describe(access.address));
    check_alignment(access);
    cached_extent(access) = extent;
    return reinterpret_cast<std::byte *>(access.address);
}

void note_global_load(const Access &access, const Extent &extent) {
    const uint64_t use = access.warp.block->use;
    for (uint32_t offset = 0; offset + 4 <= access.bytes; offset += 4) {
        WordUse &word = extent.uses[(access.address - extent.begin + offset) / 4];
        if (word.written != use && is_same_launch(word.written, use))
            fail(access, Fault::launch_failed,
                 "race: reads global memory that block " + block_of(word.written) + " has written");
        if (!is_same_launch(word.read, use))
            word.read = use;
        else if (word.read != use)
            word.read |= WordUse::many;
    }
}

void note_global_store(const Access &access, const Extent &extent, bool changes) {
    const uint64_t use = access.warp.block->use;
    for (uint32_t offset = 0; offset + 4 <= access.bytes; offset += 4) {
        WordUse &word = extent.uses[(access.address - extent.begin + offset) / 4];
        if (word.read != use && is_same_launch(word.read, use))
            fail(access, Fault::launch_failed,
                 "race: writes global memory that block " + block_of(word.read) + " has read");
        if (changes && word.written != use && is_same_launch(word.written, use))
            fail(access, Fault::launch_failed,
                 "race: writes global memory that block " + block_of(word.written) + " has written");
        word.written = use;
    }
}

void fail_shared(const Access &access) {
    check_inside(access, "shared", access.warp.block->shared.bytes());
    fail(access, Fault::launch_failed, "no access to shared memory");
}

std::byte *locate_local(const Access &access) {
    Block &block = *access.warp.block;
    const uint64_t bytes = block.launch.kernel->local_bytes;
    check_inside(access, "local", bytes);
    return block.local.data() + access.thread() * bytes + access.address;
}

const std::byte *locate_constant(const Access &access) {
    const Module &module = *access.warp.block->launch.module;
    const auto begin = reinterpret_cast<uint64_t>(module.constants.get());
    if (access.address < begin || access.address - begin >= module.constant_bytes ||
        access.bytes > module.constant_bytes - (access.address - begin))
        fail(access, Fault::illegal_address, "outside the module's constants");
    check_alignment(access);
    return reinterpret_cast<const std::byte *>(access.address);
}

const std::byte *locate_param(const Access &access) {
    const std::span<const std::byte> params = access.warp.block->launch.params;
    check_inside(access, "parameter", params.size());
    return params.data() + access.address;
}

Space narrow(Access &access) {
    if ((access.address & local_window) != 0) {
        access.address &= ~local_window;
        return Space::local;
    }
    if ((access.address & shared_window) != 0) {
        access.address &= ~shared_window;
        return Space::shared;
    }
    return Space::global;
}

}  // namespace ingot::ptx
