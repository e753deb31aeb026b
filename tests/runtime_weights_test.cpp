// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights that the application hands over.
#include "tests/run_time_promise.h"
#include "tests/runtime_session.h"
#include "tests/runtime_weights_file.h"
#include <gtest/gtest.h>

namespace ingot {
namespace {

/// The status of creating a session, which is destroyed at once, and of verifying: they are one.
ingot_status status_of(const ingot_model &model, const ingot_options &options) {
    ingot_session *session = nullptr;
    const ingot_status status = ingot_session_create(&model, &options, &session);
    EXPECT_EQ(session == nullptr, status != INGOT_OK);
    ingot_session_destroy(session);
    EXPECT_EQ(ingot_verify_weights(&model, &options), status);
    return status;
}

class HandedOver : public testing::Test {
protected:
    BoxModel box_;
    WeightsFile file_{box_.model()};
    ingot_options options_ = file_.options();
};

TEST_F(HandedOver, AreReadWhereTheyLie) {
    CallersArena arena(ingot_session_bytes(&box_.model(), nullptr));
    options_ = file_.options(arena.options());
    const CallCounts calls = count_calls([&] { EXPECT_EQ(status_of(box_.model(), options_), INGOT_OK); });
    EXPECT_EQ(calls.allocations, 0U);
    const SessionHandle session = create(box_.model(), &options_);
    expect_right_run(session.get(), box_, 3);
    std::memset(file_.weights(), 0, sizeof(float) * 4);
    const std::vector<float> images = make_images(1);
    std::vector<float> sums(images.size(), -1);
    EXPECT_EQ(run(session.get(), images, sums), INGOT_OK);
    EXPECT_EQ(sums, std::vector<float>(sums.size(), 0)) << "a copy was read";
}

TEST_F(HandedOver, ServeSeveralSessions) {
    const SessionHandle first = create(box_.model(), &options_);
    const SessionHandle second = create(box_.model(), &options_);
    expect_right_run(first.get(), box_, 2, 1);
    expect_right_run(second.get(), box_, 3, 2);
}

TEST_F(HandedOver, AreNotNeededForTheSizeOfASession) {
    const BoxModel linked;
    EXPECT_EQ(ingot_session_bytes(&box_.model(), nullptr), ingot_session_bytes(&linked.model(), nullptr));
}

TEST_F(HandedOver, AreMissed) {
    EXPECT_EQ(status_of(box_.model(), INGOT_OPTIONS_INIT), INGOT_WEIGHTS_MISSING);
    EXPECT_EQ(ingot_verify_weights(&box_.model(), nullptr), INGOT_WEIGHTS_MISSING);
    options_.weights = nullptr;
    EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_MISSING);
}

TEST_F(HandedOver, AreRefusedWhereTheModelHasItsOwn) {
    const BoxModel linked;
    EXPECT_EQ(status_of(linked.model(), options_), INGOT_WEIGHTS_LINKED);
    options_.weights = nullptr;
    EXPECT_EQ(status_of(linked.model(), options_), INGOT_WEIGHTS_LINKED);
    EXPECT_EQ(ingot_verify_weights(&linked.model(), nullptr), INGOT_OK);
}

TEST_F(HandedOver, AreRefusedWhereMisaligned) {
    for (const size_t offset : {1, 4, 32, 63}) {
        options_.weights = static_cast<const unsigned char *>(file_.options().weights) + offset;
        EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_MISALIGNED) << offset;
    }
}

TEST_F(HandedOver, AreRefusedAtAnotherSize) {
    const uint64_t right = options_.weights_bytes;
    for (const uint64_t wrong : {uint64_t{0}, right - 64, right - 1, right + 1, uint64_t{4096}}) {
        options_.weights_bytes = wrong;
        EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_WRONG_SIZE) << wrong;
    }
}

TEST_F(HandedOver, AreRefusedWhereTheirHeaderIsNotTheModels) {
    const ingot_weights_header right = file_.header();
    file_.header().magic ^= 1;
    EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_OF_ANOTHER_MODEL);
    file_.header() = right;
    file_.header().bytes += 64;
    EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_OF_ANOTHER_MODEL);
    file_.header() = right;
    file_.header().hash ^= UINT64_C(1) << 63;
    EXPECT_EQ(status_of(box_.model(), options_), INGOT_WEIGHTS_OF_ANOTHER_MODEL);
}

TEST_F(HandedOver, AreFoundDamagedWhereVerified) {
    EXPECT_EQ(ingot_verify_weights(&box_.model(), &options_), INGOT_OK);
    for (const size_t byte : {0, 31, 32, 63}) {
        file_.weights()[byte] ^= 1;
        EXPECT_EQ(ingot_verify_weights(&box_.model(), &options_), INGOT_WEIGHTS_DAMAGED) << byte;
        file_.weights()[byte] ^= 1;
    }
    file_.weights()[0] ^= 1;
    EXPECT_NE(create(box_.model(), &options_), nullptr) << "create reads the header only";
}

TEST_F(HandedOver, AreVerifiedInTheRightVersionOnly) {
    EXPECT_EQ(ingot_verify_weights(nullptr, &options_), INGOT_NULL_POINTER);
    options_.struct_size -= 8;
    EXPECT_EQ(ingot_verify_weights(&box_.model(), &options_), INGOT_ABI_MISMATCH);
    options_.struct_size += 8;
    box_.model().abi_version -= 1;
    EXPECT_EQ(ingot_verify_weights(&box_.model(), &options_), INGOT_ABI_MISMATCH);
}

/// As `xxh64sum` prints them.
TEST(HashOfWeights, IsXxh64) {
    std::vector<unsigned char> bytes(4096);
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<unsigned char>(i * i + i / 7);
    }
    const std::vector<std::pair<size_t, uint64_t>> hashes = {
        {0, 0xef46db3751d8e999}, {32, 0xcb551105a121209c}, {64, 0xd4b1c50ec3c66ce8}, {4096, 0x3e1dc4afd6f86257}};
    for (const auto &[size, hash] : hashes) {
        EXPECT_EQ(hash_weights(bytes.data(), size), hash) << size;
    }
}

}  // namespace
}  // namespace ingot
