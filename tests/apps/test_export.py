# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp export: what it writes is the same data set, to gamlp and to others."""
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

import program

SEED = int(os.environ.get("GAMLP_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)

# Compares the files of an export with those of the npz that `gamlp generate` wrote.
COMPARE = """
import sys
import numpy, scipy.io, scipy.sparse
source = numpy.load(sys.argv[1])
def csr(arrays, prefix):
    return scipy.sparse.csr_matrix(tuple(arrays[prefix + n] for n in ("data", "indices", "indptr")),
                                   arrays[prefix + "shape"])
graph, features = csr(source, "adj_"), csr(source, "attr_")
stem = sys.argv[2]
for made in (scipy.io.mmread(stem + ".mtx"), csr(numpy.load(stem + ".npz"), "adj_")):
    assert (made.tocsr() != graph).nnz == 0 and made.shape == graph.shape
for made in (scipy.io.mmread(stem + "_features.mtx"), csr(numpy.load(stem + ".npz"), "attr_"),
             scipy.sparse.load_npz(stem + ".features.npz")):
    assert (made.tocsr() != features).nnz == 0 and made.shape == features.shape
for made in (numpy.load(stem + "_labels.npy"), numpy.load(stem + ".npz")["labels"]):
    assert (made == source["labels"]).all()
for made in (numpy.load(stem + "_split.npz"), numpy.load(stem + ".npz")):
    for part in ("idx_train", "idx_val", "idx_test"):
        assert (made[part] == source[part]).all()
print("equal")
"""


class Export(program.Case):
    def info(self, *words):
        return json.loads(self.good("info", *words, "--json"))

    def check_same(self, source, *written):
        expected = self.info(source)
        for path in written:
            found = self.info(path)
            self.assertEqual(found["dataset"]["fingerprint"], expected["dataset"]["fingerprint"])
            self.assertEqual(found["split"]["fingerprint"], expected["split"]["fingerprint"])

    def test_formats(self):
        """By ending and by name; from each to the next."""
        out = self.good("export", "karate", "--out", "a.npz")
        self.assertIn(self.info("karate")["dataset"]["fingerprint"], out)
        self.good("export", "a.npz", "--out", "b.mtx")
        self.good("export", "b.mtx", "--out", "c.graphml")
        self.good("export", "c.graphml", "--out", "d", "--format", "gnn-benchmark")
        self.check_same("karate", "a.npz", "b.mtx", "c.graphml", "gnn-benchmark:d")
        self.assertEqual(self.listing(), ["a.npz", "b.mtx", "b_features.mtx", "b_labels.npy",
                                          "b_split.npz", "c.graphml", "d"])
        self.assertEqual(self.info("c.graphml")["structure"]["format"], "graphml")

    def test_directions(self):
        """Arcs go from each format to the next; others read them, too."""
        self.write("# Directed\n0 1\n1 0\n3 1\n2 3\n4 0\n", "e.edges")
        self.write("0\n1\n0\n1\n0\n", "e.labels.csv")
        split = ["--train-per-class", "1", "--val", "1", "--test", "1"]
        self.good("export", "e.edges", *split, "--out", "a.mtx")
        self.good("export", "a.mtx", "--out", "b.graphml")
        self.good("export", "b.graphml", "--out", "c.npz")
        self.good("import", "c.npz", "--out", "d.gamlp")
        self.good("export", "d.gamlp", "--out", "e.mtx")
        self.assertEqual(self.read("e.mtx"), self.read("a.mtx"))
        self.assertEqual(self.read("e.mtx"),
                         "%%MatrixMarket matrix coordinate pattern general\n5 5 5\n"
                         "1 2\n2 1\n3 4\n4 2\n5 1\n")
        self.assertIn("<graph edgedefault=\"directed\">", self.read("b.graphml"))
        self.check_same("a.mtx", "b.graphml", "c.npz", "d.gamlp")
        undirected = self.info("karate")["structure"]
        self.assertEqual((undirected["arcs"], self.info("d.gamlp")["structure"]["arcs"]), (0, 5))
        for name in ("e.edges", "a.mtx", "b.graphml", "c.npz", "d.gamlp"):
            self.assertRegex(self.good("info", name, *(split if name == "e.edges" else [])),
                             r"\ndirections +5 arcs; edges both ways 1\n")
        self.assertRegex(self.good("info", "karate"), r"\ndirections +none\n")

    def test_train(self):
        """A model of the export is that of the source."""
        self.good("export", "karate", "--out", "k.graphml")
        first = self.train("karate", "--out", "r1")
        second = self.train("k.graphml", "--out", "r2")
        self.assertEqual(first["test_accuracy"], second["test_accuracy"])
        self.assertEqual([r["objective"] for r in first["runs"]],
                         [r["objective"] for r in second["runs"]])

    def test_drawn_split(self):
        self.good("generate", *program.GENERATE, "--out", "a.npz")
        self.without_split("a.npz", "b.npz")
        words = [*program.SPLIT, "--split-seed", "5"]
        self.good("export", "b.npz", *words, "--out", "c.mtx")
        self.assertEqual(self.info("c.mtx")["split"]["fingerprint"],
                         self.info("b.npz", *words)["split"]["fingerprint"])

    def test_graphml(self):
        """An XML parser finds the nodes, the edges, and each feature."""
        self.good("export", "karate", "--out", "k.graphml")
        space = "{http://graphml.graphdrawing.org/xmlns}"
        root = xml.etree.ElementTree.parse(self.path("k.graphml")).getroot()
        graph = root.find(space + "graph")
        nodes, edges = graph.findall(space + "node"), graph.findall(space + "edge")
        self.assertEqual((len(nodes), len(edges)), (34, 78))
        names = {k.get("id"): k.get("attr.name") for k in root.findall(space + "key")}
        for i, node in enumerate(nodes):
            data = {names[d.get("key")]: d.text for d in node.findall(space + "data")}
            self.assertEqual(data["x%d" % i], "1")
            self.assertIn(data["label"], "01")
        ids = {node.get("id") for node in nodes}
        self.assertTrue(all(e.get("source") in ids and e.get("target") in ids for e in edges))

    @unittest.skipUnless(program.HAS_SCIPY, "no scipy")
    def test_scipy(self):
        self.good("generate", *program.GENERATE, "--out", "source.npz")
        for ending in ("npz", "mtx", "graphml"):
            self.good("export", "source.npz", "--out", "made." + ending)
        done = subprocess.run([program.SCIPY, "-c", COMPARE, self.path("source.npz"), self.path("made")],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "equal\n"), done.stderr)
        self.check_same("source.npz", "made.npz", "made.mtx", "made.graphml")

    @unittest.skipUnless(program.HAS_SCIPY, "no scipy")
    def test_from_scipy(self):
        """What scipy.io.mmwrite() writes is read."""
        made = """
import sys
import numpy, scipy.io, scipy.sparse
folder = sys.argv[1] + "/"
row, col = numpy.array([0, 1, 2, 4]), numpy.array([1, 2, 3, 0])
graph = scipy.sparse.coo_matrix((numpy.ones(4), (row, col)), (5, 5))
scipy.io.mmwrite(folder + "s.mtx", graph + graph.T, symmetry="symmetric")
scipy.io.mmwrite(folder + "s_features.mtx", numpy.arange(10.0).reshape(5, 2))
scipy.io.mmwrite(folder + "s_labels.mtx", numpy.array([[0, 1, 0, 1, 0]]).T)
"""
        done = subprocess.run([program.SCIPY, "-c", made, self.folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        info = self.info("s.mtx", "--train-per-class", "1", "--val", "1", "--test", "1")
        self.assertEqual([info["dataset"][k] for k in ("nodes", "edges", "features", "classes")],
                         [5, 4, 2, 2])

    def test_errors(self):
        self.bad(64, "missing: --out", words=["export", "karate"])
        self.bad(64, "expected an ending", words=["export", "karate", "--out", "k.txt"])
        self.bad(64, "ends in .mtx", words=["export", "karate", "--out", "k", "--format", "mtx"])
        self.bad(64, words=["export", "--out", "k.mtx"])
        self.bad(66, "unknown data set", words=["export", "none", "--out", "k.mtx"])
        self.bad(73, "cannot create", words=["export", "karate", "--out", "none/k.mtx"])
        self.write("1\n", "k_labels.npy")
        self.good("export", "karate", "--out", "k.mtx")
        self.write("1\n", "k_features.npz")
        self.bad(73, "k_features.npz: is in the way", words=["export", "karate", "--out", "k.mtx"])

    def test_full_disk(self):
        """Beyond a limit of file size nothing appears, and what was there stays."""
        self.good("generate", *program.GENERATE, "--out", "a.npz")
        self.good("export", "karate", "--out", "k.graphml")
        before = self.read("k.graphml")
        listing = self.listing()
        limit = self.limited(4096)
        for name in ("k.graphml", "l.mtx", "l.npz"):
            self.bad(74, "cannot write", words=["export", "a.npz", "--out", name], before=limit)
        self.assertEqual(self.listing(), listing)
        self.assertEqual(self.read("k.graphml"), before)


class Killed(program.Case):
    """An export over another one is killed at a random moment."""
    info = Export.info
    LARGE = ["--nodes", "6000", "--edges", "30000", "--words", "400", "--words-per-node", "20",
             "--classes", "4", "--val", "500", "--test", "500"]

    def test_killed(self):
        print(f"GAMLP_TEST_SEED={SEED}", file=sys.stderr)
        draw = random.Random(SEED)
        for seed in ("1", "2"):
            self.good("generate", *self.LARGE, "--seed", seed, "--out", seed + ".npz")
        sound = [self.info(seed + ".npz")["dataset"]["fingerprint"] for seed in ("1", "2")]
        for name in ("d.mtx", "d.npz", "d.graphml"):
            start = time.monotonic()
            self.good("export", "1.npz", "--out", name)
            length = time.monotonic() - start
            killed = sum(self.kill(name, draw.random() * length, sound) for _ in range(8))
            self.assertGreater(killed, 0)
            self.good("export", "2.npz", "--out", name)
            self.assertEqual(self.info(name)["dataset"]["fingerprint"], sound[1])
        self.assertEqual([n for n in self.listing() if ".tmp-" in n], [])

    def kill(self, name, pause, sound):
        """What is there afterwards is one of the two data sets, or none."""
        child = subprocess.Popen([program.GAMLP, "export", "2.npz", "--out", name],
                                 cwd=self.folder, env=self.environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(pause)  # not to wait for anything: the moment of the blow
        child.send_signal(signal.SIGKILL)
        code = child.wait(timeout=60)
        if os.path.exists(self.path(name)):
            self.assertIn(self.info(name)["dataset"]["fingerprint"], sound)
        else:
            self.good("export", "1.npz", "--out", name)
        return code == -signal.SIGKILL


program.main()
