# SPDX-License-Identifier: GPL-2.0-or-later
"""Feature sets: against numpy and by their effect on training."""
import json
import os
import pathlib

import program

try:
    import numpy
except ImportError:
    numpy = None

SET = ("x; sym^1..2; row(noloops)^2; col; lazy(0.25)^3; adj(loops); tri^1..2; mean(sym^1..4, 0.1); "
       "appnp(0.2, 5); sum(row^0..2); degree; triangles(log); component")


def oracle(data):
    """The blocks of SET from the arrays of a gnn-benchmark file, dense and in double."""
    n = data["adj_shape"][0]
    own = numpy.zeros(data["attr_shape"])
    rows = numpy.repeat(numpy.arange(n), numpy.diff(data["attr_indptr"]))
    own[rows, data["attr_indices"]] = data["attr_data"]
    own /= numpy.maximum(numpy.linalg.norm(own, axis=1, keepdims=True), 1e-300)
    a = numpy.zeros((n, n))
    rows = numpy.repeat(numpy.arange(n), numpy.diff(data["adj_indptr"]))
    a[rows, data["adj_indices"]] = a[data["adj_indices"], rows] = 1
    numpy.fill_diagonal(a, 0)
    one, loops, t = numpy.eye(n), a + numpy.eye(n), a * (a @ a)

    def inverse(x, power):
        return numpy.where(x > 0, numpy.maximum(x, 1e-300) ** -power, 0)

    def sym(b):
        r = inverse(b.sum(1), 0.5)
        return r[:, None] * b * r[None, :]

    def row(b):
        return inverse(b.sum(1), 1)[:, None] * b

    def power(s, k):
        return numpy.linalg.matrix_power(s, k) @ own

    s = sym(loops)
    lazy = 0.75 * one + 0.25 * sym(a)
    part, size = numpy.arange(n), numpy.zeros(n)
    for _ in range(n):
        part = numpy.minimum(part, numpy.where(a > 0, part[None, :], n).min(1))
    size = numpy.bincount(part, minlength=n)[part] / n
    return [own, power(s, 1), power(s, 2), power(row(a), 2), power(row(loops).T, 1), power(lazy, 3),
            power(loops, 1), power(row(t), 1), power(row(t), 2),
            0.9 * sum(power(s, k) for k in range(1, 5)) / 4 + 0.1 * own,
            sum(0.2 * 0.8 ** k * power(s, k) for k in range(5)) + 0.8 ** 5 * power(s, 5),
            sum(power(row(loops), k) for k in range(3)),
            a.sum(1)[:, None], numpy.log1p(t.sum(1) / 2)[:, None], size[:, None]]


@program.unittest.skipIf(numpy is None, "needs numpy")
class Against(program.Case):
    def make(self, *more):
        self.good("generate", *program.GENERATE, "--out", "g.npz", *more)
        return numpy.load(self.path("g.npz"))

    def compare(self, data, *words):
        self.good("features", "g.npz", "--features", SET, "--out", "x.npy", *words)
        made, expected = numpy.load(self.path("x.npy")), numpy.hstack(oracle(data))
        numpy.testing.assert_allclose(made, expected, rtol=2e-5, atol=2e-6)
        return made

    def test_numpy(self):
        made = self.compare(self.make(), "--threads", "1")
        again = self.compare(numpy.load(self.path("g.npz")), "--threads", "2")
        numpy.testing.assert_array_equal(made, again)

    def test_isolated_nodes(self):
        self.compare(self.make("--edges", "100"))

    def test_container(self):
        """A container with these features trains to the same result as the set itself."""
        self.make()
        self.good("features", "g.npz", "--features", "mean(sym^1..3)", "--out", "m.gamlp")
        self.good("train", "g.npz", "--features", "mean(sym^1..3)", *program.SMALL, "--out", "a")
        self.good("train", "m.gamlp", "--hops", "1", "--normalise", "none", *program.SMALL, "--out", "b")
        ours, theirs = (json.loads(self.read(r, "summary.json"))["runs"][0] for r in "ab")
        self.assertEqual(ours["test_accuracy"], theirs["test_accuracy"])


