# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp train: the run directory, the summary, and the same bits again."""
import hashlib
import json
import math
import os
import pathlib
import re
import statistics
import struct

import program

REAL = (int, float)
RUN = {"seed": int, "split": str, "split_fingerprint": str, "iterations": int, "best_iteration": int, "train_accuracy": REAL,
       "val_accuracy": REAL, "val_loss": REAL, "test_accuracy": REAL, "objective": REAL,
       "residual": REAL, "seconds": dict, "theory": dict, "model_sha256": str}
THEORY = {"mode": str, "condition_met": bool, "rises": int, "worst_rise": REAL, "lemma4_max": REAL}
MACHINE = {"blas": str, "threads": int, "feature_threads": int}
SUMMARY = {"version": str, "dataset": dict, "split": dict, "splits": int, "solver": str, "options": dict,
           "machine": dict, "runs": list, "test_accuracy": dict, "val_accuracy": dict, "directory": str}
DATASET = {"name": str, "nodes": int, "edges": int, "features": int, "classes": int,
           "fingerprint": str}
SPLIT = {"train": int, "val": int, "test": int, "rule": str, "fingerprint": str}
RECORD = {"split": int, "seed": int, "layers": int, "iteration": int, "nu": REAL, "rho": REAL, "objective": REAL,
          "lagrangian": REAL, "residual": REAL, "risk": REAL, "lemma4": REAL, "certificate": REAL,
          "displacement": REAL, "k_ck": REAL, "rise": REAL, "descending": bool, "seconds": REAL}


with open(os.path.join(program.SOURCE, "docs/formats.md"), encoding="utf-8") as stream:
    DOCUMENT = stream.read()


