# SPDX-License-Identifier: GPL-2.0-or-later
"""The hyper-parameters of the preset `diffusion`, chosen on validation accuracy alone.

usage: choose_preset.py GAMLP [--solver pdadmm-g|ridge] [--threads T] [--known FILE] NAME...

Trains every combination of a fixed grid (below) on the data set's own split, pdADMM-G with seeds 0, 1 and 2.
The best is that of the highest mean validation accuracy, at the iteration where that is highest in each run;
among equals that of the lower mean validation loss there, then the first one.  From there nu, rho and l2 are
each multiplied and divided by ten; the best of these is the next best, and so on until none is better.  Test
accuracies are not read from the summaries, and not printed.  Prints an object for each combination, and the
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
FIXED = {"pdadmm-g": {"scale": "hop", "layers": 2, "hidden": 200, "iterations": 200, "seeds": 3},
         "ridge": {"scale": "hop", "l2": 1e-4, "l2-factor": 2, "iterations": 40}}


class Search:
    def __init__(self, options, name, folder):
        self.options, self.name, self.folder = options, name, folder
        self.results = {}
        if options.known:
            with open(options.known, encoding="utf-8") as stream:
                for line in stream:
                    found = json.loads(line)
                    if "best" not in found and found["dataset"] == name and found["solver"] == options.solver:
                        self.results[self.key(found)] = found

    def key(self, chosen):
        return tuple(chosen[k] for k in [*GRID, *MORE[self.options.solver]])

    def train(self, chosen):
        run = os.path.join(self.folder, "run")
        words = [self.options.gamlp, "train", self.name, "--solver", self.options.solver, "--out", run,
                 "--overwrite", "--threads", str(self.options.threads), "--cache",
                 os.path.join(self.folder, "cache")]
        for key, value in {**FIXED[self.options.solver], **chosen}.items():
            words += ["--" + key, str(value)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(run, "summary.json"), encoding="utf-8") as stream:
            runs = json.load(stream)["runs"]
        return {"dataset": self.name, "solver": self.options.solver, **chosen,
                "val_accuracy": round(statistics.mean(r["val_accuracy"] for r in runs), 6),
                "val_loss": round(statistics.mean(r["val_loss"] for r in runs), 6)}

    def best_of(self, combinations):
        for chosen in combinations:
            if self.key(chosen) not in self.results:
                self.results[self.key(chosen)] = self.train(chosen)
            print(json.dumps(self.results[self.key(chosen)]), flush=True)
        found = [self.results[self.key(chosen)] for chosen in combinations]
        return min(found, key=lambda r: (-r["val_accuracy"], r["val_loss"]))

    def run(self):
        axes = {**GRID, **MORE[self.options.solver]}
        best = self.best_of([dict(zip(axes, values)) for values in itertools.product(*axes.values())])
        while True:
            here = {k: best[k] for k in axes}
            around = [{**here, k: float(f"{here[k] * step:.6g}")} for k in MORE[self.options.solver]
                      for step in (0.1, 10)]
            now = self.best_of([here, *around])
            if now is best:
                return best
            best = now


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gamlp")
    parser.add_argument("--solver", choices=MORE, default="pdadmm-g")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--known")
    parser.add_argument("names", nargs="+")
    options = parser.parse_intermixed_args()
    for name in options.names:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"best": Search(options, name, folder).run()}), flush=True)


main()
