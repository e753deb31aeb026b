// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "Halide.h"
#include "schedules/schedule.h"

namespace ingot {

// Packed weights lie in lines of 64 bytes, one per input channel and block of 16 outputs, and a summing loop reads
// them in that order: a stream. Hardware that prefetches follows few streams at a time and starts anew at each page
// of 4 KB, that is 64 input channels; where a stream comes from behind L2, the loop then waits for memory.

/// How many input channels ahead a line is asked for: 64, 4 KB. So many bytes on their way for 100 ns are 40 GB/s,
/// more than a core reads from memory; and 64 steps of 16 FMAs, two a cycle, take 512 cycles, 150 ns, in which a
/// line arrives. Behind the last line of a stream this asks for bytes that nobody reads: a prefetch does not fault.
constexpr int stream_distance = 64;

/// The values of a schedule's parameter `prefetch`: 0 for none, else the distance.
inline Param prefetch_param() {
    return {"prefetch", {0, stream_distance}};
}

/// The loop over input channels of `sum`, a loop over `outer` round `inner` unrolled `unroll` times, asks at each
/// channel for the weights of the channel `distance` later. `weights` reads the kernel's operand, in the order
/// [..., ci, 16]. Where nothing is unrolled, `inner` and `outer` may be the same. A distance of 0 does nothing.
void stream_weights(Halide::Stage sum, const Halide::Func &weights, const Halide::RVar &inner,
                    const Halide::RVar &outer, int unroll, int distance);

/// A stream is worth asking for where L1 does not hold it.
bool supports_stream(int64_t bytes, int distance);

/// The distance for `bytes` of weights where no parameter says it: none where L2 holds them.
int distance_for(int64_t bytes);

/// Lines that a step over an input channel asks for, of weights that are `vectors` vectors.
double lines_asked(const Target &target, int64_t vectors, int distance);

/// Half cycles per vector FMA that a stream from behind L2 waits longer than one that is asked for: `bytes` of
/// weights, each vector of which `uses` FMAs need. Nothing where L2 keeps them.
double stream_wait(const Target &target, int64_t bytes, int64_t uses, int distance);

}  // namespace ingot
