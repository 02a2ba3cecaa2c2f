# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of three workers that start and end, one after the other.  usage: cycles.py GAMLP SOURCE COUNT
Each must end within its time with the same bits; afterwards there is no process and no file."""
import json
import os
import subprocess
import sys
import tempfile
import time

COUNT = int(sys.argv.pop(3)) if len(sys.argv) > 3 else 20

import workers  # noqa: E402  (it takes the other two words)


def main():
    models, slowest = set(), 0
    with tempfile.TemporaryDirectory(prefix="gamlp-test-") as folder:
        folder = os.path.realpath(folder)
        os.mkdir(os.path.join(folder, "tmp"))
        environment = dict(os.environ, TMPDIR=os.path.join(folder, "tmp"))
        for _ in range(COUNT):
            begin = time.monotonic()
            done = subprocess.run([workers.program.GAMLP, "train", "karate", "--layers", "3", "--hidden",
                                   "8", "--iterations", "3", "--workers", "3", "--json", "--out", "r",
                                   "--overwrite"], cwd=folder, env=environment, text=True, timeout=60,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=True)
            slowest = max(slowest, time.monotonic() - begin)
            models.add(json.loads(done.stdout)["runs"][0]["model_sha256"])
            left = workers.processes_of(folder), os.listdir(os.path.join(folder, "tmp"))
            if done.stderr or left != ([], []) or len(models) != 1:
                sys.exit(f"{done.stderr} {left} {models}")
    print(json.dumps({"cycles": COUNT, "slowest_s": round(slowest, 3)}))


main()
