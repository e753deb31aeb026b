// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files, versions, inputs, outputs and tensors that the importer refuses, word by word, and damage of every kind.
#include "tests/onnx_builder.h"
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <stdexcept>
#include <sys/stat.h>

namespace ingot {

namespace {

using test::diagnostics_of;
using test::good_model;
using test::import_bytes;
using test::line;
using test::Lines;
using test::ModelWriter;
using test::of_node;
using test::refusals;

/// A folder that is removed with all that is in it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "ingot-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        path = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;

    std::filesystem::path path;

    [[nodiscard]] std::filesystem::path write(const std::string &name, const std::string &bytes) const {
        std::ofstream(path / name, std::ios::binary) << bytes;
        return path / name;
    }
};

/// A net with one of everything.
ModelWriter rich_model() {
    ModelWriter model;
    model.input("x", {-1, 1, 5, 5}).output("y").counted("w", {2, 1, 2, 2}).counted("b", {2}).integers("s", {1, -1});
    model.node("Conv", {"x", "w", "b"}, {"c"}).integers("strides", {1, 1}).text("auto_pad", "SAME_UPPER");
    model.node("Relu", {"c"}, {"r"});
    model.node("MaxPool", {"r"}, {"p"}).integers("kernel_shape", {2, 2}).integers("pads", {0, 0, 1, 1});
    model.node("Reshape", {"p", "s"}, {"f"});
    model.node("Constant", {}, {"k"}).number("value_float", 0.5F);
    model.counted("g", {50, 3});
    model.node("Gemm", {"f", "g", "k"}, {"z"}).number("alpha", 0.5F);
    model.node("Identity", {"z"}, {"y"});
    return model;
}

/// A net whose shapes are computed, with operators that move elements.
ModelWriter moving_model() {
    ModelWriter model(18);
    model.input("x", {-1, 4, 6, 5}).output("y").output("s").floats("scales", {4}, {1, 1, 2, 1.5F});
    model.integers("zero", {0})
        .integers("two", {2})
        .integers("last", {-1})
        .integers("pads", {0, 0, 1, 1, 0, 0, 2, -1});
    model.node("Shape", {"x"}, {"s"}).integer("start", 0);
    model.node("Gather", {"s", "last"}, {"w"}).integer("axis", 0);
    model.node("Slice", {"s", "zero", "two"}, {"nc"});
    model.node("Concat", {"nc", "last", "w"}, {"shape"}).integer("axis", 0);
    model.node("Reshape", {"x", "shape"}, {"a"}).integer("allowzero", 0);
    model.node("Pad", {"a", "pads"}, {"b"}).text("mode", "reflect");
    model.node("Resize", {"b", "", "scales"}, {"c"}).text("mode", "cubic").integer("antialias", 1);
    model.node("Split", {"c"}, {"d", "e"}).integer("axis", 1).integer("num_outputs", 2);
    model.node("ConstantOfShape", {"w"}, {"f"});
    model.node("Expand", {"two", "w"}, {"g"});
    model.node("Tile", {"d", "nc4"}, {"h"});
    model.integers("nc4", {1, 2, 1, 1});
    model.node("DepthToSpace", {"h"}, {"i"}).integer("blocksize", 2).text("mode", "CRD");
    model.node("Transpose", {"i"}, {"j"}).integers("perm", {0, 3, 2, 1});
    model.node("Unsqueeze", {"j", "zero"}, {"y"});
    return model;
}

/// The bytes with one to four changed, which `seed` chooses.
std::string damaged(std::string bytes, uint64_t seed) {
    std::mt19937_64 random(seed);
    const uint64_t flips = random() % 4 + 1;
    for (uint64_t i = 0; i < flips; ++i) {
        bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    return bytes;
}

}  // namespace

TEST(RefusedFile, IsNamedWithTheReason) {
    const TemporaryFolder folder;
    const auto refusal = [&](const std::filesystem::path &file) {
        return diagnostics_of([&] { import_onnx(file); });
    };
    EXPECT_EQ(refusal(folder.path / "absent.onnx"),
              Lines{"absent.onnx: error: cannot read it: No such file or directory; check the path"});
    std::filesystem::create_directory(folder.path / "folder");
    EXPECT_EQ(refusal(folder.path / "folder"),
              Lines{"folder: error: not a file but a directory or device; name the .onnx file"});
    ASSERT_EQ(mkfifo((folder.path / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(refusal(folder.path / "pipe"),
              Lines{"pipe: error: not a file but a directory or device; name the .onnx file"});
    EXPECT_EQ(
        refusal(folder.write("empty.onnx", "")),
        Lines{"empty.onnx: error: not an ONNX model (the file is empty); export with torch.onnx.export or check "
              "the file"});
    EXPECT_EQ(refusal(folder.write("good.onnx", good_model().bytes())), Lines{});
    std::filesystem::resize_file(folder.write("big.onnx", ""), (uint64_t{1} << 31) + 1);
    EXPECT_EQ(refusal(folder.path / "big.onnx"),
              Lines{"big.onnx: error: larger than 2 GiB, which is more than protobuf reads; use a smaller model"});
}

TEST(RefusedFile, IsNoModel) {
    const std::string way_out = "; export with torch.onnx.export or check the file";
    EXPECT_EQ(diagnostics_of([] { import_bytes(""); }), line("not an ONNX model (the file is empty)" + way_out));
    const Lines foreign = line("not an ONNX model (it is truncated or of another format)" + way_out);
    EXPECT_EQ(diagnostics_of([] { import_bytes("# a text\nof two lines\n"); }), foreign);
    EXPECT_EQ(diagnostics_of([] { import_bytes("\x89PNG\r\n\x1a\n" + std::string(100, '\0')); }), foreign);
    EXPECT_EQ(diagnostics_of([] {
                  import_bytes("\x7f"
                               "ELF\x02\x01\x01" +
                               std::string(57, '\0'));
              }),
              foreign);
    ModelWriter model = good_model();
    model.proto.clear_graph();
    EXPECT_EQ(refusals(model), line("not an ONNX model (it has no graph)" + way_out));
    model = good_model();
    model.proto.clear_ir_version();
    EXPECT_EQ(refusals(model), line("not an ONNX model (it has no ir_version)" + way_out));
}

TEST(Model, LoadsWhateverDoesNotConcernIt) {
    for (const int64_t ir_version : {int64_t{3}, int64_t{onnx::IR_VERSION}}) {
        ModelWriter model = good_model();
        model.proto.set_ir_version(ir_version);
        model.proto.set_producer_name("someone");
        model.proto.set_doc_string("a text");
        onnx::StringStringEntryProto &metadata = *model.proto.add_metadata_props();
        metadata.set_key("author");
        metadata.set_value("no one");
        for (const std::string domain : {"com.microsoft", "ai.onnx.ml"}) {
            onnx::OperatorSetIdProto &opset = *model.proto.add_opset_import();
            opset.set_domain(domain);
            opset.set_version(1);
        }
        onnx::FunctionProto &function = *model.proto.add_functions();
        function.set_name("unused");
        function.set_domain("local");
        model.input("w", {2}).counted("w", {2});  // an initializer with its input, as IR 3 has them
        onnx::TensorProto &half = *model.graph().add_initializer();
        half.set_name("h");
        half.set_data_type(onnx::TensorProto::COMPLEX64);
        half.add_dims(7);
        EXPECT_EQ(refusals(model), Lines{}) << "ir_version " << ir_version;
        EXPECT_EQ(test::import_model(model).inputs.size(), 1U);
    }
}

TEST(RefusedModel, HasAnotherVersion) {
    ModelWriter model = good_model();
    model.proto.set_ir_version(99);
    EXPECT_EQ(refusals(model), line("ir_version 99 is not supported, only 3 to " +
                                    std::to_string(onnx::IR_VERSION) + "; export the model with one of them"));
    model.proto.set_ir_version(2);
    EXPECT_EQ(refusals(model), line("ir_version 2 is not supported, only 3 to " + std::to_string(onnx::IR_VERSION) +
                                    "; export the model with one of them"));
    for (const int64_t opset : {int64_t{0}, int64_t{29}, int64_t{-1}}) {
        model = good_model();
        model.proto.mutable_opset_import(0)->set_version(opset);
        EXPECT_EQ(refusals(model), line("opset " + std::to_string(opset) +
                                        " is not supported, only 1 to 28; convert the model with "
                                        "onnx.version_converter"));
    }
    model = good_model();
    model.proto.mutable_opset_import(0)->set_domain("ai.onnx.ml");
    EXPECT_EQ(refusals(model), line("no opset of the domain ai.onnx is declared; export the model again"));
    model = good_model();
    model.proto.add_opset_import()->set_version(13);
    EXPECT_EQ(refusals(model), line("opset 17 and opset 13 are both declared; export the model again"));
}

TEST(RefusedModel, HasUnsupportedParts) {
    ModelWriter model = good_model();
    model.proto.add_functions()->set_name("Relu");
    model.graph().add_sparse_initializer()->mutable_values()->set_name("w");
    EXPECT_EQ(
        refusals(model),
        (Lines{"net.onnx: error: function 'Relu' redefines an operator, which is not supported; inline it with "
               "onnx.inliner",
               "net.onnx: error: sparse initializer 'w' is not supported; store it as a dense one"}));
}

TEST(RefusedInput, HasATypeOrShapeThatCannotBe) {
    const auto refusal = [](const std::function<void(onnx::TypeProto &)> &change) {
        ModelWriter model;
        model.input("x", {1, 2, 3, 4}).output("y");
        model.node("Relu", {"x"}, {"y"});
        change(*model.graph().mutable_input(0)->mutable_type());
        return refusals(model);
    };
    const auto dim = [](onnx::TypeProto & type, int index) -> auto & {
        return *type.mutable_tensor_type()->mutable_shape()->mutable_dim(index);
    };
    const std::string types = "is not supported, only float32, int64, int32, uint8 and bool; export the model with "
                              "float32 inputs";
    using onnx::TypeProto;
    EXPECT_EQ(refusal([](TypeProto &) {}), Lines{});
    EXPECT_EQ(
        refusal([](TypeProto &type) { type.mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT16); }),
        line("input 'x': type FLOAT16 " + types));
    EXPECT_EQ(refusal([](TypeProto &type) { type.mutable_tensor_type()->set_elem_type(-7); }),
              line("input 'x': type number -7 " + types));
    EXPECT_EQ(refusal([](TypeProto &type) { type.mutable_sequence_type(); }),
              line("input 'x': it is no tensor, which is not supported; export the model with tensors as inputs"));
    const std::string way_out = "; give the extents with an option such as --shape ";
    EXPECT_EQ(refusal([&](TypeProto &type) { type.mutable_tensor_type()->clear_shape(); }),
              line("input 'x': it has no shape" + way_out + "x=1,3,224,224"));
    EXPECT_EQ(refusal([&](TypeProto &type) { dim(type, 2).set_dim_param("height"); }),
              line("input 'x': dimension 2 'height' is dynamic" + way_out + "x=1,2,224,4"));
    EXPECT_EQ(refusal([&](TypeProto &type) {
                  dim(type, 0).set_dim_param("n");
                  dim(type, 2).set_dim_param("height");
                  dim(type, 3).Clear();
              }),
              line("input 'x': dimension 2 'height', 3 is dynamic" + way_out + "x=1,2,224,224"));
    const std::string extents = " is not supported; use extents above 0 and at most 536870911 elements";
    EXPECT_EQ(refusal([&](TypeProto &type) { dim(type, 1).set_dim_value(0); }),
              line("input 'x': shape [1,0,3,4]" + extents));
    EXPECT_EQ(refusal([&](TypeProto &type) { dim(type, 0).set_dim_value(-2); }),
              line("input 'x': shape [-2,2,3,4]" + extents));
    EXPECT_EQ(refusal([&](TypeProto &type) { dim(type, 3).set_dim_value(int64_t{1} << 62); }),
              line("input 'x': shape [1,2,3,4611686018427387904]" + extents));
}

TEST(RefusedName, IsMissingOrAmbiguous) {
    ModelWriter model = good_model();
    model.input("x", {1, 2}).counted("w", {1}).counted("w", {1});
    EXPECT_EQ(refusals(model),
              (Lines{"net.onnx: error: initializer 'w': the name is empty or given twice; export the model again",
                     "net.onnx: error: input 'x': the name is empty or given twice; export the model again"}));

    model = good_model();
    model.node("Relu", {"y"}, {"y"});
    EXPECT_EQ(refusals(model), line("Relu 'n1' (node 1, opset 17): defines 'y' a second time; give every result a "
                                    "name of its own"));

    model = ModelWriter();
    model.input("x", {1, 1, 4, 4}).output("y");
    model.node("MaxPool", {"x"}, {"y", "y"}).integers("kernel_shape", {2, 2});
    EXPECT_EQ(refusals(model),
              line("MaxPool 'n0' (node 0, opset 17): defines 'y' a second time; give every result a "
                   "name of its own"));

    const std::string order =
        ", which this node or a later one computes; sort the nodes so that each follows those it reads";
    model = ModelWriter();
    model.input("x", {1, 2}).output("y");
    model.node("Relu", {"b"}, {"a"});
    model.node("Relu", {"a"}, {"b"});
    model.node("Relu", {"c"}, {"c"});
    model.node("Relu", {"nowhere"}, {"d"});
    model.node("Relu", {"x"}, {"y"});
    EXPECT_EQ(refusals(model),
              (Lines{"net.onnx: error: Relu 'n0' (node 0, opset 17): reads 'b'" + order,
                     "net.onnx: error: Relu 'n2' (node 2, opset 17): reads 'c'" + order,
                     "net.onnx: error: Relu 'n3' (node 3, opset 17): reads 'nowhere', which nothing "
                     "defines; export the model again"}));
}

TEST(RefusedOutput, IsNotComputedOrEmptyOrListedTwice) {
    ModelWriter model = good_model();
    model.output("absent").output("y").output("e").integers("e", {}).output("h");
    test::set(*model.graph().add_initializer(), "h", {1}, {1});
    model.graph().mutable_initializer(1)->set_data_type(onnx::TensorProto::COMPLEX64);
    EXPECT_EQ(
        refusals(model),
        (Lines{"net.onnx: error: output 'absent': nothing computes it; export the model again",
               "net.onnx: error: output 'y' is listed twice; remove one of them",
               "net.onnx: error: output 'e' is empty, which is not supported; remove it from the outputs",
               "net.onnx: error: output 'h' has type COMPLEX64, only float32, int64, int32, uint8 and bool are "
               "supported; export the model in float32"}));
    model = good_model();
    model.graph().clear_output();
    EXPECT_EQ(refusals(model), line("the model has no output; export the model again"));
}

TEST(RefusedTensor, CannotBeRead) {
    const auto weights = [](const std::function<void(onnx::TensorProto &)> &change) {
        ModelWriter model;
        model.input("x", {1, 2}).output("y").counted("w", {2, 2});
        model.node("Gemm", {"x", "w"}, {"y"});
        change(*model.graph().mutable_initializer(0));
        return refusals(model);
    };
    const auto of_weights = [](const std::string &why) { return of_node("Gemm", "B 'w' " + why); };
    using onnx::TensorProto;
    EXPECT_EQ(weights([](TensorProto &) {}), Lines{});
    EXPECT_EQ(weights([](TensorProto &w) { w.set_data_type(TensorProto::FLOAT16); }),
              of_weights("holds 0 bytes, its shape needs 8; export the model again"));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_data_type(TensorProto::COMPLEX64); }),
              of_weights("has type COMPLEX64, only float32, int64, int32, uint8 and bool are supported; export the "
                         "model in float32"));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_data_type(1000); }),
              of_weights("has type number 1000, only float32, int64, int32, uint8 and bool are supported; export "
                         "the model in float32"));
    EXPECT_EQ(weights([](TensorProto &w) { w.add_float_data(1); }),
              of_weights("holds 5 elements, its shape needs 4; export the model again"));
    EXPECT_EQ(weights([](TensorProto &w) {
                  w.clear_float_data();
                  w.set_raw_data(std::string(15, '\0'));
              }),
              of_weights("holds 15 bytes, its shape needs 16; export the model again"));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_raw_data(std::string(16, '\0')); }),
              of_weights("holds its data twice; export the model again"));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_float_data(1, std::numeric_limits<float>::infinity()); }),
              of_weights("holds NaN or infinity, which is not supported; train or export the model again"));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_data_location(TensorProto::EXTERNAL); }),
              of_weights("is stored in '' beside a model that is read from memory; read the model from its file"));
    EXPECT_EQ(weights([](TensorProto &w) { w.mutable_segment()->set_begin(0); }),
              of_weights("is stored in segments, which is not supported; save it in one piece"));
    const std::string extents = ", which is not supported; use extents above 0 and at most 536870911 elements";
    EXPECT_EQ(weights([](TensorProto &w) { w.set_dims(0, 0); }), of_weights("has shape [0,2]" + extents));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_dims(1, int64_t{1} << 40); }),
              of_weights("has shape [2,1099511627776]" + extents));
    EXPECT_EQ(weights([](TensorProto &w) { w.set_dims(1, -2); }), of_weights("has shape [2,-2]" + extents));
}

