# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The comparison's arithmetic, and its report as JSON, Markdown and SVG."""

import json
import math
from statistics import median

from plot import load_matplotlib

OURS = "ingot"
OURS_BESIDE = ("ingot_v3",)  # tabled, and no peers
FORMAT = "ingot peers 1"


def geometric_mean(values):
    values = list(values)
    return math.exp(math.fsum(map(math.log, values)) / len(values)) if values else None


def ratio_of_rounds(theirs, ours):
    """The quartiles of the ratio of their time to ours, round by round: what the machine's noise leaves open."""
    ratios = sorted(a / b for a, b in zip(theirs, ours))
    return [ratios[len(ratios) // 4], ratios[(3 * len(ratios)) // 4]]


def contender(row, macs, peak):
    """A contender as the result has it. row: what turns.py gathered; peak: GFLOP/s; macs: of a run."""
    us = median(row["turns"]) * 1e6
    kept = ("title", "version", "api", "error", "mallocs", "load_s", "first_s", "library_bytes", "model_bytes",
            "overhead_s", "runs_per_turn", "disturbed")
    return {"us": us, "minimum_us": row["minimum_s"] * 1e6, "us_of_rounds": [s * 1e6 for s in row["turns"]],
            "percent_of_peak": 2e-3 * macs / us / peak * 100 if peak else None,
            **{key: row.get(key) for key in kept}}


def net_row(name, batch, macs, rows, faults):
    """A network's row. The best peer is the one of the least median; without peers or without ours there is none."""
    rows = {key: row for key, row in rows.items() if row["turns"]}
    peaks = rows[OURS]["peak_gflops"] if OURS in rows else []
    peak = median(peaks) if peaks else None
    contenders = {key: contender(row, macs, peak) for key, row in rows.items()}
    result = {"net": name, "batch": batch, "macs": macs, "ours_us": None, "best_peer": None, "best_peer_us": None,
              "ratio": None, "ratio_quartiles": None, "fma_peak_gflops": peak, "contenders": contenders,
              "faults": faults}
    peers = {key: row["us"] for key, row in contenders.items() if key not in (OURS, *OURS_BESIDE)}
    if OURS in contenders:
        result["ours_us"] = contenders[OURS]["us"]
    if peers:
        best = min(peers, key=peers.get)
        result |= {"best_peer": best, "best_peer_us": peers[best]}
    if OURS in contenders and peers:
        result["ratio"] = result["best_peer_us"] / result["ours_us"]
        result["ratio_quartiles"] = ratio_of_rounds(contenders[best]["us_of_rounds"],
                                                    contenders[OURS]["us_of_rounds"])
    return result


def report(rows, machine, not_installed):
    """rows: of net_row(); not_installed: reasons by peer."""
    peaks = [row["fma_peak_gflops"] for row in rows if row["fma_peak_gflops"]]
    return {"format": FORMAT, "machine": machine, "fma_peak_gflops": median(peaks) if peaks else None,
            "geomean": geometric_mean(row["ratio"] for row in rows if row["ratio"]),
            "not_installed": not_installed, "rows": rows}


# --- Markdown ---------------------------------------------------------------------------------------------------


def net_name(row):
    return row["net"] if row["batch"] == 1 else f"{row['net']}, batch {row['batch']}"


def time_text(us):
    return f"{us:.2f} µs" if us < 100 else f"{us:.0f} µs" if us < 1000 else f"{us / 1000:.2f} ms"


def bytes_text(count):
    return "–" if count is None else f"{count / 1e6:.2f} MB"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def titles(rows):
    """The contenders of a report by name, ours first."""
    found = {name: f"{each['title']} {each['version']}" for row in rows for name, each in row["contenders"].items()}
    return {name: found[name] for name in sorted(found, key=lambda name: (name not in (OURS, *OURS_BESIDE), name))}


def medians(rows, names):
    def cell(row, name):
        each = row["contenders"].get(name)
        if each is None:
            return "–"
        share = "" if each["percent_of_peak"] is None else f" ({each['percent_of_peak']:.0f} %)"
        return ("**{}**" if name == row["best_peer"] else "{}").format(time_text(each["us"]) + share)

    def ratio(row):
        return "–" if row["ratio"] is None else "{:.2f} ({:.2f} to {:.2f})".format(
            row["ratio"], *row["ratio_quartiles"])
    return table(["Net", *names.values(), "Ratio"],
                 [[net_name(row), *(cell(row, name) for name in names), ratio(row)] for row in rows])


def details(rows):
    head = ["Net", "Contender", "mallocs per run", "load, ms", "first run, µs", "library", "model", "error"]
    body = []
    for row in rows:
        for name, each in row["contenders"].items():
            mallocs = "–" if each["mallocs"] is None else f"{each['mallocs']:.0f}"
            body.append([net_name(row), name, mallocs, f"{each['load_s'] * 1e3:.2f}", f"{each['first_s'] * 1e6:.0f}",
                         bytes_text(each["library_bytes"]), bytes_text(each["model_bytes"]),
                         f"{each['error']:.1e}"])
    return table(head, body)


def overheads(rows):
    """What a call through Python costs, of the peers that have no other interface."""
    found = {}
    for row in rows:
        for each in row["contenders"].values():
            if each["overhead_s"]:
                found.setdefault(each["title"], []).append(each["overhead_s"])
    return "".join(f"{title} is called through Python; a run of a net that does next to nothing takes "
                   f"{median(seconds) * 1e6:.1f} µs.\n" for title, seconds in found.items())


def disturbance(rows):
    """How far the machine was not the contenders' own."""
    contenders = [each for row in rows for each in row["contenders"].values()]
    turns = sum(len(each["us_of_rounds"]) for each in contenders)
    return f"{sum(each['disturbed'] for each in contenders)} of {turns} turns were disturbed by other programs.\n"


def fault_lines(result):
    lines = [f"- {name}, not installed: {reason}" for name, reason in result["not_installed"].items()]
    lines += [f"- {name} on {net_name(row)}: {reason}" for row in result["rows"]
              for name, reason in row["faults"].items()]
    return "\n".join(lines) + "\n" if lines else "None.\n"


def markdown(result):
    rows, machine = result["rows"], result["machine"]
    peak, mean = result["fma_peak_gflops"], result["geomean"]
    parts = ["# Ingot against its peers\n",
             f"{machine['cpu']}, {machine['date']}, one thread on core {machine['core']}, float32, "
             f"{machine['rounds']} rounds in turns."
             + (f" FMA peak of the core: {peak:.0f} GFLOP/s." if peak else "")
             + (f" Geometric mean of the ratios: {mean:.2f}." if mean else "") + "\n",
             "Medians of the rounds' medians, with the share of the FMA peak that direct sums would need. **Bold**: "
             "the best peer. The ratio is its time by Ingot's, with the quartiles over the rounds.\n",
             medians(rows, titles(rows)), disturbance(rows), overheads(rows), "## Beside the time\n", details(rows),
             "## What did not run\n", fault_lines(result)]
    return "\n".join(part for part in parts if part)


# --- SVG --------------------------------------------------------------------------------------------------------


def draw(result, file):
    """A group of bars per net: each peer's time by ours; the line at 1 is Ingot."""
    plt = load_matplotlib()
    rows = [row for row in result["rows"] if row["ratio"]]
    names = {name: title for name, title in titles(rows).items() if name not in (OURS, *OURS_BESIDE)}
    figure, axes = plt.subplots(figsize=(7, 1 + 0.16 * (len(names) + 1) * max(len(rows), 1)), layout="constrained")
    for j, (name, title) in enumerate(names.items()):
        bars = [(i, row["contenders"][name]["us"] / row["ours_us"]) for i, row in enumerate(rows)
                if name in row["contenders"]]
        height = 0.85 / len(names)
        axes.barh([i - 0.425 + (j + 0.5) * height for i, _ in bars], [ratio for _, ratio in bars], height=height,
                  label=title)
    axes.set_yticks(range(len(rows)), [net_name(row) for row in rows])
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("time by Ingot's: right of 1 Ingot is faster")
    if names:
        figure.legend(frameon=False, fontsize=7, loc="outside lower center", ncols=3)
    figure.savefig(file, metadata={"Date": None, "Creator": "ingot peers"})
    plt.close(figure)


def write(result, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / "result.md").write_text(markdown(result))
    draw(result, folder / "result.svg")
