#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the bytes of a compiled library by part, and puts the figures of ./dev demo into one file.

    demo_result.py PACKAGE FOLDER    PACKAGE is what `ingot compile` wrote; FOLDER holds classify_mnist.json,
                                     kernels.json and onnxruntime.json, and receives result.json
"""
import json
import pathlib
import subprocess
import sys


def section_bytes(archive):
    """Bytes that the objects of an archive take in memory: code, constants and data."""
    output = subprocess.run(["size", "--totals", archive], check=True, capture_output=True, text=True).stdout
    return int(output.splitlines()[-1].split()[3])


def library_sizes(package):
    """Bytes by part. The runtime is counted with all of its objects, of which an app links those it needs."""
    manifest_file, = package.glob("*.json")
    manifest = json.loads(manifest_file.read_text())
    code = {}
    for plan in manifest["plans"]:
        several = plan.get("min_images", 1) > 1
        code[plan["target"] + (f", n >= {plan['min_images']}" if several else "")] = plan["code_bytes"]
    weights = manifest["weights_bytes"]
    model = section_bytes(package / "lib" / f"lib{manifest['name']}.a")
    runtime = section_bytes(package / "lib" / "libingot_runtime.a")
    return {"code_bytes_per_level": code, "weights_bytes": weights, "runtime_bytes": runtime,
            "tables_bytes": model - weights - sum(code.values()), "total_bytes": model + runtime}


def print_sizes(sizes):
    rows = [(f"kernels, {level}", value) for level, value in sizes["code_bytes_per_level"].items()]
    rows += [("weights, for all levels", sizes["weights_bytes"]), ("plan tables, unwinding", sizes["tables_bytes"]),
             ("runtime, all of it", sizes["runtime_bytes"]), ("total", sizes["total_bytes"])]
    print("Bytes of the library")
    for name, value in rows:
        print(f"  {name:<30}{value:>9,}")


def main():
    package, folder = map(pathlib.Path, sys.argv[1:])
    app, kernels, peer = (json.loads((folder / f"{name}.json").read_text())
                          for name in ("classify_mnist", "kernels", "onnxruntime"))
    levels = {part["level"] for part in (app, kernels, peer)}
    if len(levels) > 1:
        sys.exit(f"error: the parts of the demo ran at different levels: {', '.join(sorted(levels))}")
    if app["accuracy"] != peer["accuracy_of_logits"]:
        sys.exit(f"error: the app reports accuracy {app['accuracy']}, its outputs give {peer['accuracy_of_logits']}")
    sizes = library_sizes(package)
    print_sizes(sizes)
    result = {
        **app,
        **{key: peer[key] for key in ("labels_equal_to_onnxruntime", "labels_different_and_undecided",
                                      "logits_max_difference")},
        **{key: kernels[key] for key in ("fma_peak_gflops", "fma_bound_us", "run_over_fma_bound")},
        **sizes,
        "batches": kernels["batches"],
        "kernels": kernels["kernels"],
        "onnxruntime": {"version": peer["onnxruntime"], **peer["times"]},
    }
    file = folder / "result.json"
    file.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nAll figures: {file}")


if __name__ == "__main__":
    main()
