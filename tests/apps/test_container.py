# SPDX-License-Identifier: GPL-2.0-or-later
"""A reader of containers by docs/formats.md alone, with struct and numpy, against the npz file that
the container was made of."""
import hashlib
import json
import struct

import program

try:
    import numpy
except ImportError:
    numpy = None

TYPES = {1: ("<i4", 4), 2: ("<i8", 8), 3: ("<f4", 4), 4: ("<f8", 8), 5: ("u1", 1)}


def read_container(data):
    """Its sections: name -> array."""
    magic, version, count, table, size = struct.unpack_from("<8sIIQQ", data, 0)
    assert magic == b"\x89gamlp\r\n" and version == 1 and size == len(data)
    assert table % 64 == 0 and table + 96 * count <= size and data[40:56] == bytes(16)
    sections, before = {}, 64
    for i in range(count):
        name, kind, dims, rows, cols, offset, length, _, rest = struct.unpack_from(
            "<32sIIQQQQQ16s", data, table + 96 * i)
        name = name.rstrip(b"\0").decode("ascii")
        dtype, item = TYPES[kind]
        assert offset % 64 == 0 and offset >= before and offset + length <= table
        assert rows * cols * item == length and rest == bytes(16) and name not in sections
        assert data[before:offset] == bytes(offset - before)
        before = offset + length
        array = numpy.frombuffer(data, dtype, rows * cols, offset)
        sections[name] = array.reshape(rows, cols) if dims == 2 else array
    return sections


@program.unittest.skipIf(numpy is None, "needs numpy")
class Container(program.Case):
    def load(self, name):
        with open(self.path(name), "rb") as stream:
            return read_container(stream.read())

    def test_against_npz(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.good("import", "g.npz", "--out", "g.gamlp")
        found, npz = self.load("g.gamlp"), numpy.load(self.path("g.npz"))
        pairs = {"graph.ptr": "adj_indptr", "graph.idx": "adj_indices", "label": "labels",
                 "features.ptr": "attr_indptr", "features.idx": "attr_indices",
                 "split.train": "idx_train", "split.val": "idx_val", "split.test": "idx_test"}
        for ours, theirs in pairs.items():
            numpy.testing.assert_array_equal(found[ours], npz[theirs], ours)
        self.assertEqual("features.val" in found, bool((npz["attr_data"] != 1).any()))
        nodes, edges, features, classes = found["counts"][:4]
        self.assertEqual((nodes, nodes), tuple(npz["adj_shape"]))
        self.assertEqual((nodes, features), tuple(npz["attr_shape"]))
        self.assertEqual(2 * edges, len(npz["adj_indices"]))
        self.assertEqual(classes, npz["labels"].max() + 1)

    def test_passport(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.good("import", "g.npz", "--out", "g.gamlp", "--name", "small")
        passport = json.loads(self.load("g.gamlp")["passport"].tobytes())
        info = json.loads(self.good("info", "g.npz", "--json"))
        self.assertEqual(passport["name"], "small")
        self.assertEqual(passport["source_format"], "gnn-benchmark")
        self.assertEqual(passport["fingerprint"], info["dataset"]["fingerprint"])
        with open(self.path("g.npz"), "rb") as stream:
            data = stream.read()
        self.assertEqual(passport["source_files"], [
            {"name": "g.npz", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}])
        self.assertEqual(passport["split"]["train"], info["split"]["train"])

    def test_largest(self):
        """A container of the largest component says so."""
        self.write("0 1\n1 2\n3 4\n", "e.edges")
        self.good("import", "e.edges", "--out", "e.gamlp")
        self.good("import", "e.gamlp", "--component", "largest", "--out", "l.gamlp")
        said = [json.loads(self.good("info", *words, "--json"))["dataset"]
                for words in (["e.edges", "--component", "largest"], ["l.gamlp"])]
        self.assertEqual([(s["nodes"], s["component"], s["fingerprint"] == said[0]["fingerprint"])
                          for s in said], [(3, "largest", True)] * 2)
        self.assertNotIn("component", json.loads(self.good("info", "e.gamlp", "--json"))["dataset"])

    def test_splits_that_are_drawn(self):
        """The split that --split names is that of the container, with its rule."""
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        rule = "random:3+20+30@7"
        said = json.loads(self.good("info", "g.npz", "--split", rule, "--json"))["split"]
        self.good("import", "g.npz", "--split", rule, "--out", "g.gamlp")
        self.assertEqual(json.loads(self.good("info", "g.gamlp", "--json"))["split"], said)
        self.assertEqual(said["rule"], rule)
        self.good("generate", *program.GENERATE, "--out", "h.gamlp")
        said = json.loads(self.good("info", "h.gamlp", "--json"))["split"]
        self.assertRegex(said["rule"], "^random:")
        again = self.good("info", "h.gamlp", "--split", said["rule"], "--json")
        self.assertEqual(json.loads(again)["split"], said)

    def test_dense(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        old = dict(numpy.load(self.path("g.npz")))
        rows = numpy.repeat(numpy.arange(300), numpy.diff(old["attr_indptr"]))
        dense = numpy.zeros(old["attr_shape"], "f4")
        dense[rows, old["attr_indices"]] = old["attr_data"] + numpy.arange(len(rows)) / 64
        for name in [n for n in old if n.startswith("attr_")]:
            del old[name]
        numpy.savez(self.path("d.npz"), attr_matrix=dense, **old)
        self.good("import", "d.npz", "--out", "d.gamlp")
        numpy.testing.assert_array_equal(self.load("d.gamlp")["features.dense"], dense)

    def test_karate(self):
        self.good("import", "karate", "--out", "k.gamlp")
        found = self.load("k.gamlp")
        lengths = numpy.diff(found["graph.ptr"])
        self.assertEqual((len(lengths), lengths.sum(), lengths.max()), (34, 156, 17))


program.main()
