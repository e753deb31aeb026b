# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`./dev conformance` itself, with a compiler that passes, fails, refuses, crashes or hangs as a test's name says."""

import contextlib
import io
import json
import pathlib
import shutil
import sys
import tempfile
import unittest
from unittest import mock

import numpy
import onnx
import run
from case import read_case
from difference import compare
from evaluate import Outcome
from onnx import TensorProto, helper, numpy_helper
from report import largest_ulp, write_ulp
from suite import DEFAULT_LISTS, SuiteError, Test, all_keys, find_tests, read_list

# The folder that it writes holds a header that is a whole library for a model of float32 [1,3] -> [1,3].
FAKE_INGOT = rf"""#!{sys.executable}
import json, os, pathlib, signal, sys

model, folder = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
behaviour = model.parent.name
if behaviour == "refused":
    print(f"{{model}}: error: Foo 'y' (node 0, opset 17): operator not supported", file=sys.stderr)
    print(f"{{model}}: error: Bar 'z' (node 1, opset 17): operator not supported", file=sys.stderr)
    sys.exit("2 errors")
if behaviour == "crashing_compiler":
    os.kill(os.getpid(), signal.SIGSEGV)
for sub in ["include", "lib"]:
    (folder / sub).mkdir(parents=True)
for name in ["net", "ingot_runtime"]:
    (folder / f"lib/lib{{name}}.a").write_bytes(b"!<arch>\n")
port = lambda name: {{"name": name, "type": "float32", "shape": [1, 3]}}
manifest = {{"inputs": [port("x")], "outputs": [port("y")], "plans": [{{"target": "x86-64-v9"}}]}}
(folder / "net.json").write_text(json.dumps(manifest))
body = {{
    "wrong": "((float *)outputs[0])[1] = 7;",
    "one_ulp": "((int *)outputs[0])[1] += 1;",
    "crashing_library": "abort();",
    "exiting": "_exit(3);",
    "hanging": "for (;;) sleep(1);",
    "status": "return 11;",
}}.get(behaviour, "")
(folder / "include/net.h").write_text('''
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define INGOT_OPTIONS_INIT {{0}}
typedef struct {{ const char *level; }} ingot_options;
typedef int ingot_session;
typedef int ingot_status;
enum {{ INGOT_OK }};
static const int net_model;
static const char *ingot_status_message(int status) {{ return "a kernel reported an error"; }}
static void ingot_session_destroy(int *session) {{}}
static int ingot_session_create(const int *model, const ingot_options *options, int **session) {{ return INGOT_OK; }}
static int ingot_session_run(int *session, const void *const *inputs, void *const *outputs, size_t n) {{
    memcpy(outputs[0], inputs[0], 12);
    %s
    return INGOT_OK;
}}
''' % body)
"""

X = numpy.array([[1, 2, 3]], numpy.float32)


def write_test(folder, op="Identity", arrays=(X,), expected=X, ir_version=8):
    """A test of one node with a data set."""
    ports = [helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
             for i, array in enumerate(arrays)]
    node = helper.make_node(op, [port.name for port in ports], ["y"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, expected.shape)
    graph = helper.make_graph([node], "test", ports, [y])
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=ir_version),
              folder / "model.onnx")
    for i, array in enumerate(arrays):
        onnx.save_tensor(numpy_helper.from_array(array), data / f"input_{i}.pb")
    onnx.save_tensor(numpy_helper.from_array(expected), data / "output_0.pb")
    return folder


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-conformance-"))
        self.addCleanup(shutil.rmtree, self.folder)


