# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compiled reference network on all 10,000 test digits against ONNX Runtime."""

import gzip
import pathlib
import shutil
import tempfile
import unittest

import numpy
import onnxruntime
from compiled_library import UNSUPPORTED_CPU, CompiledLibrary, StatusError
from ingot_program import MNIST_CNN, SOURCE, compile_model

DATA = SOURCE / "models" / "mnist_cnn" / "data"
BOUND = 1e-5  # of the largest output: what a whole network may be off


def read_idx(name, header):
    return numpy.frombuffer(gzip.decompress((DATA / name).read_bytes()), dtype=numpy.uint8, offset=header)


class OnnxRuntime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-onnxruntime-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.library = CompiledLibrary(compile_model(MNIST_CNN, folder), "mnist_cnn")
        pixels = read_idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
        cls.images = numpy.ascontiguousarray(pixels.astype(numpy.float32) / numpy.float32(255))
        cls.labels = read_idx("t10k-labels-idx1-ubyte.gz", 8)
        session = onnxruntime.InferenceSession(MNIST_CNN, providers=["CPUExecutionProvider"])
        cls.expected = session.run(None, {"image": cls.images})[0]

    def logits(self, level):
        try:
            return self.library.run([self.images], len(self.images), level)[0]
        except StatusError as error:
            if error.status != UNSUPPORTED_CPU:
                raise
            self.skipTest(f"this CPU is below {level}")

    def compare(self, level):
        logits = self.logits(level)
        self.assertEqual(logits.shape, (10000, 10))
        bound = BOUND * numpy.abs(self.expected).max()
        # ONNX Runtime computes in float as well: each is within the bound of the exact result.
        self.assertLess(numpy.abs(logits - self.expected).max(), 2 * bound)
        ours, theirs = logits.argmax(axis=1), self.expected.argmax(axis=1)
        top_two = numpy.sort(self.expected, axis=1)[:, -2:]
        close = top_two[:, 1] - top_two[:, 0] < bound
        self.assertEqual(numpy.flatnonzero((ours != theirs) & ~close).tolist(), [])
        self.assertGreaterEqual((ours == self.labels).mean(), 0.989)

    def test_x86_64_v2(self):
        self.compare("x86-64-v2")

    def test_x86_64_v3(self):
        self.compare("x86-64-v3")

    def test_x86_64_v4(self):
        self.compare("x86-64-v4")


if __name__ == "__main__":
    unittest.main()
