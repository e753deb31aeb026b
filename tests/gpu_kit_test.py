#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The GPU kit with few kernels, tried where there is no GPU: by the driver that runs PTX on the CPU, and by none.

    gpu_kit_test.py KIT DRIVER CHECK_KIT    DRIVER is the folder of that libcuda.so.1, CHECK_KIT check_kit.py
"""
import array
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

KIT, DRIVER, CHECK_KIT = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
PROGRAM = KIT / "bin" / "gpu_kit"
FAKE = {"LD_LIBRARY_PATH": str(DRIVER)}
NO_DRIVER = {"LD_LIBRARY_PATH": str(DRIVER / "no such folder"), "CUDA_VISIBLE_DEVICES": "-1"}
HEADER = ["device", "compute_capability", "driver_version", "multiprocessors", "clock_mhz", "memory_bytes", "date",
          "kit_commit"]
RESULTS = {"a": "a_correctness.json", "b": "b_sanitizer.json", "c": "c_kernels.json", "d": "d_net.json",
           "e": "e_torch.json"}


def run(*command, environment):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


class GpuKit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "results"

    def result(self, part):
        result = json.loads((self.out / RESULTS[part]).read_text())
        self.assertEqual(list(result)[:len(HEADER)], HEADER)
        self.assertEqual((result["device"], result["compute_capability"]), ("Interpreter of PTX", "8.6"))
        self.assertTrue(result["complete"])
        return result

    def run_parts(self, *words, environment=None):
        done = run(KIT / "run.sh", self.out, *words, environment={**FAKE, **(environment or {})})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_asks_for_little(self):
        done = run(sys.executable, CHECK_KIT, KIT, environment={})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_check_of_the_kit_finds_a_library(self):
        kit = self.out / "kit"
        kit.mkdir(parents=True)
        shutil.copy(sys.executable, kit / "program")
        (kit / "zeros").write_bytes(bytes(31_000_000))
        done = run(sys.executable, CHECK_KIT, kit, environment={})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"bytes; 30000000 are allowed")
        self.assertRegex(done.stderr, r"program needs ")

    def test_ends_with_3_where_there_is_no_driver(self):
        done = run(KIT / "run.sh", self.out, environment=NO_DRIVER)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertRegex(done.stderr, r"\Agpu_kit: error: no (NVIDIA driver|CUDA device)[^\n]*\n\Z")
        self.assertFalse(self.out.exists())

    def test_refuses_what_it_does_not_know(self):
        for words in ([], ["--quick"], [self.out, "f"], [self.out, "a", "--images"], [self.out, "--images", "few"]):
            with self.subTest(words=words):
                done = run(KIT / "run.sh", *words, environment=FAKE)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\Arun\.sh: error: [^\n]+\n\Z")

    def test_help_says_all_of_the_header(self):
        done = run(KIT / "run.sh", "--help", environment=NO_DRIVER)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("Usage: run.sh OUT"), done.stdout)
        for word in ("  --limit SECONDS", "Exit code: 0; 1 ", "compute capability 8.0 or newer.\n"):
            self.assertIn(word, done.stdout)
        self.assertNotIn("set -u", done.stdout)

    def test_a_checks_kernels_and_net(self):
        self.run_parts("a", "--images", 3, "--kernels", 8)
        result = self.result("a")
        self.assertTrue(result["right"])
        kernels = [row for row in result["rows"] if "kernel" in row]
        self.assertEqual([row["right"] for row in kernels], [True] * 8)
        self.assertEqual(sum(row["cases_right"] for row in result["summary"]), 8)
        nets = [row for row in result["rows"] if "net" in row]
        self.assertLessEqual({("host", 1), ("host", 16), ("host", 256), ("device", 1), ("device", 16), ("device", 256)},
                             {(row["memory"], row["batch"]) for row in nets})
        for row in nets:
            self.assertEqual((row["images"], row["equal_labels"], row["right"]), (3, 3, True))
            self.assertLessEqual(row["largest_difference"], 1e-5)

    def test_goes_on_where_an_earlier_call_ended(self):
        self.out.mkdir()
        nets = []
        for kernels in (3, 8):
            done = run(PROGRAM, "a", self.out, "--images", 1, "--kernels", kernels, environment=FAKE)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            result = self.result("a")
            nets.append([row for row in result["rows"] if "net" in row])
        checked = [row["kernel"] + row["choice"] for row in result["rows"] if "kernel" in row]
        self.assertEqual((len(checked), len(set(checked))), (8, 8))
        self.assertEqual(nets[0], nets[1])
        self.assertEqual(sum(row["cases_right"] for row in result["summary"]), 8)
        self.assertEqual(result["cpu_level"][:7], "x86-64-")

    def test_small_cases_are_right(self):
        done = run(PROGRAM, "small-cases", environment=FAKE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def sanitizer(self, text):
        folder = self.out.parent / "tools"
        folder.mkdir(exist_ok=True)
        (folder / "compute-sanitizer").write_text(f"#!/bin/sh\n{text}\n")
        (folder / "compute-sanitizer").chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def test_b_runs_each_tool(self):
        self.run_parts("b", environment=self.sanitizer('echo "$@"'))
        result = self.result("b")
        self.assertEqual([row["tool"] for row in result["rows"]], ["memcheck", "racecheck", "initcheck", "synccheck"])
        for row in result["rows"]:
            self.assertRegex(row["output"], rf"--tool {row['tool']} --error-exitcode 99 .*/gpu_kit small-cases")

    def test_b_fails_where_a_tool_finds_something(self):
        environment = self.sanitizer('case "$*" in *racecheck*) echo "a race"; exit 99 ;; esac')
        done = run(KIT / "run.sh", self.out, "b", environment={**FAKE, **environment})
        self.assertEqual(done.returncode, 1)
        self.assertIn("| racecheck | errors found |", done.stdout)
        self.assertFalse(self.result("b")["right"])

    def test_b_says_why_it_is_skipped(self):
        if shutil.which("compute-sanitizer") or pathlib.Path("/usr/local/cuda/bin/compute-sanitizer").exists():
            self.skipTest("compute-sanitizer is installed")
        self.assertIn("Skipped: compute-sanitizer is neither in PATH", self.run_parts("b"))
        self.assertIn("compute-sanitizer", self.result("b")["skipped"])

    def test_c_measures_kernels(self):
        self.run_parts("c", "--quick", "--kernels", 2, "--largest-batch", 1)
        result = self.result("c")
        self.assertTrue(result["right"])
        self.assertGreater(result["fma_peak_gflops"], 0)
        self.assertEqual(len({row["kernel"].split(" src=")[0] for row in result["rows"]}), 2)
        for row in result["rows"]:
            self.assertEqual(row["n"], 1)
            for figure in ("us", "gflops", "percent_of_peak", "peak_gflops", "gbytes_per_second"):
                self.assertGreater(row[figure], 0)

    def test_d_measures_the_net(self):
        text = self.run_parts("d", "--quick", "--largest-batch", 16)
        result = self.result("d")
        self.assertTrue(result["right"])
        self.assertIn("Quick: the figures show that the kit works, and measure nothing.", text)
        self.assertEqual([row["batch"] for row in result["rows"]], [1, 16])
        for row in result["rows"]:
            for figure in ("queued_us", "percent_of_fma_bound", "waited_us", "copied_us"):
                self.assertGreater(row[figure], 0)
        for figure in ("first_run_us_device", "first_run_us_host", "session_ms_device", "fma_bound_ns_per_image"):
            self.assertGreater(result[figure], 0)

    def test_e_says_why_it_is_skipped(self):
        text = self.run_parts("e", environment={"INGOT_PYTHON": "no-such-python"})
        self.assertIn("Skipped: no no-such-python", text)
        self.assertEqual(self.result("e")["skipped"], "no no-such-python")

    def python(self, text):
        file = self.out.parent / "python"
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return {"INGOT_PYTHON": str(file)}

    def test_e_runs_where_the_import_of_pytorch_warns(self):
        text = self.run_parts("e", environment=self.python(
            'echo "UserWarning: old" >&2; test "$1" = -c || echo "ran $1"'))
        self.assertRegex(text, r"ran [^\n]*/compare_torch\.py\n")
        self.assertNotIn("Skipped", text)
        self.assertFalse((self.out / RESULTS["e"]).exists())

    def test_e_is_skipped_where_the_import_of_pytorch_fails(self):
        for code, text, reason in ((1, "No module named torch", "No module named torch"),
                                   (3, "", "/python ended with 3"),
                                   (124, "half a line", "did not import PyTorch within 60 s")):
            with self.subTest(code=code):
                self.run_parts("e", environment=self.python(f'echo first; echo "{text}" >&2; exit {code}'
                                                            if text else f"exit {code}"))
                self.assertTrue(self.result("e")["skipped"].endswith(reason), self.result("e")["skipped"])

    def test_results_of_all_parts_are_six_files(self):
        self.run_parts("a", "b", "c", "d", "e", "--quick", "--images", 1, "--kernels", 1, "--largest-batch", 1,
                       environment={"INGOT_PYTHON": "no-such-python", **self.sanitizer("true")})
        self.assertEqual({file.name for file in self.out.iterdir()}, {*RESULTS.values(), "results.md"})
        text = (self.out / "results.md").read_text()
        self.assertEqual([line[3] for line in text.splitlines() if line.startswith("## ")], list("abcde"))
        self.assertEqual(text.count("Interpreter of PTX, compute capability 8.6"), 5)

    def test_says_what_it_had_no_time_for(self):
        self.run_parts("a", "c", "d", "--quick", "--images", 1, "--limit", 0)
        for part in "acd":
            self.assertNotEqual(self.result(part)["not_reached"], [])
        self.assertEqual(self.result("c")["rows"], [])

    def test_the_net_for_pytorch_runs_on_device_memory(self):
        code = """
