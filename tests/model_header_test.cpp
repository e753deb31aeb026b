// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of a model in C and C++: any text may name an input, an output or a node; a library's name is an
// identifier.
#include "compiler/c_names.h"
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
        model.inputs.push_back({name, {1}});
    }
    return port_identifiers(model);
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
    compiled.write("use.cpp", "#include <net.h>\nint main() { return net::Session().status() ? 0 : 1; }\n");
    const std::vector<std::string> strict = {"-Wall",     "-Wextra", "-Wpedantic", "-Werror",
                                             "-Iinclude", "-c",      "-o",         "use.o"};
    for (const std::vector<std::string> &language :
         std::vector<std::vector<std::string>>{{"-std=c99", "shim.c"},
                                               {"-std=gnu17", "shim.c"},
                                               {"-std=c++17", "use.cpp"},
                                               {"-std=gnu++20", "use.cpp"}}) {
        std::vector<std::string> arguments = strict;
        arguments.insert(arguments.end(), language.begin(), language.end());
        EXPECT_NO_THROW(compiled.run(arguments)) << language.front();
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
