# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The network as Ingot compiles it for this CPU's best level, in a shared object."""

import ctypes
import os
import subprocess

import numpy as np

from peers.calls import LIBRARIES, call
from peers.nets import SINGLE

TITLE, PACKAGES, API = "Ingot", (), "C"
INGOT = os.environ.get("INGOT", "build/release/bin/ingot")
SHIM = """
#include <net.h>
int peers_open(ingot_session **session) { return (int)ingot_session_create(&net_model, NULL, session); }
int peers_run(ingot_session *session, const void *const *inputs, void *const *outputs, size_t n) {
    return (int)ingot_session_run(session, inputs, outputs, n);
}
"""


def version():
    return subprocess.run([INGOT, "--version"], capture_output=True, text=True).stdout.split()[1]


def model_file(net, target="host"):
    return net.folder / f"ingot-{target}" / "net.so"


def disk():
    """Nothing: the library is the model's file."""
    return []


def prepare(net, target="host"):
    folder = model_file(net, target).parent
    source = net.folder / SINGLE  # the batch is an argument of the session's run
    done = subprocess.run([INGOT, "compile", source if source.exists() else net.onnx, "-o", folder, "--name", "net",
                           "--target", target], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.splitlines() or [f"ingot compile ends with {done.returncode}"])[-1])
    (folder / "shim.c").write_text(SHIM)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "shim.c", "-Iinclude", "-Llib", "-lnet", "-lingot_runtime",
                    "-Wl,--gc-sections", "-o", "net.so"], cwd=folder, check=True)


def peak_gflops():
    function = ctypes.CDLL(str(LIBRARIES / "libpeers.so")).peers_peak_gflops
    function.restype = ctypes.c_double
    return function()


class Session:
    def __init__(self, net, target="host"):
        self.library = ctypes.CDLL(str(model_file(net, target)))
        session = ctypes.c_void_p()
        if self.library.peers_open(ctypes.byref(session)) != 0:
            raise RuntimeError("the session cannot be created")
        self.input, self.result = net.input(), np.empty(net.output_shape, np.float32)
        self.inputs, self.outputs = ((ctypes.c_void_p * 1)(array.ctypes.data) for array in (self.input, self.result))
        self.calls = [call(self.library.peers_run, session, self.inputs, self.outputs, net.batch)]

    def output(self):
        return self.result
