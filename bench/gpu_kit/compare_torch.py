#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Part e of the GPU kit: the reference net by PyTorch and by Ingot, in turn, on the same weights and images.

    compare_torch.py KIT OUT [--limit S] [--quick] [--largest-batch N]

PyTorch runs eager, by torch.compile in two modes, and as a CUDA graph captured from the eager net; Ingot through
libkit_net.so in the same process, context, stream and memory. TF32 is off but in the rows that say so. A batch is
measured in two groups, what needs no compiler first, each in turn with Ingot and saved when it is measured. What an
earlier call has measured with the same device and kit is kept, so that a second call measures what the first one had
no time for.
"""
import argparse
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

BATCHES = (65536, 1, 256, 4096, 16)
DEVICE = "cuda"
NAME, TITLE = "e_torch", "e: PyTorch"
BOUND = {"off": 1e-5, "on": 1e-2}  # of the largest |logit|; TF32 keeps 10 bits of each factor
ROUNDS, SAMPLE_SECONDS, WAITED = 21, 4e-3, 101


def spread(values):
    """The median distance from the median, times 1.4826."""
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(value - middle) for value in values)


def read_tensor(file, device):
    data = bytearray(file.read_bytes())
    return torch.frombuffer(data, dtype=torch.float32).to(device)


def read_weights(folder, device):
    values, weights, first = read_tensor(folder / "weights.f32", device), {}, 0
    for name, shape in json.loads((folder / "weights.json").read_text()).items():
        count = 1
        for extent in shape:
            count *= extent
        weights[name] = values[first:first + count].reshape(shape).clone()
        first += count
    return weights


def read_images(folder, n, device):
    """The test set again and again: [n, 1, 28, 28] in 0..1."""
    import gzip
    data = bytearray(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())[16:])
    images = torch.frombuffer(data, dtype=torch.uint8).reshape(-1, 1, 28, 28).to(device).float() / 255
    return images.repeat((n + len(images) - 1) // len(images), 1, 1, 1)[:n].contiguous()


class Net(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        for name, value in weights.items():
            self.register_buffer(name.replace(".", "_"), value)

    def forward(self, image):
        x = F.max_pool2d(F.relu(F.conv2d(image, self.conv1_weight, self.conv1_bias, padding=1)), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, self.conv2_weight, self.conv2_bias, padding=1)), 2)
        return F.linear(x.flatten(1), self.fc_weight, self.fc_bias)


class Ingot:
    """The compiled net on a stream."""

    def __init__(self, library, stream):
        self.library = ctypes.CDLL(str(library))
        for name in ("kit_net_level", "kit_net_detail"):
            getattr(self.library, name).restype = ctypes.c_char_p
            getattr(self.library, name).argtypes = [ctypes.c_void_p]
        self.library.kit_net_open.restype = ctypes.c_void_p
        self.library.kit_net_open.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        self.library.kit_net_run.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t] * 2
        detail = ctypes.create_string_buffer(192)
        self.session = self.library.kit_net_open(stream, detail, len(detail))
        if not self.session:
            raise RuntimeError(f"no session: {detail.value.decode()}")

    def level(self):
        return self.library.kit_net_level(self.session).decode()

    def contender(self, images):
        logits = torch.full((len(images), 10), float("nan"), device=images.device)

        def repeat(calls):
            status = self.library.kit_net_run(self.session, images.data_ptr(), logits.data_ptr(), len(images), calls)
            if status != 0:
                raise RuntimeError(f"status {status}: {self.library.kit_net_detail(self.session).decode()}")

        return repeat, lambda: logits


def module_contender(net, images):
    """Of a module: how to run it `calls` times, and its last output."""
    results = [None]

    def repeat(calls):
        for _ in range(calls):
            results[0] = net(images)

    return repeat, lambda: results[0]


def graph_contender(net, images):
    """The eager net's kernels, captured into a CUDA graph."""
    for _ in range(3):
        net(images)
    torch.cuda.current_stream().synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
        logits = net(images)

    def repeat(calls):
        for _ in range(calls):
            graph.replay()

    return repeat, lambda: logits


def make_compiled(mode):
    def make(net, images):
        repeat, result = module_contender(torch.compile(net, mode=mode, dynamic=False), images)
        repeat(3)
        return repeat, result

    return make


