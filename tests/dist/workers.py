# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of several processes share."""
import hashlib
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

import program  # noqa: E402  (beside the other tests of the program)


def processes_of(folder):
    """Numbers of the processes, zombies aside, whose working directory is this folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == folder:
                found.append(int(entry.name))
        except OSError:
            pass  # it has ended, or is somebody else's
    return found


def left_of(folder):
    """Those that stay: what a leak checker has cloned may end a moment after the process that was waited for."""
    end = time.monotonic() + 20
    while (found := processes_of(folder)) and time.monotonic() < end:
        time.sleep(0.01)
    return found


class Case(program.Case):
    def setUp(self):
        super().setUp()
        self.folder = os.path.realpath(self.folder)
        self.sockets = self.path("tmp")
        os.mkdir(self.sockets)
        self.environment["TMPDIR"] = self.sockets
        self.environment.pop("GAMLP_FAULT", None)

    def tearDown(self):
        """Nobody is left, and nothing of theirs."""
        self.assertEqual(left_of(self.folder), [])
        self.assertEqual(os.listdir(self.sockets), [])

    def wait_for(self, what, seconds=60):
        """There is nothing to wait on: a file appears when it does."""
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    @staticmethod
    def ports(*processes):
        """Where these processes listen."""
        inodes = set()
        for pid in processes:
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    link = os.readlink(f"/proc/{pid}/fd/{fd}")
                    if link.startswith("socket:["):
                        inodes.add(link[8:-1])
            except OSError:
                pass
        with open("/proc/net/tcp", encoding="ascii") as stream:
            lines = [line.split() for line in stream.readlines()[1:]]
        return [int(f[1].split(":")[1], 16) for f in lines if f[3] == "0A" and f[9] in inodes]

    def bits(self, name):
        """The hashes of a run's models, and its journal without the clock and the bytes."""
        summary = json.loads(self.read(name, "summary.json"))
        records = [json.loads(line) for line in self.read(name, "run.jsonl").splitlines()]
        for record in records:
            del record["seconds"]
            record.pop("workers", None)
        models = [r["model_sha256"] for r in summary["runs"]]
        with open(self.path(name, "model.safetensors"), "rb") as stream:
            self.assertIn(hashlib.sha256(stream.read()).hexdigest(), models)
        return models, records, [r["test_accuracy"] for r in summary["runs"]]

    def run_bits(self, name, *words):
        self.good("train", *words, "--out", name, "--quiet")
        return self.bits(name)


main = program.main
