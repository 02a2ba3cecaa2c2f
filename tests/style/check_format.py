# SPDX-License-Identifier: GPL-2.0-or-later
"""Every C file is as clang-format 14 leaves it; no text file has tabs or trailing blanks.
usage: check_format.py ROOT CLANG_FORMAT"""
import re
import subprocess
import sys

import tree

TEXTS = {".c", ".h", ".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".json"}


def check(root):
    for path in tree.c_files(root):
        done = subprocess.run([sys.argv[2], "--style=file", "--dry-run", "--Werror", path], cwd=root,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            yield f"{path}: not as clang-format leaves it: {done.stdout.splitlines()[0]}"
    for path in tree.files(root, TEXTS):
        if path.startswith("tests/fuzz/corpus/"):
            continue
        text = tree.read(root, path)
        for match in re.finditer(r"\t|[ \t]+$", text, re.M):
            yield f"{path}:{tree.line_of(text, match.start())}: tab or trailing blank"


tree.run(check)
