# SPDX-License-Identifier: GPL-2.0-or-later
"""How much faster two workers with one thread each are than one process with one thread, and what one
worker costs.  usage: bench_workers.py GAMLP [--layers L] [--hidden H] [--nodes N] [--iterations K]
[--repeats R]; one JSON object on standard output.  Runs alternate; the least times count."""
import argparse
import json
import os
import subprocess
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gamlp")
    for name, value in (("layers", 10), ("hidden", 1000), ("nodes", 10000), ("iterations", 4),
                        ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    o = parser.parse_args()
    gamlp, times, models = os.path.abspath(o.gamlp), {0: [], 1: [], 2: []}, set()
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run([gamlp, *words], cwd=folder, check=True, text=True,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
        classes = 5
        run("generate", "--nodes", str(o.nodes * 5 // 2), "--edges", str(4 * o.nodes), "--words", "500",
            "--words-per-node", "20", "--classes", str(classes), "--train-per-class",
            str(o.nodes // classes), "--val", "200", "--test", "200", "--out", "g.gamlp")
        for repeat in range(o.repeats):
            for count in times:
                text = run("train", "g.gamlp", "--layers", str(o.layers), "--hidden", str(o.hidden),
                           "--iterations", str(o.iterations), "--hops", "2", "--workers", str(count),
                           "--threads", "1", "--json", "--overwrite", "--out", f"r{count}")
                models.add(json.loads(text)["runs"][0]["model_sha256"])
                with open(os.path.join(folder, f"r{count}", "run.jsonl"), encoding="utf-8") as stream:
                    at = [json.loads(line)["seconds"] for line in stream]
                times[count].append((at[-1] - at[0]) / (len(at) - 1))
    least = {count: min(t) for count, t in times.items()}
    print(json.dumps({"layers": o.layers, "hidden": o.hidden, "nodes": o.nodes,
                      "iteration_s": least, "speedup_2": least[0] / least[2],
                      "overhead_1": least[1] / least[0] - 1, "same_bits": len(models) == 1}))


main()
