# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the networks that Ingot is built for as ONNX files, with random weights of a fixed seed.

    generate.py --list                      the networks, as the table of README.md
    generate.py NAME... --size small -o DIR DIR/NAME.onnx of each; `all` stands for every name

It needs numpy and onnx. The same arguments write the same bytes.
"""

import argparse
import pathlib

from architectures import ARCHITECTURES


def table():
    """The networks as a table in Markdown: millions of multiply-accumulates (MMAC) and parameters, full and small."""
    rows = ["| Name | MMAC | Parameters | Small: MMAC | Parameters | What it exercises |",
            "| --- | ---: | ---: | ---: | ---: | --- |"]
    for name, build in ARCHITECTURES.items():
        full, small = build(small=False), build(small=True)
        rows.append(f"| {name} | {full.macs / 1e6:,.1f} | {full.parameters:,} "
                    f"| {small.macs / 1e6:.2f} | {small.parameters:,} | {build.__doc__} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a name of the list, or all")
    parser.add_argument("--list", action="store_true", help="print the table of networks")
    parser.add_argument("--size", choices=("small", "full"), default="small", help="default: small")
    parser.add_argument("--seed", type=int, default=1, help="of the weights (default: 1)")
    parser.add_argument("-o", dest="folder", type=pathlib.Path, default=pathlib.Path("."), metavar="DIR",
                        help="where the files go; made if need be (default: the current folder)")
    arguments = parser.parse_args()
    if arguments.list:
        print(table())
        return
    unknown = sorted({*arguments.names} - {*ARCHITECTURES, "all"})
    if unknown or not arguments.names:
        parser.error(f"{'no network ' + unknown[0] if unknown else 'no network named'}; --list prints their names")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in ARCHITECTURES if "all" in arguments.names else arguments.names:
        print(ARCHITECTURES[name](arguments.size == "small").write(arguments.folder, arguments.seed), flush=True)


if __name__ == "__main__":
    main()