# Groups of (name, TF32, how to make it). The compiled modes last: a compiler may take all the time there is.
GROUPS = [
    [("eager", "off", module_contender),
     ("CUDA graph of eager", "off", graph_contender),
     ("eager", "on", module_contender),
     ("CUDA graph of eager", "on", graph_contender)],
    [("torch.compile max-autotune-no-cudagraphs", "off", make_compiled("max-autotune-no-cudagraphs")),
     ("torch.compile reduce-overhead", "off", make_compiled("reduce-overhead"))],
]


def set_tf32(state):
    torch.backends.cuda.matmul.allow_tf32 = state == "on"
    torch.backends.cudnn.allow_tf32 = state == "on"


class Timer:
    def __init__(self):
        self.start, self.stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def seconds(self, repeat, calls):
        """Of one call, queued one behind the other, by CUDA events."""
        self.start.record()
        repeat(calls)
        self.stop.record()
        self.stop.synchronize()
        return max(self.start.elapsed_time(self.stop) / 1e3, 5e-7) / calls

    def calls(self, repeat, quick):
        if quick:
            return 1
        repeat(1)
        once = min(self.seconds(repeat, 3) for _ in range(3))
        return max(1, min(20000, round(SAMPLE_SECONDS / once)))


def waited_seconds(repeat):
    """A call and a wait for the stream, by the host's clock."""
    start = time.perf_counter()
    repeat(1)
    torch.cuda.current_stream().synchronize()
    return time.perf_counter() - start


def measure(contenders, quick):
    """Per contender the samples of queued calls and of calls with a wait, taken in turn."""
    timer = Timer()
    for contender in contenders:
        set_tf32(contender["tf32"])
        contender["calls"] = timer.calls(contender["repeat"], quick)
    order = list(contenders)
    for key, rounds, sample in (("queued", 2 if quick else ROUNDS, lambda c: timer.seconds(c["repeat"], c["calls"])),
                                ("waited", 2 if quick else WAITED, lambda c: waited_seconds(c["repeat"]))):
        for _ in range(rounds):
            for contender in order:
                set_tf32(contender["tf32"])
                contender.setdefault(key, []).append(sample(contender))
            order.reverse()


def expected_logits(weights, images):
    """In float64: [n, 10]. In pieces, since its intermediate results are the largest of all."""
    net = Net({name: value.double() for name, value in weights.items()})
    return torch.cat([net(piece.double()).cpu() for piece in images.split(1024)])


def check(contender, expected):
    contender["repeat"](1)
    torch.cuda.current_stream().synchronize()
    got = contender["result"]().detach().double().cpu()
    difference = float((got - expected).abs().max() / expected.abs().max())
    contender["difference"] = difference
    if not difference <= BOUND[contender["tf32"]]:
        contender["fault"] = f"logits differ by {difference:.1e} of the largest"


def row_of(batch, contender, ours):
    row = {"batch": batch, "by": contender["name"], "tf32": contender["tf32"]}
    for key in ("fault", "difference"):
        if key in contender:
            row[key] = contender[key]
    if "queued" in contender:
        ratios = {key: statistics.median(a / b for a, b in zip(contender[key], ours[key]))
                  for key in ("queued", "waited")}
        row |= {"queued_us": statistics.median(contender["queued"]) * 1e6,
                "queued_spread_us": spread(contender["queued"]) * 1e6,
                "waited_us": statistics.median(contender["waited"]) * 1e6,
                "waited_spread_us": spread(contender["waited"]) * 1e6,
                "queued_by_ingot": ratios["queued"], "waited_by_ingot": ratios["waited"]}
    return row


