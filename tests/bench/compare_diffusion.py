# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact personalised PageRank by this toolkit, by SciPy's SuperLU, and 50 power iterations in SciPy.

usage: compare_diffusion.py BENCH_DIFFUSION GAMLP [--alpha A] [--columns N] [--repeats R] [--limit S]
                            [--threads T] [NAME...]

In turn, with one thread in processor seconds, which other programs disturb less than the wall clock; with T
threads by the wall clock, where SciPy has one as ever: it knows no more. The task is that of training: alpha (I
- (1 - alpha) S)^{-1} H at the nodes of the split, H the features as they are. BENCH_DIFFUSION does all of it,
analysis and certificate included. SuperLU factorises, as `splu` does unless told otherwise (`superlu`) and as
is best here (`superlu_best`: minimum degree on A' + A, symmetric mode), then solves for N of the features,
which is extrapolated to all of them; so are the power iterations. Both are float64, as SciPy's solver is, and
power iterations in float32 are timed besides. A SuperLU that takes more than S processor seconds or 10 GB is
given up: its time is then null. Prints an object for each data set."""
import argparse
import json
import os
import resource
import signal
import subprocess
import tempfile
import time

# Before NumPy comes: with threads of OpenMP its BLAS waits for ever in a forked process.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy
import scipy.sparse
import scipy.sparse.linalg

BEST = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0, "options": {"SymmetricMode": True}}
CLOCK, FIELD = time.process_time, "cpu_s"  # of theirs, and of ours
SETS = ["cora", "citeseer", "pubmed", "amazon-computers", "amazon-photo", "coauthor-cs", "coauthor-physics"]


def ours(options, name):
    done = subprocess.run([options.bench, "--threads", str(options.threads), "--limit", "0", "--auto", "1", "--term",
                           f"ppr({options.alpha})", name], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[0])


def load(options, name):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data.npz")
        subprocess.run([options.gamlp, "export", name, "--out", path], check=True, stdout=subprocess.DEVNULL)
        data = dict(numpy.load(path, allow_pickle=True))

    def matrix(key):
        return scipy.sparse.csr_matrix((data[key + "_data"], data[key + "_indices"], data[key + "_indptr"]),
                                       shape=tuple(data[key + "_shape"]))
    a = matrix("adj").astype(float)
    a = ((a + a.T) > 0).astype(float) + scipy.sparse.identity(a.shape[0])
    scale = scipy.sparse.diags(numpy.asarray(a.sum(1)).ravel() ** -0.5)
    h = matrix("attr") if "attr_data" in data else scipy.sparse.csr_matrix(data["attr_matrix"])
    return (scale @ a @ scale).tocsr(), h.tocsc()


def timed(function):
    start = CLOCK()
    result = function()
    return CLOCK() - start, result


def superlu(s, alpha, h, how):
    k = scipy.sparse.csc_matrix(scipy.sparse.identity(s.shape[0]) - (1 - alpha) * s)
    factor, lu = timed(lambda: scipy.sparse.linalg.splu(k, **how))
    solve, x = timed(lambda: lu.solve(h))
    residual = float(numpy.linalg.norm(h - k @ x) / numpy.linalg.norm(h))
    return {"factor_s": factor, "solve_s": solve, "residual": residual, "fill": int(lu.nnz)}


def limited_superlu(options, *work):
    """In a process of its own, or None when that goes beyond the limits."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        resource.setrlimit(resource.RLIMIT_CPU, (options.limit, options.limit))
        resource.setrlimit(resource.RLIMIT_AS, (10 << 30, 10 << 30))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        with os.fdopen(sink, "w") as stream:
            json.dump(superlu(*work), stream)
        os._exit(0)
    os.close(sink)
    with os.fdopen(source) as stream:
        text = stream.read()
    return json.loads(text) if os.waitpid(child, 0)[1] == 0 else None


def power(s, alpha, h):
    def run():
        z = h
        for _ in range(50):
            z = (1 - alpha) * (s @ z) + alpha * h
        return z
    seconds, z = timed(run)
    residual = numpy.linalg.norm(alpha * h - z + (1 - alpha) * (s @ z)) / numpy.linalg.norm(alpha * h)
    return seconds, residual


def measure(options, name):
    s, h = load(options, name)
    columns = min(options.columns, h.shape[1])
    dense = h[:, :columns].toarray().astype(float)
    times = h.shape[1] / columns
    best = {}
    for _ in range(options.repeats):
        mine = ours(options, name)
        if not best or mine[FIELD] < best["ours"][FIELD]:
            best["ours"] = mine
        step, residual = power(s, options.alpha, dense)
        step32, _ = power(s.astype(numpy.float32), options.alpha, dense.astype(numpy.float32))
        best["power"] = min(best.get("power", step), step)
        best["power32"] = min(best.get("power32", step32), step32)
        best["power_residual"] = residual
    mine = best["ours"][FIELD]
    result = {"dataset": name, "threads": options.threads, "method": best["ours"]["chosen"], "by_nodes": best["ours"]["by_nodes"],
              "ours_s": mine, "predicted_s": best["ours"]["predicted_s"], "residual": best["ours"]["residual"],
              "power_s": round(best["power"] * times, 4), "power_float32_s": round(best["power32"] * times, 4),
              "power_residual": best["power_residual"], "columns": columns, "features": h.shape[1],
              "power_over_ours": round(best["power"] * times / mine, 1),
              "power_float32_over_ours": round(best["power32"] * times / mine, 1)}
    for key, how in (("superlu_best", BEST), ("superlu", {})):
        lu = limited_superlu(options, s, options.alpha, dense, how)
        seconds = lu and round(lu["factor_s"] + lu["solve_s"] * times, 4)
        result.update({key + "_s": seconds, key: lu, key + "_over_ours": lu and round(seconds / mine, 1)})
    return result


def main():
    global CLOCK, FIELD
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("gamlp")
    parser.add_argument("--alpha", type=float, default=0.1)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=600)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    if options.threads > 1:
        CLOCK, FIELD = time.perf_counter, "measured_s"
    for name in options.names or SETS:
        print(json.dumps(measure(options, name)), flush=True)


if __name__ == "__main__":
    main()
