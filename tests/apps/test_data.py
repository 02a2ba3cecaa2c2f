# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp info, generate, eval and predict."""
import csv
import json
import shutil

import program


class Info(program.Case):
    def test_names(self):
        names = self.good("info").split()
        for name in ("cora", "citeseer", "pubmed", "amazon-computers", "amazon-photo", "coauthor-cs",
                     "coauthor-physics", "karate", "citation-sim"):
            self.assertIn(name, names)

    def test_json(self):
        info = json.loads(self.good("info", "karate", "--json"))
        summary = self.train("karate", "--out", "r")
        self.assertEqual(info["dataset"], summary["dataset"])
        self.assertEqual(info["split"], summary["split"])
        s = info["structure"]
        self.assertEqual((s["components"], s["largest_component"], s["isolated"]), (1, 34, 0))
        self.assertEqual((s["degree_min"], s["degree_max"]), (1, 17))
        self.assertAlmostEqual(s["degree_mean"], 156 / 34, places=12)
        # 67 of the 78 ties are between members of one club.
        self.assertAlmostEqual(s["homophily"], 67 / 78, places=12)
        self.assertEqual(s["class_nodes"], {"total": [17, 17], "train": [2, 2], "val": [5, 5],
                                            "test": [10, 10]})
        self.assertEqual(s["unlabelled"], 0)
        self.assertEqual((s["degree_median"], s["fixed_splits"], s["sparse"]), (3, 0, True))
        self.assertAlmostEqual(s["density"], 1 / 34, places=12)

    def test_figures(self):
        """45 triangles and the 4-core of 10 members are well known of this club."""
        self.assertNotIn("figures", json.loads(self.good("info", "karate", "--json")))
        s = json.loads(self.good("info", "karate", "--json", "--figures"))["figures"]
        self.assertEqual((s["triangles"], s["core_max"], s["core_nodes"]), (45, 4, 10))
        self.assertAlmostEqual(s["transitivity"], 0.2557, places=4)
        self.assertAlmostEqual(s["clustering"], 0.5706, places=4)
        self.assertEqual(s["pagerank_node"], 33)
        self.assertAlmostEqual(s["pagerank_max"], 34 * 0.10092, places=3)
        self.assertRegex(self.good("info", "karate", "--figures"), r"triangles +45; 0\.2557 of the pairs")
        self.bad(64, "--figures", words=["info", "--figures"])
        self.bad(64, "--stored", words=["info", "x.gamlp", "--figures", "--stored"])

    def test_text(self):
        text = self.good("info", "karate")
        for part in (r"edges +78 undirected", r"homophily +0\.8590 of the edges", r"public: 4 train",
                     r"  1 +17 +2 +5 +10\n", r"fingerprint +[0-9a-f]{64}\n"):
            self.assertRegex(text, part)


