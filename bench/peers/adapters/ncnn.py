# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ncnn through Python: its package holds no C or C++ interface. pnnx translates the model,
behind ONNX Runtime's basic optimisations, since it leaves pads and the like in a form that ncnn does not know.

pnnx asks for torch, which its program does without; it is installed alone. Weights and sums stay float32.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np

from peers import graph

TITLE, PACKAGES, API = "ncnn", ("ncnn", "pnnx"), "Python"
REDUCED = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage",
           "use_int8_packed", "use_int8_storage", "use_int8_arithmetic", "use_vulkan_compute")
NOTHING = "7767517\n2 2\nInput in0 0 1 in0\nReLU relu 1 1 in0 out0\n"


def version():
    return importlib.metadata.version("ncnn")


def package(name):
    return pathlib.Path(importlib.util.find_spec(name).origin).parent


def disk():
    return list(package("ncnn").glob("ncnn.*.so"))


def model_file(net):
    return net.folder / "ncnn" / "net.ncnn.bin"


def prepare(net):
    import onnx
    if net.batch != 1:
        raise RuntimeError("ncnn has no axis for the batch")
    folder = net.folder / "ncnn"
    folder.mkdir(exist_ok=True)
    onnx.save(graph.optimised(net.onnx), folder / "net.onnx")
    program = package("pnnx") / "pnnx"
    program.chmod(0o755)
    shape = str(net.inputs[0][1]).replace(" ", "")
    done = subprocess.run([program, "net.onnx", "fp16=0", f"inputshape={shape}"], cwd=folder, capture_output=True,
                          text=True)
    if not model_file(net).exists():
        raise RuntimeError(f"pnnx ended with {done.returncode}")


def load(parameters, weights):
    import ncnn
    net = ncnn.Net()
    net.opt.num_threads = 1
    for option in REDUCED:
        setattr(net.opt, option, False)
    if net.load_param(str(parameters)) != 0 or net.load_model(str(weights)) != 0:
        raise RuntimeError("ncnn cannot load what pnnx wrote")
    return net


class Runs:
    def __init__(self, net, image):
        import ncnn
        # A Mat over memory of NumPy's ends the process where the first layer works in place.
        self.net, self.image = net, ncnn.Mat(np.ascontiguousarray(image)).clone()

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input("in0", self.image)
        status, self.result = extractor.extract("out0")
        if status != 0:
            raise RuntimeError(f"extract returns {status}")


class Session(Runs):
    def __init__(self, net):
        folder = model_file(net).parent
        super().__init__(load(folder / "net.ncnn.param", model_file(net)), net.input()[0])

    def output(self):
        return np.array(self.result)


def overhead():
    with tempfile.TemporaryDirectory() as folder:
        parameters = pathlib.Path(folder) / "nothing.param"
        parameters.write_text(NOTHING)
        runs = Runs(load(parameters, os.devnull), np.zeros(4, np.float32))
        seconds = []
        for _ in range(1000):
            started = time.perf_counter()
            runs.run()
            seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))
