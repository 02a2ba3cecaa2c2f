# SPDX-License-Identifier: GPL-2.0-or-later
"""What the style checks share: the files of a tree, C without its comments, a way to report."""
import os
import re
import sys

SKIPPED = {".git", "build", "runs", "__pycache__"}


def files(root, suffixes=None, under=("",)):
    """Paths relative to root, sorted; the deliberately bad fixtures only when root is one."""
    found = []
    for start in under:
        for folder, folders, names in os.walk(os.path.join(root, start)):
            folders[:] = sorted(set(folders) - SKIPPED)
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name in SKIPPED or name.endswith(".log") or path.startswith("tests/style/bad/"):
                    continue
                if suffixes is None or os.path.splitext(name)[1] in suffixes:
                    found.append(path)
    return found


def c_files(root, under=("lib", "apps", "tests")):
    return files(root, {".c", ".h"}, under)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as stream:
        return stream.read()


def code(text, strings=False):
    """C text with comments (and, unless asked for, the insides of literals) blanked out;
    lines keep their numbers."""
    def blank(match):
        piece = match.group(0)
        if piece[0] == "/":
            return re.sub(r"[^\n]", " ", piece)
        return piece if strings else piece[0] + " " * (len(piece) - 2) + piece[-1]
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def run(check):
    """Run check(root) on the tree named on the command line; it yields one sentence a violation."""
    violations = list(check(sys.argv[1]))
    for sentence in violations:
        print(sentence)
    sys.exit(1 if violations else 0)
