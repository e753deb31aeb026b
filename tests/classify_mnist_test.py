#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example on the genuine test set, and on what users may give it instead.

    classify_mnist_test.py PROGRAM DATA DRIVER

DRIVER is the folder of the libcuda.so.1 that runs PTX on the CPU.
"""
import array
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


DRIVER = pathlib.Path(sys.argv[3]).resolve()
NO_DRIVER = {"LD_LIBRARY_PATH": str(DRIVER.parent / "no such folder"), "CUDA_VISIBLE_DEVICES": "-1"}
FAKE_DRIVER = {"LD_LIBRARY_PATH": str(DRIVER)}


def run(*arguments, environment=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})


class ClassifyMnist(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def copy_data(self):
        for name in (IMAGES, LABELS):
            shutil.copy(DATA / name, self.folder / name)

    def classify(self, *arguments, environment=None):
        """The figures, and the outputs' bytes, of a run that must succeed."""
        figures, logits = self.folder / "result.json", self.folder / "logits.f32"
        done = run(DATA, "--json", figures, "--logits", logits, *arguments, environment=environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(figures.read_text()), logits.read_bytes()

    def refuses(self, message, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"classify_mnist: error: {message}\n")

    def test_reads_the_digits(self):
        figures, logits = self.classify()
        self.assertEqual(figures["images"], 10000)
        self.assertEqual(sum(figures["images_per_digit"]), 10000)
        self.assertGreaterEqual(figures["accuracy"], 0.989)
        self.assertAlmostEqual(figures["accuracy"], 1 - sum(figures["errors_per_digit"]) / 10000)
        self.assertEqual(len(logits), 10000 * 10 * 4)

    def test_allocates_for_a_session_only(self):
        figures, _ = self.classify()
        self.assertEqual(figures["allocations_per_session"], 1)
        self.assertEqual(figures["allocations_per_run"], 0)

    def test_threads_change_no_bit(self):
        _, one = self.classify("--images", 1000)
        figures, three = self.classify("--images", 1000, "--threads", 3)
        self.assertEqual(figures["threads"], 3)
        self.assertEqual(figures["allocations_per_run"], 0)
        self.assertEqual(one, three)

    def test_runs_the_level_it_is_told(self):
        figures, _ = self.classify("--level", "x86-64-v2")
        self.assertEqual(figures["level"], "x86-64-v2")
        self.assertGreaterEqual(figures["accuracy"], 0.989)

    def test_runs_on_the_cpu_unless_told(self):
        figures, _ = self.classify(environment=FAKE_DRIVER)
        self.assertEqual((figures["device"], figures["device_detail"]), ("cpu", ""))

    def assert_same_logits(self, logits, expected):
        """Within what two correct float32 implementations may differ by."""
        got, want = (array.array("f", data) for data in (logits, expected))
        self.assertEqual(len(got), len(want))
        self.assertLessEqual(max(abs(a - b) for a, b in zip(got, want)), 1e-5 * max(map(abs, want)))

    def test_runs_on_a_cuda_device(self):
        _, expected = self.classify("--images", 2)
        for device, images in (("cuda", 2), ("automatic", 1)):
            with self.subTest(device=device):
                figures, logits = self.classify("--device", device, "--images", images, environment=FAKE_DRIVER)
                self.assertEqual((figures["images"], figures["device"]), (images, "cuda"))
                self.assertTrue(figures["level"].startswith("cuda-"), figures["level"])
                self.assert_same_logits(logits, expected[:len(logits)])

    def test_automatic_falls_back_to_the_cpu_and_says_why(self):
        figures, _ = self.classify("--device", "automatic", "--images", 3, environment=NO_DRIVER)
        self.assertEqual(figures["device"], "cpu")
        self.assertNotEqual(figures["device_detail"], "")

    def test_refuses_cuda_without_a_driver_or_a_device(self):
        done = run(DATA, "--device", "cuda", environment=NO_DRIVER)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Aclassify_mnist: error: .+: .*(libcuda|CUDA_ERROR|device).*\n\Z")

    def test_refuses_an_unknown_level(self):
        self.refuses("options.level names no level of this model", DATA, "--level", "x86-64-v9")

    def test_refuses_missing_data(self):
        self.refuses(f"{self.folder / IMAGES}: cannot be opened", self.folder)

    def test_refuses_truncated_data(self):
        self.copy_data()
        whole = (DATA / IMAGES).read_bytes()
        (self.folder / IMAGES).write_bytes(whole[:len(whole) // 2])
        self.refuses(f"{self.folder / IMAGES}: the file is truncated", self.folder)

    def test_refuses_other_files(self):
        self.copy_data()
        (self.folder / IMAGES).write_text("not an image\n" * 100)
        self.refuses(f"{self.folder / IMAGES}: is no IDX file of bytes with 3 dimensions", self.folder)

    def test_refuses_data_that_does_not_fit_its_header(self):
        self.copy_data()
        content = gzip.decompress((DATA / LABELS).read_bytes())
        (self.folder / LABELS).write_bytes(gzip.compress(content[:-1]))
        self.refuses(f"{self.folder / LABELS}: holds 10007 bytes where its header announces 10008", self.folder)

    def test_refuses_fewer_labels_than_images(self):
        self.copy_data()
        content = gzip.decompress((DATA / LABELS).read_bytes())
        fewer = content[:4] + (9999).to_bytes(4, "big") + content[8:-1]
        (self.folder / LABELS).write_bytes(gzip.compress(fewer))
        self.refuses(f"{self.folder / LABELS}: holds 9999 labels for 10000 images", self.folder)

    def test_refuses_a_label_above_9(self):
        self.copy_data()
        content = gzip.decompress((DATA / LABELS).read_bytes())
        (self.folder / LABELS).write_bytes(gzip.compress(content[:-1] + b"\x0a"))
        self.refuses(f"{self.folder / LABELS}: holds a label above 9", self.folder)

    def test_refuses_an_output_that_cannot_be_written(self):
        file = self.folder / "missing" / "result.json"
        done = run(DATA, "--json", file)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"classify_mnist: error: {file}: cannot be written\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
