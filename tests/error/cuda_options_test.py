# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the command line says of CUDA targets: what it refuses, what it tells of kernels and of a session."""

import json
import re
import unittest

from command_line_test import CommandLine

CUDA = "cuda-compute_86"


class Refusals(CommandLine):
    def test_ptxas_that_is_missing(self):
        reason = "INGOT_PTXAS=/none/ptxas is no program; set it to the ptxas of NVIDIA's CUDA toolkit, or "\
                 "take a target of PTX alone such as cuda-compute_86"
        self.assert_refuses(reason, "--target", "cuda-sm_90", "--schedule", "conv2d_pool2d=conv2d_pool2d/cuda_reference",
                            environment={"INGOT_PTXAS": "/none/ptxas"})

    def test_schedules_of_the_other_device(self):
        self.assert_refuses("--schedule gemm=gemm/cuda_reference: no target is a GPU; add one such as cuda-sm_90",
                            "--schedule", "gemm=gemm/cuda_reference")
        self.assert_refuses("--schedule gemm=gemm/cpu_dot: no target is a CPU; add one such as x86-64-v3",
                            "--schedule", "gemm=gemm/cpu_dot", "--target", CUDA)

    def test_batch(self):
        for value in ["0", "1048577"]:
            message = f"--max-batch: Value {value} not in range 1 to 1048576; see ingot compile --help"
            self.assert_prints(2, f"ingot: error: {message}", "compile", "net.onnx", "-o", "out", "--max-batch", value)

    def test_measuring(self):
        message = f"ingot: error: --targets: kernels for {CUDA} are measured by the GPU kit; see docs/cuda.md"
        self.assert_prints(1, message, "bench", "gemm", "--targets", CUDA)
        message = f"ingot: error: --target {CUDA}: kernels for CUDA are measured by the GPU kit; see docs/cuda.md"
        self.assert_prints(1, message, "tune", "net.onnx", "-o", "tuned", "--target", CUDA)


class Answers(CommandLine):
    def answer(self, *arguments):
        process = self.run_ingot(*arguments)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout

    def test_explain(self):
        plan = self.answer("explain", "net.onnx", "--target", f"x86-64-v2,{CUDA}", "--max-batch", "32")
        self.assertRegex(plan, rf"\nplan for {CUDA}, from 1 image on: \d+ steps, arena \d+ bytes \(at least \d+\) for 15 images\n")
        cpu, _, cuda = plan.partition(f"plan for {CUDA}")
        self.assertNotIn("     device ", cpu)
        self.assertEqual(len(re.findall(r"^     device    registers by the driver, \d+ bytes of shared memory, "
                                        r"\d+ threads; \d+ blocks? a multiprocessor, \d+ of 48 warps \(limit: .*\)$",
                                        cuda, re.MULTILINE)),
                         len(re.findall(r"^     kernel ", cuda, re.MULTILINE)))

    def test_compile_and_inspect(self):
        options = ["--target", f"x86-64-v2,{CUDA}", "--max-batch", "32"]
        report = self.answer("compile", "net.onnx", "-o", "out", *options)
        device = int(re.search(r"^  session's memory on a CUDA device: (\d+) bytes$", report, re.MULTILINE)[1])
        header = (self.folder / "out" / "include" / "net.h").read_text()
        self.assertNotIn("second packing", self.answer("compile", "net.onnx", "-o", "cuda", "--target", CUDA))
        self.assertIn(f"#define NET_DEVICE_BYTES {device} ", header)
        self.assertIn("#define NET_MAX_BATCH 32 ", header)
        manifest = json.loads((self.folder / "out" / "net.json").read_text())
        self.assertEqual(manifest["device_bytes"], device)
        self.assertNotIn("ptxas", manifest)
        plans = [plan for plan in manifest["plans"] if plan["target"] == CUDA]
        # Below 16 images another plan runs than from there on.
        self.assertEqual([plan["max_images"] for plan in plans], [15, 32])
        # The weights, the largest activations, and 32 inputs and outputs: each in whole blocks of 256 bytes.
        parts = [manifest["weights_bytes"], max(plan["arena_bytes"] for plan in plans), 32 * 784 * 4, 32 * 10 * 4]
        self.assertEqual(device, sum((part + 255) // 256 * 256 for part in parts))
        text = self.answer("inspect", "out")
        self.assertIn(f"  memory on a CUDA device: {device} bytes\n", text)
        self.assertRegex(text, r"\n        registers by the driver, \d+ bytes of shared memory, \d+ threads\n")

    def test_cpu_alone_names_no_device(self):
        self.assertNotIn("CUDA", self.answer("compile", "net.onnx", "-o", "out", "--target", "x86-64-v2"))
        self.assertNotIn("DEVICE", (self.folder / "out" / "include" / "net.h").read_text())


if __name__ == "__main__":
    unittest.main()
