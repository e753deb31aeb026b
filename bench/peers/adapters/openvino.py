# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""OpenVINO by its C API: float32 by hint, read back, since it takes bfloat16 by default where a CPU has it."""

import ctypes
import importlib.metadata
import importlib.util
import pathlib

import numpy as np

from peers.calls import call

TITLE, PACKAGES, API = "OpenVINO", ("openvino",), "C"
LIBRARIES = ("libopenvino.so.*", "libopenvino_c.so.*", "libopenvino_intel_cpu_plugin.so", "libopenvino_onnx_frontend*",
             "libtbb.so.*")
OPTIONS = ("INFERENCE_PRECISION_HINT", "f32", "INFERENCE_NUM_THREADS", "1", "NUM_STREAMS", "1", "PERFORMANCE_HINT",
           "LATENCY", "ENABLE_CPU_PINNING", "NO")
FLOAT = 4  # F32 of ov_element_type_e


class Shape(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_int64), ("dims", ctypes.POINTER(ctypes.c_int64))]


def version():
    return importlib.metadata.version("openvino")


def folder():
    return pathlib.Path(importlib.util.find_spec("openvino").origin).parent / "libs"


def disk():
    return [next(folder().glob(pattern)) for pattern in LIBRARIES]


def model_file(net):
    return net.onnx


class Library:
    """Functions by name without ov_; each raises the status it returns."""

    def __init__(self):
        self.library = ctypes.CDLL(str(next(folder().glob("libopenvino_c.so.*"))))

    def call(self, name, *arguments):
        status = getattr(self.library, "ov_" + name)(*arguments)
        if status != 0:
            message = self.library.ov_get_last_err_msg
            message.restype = ctypes.c_char_p
            raise RuntimeError(f"ov_{name}: status {status}: {(message() or b'').decode()}")

    def made(self, name, *arguments):
        handle = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle


class Session:
    def __init__(self, net):
        self.library = library = Library()
        core = library.made("core_create")
        model = library.made("core_read_model", core, str(net.onnx).encode(), None)
        options = [option.encode() for option in OPTIONS]
        compiled = ctypes.c_void_p()
        library.call("core_compile_model", core, model, b"CPU", ctypes.c_size_t(len(options)), ctypes.byref(compiled),
                     *options)
        precision = ctypes.c_char_p()
        library.call("compiled_model_get_property", compiled, b"INFERENCE_PRECISION_HINT", ctypes.byref(precision))
        if precision.value != b"f32":
            raise RuntimeError(f"it runs in {precision.value.decode()} though f32 is asked for")
        request = library.made("compiled_model_create_infer_request", compiled)
        self.input, self.result = net.input(), np.zeros(net.output_shape, np.float32)
        self.kept = [self.tensor(array) for array in (self.input, self.result)]
        library.call("infer_request_set_input_tensor", request, self.kept[0])
        library.call("infer_request_set_output_tensor", request, self.kept[1])
        self.calls = [call(library.library.ov_infer_request_infer, request)]

    def tensor(self, array):
        shape = Shape(array.ndim, (ctypes.c_int64 * array.ndim)(*array.shape))
        tensor = ctypes.c_void_p()
        self.library.call("tensor_create_from_host_ptr", FLOAT, shape, ctypes.c_void_p(array.ctypes.data),
                          ctypes.byref(tensor))
        size = ctypes.c_size_t()
        self.library.call("tensor_get_byte_size", tensor, ctypes.byref(size))
        if size.value != array.nbytes:
            raise RuntimeError("its element type 4 is not float32")
        return tensor

    def output(self):
        return self.result
