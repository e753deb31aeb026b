# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The network as Ingot compiles it for AVX2, beside the best level: no peer of its own."""

from peers.adapters import ingot
from peers.adapters.ingot import API, PACKAGES, disk, version  # noqa: F401

TITLE = "Ingot, x86-64-v3"
TARGET = "x86-64-v3"


def model_file(net):
    return ingot.model_file(net, TARGET)


def prepare(net):
    ingot.prepare(net, TARGET)


class Session(ingot.Session):
    def __init__(self, net):
        super().__init__(net, TARGET)
