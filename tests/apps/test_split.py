# SPDX-License-Identifier: GPL-2.0-or-later
"""--split and --component of every verb that has them, and gamlp split."""
import json
import os
import re
import statistics

import program


class Split(program.Case):
    def setUp(self):
        super().setUp()
        self.good("generate", *program.GENERATE, "--out", "g.npz")

    def info(self, *words):
        return json.loads(self.good("info", *words, "--json"))

    def test_rules(self):
        """A rule is a value of --split that gives the same split; another seed, another one."""
        for spec, rule in (("random", "random:20+1000+1000@0"), ("random:5,60,90", "random:5+60+90@0"),
                           ("fraction:0.6,0.2,0.2@3", "fraction:0.6,0.2,0.2@3"),
                           ("stratified:.6,.2,.2", "stratified:0.6,0.2,0.2@0"),
                           ("pitfalls", "pitfalls@0")):
            name = "citation-sim" if spec in ("random", "pitfalls") else "g.npz"
            drawn = self.info(name, "--split", spec)
            self.assertEqual(drawn["split"]["rule"], rule)
            again = self.info(name, "--split", rule)
            self.assertEqual((again["split"], again["dataset"]), (drawn["split"], drawn["dataset"]))
            other = self.info(name, "--split", rule.split("@")[0] + "@8")
            self.assertNotEqual(other["split"]["fingerprint"], drawn["split"]["fingerprint"])
        self.assertEqual(drawn["dataset"]["component"], "largest")

    def test_component(self):
        whole, part = self.info("g.npz"), self.info("g.npz", "--component", "largest")
        largest = whole["structure"]["largest_component"]
        self.assertLess(largest, 300)
        self.assertEqual((part["dataset"]["nodes"], part["structure"]["components"]), (largest, 1))
        self.assertNotIn("component", whole["dataset"])
        self.assertIn(f"{largest}, the largest component of the source",
                      self.good("info", "g.npz", "--component", "largest"))
        self.assertNotEqual(part["dataset"]["fingerprint"], whole["dataset"]["fingerprint"])

    def test_refused(self):
        self.bad(78, "split-seed has no effect on the split public", words=[
            "info", "karate", "--split-seed", "0"])
        self.bad(78, "val has no effect", words=["train", "karate", "--val", "5"])
        self.write("train-per-class: 3\n", "c.yaml")
        self.bad(78, "train-per-class has no effect", words=["train", "karate", "--config", "c.yaml"])
        self.bad(78, "\"nonsense\" is none of public", words=["train", "karate", "--split", "nonsense"])
        self.bad(65, "karate: has no fixed splits", words=["info", "karate", "--split", "fixed:1"])
        self.bad(64, "--out FILE", words=["split", "karate"])
        self.bad(64, "ends in .json, .npz or .csv", words=["split", "karate", "--out", "x.txt"])
        self.assertEqual(self.listing(), ["c.yaml", "g.npz"])

    def test_file(self):
        """Written in each form and read back: the same split, in a new folder, too."""
        drawn = self.info("g.npz", "--split", "stratified:0.5,0.25,0.25@2")["split"]
        for name in ("s.json", "s.npz", "s.csv"):
            out = self.good("split", "g.npz", "--split", "stratified:0.5,0.25,0.25@2", "--out", name)
            self.assertIn(f"stratified:0.5,0.25,0.25@2: {drawn['train']} train, ", out)
            self.assertIn(drawn["fingerprint"], out)
            read = self.info("g.npz", "--split", "file:" + self.path(name))["split"]
            self.assertEqual(read.pop("rule"), "file:" + name)
            self.assertEqual(read, {k: v for k, v in drawn.items() if k != "rule"})
        with open(self.path("s.json"), encoding="utf-8") as stream:
            written = json.load(stream)
        self.assertEqual((written["format"], written["rule"], written["fingerprint"]),
                         ("gamlp-split-1", drawn["rule"], drawn["fingerprint"]))
        self.assertEqual(len(written["val"]), drawn["val"])
        self.assertEqual(written["dataset"]["fingerprint"],
                         self.info("g.npz")["dataset"]["fingerprint"])
        self.bad(65, "a split of the data with fingerprint", words=[
            "info", "karate", "--split", "file:s.json"])

    def check_run(self, *words):
        """A run, its evaluation and its repetition have one split."""
        summary = self.train("g.npz", *words, "--out", "r")
        scores = json.loads(self.good("eval", "r", "--json"))
        self.assertEqual((scores["split"], scores["dataset"]), (summary["split"], summary["dataset"]))
        self.assertTrue(scores["same_data"] and scores["same_split"])
        run = summary["runs"][0]
        for part in ("train", "val", "test"):
            self.assertAlmostEqual(scores[part]["accuracy"], run[part + "_accuracy"], delta=1e-9)
        again = json.loads(self.good("train", "--config", "r/config.yaml", "--out", "again", "--json"))
        self.assertEqual(again["runs"][0]["model_sha256"], run["model_sha256"])
        self.assertEqual(again["split"], summary["split"])
        config = self.read("r", "config.yaml")
        self.assertIn("\n# data " + summary["dataset"]["fingerprint"] + "\n", config)
        self.assertIn("\n# split " + summary["split"]["fingerprint"], config)
        for name in ("r", "again"):
            for file in os.listdir(self.path(name)):
                os.remove(self.path(name, file))
        return summary

    def test_runs(self):
        self.check_run("--split", "random", *program.SPLIT, "--split-seed", "6")
        self.check_run("--split", "fraction:0.2,0.3,0.5@1", "--component", "largest")
        self.good("split", "g.npz", "--split", "random:3+20+30@5", "--out", "some.csv")
        summary = self.check_run("--split", "file:" + self.path("some.csv"))
        self.assertEqual(summary["split"]["rule"], "file:some.csv")
        self.assertEqual(summary["options"]["split"], "file:some.csv")
        self.assertNotIn(self.folder, re.sub(r'"directory".*', "", json.dumps(summary)))

    def test_eval_other(self):
        """Another split than the model's, from the command line."""
        self.train("g.npz", "--out", "r")
        scores = json.loads(self.good("eval", "r", "--split", "fraction:0.6,0.2,0.2@1", "--json"))
        self.assertEqual(scores["split"]["rule"], "fraction:0.6,0.2,0.2@1")
        self.assertEqual((scores["same_data"], scores["same_split"]), (True, False))

    def test_several(self):
        """Splits times seeds: each pair is the run that it is by itself."""
        words = ["g.npz", "--split", "random:5+60+90@4"]
        s = self.train(*words, "--splits", "3", "--seeds", "2", "--out", "r")
        rules = [f"random:5+60+90@{k}" for k in (4, 5, 6)]
        self.assertEqual([(r["split"], r["seed"]) for r in s["runs"]],
                         [(rule, seed) for rule in rules for seed in (0, 1)])
        self.assertEqual((s["splits"], s["split"]["rule"]), (3, rules[0]))
        self.assertEqual(len({r["split_fingerprint"] for r in s["runs"]}), 3)
        values = [r["test_accuracy"] for r in s["runs"]]
        self.assertAlmostEqual(s["test_accuracy"]["mean"], statistics.mean(values), places=12)
        self.assertAlmostEqual(s["test_accuracy"]["std"], statistics.stdev(values), places=12)
        records = [json.loads(line) for line in self.read("r", "run.jsonl").splitlines()]
        self.assertEqual([(r["split"], r["seed"]) for r in records],
                         [(k, seed) for k in range(3) for seed in (0, 1) for _ in range(8)])
        for i, run in enumerate(s["runs"]):
            alone = self.train("g.npz", "--split", run["split"], "--seed", str(run["seed"]),
                               "--out", f"one{i}")
            self.assertEqual(alone["runs"][0]["model_sha256"], run["model_sha256"])
            self.assertEqual(alone["split"]["fingerprint"], run["split_fingerprint"])
            model = f"r/model-seed{run['seed']}-split{i // 2}.safetensors"
            scores = json.loads(self.good("eval", model, "--json"))
            self.assertTrue(scores["same_data"] and scores["same_split"])
            self.assertEqual(scores["split"]["rule"], run["split"])
            self.assertAlmostEqual(scores["test"]["accuracy"], run["test_accuracy"], delta=1e-9)
        self.train(*words, "--out", "r", "--overwrite", "--splits", "2")
        self.assertEqual(sorted(os.listdir(self.path("r"))), [
            "config.yaml", "model-seed0-split0.safetensors", "model-seed0-split1.safetensors",
            "model.safetensors", "run.jsonl", "summary.json"])

    def test_several_refused(self):
        for words in (["karate"], ["g.npz", "--split", "file:s.csv"]):
            if len(words) > 1:
                self.good("split", "g.npz", "--out", "s.csv")
            self.bad(78, "only; fixed:K and random have more", words=["train", *words, "--splits", "2"])
        self.bad(78, "is too large for more", words=[
            "train", "g.npz", "--split", "fraction:0.6,0.2,0.2@1000000000000000", "--splits", "2"])
        self.assertFalse(os.path.exists(self.path("runs")))

    def test_overruled(self):
        """A choice on the command line does away with what the file says of another split."""
        self.write("split: random\ntrain-per-class: 3\nval: 20\ntest: 30\n", "c.yaml")
        summary = self.train("g.npz", "--config", "c.yaml", "--out", "r")
        self.assertEqual(summary["split"]["rule"], "random:3+20+30@0")
        summary = self.train("g.npz", "--config", "c.yaml", "--split", "stored", "--out", "q")
        self.assertEqual(summary["split"]["rule"], "stored")


program.main()
