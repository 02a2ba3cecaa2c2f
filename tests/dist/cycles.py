# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of three workers that start and end, one after the other.  usage: cycles.py GAMLP SOURCE COUNT
Each must end within its time with the same bits; afterwards there is no process, no file and nothing in shared
memory.  Then one run loses a worker again and again: those that stay have as many descriptors as before."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

COUNT = int(sys.argv.pop(3)) if len(sys.argv) > 3 else 20

import workers  # noqa: E402  (it takes the other two words)

FILES = ["config.yaml", "model.safetensors", "run.jsonl", "summary.json"]
NET = ["train", "karate", "--layers", "3", "--hidden", "8", "--workers", "3", "--out", "r", "--overwrite"]


def shared_memory():
    """Objects in shared memory, but those of libomp: others on this machine come and go."""
    names = {n for n in os.listdir("/dev/shm") if "gamlp" in n}
    for kind in ("shm", "sem", "msg"):
        lines = pathlib.Path("/proc/sysvipc", kind).read_text(encoding="ascii").splitlines()[1:]
        names |= {f"{kind} {line.split()[1]}" for line in lines}
    return names


def cycle(folder, environment):
    """The hash of the model of one run."""
    done = subprocess.run([workers.program.GAMLP, *NET, "--iterations", "3", "--json"], cwd=folder,
                          env=environment, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          capture_output=True, check=True)
    left = workers.left_of(folder), os.listdir(os.path.join(folder, "tmp"))
    files = sorted(os.listdir(os.path.join(folder, "r"))), sorted(os.listdir(folder))
    if done.stderr or left != ([], []) or files != (FILES, ["r", "tmp"]):
        sys.exit(f"{done.stderr} {left} {files}")
    return json.loads(done.stdout)["runs"][0]["model_sha256"]


def wait_for(what, run):
    end = time.monotonic() + 60
    while not what():
        if run.poll() is not None or time.monotonic() > end:
            run.kill()
            sys.exit(f"the run that loses workers ended, or stands still: {run.communicate()[1]}")
        time.sleep(0.02)


class Losses:
    """A run whose worker is killed again and again."""

    def __init__(self, folder, environment, count):
        self.folder, self.count, self.generation = folder, count, 0
        self.run = subprocess.Popen(
            [workers.program.GAMLP, *NET, "--iterations", "10000000", "--checkpoint-every", "50",
             "--max-restarts", str(count), "--quiet"], cwd=folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def workers(self):
        return set(workers.processes_of(self.folder)) - {self.run.pid}

    def is_under_way(self):
        """Whether all three have worked since the last loss."""
        try:
            text = pathlib.Path(self.folder, "r/workers/status.json").read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        now = json.loads(text)["generation"]
        if now <= self.generation or len(self.workers()) != 3:
            return False
        self.generation = now
        return True

    def settle(self, stay, most):
        """Descriptors of those who stay; what is open for a moment only is waited for."""
        had = []

        def counted():
            had[:] = [len(os.listdir(f"/proc/{pid}/fd")) for pid in stay]
            return most is None or all(h <= m for h, m in zip(had, most))

        try:
            wait_for(counted, self.run)
        except SystemExit:
            sys.exit(f"descriptors leak: {most} became {had}")
        return had

    def measure(self):
        wait_for(self.is_under_way, self.run)
        victim = max(self.workers())
        stay = [self.run.pid, *sorted(self.workers() - {victim})]
        first = last = None
        for _ in range(self.count):
            os.kill(victim, signal.SIGKILL)
            wait_for(self.is_under_way, self.run)
            last = self.settle(stay, first)
            first = first or [n + 1 for n in last]  # a file, or a connection, may be underway
            victim, = self.workers() - set(stay)
        return last


def main():
    models, slowest, before = set(), 0, shared_memory()
    with tempfile.TemporaryDirectory(prefix="gamlp-test-") as folder:
        folder = os.path.realpath(folder)
        os.mkdir(os.path.join(folder, "tmp"))
        environment = dict(os.environ, TMPDIR=os.path.join(folder, "tmp"))
        for _ in range(COUNT):
            begin = time.monotonic()
            models.add(cycle(folder, environment))
            slowest = max(slowest, time.monotonic() - begin)
        if len(models) != 1 or not shared_memory() <= before:
            sys.exit(f"{models} {shared_memory() - before}")
        print(json.dumps({"cycles": COUNT, "slowest_s": round(slowest, 3)}), flush=True)
        losses = Losses(folder, environment, max(4, COUNT // 20))
        try:
            descriptors = losses.measure()
        finally:
            losses.run.kill()
            losses.run.communicate()
        print(json.dumps({"losses": losses.count, "descriptors": descriptors}))
        while workers.processes_of(folder):  # until they have noticed
            time.sleep(0.02)
    workers.program.forget_killed()


main()