TEST(ImportTensor, OfOtherFloatsIsReadAsFloat32) {
    using onnx::TensorProto;
    const auto read = [](const std::function<void(TensorProto &)> &fill) {
        ModelWriter model;
        model.input("x", {1, 4}).output("y").counted("c", {4});
        model.node("Add", {"x", "c"}, {"y"});
        TensorProto &tensor = *model.graph().mutable_initializer(0);
        tensor.clear_float_data();
        fill(tensor);
        const Graph graph = test::import_model(model);
        return graph.value(graph.nodes.at(0).inputs.at(1)).constant.value();
    };
    const auto bytes = [](const auto &elements) {
        return std::string(reinterpret_cast<const char *>(elements.data()), sizeof elements);
    };
    // 1, -2, the largest number and the least denormal of 16 bits
    const std::array<uint16_t, 4> halves = {0x3c00, 0xc000, 0x7bff, 0x0001};
    const std::vector<float> numbers = {1.0F, -2.0F, 65504.0F, 0x1p-24F};
    EXPECT_EQ(read([&](TensorProto &tensor) {
                  tensor.set_data_type(TensorProto::FLOAT16);
                  tensor.set_raw_data(bytes(halves));
              }),
              numbers);
    EXPECT_EQ(read([&](TensorProto &tensor) {
                  tensor.set_data_type(TensorProto::FLOAT16);
                  for (const uint16_t half : halves) {
                      tensor.add_int32_data(half);
                  }
              }),
              numbers);
    EXPECT_EQ(read([&](TensorProto &tensor) {
                  tensor.set_data_type(TensorProto::BFLOAT16);
                  tensor.set_raw_data(bytes(std::array<uint16_t, 4>{0x3f80, 0xc000, 0x4300, 0x0000}));
              }),
              (std::vector<float>{1.0F, -2.0F, 128.0F, 0.0F}));
    EXPECT_EQ(read([&](TensorProto &tensor) {
                  tensor.set_data_type(TensorProto::DOUBLE);
                  for (const double number : {0.1, -2.0, 1e30, 0.0}) {
                      tensor.add_double_data(number);
                  }
              }),
              (std::vector<float>{0.1F, -2.0F, 1e30F, 0.0F}));
}

