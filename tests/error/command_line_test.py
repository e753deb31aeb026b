# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the command line prints and how it exits: 0; 1 the input; 2 usage."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from ingot_program import MNIST_CNN, INGOT, run, write_tiny_model

LEVELS = "x86-64-v2, x86-64-v3, x86-64-v4"
CUDA_TARGETS = ("cuda-compute_80, cuda-compute_86, cuda-sm_80, cuda-sm_86, cuda-sm_89, cuda-sm_90, cuda-sm_100, "
                "cuda-sm_120")
TARGETS = LEVELS + ", host, " + CUDA_TARGETS


def contents(folder):
    """Every path under a folder with what it holds and when it was written."""
    return {
        path: (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-error-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(MNIST_CNN, self.folder / "net.onnx")

    def run_ingot(self, *arguments, environment=None):
        return run(INGOT, *arguments, environment=environment, directory=self.folder)

    def assert_prints(self, code, message, *arguments, environment=None):
        """`message` is all there is on stderr, and nothing changes in the folder."""
        before = contents(self.folder)
        process = self.run_ingot(*arguments, environment=environment)
        self.assertEqual(process.stderr, message + "\n")
        self.assertEqual(process.stdout, "")
        self.assertEqual(process.returncode, code)
        self.assertEqual(contents(self.folder), before)

    def assert_refuses(self, message, *options, environment=None):
        """`ingot compile net.onnx -o out` with these options as well."""
        arguments = ["compile", "net.onnx", *options] + ([] if "-o" in options else ["-o", "out"])
        self.assert_prints(1, "ingot: error: " + message, *arguments, environment=environment)


class Usage(CommandLine):
    def test_no_verb(self):
        known = "known: bench, compile, explain, inspect, list, tune, verify; see ingot --help"
        self.assert_prints(2, f"ingot: error: no verb is given; {known}")
        self.assert_prints(2, f"ingot: error: 'install' is no verb; {known}", "install")
        self.assert_prints(2, f"ingot: error: '--fast' is no verb; {known}", "--fast")

    def test_missing_arguments(self):
        see = "see ingot compile --help"
        self.assert_prints(2, f"ingot: error: model is required; {see}", "compile")
        self.assert_prints(2, f"ingot: error: --output is required; {see}", "compile", "net.onnx")
        self.assert_prints(2, "ingot: error: what is required; see ingot list --help", "list")

    def test_unknown_arguments(self):
        arguments = ["compile", "net.onnx", "-o", "out"]
        expected = "ingot: error: The following argument was not expected: {}; see ingot compile --help"
        self.assert_prints(2, expected.format("--fast"), *arguments, "--fast")
        self.assert_prints(2, expected.format("net.onnx"), *arguments, "net.onnx")

    def test_values_out_of_range(self):
        expected = "ingot: error: --jobs: Value {} not in range 0 to 1024; see ingot compile --help"
        for jobs in ["-1", "many", "1025"]:
            self.assert_prints(2, expected.format(jobs), "compile", "net.onnx", "-o", "out", "--jobs", jobs)
        expected = "ingot: error: --sanitize: memory not in {address}; see ingot compile --help"
        self.assert_prints(2, expected, "compile", "net.onnx", "-o", "out", "--sanitize", "memory")
        expected = "ingot: error: --weights: mapped not in {f32,bf16,f16,linked,file}; see ingot compile --help"
        self.assert_prints(2, expected, "compile", "net.onnx", "-o", "out", "--weights", "mapped")
        expected = "ingot: error: --weights: bf16,f16 names two types; leave one out; see ingot compile --help"
        self.assert_prints(2, expected, "compile", "net.onnx", "-o", "out", "--weights", "bf16,f16")
        expected = "ingot: error: --after: lunch not in {import,passes,plan}; see ingot explain --help"
        self.assert_prints(2, expected, "explain", "net.onnx", "--after", "lunch")
        expected = "ingot: error: what: models not in {ops,schedules,targets}; see ingot list --help"
        self.assert_prints(2, expected, "list", "models")

    def test_help(self):
        words = {
            "": "compile",
            "bench": "--schedules",
            "compile": "--schedule",
            "explain": "--after",
            "inspect": "--json",
            "list": "what",
            "tune": "--budget",
            "verify": "--layers",
        }
        for verb, word in words.items():
            process = self.run_ingot(*verb.split(), "--help")
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertIn(word, process.stdout)


class Models(CommandLine):
    """The importer's refusals of what is inside a model have tests of their own."""

    def assert_refused(self, file, message):
        for verb in [["compile", file, "-o", "out"], ["explain", file]]:
            self.assert_prints(1, f"{file}: error: {message}\n1 error", *verb)

    def test_missing(self):
        self.assert_refused("none.onnx", "cannot read it: No such file or directory; check the path")

    def test_not_a_model(self):
        content = (self.folder / "net.onnx").read_bytes()
        image = b"\x89PNG\r\n\x1a\n" + bytes(100)
        cases = {"text.onnx": b"no model\n", "image.onnx": image, "cut.onnx": content[:50000]}
        for name, data in cases.items():
            (self.folder / name).write_bytes(data)
            reason = "not an ONNX model (it is truncated or of another format)"
            self.assert_refused(name, reason + "; export with torch.onnx.export or check the file")

    def test_folder(self):
        self.assert_refused(".", "not a file but a directory or device; name the .onnx file")


class Options(CommandLine):
    def test_unknown_target(self):
        self.assert_refuses(f"unknown target 'avx512'; known targets: {TARGETS}", "--target", "avx512")
        self.assert_refuses(f"unknown target ''; known targets: {TARGETS}", "--target", "x86-64-v2,")

    def test_name(self):
        self.assert_refuses("--name two words: not an identifier of C; try --name two_words", "--name", "two words")
        self.assert_refuses("--name ../up: not an identifier of C; try --name up", "--name", "../up")
        self.assert_refuses("--name 3x3: not an identifier of C; try --name net_3x3", "--name", "3x3")
        for name in ["int", "namespace", "ingot", "ingot_runtime", "Ingot_Session", "log"]:
            reason = f"'{name}' cannot name a library: it means something else in C, C++ or Ingot"
            self.assert_refuses(reason + "; choose a name with --name", "--name", name)

    def test_name_from_the_file(self):
        write_tiny_model(self.folder / "2 nets-v1.0.onnx")
        process = self.run_ingot("compile", "2 nets-v1.0.onnx", "-o", "out")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertTrue((self.folder / "out" / "lib" / "libnet_2_nets_v1_0.a").exists())

    def assert_schedule_refused(self, asked, message):
        self.assert_refuses(message, "--schedule", asked)
        self.assert_prints(1, "ingot: error: " + message, "explain", "net.onnx", "--schedule", asked)

    def test_schedule_that_is_none(self):
        way_out = "write OP=CHOICE or NODE=CHOICE, e.g. conv2d=conv2d_direct/cpu_tiled"
        for asked in ["gemm", "=gemm/cpu_dot", "gemm="]:
            self.assert_schedule_refused(asked, f"--schedule {asked}: {way_out}")
        way_out = "write algorithm/schedule or algorithm/schedule:param=value,..."
        reason = "the '/' between algorithm and schedule is missing"
        self.assert_schedule_refused("gemm=dot", f"choice 'dot': {reason}; {way_out}")

    def test_schedule_of_what_is_not_there(self):
        reason = "the model has no such op or node; it has: /conv1/Conv, /conv2/Conv, /fc/Gemm, conv2d_pool2d, gemm"
        for name in ["conv2d", "/flatten/Flatten", "reshape"]:
            asked = f"{name}=conv2d_direct/cpu_reference"
            self.assert_schedule_refused(asked, f"--schedule {asked}: {reason}")

    def test_schedule_that_is_unknown(self):
        listed = re.findall(r"^(\w+)/(\w+) ", self.run_ingot("list", "schedules").stdout, re.MULTILINE)
        known = "known: " + ", ".join(dict.fromkeys(algorithm for algorithm, _ in listed))
        self.assert_schedule_refused("gemm=blas/cpu_dot", f"unknown algorithm 'blas'; {known}")
        known = "known: " + ", ".join(schedule for algorithm, schedule in listed if algorithm == "gemm")
        self.assert_schedule_refused("gemm=gemm/cpu_fast", f"unknown schedule 'cpu_fast' of gemm; {known}")
        choice = "gemm/cpu_reference:tile=1"
        self.assert_schedule_refused(f"gemm={choice}", f"{choice}: unknown parameter 'tile'; known: none")
        choice = "gemm/cpu_dot:tile=1"
        self.assert_schedule_refused(f"gemm={choice}", f"{choice}: unknown parameter 'tile'; known: tile_co")
        message = "gemm/cpu_reference: gemm computes gemm, not conv2d_pool2d"
        self.assert_schedule_refused("/conv1/Conv=gemm/cpu_reference", message)

    def test_value_that_is_not_offered(self):
        process = self.run_ingot("explain", "net.onnx", "--schedule", "gemm=gemm/cpu_dot:tile_co=99")
        message = r"ingot: error: gemm/cpu_dot:tile_co=99: tile_co=99 is not offered; use one of [\d, ]+\n"
        self.assertRegex(process.stderr, f"^{message}$")
        self.assertEqual(process.returncode, 1)


class Bench(CommandLine):
    def assert_bench_refuses(self, message, *arguments, environment=None):
        self.assert_prints(1, "ingot: error: " + message, "bench", *arguments, environment=environment)

    def test_what_is_none(self):
        known = "conv2d, conv2d_pool2d, pool2d, gemm, sequential, map, reduce, resample, pad, matmul"
        self.assert_bench_refuses(f"unknown op 'conv'; known: {known}", "conv")
        self.assert_bench_refuses("cannot read none.csv", "none.csv")
        kinds = "neither an op, nor a list of shapes (.csv), nor a model (.onnx)"
        self.assert_bench_refuses(f"shapes.txt: {kinds}", "shapes.txt")
        message = "none.onnx: error: cannot read it: No such file or directory; check the path\n1 error"
        self.assert_prints(1, message, "bench", "none.onnx")

    def test_shapes(self):
        for content, message in {
            "kernel\n": "no kernel",
            "gemm n=1 ci=2 co=3\n": "1: the first line is the header; write kernel",
            "kernel\ngemm ci=2 n=1 co=3\n": "2: not canonical; write gemm n=1 ci=2 co=3",
        }.items():
            (self.folder / "shapes.csv").write_text(content)
            separator = ": " if message == "no kernel" else ":"
            self.assert_bench_refuses(f"shapes.csv{separator}{message}", "shapes.csv")

    def test_schedules(self):
        listed = re.findall(r"^\w+/(\w+) ", self.run_ingot("list", "schedules").stdout, re.MULTILINE)
        known = "known: " + ", ".join(sorted(set(listed)))
        self.assert_bench_refuses(f"--schedules: unknown schedule 'fast'; {known}", "gemm", "--schedules", "fast")
        reason = "nothing to measure: no kernel of pool2d is supported by --schedules gemm/cpu_dot"
        self.assert_bench_refuses(reason, "pool2d", "--schedules", "gemm/cpu_dot")

    def test_targets(self):
        message = f"unknown target 'avx512'; known targets: {TARGETS}"
        self.assert_bench_refuses(message, "gemm", "--targets", "avx512")

    def test_files(self):
        for option in ["--json", "--csv"]:
            process = self.run_ingot("bench", "gemm", option, "none/file")
            self.assertEqual((process.returncode, process.stdout), (1, ""))
            self.assertRegex(process.stderr, r"^ingot: error: none/file.*\n$")
        self.assert_bench_refuses("--plot a.png: draws SVG only; name a file that ends in .svg", "--plot", "a.png")
        way_out = "run false -m pip install matplotlib, or set INGOT_PYTHON to a Python that has it"
        self.assert_bench_refuses(
            f"--plot: false has no matplotlib; {way_out}", "--plot", "a.svg", environment={"INGOT_PYTHON": "false"}
        )

    def test_usage(self):
        see = "see ingot bench --help"
        expected = f"ingot: error: --rounds: Value 0 not in range 1 to 100000; {see}"
        self.assert_prints(2, expected, "bench", "gemm", "--rounds", "0")
        expected = f"ingot: error: The following argument was not expected: pool2d; {see}"
        self.assert_prints(2, expected, "bench", "gemm", "pool2d")


class Folders(CommandLine):
    def test_file_in_the_way_of_the_output(self):
        (self.folder / "file").write_text("")
        reason = f"cannot be written: {self.folder}/file is not a folder; choose another folder with -o"
        self.assert_refuses(f"file: {reason}", "-o", "file")
        self.assert_refuses(f"file/deeper/still: {reason}", "-o", "file/deeper/still")
        self.assert_refuses("the name of the output folder is empty; name one with -o", "-o", "")

    def test_file_in_the_way_inside_the_output(self):
        output = self.folder / "out"
        for place in ["include", "lib"]:
            output.mkdir()
            (output / place).write_text("mine")
            process = self.run_ingot("compile", "net.onnx", "-o", "out")
            reason = f"out/{place}: cannot be written: Not a directory; choose another folder with -o"
            self.assertEqual(process.stderr, f"ingot: error: {reason}\n")
            self.assertEqual(process.returncode, 1)
            self.assertEqual([path.name for path in output.rglob("*") if path.is_file()], [place])
            shutil.rmtree(output)

    def test_folder_in_the_way_of_a_header(self):
        self.assertEqual(self.run_ingot("compile", "net.onnx", "-o", "out").returncode, 0)
        header = self.folder / "out" / "include" / "net.h"
        header.unlink()
        header.mkdir()
        reason = "out/include/net.h: cannot be written: a folder is in its place"
        before = contents(self.folder / "out" / "lib")
        process = self.run_ingot("compile", "net.onnx", "-o", "out", "--target", "x86-64-v2")
        self.assertEqual(process.stderr, f"ingot: error: {reason}; choose another folder with -o\n")
        self.assertEqual(process.returncode, 1)
        after = contents(self.folder / "out" / "lib")
        self.assertEqual([path.name for path in after], [path.name for path in before])
        archive = self.folder / "out" / "lib" / "libnet.a"
        self.assertEqual(after[archive], before[archive])

    def test_cache_in_the_way(self):
        cache = self.folder / "cache"
        cache.write_text("")
        way_out = "set INGOT_CACHE_DIR to a folder of yours"
        for variable, root in [("INGOT_CACHE_DIR", cache), ("XDG_CACHE_HOME", cache / "ingot")]:
            environment = {"INGOT_CACHE_DIR": "", variable: str(cache)}
            self.assert_refuses(f"the object cache {root} cannot be written; {way_out}", environment=environment)

    def test_temporary_folder_that_is_none(self):
        message = "no temporary folder: No such file or directory; set TMPDIR to a folder of yours"
        self.assert_refuses(message, environment={"TMPDIR": str(self.folder / "none")})

    def test_failing_compile_changes_nothing(self):
        self.assertEqual(self.run_ingot("compile", "net.onnx", "-o", "out").returncode, 0)
        reason = "cannot run no-such-cc: not found; install the package gcc or set INGOT_CC to a C compiler"
        self.assert_refuses(reason, "--target", "x86-64-v3", environment={"INGOT_CC": "no-such-cc -O2"})
        self.assert_refuses("false failed: exit code 1", environment={"INGOT_CC": "false"})
        self.assert_refuses(f"unknown target 'v3'; known targets: {TARGETS}", "--target", "v3")

    def test_missing_tools(self):
        # With its kernels in the cache, so that each tool is missed by the same process.
        self.assertEqual(self.run_ingot("compile", "net.onnx", "-o", "before").returncode, 0)
        for tool, package in [("cc", "gcc"), ("ld", "binutils"), ("ar", "binutils"), ("llvm-objcopy", "llvm")]:
            with self.subTest(tool):
                tools = self.folder / f"without-{tool}"
                tools.mkdir()
                for name in {"cc", "as", "ld", "ar", "llvm-objcopy"} - {tool}:
                    (tools / name).symlink_to(shutil.which(name))
                way_out = "set INGOT_CC to a C compiler" if tool == "cc" else "set PATH"
                reason = f"cannot run {tool}: not found; install the package {package} or {way_out}"
                self.assert_refuses(reason, environment={"PATH": str(tools)})

    def test_missing_tool_in_a_cold_cache(self):
        tools = self.folder / "tools"
        tools.mkdir()
        environment = {"PATH": str(tools), "INGOT_CACHE_DIR": str(self.folder / "cache")}
        process = self.run_ingot("compile", "net.onnx", "-o", "out", environment=environment)
        reason = "cannot run llvm-objcopy: not found; install the package llvm or set PATH"
        message = rf"ingot: error: cannot compile conv2d_pool2d .*: {reason} \(and 8 more kernels\)\n"
        self.assertRegex(process.stderr, f"^{message}$")
        self.assertEqual(process.returncode, 1)
        self.assertFalse((self.folder / "out").exists())

    def test_compiler_that_may_not_run(self):
        (self.folder / "cc").write_text("")
        reason = f"cannot run {self.folder}/cc: Permission denied; set INGOT_CC to a C compiler"
        self.assert_refuses(reason, environment={"INGOT_CC": str(self.folder / "cc")})

    def test_caller_that_ignores_the_end_of_children(self):
        process = subprocess.run(
            [str(INGOT), "compile", "net.onnx", "-o", "out"],
            env={**os.environ, "INGOT_CACHE_DIR": str(self.folder / "cache")},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        )
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_failing_compiler(self):
        script = self.folder / "cc"
        script.write_text("#!/bin/sh\necho plan.c:1: error: no space >&2\nexit 1\n")
        script.chmod(0o755)
        reason = f"{script} failed: plan.c:1: error: no space"
        self.assert_refuses(reason, environment={"INGOT_CC": str(script)})


class Answers(CommandLine):
    def assert_answers(self, *arguments):
        process = self.run_ingot(*arguments)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout

    def test_version(self):
        version = r"^ingot \d+\.\d+\.\d+ \(Halide 21\.0\.0, LLVM 21\.\d+\)\n$"
        self.assertRegex(self.assert_answers("--version"), version)

    def test_list_ops(self):
        ops = [line.split()[0] for line in self.assert_answers("list", "ops").splitlines()]
        self.assertEqual(ops, sorted(ops))
        for op in ["Conv", "Relu", "MaxPool", "Flatten", "Reshape", "Gemm", "Identity", "Dropout", "Constant"]:
            self.assertIn(op, ops)

    def test_numerics(self):
        self.assert_refuses("unknown numerics 'fast'; known: default, exact", "--numerics", "fast")
        plans = {numerics: self.assert_answers("explain", "net.onnx", "--numerics", numerics)
                 for numerics in ["default", "exact"]}
        self.assertIn("choice    conv2d_pool2d_winograd/", plans["default"])
        self.assertNotIn("winograd", plans["exact"])
        self.assertEqual(self.assert_answers("explain", "net.onnx"), plans["default"])
        self.assert_refuses(
            "conv2d_pool2d_winograd/cpu_tiled: conv2d_pool2d_winograd saves multiplications, which numerics exact "
            "rules out; ask for an algorithm of direct sums",
            "--numerics", "exact", "--schedule", "/conv2/Conv=conv2d_pool2d_winograd/cpu_tiled")

    def test_list_targets(self):
        lines = self.assert_answers("list", "targets").splitlines()
        self.assertEqual([line.split()[0] for line in lines], LEVELS.split(", ") + CUDA_TARGETS.split(", "))

    def test_list_schedules(self):
        text = self.assert_answers("list", "schedules")
        schedules = re.findall(r"^(\w+/\w+) ", text, re.MULTILINE)
        for algorithm in ["conv2d_direct", "conv2d_winograd", "conv2d_winograd4", "conv2d_pool2d",
                          "conv2d_pool2d_winograd", "conv2d_pool2d_winograd4", "pool2d", "gemm"]:
            self.assertIn(f"{algorithm}/cpu_reference", schedules)
        # Each is one that --schedule takes.
        gemm = [name for name in schedules if name.startswith("gemm/")]
        self.assertGreater(len(gemm), 1)
        for name in gemm:
            target = "cuda-compute_86" if "/cuda_" in name else "x86-64-v2"
            if name == "gemm/cuda_slab":  # the net's ten outputs do not fill a warp
                continue
            plan = self.assert_answers("explain", "net.onnx", "--target", target, "--schedule", f"gemm={name}")
            self.assertRegex(plan, rf"\n     choice    {name}.*\n     why       asked for\n")

    def test_explain(self):
        imported = self.assert_answers("explain", "net.onnx", "--after=import")
        fused = self.assert_answers("explain", "net.onnx", "--after=passes")
        plan = self.assert_answers("explain", "net.onnx", "--after", "plan")
        operations = r" = (\w+) ?.*\(.*\)$"
        self.assertEqual(
            re.findall(operations, imported, re.MULTILINE),
            ["conv2d", "relu", "pool2d", "conv2d", "relu", "pool2d", "reshape", "gemm"],
        )
        self.assertEqual(re.findall(operations, fused, re.MULTILINE), ["conv2d_pool2d", "conv2d_pool2d", "gemm"])
        self.assertEqual(re.findall(r"^plan for (\S+):", plan, re.MULTILINE), LEVELS.split(", "))
        self.assertEqual(self.assert_answers("explain", "net.onnx"), plan)
        self.assertEqual(list(self.folder.iterdir()), [self.folder / "net.onnx"])

    def test_cpu(self):
        plain = self.assert_answers("explain", "net.onnx")
        process = self.run_ingot("explain", "net.onnx", "--cpu", "no-such-cpu")
        self.assertEqual((process.returncode, process.stdout), (0, plain))
        self.assertRegex(
            process.stderr,
            r"^ingot: warning: --cpu no-such-cpu: no measured choices for it, so those of any CPU serve; "
            r"known: .*\bgeneric\b.*\n$",
        )
        self.assertEqual(self.assert_answers("explain", "net.onnx", "--cpu", "generic"), plain)
        expected = "cpu 'Zen 5' is no name; write lower-case letters, digits, '_', '-' and '.', as in zen5"
        self.assert_prints(1, f"ingot: error: {expected}", "explain", "net.onnx", "--cpu", "Zen 5")

    def test_slow_steps(self):
        asked = ["--schedule", "conv2d_pool2d=conv2d_pool2d/cpu_reference"]
        text = self.assert_answers("compile", "net.onnx", "-o", "out", "--target", "x86-64-v2", *asked)
        self.assertIn("kernels: 3 in 1 plan, ", text)
        plan = self.assert_answers("explain", "net.onnx", "--target", "x86-64-v2", *asked)
        shares = [int(share) for share in re.findall(r"\n     share     (\d+) % of the predicted time\n", plan)]
        self.assertTrue(len(shares) == 3 and 98 <= sum(shares) <= 102 and shares[2] <= 2, shares)

    def test_output_that_nothing_takes(self):
        for verb in ["explain net.onnx", "list schedules", "--version"]:
            process = run("/bin/sh", "-c", f"exec {INGOT} {verb} > /dev/full", directory=self.folder)
            self.assertEqual(process.stderr, "ingot: error: standard output cannot be written; is its disk full?\n")
            self.assertEqual(process.returncode, 1)

    def test_compile(self):
        options = ["--target", "x86-64-v3,x86-64-v2", "--name", "digits"]
        cache = {"INGOT_CACHE_DIR": str(self.folder / "cache")}
        for cached in ["0", "6"]:
            process = self.run_ingot("compile", "net.onnx", "-o", "out", *options, environment=cache)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            text = process.stdout
            self.assertRegex(text, r"^digits \([0-9a-f]{8}\) -> out\n"
                                   rf"  kernels: 6 in 2 plans, 6 distinct, {cached} of them from the cache\n")
        self.assertEqual(re.findall(r"activations (\S+): \d+ bytes, at least \d+ are alive together\n", text),
                         ["x86-64-v2", "x86-64-v3"])
        self.assertEqual(re.findall(r"kernels (\S+): \d+ bytes", text), ["x86-64-v2", "x86-64-v3"])
        archive = self.folder / "out" / "lib" / "libdigits.a"
        self.assertIn(f"libdigits.a: {archive.stat().st_size} bytes", text)


if __name__ == "__main__":
    unittest.main()
