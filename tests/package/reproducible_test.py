# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same bytes wherever, in whatever order and on however many cores a model is compiled."""

import os
import shutil
import unittest

from ingot_program import MNIST_CNN, INGOT, run_ok
from package_test import Package


class Reproducible(Package):
    def files(self, folder):
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def compile_here(self, number, *options, cache="cold", model=MNIST_CNN, before=(), environment=None):
        """Compiles in a folder of its own, with a cold cache unless `cache` names another folder's."""
        here = self.root / f"build{number}" / ("deeper" * number)
        here.mkdir(parents=True)
        variables = {"INGOT_CACHE_DIR": str(self.root / cache / str(number if cache == "cold" else ""))}
        command = [*before, INGOT, "compile", model, "-o", "out", "--name", "mnist_cnn", *options]
        run_ok(*command, environment={**variables, **(environment or {})}, directory=here)
        return self.files(here / "out")

    def test_ten_builds(self):
        core = min(os.sched_getaffinity(0))
        one_core = ["taskset", "--cpu-list", str(core)]
        elsewhere = self.root / "models" / "mnist_cnn.onnx"
        elsewhere.parent.mkdir()
        shutil.copy(MNIST_CNN, elsewhere)
        foreign = {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "HOME": "/nonexistent", "COLUMNS": "20"}
        # A cache that holds the highest level's kernels only: the others are compiled beside them.
        self.compile_here(0, "--target", "x86-64-v4", cache="shared")
        builds = [
            self.compile_here(1),
            self.compile_here(2, "--jobs", "1"),
            self.compile_here(3, "--jobs", "2"),
            self.compile_here(4, "--jobs", "9"),
            self.compile_here(5, before=one_core),
            self.compile_here(6, "--target", "x86-64-v4,x86-64-v2,x86-64-v3"),
            self.compile_here(7, cache="shared"),
            self.compile_here(8, "--jobs", "1", cache="shared"),
            self.compile_here(9, model=elsewhere, cache="shared", before=one_core),
            self.compile_here(10, environment=foreign),
        ]
        expected = self.files(self.folder)
        for number, files in enumerate(builds, 1):
            self.assertEqual(sorted(files), sorted(expected))
            for name, content in files.items():
                self.assertEqual(content, expected[name], f"{name} of build {number}")

    def test_weights_in_a_file(self):
        cold, warm = (self.compile_here(number, "--weights=file", cache="weights") for number in (11, 12))
        self.assertIn("mnist_cnn.weights", cold)
        self.assertEqual(cold, warm)


if __name__ == "__main__":
    unittest.main()