@program.unittest.skipIf(numpy is None, "needs numpy")
class Directed(program.Case):
    """Arcs of a Matrix Market file, and the same of other sources."""
    SET = "row(out,noloops)^1..2; col(in,noloops); adj(in); sym(out)"

    def make(self, kind, arcs):
        self.write(f"%%MatrixMarket matrix coordinate pattern {kind}\n40 40 {len(arcs)}\n"
                   + "".join(f"{i + 1} {j + 1}\n" for i, j in arcs), "g.mtx")

    def features(self, *words, source="g.mtx"):
        self.good("features", source, "--features", self.SET, "--normalise", "none", "--out", "x.npy", *words)
        return numpy.load(self.path("x.npy"))

    def test_numpy(self):
        drawn = numpy.random.default_rng(3).integers(0, 39, (150, 2))
        a = numpy.zeros((40, 40))  # node 39 is isolated, some arcs are loops, some are there twice
        a[drawn[:, 0], drawn[:, 1]] = 1
        self.make("general", drawn)
        numpy.fill_diagonal(a, 0)
        b = a + numpy.eye(40)
        row, into = a / numpy.maximum(a.sum(1, keepdims=True), 1), a.T / numpy.maximum(a.T.sum(0), 1)
        roots = b / numpy.sqrt(numpy.outer(b.sum(1), b.sum(0)))
        expected = numpy.hstack([row, row @ row, into, a.T, roots])
        numpy.testing.assert_allclose(self.features(), expected, rtol=1e-5, atol=1e-7)
        kept = numpy.flatnonzero(a.sum(0) + a.sum(1))
        numpy.testing.assert_allclose(self.features("--component", "largest"), expected[kept], rtol=1e-5, atol=1e-7)

    def test_sources(self):
        arcs = [(0, 1), (1, 0), (3, 1), (3, 1), (2, 2), (1, 2), (2, 39)]
        rows = range(40)

        def table(name, lines):
            self.write("".join(f"{line}\n" for line in lines), name)

        self.make("general", arcs)
        table("p.net", ["*Vertices 40", "*Arcs"] + [f"{i + 1} {j + 1}" for i, j in arcs[2:]] + ["*Edges", "1 2"])
        table("e.edges", ["# Directed graph"] + [f"{i}\t{j}" for i, j in arcs])
        table("e.labels.csv", [i % 2 for i in rows])
        for folder in ("ogb/raw", "ogb/split/time"):
            os.makedirs(self.path(folder))
        table("ogb/raw/num-node-list.csv", [40])
        table("ogb/raw/edge.csv", [f"{i},{j}" for i, j in arcs])
        table("ogb/raw/node-feat.csv", [",".join(str(int(i == j)) for j in rows) for i in rows])
        table("ogb/raw/node-label.csv", [i % 2 for i in rows])
        for k, part in enumerate(("train", "valid", "test")):
            table(f"ogb/split/time/{part}.csv", [k])
        for source in ("p.net", "e.edges", "ogb"):
            self.good("import", source, "--out", "c.gamlp")
            for name in (source, "c.gamlp"):
                numpy.testing.assert_array_equal(self.features(), self.features(source=name), source)

    def test_cache(self):
        """Turned around they are the same undirected graph, and other features; those of the undirected graph are
        found again."""
        arcs = [(0, 1), (1, 2), (2, 3)]
        names = []
        for turn in (1, -1):
            self.make("general", [arc[::turn] for arc in arcs])
            x = [self.features("--cache", "cache"), self.features("--features", "sym", "--cache", "undirected")]
            if turn == 1:
                first = x
            names.append(os.listdir(self.path("undirected")))
        self.assertTrue((first[0] != x[0]).any())
        self.assertTrue((first[1] == x[1]).all())
        self.assertEqual(names[0], names[1])

    def test_container(self):
        """A container keeps them."""
        self.make("general", [(0, 1), (1, 2), (2, 3), (3, 2)])
        expected = self.features()
        self.good("import", "g.mtx", "--out", "g.gamlp")
        self.good("features", "g.gamlp", "--features", self.SET, "--normalise", "none", "--out", "x.npy")
        numpy.testing.assert_array_equal(numpy.load(self.path("x.npy")), expected)

    def test_none(self):
        for kind, arcs in (("symmetric", [(1, 0), (2, 1)]), ("general", [(1, 0), (0, 1)])):
            self.make(kind, arcs)
            self.bad(64, "a graph that has no directions",
                     words=["features", "g.mtx", "--features", "row(out)", "--out", "x.npy"])


