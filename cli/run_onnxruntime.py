#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs an ONNX model in ONNX Runtime for `ingot verify`.

    run_onnxruntime.py FOLDER

FOLDER/request.json: {"model": file, "cases": count, "inputs": [{"type", "shape"}], "tensors": [names]}; the elements
of input J in case I are in FOLDER/I.inJ, row-major. Of the tensors, outputs of the model or not, FOLDER/result.json
lists those that the file has: [{"name", "type"}]; the elements of the K-th in case I are in FOLDER/I.outK.
"""
import json
import pathlib
import sys

import numpy
import onnxruntime

# Field numbers of onnx.proto.
GRAPH_OF_MODEL, NODE_OF_GRAPH, OUTPUT_OF_GRAPH, OUTPUT_OF_NODE, NAME_OF_VALUE = 7, 1, 12, 2, 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def read_varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def byte_fields(message, wanted):
    """The contents of the fields of number `wanted` in a message of protobuf; all of them hold bytes."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            at = read_varint(message, at)[1]
            continue
        length = {FIXED64: 8, FIXED32: 4}.get(wire_type)
        if length is None:
            length, at = read_varint(message, at)
        if number == wanted:
            yield message[at:at + length]
        at += length


def byte_field(number, content):
    length, prefix = len(content), bytearray([number << 3 | BYTES])
    while length >= 0x80:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(prefix) + bytes([length]) + content


def tensor_names(model, node_or_graph):
    """What the nodes of a model compute, or what are its outputs."""
    for graph in byte_fields(model, GRAPH_OF_MODEL):
        if node_or_graph == "graph":
            for output in byte_fields(graph, OUTPUT_OF_GRAPH):
                yield from (bytes(name).decode() for name in byte_fields(output, NAME_OF_VALUE))
        else:
            for node in byte_fields(graph, NODE_OF_GRAPH):
                yield from (bytes(name).decode() for name in byte_fields(node, OUTPUT_OF_NODE))


def with_outputs(model, names):
    """A model with more outputs: of two messages one behind the other, protobuf joins the repeated fields."""
    outputs = [byte_field(OUTPUT_OF_GRAPH, byte_field(NAME_OF_VALUE, name.encode())) for name in names]
    return model + b"".join(byte_field(GRAPH_OF_MODEL, output) for output in outputs)


def open_session(file, tensors):
    """A session on the model and those of the tensors that it has."""
    model = file.read_bytes()
    computed = set(tensor_names(memoryview(model), "node"))
    outputs = set(tensor_names(memoryview(model), "graph"))
    known = [name for name in tensors if name in computed or name in outputs]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    more = [name for name in known if name not in outputs]
    if not more:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]), known
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(file.parent))
    return onnxruntime.InferenceSession(with_outputs(model, more), options, providers=["CPUExecutionProvider"]), known


def main(folder):
    request = json.loads((folder / "request.json").read_text())
    session, tensors = open_session(pathlib.Path(request["model"]), request["tensors"])
    names = [port.name for port in session.get_inputs()]
    types = {}
    for case in range(request["cases"]):
        feeds = {}
        for index, (name, port) in enumerate(zip(names, request["inputs"])):
            elements = numpy.fromfile(folder / f"{case}.in{index}", port["type"])
            feeds[name] = elements.reshape(port["shape"])
        for index, (name, array) in enumerate(zip(tensors, session.run(tensors, feeds))):
            types[name] = str(array.dtype)
            array.tofile(folder / f"{case}.out{index}")
    result = [{"name": name, "type": types[name]} for name in tensors]
    (folder / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]))
    except Exception as error:  # the caller shows the last line
        sys.exit(f"{type(error).__name__}: {error}".replace("\n", " "))
