# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function that a public header declares has a comment: its paragraph (the lines between
blank ones) begins with one."""
import re

import tree

DECLARATION = r"^(?!typedef|extern \"C\")[a-z][\w *]*\b(gamlp_\w+)\("


def check(root):
    for path in tree.c_files(root, ("lib/include",)):
        text = tree.read(root, path)
        line = 1
        for paragraph in re.split(r"\n[ \t]*\n", text):
            for match in re.finditer(DECLARATION, paragraph, re.M):
                if not paragraph.lstrip("\n").startswith("/*"):
                    at = line + tree.line_of(paragraph, match.start()) - 1
                    yield f"{path}:{at}: {match.group(1)} has no comment"
            line += paragraph.count("\n") + 2


tree.run(check)
