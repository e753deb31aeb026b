// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors that lie in files beside the model: read from inside the model's folder only, and no more than there is.
#include "generators/files.h"
#include "reference/interpreter.h"
#include "tests/onnx_builder.h"
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>

namespace ingot {

namespace {

namespace fs = std::filesystem;
using test::diagnostics_of;
using test::Lines;
using test::ModelWriter;

struct Place {
    std::string location = "net.data";
    std::optional<std::string> offset, length;
};

void set_place(onnx::TensorProto &tensor, const Place &place) {
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const std::string &key, const std::string &value) {
        onnx::StringStringEntryProto &entry = *tensor.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
    };
    add("location", place.location);
    if (place.offset) {
        add("offset", *place.offset);
    }
    if (place.length) {
        add("length", *place.length);
    }
    add("checksum", "of no interest");
}

void add_tensor(ModelWriter &model, const std::string &name, const std::vector<int64_t> &shape,
                const Place &place) {
    onnx::TensorProto &tensor = *model.graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.mutable_dims()->Assign(shape.begin(), shape.end());
    set_place(tensor, place);
}

/// x [1,2] + w [2], which lies at `place`.
ModelWriter model_of(const Place &place) {
    ModelWriter model;
    model.input("x", {1, 2}).output("y");
    add_tensor(model, "w", {2}, place);
    model.node("Add", {"x", "w"}, {"y"});
    return model;
}

std::string floats(const std::vector<float> &elements) {
    std::string bytes(elements.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), elements.data(), bytes.size());
    return bytes;
}

class ExternalData : public testing::Test {
protected:
    ExternalData() {
        fs::create_directory(folder.path() / "model");
        write_file(folder.path() / "model/net.data", floats({1, 2, 3, 4}));
        write_file(folder.path() / "secret", floats({5, 6}));
    }
    [[nodiscard]] fs::path inside(const std::string &name) const { return folder.path() / "model" / name; }

    Graph import(const ModelWriter &model) const {
        write_file(inside("net.onnx"), model.bytes());
        return import_onnx(inside("net.onnx"));
    }
    [[nodiscard]] std::vector<double> sum(const Place &place) const {
        return reference::interpret<double>(import(model_of(place)), {{{1, 2}, {10, 20}}})[0].data;
    }
    [[nodiscard]] Lines refusals(const ModelWriter &model) const {
        return diagnostics_of([&] { import(model); });
    }
    [[nodiscard]] Lines refusals(const Place &place) const { return refusals(model_of(place)); }

    TemporaryDirectory folder;
};

Lines of_tensor(const std::string &why) {
    return {"net.onnx: error: Add 'n0' (node 0, opset 17): source 'w' is stored " + why};
}

}  // namespace

TEST_F(ExternalData, IsReadFromItsPlace) {
    EXPECT_EQ(sum({"net.data", "0", "8"}), (std::vector<double>{11, 22}));
    EXPECT_EQ(sum({"net.data", "4", "8"}), (std::vector<double>{12, 23}));
    EXPECT_EQ(sum({"net.data", "8", {}}), (std::vector<double>{13, 24})) << "without a length, to the end";
    EXPECT_EQ(sum({"./net.data", {}, "8"}), (std::vector<double>{11, 22}));
    fs::create_directory(inside("weights"));
    write_file(inside("weights/w.bin"), floats({7, 8}));
    EXPECT_EQ(sum({"weights/w.bin", {}, {}}), (std::vector<double>{17, 28}));
    fs::create_symlink("weights/w.bin", inside("link"));
    EXPECT_EQ(sum({"link", {}, {}}), (std::vector<double>{17, 28})) << "a link inside the folder";
    fs::create_symlink(inside("net.onnx"), folder.path() / "elsewhere.onnx");
    EXPECT_EQ(diagnostics_of([&] { import_onnx(folder.path() / "elsewhere.onnx"); }).size(), 1U)
        << "the folder is that of the name which was given";
}

TEST_F(ExternalData, OfSeveralTypesIsDecoded) {
    ModelWriter model;
    model.input("x", {2, 3}).output("y");
    onnx::TensorProto &shape = *model.graph().add_initializer();
    shape.set_name("s");
    shape.set_data_type(onnx::TensorProto::INT64);
    shape.add_dims(2);
    const std::vector<int64_t> extents{3, -1};
    std::string bytes(2 * sizeof(int64_t), '\0');
    std::memcpy(bytes.data(), extents.data(), bytes.size());
    write_file(inside("shape"), bytes);
    set_place(shape, {"shape", {}, {}});
    model.node("Reshape", {"x", "s"}, {"y"});
    const Graph graph = import(model);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (std::vector<int64_t>{3, 2}));
}

