# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading a data set by us and by NumPy and SciPy, as one JSON object for each set.

    compare_load.py BENCH_LOAD [--data DIR] [--rounds R] [NAME...]

Both go from the files to a symmetric adjacency in CSR form without self-loops, the features and
the labels; ours also draws or takes the split, checks the whole and takes the fingerprint.  The
programs run in turn, R times, so that a change of the machine's load meets both; times are of the
fastest run of each, within a process that has done it once before.
"""
import argparse
import itertools
import json
import os
import pickle
import subprocess
import time

import numpy as np
import scipy.sparse as sp

NPZ = {"coauthor-physics": "ms_academic_phy", "coauthor-cs": "ms_academic_cs",
       "amazon-photo": "amazon_electronics_photo",
       "amazon-computers": "amazon_electronics_computers"}


def symmetric(a):
    a = a.maximum(a.T)
    a.setdiag(0)
    a.eliminate_zeros()
    return a


def planetoid(data, name, edges):
    """Rows of tx go to the places that test.index tells; `edges` makes the list of edges."""
    parts = {}
    for part in ("tx", "allx", "ty", "ally", "graph"):
        with open(os.path.join(data, "planetoid", f"ind.{name}.{part}"), "rb") as stream:
            parts[part] = pickle.load(stream, encoding="latin1")
    index = np.loadtxt(os.path.join(data, "planetoid", f"ind.{name}.test.index"), dtype=int)
    graph = parts["graph"]
    row = np.arange(len(graph))
    row[index] = np.sort(index)
    features = sp.vstack((parts["allx"], parts["tx"])).tocsr()[row]
    labels = np.vstack((parts["ally"], parts["ty"]))[row]
    source, target = edges(graph)
    ones = np.ones(len(source), np.float32)
    shape = (len(graph), len(graph))
    return symmetric(sp.coo_matrix((ones, (source, target)), shape=shape).tocsr()), features, labels


def edges_plain(graph):
    """As the readers in circulation do it: through networkx-like loops over the dictionary."""
    source, target = [], []
    for node, neighbours in graph.items():
        for neighbour in neighbours:
            source.append(node)
            target.append(neighbour)
    return source, target


def edges_fast(graph):
    """The fastest we found with NumPy."""
    count = np.fromiter((len(graph[i]) for i in range(len(graph))), int, len(graph))
    target = itertools.chain.from_iterable(graph[i] for i in range(len(graph)))
    return np.repeat(np.arange(len(graph)), count), np.fromiter(target, int, count.sum())


def npz(data, name):
    with np.load(os.path.join(data, "gnn-benchmark", NPZ[name] + ".npz"),
                 allow_pickle=True) as file:
        def matrix(key):
            return sp.csr_matrix((file[key + "_data"], file[key + "_indices"],
                                  file[key + "_indptr"]), shape=file[key + "_shape"])
        return symmetric(matrix("adj")), matrix("attr"), file["labels"]


def peers(data, name):
    if name in NPZ:
        return {"numpy_ms": lambda: npz(data, name)}
    return {"numpy_ms": lambda: planetoid(data, name, edges_fast),
            "numpy_plain_ms": lambda: planetoid(data, name, edges_plain)}


def best(function, rounds=5):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def compare(given, name):
    ours, theirs = [], {}
    environment = dict(os.environ, GAMLP_DATA=given.data)
    for _ in range(given.rounds):
        done = subprocess.run([given.program, "--rounds", "7", name], stdout=subprocess.PIPE,
                              check=True, env=environment)
        ours.append(json.loads(done.stdout))
        for field, function in peers(given.data, name).items():
            theirs.setdefault(field, []).append(best(function))
    result = {"benchmark": "load against numpy", "dataset": name,
              "ours_ms": min(run["source_best_ms"] for run in ours),
              "container_ms": min(run["container_best_ms"] for run in ours),
              **{field: min(times) for field, times in theirs.items()}}
    result["ratio"] = result["numpy_ms"] / result["ours_ms"]
    result["ratio_container"] = result["ours_ms"] / result["container_ms"]
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", metavar="BENCH_LOAD")
    parser.add_argument("--data", default=os.environ.get("GAMLP_DATA"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", metavar="NAME", nargs="*", default=["pubmed", "coauthor-physics"])
    given = parser.parse_args()
    if not given.data:
        parser.error("--data or GAMLP_DATA: where the data sets are")
    for name in given.names:
        print(json.dumps(compare(given, name)))


if __name__ == "__main__":
    main()
