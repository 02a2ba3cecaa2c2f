# SPDX-License-Identifier: GPL-2.0-or-later
"""Every source, script and CMake file names its licence in its first three lines."""
import os

import tree

SUFFIXES = {".c", ".h", ".py", ".sh", ".cmake", ".in", ".yaml", ".yml", ".cff", ".gp"}
LINE = "SPDX-License-Identifier: " + "GPL-2.0-or-later"


def check(root):
    for path in tree.files(root):
        text = tree.read(root, path)
        script = text.startswith("#!")
        name = os.path.basename(path)
        if not (script or name == "CMakeLists.txt" or os.path.splitext(name)[1] in SUFFIXES):
            continue
        if LINE not in "\n".join(text.split("\n")[:3]):
            yield f"{path}: no line {LINE}"


tree.run(check)
