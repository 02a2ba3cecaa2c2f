# SPDX-License-Identifier: GPL-2.0-or-later
"""Relative links of the documents lead to files (and headings) that exist."""
import os
import re

import tree


def anchors(text):
    """The anchors that Markdown renderers make of headings."""
    found = set()
    for heading in re.findall(r"^#+ +(.*?) *$", text, re.M):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


def check(root):
    for path in tree.files(root, {".md"}):
        text = tree.read(root, path)
        for match in re.finditer(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", blank, text, flags=re.S)):
            target, _, anchor = match.group(1).partition("#")
            where = f"{path}:{tree.line_of(text, match.start())}"
            if re.match(r"[a-z]+:", target):
                continue
            full = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if not os.path.exists(os.path.join(root, full)):
                yield f"{where}: {target} does not exist"
            elif anchor and anchor not in anchors(tree.read(root, full)):
                yield f"{where}: {full} has no heading for #{anchor}"


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


tree.run(check)
