# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bench/peers without a peer: the report's arithmetic, who is refused and why, turns. Contenders are made up."""

import importlib
import json
import math
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

import numpy as np

SOURCE = pathlib.Path(os.environ["INGOT_SOURCE_DIR"])
sys.path.insert(0, str(SOURCE / "bench"))
from peers import adapters, graph, install, nets, report, turns  # noqa: E402

# A contender whose output is the input times `factor`; each run leaves its name and cores in runs.txt.
CONTENDER = """
import os, pathlib
import numpy as np
TITLE, PACKAGES, API = {name!r}, (), "Python"
version, disk, model_file = lambda: "1", lambda: [], lambda net: net.folder / "net.json"
peak_gflops = lambda: 100.0
class Session:
    def __init__(self, net):
        self.net = net
        print("what a library prints")
    def run(self):
        with open(self.net.folder / "runs.txt", "a") as file:
            file.write({name!r} + " " + str(sorted(os.sched_getaffinity(0))) + "\\n")
        {run}
    def output(self):
        return self.net.input() * np.float32({factor})
"""
CONTENDERS = {
    "ours": CONTENDER.format(name="ours", factor="1", run=""),
    "exact": CONTENDER.format(name="exact", factor="1", run=""),
    "close": CONTENDER.format(name="close", factor="1.000008", run=""),
    "far": CONTENDER.format(name="far", factor="1.00002", run=""),
    "nan": CONTENDER.format(name="nan", factor="'nan'", run=""),
    "unable": CONTENDER.format(name="unable", factor="1", run="raise ValueError('no kernel for it')"),
    "ending": CONTENDER.format(name="ending", factor="1",
                               run="(self.net.folder / 'runs.txt').read_text().count('ending') > 1 and os._exit(9)"),
    "absent": "raise ImportError('no such library')\n"}


def gathered(*seconds, **extra):
    """What turns.py tells of a contender."""
    return {"title": "T", "version": "1", "api": "C", "error": 0.0, "mallocs": 0, "load_s": 1e-3, "first_s": 1e-5,
            "library_bytes": 1_000_000, "model_bytes": 2_000_000, "overhead_s": None, "runs_per_turn": 10,
            "disturbed": 1, "minimum_s": min(seconds), "turns": [*seconds], "peak_gflops": [], **extra}