class Run(Folder):
    def conform(self, *names, known="", timeout=60):
        """The exit code, the printed lines and result.json of a run of one list."""
        tests = [Test("1.0/t1", f"node/{name}", write_test(self.folder / "data" / name)) for name in names]
        ingot, known_file, output = (self.folder / name for name in ["ingot", "known.txt", "output"])
        ingot.write_text(FAKE_INGOT)
        ingot.chmod(0o755)
        known_file.write_text(known)
        keys = {test.key for test in tests}
        arguments = ["--ingot", ingot, "--known", known_file, "--output", output, "--timeout", timeout]
        printed = io.StringIO()
        with mock.patch("run.find_tests", return_value=tests), mock.patch("run.all_keys", return_value=keys):
            with contextlib.redirect_stdout(printed):
                code = run.main(list(map(str, arguments)))
        return code, printed.getvalue().splitlines(), json.loads((output / "result.json").read_text())

    def test_passes(self):
        code, lines, result = self.conform("passing", "one_ulp")
        self.assertEqual(lines, ["1.0/t1: 2 / 2 passed",
                                 "unexpected failures: 0, known failures: 0, unexpected passes: 0"])
        self.assertEqual(code, 0)
        self.assertEqual(result["ulp"], {"Identity": 1})
        self.assertEqual(result["tests"][0], {"list": "1.0/t1", "test": "node/passing", "op": "Identity",
                                              "target": "x86-64-v9", "verdict": "passed", "reason": "", "max_ulp": 0})

    def test_every_way_to_fail_has_its_reason(self):
        reasons = {
            "wrong": "output 'y': 1 of 3 elements are wrong, by up to 5, 20971520 ULP; [0, 1] is 7, not 2",
            "refused": "Foo 'y' (node 0, opset 17): operator not supported (and 1 more)",
            "crashing_compiler": "ingot compile crashes by SIGSEGV",
            "crashing_library": "crashes by SIGABRT",
            "exiting": "exits with code 3",
            "status": "status 11: a kernel reported an error",
        }
        code, lines, result = self.conform("passing", *reasons)
        self.assertEqual(code, 1)
        self.assertEqual(lines[0], "1.0/t1: 1 / 7 passed")
        self.assertEqual(lines[1:-1], [f"  node/{name}: {reason}" for name, reason in reasons.items()])
        self.assertEqual(lines[-1], "unexpected failures: 6, known failures: 0, unexpected passes: 0")
        self.assertEqual([test["verdict"] for test in result["tests"]], ["passed"] + ["failed"] * 6)
        self.assertTrue((self.folder / "output/tests/1.0/node/wrong/net.onnx").exists())
        self.assertFalse((self.folder / "output/tests/1.0/node/passing").exists())

    def test_a_hanging_test_is_ended(self):
        code, lines, _ = self.conform("hanging", timeout=2)
        self.assertEqual(code, 1)
        self.assertEqual(lines[1], "  node/hanging: no result after 2 s")

    def test_a_missing_test_fails(self):
        with mock.patch(f"{__name__}.write_test", return_value=self.folder / "nowhere"):
            code, lines, _ = self.conform("absent")
        self.assertEqual(code, 1)
        self.assertRegex(lines[1], "  node/absent: FileNotFoundError: .*nowhere/model.onnx")

    def test_known_failures_may_fail(self):
        known = "# a comment\n\n1.0/node/wrong: off by five\n"
        code, lines, result = self.conform("passing", "wrong", known=known)
        self.assertEqual(code, 0)
        self.assertEqual(lines[0], "1.0/t1: 1 / 2 passed")
        self.assertTrue(lines[1].startswith("  node/wrong: known (off by five): output 'y': 1 of 3"), lines[1])
        self.assertEqual(lines[-1], "unexpected failures: 0, known failures: 1, unexpected passes: 0")
        self.assertEqual(result["tests"][1]["verdict"], "known")

    def test_known_failures_may_not_pass(self):
        code, lines, _ = self.conform("passing", known="1.0/node/passing: was slow")
        self.assertEqual(code, 1)
        self.assertEqual(lines[1:], ["  node/passing: passes; take it out of the known failures",
                                     "unexpected failures: 0, known failures: 0, unexpected passes: 1"])

    def test_known_failures_at_fault(self):
        for text, fault in {
            "\n1.0/node/passing": "known.txt:2: no reason; write `VERSION/KIND/NAME: reason`",
            "1.0/node/other: x": "known.txt:1: 1.0/node/other is in no list",
            "1.0/node/passing: x\n1.0/node/passing: y": "known.txt:2: 1.0/node/passing is here twice",
        }.items():
            with self.subTest(text), self.assertRaises(SuiteError) as raised:
                shutil.rmtree(self.folder / "data", ignore_errors=True)
                self.conform("passing", known=text)
            self.assertEqual(str(raised.exception), f"{self.folder}/{fault}")


