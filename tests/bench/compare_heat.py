# SPDX-License-Identifier: GPL-2.0-or-later
"""heat(T) of this toolkit, by both of its expansions, against scipy.sparse.linalg.expm_multiply.

usage: compare_heat.py GAMLP [--time T] [--columns N] NAME...

All nodes of each data set, and N of its features as they are, in float64 there and float32 here.  Prints an
object for each data set: `rational` and `chebyshev` are the relative distances |Y - Z| / |Z| (Frobenius),
`rational_most` and `chebyshev_most` the largest distance of two numbers over the largest number."""
import argparse
import json
import os
import subprocess
import tempfile

import numpy
import scipy.sparse
import scipy.sparse.linalg

from compare_diffusion import load

METHODS = {"rational": "cholesky", "chebyshev": "chebyshev"}


def ours(options, name, method, columns):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "y.npy")
        subprocess.run([options.gamlp, "features", name, "--features", f"heat({options.time})", "--diffusion",
                        method, "--normalise", "none", "--out", path], check=True, stdout=subprocess.DEVNULL)
        return numpy.load(path)[:, :columns].astype(float)


def measure(options, name):
    s, h = load(options, name)
    columns = min(options.columns, h.shape[1])
    laplacian = scipy.sparse.identity(s.shape[0]) - s
    z = scipy.sparse.linalg.expm_multiply(-options.time * laplacian, h[:, :columns].toarray().astype(float))
    result = {"dataset": name, "nodes": s.shape[0], "time": options.time, "columns": columns}
    for key, method in METHODS.items():
        y = ours(options, name, method, columns)
        result[key] = numpy.linalg.norm(y - z) / numpy.linalg.norm(z)
        result[key + "_most"] = numpy.abs(y - z).max() / numpy.abs(z).max()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gamlp")
    parser.add_argument("--time", type=float, default=3)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("names", nargs="+")
    options = parser.parse_intermixed_args()
    for name in options.names:
        print(json.dumps(measure(options, name)), flush=True)


main()
