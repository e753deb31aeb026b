#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws a result of `ingot bench --json`: for each target, bars of every choice by kernel, and a roofline.

    plot.py RESULT.json OUT.svg

The same result gives the same bytes.
"""
import json
import os
import sys
import tempfile
import textwrap

FORMAT = "ingot bench 1"


def load_matplotlib():
    # Its caches must not depend on a home folder that can be written.
    os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir())
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "ingot", "svg.fonttype": "none", "font.size": 8,
                                "axes.spines.top": False, "axes.spines.right": False})
    import matplotlib.pyplot

    return matplotlib.pyplot


def schedule_of(row):
    return row["choice"].split(":")[0]


def colours(rows, plt):
    """A colour for each algorithm and schedule, in the order of their names."""
    names = sorted({schedule_of(row) for row in rows})
    palette = plt.get_cmap("tab10" if len(names) <= 10 else "tab20")
    return {name: palette(i % palette.N) for i, name in enumerate(names)}


def short_name(row):
    """The node's name, else the kernel's text without what stands in every kernel."""
    words = [word for word in row["kernel"].split()
             if word != "n=1" and not word.startswith(("epilogue=", "src=", "dst=", "weights="))]
    return "\n".join(textwrap.wrap(", ".join(row["nodes"]) or " ".join(words), 44))


def draw_bars(axes, rows, colour):
    """Horizontal bars, share of the peak; the kernels in the order of the result, the best choice on top."""
    kernels = list(dict.fromkeys(row["kernel"] for row in rows))
    place, ticks, labels = 0.0, [], []
    for kernel in kernels:
        own = [row for row in rows if row["kernel"] == kernel]
        for i, row in enumerate(own):
            axes.barh(place + i, row["percent_of_peak"], height=0.85, color=colour[schedule_of(row)])
            note = f" {row['percent_of_peak']:.0f} %" + (" *" if row["chosen"] else "")
            axes.text(row["percent_of_peak"], place + i, note, va="center", fontsize=6)
        ticks.append(place + (len(own) - 1) / 2)
        labels.append(short_name(own[0]))
        place += len(own) + 0.8
    axes.set_yticks(ticks, labels, fontsize=6)
    axes.set_ylim(place - 0.4, -0.9)
    axes.set_xlim(0, max(110.0, 1.1 * max(row["percent_of_peak"] for row in rows)))
    axes.axvline(100, color="black", linewidth=0.6, linestyle=":")
    axes.set_xlabel("% of the measured multiply-add peak (*: what ingot compile takes)")


def draw_roofline(axes, rows, target, colour):
    """GFLOP/s over flop per byte, below the peak and below what each memory level delivers."""
    peak, bandwidth = target["peak_gflops"], target["bandwidth_gb_per_s"]
    intensities = [row["flop_per_byte"] for row in rows]
    low = min([*intensities, peak / max(bandwidth.values())]) / 2
    high = max([*intensities, peak / min(bandwidth.values())]) * 2
    for name, rate in bandwidth.items():
        ridge = peak / rate
        axes.plot([low, min(ridge, high)], [low * rate, min(ridge, high) * rate], color="grey", linewidth=0.8)
        axes.text(low, low * rate, f"{name} {rate:.0f} GB/s", fontsize=6, va="bottom", color="dimgrey")
    axes.plot([peak / max(bandwidth.values()), high], [peak, peak], color="black", linewidth=0.8)
    axes.text(high, peak, f"peak {peak:.0f} GFLOP/s", fontsize=6, va="bottom", ha="right")
    for name in sorted({schedule_of(row) for row in rows}):
        own = [row for row in rows if schedule_of(row) == name]
        axes.scatter([row["flop_per_byte"] for row in own], [row["gflops"] for row in own], s=12,
                     color=colour[name], label=name, zorder=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("flop per byte of the operands")
    axes.set_ylabel("GFLOP/s")
    axes.legend(fontsize=6, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)


def draw(report, file):
    plt = load_matplotlib()
    measured = [row for row in report["rows"] if row["verified"]]
    parts = [(target, [row for row in measured if row["target"] == target["target"]])
             for target in report["targets"]]
    parts = [(target, rows) for target, rows in parts if rows]
    heights = [max(3.0, 0.13 * len(rows) + 0.1 * len({row["kernel"] for row in rows}) + 1) for _, rows in parts]
    figure, axes = plt.subplots(len(parts), 2, figsize=(11, sum(heights) + 0.5), squeeze=False,
                                gridspec_kw={"height_ratios": heights, "width_ratios": [3, 2]}, layout="constrained")
    colour = colours(measured, plt)
    for (left, right), (target, rows) in zip(axes, parts):
        draw_bars(left, rows, colour)
        draw_roofline(right, rows, target, colour)
        left.set_title(f"{target['target']} on {report['machine']['cpu']}, one thread", loc="left")
        right.set_title("Roofline", loc="left")
    figure.savefig(file, metadata={"Date": None, "Creator": f"ingot {report['version']}"})


def main():
    if len(sys.argv) != 3:
        print("usage: plot.py RESULT.json OUT.svg", file=sys.stderr)
        return 2
    try:
        with open(sys.argv[1], encoding="utf-8") as stream:
            report = json.load(stream)
    except (OSError, ValueError) as error:
        print(f"plot.py: error: {sys.argv[1]}: {error}", file=sys.stderr)
        return 2
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        print(f"plot.py: error: {sys.argv[1]}: not what ingot bench --json writes", file=sys.stderr)
        return 2
    if not any(row["verified"] for row in report["rows"]):
        print(f"plot.py: error: {sys.argv[1]}: no kernel was measured", file=sys.stderr)
        return 2
    draw(report, sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
