# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime by its C API, with the input and the output in the caller's memory.

The package ships no header: functions are taken from the table OrtApi by their places, which stay as they are from
version to version (onnxruntime_c_api.h: "DO NOT MODIFY ABOVE").
"""

import ctypes
import importlib.metadata
import importlib.util
import pathlib

import numpy as np

from peers.calls import call

TITLE, PACKAGES, API = "ONNX Runtime", ("onnxruntime",), "C"
API_VERSION = 20
PLACES = {"GetErrorMessage": 2, "CreateEnv": 3, "CreateSession": 7, "Run": 9, "CreateSessionOptions": 10,
          "SetSessionGraphOptimizationLevel": 23, "SetIntraOpNumThreads": 24, "SetInterOpNumThreads": 25,
          "CreateTensorWithDataAsOrtValue": 49, "CreateCpuMemoryInfo": 69}
WARNING, ALL_OPTIMISATIONS, ARENA, DEFAULT_MEMORY, FLOAT = 3, 99, 1, 0, 1


def version():
    return importlib.metadata.version("onnxruntime")


def disk():
    folder = pathlib.Path(importlib.util.find_spec("onnxruntime").origin).parent / "capi"
    return [next(folder.glob("libonnxruntime.so.*"))]


def model_file(net):
    return net.onnx


class Base(ctypes.Structure):
    _fields_ = [("get_api", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)), ("get_version", ctypes.c_void_p)]


class Api:
    """OrtApi: each method raises what the function's status says."""

    def __init__(self, library):
        library.OrtGetApiBase.restype = ctypes.POINTER(Base)
        self.table = ctypes.cast(library.OrtGetApiBase().contents.get_api(API_VERSION),
                                 ctypes.POINTER(ctypes.c_void_p))

    def address(self, name):
        return self.table[PLACES[name]]

    def call(self, name, *arguments):
        status = ctypes.CFUNCTYPE(ctypes.c_void_p, *[ctypes.c_void_p] * len(arguments))(self.address(name))(*arguments)
        if status:
            message = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(self.address("GetErrorMessage"))
            raise RuntimeError(message(status).decode())

    def made(self, name, *arguments):
        """What the function returns by its last argument."""
        handle = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle


class Session:
    def __init__(self, net):
        self.library = ctypes.CDLL(str(disk()[0]))
        self.api = api = Api(self.library)
        self.environment = api.made("CreateEnv", WARNING, b"peers")
        options = api.made("CreateSessionOptions")
        api.call("SetIntraOpNumThreads", options, 1)
        api.call("SetInterOpNumThreads", options, 1)
        api.call("SetSessionGraphOptimizationLevel", options, ALL_OPTIMISATIONS)
        session = api.made("CreateSession", self.environment, str(net.onnx).encode(), options)
        memory = api.made("CreateCpuMemoryInfo", ARENA, DEFAULT_MEMORY)
        self.input, self.result = net.input(), np.empty(net.output_shape, np.float32)
        self.names = [(ctypes.c_char_p * 1)(port[0][0].encode()) for port in (net.inputs, net.outputs)]
        self.values = [(ctypes.c_void_p * 1)(self.tensor(memory, array).value) for array in (self.input, self.result)]
        self.calls = [call(api.address("Run"), session, None, self.names[0], self.values[0], 1, self.names[1], 1,
                           self.values[1])]

    def tensor(self, memory, array):
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        return self.api.made("CreateTensorWithDataAsOrtValue", memory, array.ctypes.data, array.nbytes, shape,
                             array.ndim, FLOAT)

    def output(self):
        return self.result
