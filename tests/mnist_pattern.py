# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two images that are a pattern, and what ONNX Runtime makes of them: the programs of the tests print their logits."""

import numpy
import onnxruntime
from ingot_program import MNIST_CNN


def images():
    pattern = numpy.arange(2 * 784) * 37 % 101
    return (pattern.astype(numpy.float32) / numpy.float32(100)).reshape(2, 1, 28, 28)


class PatternLogits:
    def __init__(self):
        session = onnxruntime.InferenceSession(MNIST_CNN, providers=["CPUExecutionProvider"])
        self.logits = session.run(None, {"image": images()})[0].ravel()

    def difference(self, printed):
        """What is wrong with the logits that a program printed, one a line; empty where they are right."""
        numbers = numpy.array([float(line) for line in printed.split()])
        if numbers.shape != self.logits.shape:
            return f"{len(numbers)} numbers instead of {len(self.logits)}"
        error, bound = numpy.abs(numbers - self.logits).max(), 2e-5 * numpy.abs(self.logits).max()
        return "" if error < bound else f"off by {error}, allowed {bound}"
