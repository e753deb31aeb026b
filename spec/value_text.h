// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The texts of the values of a KernelSpec's keys. read() is the inverse of print() and throws Error.
#pragma once
#include "spec/kernel_spec.h"

namespace ingot::value_text {

/// A whole number from `lowest` to 2^31 - 1.
int64_t read_number(std::string_view text, int64_t lowest = 0);

std::string print(int64_t value);
void read(std::string_view text, int64_t &value);

std::string print(float value);
void read(std::string_view text, float &value);

/// `a,b,c`, negative ones too.
std::string print(const std::vector<int64_t> &numbers);
void read(std::string_view text, std::vector<int64_t> &numbers);

/// `3x5`
std::string print(const Extent2 &extent);
void read(std::string_view text, Extent2 &extent);

/// `top,left,bottom,right`
std::string print(const Pad2 &pad);
void read(std::string_view text, Pad2 &pad);

/// `[type[(scale/zero_point)]/]order[+halo][@strides]`
std::string print(const Operand &operand);
void read(std::string_view text, Operand &operand);

/// `[type/]strides[;[type/]strides ...]`
std::string print(const std::vector<View> &views);
void read(std::string_view text, std::vector<View> &views);

std::string print(const std::vector<Call> &epilogue);
void read(std::string_view text, std::vector<Call> &epilogue);

std::string print(const Expression &expression);
void read(std::string_view text, Expression &expression);

std::string print(Reduction reduction);
void read(std::string_view text, Reduction &reduction);

std::string print(PoolMode mode);
void read(std::string_view text, PoolMode &mode);

}  // namespace ingot::value_text