TEST_F(ExternalData, OutsideOfTheFolderIsRefused) {
    const std::string why =
        ", which is outside of the model's folder and not read; move it beside the model and save "
        "the model with a relative location";
    EXPECT_EQ(refusals({"../secret", {}, {}}), of_tensor("in '../secret'" + why));
    EXPECT_EQ(refusals({"net.data/../../secret", {}, {}}), of_tensor("in 'net.data/../../secret'" + why));
    EXPECT_EQ(refusals({(folder.path() / "secret").string(), {}, {}})[0].find("outside of the model's folder") ==
                  std::string::npos,
              false);
    EXPECT_EQ(refusals({"", {}, {}}), of_tensor("in ''" + why));
    fs::create_symlink("../secret", inside("link"));
    EXPECT_EQ(refusals({"link", {}, {}}), of_tensor("in 'link'" + why));
    fs::create_directory_symlink("..", inside("up"));
    EXPECT_EQ(refusals({"up/secret", {}, {}}), of_tensor("in 'up/secret'" + why));
    fs::create_directory(folder.path() / "model2");
    write_file(folder.path() / "model2/w", floats({1, 2}));
    fs::create_symlink("../model2/w", inside("sibling"));
    EXPECT_EQ(refusals({"sibling", {}, {}}), of_tensor("in 'sibling'" + why)) << "a folder whose name begins alike";
}

TEST_F(ExternalData, ThatIsNoFileIsRefused) {
    EXPECT_EQ(
        refusals({"absent", {}, {}}),
        of_tensor("in 'absent', which cannot be read (No such file or directory); put the file beside the model"));
    fs::create_directory(inside("folder"));
    ASSERT_EQ(mkfifo(inside("pipe").c_str(), 0600), 0);
    for (const std::string name : {"folder", "pipe"}) {
        EXPECT_EQ(refusals({name, {}, {}}), of_tensor("in '" + name +
                                                      "', which is not a file but a directory or device; "
                                                      "export the model again"));
    }
    fs::create_symlink("loop", inside("loop"));
    EXPECT_EQ(
        refusals({"loop", {}, {}}),
        of_tensor("in 'loop', which cannot be read (Too many levels of symbolic links); put the file beside the "
                  "model"));
}

TEST_F(ExternalData, OfAnotherSizeIsRefused) {
    const std::string bytes = ", but the file has 16 bytes; copy it again or export the model again";
    EXPECT_EQ(refusals({"net.data", "12", "8"}), of_tensor("in 'net.data' at byte 12 with 8 bytes" + bytes));
    EXPECT_EQ(refusals({"net.data", "17", {}}), of_tensor("in 'net.data' at byte 17" + bytes));
    EXPECT_EQ(refusals({"net.data", "9223372036854775807", "9223372036854775807"}),
              of_tensor("in 'net.data' at byte 9223372036854775807 with 9223372036854775807 bytes" + bytes));
    EXPECT_EQ(refusals({"net.data", "0", "12"}),
              of_tensor("in 'net.data' with 12 bytes, its shape needs 8; export the model again"));
    EXPECT_EQ(refusals({"net.data", {}, {}}),
              of_tensor("in 'net.data' with 16 bytes, its shape needs 8; export the model again"));
    EXPECT_EQ(refusals({"net.data", "-1", {}}),
              of_tensor("with offset '-1', which is no number of bytes; export the model again"));
    EXPECT_EQ(refusals({"net.data", {}, "99999999999999999999"}),
              of_tensor("with length '99999999999999999999', which is no number of bytes; export the model again"));
    ModelWriter model = model_of({"net.data", {}, {}});
    model.graph().mutable_initializer(0)->set_dims(0, (int64_t{1} << 29) - 1);
    EXPECT_EQ(refusals(model),
              of_tensor("in 'net.data' with 16 bytes, its shape needs 2147483644; export the model "
                        "again"));
}

TEST_F(ExternalData, ThatTensorsShareIsLoadedOnce) {
    ModelWriter model = model_of({"net.data", "0", "8"});
    model.output("z");
    add_tensor(model, "v", {2}, {"net.data", "0", "8"});
    model.node("Mul", {"x", "v"}, {"z"});
    const Graph graph = import(model);
    EXPECT_EQ(graph.nodes.at(0).inputs[1], graph.nodes.at(1).inputs[1]);
    model.graph().mutable_initializer(1)->clear_external_data();
    set_place(*model.graph().mutable_initializer(1), {"net.data", "4", "8"});
    EXPECT_EQ(refusals(model),
              Lines{"net.onnx: error: Mul 'n1' (node 1, opset 17): source 'v' is stored in 'net.data' "
                    "at bytes that another tensor takes as well; export the model again"});
}

TEST_F(ExternalData, ThatNothingReadsIsNotOpened) {
    ModelWriter model = test::good_model();
    add_tensor(model, "w", {2}, {"absent", {}, {}});
    EXPECT_EQ(refusals(model), Lines{});
}

TEST_F(ExternalData, OfAModelFromMemoryIsRefused) {
    EXPECT_EQ(test::refusals(model_of({"net.data", "0", "8"})),
              of_tensor("in 'net.data' beside a model that is read from memory; read the model from its file"));
}

}  // namespace ingot