class Report(unittest.TestCase):
    def row(self, **peers):
        rows = {"ingot": gathered(1e-5, 3e-5, 2e-5, peak_gflops=[90.0, 100.0, 400.0]), **peers}
        return report.net_row("mnist_cnn", 1, 1_000_000, rows, {})

    def test_ratio_is_that_of_the_best_peers_median(self):
        row = self.row(ort=gathered(9e-5, 4e-5, 5e-5), onednn=gathered(1e-5, 3e-5, 9e-5))
        self.assertAlmostEqual(row["ours_us"], 20)
        self.assertEqual(row["best_peer"], "onednn")
        self.assertAlmostEqual(row["best_peer_us"], 30)
        self.assertAlmostEqual(row["ratio"], 1.5)
        # Round by round: 1, 1 and 4.5.
        self.assertEqual([round(ratio, 9) for ratio in row["ratio_quartiles"]], [1, 4.5])

    def test_ingots_other_level_is_no_peer(self):
        row = self.row(ingot_v3=gathered(1e-5), ort=gathered(4e-5))
        self.assertEqual((row["best_peer"], row["ratio"]), ("ort", 2))
        self.assertAlmostEqual(row["contenders"]["ingot_v3"]["us"], 10)
        self.assertIsNone(self.row(ingot_v3=gathered(1e-5))["ratio"])

    def test_share_of_the_peak(self):
        # 2 million operations in 20 us are 100 GFLOP/s, which is the median of the peaks.
        row = self.row(ort=gathered(4e-5))
        self.assertEqual(row["fma_peak_gflops"], 100)
        self.assertAlmostEqual(row["contenders"]["ingot"]["percent_of_peak"], 100)
        self.assertAlmostEqual(row["contenders"]["ort"]["percent_of_peak"], 50)

    def test_no_peer_no_ratio(self):
        for row in (self.row(), report.net_row("mnist_cnn", 1, 1, {}, {"ingot": "failed"})):
            self.assertIsNone(row["ratio"])
            self.assertIsNone(row["best_peer"])

    def test_geometric_mean_is_over_the_rows_with_a_ratio(self):
        rows = [self.row(ort=gathered(4e-5)), self.row(ort=gathered(1e-5)), self.row()]
        result = report.report(rows, {}, {})
        self.assertAlmostEqual(result["geomean"], math.sqrt(2 * 0.5))
        self.assertIsNone(report.report([self.row()], {}, {})["geomean"])

    def test_files(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-peers-"))
        self.addCleanup(shutil.rmtree, folder)
        row = self.row(ort=gathered(4e-5, title="ONNX Runtime"), ncnn=gathered(8e-5, overhead_s=2e-6, title="ncnn"))
        row["faults"] = {"openvino": "RuntimeError: no"}
        machine = {"cpu": "a CPU", "date": "2026-01-01", "core": 1, "rounds": 3}
        result = report.report([row], machine, {"litert": "no wheel"})
        report.write(result, folder)
        self.assertEqual(json.loads((folder / "result.json").read_text()), result)
        text = (folder / "result.md").read_text()
        for part in ("Geometric mean of the ratios: 2.00.", "3 of 5 turns were disturbed by other programs.\n",
                     "| 20.00 µs (100 %) |", "**40.00 µs (50 %)**",
                     "ncnn is called through Python; a run of a net that does next to nothing takes 2.0 µs.",
                     "- litert, not installed: no wheel\n", "- openvino on mnist_cnn: RuntimeError: no\n"):
            self.assertIn(part, text)
        self.assertIn("</svg>", (folder / "result.svg").read_text())


class Contest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-peers-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in CONTENDERS.items():
            (self.folder / f"contender_{name}.py").write_text(text)
        np.save(self.folder / "input.npy", np.linspace(-1, 2, 12, dtype=np.float32).reshape(1, 12))
        nets.Net("made_up", 1, self.folder, 12, [("input", [1, 12])], [("output", [1, 12])]).save()
        path = os.environ.get("PYTHONPATH", "")
        os.environ["PYTHONPATH"] = f"{self.folder}{os.pathsep}{path}"
        self.addCleanup(os.environ.__setitem__, "PYTHONPATH", path)
        self.core = min(os.sched_getaffinity(0))
        self.log = open(os.devnull, "w")
        self.addCleanup(self.log.close)
        for name, value in {"TURN_SECONDS": 1e-9, "MOST_WAITING": float("inf")}.items():
            self.addCleanup(setattr, turns, name, getattr(turns, name))
            setattr(turns, name, value)

    def contest(self, *names, rounds=3):
        modules = {name: f"contender_{name}" for name in names}
        match = turns.Contest(self.folder, turns.started({}, modules, self.folder, self.core, self.log, None))
        try:
            for name in names:
                match.add(name)
            match.play(rounds, lambda done, of: None)
        finally:
            match.stop()
        return match

    def test_an_output_that_departs_does_not_count(self):
        match = self.contest("ours", "exact", "close", "far", "nan")
        self.assertEqual([*match.rows], ["ours", "exact", "close"])
        self.assertEqual([len(row["turns"]) for row in match.rows.values()], [3, 3, 3])
        self.assertLess(match.rows["close"]["error"], 1e-5)
        self.assertEqual(match.faults["far"], "its output differs from Ingot's by 2.0e-05 of the largest, "
                                              "more than 1e-05")
        self.assertIn("by inf of the largest", match.faults["nan"])

    def test_what_cannot_run_is_named_with_its_reason(self):
        match = self.contest("ours", "absent", "unable", "ending")
        self.assertEqual([*match.rows], ["ours"])
        self.assertEqual(match.faults, {"absent": "ImportError: no such library",
                                        "unable": "ValueError: no kernel for it",
                                        "ending": "its process ended with 9"})

    def test_turns_are_rotated_on_one_core(self):
        self.contest("ours", "exact", rounds=2)
        lines = (self.folder / "runs.txt").read_text().splitlines()
        self.assertEqual({line.split(" ", 1)[1] for line in lines}, {f"[{self.core}]"})
        # The first runs, then turns of a warm-up and a run: to learn the length, and two rounds.
        order = "ours exact".split() + [name for name in "ours exact ours exact exact ours".split() for _ in "ab"]
        self.assertEqual([line.split(" ", 1)[0] for line in lines], order)

    def test_a_turn_with_much_waiting_is_taken_again(self):
        class Busy:
            waits = [0.5, 0.3, 0.4, 0.0]

            def ask(self, verb, count):
                return {"waited": self.waits.pop(0), "left": len(self.waits)}
        turns.MOST_WAITING = 0.02
        busy = Busy()
        self.assertEqual(turns.turn(busy, 1)["waited"], 0.3)
        self.assertEqual(turns.turn(busy, 1), {"waited": 0.0, "left": 0})

    def test_relative_error(self):
        self.assertEqual(turns.relative_error([1, -4], [1, -4]), 0)
        self.assertEqual(turns.relative_error([1, -4], [2, -4]), 0.25)
        for wrong in ([1], [math.nan, 1], [math.inf, 1]):
            self.assertEqual(turns.relative_error(wrong, [1, 1]), math.inf)


class Table(unittest.TestCase):
    def test_selection(self):
        self.assertEqual(nets.selected(["mnist_cnn:256", "lenet5"]), [("mnist_cnn", 256), ("lenet5", 1)])
        self.assertEqual(nets.selected(["mnist_cnn"]), [("mnist_cnn", 1), ("mnist_cnn", 256)])
        self.assertEqual(nets.selected([]), [*nets.TABLE])
        with self.assertRaisesRegex(SystemExit, "no network lenet6; the table has mnist_cnn, lenet5, "):
            nets.selected(["lenet6"])

    def test_every_package_is_pinned_with_its_hashes(self):
        pinned = install.pinned((SOURCE / "bench/peers/requirements.txt").read_text())
        for name in adapters.NAMES:
            packages = importlib.import_module(f"peers.adapters.{name}").PACKAGES
            for package in (*packages, *install.COMMON):
                self.assertRegex(pinned[package], r"==\S+ (\\\n +--hash=sha256:[0-9a-f]{64} ?)+\n$", package)


class Graph(unittest.TestCase):
    def test_the_models_that_are_no_onnx_have_all_the_work(self):
        """LeNet-5 as steps: activations within their steps, shapes of four dimensions, the weights of each layer."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-peers-"))
        self.addCleanup(shutil.rmtree, folder)
        described = graph.read(nets.make("lenet5", 1, folder))
        self.assertEqual([step.kind for step in described.steps],
                         "conv average_pool conv average_pool linear linear linear softmax".split())
        self.assertEqual([step.activation for step in described.steps if step.kind in ("conv", "linear")],
                         ["tanh"] * 4 + [None])
        self.assertEqual(described.shapes[described.steps[4].inputs[0]], (1, 16, 5, 5))

    def test_a_sum_joins_the_convolution_in_front(self):
        conv = lambda source, output: graph.Step("conv", (source,), output, (1, 8, 4, 4))
        add = graph.Step("add", ("b", "a"), "c", (1, 8, 4, 4), activation="relu")
        steps = graph.with_summands([conv("x", "a"), conv("a", "b"), add])
        self.assertEqual([(step.kind, step.output, step.summand, step.activation) for step in steps],
                         [("conv", "a", None, None), ("conv", "c", "a", "relu")])
        later = [conv("x", "a"), conv("a", "b"), add, conv("a", "d")]
        self.assertEqual(graph.with_summands(later), later)


if __name__ == "__main__":
    unittest.main()
