# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions have at most 60 lines and files fewer than 500; the median is printed."""
import re
import statistics

import tree

FUNCTION, FILE = 60, 500


def functions(text):
    """(first line, number of lines, name) of each function; layout as clang-format leaves it."""
    start = None
    for number, line in enumerate(tree.code(text).split("\n"), 1):
        if re.match(r"[A-Za-z_](?!\w*:)", line):
            start = (number, line)
        if line == "}" and start:
            name = start[1].split("(")[0].split()[-1].lstrip("*")
            yield start[0], number - start[0] + 1, name
            start = None


def check(root):
    lengths = []
    for path in tree.c_files(root) + tree.files(root, {".sh", ".py", ".cmake"}):
        text = tree.read(root, path)
        if text.count("\n") >= FILE:
            yield f"{path}: {text.count(chr(10))} lines, fewer than {FILE} are allowed"
        if path[-2:] not in (".c", ".h"):
            continue
        for line, length, name in functions(text):
            if path.startswith(("lib/", "apps/")):
                lengths.append(length)
            if length > FUNCTION:
                yield f"{path}:{line}: {name} has {length} lines, at most {FUNCTION} are allowed"
    if lengths:
        print(f"{len(lengths)} functions of the library and the program, "
              f"median {statistics.median(lengths):g} lines, longest {max(lengths)}")


tree.run(check)
