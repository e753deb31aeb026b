# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ingot list ops`: what it says of the op table, of a model, and in docs/supported_ops.md."""

import pathlib
import re
import shutil
import tempfile
import unittest

import onnx
from onnx import TensorProto, helper

from ingot_program import INGOT, MNIST_CNN, SOURCE, run, run_ok

ULP = SOURCE / "tests" / "conformance" / "ulp.csv"


def write_model(file, nodes, opset=17, outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 4, 4])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 4, 4]) for name in outputs],
        [helper.make_tensor("w", TensorProto.FLOAT, [1, 1, 1, 1], [1])],
    )
    domains = [helper.make_opsetid("", opset), helper.make_opsetid("com.example", 1)]
    onnx.save(helper.make_model(graph, opset_imports=domains, ir_version=8), file)


class Table(unittest.TestCase):
    def test_the_page_is_what_the_table_says(self):
        page = run_ok(INGOT, "list", "ops", "--markdown", "--ulp", ULP)
        self.assertEqual((SOURCE / "docs" / "supported_ops.md").read_text(), page,
                         "run ingot list ops --markdown --ulp tests/conformance/ulp.csv > docs/supported_ops.md")

    def test_opsets_begin_where_onnx_brought_the_operator(self):
        rows = re.findall(r"^(\w+) +opset (\d+) to (\d+)(?:; .+)?$", run_ok(INGOT, "list", "ops"), re.MULTILINE)
        self.assertEqual(len(rows), len(run_ok(INGOT, "list", "ops").splitlines()))
        oldest = min(int(first) for _, first, _ in rows)
        since = {}
        for schema in onnx.defs.get_all_schemas_with_history():
            if schema.domain == "":
                since[schema.name] = min(schema.since_version, since.get(schema.name, schema.since_version))
        self.assertEqual({name: int(first) for name, first, _ in rows},
                         {name: max(oldest, since[name]) for name, _, _ in rows})


class OfAModel(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ingot-ops-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def list_ops(self):
        return run(INGOT, "list", "ops", "--model", "net.onnx", directory=self.folder)

    def test_that_is_supported(self):
        shutil.copy(MNIST_CNN, self.folder / "net.onnx")
        process = self.list_ops()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertEqual(process.stdout, "Conv     2  supported\nFlatten  1  supported\nGemm     1  supported\n"
                                         "MaxPool  2  supported\nRelu     2  supported\n")

    def test_names_every_gap_at_once(self):
        nodes = [
            helper.make_node("Conv", ["x", "w"], ["a"], name="good"),
            helper.make_node("Conv", ["a", "w"], ["b"], name="odd", strange=1),
            helper.make_node("Gelu", ["b"], ["c"], name="fast", domain="com.example"),
            helper.make_node("NonMaxSuppression", ["c"], ["d"], name="nms1"),
            *(helper.make_node("NonMaxSuppression", ["c"], [f"e{i}"], name=f"nms{i}") for i in range(2, 6)),
            helper.make_node("Relu", ["d"], ["y"], name="relu"),
        ]
        write_model(self.folder / "net.onnx", nodes, outputs=["y", "z"])
        process = self.list_ops()
        self.assertEqual((process.returncode, process.stderr), (1, ""))
        lines = process.stdout.splitlines()
        self.assertRegex(lines[0], r"^Conv               2  attribute 'strange' .+ \('odd'\)$")
        self.assertEqual(lines[1], "NonMaxSuppression  5  the operator is not supported; use those that ingot list ops "
                                   "names ('nms1', 'nms2', 'nms3' and 2 more)")
        self.assertEqual(lines[2], "Relu               1  supported")
        self.assertRegex(lines[3], r"^com.example.Gelu   1  domain 'com.example' is not supported; .+ \('fast'\)$")
        self.assertEqual(lines[4:], ["output 'z': nothing computes it; export the model again"])

    def test_that_is_none(self):
        (self.folder / "net.onnx").write_bytes(b"")
        process = self.list_ops()
        self.assertEqual((process.returncode, process.stdout), (1, ""))
        self.assertTrue(process.stderr.startswith("net.onnx: error: not an ONNX model"), process.stderr)


class Usage(unittest.TestCase):
    def assert_prints(self, code, message, *arguments):
        process = run(INGOT, "list", *arguments)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (code, "", f"ingot: error: {message}\n"))

    def test_options_of_other_lists(self):
        expected = "--model and --markdown are about ops; see ingot list --help"
        self.assert_prints(2, expected, "targets", "--markdown")
        self.assert_prints(2, expected, "schedules", "--model", "net.onnx")

    def test_a_table_that_is_none(self):
        file = SOURCE / "LICENSE"
        self.assert_prints(1, f"{file}: it does not begin with 'op,largest ULP'; ./dev conformance --update-ulp writes "
                              "such a table", "ops", "--markdown", "--ulp", file)
        self.assert_prints(1, "none.csv: cannot be read: No such file or directory", "ops", "--markdown", "--ulp",
                           "none.csv")


if __name__ == "__main__":
    unittest.main()
