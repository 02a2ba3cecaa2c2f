# SPDX-License-Identifier: GPL-2.0-or-later
"""No path of somebody's machine and no host that serves packages, in any text file."""
import os
import re

import tree

PATHS = r"(?<![\w.}])/(?:root|home|work|Users|mnt|media|scratch)/[\w.]"
HOSTS = r"\b(?:pypi|conda|anaconda|npmjs|deb\.debian|archive\.ubuntu|security\.ubuntu|crates|" \
    r"rubygems|registry\.\w+|proxy\.golang)\.(?:org|com|io|net|cloud)\b|\blocalhost:\d"
BINARY = {".pkl", ".npz", ".npy", ".gz", ".bin", ".png", ".safetensors"}


def check(root):
    for path in tree.files(root):
        if os.path.splitext(path)[1] in BINARY or path.startswith("tests/fuzz/corpus/"):
            continue
        text = tree.read(root, path)
        for match in re.finditer(PATHS + "|" + HOSTS, text):
            yield f"{path}:{tree.line_of(text, match.start())}: {match.group(0)}"


tree.run(check)
