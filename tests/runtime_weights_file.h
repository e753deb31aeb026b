// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "runtime/weights_hash.h"
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ingot/plan.h>
#include <vector>

namespace ingot {

/// The weights file of a hand-made model in memory, whose weights it takes out of the model.
class WeightsFile {
public:
    explicit WeightsFile(ingot_model &model)
        : blocks_(1 + model.weights_bytes / sizeof(Block)), bytes_(blocks_.size() * sizeof(Block)) {
        header() = {INGOT_WEIGHTS_MAGIC, model.weights_bytes, hash_weights(model.weights, model.weights_bytes), {}};
        std::memcpy(weights(), model.weights, model.weights_bytes);
        model.weights = nullptr;
        model.weights_file_bytes = bytes_;
        model.weights_hash = header().hash;
    }
    WeightsFile(const WeightsFile &) = delete;
    WeightsFile &operator=(const WeightsFile &) = delete;

    ingot_weights_header &header() { return *reinterpret_cast<ingot_weights_header *>(blocks_.data()); }
    unsigned char *weights() { return blocks_[1].bytes; }
    /// `options` with this file.
    [[nodiscard]] ingot_options options(ingot_options options = INGOT_OPTIONS_INIT) const {
        options.weights = blocks_.data();
        options.weights_bytes = bytes_;
        return options;
    }

private:
    struct alignas(64) Block {
        unsigned char bytes[64];
    };
    std::vector<Block> blocks_;
    uint64_t bytes_;
};

}  // namespace ingot
