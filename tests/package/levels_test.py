# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compiled reference network on CPUs that lack what a level needs: the best level that is left, or a status that
names the missing feature; never an illegal instruction.

qemu-x86_64 emulates these CPUs, and refuses each instruction that the emulated one lacks. It offers AVX2 but no AVX-512
(QEMU 7.2), so that x86-64-v4 runs on this machine's own CPU only, where that has it. Without qemu-x86_64 (Debian:
qemu-user) the test is skipped.
"""

import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

import numpy
from ingot_program import MNIST_CNN, compile_model, run, run_ok

QEMU = "qemu-x86_64"
SKIPPED = 77
V2, V3, V4 = LEVELS = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]

# What is emulated, and the first feature that it lacks for v2, v3 and v4; None where the level runs.
CPUS = {
    "max": (None, None, "avx512f"),
    "Skylake-Server": (None, None, "avx512f"),
    "EPYC-Rome": (None, None, "avx512f"),
    "Haswell": (None, None, "avx512f"),
    "Haswell,-avx2": (None, "avx2", "avx2"),
    "Haswell,-fma": (None, "fma", "fma"),
    "Haswell,-f16c": (None, "f16c", "f16c"),
    "Haswell,-bmi1": (None, "bmi1", "bmi1"),
    "Haswell,-bmi2": (None, "bmi2", "bmi2"),
    "Haswell,-abm": (None, "lzcnt", "lzcnt"),
    "Haswell,-movbe": (None, "movbe", "movbe"),
    "Haswell,-xsave": (None, "avx", "avx"),
    "IvyBridge": (None, "fma", "fma"),
    "SandyBridge": (None, "f16c", "f16c"),
    "Westmere": (None, "avx", "avx"),
    "Nehalem": (None, "avx", "avx"),
    "Nehalem,-popcnt": ("popcnt", "popcnt", "popcnt"),
    "Haswell,-sse4.2": ("sse4_2", "sse4_2", "sse4_2"),
    "Penryn": ("sse4_2", "sse4_2", "sse4_2"),
    "core2duo": ("sse4_1", "sse4_1", "sse4_1"),
    "qemu64": ("ssse3", "ssse3", "ssse3"),
}

MAIN_C = r"""
#include <mnist_cnn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    static float images[2 * MNIST_CNN_IMAGE_SIZE], logits[2 * MNIST_CNN_LOGITS_SIZE];
    ingot_options options = INGOT_OPTIONS_INIT;
    ingot_session *session;
    ingot_status status;
    int i;
    if (argc > 1) {
        options.level = argv[1];
    }
    for (i = 0; i < 2 * MNIST_CNN_IMAGE_SIZE; ++i) {
        images[i] = (float)(i * 37 % 101) / 100.0f;
    }
    status = ingot_session_create(&mnist_cnn_model, &options, &session);
    if (status == INGOT_UNSUPPORTED_CPU) {
        printf("missing %s\n", ingot_missing_cpu_feature(&mnist_cnn_model, &options));
        return 0;
    }
    if (status == INGOT_OK) {
        status = mnist_cnn_run(session, images, logits, 2);
    }
    if (status != INGOT_OK) {
        puts(ingot_status_message(status));
        return 1;
    }
    printf("level %s\n", ingot_session_level(session));
    for (i = 0; i < 2 * MNIST_CNN_LOGITS_SIZE; ++i) {
        printf("%.9g\n", (double)logits[i]);
    }
    ingot_session_destroy(session);
    return 0;
}
"""

# What each of these does is read nothing, so that only the instruction itself is at stake.
INSTRUCTIONS_C = r"""
int main(int argc, char **argv) {
    (void)argv;
    if (argc == 1) {
        __asm__ volatile("pcmpgtq %%xmm0, %%xmm0" : : : "xmm0");
    } else if (argc == 2) {
        __asm__ volatile("vpaddd %%ymm0, %%ymm0, %%ymm0" : : : "xmm0");
    } else {
        __asm__ volatile("vpaddd %%zmm0, %%zmm0, %%zmm0" : : : "xmm0");
    }
    return 0;
}
"""


class Levels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="ingot-levels-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        folder = compile_model(MNIST_CNN, cls.root / "package")
        paths = [f"-I{folder}/include", f"-L{folder}/lib", "-lmnist_cnn", "-lingot_runtime"]
        cls.program = cls.build("main", MAIN_C, *paths)
        # The lowest level is what all CPUs that run anything have in common.
        cls.expected = cls.read(run_ok(cls.program, V2))[1]

    @classmethod
    def build(cls, name, source, *libraries):
        """A static program: it needs none of the emulated machine's libraries."""
        file = cls.root / f"{name}.c"
        file.write_text(source)
        run_ok("cc", "-std=gnu99", "-O1", "-static", file, *libraries, "-o", cls.root / name)
        return cls.root / name

    @staticmethod
    def read(printed):
        """The line that names the level or the missing feature, and the numbers after it."""
        first, *numbers = printed.splitlines()
        return first, numpy.array([float(number) for number in numbers])

    def emulate(self, cpu, *command):
        return run(QEMU, "-cpu", cpu, *command)

    def check(self, cpu, process, level, missing):
        self.assertEqual(process.returncode, 0, f"{cpu}: {process.stdout}{process.stderr}")
        first, logits = self.read(process.stdout)
        self.assertEqual(first, f"missing {missing}" if missing else f"level {level}", cpu)
        if not missing:
            self.assertEqual(logits.shape, self.expected.shape, cpu)
            self.assertLess(numpy.abs(logits - self.expected).max(), 2e-5 * numpy.abs(self.expected).max(), cpu)

    def test_best_level_that_the_cpu_has(self):
        for cpu, lacks in CPUS.items():
            runs = [level for level, missing in zip(LEVELS, lacks) if missing is None]
            with self.subTest(cpu):
                self.check(cpu, self.emulate(cpu, self.program), runs[-1] if runs else None, None if runs else lacks[0])

    def test_each_level_forced(self):
        for cpu, lacks in CPUS.items():
            for level, missing in zip(LEVELS, lacks):
                with self.subTest(cpu=cpu, level=level):
                    self.check(cpu, self.emulate(cpu, self.program, level), level, missing)

    def test_an_emulated_cpu_computes_the_same_bits(self):
        for cpu, level in [("Nehalem", V2), ("Haswell", V3)]:
            first, here = self.read(run_ok(self.program, level))
            if first.startswith("missing"):
                self.skipTest(f"this CPU is below {level}")
            there = self.read(self.emulate(cpu, self.program, level).stdout)[1]
            self.assertEqual(here.tolist(), there.tolist(), cpu)

    def test_the_emulator_refuses_what_a_cpu_lacks(self):
        program = self.build("instructions", INSTRUCTIONS_C)
        sse4_2, avx2, avx512f = [], ["1"], ["1", "2"]
        for cpu, instruction, runs in [
            ("Penryn", sse4_2, False),
            ("Nehalem", sse4_2, True),
            ("SandyBridge", avx2, False),
            ("Haswell", avx2, True),
            ("Haswell", avx512f, False),
        ]:
            code = self.emulate(cpu, program, *instruction).returncode
            self.assertEqual(code, 0 if runs else -signal.SIGILL, f"{cpu}, instruction {len(instruction)}")


if __name__ == "__main__":
    if shutil.which(QEMU) is None:
        print(f"skipped: no {QEMU}; install the package qemu-user")
        sys.exit(SKIPPED)
    unittest.main()
