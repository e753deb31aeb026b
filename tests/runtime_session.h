// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sessions of the hand-made models, and memory for them.
#pragma once
#include "tests/runtime_model.h"
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace ingot {

using SessionHandle = std::unique_ptr<ingot_session, decltype(&ingot_session_destroy)>;

inline SessionHandle create(const ingot_model &model, const ingot_options *options = nullptr) {
    ingot_session *session = nullptr;
    EXPECT_EQ(ingot_session_create(&model, options, &session), INGOT_OK);
    return {session, ingot_session_destroy};
}

/// n images of small integers, different from one another.
inline std::vector<float> make_images(size_t n, int first = 1) {
    std::vector<float> images(n * BoxModel::size);
    for (size_t i = 0; i < images.size(); ++i) {
        images[i] = static_cast<float>((i * 5 + static_cast<size_t>(first)) % 17) - 8;
    }
    return images;
}

inline ingot_status run(ingot_session *session, const std::vector<float> &images, std::vector<float> &sums) {
    const void *const inputs[] = {images.data()};
    void *const outputs[] = {sums.data()};
    return ingot_session_run(session, inputs, outputs, images.size() / BoxModel::size);
}

inline void expect_right_run(ingot_session *session, const BoxModel &box, size_t n, int first = 1) {
    const std::vector<float> images = make_images(n, first);
    std::vector<float> sums(images.size(), -1);
    EXPECT_EQ(run(session, images, sums), INGOT_OK);
    EXPECT_EQ(sums, box.expected(images));
}

/// Memory of a session between fences, all of it NaN as floats.
class CallersArena {
public:
    static constexpr size_t fence = 64;

    explicit CallersArena(size_t bytes) : bytes_(bytes), memory_(INGOT_ROUND_UP_64(bytes) + 3 * fence, 0xff) {
        const auto address = reinterpret_cast<uintptr_t>(memory_.data());
        first_ = INGOT_ROUND_UP_64(address + fence) - address;
    }
    unsigned char *data() { return memory_.data() + first_; }
    [[nodiscard]] bool fences_untouched() const {
        for (size_t i = 0; i < memory_.size(); ++i) {
            const bool inside = i >= first_ && i < first_ + bytes_;
            if (!inside && memory_[i] != 0xff) {
                return false;
            }
        }
        return true;
    }
    ingot_options options() {
        ingot_options result = INGOT_OPTIONS_INIT;
        result.arena = data();
        result.arena_bytes = bytes_;
        return result;
    }

private:
    size_t bytes_;
    size_t first_ = 0;
    std::vector<unsigned char> memory_;
};

}  // namespace ingot
