# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The folder of --weights=file: its library holds no weights, and computes the bits of the linked form with them."""

import json
import re
import shutil
import struct
import unittest

import onnx
from ingot_program import MNIST_CNN, INGOT, compile_model, run, run_ok
from onnx import TensorProto, helper
from package_test import LEVELS, MAIN_C, STRICT, Package, symbols

UNSUPPORTED_CPU = 4
MISSING, LINKED, WRONG_SIZE = 23, 24, 26

# Prints the status, and the bits of two images' logits at the level of argv[1]; reads the weights of argv[2], where
# that is given.
MAIN = r"""
#include <mnist_cnn.h>
#include <stdio.h>
#include <string.h>

static unsigned char memory[1 << 20] __attribute__((aligned(INGOT_WEIGHTS_ALIGNMENT)));

int main(int argc, char **argv) {
    static float images[2 * MNIST_CNN_IMAGE_SIZE], logits[2 * MNIST_CNN_LOGITS_SIZE];
    ingot_options options = INGOT_OPTIONS_INIT;
    ingot_session *session;
    ingot_status status;
    unsigned bits;
    int i;
    options.level = argv[1];
    if (argc > 2) {
        FILE *file = fopen(argv[2], "rb");
        options.weights = memory;
        options.weights_bytes = file ? fread(memory, 1, sizeof(memory), file) : 0;
    }
    for (i = 0; i < 2 * MNIST_CNN_IMAGE_SIZE; ++i) {
        images[i] = (float)(i * 37 % 101) / 100.0f;
    }
    status = VERIFY(&mnist_cnn_model, &options);
    if (status == INGOT_OK) {
        status = ingot_session_create(&mnist_cnn_model, &options, &session);
    }
    printf("%d\n", (int)status);
    if (status == INGOT_OK && mnist_cnn_run(session, images, logits, 2) == INGOT_OK) {
        for (i = 0; i < 2 * MNIST_CNN_LOGITS_SIZE; ++i) {
            memcpy(&bits, logits + i, sizeof(bits));
            printf("%08x\n", bits);
        }
        ingot_session_destroy(session);
    }
    return 0;
}
"""


