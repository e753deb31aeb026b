// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ingot {

/// Where the weights of a library are: in its archive, or in a file that the application hands over.
enum class WeightsForm { linked, file };

/// As they lie in memory.
std::string_view bytes_of(const std::vector<float> &weights);

/// What ingot/plan.h calls the hash of a model's weights.
uint64_t hash_weights_file(const std::vector<float> &weights);

/// The hash as `xxh64sum` prints it.
std::string weights_hash_text(uint64_t hash);

/// Size of weights_file().
int64_t weights_file_bytes(const std::vector<float> &weights);

/// The content of <name>.weights: an ingot_weights_header, and the weights.
std::string weights_file(const std::vector<float> &weights);

}  // namespace ingot
