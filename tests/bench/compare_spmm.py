# SPDX-License-Identifier: GPL-2.0-or-later
"""K hops on a generated graph: ours, scipy's CSR product and torch.sparse.mm in turn, as often as asked.

    compare_spmm.py build/dev/tests/bench/bench_spmm [--recipe R] [--repeats N] [--threads T] [...]

prints one JSON object: the fastest time of a hop of each, and ratios; --clock cpu takes processor seconds of
all threads divided by their number.  What is not installed is left out.
Other options go to bench_spmm, whose figures (SuiteSparse:GraphBLAS among them) are in `bench`."""
import argparse
import json
import os
import subprocess
import tempfile
import time

PARSER = argparse.ArgumentParser()
PARSER.add_argument("bench")
PARSER.add_argument("--repeats", type=int, default=3)
PARSER.add_argument("--threads", type=int, default=os.cpu_count())
PARSER.add_argument("--hops", type=int, default=4)
PARSER.add_argument("--clock", choices=["wall", "cpu"], default="wall")
ARGUMENTS, MORE = PARSER.parse_known_args()
os.environ["OMP_NUM_THREADS"] = str(ARGUMENTS.threads)

import numpy  # noqa: E402
import scipy.sparse  # noqa: E402

try:
    import torch
except ImportError:
    torch = None


def ours(*words):
    done = subprocess.run([ARGUMENTS.bench, "--rounds", "3", "--hops", str(ARGUMENTS.hops), "--threads",
                           str(ARGUMENTS.threads), "--clock", ARGUMENTS.clock, *MORE, *words], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def fastest(product, x, threads):
    """Seconds of one of K products that follow each other."""
    clock = time.process_time if ARGUMENTS.clock == "cpu" else time.perf_counter
    start = clock()
    for _ in range(ARGUMENTS.hops):
        x = product(x)
    return (clock() - start) / ARGUMENTS.hops / (threads if ARGUMENTS.clock == "cpu" else 1)


def main():
    peers, best, bench = {}, {}, None
    with tempfile.TemporaryDirectory() as folder:
        bench = ours("--dump", folder)
        ptr, idx, val, x = (numpy.load(f"{folder}/{n}.npy") for n in ("ptr", "idx", "val", "x"))
    s = scipy.sparse.csr_matrix((val, idx, ptr), (len(ptr) - 1, len(ptr) - 1))
    peers["scipy"] = (lambda y: s @ y, x, 1)
    if torch:
        torch.set_num_threads(ARGUMENTS.threads)
        t = torch.sparse_csr_tensor(torch.from_numpy(ptr), torch.from_numpy(idx.astype("i8")),
                                    torch.from_numpy(val), s.shape)
        peers["torch"] = (lambda y: torch.sparse.mm(t, y), torch.from_numpy(x), ARGUMENTS.threads)
    for _ in range(ARGUMENTS.repeats):
        for name, (product, first, threads) in peers.items():
            best[name] = min(best.get(name, 1e9), fastest(product, first, threads))
        again = ours()
        for key in ("triad_s", "found_triad_s", "roofline_s", "hop_s", "fresh_s", "plain_s", "read_s", "graphblas_s"):
            bench[key] = min(bench[key], again[key])
    hop, fresh = bench["hop_s"], bench["fresh_s"]
    result = {"hop_s": hop, "fresh_s": fresh, "plain_s": bench["plain_s"], "read_s": bench["read_s"],
              "of_read": bench["read_s"] / hop, "triad_s": bench["triad_s"],
              "roofline_s": bench["roofline_s"], "of_triad": bench["triad_s"] / hop,
              "found_triad_s": bench["found_triad_s"], "of_triad_found": bench["found_triad_s"] / hop,
              "of_roofline": bench["roofline_s"] / hop,
              "of_triad_least": bench["triad_s"] / hop * bench["least_bytes"] / bench["cache_bytes"]}
    for name, seconds in {**best, "graphblas": bench["graphblas_s"]}.items():
        if seconds > 0:
            # scipy and torch take fresh memory for every product, as the engine does in fresh_s.
            own = hop if name == "graphblas" else fresh
            result[f"{name}_s"], result[f"over_{name}"] = seconds, seconds / own
    print(json.dumps({**result, "bench": bench}))


main()
