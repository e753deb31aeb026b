#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares two results of `ingot bench --json`, kernel by kernel: has a time changed?

    compare.py OLD.json NEW.json [--threshold 0.03] [--confidence 0.95]

A time is counted in operations of the multiply-add loop that was timed beside it, so that another clock rate
counts in neither run. `ingot bench` spreads the samples of a kernel over several passes, since what happens at one
moment, on this core or beside it, sets all samples of that moment off alike. Here each pass counts once, by its
median. Samples beside which the core did less than 90 % of its usual additions per cycle do not count: a second
hardware thread of that core was busy, which slows kernels by up to a half and the multiply-add loop hardly. The ratio
is that of the geometric means of the passes, its interval that of Welch's t-test on their logarithms. All intervals of
a comparison hold at once with the stated confidence (Bonferroni: each row gets its share of the doubt), so more rows do
not mean more false alarms.

A row is `slower` or `faster` only where its whole interval lies beyond the threshold: pages and code lie elsewhere in
each run, so that two runs of the same program differ by a little more than their samples tell.

Exit code: 0 nothing is slower; 1 a row is slower, or has become wrong; 2 the command line or a file is at fault.
"""
import argparse
import json
import math
import statistics
import sys

FORMAT = "ingot bench 1"
FEWEST_PASSES = 4


class Refusal(Exception):
    """One line about what is wrong with the input."""


def load(file):
    """The rows of a result, by (kernel, choice, target)."""
    try:
        with open(file, encoding="utf-8") as stream:
            report = json.load(stream)
    except OSError as error:
        raise Refusal(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise Refusal(f"{file}: not JSON: {error}") from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise Refusal(f"{file}: not what ingot bench --json writes (format {FORMAT!r})")
    return report, {(row["kernel"], row["choice"], row["target"]): row for row in report["rows"]}


def work(row):
    """What each sample took, in operations of the peak loop beside it."""
    return [seconds * peak for seconds, peak in zip(row["seconds"], row["peak_flops"])]


def quiet_limit(rows):
    """Additions per cycle below which a neighbour was busy: 90 % of the best, the upper twentieth left out."""
    values = sorted(value for row in rows for value in row["adds_per_cycle"])
    return 0.9 * values[(len(values) - 1) * 95 // 100] if values else 0.0


def pass_logarithms(row, limit=0.0):
    """The logarithm of the median work of each pass, of its quiet samples; passes without any are left out."""
    samples = iter(zip(work(row), row["adds_per_cycle"]))
    passes = ([value for value, adds in (next(samples) for _ in range(size)) if adds >= limit]
              for size in row["passes"])
    return [math.log(statistics.median(values)) for values in passes if values]


def t_probability(t, freedom):
    """P(|T| > t) of Student's distribution: by its density's integral, with u = t / sqrt(freedom + t^2)."""
    limit, steps = t / math.sqrt(freedom + t * t), 100
    density = [(1 - (limit * i / steps) ** 2) ** (freedom / 2 - 1) for i in range(steps + 1)]
    simpson = density[0] + density[-1] + 4 * sum(density[1:-1:2]) + 2 * sum(density[2:-1:2])
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    return 1 - 2 * scale * simpson * limit / (3 * steps)


def t_quantile(doubt, freedom):
    """The t with P(|T| > t) = doubt, by bisection."""
    low, high = 0.0, 1.0
    while t_probability(high, freedom) > doubt and high < 1e6:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if t_probability(middle, freedom) > doubt else (low, middle)
    return high


def shift(old, new, doubt):
    """(ratio, low, high) of new by old, from the logarithms of their passes."""
    squares = [statistics.variance(part) / len(part) for part in (old, new)]
    ratio = statistics.fmean(new) - statistics.fmean(old)
    half = 0.0
    if sum(squares) > 0:
        freedom = sum(squares) ** 2 / sum(square ** 2 / (len(part) - 1) for square, part in zip(squares, (old, new)))
        half = t_quantile(doubt, freedom) * math.sqrt(sum(squares))
    return math.exp(ratio), math.exp(ratio - half), math.exp(min(ratio + half, 700))


def verdict(low, high, threshold):
    if low > 1 + threshold:
        return "slower"
    return "faster" if high < 1 / (1 + threshold) else "no difference"


def compare(old, new, threshold, confidence):
    """A list of (key, ratio, low, high, verdict) for the rows of both; ratio and interval None where there is none."""
    keys = [key for key in old if key in new]
    measured = [key for key in keys if old[key]["verified"] and new[key]["verified"]]
    limit = quiet_limit([part[key] for key in measured for part in (old, new)])
    doubt = (1 - confidence) / max(1, len(measured))
    rows = []
    for key in keys:
        before, after = old[key], new[key]
        if not after["verified"]:
            rows.append((key, None, None, None, "wrong" if before["verified"] else "still wrong"))
        elif not before["verified"]:
            rows.append((key, None, None, None, "right again"))
        else:
            passes = pass_logarithms(before, limit), pass_logarithms(after, limit)
            if min(map(len, passes)) < FEWEST_PASSES:
                rows.append((key, None, None, None, "too few passes"))
            else:
                ratio, low, high = shift(*passes, doubt)
                rows.append((key, ratio, low, high, verdict(low, high, threshold)))
    return rows


def print_rows(rows):
    print("  ratio     interval        verdict         kernel, choice, target")
    for (kernel, choice, target), ratio, low, high, word in rows:
        number = "      -" if ratio is None else f"{ratio:7.3f}"
        interval = " " * 16 if low is None else f"{low:7.3f} to{high:6.3f}"
        print(f"{number}  {interval}  {word:<15} {kernel} by {choice} on {target}")


def count(number, noun):
    return f"{number} {noun}" + ("" if number == 1 else "s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog=__doc__.split("\n\n", 2)[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", metavar="OLD.json")
    parser.add_argument("new", metavar="NEW.json")
    parser.add_argument("--threshold", type=float, default=0.03, metavar="SHARE",
                        help="the least change that counts (default: 0.03)")
    parser.add_argument("--confidence", type=float, default=0.95, metavar="SHARE",
                        help="that all intervals hold at once (default: 0.95)")
    arguments = parser.parse_args()
    if not (0 <= arguments.threshold < 1 and 0 < arguments.confidence < 1):
        parser.error("--threshold and --confidence are shares, as in 0.03 and 0.95")
    try:
        (old_report, old), (new_report, new) = load(arguments.old), load(arguments.new)
        rows = compare(old, new, arguments.threshold, arguments.confidence)
        if not rows:
            raise Refusal("the two files have no kernel, choice and target in common")
    except Refusal as refusal:
        print(f"compare.py: error: {refusal}", file=sys.stderr)
        return 2
    if old_report["machine"] != new_report["machine"]:
        print("compare.py: warning: the results are of different machines", file=sys.stderr)
    if old_report["data"] != new_report["data"]:
        print(f"compare.py: warning: '{old_report['data']}' against '{new_report['data']}'", file=sys.stderr)
    print_rows(rows)
    for name, these, those in (("old", old, new), ("new", new, old)):
        alone = sum(key not in those for key in these)
        if alone:
            print(f"only in {name}: {count(alone, 'row')}")
    ratios = [ratio for _, ratio, *_ in rows if ratio is not None]
    if ratios:
        print(f"geometric mean of new / old: {statistics.geometric_mean(ratios):.3f} over {count(len(ratios), 'row')}")
    words = [word for *_, word in rows]
    worse = words.count("slower") + words.count("wrong")
    print(", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)) +
          f" (by more than {100 * arguments.threshold:g} %, {100 * arguments.confidence:g} % sure of all together)")
    if set(words) == {"too few passes"}:
        print("compare.py: error: no row has enough undisturbed passes; measure again with more --rounds or on a "
              "quieter machine", file=sys.stderr)
        return 2
    print("verdict: " + ("slower" if worse else "faster" if "faster" in words else "no difference"))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
