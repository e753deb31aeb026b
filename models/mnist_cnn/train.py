# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the MNIST reference network and writes it as mnist_cnn.onnx.

    python train.py --data DIR               train on the MNIST files in DIR
    python train.py --data data --evaluate   only describe and test the ONNX file

Training uses the first 55,000 training images. The last 5,000 are held out:
they chose the default learning rate. The number of epochs is fixed and the weights
of the last one are kept. The 10,000 test images are read only after the ONNX file
is written.
"""

import argparse
import gzip
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import nn
from torch.nn import functional as F

HELD_OUT = 5_000
ONNX_FILE = Path(__file__).with_name("mnist_cnn.onnx")


def read_idx(path):
    """Reads a gzip-compressed IDX file of bytes as a uint8 array.

    The header is two zero bytes, the element type (8: unsigned byte), the number
    of dimensions, then each dimension as a big-endian 32-bit integer.
    """
    raw = gzip.decompress(Path(path).read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load(directory, part):
    """Loads one part of MNIST, "train" or "t10k".

    Returns images, float32 [n, 1, 28, 28], each pixel divided by 255, and
    labels, int64 [n].
    """
    images = read_idx(Path(directory) / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(Path(directory) / f"{part}-labels-idx1-ubyte.gz")
    images = images.astype(np.float32)[:, None] / np.float32(255)
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))


def make_model():
    """Builds the network: float32 [n, 1, 28, 28] -> logits, float32 [n, 10]."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 16, 3, padding=1),   # [n, 16, 28, 28]
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),                  # [n, 16, 14, 14]
        conv2=nn.Conv2d(16, 32, 3, padding=1),  # [n, 32, 14, 14]
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),                  # [n, 32, 7, 7]
        flatten=nn.Flatten(),                   # [n, 1568], channels outermost
        fc=nn.Linear(32 * 7 * 7, 10),           # [n, 10]
    ))


def shift(images):
    """Shifts each image by -1, 0 or 1 pixel along each axis, filling with zeros.

    images: [n, 1, 28, 28]. Returns the same shape.
    """
    n, _, height, width = images.shape
    padded = F.pad(images, (1, 1, 1, 1))                             # [n, 1, 30, 30]
    rows = torch.randint(3, (n, 1, 1)) + torch.arange(height)[:, None]  # [n, 28, 1]
    columns = torch.randint(3, (n, 1, 1)) + torch.arange(width)         # [n, 1, 28]
    return padded[torch.arange(n)[:, None, None], 0, rows, columns][:, None]


@torch.no_grad()
def predict(model, images):
    """Runs the network. images: [n, 1, 28, 28]. Returns logits, [n, 10]."""
    model.eval()
    return torch.cat([model(batch) for batch in images.split(1000)])


def accuracy(logits, labels):
    """The fraction of rows of logits, [n, 10], that are largest at labels, [n]."""
    return (logits.argmax(1) == labels).double().mean().item()


def train(model, images, labels, epochs, batch_size, learning_rate):
    """Trains the model in place. images: [n, 1, 28, 28], labels: [n]."""
    held_images, held_labels = images[-HELD_OUT:], labels[-HELD_OUT:]
    images, labels = images[:-HELD_OUT], labels[:-HELD_OUT]
    steps = math.ceil(len(images) / batch_size)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, epochs=epochs, steps_per_epoch=steps)

    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        for index in torch.randperm(len(images)).split(batch_size):
            loss = F.cross_entropy(model(shift(images[index])), labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(index)
        held = accuracy(predict(model, held_images), held_labels)
        print(f"epoch {epoch}: loss {total / len(images):.4f}, held out {held:.2%}",
              flush=True)


def export_onnx(model, path):
    """Writes the model as ONNX: image [n, 1, 28, 28] -> logits [n, 10], any n.

    The TorchScript exporter (dynamo=False) writes one node per layer and names
    the initializers after the parameters; PyTorch reports it as deprecated.
    """
    model.eval()
    torch.onnx.export(
        model, (torch.zeros(2, 1, 28, 28),), path, dynamo=False, opset_version=17,
        input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}})


def describe_onnx(path):
    """Checks the ONNX file and prints each node's output shape, parameters and
    multiply-accumulates (MACs) for one image."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    shapes = {value.name: [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim]
              for value in [*graph.value_info, *graph.output]}
    weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}

    print(f"{path.name}: {path.stat().st_size} bytes, "
          f"IR {model.ir_version}, opset {model.opset_import[0].version}")
    for node in graph.node:
        shape = shapes[node.output[0]]
        own = [weights[name] for name in node.input if name in weights]
        # Each weight is used once per pixel of the output.
        macs = math.prod(own[0]) * math.prod(shape[2:]) if own else 0
        print(f"  {node.op_type:8} {str(shape):18} "
              f"{sum(map(math.prod, own)):7,} parameters {macs:9,} MACs")


def run_onnx(path, images):
    """Runs the ONNX file in ONNX Runtime. images: [n, 1, 28, 28] -> [n, 10]."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return torch.cat([torch.from_numpy(session.run(["logits"], {"image": batch.numpy()})[0])
                      for batch in images.split(1000)])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR",
                        help="directory of the MNIST IDX files (*-ubyte.gz)")
    parser.add_argument("--output", type=Path, default=ONNX_FILE, metavar="FILE",
                        help="the ONNX file (default: mnist_cnn.onnx beside this script)")
    parser.add_argument("--evaluate", action="store_true",
                        help="test the ONNX file as it is, without training")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=8e-3,
                        help="the peak of the one-cycle schedule")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # The order of float additions depends on the threads.

    model = None
    if not args.evaluate:
        model = make_model()
        train(model, *load(args.data, "train"),
              args.epochs, args.batch_size, args.learning_rate)
        export_onnx(model, args.output)

    describe_onnx(args.output)
    images, labels = load(args.data, "t10k")
    logits = run_onnx(args.output, images)
    print(f"test accuracy, ONNX Runtime: {accuracy(logits, labels):.2%}")
    if model is not None:
        expected = predict(model, images)
        print(f"test accuracy, PyTorch:      {accuracy(expected, labels):.2%}")
        print(f"largest logit difference:    {(logits - expected).abs().max():.1e}")


if __name__ == "__main__":
    main()
