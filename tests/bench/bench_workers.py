# SPDX-License-Identifier: GPL-2.0-or-later
"""How much faster two workers with one thread each are than one process with one thread, what one worker costs,
and what gamlp simulate makes of it.  usage: bench_workers.py GAMLP [--layers L] [--hidden H] [--nodes N]
[--iterations K] [--repeats R] [--gbit X] [--link]; one JSON object on standard output.  Runs alternate; the least
times count.  With --link each worker is on a host of its own (network namespaces: root), whose link has --gbit."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dist"))

import network  # noqa: E402  (beside the tests of several hosts)

CLASSES = 5


class Bench:
    def __init__(self, options, folder, hosts):
        self.o, self.folder, self.hosts = options, folder, hosts
        self.gamlp = os.path.abspath(options.gamlp)

    def run(self, *words):
        return subprocess.run([self.gamlp, *words], cwd=self.folder, check=True, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout

    def generate(self):
        n = self.o.nodes
        self.run("generate", "--nodes", str(n * 5 // 2), "--edges", str(4 * n), "--words", "500",
                 "--words-per-node", "20", "--classes", str(CLASSES), "--train-per-class", str(n // CLASSES), "--val",
                 "200", "--test", "200", "--out", "g.gamlp")

    def words(self, count):
        codec = ["--codec", "none"] if count else []
        return ["train", "g.gamlp", "--layers", str(self.o.layers), "--hidden", str(self.o.hidden), "--iterations",
                str(self.o.iterations), "--hops", "2", "--workers", str(count), "--threads", "1", "--json",
                "--overwrite", "--out", f"r{count}", *codec]

    def train(self, count):
        """The hash of the model and the seconds of an iteration."""
        apart = self.hosts and count > 1
        text = self.train_apart(count) if apart else self.run(*self.words(count))
        with open(os.path.join(self.folder, f"r{count}", "run.jsonl"), encoding="utf-8") as stream:
            at = [json.loads(line)["seconds"] for line in stream]
        return json.loads(text)["runs"][0]["model_sha256"], (at[-1] - at[0]) / (len(at) - 1)

    def train_apart(self, count):
        """The coordinator on host 0, worker i on host i."""
        start = lambda i, *words, **more: subprocess.Popen(
            self.hosts.inside(i, self.gamlp, *words), cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stderr=subprocess.DEVNULL, **more)
        ticket = os.path.join(self.folder, f"r{count}", "workers", "ticket")
        team = [start(0, *self.words(count), "--launcher", "none", "--listen", self.hosts.address(0), "--insecure",
                      stdout=subprocess.PIPE)]
        while not os.path.exists(ticket) and team[0].poll() is None:
            time.sleep(0.05)
        time.sleep(0.2)
        team += [start(i, "worker", "--ticket", ticket, "--number", str(i)) for i in range(1, count + 1)]
        out, _ = team[0].communicate()
        return out if [p.wait() for p in team] == [0] * (count + 1) else sys.exit("a run failed")

    def predict(self, count, best):
        """By the best run of one process."""
        path = os.path.join(self.folder, "best")
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "run.jsonl"), "w", encoding="ascii") as stream:
            stream.writelines(json.dumps({"iteration": k, "seconds": k * best}) + "\n" for k in (1, 2))
        with open(os.path.join(self.folder, "r0", "summary.json"), "rb") as source:
            pathlib.Path(path, "summary.json").write_bytes(source.read())
        return json.loads(self.run("simulate", "--run", "best", "--workers", str(count), "--bits", "32", "--gbit",
                                   str(self.o.gbit), "--json"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gamlp")
    for name, value in (("layers", 10), ("hidden", 1000), ("nodes", 10000), ("iterations", 4), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--gbit", type=float, default=16)  # the loopback
    parser.add_argument("--link", action="store_true")
    o = parser.parse_args()
    hosts = network.Hosts() if o.link else None
    counts = [0, 2] if o.link else [0, 1, 2]
    times, models = {count: [] for count in counts}, set()
    try:
        for i in (1, 2) if hosts else ():
            hosts.slow(i, f"{o.gbit * 1000:.0f}mbit")
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(o, folder, hosts)
            bench.generate()
            for _ in range(o.repeats):
                for count in counts:
                    model, seconds = bench.train(count)
                    models.add(model)
                    times[count].append(seconds)
            least = {count: min(t) for count, t in times.items()}
            predicted = bench.predict(2, least[0])
    finally:
        if hosts:
            hosts.remove()
    told = {"layers": o.layers, "hidden": o.hidden, "nodes": o.nodes, "gbit": o.gbit, "iteration_s": least,
            "speedup_2": least[0] / least[2], "predicted_s_2": predicted["seconds"],
            "predicted_speedup_2": predicted["speedup"], "prediction_error": predicted["seconds"] / least[2] - 1,
            "same_bits": len(models) == 1}
    if 1 in least:
        told["overhead_1"] = least[1] / least[0] - 1
    print(json.dumps(told))


main()
