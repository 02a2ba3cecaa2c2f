# SPDX-License-Identifier: GPL-2.0-or-later
"""Passports: what gamlp info tells of files and editions, and gamlp check."""
import hashlib
import json
import os
import shutil

import program

PARTS = ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index")


class Info(program.Case):
    def test_files(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        info = json.loads(self.good("info", "g.npz", "--json"))
        with open(self.path("g.npz"), "rb") as stream:
            data = stream.read()
        self.assertEqual(info["files"], [{"name": "g.npz", "bytes": len(data),
                                          "sha256": hashlib.sha256(data).hexdigest()}])
        self.assertEqual(info["edition"], {"matches": [], "nearest": None, "title": None,
                                           "differences": []})
        self.assertIn(info["files"][0]["sha256"], self.good("info", "g.npz"))

    def test_threads_and_names(self):
        """The hashes are those of the content, whatever the file is called."""
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        shutil.copy(self.path("g.npz"), self.path("h.npz"))
        g, h = (json.loads(self.good("info", n, "--json")) for n in ("g.npz", "h.npz"))
        self.assertEqual((g["hashes"], g["split"]), (h["hashes"], h["split"]))

    def test_nothing_to_train_on(self):
        """Too few nodes for the random split: a look at the data is possible all the same."""
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.without_split("g.npz", "h.npz")
        self.assertRegex(self.good("info", "h.npz"),
                         r"\nsplit +none: h: .*the split needs.*--split stratified:")
        info = json.loads(self.good("info", "h.npz", "--json"))
        self.assertEqual([info["split"][k] for k in ("train", "val", "test", "rule")],
                         [0, 0, 0, ""])
        self.bad(65, "the split needs", words=["info", "h.npz", "--val", "1000"])
        self.assertRegex(self.good("check", "h.npz"), r"\n  open +use in training +h: ")
        self.write("0 1\n1 2\n2 0\n", "e.txt")
        info = json.loads(self.good("info", "edges:e.txt", "--json"))
        self.assertEqual((info["dataset"]["edges"], info["structure"]["homophily"]), (3, None))
        self.assertRegex(self.good("check", "edges:e.txt"), r"\n  ok +invariants +hold\n")

    def test_citations_of_others(self):
        self.write("a 1 x\nb 0 y\n", "t.content")
        self.write("a b\na c\nd b\n", "t.cites")
        done = self.run_gamlp("info", "t")
        self.assertIn("; 2 more name a node that it does not describe\n", done.stdout)
        self.assertIn("t.cites: 2 citations", done.stderr)
        self.run_gamlp("import", "t", "--out", "t.gamlp")
        for name in ("t", "t.gamlp"):
            structure = json.loads(self.run_gamlp("info", name, "--json").stdout)["structure"]
            self.assertEqual((structure["skipped_edges"], structure["stored_edges"]), (2, 1))

    def test_terminal(self):
        """Nothing that a file says reaches the terminal's interpreter."""
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        name = "\x1b[2Jx\u202ey.npz"
        shutil.move(self.path("g.npz"), self.path(name))
        for verb in ("info", "check"):
            text = self.good(verb, name)
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u202e", text)
            self.assertIn("\\x1b[2Jx\\u202ey", text)
        done = self.bad(66, "\\x1b[31m", words=["info", "no/\x1b[31m"])
        self.assertNotIn("\x1b", done.stderr)


class Check(program.Case):
    def fake_cora(self):
        """A folder whose files have the names of Cora's and nothing else of them."""
        os.mkdir(self.path("d"))
        for part in PARTS:
            self.write("nothing\n", "d", "ind.cora." + part)

    def test_open(self):
        text = self.good("check", "karate")
        self.assertRegex(text, r"\Akarate: no manifest to compare with\n")
        self.assertRegex(text, r"\n  ok +invariants +hold\n")
        self.assertRegex(text, r"\n  open +edges +78\n")
        self.assertNotIn("differs", text)

    def test_several(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        found = json.loads(self.good("check", "karate", "g.npz", "--json"))["datasets"]
        self.assertEqual([(d["name"], d["manifest"], d["absent"], d["differing"]) for d in found],
                         [("karate", None, None, 0), ("g.npz", None, None, 0)])
        info = json.loads(self.good("info", "g.npz", "--json"))
        by_name = {f["what"]: f for f in found[1]["findings"]}
        self.assertEqual(by_name["fingerprint"], {
            "what": "fingerprint", "verdict": "open", "expected": None,
            "found": info["dataset"]["fingerprint"]})
        self.assertEqual(by_name["graph hash"]["found"], info["hashes"]["graph"])

    def test_differs(self):
        self.fake_cora()
        done = self.bad(65, "check: 1 of 2 data sets differs",
                        words=["check", "karate", "cora", "--data", "d"])
        self.assertIn("\ncora, compared with the manifest cora\n", done.stdout)
        self.assertRegex(done.stdout, r"\n  differs +ind\.cora\.x +expected 22119 bytes, 23cfa55d9")
        self.assertRegex(done.stdout, r"\n  differs +reading +expected whole, found .*ind\.cora\.x")
        done = self.bad(65, "1 of 1", words=["check", "cora", "--data", "d", "--json"])
        found = json.loads(done.stdout)["datasets"][0]
        self.assertEqual((found["differing"], len(found["findings"])), (9, 9))

    def test_absent(self):
        done = self.bad(66, "check: 1 of 2 data sets cannot be found",
                        words=["check", "cora", "karate"])
        self.assertIn("cora: GAMLP_DATA", done.stdout)
        self.assertIn("no manifest to compare with", done.stdout)
        self.bad(66, "1 of 1", words=["check", "no/such.npz"])

    def test_all(self):
        self.fake_cora()
        self.bad(66, "cannot be found", words=["check", "--all", "--data", "."])
        done = self.bad(65, "1 of ", words=["check", "--all", "--data", "d", "--json"])
        found = json.loads(done.stdout)["datasets"]
        self.assertEqual([d["name"] for d in found if not d["absent"]], ["cora"])
        self.assertNotIn("karate", [d["name"] for d in found])

    def test_real(self):
        beside = os.path.join(program.SOURCE, os.pardir, "shared", "datasets")
        folder = os.environ.get("GAMLP_DATA") or (beside if os.path.isdir(beside) else None)
        if not folder:
            self.skipTest("no data: GAMLP_DATA is not set")
        text = self.good("check", "--all", "--data", folder)
        self.assertIn("cora, compared with the manifest cora\n", text)
        self.assertNotIn("differs", text)

    def test_graph_alone(self):
        with open(self.path("g.mtx"), "w", encoding="utf-8") as f:
            f.write("%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n")
        self.assertIn("classes       0", self.good("info", "g.mtx"))
        self.assertEqual(json.loads(self.good("info", "g.mtx", "--json"))["structure"]["unlabelled"], 3)
        self.bad(65, "g: has no classes", words=["train", "g.mtx"])

    def test_usage(self):
        self.bad(64, "name a DATASET, or give --all", words=["check"])
        self.bad(64, "either DATASET or --all", words=["check", "karate", "--all"])
        self.bad(64, "too many", words=["check"] + ["karate"] * 65)
        self.bad(64, "unknown format", words=["check", "nosuch:file"])


program.main()
