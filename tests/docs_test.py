#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Follows docs/adding_a_schedule.md in a copy of the repository.

Marks in the page say what a block of code is: `<!-- file: PATH -->` a new file, `<!-- edit: PATH, after: TEXT -->`
lines behind the first line that holds TEXT, `<!-- run -->` commands.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "adding_a_schedule.md"
BLOCK = re.compile(r"<!-- (file|edit|run)(?:: ([^,\n]*?)(?:, after: ([^\n]*?))?)? -->\n```\w*\n(.*?)```", re.DOTALL)


def copy_repository(target):
    """The files of the working tree, without what is built; the Python environment is shared."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("build", ".git", ".venv", "__pycache__"))
    (target / ".venv").symlink_to(ROOT / ".venv")


def insert_after(file, mark, lines):
    text = file.read_text()
    at = text.index("\n", text.index(mark)) + 1
    file.write_text(text[:at] + lines + text[at:])


class AddingASchedule(unittest.TestCase):
    def test_the_page_works_as_written(self):
        blocks = BLOCK.findall(PAGE.read_text())
        self.assertEqual([kind for kind, *_ in blocks], ["file", "edit", "edit", "edit", "run"])
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "ingot"
            copy_repository(copy)
            output = ""
            for kind, path, mark, text in blocks:
                if kind == "file":
                    (copy / path).write_text(text)
                elif kind == "edit":
                    insert_after(copy / path, mark, text)
                else:
                    run = subprocess.run(["bash", "-euc", text], cwd=copy, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, check=False,
                                         env={**os.environ, "INGOT_CACHE_DIR": str(pathlib.Path(folder) / "cache")})
                    self.assertEqual(run.returncode, 0, run.stdout[-4000:])
                    output += run.stdout
        self.assertIn("pool2d/cpu_columns", output)
        passed = re.search(r"\[  PASSED  \] (\d+) tests", output)
        self.assertIsNotNone(passed, output[-4000:])
        self.assertGreater(int(passed[1]), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