class Cache(program.Case):
    SET = "x; sym^1..2; ppr(0.2); degree(log)"

    def files(self):
        return sorted(os.listdir(self.path("cache")))

    def test_same_bits(self):
        """Made, written or read: the same file, and the same model."""
        for out, words in (("a", []), ("b", ["--cache", "cache"]), ("c", ["--cache", "cache"])):
            self.good("features", "karate", "--features", self.SET, *words, "--out", out + ".npy")
            self.good("train", "karate", *program.SMALL, "--features", self.SET, *words, "--out", out)
        self.assertEqual(len(self.files()), 3)
        for name in ("{}.npy", "{}/model.safetensors"):
            a, b, c = (pathlib.Path(self.path(name.format(n))).read_bytes() for n in "abc")
            self.assertTrue(a == b == c, name)

    def test_keys(self):
        """What decides a number is in the key; what does not, is not."""
        def make(*words):
            self.good("features", "karate", *words, "--cache", "cache", "--out", "x.npy")
            return len(self.files())
        self.assertEqual(make("--features", "sym^1..2"), 1)
        self.assertEqual(make("--features", " sym ^ 1..2 ; x"), 1)
        self.assertEqual(make("--features", "sym^1..2", "--threads", "1"), 1)
        self.assertEqual(make("--features", "sym^1..2", "--normalise", "row"), 2)
        self.assertEqual(make("--features", "row^1..2"), 3)
        self.assertEqual(make("--features", "ppr(0.1)"), 4)
        self.assertEqual(make("--features", "ppr(0.1)", "--tolerance", "1e-3"), 5)
        self.assertEqual(make("--features", "ppr(0.1)", "--storage", "bfloat16"), 5)
        self.assertEqual(make("--features", "row^1..2", "--storage", "bfloat16"), 6)

    def test_damaged(self):
        self.good("features", "karate", "--features", "row", "--cache", "cache", "--out", "x.npy")
        name = self.path("cache/" + self.files()[0])
        data = pathlib.Path(name).read_bytes()
        pathlib.Path(name).write_bytes(data[:-4])
        words = ["features", "karate", "--features", "row", "--cache", "cache", "--out", "y.npy"]
        self.bad(65, self.files()[0], words=words)
        pathlib.Path(name).write_bytes(data.replace(b"(34, 34)", b"(17, 68)"))
        self.bad(65, "expected 34 x 34 numbers", words=words)
        self.assertFalse(os.path.exists(self.path("y.npy")))


