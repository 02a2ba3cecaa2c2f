# SPDX-License-Identifier: GPL-2.0-or-later
"""Features out of core: the numbers of the program that has everything in memory, within a budget,
and after any number of deaths."""
import os
import random
import signal
import struct
import subprocess
import sys

import program

SEED = int(os.environ.get("GAMLP_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
SET = ("x; sym^1..3; row(noloops)^2; lazy(0.3)^2; mean(sym^0..4, 0.1); appnp(0.1, 3, adj(loops)); "
       "degree(log)")
PLAIN = "row^1..6"


class Npy:
    """Elements of an .npy file by (node, feature), as bytes."""

    def __init__(self, path):
        with open(path, "rb") as stream:
            data = stream.read()
        length = struct.unpack("<H", data[8:10])[0]
        head = eval(data[10:10 + length].decode(), {"__builtins__": {}})
        self.shape, self.columns = head["shape"], head["fortran_order"]
        self.data, self.item = data[10 + length:], int(head["descr"][2:])

    def rows(self):
        n, d = self.shape
        if not self.columns:
            return self.data
        made = bytearray(len(self.data))
        for f in range(d):
            column = self.data[f * n * self.item:(f + 1) * n * self.item]
            for b in range(self.item):
                made[f * self.item + b::d * self.item] = column[b::self.item]
        return bytes(made)


class Stream(program.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)

    def make(self, *more):
        self.good("generate", "--nodes", "6000", "--edges", "30000", "--classes", "3", "--val", "60",
                  "--test", "90", *more, "--out", "g.gamlp")

    def features(self, out, *words):
        return self.good("features", "g.gamlp", "--out", out, *words)

    def least(self, feature_set):
        """What it takes to have one feature at a time."""
        done = self.run_gamlp("features", "g.gamlp", "--features", feature_set, "--stream", "40M",
                              "--out", "s.npy")
        self.assertEqual(done.returncode, 71)
        return int(done.stderr.split("needs at least ")[1].split()[0])

    def same(self, one, other):
        a, b = Npy(self.path(one)), Npy(self.path(other))
        self.assertEqual((a.shape, a.columns, b.columns), (b.shape, False, True))
        self.assertTrue(a.rows() == b.rows(), "another bit")

    def test_dense(self):
        self.make("--feature-kind", "gaussian", "--dimension", "40")
        self.features("m.npy", "--features", SET)
        least = self.least(SET)
        for memory in (least + 2 * 10**6, 10**9):  # panels of a third of the features; of all
            text = self.features("s.npy", "--features", SET, "--stream", str(memory))
            self.assertIn("panels of 40" if memory == 10**9 else "panels of ", text)
            self.same("m.npy", "s.npy")
        self.assertEqual(sorted(os.listdir(self.folder)), ["g.gamlp", "m.npy", "s.npy"])

    def test_sparse(self):
        self.make("--words", "90", "--words-per-node", "8")
        for rule in ("none", "row", "l2"):
            self.features("m.npy", "--features", SET, "--normalise", rule)
            self.features("s.npy", "--features", SET, "--normalise", rule, "--stream", "80M")
            self.same("m.npy", "s.npy")

    def test_isolated_nodes(self):
        self.make("--edges", "2000", "--words", "30", "--words-per-node", "3")
        self.features("m.npy", "--features", SET)
        self.features("s.npy", "--features", SET, "--stream", "1G")
        self.same("m.npy", "s.npy")

    def test_units(self):
        """Memory for all features at once, and still units of work that a killed run has behind it."""
        self.make("--feature-kind", "gaussian", "--dimension", "100")
        for terms, width in (("sym^1..2", 64), ("sym", 32), ("sym^1..2; row^1..2", 100)):
            self.features("m.npy", "--features", terms)
            self.assertIn(f"panels of {width} ", self.features("s.npy", "--features", terms, "--stream", "1G"))
            self.same("m.npy", "s.npy")

    def test_budget(self):
        """The most memory the process had stays below the budget."""
        self.make("--feature-kind", "gaussian", "--dimension", "300")
        memory = 96 << 20
        child = subprocess.Popen([program.GAMLP, "features", "g.gamlp", "--features", PLAIN, "--stream",
                                  str(memory), "--out", "s.npy"], cwd=self.folder,
                                 env=self.environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        self.assertEqual(status, 0)
        if not os.environ.get("ASAN_OPTIONS") and not os.environ.get("TSAN_OPTIONS"):
            self.assertLess(usage.ru_maxrss << 10, memory)

    def kill(self, feature_set, memory, after):
        """A run that dies when it has done more than `after` units, if it is not faster."""
        child = subprocess.Popen([program.GAMLP, "features", "g.gamlp", "--features", feature_set,
                                  "--stream", memory, "--checkpoint", "0", "--out", "s.npy"],
                                 cwd=self.folder,
                                 env=self.environment, stdout=subprocess.DEVNULL)
        while child.poll() is None:
            try:
                with open(self.path("s.npy.progress"), encoding="utf-8") as stream:
                    if int(stream.read().split()[1]) > after:
                        break
            except FileNotFoundError:
                pass
        child.send_signal(signal.SIGKILL)
        self.assertIn(child.wait(), (0, -signal.SIGKILL))
        return child.returncode != 0

    def die_often(self, feature_set):
        memory, after, deaths = str(self.least(feature_set) + 4 * 10**6), 0, 0
        self.features("m.npy", "--features", feature_set)
        while self.kill(feature_set, memory, after):
            after += self.random.randrange(2, 20)
            deaths += 1
        if deaths == 0:
            self.skipTest("the run is faster than its killer")
        self.same("m.npy", "s.npy")
        self.assertEqual(sorted(os.listdir(self.folder)), ["g.gamlp", "m.npy", "s.npy"])

    def test_killed(self):
        self.make("--feature-kind", "gaussian", "--dimension", "100")
        print(f"GAMLP_TEST_SEED={SEED}", file=sys.stderr)
        self.die_often(PLAIN)
        self.die_often(SET)

    def test_goes_on(self):
        """What is there is taken for the same work only."""
        self.make("--feature-kind", "gaussian", "--dimension", "100")
        memory = str(self.least(PLAIN) + 2 * 10**6)
        if not self.kill(PLAIN, memory, 3):
            self.skipTest("the run is faster than its killer")
        done = int(self.features("s.npy", "--features", PLAIN, "--stream", memory)
                   .split("features; ")[1].split()[0])
        self.assertGreater(done, 3)
        if not self.kill(PLAIN, memory, 3):
            self.skipTest("the run is faster than its killer")
        self.assertIn("; 0 units", self.features("s.npy", "--features", "row^1..5", "--stream", memory))
        self.features("m.npy", "--features", "row^1..5")
        self.same("m.npy", "s.npy")

    def test_wrong(self):
        self.make("--words", "30", "--words-per-node", "3")
        words = ["features", "g.gamlp", "--out", "s.npy", "--stream", "1G"]
        for term in ("ppr(0.1)", "tri", "sym(triangles)^2", "core", "mean(tri^1..2)"):
            self.bad(78, "cannot be made out of core", words=[*words, "--features", term])
        self.bad(71, "needs at least", "g.gamlp", words=[*words[:-1], "1M"])
        self.bad(64, '"many" is not a number of bytes', words=[*words[:-1], "many"])
        self.bad(64, "with --stream expected", words=[*words, "--out", "s.gamlp"])
        self.bad(78, "bfloat16 does not work out of core", words=[*words, "--storage", "bfloat16"])
        self.bad(66, "none.gamlp", words=["features", "none.gamlp", *words[2:]])
        self.assertEqual(os.listdir(self.folder), ["g.gamlp"])


program.main()
