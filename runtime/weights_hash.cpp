// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/weights_hash.h"
#include <cstring>

namespace ingot {
namespace {

constexpr uint64_t prime1 = 0x9e3779b185ebca87;
constexpr uint64_t prime2 = 0xc2b2ae3d27d4eb4f;
constexpr uint64_t prime3 = 0x165667b19e3779f9;
constexpr uint64_t prime4 = 0x85ebca77c2b2ae63;
constexpr uint64_t prime5 = 0x27d4eb2f165667c5;

uint64_t rotate_left(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

uint64_t mix(uint64_t accumulator, uint64_t lane) {
    return rotate_left(accumulator + lane * prime2, 31) * prime1;
}

uint64_t read_lane(const unsigned char *bytes) {
    uint64_t lane = 0;
    std::memcpy(&lane, bytes, sizeof(lane));
    return lane;
}

uint64_t hash_stripes(const unsigned char *at, const unsigned char *end) {
    uint64_t lanes[4] = {prime1 + prime2, prime2, 0, 0 - prime1};
    for (; at != end; at += 32) {
        for (int i = 0; i < 4; ++i) {
            lanes[i] = mix(lanes[i], read_lane(at + 8 * i));
        }
    }
    uint64_t hash =
        rotate_left(lanes[0], 1) + rotate_left(lanes[1], 7) + rotate_left(lanes[2], 12) + rotate_left(lanes[3], 18);
    for (const uint64_t lane : lanes) {
        hash = (hash ^ mix(0, lane)) * prime1 + prime4;
    }
    return hash;
}

}  // namespace

uint64_t hash_weights(const unsigned char *weights, uint64_t bytes) {
    uint64_t hash = bytes + (bytes == 0 ? prime5 : hash_stripes(weights, weights + bytes));
    hash = (hash ^ hash >> 33) * prime2;
    hash = (hash ^ hash >> 29) * prime3;
    return hash ^ hash >> 32;
}

}  // namespace ingot
