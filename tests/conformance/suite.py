# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The lists of tests, and where their data comes from.

A list is named VERSION/TIER, for lists/VERSION/TIER.txt: one test a line, as KIND/NAME, a folder below the version's
data with model.onnx and test_data_set_0. The list `sample` needs no download.
"""

import dataclasses
import pathlib
import subprocess
import sys
import zipfile

from sample import sample_folders

HERE = pathlib.Path(__file__).resolve().parent
LISTS = HERE / "lists"
DEFAULT_LISTS = ["1.12/t1", "1.12/t2", "1.16.2/t1", "1.16.2/t2"]
DEBIAN_DATA = pathlib.Path("/usr/share/libonnx-testdata/data")
DATA_IN_WHEEL = "onnx/backend/test/data"


class SuiteError(Exception):
    """Lists or data at fault, in one line."""


@dataclasses.dataclass(frozen=True)
class Test:
    list: str
    name: str  # KIND/NAME
    folder: pathlib.Path

    @property
    def version(self):
        return self.list.split("/")[0]

    @property
    def key(self):
        """How known_failures.txt names it."""
        return f"{self.version}/{self.name}"


def all_lists():
    return sorted(file.relative_to(LISTS).as_posix().removesuffix(".txt") for file in LISTS.rglob("*.txt"))


def read_list(name):
    if name not in all_lists():
        raise SuiteError(f"{name}: no such list; there are {', '.join(all_lists())}")
    return (LISTS / f"{name}.txt").read_text().split()


def all_keys():
    """The keys of all tests of all lists."""
    return {f"{name.split('/')[0]}/{test}" for name in all_lists() for test in read_list(name)}


def debian_data():
    if not DEBIAN_DATA.is_dir():
        raise SuiteError(f"{DEBIAN_DATA}: not found; install the Debian package libonnx-testdata")
    return DEBIAN_DATA


def wheel_data(downloads):
    """The data in the wheel that requirements.txt pins; downloads it once."""
    folder = downloads / "onnx-1.16.2"
    if not folder.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        wheel_for = ["--only-binary", ":all:", "--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
        pinned = ["--no-deps", "--require-hashes", "-r", HERE / "requirements.txt", "-d", downloads]
        if subprocess.run([*pip, *wheel_for, *pinned], check=False).returncode != 0:
            raise SuiteError("pip cannot download the wheel of tests/conformance/requirements.txt")
        unpacked = downloads / "onnx-1.16.2.part"
        with zipfile.ZipFile(next(downloads.glob("onnx-1.16.2-*.whl"))) as wheel:
            wheel.extractall(unpacked, [name for name in wheel.namelist() if name.startswith(DATA_IN_WHEEL)])
        unpacked.rename(folder)
    return folder / DATA_IN_WHEEL


def find_folders(version, names, downloads):
    """The folder of each test of `names`."""
    if version == "sample":
        return sample_folders(names, downloads)
    data = debian_data() if version == "1.12" else wheel_data(downloads)
    return [data / name for name in names]


def find_tests(names, downloads):
    """The tests of the lists `names`, in order."""
    contents = {name: read_list(name) for name in names}
    tests = []
    for name, content in contents.items():
        folders = find_folders(name.split("/")[0], content, downloads)
        tests += [Test(name, test, folder) for test, folder in zip(content, folders)]
    return tests
