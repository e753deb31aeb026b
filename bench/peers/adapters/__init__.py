# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A module per contender, which a worker process imports.

TITLE is its name in the report, PACKAGES what it needs of requirements.txt, API the language of its runs ("C" or
"Python"). version() is its version and disk() the files that an application ships, the model aside; model_file(net) is
the file that it reads. prepare(net) converts the model, untimed. Session(net) loads it, has the input set, and either
`calls`, C functions with their arguments that make one run (see calls.py), or the method run(). output() is the
result of the last run as the ONNX file shapes it. overhead(), of those in Python, is the seconds of a run of a net
that does next to nothing: what a call costs.
"""

NAMES = ("ort", "openvino", "onednn", "onednn_blocked", "ncnn", "litert")
