# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A folder that `ingot compile` wrote, linked into a shared object and called from here."""

import ctypes
import json
import subprocess

import numpy

SHIM = r"""
#include <{name}.h>

int run_model(const char *level, const void *const *inputs, void *const *outputs, size_t n) {{
    ingot_options options = INGOT_OPTIONS_INIT;
    ingot_session *session;
    ingot_status status;
    options.level = level;
    status = ingot_session_create(&{name}_model, &options, &session);
    if (status == INGOT_OK) {{
        status = ingot_session_run(session, inputs, outputs, n);
    }}
    ingot_session_destroy(session);
    return (int)status;
}}

const char *status_text(int status) {{
    return ingot_status_message((ingot_status)status);
}}
"""

UNSUPPORTED_CPU = 4


class StatusError(Exception):
    """A session that could not be made or run; `status` is the runtime's."""

    def __init__(self, status, text):
        super().__init__(f"status {status}: {text}")
        self.status = status


def same_type(a, b):
    """Whether two element types are one in memory and meaning; a bool is a byte."""
    types = {numpy.dtype(a), numpy.dtype(b)}
    return len(types) == 1 or types == {numpy.dtype(bool), numpy.dtype(numpy.uint8)}


def form(dtype, shape):
    """Such as `float32 [1,3]`."""
    return f"{numpy.dtype(dtype)} [{','.join(map(str, shape))}]"


class CompiledLibrary:
    """The model `name` in `folder`.

    `inputs` and `outputs` are the manifest's: dicts of name, type and shape where n = 1; `targets` its plans'.
    """

    def __init__(self, folder, name):
        manifest = json.loads((folder / f"{name}.json").read_text())
        self.inputs, self.outputs = manifest["inputs"], manifest["outputs"]
        self.targets = [plan["target"] for plan in manifest["plans"]]
        (folder / "shim.c").write_text(SHIM.format(name=name))
        command = ["cc", "-shared", "-fPIC", "shim.c", "-Iinclude", "-Llib", f"-l{name}", "-lingot_runtime"]
        linked = subprocess.run([*command, "-o", "shim.so"], cwd=folder, capture_output=True, text=True, check=False)
        if linked.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {linked.stderr}")
        library = ctypes.CDLL(str(folder / "shim.so"))
        self._run = library.run_model
        self._run.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
        self._text = library.status_text
        self._text.restype = ctypes.c_char_p

    def run(self, arrays, n=1, level=None):
        """The outputs of n images; `level` forces one. Elements that the model leaves unwritten have all bits set.

        Throws StatusError where the runtime refuses, ValueError where an array is not what the model takes.
        """
        if len(arrays) != len(self.inputs):
            raise ValueError(f"the library takes {len(self.inputs)} inputs, not {len(arrays)}")
        arrays = [numpy.ascontiguousarray(array).reshape(array.shape) for array in arrays]
        for array, port in zip(arrays, self.inputs):
            shape = batch_shape(port, n)
            if not same_type(array.dtype, port["type"]) or array.shape != shape:
                raise ValueError(f"input '{port['name']}' of the library is {form(port['type'], shape)}, "
                                 f"not {form(array.dtype, array.shape)}")
        results = []
        for port in self.outputs:
            results.append(numpy.empty(batch_shape(port, n), port["type"]))
            ctypes.memset(results[-1].ctypes.data, 0xFF, results[-1].nbytes)
        status = self._run(level.encode() if level else None, pointers(arrays), pointers(results), n)
        if status != 0:
            raise StatusError(status, self._text(status).decode())
        return results


def batch_shape(port, n):
    """The shape of n images."""
    return tuple(n * extent if i == 0 else extent for i, extent in enumerate(port["shape"]))


def pointers(arrays):
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
