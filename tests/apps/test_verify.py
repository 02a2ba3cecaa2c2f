# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp verify: a finished run against itself, and runs that were tampered with."""
import json
import os
import pathlib
import re

import program


class Verify(program.Case):
    def make(self, *words):
        self.train("karate", "--iterations", "20", "--certify", "--seeds", "2", "--grow", "2,3", "--nu", "0.01",
                   "--rho", "0.05", *words, "--out", "r", "--overwrite")

    def findings(self, code):
        done = self.run_gamlp("verify", "r", "--json")
        self.assertEqual(done.returncode, code, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(found["differing"], sum(f["verdict"] == "differs" for f in found["findings"]))
        return {f["what"]: f for f in found["findings"]}

    def differing(self):
        return {what: f for what, f in self.findings(1).items() if f["verdict"] == "differs"}

    def edit(self, name, pattern, to, count=1):
        text = self.read("r", name)
        changed, done = re.subn(pattern, to, text, count=count)
        self.assertEqual(done, count)
        self.write(changed, "r", name)

    def edit_journal(self, index, change):
        lines = self.read("r", "run.jsonl").splitlines()
        record = json.loads(lines[index])
        change(record)
        lines[index] = json.dumps(record)
        self.write("\n".join(lines) + "\n", "r", "run.jsonl")

    def test_good(self):
        for words in ([], ["--solver", "pdadmm-g-q"], ["--schedule", "every", "--schedule-every", "7"],
                      ["--solver", "dladmm", "--rho", "2"], ["--no-certify", "--hidden", "5"]):
            self.make(*words)
            found = self.findings(0)
            self.assertEqual({f["verdict"] for f in found.values()}, {"ok"}, words)
            for what in ("split 0 seed 1 journal", "split 0 seed 0 rates", "evaluated test accuracy",
                         "model-seed1.safetensors", "config.yaml options"):
                self.assertIn(what, found)
        text = self.good("verify", "r")
        self.assertIn("ok       evaluated test accuracy", text)
        self.assertEqual(self.good("verify", "r", "--quiet"), "")

    def test_splits(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.train("g.npz", "--splits", "2", "--seeds", "2", "--split", "random", *program.SPLIT, "--out", "r")
        found = self.findings(0)
        self.assertIn("model-seed1-split1.safetensors", found)
        os.remove(self.path("g.npz"))
        self.assertEqual(self.findings(0)["the data"]["verdict"], "open")

    def test_journal(self):
        """Whatever number of the journal is changed, something does not add up."""
        for key, what in (("lagrangian", "split 0 seed 1 journal"), ("rise", "split 0 seed 1 journal"),
                          ("k_ck", "split 0 seed 1 journal"), ("displacement", "split 0 seed 1 journal"),
                          ("descending", "split 0 seed 1 journal"), ("iteration", "split 0 seed 1 journal"),
                          ("lemma4", "split 0 seed 1 lemma4_max")):
            self.make()
            self.edit_journal(-5, lambda r, key=key: r.update(
                {key: not r[key] if r[key] is True else 7 if key == "iteration" else r[key] / 2 + 1}))
            found = self.differing()
            self.assertIn(what, found, key)
            if what.endswith("journal"):
                self.assertIn("line ", found[what]["found"])
        self.make()
        self.edit_journal(-5, lambda r: r.update({"val_accuracy": 1.5}))
        self.assertIn("split 0 seed 1 best_iteration", self.differing())
        self.make()
        lines = self.read("r", "run.jsonl").splitlines(True)
        self.write("".join(lines[:-3]), "r", "run.jsonl")
        self.assertIn("split 0 seed 1 iterations", self.differing())
        self.write("".join(lines[:40]), "r", "run.jsonl")
        self.assertIn("runs", self.differing())

    def test_summary(self):
        for pattern, to, what in (
                (r'"test_accuracy": [0-9.]+,', '"test_accuracy": 0.25,', "test_accuracy mean"),
                (r'"val_loss": [0-9.]+', '"val_loss": 9.5', "split 0 seed 0 val_loss"),
                (r'"rises": 0', '"rises": 3', "split 0 seed 0 rises"),
                (r'"factor": [0-9.]+', '"factor": 0.5', "split 0 seed 0 certificate factor"),
                (r'"best_iteration": \d+', '"best_iteration": 99', "split 0 seed 0 best_iteration"),
                (r'"solver": "pdadmm-g"', '"solver": "pdadmm"', "model.safetensors solver"),
                (r'"model_sha256": "..', '"model_sha256": "zz', "model-seed0.safetensors")):
            self.make()
            self.edit("summary.json", pattern, to)
            self.assertIn(what, self.differing())

    def test_guarantee(self):
        """A run that meets the condition and yet rose is no run of this algorithm."""
        self.make()
        self.edit("summary.json", r'"rises": 0', '"rises": 1')

        def rise(r):
            r.update({"lagrangian": r["lagrangian"] + 1})
        self.edit_journal(-1, rise)
        self.edit_journal(-1, lambda r: r.update({"descending": False}))
        self.assertIn("split 0 seed 1 guarantee: rises", self.differing())

    def test_files(self):
        self.make()
        model = pathlib.Path(self.path("r/model-seed1.safetensors"))
        content = bytearray(model.read_bytes())
        content[-1] ^= 1
        model.write_bytes(content)
        self.assertEqual(set(self.differing()), {"model-seed1.safetensors"})
        self.make()
        self.edit("config.yaml", r"nu: \[0.01\]", "nu: [0.02]")
        self.assertEqual(set(self.differing()), {"config.yaml options"})
        self.make()
        self.edit("config.yaml", r"# data ..", "# data zz")
        self.assertEqual(set(self.differing()), {"config.yaml data"})

    def test_no_run(self):
        self.bad(66, "nothing/summary.json", words=["verify", "nothing"])
        self.make()
        for name in ("run.jsonl", "model.safetensors", "config.yaml", "model-seed1.safetensors"):
            self.make()
            os.remove(self.path("r", name))
            self.bad(66, name, words=["verify", "r"])
        for name, text in (("summary.json", "{"), ("summary.json", '{"solver": "pdadmm-g"}'), ("summary.json", "[]"),
                           ("summary.json", '{"solver": "none", "runs": [{}]}'), ("run.jsonl", ""),
                           ("run.jsonl", "{}\n"), ("run.jsonl", "nothing\n")):
            self.make()
            self.write(text, "r", name)
            self.bad(65, name, words=["verify", "r"])


program.main()
