# SPDX-License-Identifier: GPL-2.0-or-later
"""An iteration of ours against the same in PyTorch (peer_pdadmm.py), as one JSON object.

    compare_peer.py BENCH_ITERATION [--layers 2 10] [--hidden H] [--threads T] [--repeats R]
                    [--rounds N] [--iterations K] [--planetoid PREFIX]

For each depth both programs run in turn, R times, so that a change of the machine's load meets
both; the figures are the medians of the medians that the runs print.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", metavar="BENCH_ITERATION")
    parser.add_argument("--layers", type=int, nargs="+", default=[2, 10])
    for name, value in (("hidden", 500), ("threads", 2), ("repeats", 3), ("rounds", 101),
                        ("iterations", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--planetoid", metavar="PREFIX", help="real features for the peer")
    return parser.parse_args()


def run(command, **given):
    for name, value in given.items():
        if value is True:
            command = command + [f"--{name}"]
        elif value:
            command = command + [f"--{name}", str(value)]
    environment = dict(os.environ, OMP_NUM_THREADS=str(given["threads"]))
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout)


def compare(given, layers):
    shape = {"layers": layers, "hidden": given.hidden, "threads": given.threads}
    peer = [sys.executable, "-B", os.path.join(HERE, "peer_pdadmm.py")]
    ours, theirs, recorded = [], [], []
    for _ in range(given.repeats):
        ours.append(run([given.program], rounds=given.rounds, **shape))
        for runs, record in ((theirs, False), (recorded, True)):
            runs.append(run(peer, iterations=given.iterations, planetoid=given.planetoid,
                            record=record, **shape))

    def median(runs, field="iteration_ms"):
        return statistics.median(run[field] for run in runs)

    return {**shape, "ours_ms": median(ours), "peer_ms": median(theirs),
            "peer_recording_ms": median(recorded), "peer_mean_ms": median(theirs, "mean_iteration_ms"),
            "ratio": median(theirs) / median(ours),
            "ratio_recording": median(recorded) / median(ours),
            "least_ratio": min(b["iteration_ms"] / a["iteration_ms"]
                               for a, b in zip(ours, theirs)),
            "iteration_over_products": median(ours, "iteration_over_products"),
            "evaluation_over_iteration": median(ours, "evaluation_over_iteration"),
            "peer_trials": median(theirs, "trials"),
            "peer_fista_steps": median(theirs, "fista_steps"),
            "blas": ours[0]["blas"], "torch": theirs[0]["torch"], "data": theirs[0]["data"]}


def main():
    given = options()
    print(json.dumps({"benchmark": "peer-comparison", "repeats": given.repeats,
                      "depths": [compare(given, layers) for layers in given.layers]}, indent=1))


if __name__ == "__main__":
    main()
