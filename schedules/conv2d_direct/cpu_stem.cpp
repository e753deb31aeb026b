// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "schedules/conv2d_direct/stages.h"

namespace ingot::conv2d_direct {

// The first layer of a network: at most four input channels, in the order in which the caller has them. A strip of
// rows at a time is copied into a zero border, planar where the source is: 13 rows of 224 RGB pixels, which a strip
// of 4 rows needs under a 7 x 7 filter with stride 2, are 36 KB, written and read in L1 and L2, where a bordered
// picture of 600 KB would go through L3. The sum over input channels is unrolled: with three of them a loop would
// be entered 49 times per tile. Filter taps stay loops: unrolled they ask for more registers than there are.
Schedule<ConvolutionStages> cpu_stem() {
    return stem_schedule({{"tile_c", {2, 1, 4}},
                          {"tile_x", {14, 12, 16, 10, 8, 7, 6, 5, 4, 3, 2, 1}},
                          {"tile_y", {1, 2}},
                          {"strip", {4, 1, 8}}});
}

}  // namespace ingot::conv2d_direct