class Train(program.Case):
    def has(self, value, types):
        """The members are these, of these types, and documented."""
        self.assertEqual(set(value), set(types))
        for key, kind in types.items():
            self.assertIsInstance(value[key], kind, key)
            self.assertIn(f"`{key}`", DOCUMENT)

    def test_summary(self):
        s = self.train("karate", "--seeds", "3", "--seed", "5", "--out", "r")
        self.has(s, SUMMARY)
        self.has(s["dataset"], DATASET)
        self.has(s["split"], SPLIT)
        self.has(s["machine"], MACHINE)
        self.assertEqual([s["dataset"][k] for k in ("name", "nodes", "edges", "features", "classes")],
                         ["karate", 34, 78, 34, 2])
        self.assertEqual([s["split"][k] for k in ("train", "val", "test", "rule")],
                         [4, 10, 20, "public"])
        self.assertRegex(s["dataset"]["fingerprint"], r"\A[0-9a-f]{64}\Z")
        self.assertEqual((s["solver"], s["options"]["iterations"], s["directory"]),
                         ("pdadmm-g", 8, "r"))
        self.assertEqual([r["seed"] for r in s["runs"]], [5, 6, 7])
        for r in s["runs"]:
            self.has(r, RUN)
            self.has(r["theory"], THEORY)
            self.has(r["seconds"], {"load": REAL, "features": REAL, "train": REAL})
            self.assertEqual(r["iterations"], 8)
            self.assertTrue(1 <= r["best_iteration"] <= 8)
            self.assertTrue(0 <= r["test_accuracy"] <= 1)
        for name in ("test_accuracy", "val_accuracy"):
            values = [r[name] for r in s["runs"]]
            self.assertAlmostEqual(s[name]["mean"], statistics.mean(values), places=12)
            self.assertAlmostEqual(s[name]["std"], statistics.stdev(values), places=12)
        self.assertEqual(s, json.loads(self.read("r", "summary.json")))

    def test_selected(self):
        words = ("karate", "--iterations", "30", "--regulariser", "group", "--omega", "0.001",
                 "--out", "r")
        run = self.train(*words, "--regularised", "first")["runs"][0]
        with open(self.path("r", "model.safetensors"), "rb") as stream:
            data = stream.read()
        size = 8 + struct.unpack("<Q", data[:8])[0]
        entry = json.loads(data[8:size])["layer.1.weight"]
        begin, end = entry["data_offsets"]
        rows, cols = entry["shape"]
        kind = {"F32": "f", "F64": "d"}[entry["dtype"]]
        weight = struct.unpack(f"<{rows * cols}{kind}", data[size + begin:size + end])
        used = sum(any(weight[j::cols]) for j in range(cols))
        self.assertEqual((run["inputs"], run["selected"]), (cols, used))
        self.assertTrue(0 < used < cols, used)
        run = self.train(*words[:-1], "s", "--regularised", "last")["runs"][0]
        self.assertNotIn("selected", run)

    def test_directory(self):
        s = self.train("karate", "--seeds", "2", "--out", "deep/er/r")
        names = ["config.yaml", "model-seed0.safetensors", "model-seed1.safetensors",
                 "model.safetensors", "run.jsonl", "summary.json"]
        self.assertEqual(sorted(os.listdir(self.path("deep/er/r"))), names)
        best = max(s["runs"], key=lambda r: (r["val_accuracy"], -r["val_loss"]))
        self.assertEqual(self.sha256("deep/er/r/model.safetensors"), best["model_sha256"])
        for r in s["runs"]:
            name = f"deep/er/r/model-seed{r['seed']}.safetensors"
            self.assertEqual(self.sha256(name), r["model_sha256"])

    def test_journal(self):
        s = self.train("karate", "--grow", "2,3", "--seeds", "2", "--out", "r")
        records = [json.loads(line) for line in self.read("r", "run.jsonl").splitlines()]
        order = [(r["seed"], r["layers"], r["iteration"]) for r in records]
        self.assertEqual(order, [(s, l, k) for s in (0, 1) for l in (2, 3) for k in range(1, 9)])
        for r in records:
            self.has(r, {**RECORD, "val_accuracy": REAL, "val_loss": REAL})
        for run in s["runs"]:
            final = [r for r in records if r["seed"] == run["seed"] and r["layers"] == 3]
            best = max(final, key=lambda r: (r["val_accuracy"], -r["val_loss"], -r["iteration"]))
            self.assertEqual(run["best_iteration"], best["iteration"])
            self.assertEqual(run["objective"], final[-1]["objective"])
            self.assertEqual(run["theory"], {
                "mode": "paper", "condition_met": all(r["rho"] > 4 * r["nu"] for r in final),
                "rises": sum(not r["descending"] for r in final),
                "worst_rise": max(r["rise"] for r in final),
                "lemma4_max": max(r["lemma4"] for r in final)})

    def test_patience(self):
        """A stage ends when the best iteration is `patience` iterations ago, not before the minimum."""
        for extra, least in (([], 0), (["--min-iterations", "30"], 30)):
            s = self.train("karate", "--iterations", "200", "--patience", "5", "--train-score", "3", *extra,
                           "--out", "r", "--overwrite")
            records = [json.loads(line) for line in self.read("r", "run.jsonl").splitlines()]
            run = s["runs"][0]
            self.assertEqual(run["iterations"], len(records))
            self.assertEqual(len(records), max(run["best_iteration"] + 5, least))
            self.assertLess(len(records), 200)
            for r in records:
                self.assertEqual("train_accuracy" in r, r["iteration"] % 3 == 0)
                self.assertEqual("train_loss" in r, r["iteration"] % 3 == 0)

    def test_scores_now_and_then(self):
        """With --val-score N the iterations and what is known of them stay; the best is one that was scored."""
        def records(*extra):
            s = self.train("karate", "--grow", "2,3", "--iterations", "22", *extra, "--out", "r", "--overwrite")
            return s["runs"][0], [json.loads(line) for line in self.read("r", "run.jsonl").splitlines()]
        _, every = records()
        run, some = records("--val-score", "5")
        scored = [r for r in some if "val_accuracy" in r]
        self.assertEqual([r["iteration"] for r in scored], [5, 10, 15, 20, 22] * 2)
        self.assertEqual(sum("val_loss" in r for r in some), 10)
        for a, b in zip(every[:22], some[:22]):  # the first stage; the next begins with its best weights
            for key in b:
                if key != "seconds":
                    self.assertEqual(a[key], b[key], key)
        best = max(scored[5:], key=lambda r: (r["val_accuracy"], -r["val_loss"], -r["iteration"]))
        self.assertEqual(run["best_iteration"], best["iteration"])
        self.assertEqual(run["val_loss"], best["val_loss"])
        self.good("verify", "r")

    def test_schedules(self):
        def rhos(*words):
            self.train("karate", "--iterations", "30", "--rho", "0.001", "--nu", "0.001", *words, "--out", "r",
                       "--overwrite")
            return [json.loads(line)["rho"] for line in self.read("r", "run.jsonl").splitlines()]
        self.assertEqual(set(rhos("--schedule", "fixed")), {0.001})
        every = rhos("--schedule", "every", "--schedule-every", "10", "--schedule-factor", "4")
        self.assertEqual(every, [0.001] * 10 + [0.004] * 10 + [0.016] * 10)
        self.assertGreater(len(set(rhos("--schedule", "balance", "--layers", "4"))), 1)

    def test_from(self):
        """A warm start goes on where the model was; the model tells what it began with."""
        first = self.train("karate", "--iterations", "20", "--out", "a")
        second = self.train("karate", "--from", "a", "--iterations", "1", "--out", "b")
        self.assertLess(second["runs"][0]["val_loss"], self.train("karate", "--iterations", "1", "--out", "c")
                        ["runs"][0]["val_loss"])
        self.assertIn(first["runs"][0]["model_sha256"].encode(), pathlib.Path(self.path("b/model.safetensors")).read_bytes())
        self.assertNotIn("from", second["options"])
        third = self.train("karate", "--from", "a/model.safetensors", "--iterations", "1", "--out", "d")
        self.assertEqual(third["runs"][0]["model_sha256"], second["runs"][0]["model_sha256"])
        done = self.run_gamlp("train", "karate", *program.SMALL, "--from", "a", "--normalise", "none")
        self.assertIn("was trained on other features", done.stderr)

    def test_seed_step(self):
        """Each seed is that run, whichever way it was counted; models of other seeds go."""
        s = self.train("karate", "--seeds", "3", "--seed", "5", "--seed-step", "100", "--out", "r")
        self.assertEqual([r["seed"] for r in s["runs"]], [5, 105, 205])
        one = self.train("karate", "--seed", "105", "--out", "q")
        self.assertEqual(one["runs"][0]["model_sha256"], s["runs"][1]["model_sha256"])
        self.train("karate", "--seeds", "2", "--seed", "5", "--seed-step", "200", "--out", "r", "--overwrite")
        models = [n for n in os.listdir(self.path("r")) if "seed" in n]
        self.assertEqual(sorted(models), ["model-seed205.safetensors", "model-seed5.safetensors"])

    def test_widths(self):
        s = self.train("karate", "--hidden", "9,7", "--out", "r")
        self.assertEqual((s["options"]["hidden"], s["options"]["layers"]), ([9, 7], 3))
        self.assertEqual(self.train("karate", "--hidden", "9", "--out", "q")["options"]["hidden"], 9)

    def test_theory(self):
        for rho, mode, met in (("0.039", "paper", False), ("0.041", "paper", True),
                               ("0.041", "theory", True)):
            s = self.train("karate", "--nu", "0.01", "--rho", rho, "--mode", mode, "--out",
                           "r", "--overwrite")
            theory = s["runs"][0]["theory"]
            self.assertEqual((theory["mode"], theory["condition_met"]), (mode, met))
            if met:
                self.assertEqual(theory["rises"], 0)

    def test_certify(self):
        """Lines add up to the change of the Lagrangian, rates are those of the journal, and nothing
        changes in the model."""
        words = ["karate", "--iterations", "40", "--layers", "3", "--nu", "0.01", "--rho", "0.05"]
        plain = self.train(*words, "--out", "a")
        s = self.train(*words, "--certify", "--out", "b")
        run = s["runs"][0]
        self.assertEqual(run["model_sha256"], plain["runs"][0]["model_sha256"])
        self.assertNotIn("certificate", plain["runs"][0])
        c = run["certificate"]
        self.has(c, {"applies": bool, "conditions": list, "iterations": int, "c_k": dict, "k_ck_half": REAL,
                     "k_ck_last": REAL, "tail": dict, "factor": REAL, "residual_most": REAL, "residual_last": REAL})
        self.assertEqual((c["applies"], [x["holds"] for x in c["conditions"]]), (True, [True] * 3))
        records = [json.loads(line) for line in self.read("b", "run.jsonl").splitlines()]
        lines = [f"line_{x}" for x in "pwbzqu"]
        for before, r in zip(records, records[1:]):
            self.assertAlmostEqual(sum(r[x] for x in lines), r["lagrangian"] - before["lagrangian"], places=4)
        self.assertEqual([records[0][x] for x in lines], [0] * 6)
        x = [math.log(k) for k in range(21, 41)]
        y = [math.log(r["k_ck"] / r["iteration"]) for r in records[20:]]
        self.assertAlmostEqual(c["c_k"]["slope"], statistics.linear_regression(x, y).slope, places=9)
        self.assertAlmostEqual(c["c_k"]["r2"], statistics.correlation(x, y) ** 2, places=9)
        self.assertAlmostEqual(c["k_ck_half"], records[20]["k_ck"])
        falls = [(k, math.log(a - b)) for k, (a, b) in enumerate(
            zip((r["lagrangian"] for r in records), (r["lagrangian"] for r in records[1:])), 2)
            if k > 20 and a > b]
        self.assertAlmostEqual(math.log(c["factor"]), statistics.linear_regression(*zip(*falls)).slope, places=9)
        self.assertEqual(c["tail"]["points"], len(falls))
        self.assertEqual(c["residual_most"], max(r["residual"] for r in records))

    def test_conditions_are_told_first(self):
        text = self.good("train", "karate", *program.SMALL, "--certify", "--rho", "0.03", "--nu", "0.01")
        self.assertLess(text.index("  fails   rho > 4 nu (Lemma 1): rho is 0.03, nu is 0.01"),
                        text.index("dataset   karate"))
        self.assertIn("  holds   rho > 2.562 nu", text)
        self.assertIn("          the theorem applies\n", text)
        self.assertIn("certified seed 0: rises 0", text)
        text = self.good("train", "karate", *program.SMALL, "--certify", "--schedule", "stall", "--grow", "2,3")
        self.assertIn("stage     3 layers\n", text)
        self.assertIn("  fails   penalties that are the same in every iteration", text)
        self.assertIn("          the theorem does not apply\n", text)

    def test_machine(self):
        s = self.train("karate", "--threads", "2", "--feature-threads", "1", "--out", "r")
        self.assertEqual((s["machine"]["threads"], s["machine"]["feature_threads"]), (2, 1))
        self.assertIn(s["machine"]["blas"], self.good("version", "--json"))

    def test_same_bits(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        first = self.train("g.npz", "--out", "a", "--feature-threads", "1")
        hashes = [r["model_sha256"] for r in first["runs"]]
        for name, threads in (("b", ("1", "1")), ("c", ("2", "3")), ("d", ("3", "2"))):
            again = self.train("g.npz", "--out", name, "--feature-threads", threads[0],
                               "--threads", threads[1])
            self.assertEqual([r["model_sha256"] for r in again["runs"]], hashes)
        other = self.train("g.npz", "--out", "e", "--seed", "1")
        self.assertNotEqual(other["runs"][0]["model_sha256"], hashes[0])

    def test_config_reads_back(self):
        s = self.train("karate", "--rho", "0.5,0.25", "--grow", "2,4", "--out", "a", "--hops", "3",
                       "--data", "some where: #1", "--seed", "9")
        config = self.read("a", "config.yaml")
        for line in ("hops: 3 # command line", "rho: [0.5,0.25] # command line",
                     "last: newton # default", "dataset: karate # command line",
                     'data: "some where: #1" # command line'):
            self.assertIn(line + "\n", config)
        again = json.loads(self.good("train", "--config", "a/config.yaml", "--out", "b", "--json"))
        self.assertEqual([r["model_sha256"] for r in again["runs"]],
                         [r["model_sha256"] for r in s["runs"]])
        self.assertEqual(again["options"], s["options"])
        self.assertIn("hops: 3 # configuration file\n", self.read("b", "config.yaml"))
        plain = self.train("karate", "--out", "c")
        again = json.loads(self.good("train", "--config=c/config.yaml", "--out=d", "--json"))
        self.assertEqual(again["runs"][0]["model_sha256"], plain["runs"][0]["model_sha256"])

    def test_table(self):
        lines = self.good("train", "karate", *program.SMALL, "--seeds", "2").splitlines()
        self.assertEqual(lines[-1], "runs/karate-pdadmm-g-1")
        text = "\n".join(lines)
        for pattern in (r"^dataset +karate: 34 nodes, 78 edges, 34 features, 2 classes$",
                        r"^split +4 train, 10 val, 20 test \(public\)$", r"^seeds +0\.\.1$",
                        r"^test +\d+\.\d\d \+- \d+\.\d\d %$", r"^val +\d+\.\d\d \+- \d+\.\d\d %$",
                        r"^seconds +load [\d.]+, features [\d.]+, train [\d.]+$"):
            self.assertRegex(text, re.compile(pattern, re.M))
        self.assertEqual(self.good("train", "karate", *program.SMALL, "--quiet"),
                         "runs/karate-pdadmm-g-2\n")

    def test_overwrite(self):
        self.train("karate", "--seeds", "3", "--out", "r")
        before = {name: self.sha256(name) for name in self.listing() if os.path.isfile(self.path(name))}
        self.bad(73, "r: holds a run already", words=["train", "karate", "--out", "r", *program.SMALL])
        after = {name: self.sha256(name) for name in self.listing() if os.path.isfile(self.path(name))}
        self.assertEqual(before, after)
        self.train("karate", "--seed", "1", "--out", "r", "--overwrite")
        self.assertEqual(sorted(os.listdir(self.path("r"))),
                         ["config.yaml", "model.safetensors", "run.jsonl", "summary.json"])

    def test_model_is_safetensors(self):
        self.train("karate", "--out", "r", "--hops", "2")
        with open(self.path("r/model.safetensors"), "rb") as stream:
            data = stream.read()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + length])
        metadata = json.loads(header.pop("__metadata__")["gamlp"])
        self.assertEqual(metadata["options"]["hops"], 2)
        self.assertEqual(metadata["dataset"]["name"], "karate")
        shapes = {name: entry["shape"] for name, entry in header.items()}
        self.assertEqual(shapes, {"layer.1.weight": [12, 68], "layer.1.bias": [12],
                                  "layer.2.weight": [2, 12], "layer.2.bias": [2]})
        end = 0
        for entry in header.values():
            self.assertEqual(entry["data_offsets"][0], end)
            end = entry["data_offsets"][1]
        self.assertEqual(8 + length + end, len(data))

    def test_pdadmm_has_one_hop(self):
        s = self.train("karate", "--solver", "pdadmm", "--out", "r")
        self.assertEqual((s["solver"], s["options"]["hops"]), ("pdadmm", 1))

    def test_quantised(self):
        plain = self.train("karate", "--layers", "3", "--hidden", "12", "--out", "r")
        self.assertNotIn("bits", plain["options"])
        self.assertNotIn("quantised", plain["runs"][0])
        columns = plain["split"]["train"]
        size = 8 if json.loads(self.good("version", "--json"))["real"] == "double" else 4
        for words, count, bits in ((["--bits", "4"], 16, 4), (["--levels", "paper"], 22, 5)):
            s = self.train("karate", "--layers", "3", "--hidden", "12", "--out", "r", "--overwrite",
                           "--solver", "pdadmm-g-q", *words)
            q = s["runs"][0]["quantised"]
            self.assertEqual([x["layer"] for x in q["levels"]], [2, 3])
            self.assertEqual({x["count"] for x in q["levels"]}, {count})
            self.assertEqual(q["payload_bytes_stored"], 2 * 2 * 12 * columns * size)
            self.assertEqual(q["payload_bytes"],
                             2 * (12 * columns * size + (12 * columns * bits + 7) // 8))
            self.assertEqual(s["runs"][0]["theory"]["rises"], 0)

    def test_back_propagation(self):
        for solver in ("gd", "momentum", "adagrad", "adadelta", "adam"):
            words = ["karate", "--solver", solver, "--hidden", "12", "--out", "r", "--overwrite",
                     "--learning-rate", "0.1", "--dropout", "0.1", "--grow", "2,3"]
            s = self.train(*words)
            self.assertEqual((s["solver"], s["options"]["dropout"]), (solver, 0.1))
            self.assertNotIn("nu", s["options"])
            self.assertEqual(s["options"]["init"], "he")
            again = self.train(*words)
            self.assertEqual(s["runs"][0]["model_sha256"], again["runs"][0]["model_sha256"])
            with open(self.path("r/run.jsonl"), encoding="utf-8") as stream:
                records = [json.loads(line) for line in stream]
            last = [r for r in records if r["layers"] == 2]
            self.assertLess(last[-1]["objective"], last[0]["objective"])
            self.assertTrue(all(r["gradient"] >= 0 for r in records))
            scores = json.loads(self.good("eval", "r", "--json"))
            self.assertAlmostEqual(scores["test"]["accuracy"], s["runs"][0]["test_accuracy"])

    def test_linear_models(self):
        for solver in ("ridge", "logistic"):
            s = self.train("karate", "--solver", solver, "--out", "r", "--overwrite", "--iterations",
                           "7")
            self.assertEqual((s["solver"], s["options"]["layers"]), (solver, 1))
            with open(self.path("r/run.jsonl"), encoding="utf-8") as stream:
                records = [json.loads(line) for line in stream]
            self.assertEqual(len(records), 7)
            self.assertAlmostEqual(records[-1]["l2"], 10)
            self.assertTrue(all(a["objective"] > b["objective"]
                                for a, b in zip(records, records[1:])))
            scores = json.loads(self.good("eval", "r", "--json"))
            self.assertAlmostEqual(scores["test"]["accuracy"], s["runs"][0]["test_accuracy"])
            self.bad(78, "one layer", words=["train", "karate", "--solver", solver, "--layers", "2"])
            self.bad(78, "l2 is 0", words=["train", "karate", "--solver", solver, "--l2", "0"])

    def test_options_of_other_solvers(self):
        for option, words in (("momentum", ["--solver", "adam", "--momentum", "0.5"]),
                              ("learning-rate", ["--learning-rate", "0.5"]),
                              ("nu", ["--solver", "gd", "--nu", "1"]),
                              ("dropout", ["--solver", "gd", "--dropout", "1"])):
            self.bad(78, option, words=["train", "karate", *words])

    def sha256(self, name):
        with open(self.path(name), "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()


program.main()
