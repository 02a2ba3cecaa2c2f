# SPDX-License-Identifier: GPL-2.0-or-later
"""Every C file is as clang-format 14 leaves it; no text file has tabs or trailing blanks.
usage: check_format.py ROOT CLANG_FORMAT"""
import re
import subprocess
import sys

import tree

TEXTS = {".c", ".h", ".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".json"}


def check(root):
    command = [sys.argv[2], "--style=file", "--dry-run", "--Werror"] + tree.c_files(root)
    done = subprocess.run(command, cwd=root, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    places = dict(reversed(re.findall(r"^([^\s:]+):(\d+):\d+: error", done.stdout, re.M)))
    for path, line in sorted(places.items()):
        yield f"{path}:{line}: from here on not as clang-format leaves it"
    if done.returncode != 0 and not places:
        yield f"clang-format failed: {done.stdout}"
    for path in tree.files(root, TEXTS):
        if path.startswith("tests/fuzz/corpus/"):
            continue
        text = tree.read(root, path)
        for match in re.finditer(r"\t|[ \t]+$", text, re.M):
            yield f"{path}:{tree.line_of(text, match.start())}: tab or trailing blank"


tree.run(check)
