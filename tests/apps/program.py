# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the program share.  usage of each: test_X.py GAMLP SOURCE"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest
import zipfile

GAMLP, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SCIPY = "/usr/bin/python3"  # the system's, which scipy belongs to
HAS_SCIPY = os.path.exists(SCIPY) and subprocess.run(
    [SCIPY, "-c", "import numpy, scipy.io, scipy.sparse.linalg"], capture_output=True).returncode == 0
SMALL = ["--iterations", "8", "--hidden", "12"]
GENERATE = ["--nodes", "300", "--edges", "700", "--words", "90", "--words-per-node", "8",
            "--classes", "3", "--train-per-class", "5", "--val", "60", "--test", "90"]
SPLIT = ["--train-per-class", "5", "--val", "60", "--test", "90"]


def limit_files(size):
    """To be called in a child: no file gets larger than that."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def forget_killed():
    """Remove what libomp left in shared memory for processes that were killed or could not write:
    the next process with one of their numbers would die of it before main()."""
    for file in pathlib.Path("/dev/shm").glob(f"__KMP_REGISTERED_LIB_*_{os.getuid()}"):
        if not pathlib.Path("/proc", file.name.split("_")[-2]).exists():
            file.unlink(missing_ok=True)


class Case(unittest.TestCase):
    """Each test runs in a folder of its own, with no GAMLP_DATA."""

    def setUp(self):
        forget_killed()
        self.addCleanup(forget_killed)
        folder = tempfile.TemporaryDirectory(prefix="gamlp-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {k: v for k, v in os.environ.items() if k != "GAMLP_DATA"}

    def run_gamlp(self, *words, before=None, **more):
        return subprocess.run([GAMLP, *words], cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, preexec_fn=before,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})

    def limited(self, size):
        """limit_files(size), or the test is skipped: libomp writes a file before the program
        begins, and ThreadSanitizer a larger one."""
        if self.run_gamlp("version", before=limit_files(size)).returncode != 0:
            self.skipTest("the program cannot start under a limit of file sizes")
        return limit_files(size)

    def good(self, *words, **more):
        """Standard output of a command that succeeds and says nothing on stderr."""
        done = self.run_gamlp(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def bad(self, code, *texts, words, **more):
        """A command that fails with this code and one sentence that holds the texts."""
        done = self.run_gamlp(*words, **more)
        self.assertEqual(done.returncode, code, (words, done.stderr))
        self.assertRegex(done.stderr, r"\Agamlp: [^\n]+[^.\n]\n\Z")
        for text in texts:
            self.assertIn(text, done.stderr)
        return done

    def train(self, *words):
        """The summary of a small training run."""
        return json.loads(self.good("train", *SMALL, *words, "--json"))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def listing(self):
        """Every path below the folder, relative."""
        found = []
        for where, folders, files in os.walk(self.folder):
            found += [os.path.relpath(os.path.join(where, n), self.folder) for n in folders + files]
        return sorted(found)

    def without_split(self, source, target):
        """Copy an npz file that gamlp generate wrote, but not its split."""
        with zipfile.ZipFile(self.path(source)) as old, \
                zipfile.ZipFile(self.path(target), "w") as new:
            for name in old.namelist():
                if not name.startswith("idx_"):
                    new.writestr(name, old.read(name))

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as stream:
            return stream.read()

    def write(self, text, *names):
        with open(self.path(*names), "w", encoding="utf-8") as stream:
            stream.write(text)


def main():
    """Run the tests of the calling module; 77 when nothing failed and something was skipped."""
    result = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
