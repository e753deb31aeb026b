// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of PTX (the ISA of NVIDIA's "Parallel Thread Execution" manual, 7.x), decoded for ptx_run.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::ptx {

enum class Type : uint8_t { pred, b8, u8, s8, b16, u16, s16, f16, b32, u32, s32, f32, b64, u64, s64, f64 };
enum class Space : uint8_t { generic, global, shared, local, constant, param };

/// Bytes of one value; 4 for a predicate, which is one mask of the lanes of a warp.
uint32_t bytes_of(Type type);
bool is_signed(Type type);

inline constexpr uint32_t lanes = 32;

/// What has gone wrong, as the driver tells it apart.
enum class Fault : uint8_t { bad_ptx, unsupported_version, illegal_address, misaligned, launch_failed, timeout };

struct Error : std::runtime_error {
    Error(Fault kind, const std::string &text) : std::runtime_error(text), fault(kind) {}
    Fault fault;
};

struct Warp;
struct Instruction;

/// Executes `instruction` for the lanes of `mask`.
using Handler = void (*)(Warp &warp, const Instruction &instruction, uint32_t mask);

enum class Flow : uint8_t { plain, branch, exit, barrier, rendezvous };

inline constexpr uint32_t no_register = UINT32_MAX;

/// One instruction. Operands are places in a warp's registers: a place holds one value for each lane, and
/// constants and special registers have places of their own.
struct Instruction {
    Handler handler = nullptr;
    int64_t immediate = 0;      ///< memory: added to the address; param: offset; else as the handler says
    uint32_t operands[7] = {};  ///< destinations first; bytes from the start of the registers
    uint32_t predicate = no_register;
    uint32_t target = 0;      ///< of a branch: an index into the instructions
    uint32_t line = 0;        ///< in the text of the module, from 1
    uint8_t widths[7] = {};   ///< bytes of each operand's register
    uint8_t count = 1;        ///< elements of a vector access
    Type type = Type::b32;    ///< element of a memory access, destination of a conversion
    Type source = Type::b32;  ///< source of a conversion
    Space space = Space::generic;
    Flow flow = Flow::plain;
    bool negated = false;  ///< runs where the predicate is false
};

/// A value that every warp holds in its registers from the start: the same for all lanes.
struct Constant {
    uint32_t place;
    uint32_t width;
    uint64_t bits;
};

enum class Special : uint8_t {
    tid_x,
    tid_y,
    tid_z,
    ntid_x,
    ntid_y,
    ntid_z,
    ctaid_x,
    ctaid_y,
    ctaid_z,
    nctaid_x,
    nctaid_y,
    nctaid_z,
    laneid,
    warpid
};
inline constexpr uint32_t specials = 14;

struct Param {
    std::string name;
    uint32_t offset;
    uint32_t bytes;
};

struct Kernel {
    std::string name;
    std::vector<Param> params;
    uint32_t param_bytes = 0;
    std::vector<Instruction> instructions;
    std::vector<Constant> constants;
    uint32_t register_bytes = 0;  ///< of one warp; the special registers come first, 128 bytes each
    uint32_t shared_bytes = 0;    ///< declared; dynamic shared memory follows
    uint32_t local_bytes = 0;     ///< of one thread
    uint32_t max_threads = 1024;  ///< .maxntid
    bool narrow_shared = false;   ///< reads or writes less than 4 bytes of shared memory at once
};

struct Module {
    std::vector<std::string> lines;  ///< of the text, for messages
    int version = 0;                 ///< 71 is PTX 7.1
    int target = 0;                  ///< 86 is sm_86
    std::map<std::string, Kernel, std::less<>> kernels;
    std::unique_ptr<std::byte[]> constants;
    uint64_t constant_bytes = 0;
};

/// The module of `text`. Calls `allocate(bytes)` at most once, for the .global variables, and returns them there.
/// Throws Error{bad_ptx}, which names the line, for what is no PTX or is not understood here.
struct GlobalAllocator {
    virtual ~GlobalAllocator() = default;
    virtual std::byte *allocate(size_t bytes) = 0;
};
std::unique_ptr<Module> parse(std::string_view text, GlobalAllocator &allocator);

}  // namespace ingot::ptx
