# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `ingot inspect` says of files that are no library of Ingot's, or were one."""

import json
import shutil
import unittest

from command_line_test import CommandLine
from ingot_program import INGOT, compile_model, run, run_ok, write_tiny_model

WAY_OUT = "name lib<name>.a or the folder that ingot compile wrote"


class Inspect(CommandLine):
    @property
    def library(self):
        return self.folder / "out" / "lib" / "libtiny.a"

    def setUp(self):
        super().setUp()
        model = write_tiny_model(self.folder / "tiny.onnx")
        compile_model(model, self.folder / "out", "--target", "x86-64-v2")

    def assert_inspect_refuses(self, file, reason):
        self.assert_prints(1, f"ingot: error: {file}: {reason}", "inspect", file)
        self.assert_prints(1, f"ingot: error: {file}: {reason}", "inspect", "--json", file)

    def test_missing(self):
        self.assert_inspect_refuses("none.a", f"no such file or folder; {WAY_OUT}")
        self.assert_prints(2, "ingot: error: library is required; see ingot inspect --help", "inspect")

    def test_other_files(self):
        (self.folder / "empty.a").write_bytes(b"")
        (self.folder / "image.a").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        run_ok("ar", "rcsDT", "thin.a", self.library, directory=self.folder)
        for file in ["empty.a", "image.a", "thin.a", "tiny.onnx", "out/tiny.json"]:
            self.assert_inspect_refuses(file, f"it is no static library; {WAY_OUT}")

    def test_other_libraries(self):
        reason = f"it was not written by ingot compile (it has no section .ingot.manifest); {WAY_OUT}"
        self.assert_inspect_refuses("out/lib/libingot_runtime.a", reason)
        run_ok("ar", "rcsD", "text.a", "tiny.onnx", directory=self.folder)
        self.assert_inspect_refuses("text.a", reason)

    def test_folders(self):
        (self.folder / "none").mkdir()
        self.assert_inspect_refuses("none", f"no library is in its lib/; {WAY_OUT}")
        shutil.copy(self.library, self.library.with_name("libother.a"))
        several = "it holds several libraries: libother.a, libtiny.a; name one of them"
        self.assert_inspect_refuses("out", several)
        self.assertEqual(self.run_ingot("inspect", "out/lib/libother.a").returncode, 0)

    def test_cut(self):
        whole = self.library.read_bytes()
        cut = self.folder / "cut.a"
        for size in [*range(8, 200, 16), *range(200, len(whole), len(whole) // 40), len(whole) - 1]:
            cut.write_bytes(whole[:size])
            process = run(INGOT, "inspect", "cut.a", directory=self.folder)
            expected = "it was not written by ingot compile (it has no section .ingot.manifest)"
            expected = expected if size == 8 else "it is truncated"
            self.assertEqual(process.stderr, f"ingot: error: cut.a: {expected}; {WAY_OUT}\n", size)
            self.assertEqual((process.returncode, process.stdout), (1, ""))

    def test_damaged(self):
        whole = self.library.read_bytes()
        self.assertEqual(whole.count(b'"plans"'), 1)
        again = "its manifest is damaged or of another version of Ingot; compile the model again"
        for old, new in [(b'"plans"', b'"plane"'), (b'"plans": [', b'"plans": {'), (b'"tiny"', b'1     ')]:
            (self.folder / "damaged.a").write_bytes(whole.replace(old, new))
            self.assert_inspect_refuses("damaged.a", again)
        size = whole[8 + 48 : 8 + 58]
        (self.folder / "damaged.a").write_bytes(whole.replace(size, b"many      ", 1))
        self.assert_inspect_refuses("damaged.a", f"it is damaged; {WAY_OUT}")

    def test_a_member_of_another_library(self):
        run_ok("ar", "x", self.library, directory=self.folder)
        (self.folder / "readme").write_text("odd")
        run_ok("ar", "rcsD", "mine.a", "readme", "model.o", directory=self.folder)
        manifest = json.loads(run_ok(INGOT, "inspect", "--json", self.folder / "mine.a"))
        self.assertEqual(manifest["name"], "tiny")


if __name__ == "__main__":
    unittest.main()
