# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ingot verify` from end to end: against both references, and against one that is wrong on purpose."""

import importlib.util
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

from ingot_program import INGOT, MNIST_CNN, run, write_tiny_model

HOST = re.findall(r"^(\S+) .*runs on this CPU$", run(INGOT, "list", "targets").stdout, re.MULTILINE)
CASES = ["random 1", "random 2", "random 3", "zero", "one", "large", "alternating", "negative"]

# A Python whose ONNX Runtime adds 1 to the first element of a tensor.
WRONG = """#!{python}
import json, pathlib, subprocess, sys
if sys.argv[1] == "-c":
    print("9.9")
    sys.exit()
subprocess.run(["{python}", *sys.argv[1:]], check=True)
folder = pathlib.Path(sys.argv[2])
for index, tensor in enumerate(json.loads((folder / "result.json").read_text())):
    if tensor["name"] in {tensors}:
        for file in folder.glob(f"*.out{{index}}"):
            import numpy
            array = numpy.fromfile(file, tensor["type"])
            array[0] += {added}
            array.tofile(file)
"""


class Verify(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-verify-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(MNIST_CNN, self.folder / "net.onnx")

    def verify(self, *arguments, python=sys.executable, model="net.onnx"):
        environment = {"INGOT_PYTHON": str(python)}
        return run(INGOT, "verify", model, *arguments, environment=environment, directory=self.folder)

    def verify_ok(self, *arguments, **others):
        process = self.verify(*arguments, **others)
        self.assertEqual((process.returncode, process.stderr), (0, ""), process.stdout)
        return process.stdout

    def wrong_python(self, tensors, added="1"):
        file = self.folder / "python"
        file.write_text(WRONG.format(python=sys.executable, tensors=tensors, added=added))
        file.chmod(0o755)
        return file


@unittest.skipUnless(importlib.util.find_spec("onnxruntime"), "no onnxruntime")
class AgainstOnnxRuntime(Verify):
    def test_every_level_and_case(self):
        text = self.verify_ok("--json", "all.json")
        self.assertRegex(text, r"^net.onnx against ONNX Runtime \S+, 8 inputs, the worst of each:\n")
        self.assertEqual(re.findall(r"^  (\S+)\n    logits: max abs \S+, \d+ ULP, \S+ of the largest \(", text,
                                    re.MULTILINE), HOST)
        self.assertTrue(text.endswith("\nall within 0.0001 of the largest element\n"), text)
        result = json.loads((self.folder / "all.json").read_text())
        self.assertEqual((result["passed"], result["first_departure"], result["layers"]), (True, None, []))
        self.assertEqual({(row["level"], row["case"]) for row in result["outputs"]},
                         {(level, case) for level in HOST for case in CASES})
        self.assertTrue(all(row["relative"] < 1e-5 and row["type"] == "float32" for row in result["outputs"]))

    def test_weights_of_16_bits_are_held_against_themselves_and_the_model(self):
        text = self.verify_ok("--weights=bf16", "--target", HOST[0], "--json", "all.json")
        self.assertRegex(text, r"^net.onnx against ONNX Runtime \S+, 8 inputs")
        self.assertRegex(text, r"weights in bf16 against the reference interpreter on the same weights\n  \S+\n"
                               r"    logits: max abs [^\n]*\nall within 0.0001 of the largest element\n"
                               r"weights in bf16 against ONNX Runtime \S+: what rounding changes\n  \S+\n    logits: ")
        self.assertNotIn("DEPARTS", text)
        result = json.loads((self.folder / "all.json").read_text())
        self.assertEqual((result["passed"], result["weights"]), (True, "bf16"))
        self.assertTrue(all(row["relative"] < 1e-5 for row in result["outputs"] + result["rounded"]))
        # Half of the last of 8 binary places is 2^-8, of a sum of many weights less.
        self.assertEqual(len(result["rounding"]), len(CASES))
        rounding = [row["relative"] for row in result["rounding"] if row["case"].startswith("random")]
        self.assertTrue(all(2.0**-14 < relative < 2.0**-7 for relative in rounding), rounding)

    def test_layers_have_the_names_of_the_file(self):
        text = self.verify_ok("--layers", "--target", HOST[0])
        layers = re.findall(r"^    (\S+): ", text[text.index("layers\n"):], re.MULTILINE)
        self.assertEqual(layers, ["/pool1/MaxPool_output_0", "/pool2/MaxPool_output_0", "logits"])

    def test_names_the_first_layer_that_departs(self):
        python = self.wrong_python(["/pool2/MaxPool_output_0", "logits"])
        process = self.verify("--target", HOST[0], "--json", "all.json", python=python)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(process.stderr, rf"^ingot: error: net.onnx: departs from ONNX Runtime 9.9, first in "
                                         rf"'/pool2/MaxPool_output_0' at {HOST[0]} on the input 'random 1': max abs 1, "
                                         r"\d+ ULP, \S+ of the largest, bound 0.0001; please report it with the "
                                         r"model\n$")
        self.assertEqual(len(re.findall(r"DEPARTS", process.stdout)), 3)
        self.assertNotIn("all within", process.stdout)
        result = json.loads((self.folder / "all.json").read_text())
        self.assertEqual((result["passed"], result["first_departure"]), (False, "/pool2/MaxPool_output_0"))

    def test_a_wider_tolerance_takes_it(self):
        python = self.wrong_python(["logits"], added="0.5 * abs(array).max()")
        self.assertEqual(self.verify("--target", HOST[0], python=python).returncode, 1)
        self.verify_ok("--target", HOST[0], "--tolerance", "0.9", python=python)

    def test_infinities_where_there_should_be_none(self):
        python = self.wrong_python(["logits"], added="numpy.inf")
        process = self.verify("--target", HOST[0], "--tolerance", "1", python=python)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(process.stderr, r"of the largest, 0 NaN or infinite, 1 where the reference is not, bound 1;")


class AgainstTheInterpreter(Verify):
    def test_where_no_python_has_onnxruntime(self):
        text = self.verify_ok("--layers", python="/bin/false")
        self.assertTrue(text.startswith("net.onnx against the reference interpreter, 8 inputs, the worst of each:\n"))
        self.assertEqual(re.findall(r"^    /pool1/MaxPool_output_0: ", text, re.MULTILINE), len(HOST) *
                         ["    /pool1/MaxPool_output_0: "])

    def test_where_asked_for(self):
        text = self.verify_ok("--reference", "interpreter", "--seeds", "0", "--target", HOST[0])
        self.assertTrue(text.startswith("net.onnx against the reference interpreter, 5 inputs,"), text)

    def test_inputs_as_applications_hold_them(self):
        text = self.verify_ok("--layers", "--input", "image:uint8,nhwc,scale=1/255,mean=0.1307,std=0.3081")
        self.assertTrue(text.startswith("net.onnx against the reference interpreter, 8 inputs,"), text)
        self.assertEqual(len(re.findall(r"^    image.nchw: equal ", text, re.MULTILINE)), len(HOST))

    def test_a_model_called_as_no_library_can_be(self):
        write_tiny_model(self.folder / "main.onnx")
        self.verify_ok("--target", HOST[0], python="/bin/false", model="main.onnx")


class Refusals(Verify):
    def assert_refuses(self, message, *arguments, **others):
        process = self.verify(*arguments, **others)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (1, "", f"ingot: error: {message}\n"))

    def test_onnxruntime_that_is_missing(self):
        self.assert_refuses("--reference onnxruntime: /bin/false has no onnxruntime; run /bin/false -m pip install "
                            "onnxruntime, or set INGOT_PYTHON to a Python that has it",
                            "--reference", "onnxruntime", python="/bin/false")

    def test_onnxruntime_on_other_inputs_than_the_models(self):
        for option in [["--input", "image:uint8"], ["--output-layout", "logits=nchw"]]:
            self.assert_refuses("--reference onnxruntime: it runs the model on the model's own inputs and outputs; leave "
                                "out --input and --output-layout", "--reference", "onnxruntime", *option)

    def test_formats_that_do_not_fit(self):
        self.assert_refuses("--input picture: the model has no such input; it has image", "--input", "picture:uint8")
        self.assert_refuses("--output-layout logits: nhwc is an order of four dimensions, but its shape is [1,10]; leave "
                            "it out", "--output-layout", "logits=nhwc")

    def test_a_shape_that_is_given_twice(self):
        self.assert_refuses("--shape image: it is given twice; leave one out",
                            "--shape", "image=1,1,28,28", "--shape", "image=2,1,28,28")

    def test_a_target_that_is_no_level_of_this_cpu(self):
        self.assert_refuses("--target cuda-compute_86: this machine cannot run it as a level of its CPU; leave it out",
                            "--target", "cuda-compute_86")

    def test_a_file_that_cannot_be_written(self):
        self.assert_refuses("no/all.json: cannot be written: No such file or directory", "--json", "no/all.json")

    def test_a_model_that_cannot_be_imported(self):
        (self.folder / "net.onnx").write_bytes(b"")
        process = self.verify()
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertTrue(process.stderr.startswith("net.onnx: error: not an ONNX model"), process.stderr)


if __name__ == "__main__":
    unittest.main()
