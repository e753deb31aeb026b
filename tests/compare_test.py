# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bench/compare.py on made-up results: verdicts, exit codes, messages."""

import json
import math
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["INGOT_SOURCE_DIR"])
sys.path.insert(0, str(SOURCE / "bench"))
import compare  # noqa: E402

PASSES, ROUNDS = 7, 5


def row(number, seconds, peak=1e11, passes=PASSES, **extra):
    """A row with as many samples in each pass."""
    peaks = peak if isinstance(peak, list) else [peak] * len(seconds)
    return {"kernel": f"gemm n={number} ci=64 co=10", "choice": "gemm/cpu_dot:tile_co=10", "target": "x86-64-v3",
            "verified": True, "passes": [len(seconds) // passes] * passes, "seconds": seconds, "peak_flops": peaks,
            "adds_per_cycle": [5.2] * len(seconds), **extra}


def wrong(number):
    return {**row(number, []), "verified": False, "error": "dst differs"}


def report(*rows, **extra):
    return {"format": "ingot bench 1", "machine": {"cpu": "a"}, "data": "hot", "rows": list(rows), **extra}


def noisy(draw, length, noise=0.005, moment=0.005):
    """Samples with a spread of `noise`, a factor of spread `moment` in common in each pass, and now and then one that
    another program has interrupted."""
    samples = []
    for _ in range(PASSES):
        of_pass = length * math.exp(draw.gauss(0, moment))
        samples += [of_pass * math.exp(draw.gauss(0, noise)) * (3 if draw.random() < 0.03 else 1)
                    for _ in range(ROUNDS)]
    return samples


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-compare-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.draw = random.Random(1)

    def write(self, name, content):
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return name

    def run_compare(self, *arguments):
        return subprocess.run([sys.executable, SOURCE / "bench" / "compare.py", *arguments], capture_output=True,
                              text=True, cwd=self.folder, check=False)

    def compare(self, old, new, *arguments):
        return self.run_compare(self.write("old.json", old), self.write("new.json", new), *arguments)

    def assert_verdict(self, process, code, last):
        self.assertEqual((process.returncode, process.stderr), (code, ""), process.stdout)
        self.assertEqual(process.stdout.splitlines()[-1], f"verdict: {last}")

    def assert_refuses(self, message, *arguments):
        process = self.run_compare(*arguments)
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertEqual(process.stderr.splitlines()[-1], f"compare.py: error: {message}")

    def test_the_same_file(self):
        result = report(*(row(i, noisy(self.draw, 1e-6)) for i in range(4)))
        process = self.compare(result, result)
        self.assert_verdict(process, 0, "no difference")
        self.assertIn("geometric mean of new / old: 1.000 over 4 rows", process.stdout)

    def test_slower_and_faster(self):
        old = report(*(row(i, noisy(self.draw, 1e-6)) for i in range(4)))
        for factor, code, verdict in [(1.1, 1, "slower"), (1 / 1.1, 0, "faster"), (1.01, 0, "no difference")]:
            rows = [row(i, noisy(self.draw, 1e-6 * (factor if i == 2 else 1))) for i in range(4)]
            process = self.compare(old, report(*rows))
            self.assert_verdict(process, code, verdict)
            words = [line[27:42].strip() for line in process.stdout.splitlines()[1:5]]
            self.assertEqual(words, ["no difference"] * 2 + [verdict] + ["no difference"])

    def test_one_slower_among_faster_rows_is_slower(self):
        old = report(*(row(i, noisy(self.draw, 1e-6)) for i in range(3)))
        new = report(*(row(i, noisy(self.draw, length)) for i, length in enumerate([5e-7, 5e-7, 1.2e-6])))
        self.assert_verdict(self.compare(old, new), 1, "slower")

    def test_another_clock_is_no_difference(self):
        seconds = noisy(self.draw, 1e-6)
        half = report(row(1, [2 * value for value in seconds], 5e10))
        self.assert_verdict(self.compare(report(row(1, seconds)), half), 0, "no difference")

    def test_a_clock_that_changes_between_rounds(self):
        speeds = [self.draw.choice([1, 0.6]) for _ in range(PASSES * ROUNDS)]
        seconds = noisy(self.draw, 1e-6)
        drifting = row(1, [value / speed for value, speed in zip(seconds, speeds)], [1e11 * speed for speed in speeds])
        self.assert_verdict(self.compare(report(row(1, seconds)), report(drifting)), 0, "no difference")

    def test_identical_programs_hardly_ever_differ(self):
        # Rows of 1 % of noise and of 30 %, and in each run another place in memory, by up to 1 %.
        alarms = 0
        for _ in range(60):
            old, new = ([row(i, noisy(self.draw, 1e-6 * (1 + self.draw.uniform(-0.01, 0.01)), 0.02,
                                      self.draw.choice([0.01, 0.3]))) for i in range(20)] for _ in range(2))
            rows = compare.compare(*({(r["kernel"],): r for r in part} for part in (old, new)), 0.03, 0.95)
            alarms += any(word != "no difference" for *_, word in rows)
        self.assertLessEqual(alarms, 3)

    def test_interval_holds_the_true_ratio(self):
        inside = 0
        for _ in range(400):
            old, new = ([self.draw.gauss(mean, 0.1) for _ in range(PASSES)] for mean in (0, math.log(1.05)))
            _, low, high = compare.shift(old, new, 0.05)
            inside += low <= 1.05 <= high
        self.assertGreaterEqual(inside, 370)
        self.assertLess(inside, 400)

    def test_quantiles_of_students_distribution(self):
        for doubt, freedom, expected in [(0.05, 10, 2.228), (0.001, 12, 4.318), (0.05, 3, 3.182), (0.01, 30, 2.750)]:
            self.assertAlmostEqual(compare.t_quantile(doubt, freedom), expected, 3)

    def test_a_busy_neighbour_does_not_count(self):
        old, new = (row(1, noisy(self.draw, 1e-6)) for _ in range(2))
        for i in list(range(7)) + [20, 30, 31]:
            new["seconds"][i] *= 1.6
            new["adds_per_cycle"][i] = 3.6
        self.assert_verdict(self.compare(report(old), report(new)), 0, "no difference")
        logarithms = compare.pass_logarithms(new, compare.quiet_limit([old, new]))
        self.assertEqual(len(logarithms), PASSES - 1)
        self.assertLess(max(logarithms) - min(logarithms), 0.1)

    def test_only_busy_neighbours_give_no_verdict(self):
        old, new = (row(1, noisy(self.draw, length)) for length in (1e-6, 2e-6))
        new["adds_per_cycle"] = [3.6] * len(new["seconds"])
        process = self.compare(report(old), report(new))
        self.assertEqual(process.returncode, 2)
        self.assertIn("1 too few passes", process.stdout)
        self.assertIn("error: no row has enough undisturbed passes", process.stderr)

    def test_a_pass_counts_once_by_its_median(self):
        logarithms = compare.pass_logarithms(row(1, [], passes=1) | {
            "passes": [3, 1], "seconds": [1, 9, 2, 4], "peak_flops": [2] * 4, "adds_per_cycle": [5] * 4})
        self.assertEqual(logarithms, [math.log(4), math.log(8)])
        ratio, low, high = compare.shift([0.0, 0.0], [1.0, 1.0], 0.05)
        self.assertEqual((ratio, low, high), (math.e, math.e, math.e))

    def test_wrong_results(self):
        good, bad = report(row(1, noisy(self.draw, 1e-6))), report(wrong(1))
        self.assert_verdict(self.compare(good, bad), 1, "slower")
        self.assertIn("1 wrong", self.compare(good, bad).stdout)
        self.assert_verdict(self.compare(bad, good), 0, "no difference")
        self.assert_verdict(self.compare(bad, bad), 0, "no difference")

    def test_too_few_passes_give_no_verdict(self):
        process = self.compare(report(row(1, [1e-6] * 9, passes=3)), report(row(1, [2e-6] * 9, passes=3)))
        self.assertEqual(process.returncode, 2)
        self.assertIn("1 too few passes", process.stdout)

    def test_rows_of_one_file_only(self):
        process = self.compare(report(row(1, [1e-6] * 35), row(2, [1e-6] * 35)), report(row(1, [1e-6] * 35)))
        self.assert_verdict(process, 0, "no difference")
        self.assertIn("only in old: 1 row\n", process.stdout)

    def test_threshold(self):
        old, new = (report(row(1, noisy(self.draw, length, 0.001, 0.001))) for length in (1e-6, 1.02e-6))
        self.assert_verdict(self.compare(old, new), 0, "no difference")
        self.assert_verdict(self.compare(old, new, "--threshold", "0.01"), 1, "slower")

    def test_other_conditions_are_told(self):
        rows = [row(1, [1e-6] * 35)]
        process = self.compare(report(*rows), report(*rows, machine={"cpu": "b"}, data="cold"))
        self.assertEqual(process.returncode, 0)
        self.assertEqual(process.stderr, "compare.py: warning: the results are of different machines\n"
                                         "compare.py: warning: 'hot' against 'cold'\n")

    def test_refusals(self):
        good = self.write("good.json", report(row(1, [1e-6] * 35)))
        other = self.write("other.json", report(row(2, [1e-6] * 35)))
        self.assert_refuses("none.json: No such file or directory", good, "none.json")
        form = "not what ingot bench --json writes (format 'ingot bench 1')"
        self.assert_refuses(f"form.json: {form}", good, self.write("form.json", {"benchmarks": []}))
        self.assert_refuses(f"list.json: {form}", good, self.write("list.json", "[]"))
        self.assert_refuses("the two files have no kernel, choice and target in common", good, other)
        self.assert_refuses("--threshold and --confidence are shares, as in 0.03 and 0.95", good, good,
                            "--confidence", "95")
        process = self.run_compare(good, self.write("text.json", "no json"))
        self.assertEqual(process.returncode, 2)
        self.assertTrue(process.stderr.startswith("compare.py: error: text.json: not JSON: "))
        self.assertEqual(self.run_compare(good).returncode, 2)


if __name__ == "__main__":
    unittest.main()
