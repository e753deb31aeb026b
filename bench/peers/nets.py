# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The networks of the comparison, as ONNX files with a fixed batch and a seeded input."""

import json
import pathlib
import shutil
import sys
from typing import NamedTuple

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = (("mnist_cnn", 1), ("mnist_cnn", 256), ("lenet5", 1), ("lenet5_relu", 1), ("resnet8", 1), ("ds_cnn", 1),
         ("mobilenet_v1_vww", 1), ("conv3x3", 1), ("conv3x3_pool", 1), ("mobilenet_v2", 1), ("mobilenet_v1", 1),
         ("resnet18", 1), ("resnet50", 1), ("vgg16", 1), ("squeezenet1_1", 1))
MNIST_CNN_MACS = 1_031_744
SEED = 1
SINGLE = "single.onnx"  # of a row with a batch: the model before the batch is fixed


class Net(NamedTuple):
    """folder: a folder for what is made of the model; macs: of one run, of all its images."""
    name: str
    batch: int
    folder: pathlib.Path
    macs: int
    inputs: list   # of (name, shape); one
    outputs: list  # of (name, shape); one

    @property
    def onnx(self):
        return self.folder / "net.onnx"

    def input(self):
        return np.load(self.folder / "input.npy")

    @property
    def output_shape(self):
        return self.outputs[0][1]

    def save(self):
        (self.folder / "net.json").write_text(json.dumps(self._replace(folder=str(self.folder))))

    @staticmethod
    def load(folder):
        net = Net(*json.loads((pathlib.Path(folder) / "net.json").read_text()))
        return net._replace(folder=pathlib.Path(net.folder))


def source(name, folder):
    """The ONNX file of a network, and the multiply-accumulates of an image."""
    if name == "mnist_cnn":
        return ROOT / "models/mnist_cnn/mnist_cnn.onnx", MNIST_CNN_MACS
    sys.path.insert(0, str(ROOT / "models"))
    from architectures import ARCHITECTURES
    net = ARCHITECTURES[name](small=False)
    return net.write(folder, SEED), net.macs


def fix_batch(model, batch):
    for value in [*model.graph.input, *model.graph.output]:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.WhichOneof("value") != "dim_value":
                dimension.dim_value = batch


def ports(values):
    return [(value.name, [d.dim_value for d in value.type.tensor_type.shape.dim]) for value in values]


def make(name, batch, folder):
    """Writes net.onnx, input.npy and net.json into a folder of the network's own, and returns the Net."""
    import onnx
    folder = folder / f"{name}_{batch}"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was broken off
    folder.mkdir(parents=True)
    file, macs = source(name, folder)
    model = onnx.load(file)
    if batch > 1:
        onnx.save(model, folder / SINGLE)
    fix_batch(model, batch)
    onnx.save(model, folder / "net.onnx")
    if pathlib.Path(file).parent == folder:
        pathlib.Path(file).unlink()
    weights = {tensor.name for tensor in model.graph.initializer}
    net = Net(name, batch, folder.resolve(), macs * batch,
              ports(value for value in model.graph.input if value.name not in weights), ports(model.graph.output))
    random = np.random.default_rng(SEED)
    np.save(folder / "input.npy", random.standard_normal(net.inputs[0][1], np.float32))
    net.save()
    return net


def selected(names):
    """The rows of the table that NAME or NAME:BATCH ask for, all where none does."""
    rows = [(name, batch) for name, batch in TABLE
            if not names or name in names or f"{name}:{batch}" in names]
    known = {name for row in TABLE for name in (row[0], f"{row[0]}:{row[1]}")}
    unknown = sorted(set(names) - known)
    if unknown:
        raise SystemExit(f"peers: error: no network {unknown[0]}; the table has "
                         + ", ".join(dict.fromkeys(name for name, _ in TABLE)))
    return rows
