# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ingot tune` from end to end on tiny kernels: rows appear, stay, and are valid. Nothing is timed here."""

import csv
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from command_line_test import TARGETS
from ingot_program import INGOT, run, write_tiny_model

TARGET = "x86-64-v2"
GEMM = "gemm n=1 ci=16 co=8 epilogue=bias"
CONV = "conv2d n=1 h=4 w=4 ci=16 co=16 k=1x1 s=1x1 p=0,0,0,0 epilogue=bias,relu"


class Tune(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-tune-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write_shapes(self, *shapes):
        (self.folder / "shapes.csv").write_text("kernel\n" + "".join(shape + "\n" for shape in shapes))

    def tune(self, *arguments):
        return run(INGOT, "tune", *arguments, directory=self.folder)

    def tune_ok(self, *arguments):
        process = self.tune(*arguments, "--target", TARGET, "-o", "tables")
        self.assertEqual(process.returncode, 0, process.stderr)
        return process

    def rows(self, op):
        lines = (self.folder / "tables" / f"{op}.csv").read_text().splitlines()
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))

    def assert_valid(self, row, kernel, measured, cpu="generic"):
        self.assertEqual([row["kernel"], row["target"], row["cpu"]], [kernel, TARGET, cpu])
        self.assertEqual(row["measured"], measured)
        # What --schedule takes exists; that it supports the kernel is checked when it is compiled.
        listed = run(INGOT, "list", "schedules").stdout
        for choice in [row["choice"], row["incumbent"]]:
            self.assertIn(choice.split(":")[0] + "  (", listed)
        self.assertTrue(0 < float(row["incumbent_speed"]) <= 1)
        shares = {"hot+cold": ["hot", "cold"], "chain": ["chain"]}[measured]
        for column in ["hot", "cold", "chain"]:
            if column in shares:
                self.assertRegex(row[column], r"^\d+\.\d$")
            else:
                self.assertEqual(row[column], "")
        self.assertRegex(row["date"], r"^\d{4}-\d\d-\d\d$")
        self.assertTrue(row["machine"])


class Shapes(Tune):
    def test_a_row_appears_and_stays(self):
        self.write_shapes(GEMM)
        process = self.tune_ok("shapes.csv", "--budget", "1")
        self.assertIn(f"[1/1] {GEMM} on {TARGET}\n", process.stderr)
        self.assertIn("1 of 1 kernel tuned, 0 had a row; of ", process.stdout)
        self.assertIn(" 0 wrong, ", process.stdout)
        (row,) = self.rows("gemm")
        self.assert_valid(row, GEMM, "hot+cold")
        table = (self.folder / "tables" / "gemm.csv").read_bytes()

        process = self.tune_ok("shapes.csv", "--budget", "1")
        self.assertEqual(process.stderr,
                         "1 kernel has a row already and is left out; --again measures it once more\n")
        self.assertTrue(process.stdout.startswith("0 of 0 kernels tuned, 1 had a row; "))
        self.assertEqual((self.folder / "tables" / "gemm.csv").read_bytes(), table)

        process = self.tune_ok("shapes.csv", "--budget", "1", "--again")
        self.assertIn("1 of 1 kernel tuned, 0 had a row; ", process.stdout)
        self.assertEqual(len(self.rows("gemm")), 1)

    def test_rows_of_other_keys_stay(self):
        self.write_shapes(GEMM)
        self.tune_ok("shapes.csv", "--budget", "1")
        (first,) = self.rows("gemm")
        self.tune_ok("shapes.csv", "--budget", "1", "--cpu", "a-cpu")
        other, same = self.rows("gemm")
        self.assert_valid(other, GEMM, "hot+cold", "a-cpu")
        self.assertEqual(same, first)

    def test_a_used_up_budget_leaves_whole_rows(self):
        self.write_shapes(GEMM, CONV, *(GEMM.replace("co=8", f"co={co}") for co in range(9, 40)))
        process = self.tune_ok("shapes.csv", "--budget", "1")
        self.assertGreaterEqual(len(self.rows("gemm")), 1)
        self.assertRegex(process.stdout, r"\d+ of 33 kernels tuned, 0 had a row; ")

    def test_an_interrupt_leaves_valid_tables(self):
        self.write_shapes(GEMM, *(GEMM.replace("co=8", f"co={co}") for co in range(9, 40)))
        with subprocess.Popen([INGOT, "tune", "shapes.csv", "--target", TARGET, "-o", "tables"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if line.startswith("[2/32]"):
                    process.send_signal(signal.SIGINT)
                    break
            output, _ = process.communicate()
        self.assertEqual(process.returncode, 130)
        rows = self.rows("gemm")
        self.assertIn(f"{len(rows)} of 32 kernels tuned, 0 had a row, interrupted; ", output)
        self.assertIn(GEMM, [row["kernel"] for row in rows])
        for row in rows:
            self.assert_valid(row, row["kernel"], "hot+cold")
        self.assertEqual([path.name for path in (self.folder / "tables").iterdir()], ["gemm.csv"])


class Model(Tune):
    def test_kernels_are_measured_in_their_chain(self):
        write_tiny_model(self.folder / "tiny.onnx", outputs=("relu", "sum"))
        self.tune_ok("tiny.onnx")
        (row,) = self.rows("gemm")
        self.assert_valid(row, "gemm n=1 ci=3 co=2 epilogue=bias", "chain")
        (row,) = self.rows("map")
        self.assert_valid(row, "map dims=2 f=x0,relu views=1;1", "chain")


class Refusals(Tune):
    def assert_refuses(self, code, message, *arguments):
        process = self.tune(*arguments)
        self.assertEqual(process.stderr, f"ingot: error: {message}\n")
        self.assertEqual((process.returncode, process.stdout), (code, ""))

    def test_what_to_tune(self):
        self.assert_refuses(2, "what is required; see ingot tune --help")
        known = ("known: conv2d, conv2d_pool2d, pool2d, gemm, sequential, map, reduce, resample, pad, "
                 "matmul")
        self.assert_refuses(1, f"unknown op 'conv3d'; {known}; or name a model.onnx or a shapes.csv",
                            "conv3d", "-o", "tables")
        self.assert_refuses(1, "cannot read none.csv", "none.csv", "-o", "tables")
        process = self.tune("none.onnx", "-o", "tables")
        self.assertEqual(process.stderr, "none.onnx: error: cannot read it: No such file or directory; "
                                         "check the path\n1 error\n")

    def test_options(self):
        see = "see ingot tune --help"
        self.assert_refuses(2, f"--budget: Value 0 not in range 1 to 10000000; {see}", "gemm", "--budget", "0")
        self.assert_refuses(1, f"unknown target 'avx512'; known targets: {TARGETS}",
                            "gemm", "-o", "tables", "--target", "avx512")
        self.assert_refuses(1, "cpu 'Zen 5' is no name; write lower-case letters, digits, '_', '-' and '.', as in "
                               "zen5", "gemm", "-o", "tables", "--cpu", "Zen 5")

    def test_tables(self):
        (self.folder / "tables").mkdir()
        (self.folder / "tables" / "gemm.csv").write_text("kernel\n")
        process = self.tune("gemm", "-o", "tables")
        self.assertTrue(process.stderr.startswith("ingot: error: tables/gemm.csv:1: the first line is the header; "))
        self.assertEqual(process.returncode, 1)
        (self.folder / "file").write_text("")
        process = self.tune("gemm", "-o", "file")
        self.assertEqual(process.returncode, 1)
        self.assertTrue(process.stderr.startswith("ingot: error: file"), process.stderr)


if __name__ == "__main__":
    unittest.main()
