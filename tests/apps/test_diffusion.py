# SPDX-License-Identifier: GPL-2.0-or-later
"""Diffusion features, factors that follow a graph, label spreading and Correct & Smooth."""
import array
import json
import os
import re
import struct
import subprocess
import unittest

import program

COMPARE = os.path.join(program.SOURCE, "tests", "bench", "compare_heat.py")


class Diffusion(program.Case):
    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as stream:
            return stream.read()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as stream:
            stream.write(text)
        return name

    def test_methods(self):
        for method in ("cholesky", "cg", "chebyshev", "push"):
            text = self.good("features", "karate", "--features", "ppr(0.1); katz(0.3)", "--diffusion",
                             method, "--out", method + ".npy")
            self.assertIn("chosen", text)
            self.assertRegex(text, r"residual  \d")
        sizes = {len(self.read(m + ".npy")) for m in ("cholesky", "cg", "chebyshev", "push")}
        self.assertEqual(len(sizes), 1)

    def test_refusals(self):
        def bad(code, sentence, *words):
            done = self.run_gamlp("features", "karate", "--out", "x.npy", *words)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(sentence, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.folder, "x.npy")))
        bad(78, "within 50 bytes", "--features", "ppr(0.1)", "--memory", "50")
        bad(78, "within 1024 bytes", "--features", "ppr(0.1)", "--memory", "1K")
        bad(64, '--memory: "2X" is not a number of bytes', "--features", "ppr(0.1)", "--memory", "2X")
        bad(78, "not positive definite", "--features", "katz(0.9, adj)")
        bad(78, "is for ppr and katz", "--features", "heat(3)", "--diffusion", "cg")
        bad(64, "--factor", "--features", "ppr(0.1)", "--update", "e.csv")
        bad(78, "one term", "--features", "x; ppr(0.1)", "--factor", "f")
        bad(78, "ppr(A)", "--features", "heat(2)", "--factor", "f")

    def test_factor(self):
        ppr = ("features", "karate", "--features", "ppr(0.2, row)", "--factor", "f", "--out")
        self.assertIn("factor    made", self.good(*ppr, "a.npy"))
        self.good(*ppr, "b.npy")
        self.assertEqual(self.read("a.npy"), self.read("b.npy"))
        self.write("there.csv", "# an edge\n+,0,33\n-,0,1\n\n5,20\n")
        self.write("back.csv", "-,0,33\n+,0,1\n-,5,20\n")
        self.assertIn("3 updates", self.good(*ppr, "c.npy", "--update", "there.csv"))
        self.assertNotEqual(self.read("a.npy"), self.read("c.npy"))
        self.good(*ppr, "d.npy")
        self.assertEqual(self.read("c.npy"), self.read("d.npy"))
        before = self.read("f")
        for text, sentence in (("+,0,33\n", "line 1: edge 0 33 is to come"), ("-,3\n", "line 1"),
                               ("5,6,7\n", "line 1"), ("+,9,99\n", "expected nodes 0 to 33")):
            done = self.run_gamlp(*ppr, "e.npy", "--update", self.write("bad.csv", text))
            self.assertEqual(done.returncode, 65, done.stderr)
            self.assertIn(sentence, done.stderr)
            self.assertEqual(self.read("f"), before)
        self.good(*ppr, "e.npy", "--update", "back.csv")
        done = self.run_gamlp("features", "karate", "--features", "ppr(0.1)", "--factor", "f", "--out",
                              "g.npy")
        self.assertEqual(done.returncode, 78)
        self.assertIn("another term", done.stderr)
        self.write("f", "nonsense")
        self.assertEqual(self.run_gamlp(*ppr, "g.npy").returncode, 65)

    def test_update(self):
        """Only what changes move is computed, and is what a fresh factor gives."""
        self.good("generate", "--model", "er", "--nodes", "400", "--edges", "300", "--classes", "2",
                  "--feature-kind", "gaussian", "--train", "20", "--val", "20", "--test", "20", "--out",
                  "g.gamlp")

        def features(*words):
            return self.good("features", "g.gamlp", "--features", "ppr(0.1)", *words)

        def numbers(name):
            data = self.read(name)
            kind = "d" if b"<f8" in data[:128] else "f"
            return array.array(kind, data[-400 * 64 * array.array(kind).itemsize:])
        features("--factor", "f", "--out", "x.npy")
        for text in ("+,1,2\n+,7,399\n", "-,2,1\n+,11,12\n"):
            self.write("e.csv", text)
            told = features("--factor", "f", "--out", "x.npy", "--update", "e.csv")
            moved = int(re.search(r"features of (\d+) nodes", told).group(1))
            self.assertTrue(3 <= moved < 400, told)
        residual = float(re.search(r"residual  (\S+),", told).group(1))
        self.assertLess(residual, 4e-7)
        features("--factor", "f", "--out", "y.npy")  # all anew
        for a, b in zip(numbers("x.npy"), numbers("y.npy")):
            self.assertLess(abs(a - b), 1e-5)
        self.write("e.csv", "-,11,12\n")  # x.npy is not the last result any more
        for name in ("x.npy", "z.npy"):
            self.assertIn("features of 400 nodes", features("--factor", "f", "--out", name, "--update", "e.csv"))
            self.write("e.csv", "+,11,12\n")

    def test_many_updates(self):
        """Changes stay beside a factor until they cost more than a factorisation, also from file to file."""
        ppr = ("features", "karate", "--features", "ppr(0.1)", "--factor", "f", "--out", "x.npy")
        self.good(*ppr)
        kind = "d" if b"<f8" in self.read("x.npy")[:128] else "f"

        def numbers():
            return array.array(kind, self.read("x.npy")[128:])
        original = numbers()
        self.write("e.csv", "+,0,33\n")
        self.good(*ppr, "--update", "e.csv")
        changed = numbers()
        self.assertGreater(max(abs(a - b) for a, b in zip(original, changed)), 1e-3)
        for times, left in ((100, 201), (27, 255), (1, 1), (300, 89)):
            self.write("e.csv", "-,0,1\n+,0,1\n" * times)
            self.assertIn("%d updates" % (2 * times), self.good(*ppr, "--update", "e.csv"))
            self.assertEqual(struct.unpack_from("<q", self.read("f"), 112)[0], left)
            self.assertLess(max(abs(a - b) for a, b in zip(changed, numbers())), 1e-5)

    @unittest.skipUnless(program.HAS_SCIPY, "no scipy")
    def test_heat(self):
        """Both expansions against expm_multiply()."""
        self.good("generate", "--model", "ba", "--nodes", "500", "--edges", "1500", "--classes", "3",
                  "--feature-kind", "gaussian", "--dimension", "20", "--train", "20", "--val", "20", "--test",
                  "20", "--out", "g.gamlp")
        for time in ("0.5", "7"):
            done = subprocess.run([program.SCIPY, "-B", COMPARE, program.GAMLP, "--time", time, "g.gamlp"], check=True,
                                  cwd=self.folder, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout)
            for key in ("rational", "rational_most", "chebyshev", "chebyshev_most"):
                self.assertLess(found[key], 1e-6, found)

    def test_propagate(self):
        text = self.good("propagate", "karate", "--out", "p.csv")
        self.assertIn("smooth", text)
        self.assertEqual(self.read("p.csv").count(b"\n"), 35)
        scores = json.loads(self.good("propagate", "karate", "--alpha", "0.9", "--json"))
        self.assertEqual(scores["smooth"], 0.9)
        self.assertGreater(scores["test"]["accuracy"], 0.8)
        self.assertEqual(self.run_gamlp("propagate", "karate", "--alpha", "1").returncode, 64)

    def test_correct_smooth(self):
        self.good("train", "karate", "--features", "ppr(0.1)", *program.SMALL, "--out", "run")
        plain = json.loads(self.good("eval", "run", "--json"))
        better = json.loads(self.good("eval", "run", "--json", "--correct-smooth"))
        self.assertGreaterEqual(better["val"]["accuracy"], plain["val"]["accuracy"])
        fixed = json.loads(self.good("eval", "run", "--json", "--correct-smooth", "--correct", "0.5",
                                     "--smooth", "0.7"))
        self.assertEqual((fixed["correct"], fixed["smooth"]), (0.5, 0.7))
        self.good("predict", "run", "--correct-smooth", "--out", "p.csv")
        self.bad(64, "are about --correct-smooth", words=["eval", "run", "--smooth", "0.5"])
        self.assertEqual(self.read("p.csv").count(b"\n"), 35)


program.main()
