# SPDX-License-Identifier: GPL-2.0-or-later
"""Features out of core: a large random graph, a budget of memory, and what disk and memory could do.

    bench_stream.py GAMLP [--edges N] [--nodes N] [--dimension D] [--stream BYTES] [--features SET]
                    [--checkpoint SECONDS] [--folder DIR] [--kill]

generates a container (R-MAT, Gaussian features), makes its features by `gamlp features --stream`, and
prints one JSON object.  --kill ends the program by SIGKILL in the middle, starts it again, and compares
the file with that of a run that was left alone.  Needs about 4 (1 + blocks) nodes x dimension bytes of
disk, twice with --kill."""
import argparse
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time

PARSER = argparse.ArgumentParser()
PARSER.add_argument("gamlp")
PARSER.add_argument("--edges", type=int, default=10**8)
PARSER.add_argument("--nodes", type=int, default=5 * 10**6)
PARSER.add_argument("--dimension", type=int, default=64)
PARSER.add_argument("--stream", default="8G")
PARSER.add_argument("--features", default="sym^1..2")
PARSER.add_argument("--checkpoint", default="5")
PARSER.add_argument("--folder", default=None)
PARSER.add_argument("--kill", action="store_true")
A = PARSER.parse_args()
if os.path.exists(A.gamlp):
    A.gamlp = os.path.abspath(A.gamlp)  # it runs in another folder


def start(out):
    return subprocess.Popen([A.gamlp, "features", "g.gamlp", "--features", A.features, "--normalise", "none",
                             "--stream", A.stream, "--checkpoint", A.checkpoint, "--out", out], cwd=FOLDER, stdout=subprocess.PIPE, text=True)


def finish(child):
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, status
    return text, usage.ru_maxrss << 10


def digest(name):
    value = hashlib.sha256()
    with open(os.path.join(FOLDER, name), "rb") as stream:
        while block := stream.read(1 << 24):
            value.update(block)
    return value.hexdigest()


def disk_rate(size=1 << 30):
    """Bytes a second of a file written and synced."""
    name, block, begin = os.path.join(FOLDER, "rate"), os.urandom(1 << 24), time.perf_counter()
    with open(name, "wb") as stream:
        for _ in range(size >> 24):
            stream.write(block)
        os.fsync(stream.fileno())
    rate = size / (time.perf_counter() - begin)
    os.unlink(name)
    return rate


with tempfile.TemporaryDirectory(dir=A.folder) as FOLDER:
    begin = time.perf_counter()
    subprocess.run([A.gamlp, "generate", "--model", "rmat", "--edges", str(A.edges), "--nodes", str(A.nodes),
                    "--feature-kind", "gaussian", "--dimension", str(A.dimension), "--out", "g.gamlp"],
                   cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
    result = {"edges": A.edges, "nodes": A.nodes, "dimension": A.dimension, "stream": A.stream,
              "features": A.features, "generate_s": time.perf_counter() - begin,
              "container_bytes": os.path.getsize(os.path.join(FOLDER, "g.gamlp"))}
    begin = time.perf_counter()
    text, result["peak_bytes"] = finish(start("a.npy"))
    result["seconds"] = time.perf_counter() - begin
    result["panel"] = int(text.split("panels of ")[1].split()[0])
    result["written_bytes"] = os.path.getsize(os.path.join(FOLDER, "a.npy"))
    result["written_per_s"] = result["written_bytes"] / result["seconds"]
    result["disk_per_s"] = disk_rate()
    if A.kill:
        whole = digest("a.npy")
        os.unlink(os.path.join(FOLDER, "a.npy"))
        child = start("b.npy")
        try:
            child.wait(result["seconds"] / 2)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
        text, _ = finish(start("b.npy"))
        result["units_done_before"] = int(text.split("features; ")[1].split()[0])
        result["same_bits"] = digest("b.npy") == whole
    print(json.dumps(result))
