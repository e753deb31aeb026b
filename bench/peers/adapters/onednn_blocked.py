# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""oneDNN with the channels of images in blocks of 16: of nets with few channels faster than what the library picks."""

from peers.adapters import onednn
from peers.adapters.onednn import API, PACKAGES, disk, model_file, prepare, version  # noqa: F401

TITLE = "oneDNN, blocks of 16"


class Session(onednn.Session):
    def __init__(self, net):
        super().__init__(net, blocked=True)
