# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Test data without a download: what the installed `onnx` holds, and the node tests that it makes."""

import pathlib
import shutil
import warnings

import onnx
from onnx import numpy_helper

SHIPPED = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"


def sample_folders(names, downloads):
    """The folder of each test of `names`. Those of kind node are written below `downloads` where they are not there."""
    made = downloads / f"onnx-{onnx.__version__}"
    folders = [(made if name.startswith("node/") else SHIPPED) / name for name in names]
    missing = {folder.name: folder for folder in folders if made in folder.parents and not folder.is_dir()}
    if missing:
        for case in node_cases():
            if case.name in missing:
                write_case(case, missing[case.name])
    return folders


def node_cases():
    from onnx.backend.test.case.node import collect_testcases  # slow, as it makes all of them

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return collect_testcases()


def write_case(case, folder):
    """Writes a case with one data set in the form of the official data."""
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "test_data_set_0").mkdir(parents=True)
    onnx.save(case.model, part / "model.onnx")
    [tensors] = case.data_sets
    for prefix, arrays in zip(("input", "output"), tensors):
        for i, array in enumerate(arrays):
            onnx.save_tensor(numpy_helper.from_array(array), part / "test_data_set_0" / f"{prefix}_{i}.pb")
    part.rename(folder)