class Lists(Folder):
    def test_unknown_list(self):
        with self.assertRaisesRegex(SuiteError, "^1.12/t9: no such list; there are 1.12/t1, .*, sample$"):
            find_tests(["1.12/t9"], self.folder)

    def test_no_compiler(self):
        with self.assertRaisesRegex(SuiteError, "nowhere/ingot: not found; build it with ./dev build release"):
            run.main(["--ingot", "nowhere/ingot"])

    def test_known_failures_of_this_repository(self):
        run.read_known(run.HERE / "known_failures.txt", all_keys())

    def test_no_test_twice(self):
        for version in ["1.12", "1.16.2"]:
            names = [name for tier in ["t1", "t2", "t3"] for name in read_list(f"{version}/{tier}")]
            self.assertEqual(len(names), len(set(names)))

    def test_update_of_ulp_needs_all(self):
        for arguments in [["1.12/t1"], ["--filter", "relu"]]:
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()) as printed:
                self.assertRaises(SystemExit, run.parse, ["--update-ulp", *arguments])
            self.assertIn(f"--update-ulp needs all tests of {' '.join(DEFAULT_LISTS)}", printed.getvalue())

    def test_ulp_of_passing_tests_of_one_op(self):
        outcome = lambda op, ulp, reason="": Outcome(Test("1.0/t1", "node/x", self.folder), reason, op, ulp)
        outcomes = [outcome("Tanh", 2), outcome("Tanh", 3), outcome("Tanh", 9, "wrong"), outcome("Add", 0),
                    outcome("several", 5)]
        self.assertEqual(largest_ulp(outcomes), {"Add": 0, "Tanh": 3})
        write_ulp(self.folder / "ulp.csv", outcomes)
        self.assertEqual((self.folder / "ulp.csv").read_text(), "op,largest ULP\nAdd,0\nTanh,3\n")


class Cases(Folder):
    shape = numpy.array([3, 1], numpy.int64)

    def inputs_of(self, case):
        return [port.name for port in case.model.graph.input], [tensor.name for tensor in case.model.graph.initializer]

    def test_all_inputs_but_the_first_become_initializers(self):
        case = read_case(write_test(self.folder / "reshape", "Reshape", (X, self.shape), X.reshape(3, 1)))
        self.assertEqual(self.inputs_of(case), (["x0"], ["x1"]))
        self.assertEqual(numpy_helper.to_array(case.model.graph.initializer[0]).tolist(), [3, 1])
        self.assertEqual((case.op, len(case.inputs), case.expected[0].shape), ("Reshape", 1, (3, 1)))

    def test_operands_stay_inputs(self):
        case = read_case(write_test(self.folder / "add", "Add", (X, X), 2 * X))
        self.assertEqual(self.inputs_of(case), (["x0", "x1"], []))
        self.assertEqual(len(case.inputs), 2)

    def test_initializers_stay_listed_where_the_format_asks_for_it(self):
        folder = write_test(self.folder / "reshape", "Reshape", (X, self.shape), X.reshape(3, 1), ir_version=3)
        self.assertEqual(self.inputs_of(read_case(folder)), (["x0", "x1"], ["x1"]))


class Difference(unittest.TestCase):
    def check(self, got, expected, reason, ulp, dtype=numpy.float32):
        found = compare("y", numpy.array(got, dtype), numpy.array(expected, dtype))
        self.assertRegex(found[0], f"^{reason}$")
        self.assertEqual(found[1], ulp)

    def test_tolerances(self):
        self.check([1 + 2**-10, 0], [1, 2**-20], "", 2**13)
        self.check([1 + 3 * 2**-11], [1], "output 'y': 1 of 1 elements are wrong, by up to 0.00146, .*", 3 * 2**12)
        self.check([0], [3 * 2**-21], "output 'y': 1 of 1 .*", 3 * 2**12)

    def test_ulp_is_the_expected_value_s(self):
        self.check([1 + 2**-23, 2], [1, 2], "", 1)
        self.check([1e-8], [0], "", 86)

    def test_no_number_is_itself_only(self):
        nan, inf = float("nan"), float("inf")
        self.check([nan, inf, -inf], [nan, inf, -inf], "", 0)
        for got, expected in [(nan, 1), (1, nan), (inf, 1), (1, inf), (inf, -inf)]:
            with self.subTest(got=got, expected=expected):
                self.check([got], [expected], "output 'y': 1 of 1 .*", inf)

    def test_scalars_and_empty_tensors(self):
        self.check(1, 1, "", 0)
        self.check(2, 1, r"output 'y': 1 of 1 elements are wrong, by up to 1, 8388608 ULP; \[0\] is 2, not 1", 8388608)
        self.check([], [], "", 0)

    def test_integers_and_bools_exactly(self):
        self.check([3, 4], [3, 5], r"output 'y': 1 of 2 elements are wrong; \[1\] is 4, not 5", 0, numpy.int64)
        true = numpy.array([True])
        self.assertEqual(compare("y", numpy.array([1], numpy.uint8), true), ("", 0))
        self.assertIn("is 255, not 1", compare("y", numpy.array([255], numpy.uint8).view(bool), true)[0])

    def test_form(self):
        found = compare("y", numpy.zeros((1, 2), numpy.float32), numpy.zeros(2, numpy.int64))
        self.assertEqual(found, ("output 'y' is float32 [1,2], not int64 [2]", 0))


if __name__ == "__main__":
    unittest.main()
