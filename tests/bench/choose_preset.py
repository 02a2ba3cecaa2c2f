# SPDX-License-Identifier: GPL-2.0-or-later
"""The hyper-parameters of the preset `diffusion`, chosen on validation accuracy alone.

usage: choose_preset.py GAMLP [--solver pdadmm-g|ridge] [--resample N] [--threads T] [--known FILE] NAME...

Trains every combination of a fixed grid (below) on the data set's own split, pdADMM-G with seeds 0, 1 and 2.
The best is that of the highest mean validation accuracy, at the iteration where that is highest in each run;
among equals that of the lower mean validation loss there, then the first one.  From there nu, rho and l2 are
each multiplied and divided by ten; the best of these is the next best, and so on until none is better.  Test
accuracies are not read from the summaries, and not printed.

With --resample the roles of the training and validation nodes of the public split are drawn anew N times, as
many training nodes of each class as it has, and each combination is trained once on each of these splits: a
mean over N draws of the training nodes, where the split's own is one of them.  Terms and normalisation (a wider
list) are then chosen first, with the middle of the other values, and these at the best FINALISTS.  Prints an object for each combination, and the
best at the end; what is in FILE, the output of a call that was interrupted, is not trained again."""
import argparse
import itertools
import json
import os
import statistics
import subprocess
import tempfile

GRID = {"features": ["ppr(0.1)", "ppr(0.05)", "heat(3)", "heat(5)", "heat(5); ppr(0.1)"],
        "normalise": ["none", "l2"]}
MORE = {"pdadmm-g": {"nu": [1e-3, 1e-2], "rho": [1e-2], "l2": [1e-4, 1e-3, 1e-2]}, "ridge": {}}
WIDER = ["ppr(0.05)", "ppr(0.1)", "ppr(0.15)", "heat(3)", "heat(5)", "heat(3); ppr(0.1)", "heat(5); ppr(0.05)",
         "heat(5); ppr(0.1)"]
MIDDLE = {"pdadmm-g": {"nu": 1e-2, "rho": 1e-2, "l2": 1e-3}, "ridge": {}}
FINALISTS = 4
FIXED = {"pdadmm-g": {"scale": "hop", "layers": 2, "hidden": 200, "iterations": 200, "seeds": 3},
         "ridge": {"scale": "hop", "l2": 1e-4, "l2-factor": 2, "iterations": 40}}


class Search:
    def __init__(self, options, name, folder):
        self.options, self.name, self.folder = options, name, folder
        self.results = {}
        self.splits = list(self.draw(options.resample)) if options.resample else []
        if options.known:
            with open(options.known, encoding="utf-8") as stream:
                for line in stream:
                    found = json.loads(line)
                    if "best" not in found and found["dataset"] == name and found["solver"] == options.solver:
                        self.results[self.key(found)] = found

    def key(self, chosen):
        return tuple(chosen[k] for k in [*GRID, *MORE[self.options.solver]])

    def gamlp(self, *words):
        subprocess.run([self.options.gamlp, *words], check=True, stdout=subprocess.DEVNULL)

    def draw(self, count):
        """Files of splits whose training nodes are drawn from the training and validation nodes."""
        import numpy
        public, labels = (os.path.join(self.folder, name) for name in ("public.json", "labels.npz"))
        self.gamlp("split", self.name, "--split", "public", "--out", public)
        self.gamlp("export", self.name, "--out", labels)
        with open(public, encoding="utf-8") as stream:
            split = json.load(stream)
        label = numpy.load(labels)["labels"]
        pool = numpy.array(split["train"] + split["val"])
        for r in range(count):
            order = numpy.random.default_rng(r).permutation(pool)
            train = numpy.concatenate([order[label[order] == c][:numpy.sum(label[split["train"]] == c)]
                                       for c in numpy.unique(label[split["train"]])])
            path = os.path.join(self.folder, f"split{r}.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump({"train": sorted(train.tolist()), "val": sorted(set(pool.tolist()) - set(train.tolist())),
                           "test": split["test"]}, stream)
            yield path

    def runs(self, chosen, *words):
        run = os.path.join(self.folder, "run")
        for key, value in {**FIXED[self.options.solver], **chosen}.items():
            words += ("--" + key, str(value))
        self.gamlp("train", self.name, "--solver", self.options.solver, "--out", run, "--overwrite", "--threads",
                   str(self.options.threads), "--cache", os.path.join(self.folder, "cache"), *words)
        with open(os.path.join(run, "summary.json"), encoding="utf-8") as stream:
            return json.load(stream)["runs"]

    def train(self, chosen):
        found = [one for r, path in enumerate(self.splits) for one in
                 self.runs({**chosen, "seeds": 1}, "--split", f"file:{path}", "--seed", str(r))]
        found = found or self.runs(chosen)
        return {"dataset": self.name, "solver": self.options.solver, **chosen,
                "val_accuracy": round(statistics.mean(r["val_accuracy"] for r in found), 6),
                "val_loss": round(statistics.mean(r["val_loss"] for r in found), 6)}

    def order(self, combinations):
        for chosen in combinations:
            if self.key(chosen) not in self.results:
                self.results[self.key(chosen)] = self.train(chosen)
            print(json.dumps(self.results[self.key(chosen)]), flush=True)
        found = [self.results[self.key(chosen)] for chosen in combinations]
        return sorted(found, key=lambda r: (-r["val_accuracy"], r["val_loss"]))

    def first(self):
        """Every combination to begin with."""
        more = MORE[self.options.solver]
        grid = {**GRID, "features": WIDER} if self.splits else GRID
        terms = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
        if self.splits and more:
            middle = MIDDLE[self.options.solver]
            terms = [{k: r[k] for k in grid} for r in self.order([{**t, **middle} for t in terms])[:FINALISTS]]
        return [{**t, **dict(zip(more, values))} for t in terms for values in itertools.product(*more.values())]

    def run(self):
        axes = {**GRID, **MORE[self.options.solver]}
        best = self.order(self.first())[0]
        while True:
            here = {k: best[k] for k in axes}
            around = [{**here, k: float(f"{here[k] * step:.6g}")} for k in MORE[self.options.solver]
                      for step in (0.1, 10)]
            now = self.order([here, *around])[0]
            if now is best:
                return best
            best = now


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gamlp")
    parser.add_argument("--solver", choices=MORE, default="pdadmm-g")
    parser.add_argument("--resample", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--known")
    parser.add_argument("names", nargs="+")
    options = parser.parse_intermixed_args()
    for name in options.names:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"best": Search(options, name, folder).run()}), flush=True)


main()