import ctypes, sys
cuda, net = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL(sys.argv[1])
net.kit_net_open.restype = ctypes.c_void_p
net.kit_net_run.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_size_t]
net.kit_net_close.argtypes = [ctypes.c_void_p]
detail = ctypes.create_string_buffer(192)
session = net.kit_net_open(None, detail, len(detail))
assert session, detail.value
context, src, dst = ctypes.c_void_p(), ctypes.c_uint64(), ctypes.c_uint64()
assert cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0) == 0
assert cuda.cuCtxSetCurrent(context) == 0
images, logits = ctypes.create_string_buffer(2 * 784 * 4), ctypes.create_string_buffer(2 * 10 * 4)
assert cuda.cuMemAlloc_v2(ctypes.byref(src), ctypes.c_size_t(2 * 784 * 4)) == 0
assert cuda.cuMemAlloc_v2(ctypes.byref(dst), ctypes.c_size_t(2 * 10 * 4)) == 0
assert cuda.cuMemcpyHtoD_v2(src, images, ctypes.c_size_t(2 * 784 * 4)) == 0
assert net.kit_net_run(session, src.value, dst.value, 2, 3) == 0
assert cuda.cuMemcpyDtoH_v2(logits, dst, ctypes.c_size_t(2 * 10 * 4)) == 0
net.kit_net_close(session)
sys.stdout.buffer.write(logits.raw[:2 * 10 * 4])
"""
        done = subprocess.run([sys.executable, "-c", code, KIT / "lib" / "libkit_net.so"], capture_output=True,
                              check=False, env={**os.environ, **FAKE})
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        logits = array.array("f", done.stdout)
        self.assertEqual(logits[:10], logits[10:])
        self.assertGreater(max(map(abs, logits)), 0)

    def test_weights_for_pytorch_are_the_models(self):
        shapes = json.loads((KIT / "data" / "weights.json").read_text())
        self.assertEqual(shapes, {"conv1.weight": [16, 1, 3, 3], "conv1.bias": [16], "conv2.weight": [32, 16, 3, 3],
                                  "conv2.bias": [32], "fc.weight": [10, 1568], "fc.bias": [10]})
        self.assertEqual((KIT / "data" / "weights.f32").stat().st_size, 4 * (16 * 9 + 16 + 32 * 144 + 32 + 15680 + 10))

    def test_the_kernel_of_the_fma_peak_keeps_to_registers(self):
        ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
        if ptxas is None:
            self.skipTest("ptxas is not installed")
        done = run(PROGRAM, "fma-kernel", environment={})
        file = self.out.parent / "fma.ptx"
        file.write_text(done.stdout)
        for architecture in ("sm_80", "sm_90"):
            report = run(ptxas, "-v", f"-arch={architecture}", "-o", file.with_suffix(".cubin"), file, environment={})
            self.assertEqual(report.returncode, 0, report.stderr)
            self.assertEqual(report.stderr.count("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
