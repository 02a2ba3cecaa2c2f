# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading an OGB folder of csv.gz: ours against pandas and numpy, as one JSON object.

    bench_csv.py BENCH_OPEN [--folder FOLDER] [--repeats R] [--threads T] [--no-numpy]

Without --folder a folder of ogbn-arxiv's size is made (make_ogb.py, some minutes) and removed.  Ours
reads all tables and makes the symmetric graph; `open` is gamlp_dataset_open(), which also checks the
data and takes their fingerprints.  The others only read the same tables into arrays of int64 and
float32, as OGB's own reader does with pandas; numpy is numpy.loadtxt().  All run in turn, R times,
each in a process of its own that times itself without its start; the figures are medians."""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", metavar="BENCH_OPEN", nargs="?")
    parser.add_argument("--folder")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--no-numpy", action="store_true")
    parser.add_argument("--peer", choices=("pandas", "numpy"), help=argparse.SUPPRESS)
    return parser.parse_args()


def peer(folder, name):
    """Read every table of the folder; the time that it took."""
    import numpy
    import pandas
    begin = time.perf_counter()
    for path in sorted(glob.glob(os.path.join(folder, "*/**/*.csv.gz"), recursive=True)):
        kind = numpy.float32 if "node-feat" in path else numpy.int64
        if name == "pandas":
            table = pandas.read_csv(path, compression="gzip", header=None).values.astype(kind)
        else:
            table = numpy.loadtxt(path, delimiter=",", dtype=kind, ndmin=2)
        if len(table) == 0:
            raise SystemExit(f"{path}: no rows")
    return {"read_ms": 1e3 * (time.perf_counter() - begin),
            "version": {"pandas": pandas, "numpy": numpy}[name].__version__}


def run(command):
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def compare(given, folder):
    ours = [given.program] + (["--threads", str(given.threads)] if given.threads else [])
    names = ["pandas"] if given.no_numpy else ["pandas", "numpy"]
    runs = {name: [] for name in ["ours"] + names}
    for _ in range(given.repeats):
        runs["ours"].append(run(ours + ["ogb:" + folder]))
        for name in names:
            runs[name].append(run([sys.executable, "-B", __file__, "--folder", folder,
                                   "--peer", name]))
    result = {"benchmark": "csv", "repeats": given.repeats,
              **{key: runs["ours"][0][key] for key in ("nodes", "edges", "features", "threads")}}
    for name, list_ in runs.items():
        result[name + "_ms"] = statistics.median(r["read_ms"] for r in list_)
    result["ours_open_ms"] = statistics.median(r["open_ms"] for r in runs["ours"])
    for name in names:
        pairs = list(zip(runs["ours"], runs[name]))
        result["ratio_" + name] = result[name + "_ms"] / result["ours_ms"]
        result["least_ratio_" + name] = min(b["read_ms"] / a["read_ms"] for a, b in pairs)
        result["ratio_open_" + name] = result[name + "_ms"] / result["ours_open_ms"]
        result[name] = runs[name][0]["version"]
    return result


def main():
    given = options()
    if given.peer:
        print(json.dumps(peer(given.folder, given.peer)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder
        if not folder:
            folder = os.path.join(made, "arxiv")
            subprocess.run([sys.executable, "-B", os.path.join(HERE, "make_ogb.py"), folder],
                           check=True)
        print(json.dumps(compare(given, folder), indent=1))


if __name__ == "__main__":
    main()
