#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails on an #include that crosses the layers of the house.

    layers_test.py [ROOT]     checks the tree at ROOT (default: this repository), then checks the checker itself

RULES is the table of who may include what. A file obeys the first row whose pattern it matches; a pattern of an
include may name the file's own folder as {own}. Includes of the standard library, POSIX and third parties are
bound only by the classes below.
"""
import fnmatch
import pathlib
import re
import sys
import tempfile
import unittest

# Classes of includes that are not files of the repository.
HALIDE = "Halide.h"
HALIDE_RUNTIME = "HalideRuntime.h"
ONNX = "ONNX classes"
SYSTEM = "system"
OTHER = "third party"

SPEC = "spec/*"
PUBLIC_RUNTIME = "runtime/include/ingot/*"
COMPILER_FROM_GENERATORS = ["generators/cuda_occupancy.h", "generators/elf_sections.h", "generators/emit.h",
                            "generators/files.h", "generators/hash.h", "generators/kernel_facts.h",
                            "generators/load.h", "generators/ptxas.h", "generators/toolchain.h"]
EVERYTHING_OWN = ["spec/*", "schedules/*", "generators/*", "compiler/*", "reference/*", "runtime/*", "harness/*"]

# (files, what they may include beside SYSTEM); `*` also matches `/`.
RULES = [
    ("spec/*", [SPEC]),
    ("schedules/choose.*", [SPEC, "schedules/choose.h", "schedules/list.h", "schedules/tuned.h"]),
    ("schedules/tuned.*", [SPEC, "schedules/tuned.h"]),
    ("schedules/list.h", [SPEC, "schedules/schedule.h"]),
    ("schedules/schedule.h", [SPEC]),
    ("schedules/list.cpp", [SPEC, "schedules/list.h", "schedules/*/stages.h", "schedules/*/list.h"]),
    ("schedules/*/*", [HALIDE, OTHER, SPEC, "{own}/*", "schedules/schedule.h", "schedules/convolution.h",
                       "schedules/cuda.h", "schedules/cuda_convolution.h", "schedules/planar.h",
                       "schedules/depthwise.h", "schedules/tensor_loops.h", "schedules/weight_stream.h",
                       "schedules/winograd.h"]),
    ("schedules/*", [HALIDE, OTHER, SPEC, "schedules/schedule.h", "schedules/convolution.h", "schedules/cuda.h",
                       "schedules/cuda_convolution.h", "schedules/planar.h",
                     "schedules/depthwise.h", "schedules/tensor_loops.h", "schedules/weight_stream.h",
                     "schedules/winograd.h"]),
    ("generators/emit.h", [SPEC, "generators/kernel_facts.h", "generators/kernel_request.h"]),
    ("generators/kernel_facts.h", []),
    ("generators/ptxas.h", ["generators/kernel_facts.h"]),
    ("generators/cuda_occupancy.h", ["generators/kernel_facts.h"]),
    ("generators/kernel_request.h", [SPEC]),
    ("generators/load.h", [SPEC, "generators/emit.h"]),
    ("generators/elf_sections.h", [OTHER, SPEC]),
    ("generators/files.h", [SPEC]),
    ("generators/hash.h", [SPEC]),
    ("generators/toolchain.h", [SPEC]),
    # The stages of Winograd, which several folders share, lie beside them.
    ("generators/winograd.h", [SPEC, "schedules/winograd.h", "generators/*"]),
    ("generators/*", [HALIDE, HALIDE_RUNTIME, OTHER, SPEC, "schedules/*/stages.h", "schedules/list.h",
                      "schedules/*/list.h", "schedules/choose.h", "generators/*"]),
    # A model goes from onnx/ through passes/ and lowering/ to library/; none looks back.
    ("compiler/onnx/import_onnx.cpp", [ONNX, OTHER, SPEC, "generators/hash.h", "compiler/graph.h", "{own}/*"]),
    ("compiler/onnx/*", [OTHER, SPEC, "compiler/graph.h", "compiler/onnx/*", "compiler/passes/passes.h"]),
    ("compiler/passes/fold_constants.cpp", [SPEC, "compiler/graph.h", "{own}/*", "reference/*"]),
    ("compiler/passes/*", [SPEC, "compiler/graph.h", "{own}/*"]),
    ("compiler/lowering/*", [OTHER, SPEC, "schedules/choose.h", *COMPILER_FROM_GENERATORS, "compiler/graph.h",
                             "compiler/c_names.h", "{own}/*"]),
    ("compiler/library/weights_file.cpp", ["compiler/library/weights_file.h", OTHER, PUBLIC_RUNTIME]),
    ("compiler/library/model_facts.cpp", [SPEC, *COMPILER_FROM_GENERATORS, "compiler/*", PUBLIC_RUNTIME]),
    ("compiler/library/*", [OTHER, SPEC, "schedules/choose.h", *COMPILER_FROM_GENERATORS, "compiler/c_names.h",
                            "compiler/lowering/plan.h", "{own}/*"]),
    ("compiler/*", [OTHER, SPEC, "schedules/choose.h", *COMPILER_FROM_GENERATORS, "compiler/*"]),
    ("reference/*", [SPEC, "compiler/graph.h", "reference/*"]),
    ("harness/*", [HALIDE_RUNTIME, OTHER, SPEC, "schedules/choose.h", *COMPILER_FROM_GENERATORS, "compiler/*",
                   "reference/*", PUBLIC_RUNTIME, "harness/*"]),
    ("runtime/include/*", [PUBLIC_RUNTIME]),
    ("runtime/*.h", ["runtime/*"]),
    ("runtime/*", [HALIDE_RUNTIME, "runtime/*"]),
    ("examples/*", [OTHER, PUBLIC_RUNTIME, "{own}/*"]),
    ("tests/*", [HALIDE_RUNTIME, ONNX, OTHER, "tests/*", "bench/*", "cli/*", *EVERYTHING_OWN]),
    # The GPU kit is a test that runs elsewhere.
    ("bench/gpu_kit/*", [OTHER, "tests/kernel_cases.h", "tests/mnist_images.h", "bench/*", *EVERYTHING_OWN]),
    ("bench/*", [HALIDE_RUNTIME, ONNX, OTHER, "bench/*", *EVERYTHING_OWN]),
    ("cli/*", [HALIDE_RUNTIME, ONNX, OTHER, "bench/*", "cli/*", *EVERYTHING_OWN]),
]

# Files that may not reach Halide.h through any chain of includes either.
FREE_OF_HALIDE = ["spec/*", "schedules/choose.*", "schedules/tuned.*", "schedules/list.h", "schedules/schedule.h",
                  *COMPILER_FROM_GENERATORS, "compiler/*", "reference/*", "runtime/*", "harness/*"]

SUFFIXES = {".h", ".c", ".cpp"}
NOT_SOURCES = {".git", ".venv", "build", "docs", "models"}
SYSTEM_HEADERS = {"cpuid.h", "immintrin.h", "dlfcn.h", "pthread.h", "sched.h", "unistd.h", "fcntl.h", "time.h",
                  "errno.h", "inttypes.h", "limits.h", "math.h", "poll.h", "signal.h", "spawn.h", "stdarg.h",
                  "stdalign.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}

RAW_STRING = re.compile(r'R"([^()\\\s]{0,16})\(.*?\)\1"', re.DOTALL)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)


def includes_of(text):
    """The names that `text` includes; not those inside raw strings and comments."""
    text = BLOCK_COMMENT.sub("", RAW_STRING.sub('""', text))
    return INCLUDE.findall(text)


def resolve(root, path, name):
    """The file of the repository that `name` means in `path`, as a path from the root, or its class."""
    for place in (name, f"runtime/include/{name}", f"{pathlib.PurePosixPath(path).parent}/{name}"):
        if (root / place).is_file():
            return (root / place).resolve().relative_to(root).as_posix()
    if name in ("Halide.h", "HalideRuntime.h"):
        return name
    if name.startswith("HalideRuntime"):
        return HALIDE_RUNTIME
    if name.startswith("Halide"):
        return HALIDE
    if re.search(r"\bonnx\b.*\.pb\.h$|^onnx[/_-]", name):
        return ONNX
    if name in SYSTEM_HEADERS or name.startswith(("sys/", "linux/")) or re.fullmatch(r"[a-z_0-9]+", name):
        return SYSTEM
    return OTHER


def sources(root):
    tops = [path for path in sorted(root.iterdir()) if path.name not in NOT_SOURCES]
    for path in (path for top in tops for path in [top, *sorted(top.rglob("*"))]):
        if path.suffix in SUFFIXES and path.is_file():
            yield path.relative_to(root).as_posix()


def allowed_for(path):
    """What `path` may include, or None where no row is about it."""
    own = pathlib.PurePosixPath(path).parent.as_posix()
    for files, allowed in RULES:
        if fnmatch.fnmatchcase(path, files):
            return [SYSTEM] + [pattern.replace("{own}", own) for pattern in allowed]
    return None


def chain_to_halide(path, graph, seen):
    """The includes that lead from `path` to Halide.h, or an empty list."""
    for target in graph.get(path, []):
        if target == HALIDE:
            return [path, HALIDE]
        if target not in seen:
            seen.add(target)
            rest = chain_to_halide(target, graph, seen)
            if rest:
                return [path] + rest
    return []


def violations(root):
    """One line for each include that the table forbids, in the order of the files."""
    root = root.resolve()
    graph = {path: [resolve(root, path, name) for name in includes_of((root / path).read_text(encoding="utf-8"))]
             for path in sources(root)}
    found = []
    for path, targets in graph.items():
        allowed = allowed_for(path)
        if allowed is None:
            found.append(f"{path}: no row of the table is about this folder")
            continue
        for target in targets:
            if not any(fnmatch.fnmatchcase(target, pattern) for pattern in allowed):
                found.append(f"{path}: may not include {target}")
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in FREE_OF_HALIDE):
            chain = chain_to_halide(path, graph, {path})
            if len(chain) > 2:
                found.append(f"{path}: may not reach Halide.h: {' -> '.join(chain)}")
    return found


class Checker(unittest.TestCase):
    """The checker finds what it must find, and only that."""

    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                place = pathlib.Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
            return violations(pathlib.Path(folder))

    def test_finds_each_forbidden_include(self):
        headers = {path: "#pragma once\n" for path in (
            "spec/choice.h", "schedules/gemm/stages.h", "schedules/choose.h", "generators/emit.h",
            "generators/kernel_generator.h", "compiler/graph.h", "compiler/lowering/lower.h", "reference/ops.h",
            "runtime/include/ingot/plan.h", "runtime/cpu.h")}
        for path, name, target in [
                ("spec/a.cpp", "compiler/graph.h", "compiler/graph.h"),
                ("spec/a.cpp", "nlohmann/json.hpp", OTHER),
                ("schedules/choose.cpp", "Halide.h", HALIDE),
                ("schedules/conv2d_direct/a.cpp", "schedules/gemm/stages.h", "schedules/gemm/stages.h"),
                ("schedules/gemm/a.cpp", "generators/emit.h", "generators/emit.h"),
                ("generators/emit.h", "Halide.h", HALIDE),
                ("generators/a.cpp", "compiler/graph.h", "compiler/graph.h"),
                ("generators/a.cpp", "ingot/plan.h", "runtime/include/ingot/plan.h"),
                ("compiler/a.cpp", "Halide.h", HALIDE),
                ("compiler/a.cpp", "onnx.pb.h", ONNX),
                ("compiler/a.cpp", "reference/ops.h", "reference/ops.h"),
                ("compiler/a.cpp", "generators/kernel_generator.h", "generators/kernel_generator.h"),
                ("compiler/a.cpp", "schedules/gemm/stages.h", "schedules/gemm/stages.h"),
                ("compiler/a.cpp", "ingot/plan.h", "runtime/include/ingot/plan.h"),
                ("compiler/onnx/import_onnx.cpp", "reference/ops.h", "reference/ops.h"),
                ("reference/a.cpp", "compiler/lowering/lower.h", "compiler/lowering/lower.h"),
                ("reference/a.cpp", "schedules/choose.h", "schedules/choose.h"),
                ("runtime/a.cpp", "spec/choice.h", "spec/choice.h"),
                ("runtime/a.h", "HalideRuntime.h", HALIDE_RUNTIME),
                ("runtime/include/ingot/a.h", "runtime/cpu.h", "runtime/cpu.h"),
                ("examples/a/main.cpp", "spec/choice.h", "spec/choice.h"),
                ("examples/a/main.cpp", "../../runtime/cpu.h", "runtime/cpu.h"),
                ("tests/a_test.cpp", "Halide.h", HALIDE),
                ("bench/a.cpp", "HalideBuffer.h", HALIDE),
                ("cli/a.cpp", "Halide.h", HALIDE)]:
            with self.subTest(path=path, name=name):
                found = self.check({**headers, path: f'#  include "{name}"\n'})
                self.assertEqual(found, [f"{path}: may not include {target}"])

    def test_finds_halide_behind_other_headers(self):
        found = self.check({"schedules/schedule.h": '#include "Halide.h"\n',
                            "schedules/list.h": '#include "schedules/schedule.h"\n'})
        self.assertEqual(found, [
            "schedules/list.h: may not reach Halide.h: schedules/list.h -> schedules/schedule.h -> Halide.h",
            "schedules/schedule.h: may not include Halide.h"])

    def test_finds_folders_without_a_row(self):
        self.assertEqual(self.check({"gadgets/a.cpp": "int a;\n"}),
                         ["gadgets/a.cpp: no row of the table is about this folder"])

    def test_accepts_what_the_table_allows(self):
        self.assertEqual(self.check({
            "spec/choice.h": "#include <string>\n#include <cpuid.h>\n",
            "schedules/gemm/stages.h": '#include "Halide.h"\n',
            "schedules/gemm/list.cpp": '#include "schedules/gemm/stages.h"\n#include "spec/choice.h"\n',
            "compiler/graph.h": '#include "spec/choice.h"\n',
            "compiler/onnx/import_onnx.cpp": '#include "onnx.pb.h"\n#include <google/protobuf/io/coded_stream.h>\n',
            "compiler/library/emit_library.cpp": 'auto text = R"(\n#include <ingot/plan.h>\n)";\n',
            "compiler/lowering/lower.cpp": '/*\n#include "Halide.h"\n*/\n// #include "Halide.h"\n',
            "reference/ops.cpp": '#include "compiler/graph.h"\n',
            "runtime/include/ingot/plan.h": "#include <stdint.h>\n",
            "runtime/session.cpp": "#include <HalideRuntime.h>\n#include <ingot/plan.h>\n",
            "examples/a/main.cpp": '#include "mnist_cnn.h"\n#include <ingot/plan.h>\n',
            "tests/a_test.cpp": '#include "schedules/gemm/stages.h"\n#include <gtest/gtest.h>\n',
        }), [])


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent
    if not any(sources(root)):
        sys.exit(f"{root}: no source files")
    found = violations(root)
    print("\n".join(found) or "all includes are allowed")
    checker = unittest.main(argv=["layers_test.py"], exit=False).result
    sys.exit(bool(found) or not checker.wasSuccessful())


if __name__ == "__main__":
    main()