class Generate(program.Case):
    def test_sizes_and_bits(self):
        out = self.good("generate", *program.GENERATE, "--seed", "3", "--out", "a.npz")
        self.good("generate", *program.GENERATE, "--seed", "3", "--out", "b.npz")
        info = json.loads(self.good("info", "a.npz", "--json"))
        d = info["dataset"]
        self.assertEqual([d[k] for k in ("nodes", "edges", "features", "classes")],
                         [300, 700, 90, 3])
        self.assertEqual([info["split"][k] for k in ("train", "val", "test", "rule")],
                         [15, 60, 90, "stored"])
        self.assertIn(d["fingerprint"], out)
        with open(self.path("a.npz"), "rb") as a, open(self.path("b.npz"), "rb") as b:
            self.assertEqual(a.read(), b.read())
        self.good("generate", *program.GENERATE, "--seed", "4", "--out", "c.npz")
        other = json.loads(self.good("info", "c.npz", "--json"))
        self.assertNotEqual(other["dataset"]["fingerprint"], d["fingerprint"])

    def test_random_split(self):
        """A file without a split gets the random one, with the same bits as the generator's."""
        self.good("generate", *program.GENERATE, "--seed", "3", "--out", "a.npz")
        self.without_split("a.npz", "b.npz")
        stored = json.loads(self.good("info", "a.npz", "--json"))
        words = ["b.npz", *program.SPLIT, "--split-seed", "3"]
        drawn = json.loads(self.good("info", *words, "--json"))
        self.assertEqual(drawn["split"].pop("rule"), "random:5+60+90@3")
        self.assertEqual(stored["split"].pop("rule"), "stored")
        self.assertEqual((drawn["dataset"]["fingerprint"], drawn["split"]),
                         (stored["dataset"]["fingerprint"], stored["split"]))
        summary = self.train(*words, "--out", "r")
        scores = json.loads(self.good("eval", "r", "--json"))
        self.assertEqual(scores["split"], summary["split"])
        self.assertTrue(scores["same_split"])

    def test_homophily(self):
        for homophily in (0.2, 0.9):
            self.good("generate", *program.GENERATE, "--homophily", str(homophily), "--out", "g.npz")
            info = json.loads(self.good("info", "g.npz", "--json"))
            self.assertAlmostEqual(info["structure"]["homophily"], homophily, delta=1 / 700)


    def test_models(self):
        for model, edges in (("rmat", None), ("ba", 700), ("er", 700)):
            out = self.good("generate", *program.GENERATE, "--model", model, "--feature-kind",
                            "gaussian", "--dimension", "12", "--out", f"{model}.npz")
            info = json.loads(self.good("info", f"{model}.npz", "--json"))
            d = info["dataset"]
            self.assertEqual((d["nodes"], d["features"], d["classes"]), (300, 12, 3))
            self.assertTrue(d["edges"] == edges or edges is None and 500 < d["edges"] <= 700)
            self.assertIn(d["fingerprint"], out)
            self.train(f"{model}.npz", "--out", model)

    def test_containers(self):
        """A container holds what an npz file does, though the edges of two models only pass by."""
        for model in ("csbm", "rmat", "ba", "er"):
            words = [*program.GENERATE, "--model", model]
            out = self.good("generate", *words, "--out", f"{model}.gamlp")
            self.assertEqual(out, self.good("generate", *words, "--out", f"{model}.npz"))
            a, b = (json.loads(self.good("info", f"{model}.{end}", "--json"))
                    for end in ("gamlp", "npz"))
            for key in ("fingerprint", "nodes", "edges", "features", "classes"):
                self.assertEqual(a["dataset"][key], b["dataset"][key])
            self.assertEqual((a["split"].pop("rule"), b["split"].pop("rule")),
                             ("random:5+60+90@0", "stored"))  # an npz file has no place for it
            self.assertEqual(a["split"], b["split"])

    def test_recipes(self):
        """Options that are given override the recipe, wherever they stand."""
        small = ["--nodes", "900", "--edges", "1500", "--train", "400", "--val", "200",
                 "--test", "300"]
        out = self.good("generate", *small, "--recipe", "arxiv-sim", "--out", "a.npz")
        self.assertEqual(out, self.good("generate", "--recipe", "arxiv-sim", *small,
                                        "--out", "b.npz"))
        info = json.loads(self.good("info", "a.npz", "--json"))
        self.assertEqual([info["dataset"][k] for k in ("nodes", "edges", "features", "classes")],
                         [900, 1500, 128, 40])
        self.assertEqual([info["split"][k] for k in ("train", "val", "test")], [400, 200, 300])
        names = self.good("info")
        for name in ("arxiv-sim", "flickr-sim", "reddit-sim"):
            self.assertIn(name, names)

    def test_wrong(self):
        def refused(code, text, *words):
            self.bad(code, text, words=["generate", *program.GENERATE, "--out", "x.npz", *words])
        refused(64, 'unknown recipe "arxiv-sin": nearest is arxiv-sim', "--recipe", "arxiv-sin")
        refused(64, "karate is not a recipe", "--recipe", "karate")
        refused(64, '"smallworld" is none of: csbm rmat ba er', "--model", "smallworld")
        refused(78, "sum to 1.35, more than 1", "--model", "rmat", "--rmat-a", "0.97")
        for model in ("ba", "er"):
            refused(64, "50000 edges, expected at most 44850 between 300 nodes", "--model", model,
                    "--edges", "50000")
        refused(65, "300 nodes are too few for 160 to train", "--train", "160")
        self.assertEqual(self.listing(), [])


class Apply(program.Case):
    def setUp(self):
        super().setUp()
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.summary = self.train("g.npz", "--out", "r")

    def test_eval(self):
        scores = json.loads(self.good("eval", "r", "--json"))
        run = self.summary["runs"][0]
        for part in ("train", "val", "test"):
            self.assertAlmostEqual(scores[part]["accuracy"], run[part + "_accuracy"], delta=1e-9)
        self.assertAlmostEqual(scores["val"]["loss"], run["val_loss"], delta=1e-4)
        self.assertEqual((scores["same_data"], scores["same_split"]), (True, True))
        self.assertEqual(scores["dataset"], self.summary["dataset"])
        self.assertEqual(scores["split"], self.summary["split"])
        text = self.good("eval", "r/model.safetensors")
        self.assertIn(f"{100 * run['test_accuracy']:.2f} %", text)

    def test_other_data(self):
        self.good("generate", *program.GENERATE, "--seed", "8", "--out", "h.npz")
        scores = json.loads(self.good("eval", "r", "h.npz", "--json"))
        self.assertEqual((scores["same_data"], scores["same_split"]), (False, False))
        self.assertIn("other data", self.good("eval", "r", "h.npz"))
        self.bad(65, "the model knows 3 classes, karate has 2", words=["eval", "r", "karate"])
        self.good("generate", *program.GENERATE, "--words", "91", "--out", "w.npz")
        self.bad(65, "the model takes 360 features, w has 91, which make 364", words=["eval", "r", "w.npz"])

    def test_model_alone(self):
        shutil.move(self.path("r/model.safetensors"), self.path("m.safetensors"))
        self.bad(66, "unknown data set \"g", words=["eval", "m.safetensors"])
        self.good("eval", "m.safetensors", "g.npz")
        self.bad(66, "r/model.safetensors", words=["eval", "r"])

    def test_predict(self):
        self.assertEqual(self.good("predict", "r", "--out", "p.csv"), "")
        with open(self.path("p.csv"), newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        self.assertEqual(list(rows[0]), ["node", "predicted", "probability", "label"])
        self.assertEqual([int(r["node"]) for r in rows], list(range(300)))
        for r in rows:
            self.assertIn(int(r["predicted"]), range(3))
            self.assertTrue(1 / 3 - 1e-6 <= float(r["probability"]) <= 1)
            self.assertIn(int(r["label"]), range(3))
        self.bad(64, "--out", words=["predict", "r"])


program.main()
