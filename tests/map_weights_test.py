#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example that maps its weights, on the right file and on others.

    map_weights_test.py PROGRAM WEIGHTS
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, WEIGHTS = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)


class MapWeights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "other.weights"
        self.content = WEIGHTS.read_bytes()

    def reads_a_seven(self, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, rf"\A7, read on x86-64-v\d with {len(self.content)} bytes of mapped weights\n\Z")

    def refuses(self, content, message, *options):
        self.file.write_bytes(content)
        done = run(self.file, *options)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"map_weights: error: {self.file}: {message}\n")

    def test_reads_a_digit(self):
        self.reads_a_seven(WEIGHTS)
        self.reads_a_seven(WEIGHTS, "--verify")

    def test_the_file_may_move_and_be_read_only(self):
        self.file.write_bytes(self.content)
        self.file.chmod(0o400)
        self.reads_a_seven(self.file)

    def test_refuses_a_truncated_file(self):
        message = ("options.weights_bytes is not the size of the model's weights file; hand over the .weights file that was "
                   "compiled with the library")
        self.refuses(self.content[:-1], message)
        self.refuses(self.content[:32], message)
        self.refuses(self.content + b"\0", message)

    def test_refuses_another_file(self):
        message = ("options.weights is no weights file, or that of another model or version; hand over the .weights file "
                   "that was compiled with the library")
        self.refuses(bytes(len(self.content)), message)
        self.refuses(self.content[:16] + bytes(8) + self.content[24:], message)

    def test_finds_damage_where_asked(self):
        damaged = bytearray(self.content)
        damaged[-64] ^= 1
        self.refuses(damaged, "the content of options.weights is damaged: it differs from its hash", "--verify")

    def test_refuses_a_missing_file(self):
        done = run(self.file)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"map_weights: error: {self.file}: No such file or directory\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
