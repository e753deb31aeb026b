# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an archive says of itself, and that no application carries it."""

import json
import pathlib
import re
import shutil
import unittest

import onnx
from ingot_program import MNIST_CNN, INGOT, compile_model, run, run_ok
from package_test import MAIN_C, Package


class Manifest(Package):
    SECTION = ".ingot.manifest"

    def test_archive_alone_tells_all(self):
        alone = self.root / "alone.a"
        shutil.copy(self.model, alone)
        text = run_ok(INGOT, "inspect", "--json", alone)
        self.assertEqual(text, (self.folder / "mnist_cnn.json").read_text())
        self.assertEqual(text, run_ok(INGOT, "inspect", "--json", self.folder))
        self.assertEqual(json.loads(text), self.manifest)
        self.assertRegex(self.manifest["c_compiler"], r"GCC|clang")
        self.assertRegex(self.manifest["generator"], r"^Halide 21\.0\.0, LLVM 21\.\d$")

    def test_text_holds_what_the_manifest_holds(self):
        text = run_ok(INGOT, "inspect", self.model)
        signature = "image float32 [n,1,28,28] -> logits float32 [n,10]"
        self.assertEqual(text.splitlines()[0], f"mnist_cnn ({self.manifest['build_hash']}): {signature}")
        for key in ["source", "source_hash", "ingot", "generator", "c_compiler"]:
            self.assertIn(self.manifest[key], text)
        for key in ["session_bytes", "stack_bytes", "weights_bytes", "runtime_bytes"]:
            self.assertIn(f"{self.manifest[key]} bytes", text)
        self.assertIn(f"archive: {self.model.stat().st_size} bytes", text)
        for plan in self.manifest["plans"]:
            section = text.split(f"  {plan['target']}: ")[1]
            self.assertTrue(section.startswith(f"{plan['code_bytes']} bytes of code"))
            for step in plan["steps"]:
                self.assertIn(f"{step['name']}: {step['kernel']}\n", section)
                self.assertIn(f"by {step['choice']} ({step['why']}), {step['code_bytes']} bytes of code", section)

    def test_small_kernels_have_no_parallel_loops(self):
        self.assertEqual([step["parallel"] for plan in self.manifest["plans"] for step in plan["steps"]], 9 * [False])

    def test_model_is_known_by_its_bytes(self):
        renamed = self.root / "renamed.onnx"
        shutil.copy(MNIST_CNN, renamed)
        changed = self.root / "changed.onnx"
        model = onnx.load(MNIST_CNN)
        model.doc_string += "changed"
        onnx.save(model, changed)
        manifests = []
        for file in [renamed, changed]:
            folder = compile_model(file, self.root / file.stem, "--target", "x86-64-v2")
            manifests.append(json.loads(run_ok(INGOT, "inspect", "--json", folder)))
        self.assertEqual(manifests[0]["source_hash"], self.manifest["source_hash"])
        self.assertNotEqual(manifests[1]["source_hash"], self.manifest["source_hash"])

    @unittest.skipUnless(shutil.which("clang"), "no clang")
    def test_c_compiler_is_named_and_changes_no_header(self):
        folder = compile_model(MNIST_CNN, self.root / "clang", environment={"INGOT_CC": "clang"})
        manifest = json.loads(run_ok(INGOT, "inspect", "--json", folder))
        self.assertIn("clang", manifest["c_compiler"])
        self.assertEqual({**manifest, "c_compiler": self.manifest["c_compiler"]}, self.manifest)
        header = pathlib.Path("include") / "mnist_cnn.h"
        self.assertEqual((folder / header).read_bytes(), (self.folder / header).read_bytes())

    def test_joined_objects_keep_it(self):
        joined = self.root / "joined"
        joined.mkdir()
        run_ok("ar", "x", self.model, directory=joined)
        run_ok("ld", "-r", "model.o", "-o", "joined.o", directory=joined)
        run_ok("ar", "rcsD", "joined.a", "joined.o", directory=joined)
        text = run_ok(INGOT, "inspect", "--json", joined / "joined.a")
        self.assertEqual(json.loads(text), self.manifest)

    def test_runtime_bytes(self):
        runtime = run_ok("size", "--format=sysv", self.runtime)
        sections = re.findall(r"^\.(?!comment|note\.GNU-stack)\S+\s+(\d+)", runtime, re.MULTILINE)
        self.assertEqual(self.manifest["runtime_bytes"], sum(map(int, sections)))

    def assert_without_manifest(self, program):
        self.assertNotIn(self.SECTION, run_ok("readelf", "--sections", "--wide", program))
        self.assertNotIn(self.manifest["source_hash"].encode(), program.read_bytes())

    def test_no_application_carries_it(self):
        self.assertIn(self.manifest["source_hash"].encode(), self.model.read_bytes())
        whole = ["-Wl,--whole-archive", "-lmnist_cnn", "-Wl,--no-whole-archive"]
        ways = {
            "plain": ([], ["-lmnist_cnn"]),
            "stripped": (["-s", "-Wl,--gc-sections"], ["-lmnist_cnn"]),
            "shared": (["-shared", "-fPIC"], whole),
            "whole": ([], whole),
        }
        for linker in filter(lambda name: shutil.which(f"ld.{name}"), ["bfd", "gold", "lld", "mold"]):
            for way, (options, libraries) in ways.items():
                with self.subTest(linker=linker, way=way):
                    options = [f"-fuse-ld={linker}", *options]
                    program = self.build(f"{linker}_{way}.c", MAIN_C, "cc", *options, libraries=libraries)
                    self.assert_without_manifest(program)

    def test_no_byte_of_an_application_depends_on_it(self):
        with_manifest = self.build("same.c", MAIN_C, "cc", "-Wl,--build-id=none").read_bytes()
        bare = self.root / "bare"
        shutil.copytree(self.folder, bare)
        run_ok("llvm-objcopy", f"--remove-section={self.SECTION}", bare / "lib" / "libmnist_cnn.a")
        process = run(INGOT, "inspect", bare)
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"it has no section {self.SECTION}", process.stderr)
        paths = [f"-I{bare}/include", f"-L{bare}/lib", "-lmnist_cnn", "-lingot_runtime"]
        program = self.root / "bare_program"
        run_ok("cc", "-Wl,--build-id=none", self.root / "same.c", *paths, "-o", program)
        self.assertEqual(program.read_bytes(), with_manifest)


if __name__ == "__main__":
    unittest.main()