class Weights(Package):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apart = compile_model(MNIST_CNN, cls.root / "apart", "--weights=file")
        cls.file = cls.apart / "mnist_cnn.weights"
        cls.archive = cls.apart / "lib" / "libmnist_cnn.a"
        cls.apart_manifest = json.loads((cls.apart / "mnist_cnn.json").read_text())

    def build_from(self, folder, name, source, *options):
        file = self.root / name
        file.write_text(source)
        paths = [f"-I{folder}/include", f"-L{folder}/lib", "-lmnist_cnn", "-lingot_runtime"]
        run_ok("cc", *options, file, *paths, "-o", file.with_suffix(""))
        return file.with_suffix("")

    def programs(self):
        """The same program with linked weights and without."""
        source = MAIN.replace("VERIFY", "ingot_verify_weights")
        return (self.build_from(self.folder, "with_linked.c", source, "-std=gnu99", *STRICT),
                self.build_from(self.apart, "with_file.c", source, "-std=gnu99", *STRICT))

    def test_files(self):
        def names(folder):
            return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}

        self.assertEqual(names(self.apart), names(self.folder) | {"mnist_cnn.weights"})

    def test_same_bits_as_linked(self):
        linked, apart = self.programs()
        levels = 0
        for level in LEVELS:
            with self.subTest(level):
                expected = run_ok(linked, level)
                self.assertEqual(run_ok(apart, level, self.file), expected)
                self.assertIn(int(expected.split()[0]), [0, UNSUPPORTED_CPU])
                levels += len(expected.split()) == 21
        self.assertGreater(levels, 0)

    def test_cpp(self):
        _, apart = self.programs()
        source = MAIN.replace("VERIFY", "ingot_verify_weights")
        program = self.build_from(self.apart, "cxx17_with_file.cpp", source, "-std=c++17", *STRICT)
        self.assertEqual(run_ok(program, LEVELS[0], self.file), run_ok(apart, LEVELS[0], self.file))

    def test_each_form_refuses_what_the_other_takes(self):
        linked, apart = self.programs()
        self.assertEqual(run_ok(linked, LEVELS[0], self.file), f"{LINKED}\n")
        self.assertEqual(run_ok(apart, LEVELS[0]), f"{MISSING}\n")

    def test_the_file_depends_on_the_packed_weights_only(self):
        again = compile_model(MNIST_CNN, self.root / "again", "--weights=file", "--name", "again",
                              "--schedule", "gemm=gemm/cpu_reference")
        self.assertEqual((again / "again.weights").read_bytes(), self.file.read_bytes())
        direct = compile_model(MNIST_CNN, self.root / "direct", "--weights=file", "--numerics", "exact")
        _, apart = self.programs()
        self.assertEqual(run_ok(apart, LEVELS[0], direct / "mnist_cnn.weights"), f"{WRONG_SIZE}\n")

    def test_the_library_holds_no_weights(self):
        weights = self.file.read_bytes()[64:]
        self.assertIn(weights, self.model.read_bytes())
        archive = self.archive.read_bytes()
        for at in range(0, len(weights), 256):
            block = weights[at : at + 64]
            self.assertTrue(block.count(0) > 32 or block not in archive, at)
        self.assertLess(len(archive), len(self.model.read_bytes()) - len(weights) + 1024)
        self.assertNotIn(".rodata.weights", run_ok("readelf", "--sections", "--wide", self.archive))

    def test_header_manifest_and_file_agree(self):
        macros = dict(re.findall(r"#define (\w+) +(\S+)", (self.apart / "include" / "mnist_cnn.h").read_text()))
        content = self.file.read_bytes()
        magic, size, number, *zeros = struct.unpack("<8s7Q", content[:64])
        self.assertEqual((magic, size, zeros), (b"INGOTWT1", len(content) - 64, [0] * 5))
        self.assertEqual(macros["MNIST_CNN_WEIGHTS_BYTES"], str(len(content)))
        self.assertEqual(macros["MNIST_CNN_WEIGHTS_ALIGNMENT"], "64")
        self.assertEqual(macros["MNIST_CNN_WEIGHTS_HASH"], f"UINT64_C(0x{number:016x})")
        self.assertEqual(self.apart_manifest["weights_bytes"], len(content) - 64)
        self.assertEqual(self.apart_manifest["weights_file"],
                         {"name": "mnist_cnn.weights", "bytes": len(content), "hash": f"{number:016x}"})
        self.assertNotIn("weights_file", self.manifest)
        text = run_ok(INGOT, "inspect", self.apart)
        self.assertIn(f"in mnist_cnn.weights, {len(content)} bytes, XXH64 {number:016x}, which the application", text)

    def test_forms_do_not_mix(self):
        self.assertNotEqual(self.apart_manifest["build_hash"], self.manifest["build_hash"])
        file = self.root / "mixed_forms.c"
        file.write_text(MAIN_C)
        paths = [f"-I{self.apart}/include", f"-L{self.folder}/lib", "-lmnist_cnn", "-lingot_runtime"]
        process = run("cc", file, *paths, "-o", self.root / "mixed_forms")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(f"mnist_cnn_model_{self.apart_manifest['build_hash']}", process.stderr)

    def test_programs_hold_the_verification_only_where_they_call_it(self):
        linked, apart = self.programs()
        for program in [linked, apart]:
            self.assertIn("ingot_verify_weights", symbols(program))
            self.assertEqual(self.needed(program), ["libc.so.6"])
        source = MAIN.replace("VERIFY(&mnist_cnn_model, &options)", "INGOT_OK")
        program = self.build_from(self.apart, "unverified.c", source, "-std=gnu99", *STRICT)
        self.assertNotIn("ingot_verify_weights", symbols(program))
        self.assertEqual(run_ok(program, LEVELS[0], self.file), run_ok(apart, LEVELS[0], self.file))

    def test_find_package_names_the_file(self):
        moved = self.root / "moved_apart"
        shutil.copytree(self.apart, moved)
        project = self.root / "project_of_weights"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(app NONE)\nfind_package(mnist_cnn CONFIG REQUIRED)\n"
            'message(STATUS "weights: ${mnist_cnn_WEIGHTS}")\n'
        )
        printed = run_ok("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={moved}")
        self.assertIn(f"weights: {moved}/mnist_cnn.weights\n", printed)

    def test_a_model_without_weights_has_a_file_with_none(self):
        model = self.root / "relu.onnx"
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 784])
                 for name in ["image", "logits"]]
        graph = helper.make_graph([helper.make_node("Relu", ["image"], ["logits"])], "relu", ports[:1], ports[1:])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), model)
        folder = compile_model(model, self.root / "relu", "--weights=file", "--name", "mnist_cnn")
        self.assertEqual((folder / "mnist_cnn.weights").stat().st_size, 64)
        program = self.build_from(folder, "with_none.c", MAIN.replace("VERIFY", "ingot_verify_weights"), "-std=gnu99")
        self.assertEqual(run_ok(program, LEVELS[0]), f"{MISSING}\n")
        self.assertEqual(run_ok(program, LEVELS[0], folder / "mnist_cnn.weights").split()[0], "0")


if __name__ == "__main__":
    unittest.main()
