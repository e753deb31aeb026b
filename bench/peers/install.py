# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The environment of the peers: build/peers/venv, each peer by itself, so that one that fails leaves the others."""

import importlib
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# What the workers need, and graph.py of ONNX Runtime.
COMMON = ("numpy", "onnx", "onnxruntime", "flatbuffers", "packaging", "protobuf", "ml-dtypes", "typing-extensions")


def pinned(text):
    """The entries of a requirements file by name, with their hashes."""
    entries = re.findall(r"^[A-Za-z0-9._-]+==(?:.*\\\n)*.*\n", text, re.M)
    return {entry.split("==")[0]: entry for entry in entries}


def install(python, names, file):
    """Installs those packages alone: what a peer needs is in its PACKAGES. Returns the reason where that fails."""
    blocks = pinned((HERE / "requirements.txt").read_text())
    file.write_text("".join(blocks[name] for name in names))
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                           "--require-hashes", "--only-binary", ":all:", "-r", file], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return None if done.returncode == 0 else (lines or ["pip failed"])[-1]


def set_up(folder, peers):
    """Returns the environment's Python and the reasons of those peers that cannot be installed."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    reasons = {}
    common = install(python, COMMON, folder / "common.txt")
    if common:
        raise SystemExit(f"peers: error: the environment cannot be made: {common}")
    for name in peers:
        packages = importlib.import_module(f"peers.adapters.{name}").PACKAGES
        reason = install(python, packages, folder / f"{name}.txt")
        if reason:
            reasons[name] = reason
    return str(python), reasons