TEST(ImportTensor, OfABoundOrAMaskMayBeInfinite) {
    constexpr float infinity = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
    ModelWriter model;
    model.input("x", {1, 4})
        .output("y")
        .floats("mask", {4}, {0, -infinity, 0, infinity})
        .floats("b", {}, {infinity});
    model.node("Add", {"x", "mask"}, {"sum"});
    model.node("Clip", {"sum", "", "b"}, {"y"});
    const Graph graph = test::import_model(model);
    EXPECT_EQ(graph.value(graph.nodes.at(0).inputs.at(1)).constant, (std::vector<float>{0, -largest, 0, largest}));
}

TEST(DamagedFile, IsRefusedWhereverItIsTruncated) {
    for (const ModelWriter &model : {rich_model(), moving_model()}) {
        const std::string bytes = model.bytes();
        ASSERT_NO_THROW(import_bytes(bytes));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_THROW(import_bytes(bytes.substr(0, size)), ImportError) << "truncated to " << size << " bytes";
        }
    }
}

TEST(DamagedFile, NeverCrashesTheImporter) {
    for (const ModelWriter &model : {rich_model(), moving_model()}) {
        const std::string bytes = model.bytes();
        std::size_t refused = 0;
        for (uint64_t seed = 0; seed < 20000; ++seed) {
            try {
                verify(import_bytes(damaged(bytes, seed)));
            } catch (const ImportError &error) {
                ++refused;
                ASSERT_FALSE(error.diagnostics.empty()) << "seed " << seed;
                for (const std::string &diagnostic : error.diagnostics) {
                    EXPECT_EQ(diagnostic.find('\n'), std::string::npos) << "seed " << seed;
                }
            } catch (const std::exception &error) {
                FAIL() << "seed " << seed << ": " << error.what();
            }
        }
        EXPECT_GT(refused, 4000U);
        EXPECT_LT(refused, 20000U);
    }
}

}  // namespace ingot