class Storage(program.Case):
    """Features rounded between hops, in training and after it."""
    WORDS = ["--features", "mean(row^1..3)"]
    HALF = ["--storage", "bfloat16"]

    def setUp(self):
        super().setUp()
        self.good("generate", *program.GENERATE, "--out", "g.npz")

    def sha(self, out, *words, source="g.npz"):
        return self.train(source, *words, "--out", out)["runs"][0]["model_sha256"]

    def tensors(self, out):
        data = pathlib.Path(self.path(out, "model.safetensors")).read_bytes()
        return data[8 + int.from_bytes(data[:8], "little"):]

    def test_bits(self):
        """Unasked for, nothing changes; asked for, the weights are those of features made with it, for any threads."""
        plain = self.sha("plain", *self.WORDS)
        self.assertEqual(self.sha("full", *self.WORDS, "--storage", "full"), plain)
        half = self.sha("half", *self.WORDS, *self.HALF)
        for threads in ("1", "2"):
            self.assertEqual(self.sha("t" + threads, *self.WORDS, *self.HALF, "--feature-threads", threads), half)
        self.good("features", "g.npz", *self.WORDS, *self.HALF, "--out", "m.gamlp")
        self.sha("made", "--hops", "1", "--normalise", "none", source="m.gamlp")
        self.assertEqual(self.tensors("half"), self.tensors("made"))
        self.assertNotEqual(self.tensors("half"), self.tensors("plain"))
        for r in ("half", "made"):
            self.good("predict", r, "--out", r + ".csv")
        self.assertEqual(self.read("half.csv"), self.read("made.csv"))
        done = self.run_gamlp("train", "g.npz", *program.SMALL, *self.WORDS, "--from", "half", "--out", "again")
        self.assertIn("normalise or storage differ", done.stderr)

    def test_recorded(self):
        """Model, summary and config.yaml tell it, and eval and verify take it up; of a linear model, too."""
        for solver in ([], ["--solver", "ridge"]):
            run = self.train("g.npz", *self.WORDS, *self.HALF, *solver, "--out", "r", "--overwrite")
            self.assertEqual(run["options"]["storage"], "bfloat16")
            scores = json.loads(self.good("eval", "r", "--json"))
            for part in ("val", "test"):
                self.assertAlmostEqual(scores[part]["accuracy"], run["runs"][0][part + "_accuracy"], 12)
            self.assertAlmostEqual(scores["val"]["loss"], run["runs"][0]["val_loss"], 6)
            self.good("verify", "r")
            self.assertEqual(self.sha("c", "--config", "r/config.yaml", "--overwrite"), run["runs"][0]["model_sha256"])
        self.assertNotIn("storage", self.train("g.npz", *self.WORDS, "--out", "p")["options"])

    def test_cache(self):
        """Neither storage takes what the other kept."""
        plain, half = self.sha("a", *self.WORDS), self.sha("b", *self.WORDS, *self.HALF)
        for _ in range(2):
            self.assertEqual(self.sha("a", *self.WORDS, "--cache", "c", "--overwrite"), plain)
            self.assertEqual(self.sha("b", *self.WORDS, *self.HALF, "--cache", "c", "--overwrite"), half)
        self.assertEqual(len(os.listdir(self.path("c"))), 2)

    def test_without_hops(self):
        self.sha("a", "--features", "x; ppr(0.1); degree")
        self.sha("b", "--features", "x; ppr(0.1); degree", *self.HALF)
        self.assertEqual(self.tensors("a"), self.tensors("b"))

    def test_wrong(self):
        words = ["train", "g.npz", *program.SMALL, "--out", "r"]
        self.bad(64, '--storage: "half" is none of: full bfloat16', words=[*words, "--storage", "half"])
        self.write("storage: 16\n", "c.yaml")
        self.bad(78, "c.yaml: line 1: storage", words=[*words, "--config", "c.yaml"])


