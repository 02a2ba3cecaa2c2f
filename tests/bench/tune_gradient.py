# SPDX-License-Identifier: GPL-2.0-or-later
"""Hyper-parameters of the preset tuned: back-propagation on the features of the preset paper.

    tune_gradient.py GAMLP [--solvers A,B,..] [--seeds N] [--threads T] DATASET...

Two layers of 100 neurons, at most 200 iterations of the whole training set, ended by 50 without a
better validation accuracy.  First every learning rate with every initial deviation, with weight decay 5e-4 and
dropout 0.5; then, with the best of these, every weight decay with and without dropout.  The choice is that of the best
mean validation accuracy, the first one of equal ones; test accuracies are not read.  Prints one object for
each solver of each data set.
"""
import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile

RATES = {"gd": ["0.1", "0.3", "1"], "momentum": ["0.03", "0.1", "0.3"],
         "adagrad": ["0.003", "0.01", "0.03"], "adadelta": ["0.3", "1", "3"],
         "adam": ["0.001", "0.003", "0.01"]}
INITS = [("normal", "0.1"), ("glorot", "1")]
DECAYS = ["0", "5e-4", "5e-3"]
DROPOUTS = ["0", "0.5"]
SCALE = {"coauthor-cs": "all"}  # as in the preset paper
FIXED = {"layers": "2", "hidden": "100", "iterations": "200", "patience": "50", "hops": "4",
         "normalise": "l2"}


def validation(o, dataset, solver, options):
    """Mean validation accuracy of a run."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        words = [o.program, "train", dataset, "--solver", solver, "--seeds", str(o.seeds),
                 "--threads", str(o.threads), "--out", run, "--scale", SCALE.get(dataset, "hop")]
        for name, value in {**FIXED, **options}.items():
            words += ["--" + name, value]
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:  # it diverges
            return 0
        with open(os.path.join(run, "summary.json"), encoding="utf-8") as stream:
            return json.load(stream)["val_accuracy"]["mean"]


def tune(o, dataset, solver):
    tried = []

    def best(choices):
        value = [validation(o, dataset, solver, c) for c in choices]
        tried.extend({**c, "val": round(v, 4)} for c, v in zip(choices, value))
        return choices[value.index(max(value))], max(value)

    chosen, _ = best([{"learning-rate": r, "init": i, "init-scale": s, "weight-decay": "5e-4",
                       "dropout": "0.5"} for r, (i, s) in itertools.product(RATES[solver], INITS)])
    chosen, value = best([{**chosen, "weight-decay": w, "dropout": d}
                          for w, d in itertools.product(DECAYS, DROPOUTS)])
    return {"dataset": dataset, "solver": solver, "val": round(value, 4), "options": chosen,
            "tried": tried}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--solvers", default=",".join(RATES))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("datasets", nargs="+")
    o = parser.parse_intermixed_args()
    for dataset, solver in itertools.product(o.datasets, o.solvers.split(",")):
        print(json.dumps(tune(o, dataset, solver)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
