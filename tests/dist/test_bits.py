# SPDX-License-Identifier: GPL-2.0-or-later
"""The same bits, whatever the number of workers and the way between them."""
import os

import workers

NET = ["karate", "--layers", "10", "--hidden", "24", "--iterations", "12"]
Q = ["--solver", "pdadmm-g-q"]
BITS = [[]] + [[*Q, "--quantise", "pq", "--bits", bits] for bits in ("16", "8", "4")]
WAYS = [[], ["--transport", "tcp"], ["--transport", "tcp", "--curve"]]
FULL = bool(os.environ.get("GAMLP_NEMESIS"))


class Bits(workers.Case):
    def same(self, *words, counts=(1, 2, 3, 5, 10), more=()):
        expected = self.run_bits("alone", *words)
        self.assertTrue(expected[1])
        for count in counts:
            got = self.run_bits(f"with{count}", *words, "--workers", str(count), *more)
            self.assertEqual(got, expected, count)

    def test_float32(self):
        self.same(*NET)

    def test_tcp(self):
        self.same(*NET, counts=(2, 5), more=("--transport", "tcp"))

    def test_every_way(self):
        """Numbers of bits, of workers, and ways: all of them with GAMLP_NEMESIS=1, else each a few times."""
        for b, bits in enumerate(BITS):
            expected = self.run_bits("alone", *NET, *bits, "--overwrite")
            for c, count in enumerate(("1", "2", "3", "5", "10")):
                for w, way in enumerate(WAYS):
                    if FULL or (count != "1" and (b + c) % 4 == 3 and (b + c + w) % 3 == 2):
                        got = self.run_bits("w", *NET, *bits, "--workers", count, *way, "--overwrite")
                        self.assertEqual(got, expected, (bits, count, way))

    def test_16_bits(self):
        self.same(*NET, *Q, "--bits", "16", counts=(2, 3, 10))

    def test_8_bits_of_p_and_q(self):
        self.same(*NET, *Q, "--quantise", "pq", counts=(2, 3, 10))

    def test_4_bits(self):
        self.same(*NET, *Q, "--bits", "4", "--quantise", "pq", counts=(2, 5))

    def test_growth(self):
        self.same("karate", "--grow", "2,4,7", "--hidden", "20", "--iterations", "8", "--seeds", "2",
                  counts=(1, 2, 3, 5))

    def test_features_of_16_bits(self):
        self.same("karate", "--features", "row^1..3", "--storage", "bfloat16", "--layers", "4", "--hidden", "12",
                  "--iterations", "6", counts=(2,))

    def test_from_a_model(self):
        """A warm start, by the Gram matrix and without, over stages, too."""
        self.good("train", "karate", "--layers", "4", "--hidden", "12", "--iterations", "6", "--out", "m", "--quiet")
        net = ["karate", "--hidden", "12", "--iterations", "6", "--from", "m"]
        self.same(*net, "--layers", "4", counts=(1, 2, 3))
        self.environment["GAMLP_FAULT"] = "kill:2@3:p"
        done = self.run_gamlp("train", *net, "--layers", "4", "--workers", "2", "--out", "lost")
        del self.environment["GAMLP_FAULT"]
        self.assertEqual((done.returncode, self.bits("lost")), (0, self.bits("alone")))
        self.same(*net, *Q, "--grow", "4,6", "--overwrite", counts=(2, 3))
        self.generate()
        net = ["csbm.gamlp", "--hops", "1", "--layers", "3", "--hidden", "9", "--iterations", "4", "--overwrite"]
        self.good("train", *net, "--out", "m", "--quiet")
        self.same(*net, "--from", "m", counts=(2, 3))

    def test_many_columns(self):
        """More training nodes than features: layer 1 without the Gram matrix."""
        self.same("csbm.gamlp" if self.generate() else "", "--hops", "1", "--layers", "4", "--hidden",
                  "16", "--iterations", "10", counts=(1, 2, 4))

    def generate(self):
        self.good("generate", "--nodes", "400", "--edges", "900", "--words", "20",
                  "--words-per-node", "5", "--classes", "3", "--train-per-class", "30", "--val",
                  "60", "--test", "90", "--out", "csbm.gamlp")
        return True

    def test_schedules_and_stops(self):
        self.same(*NET, "--schedule", "stall", "--iterations", "25", counts=(2, 3))
        self.same(*NET, "--patience", "3", "--iterations", "25", "--overwrite", counts=(2, 3))
        self.same(*NET, "--train-score", "2", "--overwrite", counts=(2, 3))
        self.same(*NET, "--val-score", "4", "--patience", "5", "--iterations", "30", "--overwrite",
                  counts=(2, 3))

    def test_wide_layers(self):
        """Validation nodes are scored by pairs; those of two layers in one process at once."""
        net = ["citation-sim", "--hidden", "500", "--iterations", "4"]
        self.same(*net, "--layers", "2", counts=(1, 2))
        self.good("train", *net, "--layers", "2", "--out", "m", "--quiet")
        self.same(*net, "--layers", "2", "--from", "m", "--overwrite", counts=(1, 2))
        self.same(*net, "--grow", "2,3", "--overwrite", counts=(2, 3))

    def test_ahead(self):
        """With two threads an iteration begins while the one before is scored; what it is made for may not
        come: another stage, the end of patience, a score of the training nodes, a checkpoint."""
        net = ["citation-sim", "--hidden", "500"]
        for more in (["--layers", "2", "--iterations", "12", "--seeds", "2"],
                     ["--layers", "2", "--iterations", "40", "--patience", "3", "--min-iterations", "4"],
                     ["--layers", "2", "--iterations", "11", "--val-score", "3", "--checkpoint-every", "2"],
                     ["--layers", "2", "--iterations", "9", "--train-score", "2"],
                     ["--layers", "2", "--iterations", "9", "--schedule", "every", "--schedule-every", "2"],
                     ["--solver", "pdadmm-g-q", "--layers", "2", "--iterations", "9"],
                     ["--grow", "2,3", "--iterations", "30", "--patience", "2", "--min-iterations", "3"],
                     ["--grow", "2,3", "--iterations", "5", "--regulariser", "group", "--omega", "0.01",
                      "--regularised", "last", "--patience", "2", "--min-iterations", "2"]):
            one = self.run_bits("one", *net, *more, "--threads", "1", "--overwrite")
            two = self.run_bits("two", *net, *more, "--threads", "2", "--overwrite")
            self.assertEqual(two, one, more)

    def test_splits(self):
        self.same("citation-sim", "--layers", "4", "--hidden", "12", "--iterations", "4", "--splits",
                  "2", "--seeds", "2", counts=(2, 4))


class Refusals(workers.Case):
    def test_options(self):
        self.bad(78, "dladmm", "one process",
                 words=["train", "karate", "--workers", "2", "--solver", "dladmm"])
        self.bad(66, "/nowhere/gamlp", words=["train", "karate", "--workers", "2", "--program",
                                              "/nowhere/gamlp"])

    def test_failures_of_workers_are_ours(self):
        """The sentence of a solver that fails in a worker is the one that it has without."""
        layers = "52" if "(double)" in self.good("version") else "10"  # of which the second worker's overflow
        words = ["train", "karate", "--layers", layers, "--hidden", "8", "--init-scale", "1e6"]
        alone = self.run_gamlp(*words, "--out", "a")
        with_two = self.run_gamlp(*words, "--out", "b", "--workers", "2")
        self.assertEqual(alone.returncode, 65)
        self.assertIn("iteration 1, layer", alone.stderr)
        self.assertEqual((with_two.returncode, with_two.stderr), (alone.returncode, alone.stderr))
        self.assertEqual(self.listing(), ["tmp"])


if __name__ == "__main__":
    workers.main()
