# SPDX-License-Identifier: GPL-2.0-or-later
"""--split and --component of every verb that has them, and gamlp split."""
import json
import os
import re

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

    def test_overruled(self):
        """A choice on the command line does away with what the file says of another split."""
        self.write("split: random\ntrain-per-class: 3\nval: 20\ntest: 30\n", "c.yaml")
        summary = self.train("g.npz", "--config", "c.yaml", "--out", "r")
        self.assertEqual(summary["split"]["rule"], "random:3+20+30@0")
        summary = self.train("g.npz", "--config", "c.yaml", "--split", "stored", "--out", "q")
        self.assertEqual(summary["split"]["rule"], "stored")


program.main()
