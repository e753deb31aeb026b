#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the constants of an ONNX model so that compare_torch.py can read them without onnx or numpy.

    export_weights.py MODEL FOLDER    FOLDER/weights.json: shapes by name, in order; FOLDER/weights.f32: the values
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def main():
    model, folder = onnx.load(sys.argv[1]), pathlib.Path(sys.argv[2])
    arrays = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    for name, array in arrays.items():
        if array.dtype != np.float32:
            sys.exit(f"error: {name} is {array.dtype}, not float32")
    folder.joinpath("weights.json").write_text(json.dumps({name: list(array.shape) for name, array in arrays.items()}))
    folder.joinpath("weights.f32").write_bytes(b"".join(array.astype("<f4").tobytes() for array in arrays.values()))


if __name__ == "__main__":
    main()
