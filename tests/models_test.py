# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""models/generate.py: the networks are the published ones; the small files are reproducible, valid, well scaled."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy
import onnx
import onnxruntime

MODELS = pathlib.Path(__file__).resolve().parents[1] / "models"
sys.path.insert(0, str(MODELS))
from architectures import ARCHITECTURES  # noqa: E402
from generate import table  # noqa: E402

# Parameters, and millions of multiply-accumulates, as published: by torchvision, Keras (mobilenet_v1, the trainable
# ones), Caffe (googlenet), PyTorch's tutorials (m5), and for unet, unet_resize and yolo (YOLOv5n, 80 classes) by the
# implementations in use. deeplab_v3 goes without the 2,365,205 parameters of a head that is used in training only.
PUBLISHED = {
    "lenet5": (61_706, 0.42), "lenet5_relu": (61_706, 0.42), "vgg16": (138_357_544, 15_470),
    "resnet18": (11_689_512, 1_814),
    "resnet50": (25_557_032, 4_089), "mobilenet_v1": (4_231_976, 569), "mobilenet_v2": (3_504_872, 300),
    "mobilenet_v3_small": (2_542_856, 56), "mobilenet_v3_large": (5_483_032, 217), "squeezenet1_1": (1_235_496, 349),
    "shufflenet_v2": (2_278_604, 145), "densenet121": (7_978_856, 2_834), "efficientnet_b0": (5_288_548, 386),
    "googlenet": (6_998_552, 1_583), "inception_v3": (23_834_568, 5_713), "unet": (31_037_698, None),
    "unet_resize": (17_263_042, None), "deeplab_v3": (42_004_074 - 2_365_205, None),
    "yolo": (1_872_157, 2_250), "m5": (26_915, None)}

# Those of MLPerf Tiny, as Keras counts them: with two statistics and a redundant bias for each normalised channel.
PUBLISHED_BY_KERAS = {
    "resnet8": (78_666, 12.5), "mobilenet_v1_vww": (221_794, 7.5), "ds_cnn": (24_908, 2.66)}


def generate(*arguments):
    return subprocess.run([sys.executable, "-B", str(MODELS / "generate.py"), *arguments], text=True,
                          capture_output=True)


def images(shape, seed):
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    return generator.standard_normal([2 if isinstance(n, str) else n for n in shape], numpy.float32)


class Architectures(unittest.TestCase):
    def test_have_the_published_parameters(self):
        for name, (parameters, _) in PUBLISHED.items():
            self.assertEqual(ARCHITECTURES[name](small=False).parameters, parameters, name)
        for name, (parameters, _) in PUBLISHED_BY_KERAS.items():
            net = ARCHITECTURES[name](small=False)
            self.assertEqual(net.parameters + 3 * net.normalised, parameters, name)

    def test_have_the_published_multiply_accumulates(self):
        for name, (_, mmac) in (PUBLISHED | PUBLISHED_BY_KERAS).items():
            if mmac:
                self.assertAlmostEqual(ARCHITECTURES[name](small=False).macs / 1e6 / mmac, 1, delta=0.01, msg=name)

    def test_are_listed_in_the_readme(self):
        self.assertIn(table(), (MODELS / "README.md").read_text())


class CommandLine(unittest.TestCase):
    def test_lists_the_table(self):
        self.assertEqual(generate("--list").stdout, table() + "\n")

    def test_refuses_an_unknown_name(self):
        result = generate("resnet50", "resnet51")
        self.assertEqual(result.returncode, 2)
        self.assertIn("error: no network resnet51; --list prints their names", result.stderr)


class SmallFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        root = pathlib.Path(tempfile.mkdtemp(prefix="ingot-models-"))
        cls.addClassCleanup(shutil.rmtree, root)
        cls.folders = [root / "first", root / "second"]
        for folder in cls.folders:
            result = generate("all", "--size", "small", "-o", str(folder))
            assert result.returncode == 0, result.stderr
        cls.paths = [cls.folders[0] / f"{name}.onnx" for name in ARCHITECTURES]

    def test_are_the_same_bytes_each_time(self):
        first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in self.folders)
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])

    def test_are_valid(self):
        for path in self.paths:
            with self.subTest(path.stem):
                onnx.checker.check_model(path, full_check=True)

    def test_are_small(self):
        for path in self.paths:
            self.assertLess(ARCHITECTURES[path.stem](small=True).macs, 3e6, path.stem)
            self.assertLess(path.stat().st_size, 300_000, path.stem)

    def test_run_with_finite_outputs_that_depend_on_the_image(self):
        for path in self.paths:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            source, = session.get_inputs()
            results = [session.run(None, {source.name: images(source.shape, seed)}) for seed in (1, 2)]
            for output, one, other in zip(session.get_outputs(), *results):
                self.assertTrue(numpy.isfinite(one).all(), f"{path.stem}: {output.name}")
                self.assertEqual(list(one.shape), [2 if isinstance(n, str) else n for n in output.shape])
                self.assertGreater(one.std(), 0.01, f"{path.stem}: {output.name}")
                self.assertGreater((one - other).std(), 0.01 * one.std(), f"{path.stem}: {output.name}")

    def test_keep_every_value_near_order_one(self):
        for path in self.paths:
            if path.stem == "yolo":  # Its boxes are in pixels.
                continue
            model = onnx.shape_inference.infer_shapes(onnx.load(path))
            floats = [value for value in model.graph.value_info
                      if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT]
            model.graph.output.extend(floats)
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            source, = session.get_inputs()
            values = session.run([value.name for value in floats], {source.name: images(source.shape, 1)})
            for value, result in zip(floats, values):
                if result.size > 1:  # not a constant
                    power = float(numpy.square(result).mean())
                    self.assertTrue(1e-4 < power < 20, f"{path.stem}: {value.name}: {power}")


if __name__ == "__main__":
    unittest.main()
