// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a lowered CPU kernel tells of its loops and buffers.
#pragma once
#include "Halide.h"
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ingot {

/// Of a loop's constant extent; 1 where it is not constant.
int64_t extent_of(const Halide::Internal::For *loop);

/// Operations on vectors, or on scalars of floating point, times the iterations of the loops round them.
double count_operations(const Halide::Internal::IRNode *node, int vector_bits);

/// The buffers that a statement writes, but those that it allocates.
std::set<std::string> written_buffers(const Halide::Internal::Stmt &stmt);

/// Whether a statement reads or writes the buffer, or names it.
bool uses_buffer(const Halide::Internal::Stmt &stmt, const std::string &buffer);

/// The statement without what frees the buffer.
Halide::Internal::Stmt without_free(const Halide::Internal::Stmt &stmt, const std::string &buffer);

/// What schedules say of the functions behind loops and buffers.
class ScheduledFunctions {
public:
    explicit ScheduledFunctions(const std::vector<Halide::Func> &outputs);
    /// The function that a loop without hazards between its iterations computes; null for other loops.
    [[nodiscard]] const std::string *of_pure_loop(const std::string &loop) const;
    /// Whether all of a buffer that is read is computed anew wherever its function is.
    [[nodiscard]] bool is_recomputed(const std::string &buffer) const { return recomputed_.contains(buffer); }

private:
    void add(const Halide::Internal::Function &function);
    void add_loops(const Halide::Internal::Function &function, const Halide::Internal::Definition &definition,
                   std::size_t stage);

    std::set<std::string> known_, recomputed_;
    std::map<std::string, std::string> pure_loops_;
};

}  // namespace ingot
