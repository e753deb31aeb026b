# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks compiled by Ingot against ONNX Runtime, OpenVINO, oneDNN, ncnn and LiteRT, one thread each, in turns.

It installs the peers in build/peers/venv, runs each network in a process per contender, compares the outputs, and
writes build/peers/result.json, result.md and result.svg.
"""

import argparse
import datetime
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from peers import adapters, install, nets, report, turns  # noqa: E402


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def parse():
    parser = argparse.ArgumentParser(prog="./dev peers", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", metavar="NET", help="a name, or NAME:BATCH (default: the whole table)")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each contender (default: 15)")
    parser.add_argument("--peers", default=",".join(adapters.NAMES), metavar="NAMES",
                        help=f"of {','.join(adapters.NAMES)} (default: all)")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="default: the last one")
    parser.add_argument("-o", dest="folder", type=pathlib.Path, default=pathlib.Path("build/peers"),
                        help="default: build/peers")
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = [name for name in options.peers if name not in adapters.NAMES]
    if unknown:
        parser.error(f"no peer {unknown[0]}; there are {', '.join(adapters.NAMES)}")
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    return options


def say(text, end="\n"):
    print(text, end=end, flush=True)


def contest(net, peers, python, options, log):
    """Returns the row of one network."""
    modules = {name: f"peers.adapters.{name}" for name in (report.OURS, *report.OURS_BESIDE, *peers)}
    start = turns.started({name: python for name in modules}, modules, net.folder, options.core, log,
                          pathlib.Path("build/release/lib/libpeers_mallocs.so").resolve())
    match = turns.Contest(net.folder, start)
    try:
        if match.add(report.OURS):
            for name in (*report.OURS_BESIDE, *peers):
                match.add(name)
            match.play(options.rounds, lambda done, of: say(f"\r{net.name}: round {done} of {of}", "\r"))
    finally:
        match.stop()
    for name in match.rows:
        match.count_mallocs(name)
    return report.net_row(net.name, net.batch, net.macs, match.rows, match.faults)


def say_row(row):
    said = [f"{name} {report.time_text(each['us'])}" for name, each in row["contenders"].items()]
    ratio = "no ratio" if row["ratio"] is None else f"ratio {row['ratio']:.2f}"
    say(f"{report.net_name(row):24} {ratio}: " + ", ".join(said))
    for name, reason in row["faults"].items():
        say(f"    {name}: {reason}")


def main():
    options = parse()
    selected = nets.selected(options.nets)
    python, not_installed = install.set_up(options.folder, options.peers)
    peers = [name for name in options.peers if name not in not_installed]
    machine = {"cpu": cpu_name(), "core": options.core, "rounds": options.rounds,
               "date": datetime.date.today().isoformat()}
    rows = []
    with open(options.folder / "log.txt", "w") as log:
        for name, batch in selected:
            net = nets.make(name, batch, options.folder / "nets")
            try:
                row = contest(net, peers, python, options, log)
            finally:
                shutil.rmtree(net.folder)  # the models that the peers have made of it are gigabytes
            say_row(row)
            rows.append(row)
            result = report.report(rows, machine, not_installed)
            report.write(result, options.folder)
    if result["geomean"]:
        say(f"geometric mean of the ratios: {result['geomean']:.3f}")
    say(f"{options.folder}/result.md, result.json, result.svg")
    return 0 if all(row["ours_us"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
