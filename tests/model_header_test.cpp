// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of a model in C and C++: any text may name an input, an output or a node; a library's name is an
// identifier.
#include "compiler/c_names.h"
#include "compiler/library/plan_c.h"
#include "generators/toolchain.h"
#include "ingot/plan.h"
#include "spec/error.h"
#include "tests/compiled_graph.h"
#include "tests/graph_builder.h"
#include <gtest/gtest.h>

namespace ingot {

namespace {

using test::CompiledGraph;
using test::GraphBuilder;

const std::vector<std::string> awkward = {"float",
                                          "n",
                                          "run",
                                          "session",
                                          "size_t",
                                          "uint8_t",
                                          "int64_t",
                                          "inputs_",
                                          "std",
                                          "linux",
                                          "a b",
                                          "a_b",
                                          "A-b",
                                          "7x",
                                          "__",
                                          "",
                                          "\"\\\n\xff?\?/",
                                          "ingot",
                                          "ingot_session_run",
                                          "wchar_t",
                                          "net",
                                          "Session"};

/// A graph with an input of each name; its outputs are called the same with a `+` behind.
Graph graph_with_ports(const std::vector<std::string> &names) {
    GraphBuilder builder;
    for (const std::string &name : names) {
        builder.graph.outputs.push_back(builder.relu(name + "+", builder.input(name, {1, 2})));
    }
    return builder.graph;
}

std::vector<std::string> identifiers(const std::vector<std::string> &inputs) {
    LoweredModel model;
    for (const std::string &name : inputs) {
        model.inputs.push_back({name, {1}, DataType::f32});
    }
    return port_identifiers(model);
}

/// Ports of every type, and scalars.
LoweredModel typed_model() {
    LoweredModel model;
    model.name = "net";
    model.inputs = {{"image", {1, 2, 3, 1}, DataType::u8},
                    {"ids", {4}, DataType::i64},
                    {"mask", {1, 5}, DataType::boolean},
                    {"scale", {}, DataType::f32}};
    model.outputs = {
        {"logits", {1, 10}, DataType::f32}, {"best", {1}, DataType::i64}, {"is_cat", {}, DataType::boolean}};
    return model;
}

std::string refusal(const std::string &name) {
    try {
        library_name(name);
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST(ModelHeader, CompilesWithAnyPortNames) {
    const Graph graph = graph_with_ports(awkward);
    const CompiledGraph compiled(graph, {host_targets().front()});
    write_file(compiled.folder() / "use.cpp",
               "#include <net.h>\nint main() { return net::Session().status() ? 0 : 1; }\n");
    const std::vector<std::string> strict = {"-Wall",     "-Wextra", "-Wpedantic", "-Werror",
                                             "-Iinclude", "-c",      "-o",         "use.o"};
    for (const std::vector<std::string> &language :
         std::vector<std::vector<std::string>>{{"-std=c99", "shim.c"},
                                               {"-std=gnu17", "shim.c"},
                                               {"-std=c++17", "use.cpp"},
                                               {"-std=gnu++20", "use.cpp"}}) {
        std::vector<std::string> arguments = strict;
        arguments.insert(arguments.end(), language.begin(), language.end());
        EXPECT_NO_THROW(compiled.run_compiler(arguments)) << language.front();
    }
}

TEST(ModelHeader, KeepsNamesInTheTables) {
    const Graph graph = graph_with_ports(awkward);
    const CompiledGraph compiled(graph, {host_targets().front()});
    ASSERT_EQ(compiled.compiled().input_count, awkward.size());
    for (std::size_t i = 0; i < awkward.size(); ++i) {
        EXPECT_EQ(compiled.compiled().inputs[i].name, awkward[i]);
        EXPECT_EQ(compiled.compiled().outputs[i].name, awkward[i] + "+");
        EXPECT_EQ(compiled.compiled().plans[0].steps[i].name, awkward[i] + "+");
    }
}

TEST(ModelHeader, TypesPortsAsTheModelDoes) {
    const LoweredModel model = typed_model();
    const std::string header = model_header(model, {});
    EXPECT_NE(header.find("/* net: image uint8 [n,2,3,1], ids int64 [n*4], mask bool [n,5], scale float32 [n] -> "
                          "logits float32 [n,10], best int64 [n], is_cat bool [n]. Written by"),
              std::string::npos)
        << header;
    const TemporaryDirectory folder;
    write_file(folder.path() / "net.h", header);
    write_file(folder.path() / "use.c", R"(#include "net.h"
ingot_status (*const run)(ingot_session *, const uint8_t *, const int64_t *, const uint8_t *, const float *, float *,
                          int64_t *, uint8_t *, size_t) = net_run;
const int sizes[] = {NET_IMAGE_SIZE == 6 ? 1 : -1, NET_SCALE_SIZE == 1 ? 1 : -1};
)");
    write_file(folder.path() / "use.cpp", R"(#include "net.h"
ingot::Status (net::Session::*const run)(const uint8_t *, const int64_t *, const uint8_t *,
                                         const float *, float *, int64_t *, uint8_t *,
                                         std::size_t) noexcept = &net::Session::run;
#if __cplusplus >= 202002L
ingot::Status (net::Session::*const run_spans)(
    std::span<const uint8_t, 6>, std::span<const int64_t, 4>, std::span<const uint8_t, 5>,
    std::span<const float, 1>, std::span<float, 10>, std::span<int64_t, 1>,
    std::span<uint8_t, 1>) noexcept = &net::Session::run;
#endif
)");
    for (const auto &[language, source] :
         {std::pair{"-std=c99", "use.c"}, std::pair{"-std=c++17", "use.cpp"}, std::pair{"-std=c++20", "use.cpp"}}) {
        std::vector<std::string> command = c_compiler();
        command.insert(command.end(), {"-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I",
                                       runtime_include_directory().string(), language, source});
        EXPECT_NO_THROW(run_command(command, folder.path())) << language;
    }
}

TEST(ModelHeader, WritesSizesAndTypesOfElementsIntoTheTables) {
    LoweredModel model = typed_model();
    Step step;
    for (DataType type : {DataType::f32, DataType::i64, DataType::i32, DataType::u8, DataType::boolean}) {
        step.operands.push_back(
            {Region::arena, 0, 64, {"b" + std::to_string(step.operands.size()), type, {}, 9, 2}});
    }
    model.plans.push_back({&find_target("x86-64-v2"), {step}, {}});
    ModelFacts facts;
    facts.kernels = {{StepKernel()}};
    const std::string tables = plan_c(model, facts);
    for (const char *line :
         {"{\"image\", 6, 1}", "{\"ids\", 32, 8}", "{\"mask\", 5, 1}", "{\"scale\", 4, 4}", "{\"logits\", 40, 4}",
          "{\"best\", 8, 8}", "{\"is_cat\", 1, 1}", "{INGOT_IN_ARENA, 0, 72, 2, 32, 0, plan0_step0_b0}",
          "{INGOT_IN_ARENA, 0, 80, 0, 64, 0, plan0_step0_b1}", "{INGOT_IN_ARENA, 0, 72, 0, 32, 0, plan0_step0_b2}",
          "{INGOT_IN_ARENA, 0, 66, 1, 8, 0, plan0_step0_b3}", "{INGOT_IN_ARENA, 0, 66, 1, 8, 0, plan0_step0_b4}"}) {
        EXPECT_NE(tables.find(line), std::string::npos) << line << "\n" << tables;
    }
}

TEST(ModelHeader, NamesPortsAsTheModelDoes) {
    EXPECT_EQ(identifiers({"image", "Mask", "x1"}), (std::vector<std::string>{"image", "Mask", "x1"}));
    EXPECT_EQ(identifiers({"input.1", "a/b:0", "_x"}), (std::vector<std::string>{"input_1", "a_b_0", "x"}));
    EXPECT_EQ(identifiers({"", "3", "int"}), (std::vector<std::string>{"tensor_", "tensor_3", "int_2"}));
}

TEST(ModelHeader, NamesPortsApartByTheirMacros) {
    EXPECT_EQ(identifiers({"x", "X", "x_2", "x"}), (std::vector<std::string>{"x", "X_2", "x_2_2", "x_3"}));
}

TEST(ModelHeader, MakesALibraryNameAnIdentifier) {
    EXPECT_EQ(library_name("mnist_cnn"), "mnist_cnn");
    EXPECT_EQ(library_name("ResNet-50.v2"), "ResNet_50_v2");
    EXPECT_EQ(library_name("2nets"), "net_2nets");
    EXPECT_EQ(library_name("\xc3\xa9"), "net_");
    EXPECT_EQ(library_name("integer"), "integer");
    for (const std::string name : {"logs", "lo", "og", "Log", "y", "n", "ab", "abor", "scanf_"}) {
        EXPECT_EQ(library_name(name), name);
    }
}

TEST(ModelHeader, RefusesALibraryNameWithAnotherMeaning) {
    for (const std::string name :
         {"int",    "class",         "restrict", "co_await", "main",   "std",    "ingot",
          "INGOT",  "ingot_runtime", "abort",    "log",      "logf",   "exp",    "time",
          "signal", "remove",        "index",    "select",   "read",   "yn",     "errno",
          "tm",     "FILE",          "assert",   "y0",       "wscanf", "random", "complex"}) {
        EXPECT_EQ(refusal(name),
                  "'" + name +
                      "' cannot name a library: it means something else in C, C++ or Ingot; choose a "
                      "name with --name");
    }
}

}  // namespace ingot
