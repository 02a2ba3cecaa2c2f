# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder as OGB publishes ogbn-arxiv, of random content: make_ogb.py FOLDER [--nodes N] [--edges E]
[--features D] [--classes C] [--seed S]

Features have six decimals and years, labels and the split by year are as in the original; the CSV
files are those that pandas' to_csv() writes, compressed as by `gzip -6`."""
import argparse
import gzip
import os

import numpy as np


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    for name, value in (("nodes", 169343), ("edges", 1166243), ("features", 128), ("classes", 40),
                        ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def write(folder, name, table, form):
    os.makedirs(folder, exist_ok=True)
    table = np.asarray(table).reshape(len(table), -1)
    line = ",".join([form] * table.shape[1]) + "\n"
    with gzip.open(os.path.join(folder, name + ".csv.gz"), "wb", compresslevel=6) as out:
        for at in range(0, len(table), 4096):
            block = table[at:at + 4096]
            out.write(((line * len(block)) % tuple(block.ravel().tolist())).encode())


def main():
    given = options()
    random = np.random.default_rng(given.seed)
    raw = os.path.join(given.folder, "raw")
    years = np.minimum(2020, 1971 + random.gamma(60, 0.73, given.nodes).astype(int))
    write(raw, "num-node-list", [given.nodes], "%d")
    write(raw, "num-edge-list", [given.edges], "%d")
    write(raw, "edge", random.integers(0, given.nodes, (given.edges, 2)), "%d")
    write(raw, "node-feat", random.normal(0, 0.12, (given.nodes, given.features)), "%.6f")
    write(raw, "node-label", random.integers(0, given.classes, given.nodes), "%d")
    write(raw, "node_year", years, "%d")
    split = os.path.join(given.folder, "split", "time")
    order = np.argsort(years, kind="stable")
    ends = [0] + [given.nodes * n // 169343 for n in (90941, 120740, 169343)]
    for name, low, high in zip(("train", "valid", "test"), ends, ends[1:]):
        write(split, name, np.sort(order[low:high]), "%d")


if __name__ == "__main__":
    main()
