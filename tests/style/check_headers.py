# SPDX-License-Identifier: GPL-2.0-or-later
"""Every header compiles alone and twice, in C; the public ones in C++ as well.
usage: check_headers.py ROOT CC CXX"""
import subprocess
import sys

import tree

FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", "lib/include",
         "-I", "lib/src", "-I", "tests/support"]


def compiles(root, command, header):
    source = f'#include "{header}"\n#include "{header}"\nextern int not_empty;\n'
    done = subprocess.run(command + FLAGS + ["-"], input=source, text=True, cwd=root,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = [line for line in done.stdout.split("\n") if "error" in line] or [done.stdout]
    return None if done.returncode == 0 else lines[0]


def check(root):
    cc, cxx = sys.argv[2:4]
    c = [cc, "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-x", "c"]
    cpp = [cxx, "-std=c++11", "-x", "c++"]
    for folder in ("lib/include", "lib/src", "tests/support"):
        for path in tree.files(root, {".h"}, (folder,)):
            header = path[len(folder) + 1:]
            for language in [c, cpp] if folder == "lib/include" else [c]:
                problem = compiles(root, language, header)
                if problem:
                    yield f"{path}: does not compile alone ({language[-1]}): {problem}"


tree.run(check)