class Comparison:
    def __init__(self, arguments):
        self.arguments, self.data = arguments, arguments.kit / "data"
        torch.backends.cudnn.benchmark = True
        self.stream = torch.cuda.Stream()
        self.weights = read_weights(self.data, DEVICE)
        self.ingot = Ingot(arguments.kit / "lib" / "libkit_net.so", self.stream.cuda_stream)

    def contenders(self, images, group):
        """Ours first, then PyTorch's: functions that make them."""
        yield {"name": "Ingot", "tf32": "off"}, lambda: self.ingot.contender(images)
        for name, tf32, make in group:
            yield {"name": name, "tf32": tf32}, lambda make=make: make(Net(self.weights), images)

    def batch(self, n, done):
        """Of one batch the rows of each group that is not done, one group at a time."""
        torch._dynamo.reset()
        images = expected = None
        for index, group in enumerate(GROUPS):
            if index in done:
                continue
            with torch.inference_mode(), torch.cuda.stream(self.stream):
                if images is None:
                    images = read_images(self.data, n, DEVICE)
                    set_tf32("off")
                    expected = expected_logits(self.weights, images)
                rows = self.group(images, expected, group)
            yield [{**row, "group": index} for row in rows]

    def group(self, images, expected, group):
        """Rows of one group. A contender that cannot be made, or is wrong, has a row that says why."""
        contenders = []
        for contender, make in self.contenders(images, group):
            set_tf32(contender["tf32"])
            try:
                contender["repeat"], contender["result"] = make()
                check(contender, expected)
            except Exception as error:  # whatever a compiler or a driver throws: the others still count
                contender["fault"] = f"{type(error).__name__}: {error}"[:500]
            contenders.append(contender)
        ours = contenders[0]
        if "fault" not in ours:
            measure([contender for contender in contenders if "fault" not in contender], self.arguments.quick)
        return [row_of(len(images), contender, ours) for contender in contenders]


def table_of(rows):
    def figure(row, key, decimals=2):
        return f"{row[key]:.{decimals}f}" if key in row else row.get("fault", "")

    lines = ["| batch | by | TF32 | queued: us | ± | by Ingot's | with a wait: us | ± | by Ingot's | logits |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in sorted(rows, key=lambda row: row["batch"]):
        cells = [row["batch"], row["by"], row["tf32"]]
        cells += [figure(row, key) for key in ("queued_us", "queued_spread_us", "queued_by_ingot", "waited_us",
                                               "waited_spread_us", "waited_by_ingot")]
        cells.append(f"{row['difference']:.1e}" if "difference" in row else "")
        lines.append("| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |")
    return lines


NOTE = ("Same process, context, stream, images and weights, in turn; cudnn.benchmark is on. Queued: calls "
        "one behind the other, by CUDA events, so a loop of Python around PyTorch's and a loop of C around Ingot's; "
        "with a wait: one call from Python and a synchronisation of the stream, by the host's clock. By Ingot's: the "
        "median ratio to Ingot's in the same round; a batch has two groups of rounds, and Ingot a row in each. "
        "Logits: the largest difference from float64, as a share of the largest.")


def write(file, header, facts, rows, not_reached, complete):
    result = {**header, "title": TITLE, "complete": complete, **facts, "notes": [NOTE], "not_reached": not_reached,
              "table": table_of(rows), "rows": rows}
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(result, indent=1) + "\n")
    os.replace(beside, file)


def rows_of_earlier_call(file, header, quick):
    """Of the same device, driver and kit."""
    try:
        earlier = json.loads(file.read_text())
    except (OSError, ValueError):
        return []
    same = all(earlier.get(key) == header[key] for key in ("device", "driver_version", "kit_commit"))
    return earlier.get("rows", []) if same and earlier.get("quick") == quick else []


def groups_done(rows, n):
    return {row.get("group") for row in rows if row["batch"] == n} - {None}


def left_of(rows, largest):
    """The batches of which a group is missing."""
    return [n for n in BATCHES if n <= largest and len(groups_done(rows, n)) < len(GROUPS)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kit", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=200, help="seconds after which no batch is begun")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--largest-batch", type=int, default=max(BATCHES))
    arguments = parser.parse_args()
    begin = time.monotonic()

    program = arguments.kit / "bin" / "gpu_kit"
    header = json.loads(subprocess.run([program, "device"], check=True, capture_output=True, text=True).stdout)
    file = arguments.out / f"{NAME}.json"
    rows = rows_of_earlier_call(file, header, arguments.quick)
    facts = {"quick": arguments.quick, "torch": torch.__version__, "torch_cuda": torch.version.cuda,
             "cudnn": torch.backends.cudnn.version()}

    def save(complete):
        write(file, header, facts, rows, [f"batch {n}" for n in left_of(rows, arguments.largest_batch)], complete)

    save(False)
    comparison = Comparison(arguments)
    facts["target"] = comparison.ingot.level()
    longest = 0.0
    for n in left_of(rows, arguments.largest_batch):
        start = time.monotonic()
        if start - begin + longest >= arguments.limit:
            break
        for measured in comparison.batch(n, groups_done(rows, n)):
            rows += measured
            save(False)
        longest = max(longest, time.monotonic() - start)
    save(True)
    print("\n".join(table_of(rows)))
    return 1 if any("fault" in row and row["by"] == "Ingot" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
