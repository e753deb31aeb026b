// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels that the benchmark measures, and the reader of their files.
#include "bench/shapes.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

namespace ingot {
namespace {

class ShapesOf : public testing::TestWithParam<Op> {};

TEST_P(ShapesOf, AreCanonicalAndOfTheOp) {
    // read_shapes refuses what is not valid or not canonical.
    std::set<std::string> seen;
    for (const KernelSpec &spec : read_shapes(shapes_file(GetParam()))) {
        EXPECT_EQ(spec.op, GetParam()) << shape_text(spec);
        EXPECT_TRUE(seen.insert(shape_text(spec)).second) << "twice: " << shape_text(spec);
    }
}

TEST_P(ShapesOf, HaveAScheduleToCompareWith) {
    for (const KernelSpec &spec : read_shapes(shapes_file(GetParam()))) {
        for (const Target &target : cpu_targets()) {
            EXPECT_GE(supported_choices(spec, target, false).size(), 2U)
                << shape_text(spec) << " on " << target.name;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Op, ShapesOf,
                         testing::Values(Op::conv2d, Op::conv2d_pool2d, Op::pool2d, Op::gemm, Op::sequential,
                                         Op::map, Op::reduce, Op::resample, Op::pad, Op::matmul),
                         [](const auto &op) { return std::string(to_text(op.param)); });

class ShapesFile : public testing::Test {
protected:
    ShapesFile() { close(mkstemp(path.data())); }
    ~ShapesFile() override { std::remove(path.c_str()); }

    std::vector<KernelSpec> read(const std::string &content) {
        std::ofstream(path) << content;
        return read_shapes(path);
    }
    // The message without the file's name.
    std::string refusal(const std::string &content) {
        try {
            read(content);
        } catch (const Error &error) {
            const std::string message = error.what();
            return message.starts_with(path) ? message.substr(path.size()) : message;
        }
        return "no error";
    }

    std::string path = testing::TempDir() + "ingot_shapes_XXXXXX";
};

TEST_F(ShapesFile, SkipsCommentsAndEmptyLines) {
    const std::vector<KernelSpec> shapes = read("# a\n\nkernel\n# b\ngemm n=1 ci=2 co=3\n\ngemm n=4 ci=5 co=6\n");
    ASSERT_EQ(shapes.size(), 2U);
    EXPECT_EQ(shape_text(shapes[0]), "gemm n=1 ci=2 co=3");
    EXPECT_EQ(shape_text(shapes[1]), "gemm n=4 ci=5 co=6");
}

TEST_F(ShapesFile, NamesTheLineAtFault) {
    EXPECT_EQ(refusal("gemm n=1 ci=2 co=3\n"), ":1: the first line is the header; write kernel");
    EXPECT_EQ(refusal("kernel\n# a\ngemm ci=2 n=1 co=3\n"), ":3: not canonical; write gemm n=1 ci=2 co=3");
    EXPECT_EQ(refusal("kernel\ngemm n=1 ci=2 co=3 src=nc weights=oi dst=nc\n"),
              ":2: not canonical; write gemm n=1 ci=2 co=3");
    EXPECT_TRUE(refusal("kernel\ngemm n=1 ci=2\n").starts_with(":2: kernel 'gemm n=1 ci=2': key 'co' is missing"));
    EXPECT_TRUE(refusal("kernel\ngemm n=0 ci=2 co=3\n").starts_with(":2: kernel 'gemm n=0 ci=2 co=3"));
    EXPECT_EQ(refusal("kernel\n"), ": no kernel");
    EXPECT_EQ(refusal(""), ": no kernel");
}

TEST_F(ShapesFile, MustExist) {
    std::string message;
    try {
        read_shapes(path + "/none");
    } catch (const Error &error) {
        message = error.what();
    }
    EXPECT_EQ(message, "cannot read " + path + "/none");
}

}  // namespace
}  // namespace ingot
