# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ingot bench` end to end: its table, its files, and that compare.py and plot.py read them. No time is judged."""

import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from ingot_program import INGOT, SOURCE, MNIST_CNN, run

SHAPES = """kernel
gemm n=1 ci=64 co=10 epilogue=bias
pool2d n=1 h=8 w=8 c=16 k=2x2 s=2x2 p=0,0,0,0
"""


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-bench-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "shapes.csv").write_text(SHAPES)
        cls.process = run(INGOT, "bench", "shapes.csv", "--targets", "x86-64-v2", "--rounds", "10", "--json", "a.json",
                          "--csv", "a.csv", directory=cls.folder)
        cls.text = cls.process.stdout

    def tool(self, name, *arguments):
        return subprocess.run([sys.executable, SOURCE / "bench" / name, *arguments], capture_output=True, text=True,
                              cwd=self.folder, check=False)

    def load(self):
        return json.loads((self.folder / "a.json").read_text())

    def test_succeeds_quietly(self):
        self.assertEqual((self.process.returncode, self.process.stderr), (0, ""))

    def test_table(self):
        for shape in SHAPES.splitlines()[1:]:
            self.assertIn(f"\n{shape} on x86-64-v2\n", self.text)
        self.assertEqual(len(re.findall(r"^ +median +spread +GFLOP/s +peak", self.text, re.MULTILINE)), 2)
        self.assertEqual(len(re.findall(r"^\* .* %.* \w+/cpu_\w+", self.text, re.MULTILINE)), 2)
        last = re.findall(r"^(?:\S+ ran [\d.]+ ± [\d.]+ times faster than \S+|no difference seen between .*)$",
                          self.text, re.MULTILINE)
        self.assertEqual(len(last), 2)

    def test_json(self):
        report = self.load()
        self.assertEqual(report["format"], "ingot bench 1")
        self.assertRegex(report["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual([target["target"] for target in report["targets"]], ["x86-64-v2"])
        kernels = list(dict.fromkeys(row["kernel"] for row in report["rows"]))
        self.assertEqual(kernels, SHAPES.splitlines()[1:])
        for kernel in kernels:
            rows = [row for row in report["rows"] if row["kernel"] == kernel]
            self.assertGreaterEqual(len(rows), 2)
            medians = [row["median_s"] for row in rows]
            self.assertEqual(medians, sorted(medians))
            self.assertEqual(sum(row["chosen"] for row in rows), 1)
            for row in rows:
                self.assertTrue(row["verified"])
                self.assertEqual((len(row["seconds"]), len(row["peak_flops"])), (10, 10))
                self.assertEqual(row["passes"], [2, 2, 2, 1, 1, 1, 1])
                self.assertGreater(row["code_bytes"], 0)
        dot, = (row for row in report["rows"] if row["choice"].startswith("gemm/cpu_dot"))
        self.assertGreater(dot["loop"]["multiply_adds"], 0)
        self.assertEqual(dot["flop"], 2 * 64 * 10)
        if shutil.which("llvm-mca"):
            self.assertGreater(dot["loop"]["mca_cycles"], 0)

    def test_csv(self):
        with open(self.folder / "a.csv", newline="") as stream:
            rows = list(csv.DictReader(stream))
        expected = [(row["kernel"], row["target"], row["choice"]) for row in self.load()["rows"]]
        self.assertEqual([(row["kernel"], row["target"], row["choice"]) for row in rows], expected)
        self.assertTrue(all(float(row["median_s"]) > 0 and row["verified"] == "true" for row in rows))

    def test_compare_reads_it(self):
        process = self.tool("compare.py", "a.json", "a.json")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertTrue(process.stdout.endswith("verdict: no difference\n"))

    def test_plot_reads_it(self):
        for name in ["a.svg", "b.svg"]:
            process = self.tool("plot.py", "a.json", name)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertEqual((self.folder / "a.svg").read_bytes(), (self.folder / "b.svg").read_bytes())
        xml.etree.ElementTree.parse(self.folder / "a.svg")
        self.assertIn("gemm/cpu_dot", (self.folder / "a.svg").read_text())

    def test_plot_refuses_what_is_no_result(self):
        (self.folder / "none.json").write_text("{}")
        process = self.tool("plot.py", "none.json", "c.svg")
        self.assertEqual(process.returncode, 2)
        self.assertEqual(process.stderr, "plot.py: error: none.json: not what ingot bench --json writes\n")

    def test_model_cold_verbose_and_plotted(self):
        process = run(INGOT, "bench", MNIST_CNN, "--targets", "x86-64-v2", "--rounds", "1", "--cold", "-v",
                      "--schedules", "cpu_dot,cpu_tiled", "--plot", "net.svg", directory=self.folder,
                      environment={"INGOT_PYTHON": sys.executable})
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("/fc/Gemm: gemm n=1 ci=1568 co=10 src=nc weights=oi dst=nc epilogue=bias", process.stdout)
        self.assertIn("weights cold", process.stdout)
        self.assertNotIn("cpu_reference", process.stdout)
        self.assertIn("\nmeasuring, pass 1 of 1, kernel 3 of 3: gemm", process.stderr)
        xml.etree.ElementTree.parse(self.folder / "net.svg")


if __name__ == "__main__":
    unittest.main()
