# SPDX-License-Identifier: GPL-2.0-or-later
"""Little memory and little room on a disk, made by the test that uses them and removed by it."""
import os
import pathlib
import time
import unittest

import network

CGROUP = pathlib.Path("/sys/fs/cgroup")


class Memory:
    """A control group (version 1 or 2) whose processes have so many bytes together; self.join is the file that a
    process writes its number to."""

    def __init__(self, size):
        unified = (CGROUP / "cgroup.controllers").exists()
        self.folder = (CGROUP if unified else CGROUP / "memory") / f"gamlp-test-{os.getpid()}"
        self.join = self.folder / "cgroup.procs"
        limits = ["memory.max", "memory.swap.max"] if unified else ["memory.limit_in_bytes"]
        values = [str(size), "0"]
        try:
            self.folder.mkdir()
            for name, value in zip(limits, values):
                (self.folder / name).write_text(value, encoding="ascii")
        except OSError as error:
            self.remove()
            raise unittest.SkipTest(f"no control group for memory: {error}") from None

    def remove(self):
        """The kernel takes a moment to see that the last process has gone."""
        end = time.monotonic() + 10
        while self.folder.exists():
            try:
                self.folder.rmdir()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)


class Disk:
    """A file system of so many bytes in the memory, at the folder `path`."""

    def __init__(self, path, size):
        network.need("mount", "umount")
        self.path = path
        os.mkdir(path)
        try:
            network.run("mount", "-t", "tmpfs", "-o", f"size={size}", "gamlp-test", path)
        except RuntimeError as error:
            raise unittest.SkipTest(f"no file system can be mounted: {error}") from None

    def remove(self):
        network.run("umount", self.path)
