# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions the library must not call, and memory that must come from core/alloc.c."""
import re

import tree

BANNED = {
    "unbounded or locale-dependent text": "gets strcpy strcat sprintf vsprintf strtok scanf sscanf "
    "fscanf atoi atol atoll atof setlocale tmpnam mktemp",
    "hidden random state": "rand srand random srandom drand48 rand_r",
    "ends or replaces the process": "abort exit _exit _Exit quick_exit atexit assert system popen "
    "fork vfork signal longjmp setjmp",
    "prints": "printf vprintf puts putchar putc perror stdout stderr",
}
# The program may print and exit.
PROGRAM = {"unbounded or locale-dependent text", "hidden random state"}
MEMORY = "malloc calloc realloc reallocarray free aligned_alloc posix_memalign memalign valloc " \
    "strdup strndup asprintf vasprintf getline alloca"
# Functions that release or take over a buffer which another library allocated with malloc.
FOREIGN = {
    ("lib/src/core/alloc.c", "aligned_alloc"): "the allocator itself",
    ("lib/src/core/alloc.c", "free"): "the allocator itself",
}


def uses(text, names):
    pattern = r"(?<![\w.>])(?<!format\()(" + "|".join(names.split()) + r")\b(?=\s*[(;,)])"
    return re.finditer(pattern, text)


def check(root):
    for path in tree.c_files(root, ("lib", "apps")):
        text = tree.code(tree.read(root, path))
        for reason, names in BANNED.items():
            if path.startswith("apps/") and reason not in PROGRAM:
                continue
            for match in uses(text, names):
                yield f"{path}:{tree.line_of(text, match.start())}: {match.group(1)}: {reason}"
        for match in uses(text, MEMORY) if path.startswith("lib/") else ():
            if (path, match.group(1)) not in FOREIGN:
                yield (f"{path}:{tree.line_of(text, match.start())}: {match.group(1)}: "
                       "memory comes from gamlp/alloc.h")


tree.run(check)
