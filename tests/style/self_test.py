# SPDX-License-Identifier: GPL-2.0-or-later
"""A check rejects its deliberately bad tree bad/NAME, with every sentence of the file `expected`.
usage: self_test.py NAME [argument of the check]..."""
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
name = sys.argv[1]
bad = os.path.join(here, "bad", name)
done = subprocess.run([sys.executable, os.path.join(here, f"check_{name}.py"), bad] + sys.argv[2:],
                      text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(done.stdout, end="")
with open(os.path.join(bad, "expected"), encoding="utf-8") as stream:
    missing = [line for line in stream.read().splitlines() if line not in done.stdout]
for line in missing:
    print("self-test: the check does not say:", line)
sys.exit(0 if done.returncode == 1 and not missing else 1)
