// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/progress_bar.h"
#include <gtest/gtest.h>

namespace ingot {

TEST(ProgressText, SaysHowMuchIsDoneAndHowLongTheRestTakes) {
    EXPECT_EQ(progress_text("compiling kernels", 0, 24, 1.0),
              "compiling kernels [....................]   0 %, 0 of 24");
    EXPECT_EQ(progress_text("compiling kernels", 6, 24, 10.0),
              "compiling kernels [#####...............]  25 %, 6 of 24, 30 s left");
    EXPECT_EQ(progress_text("compiling kernels", 23, 24, 23.5),
              "compiling kernels [###################.]  95 %, 23 of 24, 2 s left");
    EXPECT_EQ(progress_text("compiling kernels", 24, 24, 24.0),
              "compiling kernels [####################] 100 %, 24 of 24");
}

TEST(ProgressText, CountsLongTimesInMinutes) {
    EXPECT_EQ(progress_text("x", 1, 2, 99.0), "x [##########..........]  50 %, 1 of 2, 99 s left");
    EXPECT_EQ(progress_text("x", 1, 2, 100.0), "x [##########..........]  50 %, 1 of 2, 2 min left");
    EXPECT_EQ(progress_text("x", 1, 2, 120.0), "x [##########..........]  50 %, 1 of 2, 2 min left");
}

}  // namespace ingot
