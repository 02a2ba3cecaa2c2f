# SPDX-License-Identifier: GPL-2.0-or-later
"""Includes obey the table of docs/architecture.md (its lines `module : allowed modules`).

A public header belongs to the module of its line `Module: X.`; the program includes public headers
only; a third-party header is included by exactly one file, igraph by module graph only."""
import re

import tree

SYSTEM = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads
time uchar wchar wctype dirent dlfcn fcntl fnmatch ftw getopt glob libgen poll pthread sched spawn
sysexits termios unistd sys/ioctl sys/mman sys/resource sys/stat sys/statvfs sys/time sys/types
sys/utsname sys/wait""".split())


def allowed_modules(root):
    """The table: module -> set of modules it may include, itself among them."""
    table = {}
    for name, rest in re.findall(r"^ {4}(\w+) +:(.*)$", tree.read(root, "docs/architecture.md"), re.M):
        words = re.split(r" {2,}", rest.strip() + "  ")[0].split()
        table[name] = {name} | (set(table) if words[:1] == ["all"] else set(words))
    return table


def module_of_header(root, name):
    found = re.search(r"Module: (\w+)\.", tree.read(root, "lib/include/" + name))
    return found.group(1) if found else None


def module_of_file(root, path):
    if path.startswith("lib/src/"):
        return path.split("/")[2]
    return module_of_header(root, path[len("lib/include/"):])


def check(root):
    table = allowed_modules(root)
    public = {p[len("lib/include/"):] for p in tree.c_files(root, ("lib/include",))}
    third_party = {}
    for path in tree.c_files(root, ("lib", "apps")):
        in_program = path.startswith("apps/")
        module = None if in_program else module_of_file(root, path)
        if not in_program and module not in table:
            yield f"{path}: module {module} is not in the table of docs/architecture.md"
            continue
        text = tree.code(tree.read(root, path), strings=True)
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', text, re.M):
            name, where = match.group(1), f"{path}:{tree.line_of(text, match.start())}"
            if name in public:
                other = module_of_header(root, name)
            elif "/" in name and name.split("/")[0] in table and "<" not in match.group(0):
                other = name.split("/")[0]
                if in_program:
                    yield f"{where}: the program includes the private header {name}"
            elif '"' in match.group(0) and in_program and "/" not in name:
                continue
            else:
                if name.removesuffix(".h") not in SYSTEM:
                    third_party.setdefault(name, []).append(where)
                    if name.startswith("igraph") and module != "graph":
                        yield f"{where}: igraph belongs to module graph"
                    if in_program:
                        yield f"{where}: the program includes the third-party header {name}"
                continue
            if not in_program and other not in table[module]:
                yield f"{where}: module {module} may not include {name} of module {other}"
    for name, places in third_party.items():
        if len(places) > 1:
            yield f"{name} is included by more than one file: {' '.join(places)}"


tree.run(check)