class Sets(program.Case):
    def test_hops_are_short(self):
        """The same weights; the model says which words it was trained with."""
        for out, words in (("a", ["--hops", "3"]), ("b", ["--features", "x; sym^1..2"])):
            self.good("train", "karate", *program.SMALL, *words, "--out", out)
        a, b = (json.loads(self.read(r, "summary.json"))["runs"][0] for r in "ab")
        self.assertEqual([a[k] for k in ("objective", "test_accuracy")],
                         [b[k] for k in ("objective", "test_accuracy")])
        self.assertIn('features: "x; sym^1..2" # command line', self.read("b", "config.yaml"))

    def test_eval(self):
        """Features are made again from what the model says, all nodes at once."""
        self.good("train", "karate", *program.SMALL, "--features",
                  "x; row^1..2; tri; mean(sym^0..3); degree(log); pagerank; harmonic", "--out", "r")
        run = json.loads(self.read("r", "summary.json"))["runs"][0]
        scores = json.loads(self.good("eval", "r", "--json"))
        self.assertAlmostEqual(scores["test"]["accuracy"], run["test_accuracy"], 12)

    def test_linear(self):
        """Features of a linear model are not made: its rows of weights go over the graph in their place."""
        self.good("train", "karate", *program.SMALL, "--solver", "ridge", "--features",
                  "x; row^1..2; mean(sym^0..3); ppr(0.1)", "--out", "r")
        run = json.loads(self.read("r", "summary.json"))["runs"][0]
        scores = json.loads(self.good("eval", "r", "--json"))
        for part in ("val", "test"):
            self.assertAlmostEqual(scores[part]["accuracy"], run[part + "_accuracy"], 12)
        self.assertAlmostEqual(scores["val"]["loss"], run["val_loss"], 4)

    def test_precedence(self):
        """What the command line says wins over the file, whichever of the two it is."""
        self.write('features: "row^1..2"\n', "c.yaml")
        self.good("train", "karate", *program.SMALL, "--config", "c.yaml", "--hops", "2", "--out", "a")
        self.assertIn('features: "" # command line', self.read("a", "config.yaml"))
        self.good("train", "karate", *program.SMALL, "--config", "c.yaml", "--out", "b")
        self.assertIn('features: "row^1..2" # configuration file', self.read("b", "config.yaml"))

    def test_wrong(self):
        train = ["train", "karate", *program.SMALL, "--out", "r"]
        self.bad(78, 'features: unknown term "syn"; did you mean sym?', words=[*train, "--features", "x; syn^2"])
        self.bad(78, "hops and features: expected one of the two",
                 words=[*train, "--features", "x", "--hops", "2"])
        self.bad(78, "the solver pdadmm takes the nodes' own alone",
                 words=[*train, "--features", "sym", "--solver", "pdadmm"])
        self.bad(64, "a graph that has no directions", words=[*train, "--features", "row(out)"])
        self.bad(64, "missing: --out", words=["features", "karate"])
        self.bad(64, "ends in .npy or .gamlp", words=["features", "karate", "--out", "x.txt"])
        self.bad(78, "expected a power", words=["features", "karate", "--features", "sym^0", "--out", "x.npy"])
        self.bad(73, "x.npy", words=["features", "karate", "--out", "no/x.npy"])

    def test_source_stays(self):
        """Features do not replace what they are made from, under whatever name."""
        self.good("import", "karate", "--out", "k.gamlp")
        os.symlink("k.gamlp", self.path("s.gamlp"))
        os.link(self.path("k.gamlp"), self.path("h.gamlp"))
        os.link(self.path("k.gamlp"), self.path("h.npy"))
        before = pathlib.Path(self.path("k.gamlp")).read_bytes()
        for source, out, *more in (("k.gamlp", "k.gamlp"), ("s.gamlp", "./k.gamlp"),
                                   ("k.gamlp", "h.gamlp"), ("gamlp:k.gamlp", "h.npy"),
                                   ("k.gamlp", "s.gamlp"),
                                   ("k.gamlp", "h.npy", "--stream", "100M")):
            self.bad(73, out + ": features would replace a file that they are made from",
                     words=["features", source, "--features", "sym", "--out", out, *more])
            self.assertEqual(pathlib.Path(self.path("k.gamlp")).read_bytes(), before)
        self.assertEqual(self.listing(), ["h.gamlp", "h.npy", "k.gamlp", "s.gamlp"])
        living = ["features", "karate", "--features", "ppr(0.1)", "--factor", "f.npy"]
        self.bad(73, "f.npy: features would replace a file that they are made from",
                 words=[*living, "--out", "f.npy"])
        self.bad(73, "./f.npy: features would replace", words=[*living, "--out", "./f.npy"])
        made = pathlib.Path(self.path("f.npy")).read_bytes()
        self.good(*living, "--out", "x.npy")
        self.bad(73, "./f.npy: features would replace", words=[*living, "--out", "./f.npy"])
        pathlib.Path(self.path("e.npy")).write_text("+,0,9\n")
        self.bad(73, "e.npy: features would replace", words=[*living, "--update", "e.npy", "--out", "e.npy"])
        for option in ("--factor", "--cache"):
            self.bad(78, f"features: {option} does not work out of core",
                     words=["features", "k.gamlp", "--features", "sym", option, "f.npy", "--stream", "100M",
                            "--out", "y.npy"])
        self.assertEqual(pathlib.Path(self.path("f.npy")).read_bytes(), made)
        self.good("features", "k.gamlp", "--features", "sym", "--out", "x.gamlp")
        self.good("features", "k.gamlp", "--features", "row", "--out", "x.gamlp")


program.main()
