# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of gamlp fetch share: a server, and a manifest of a set that it has."""
import hashlib
import json
import os
import random
import subprocess

import program
import server

BODY = random.Random(1).randbytes(200_000)
OTHER = random.Random(2).randbytes(200_000)
FAST = ["--pause", "0"]
HEAD = """title: a set
kind: files
format: gnn-benchmark
source: http://data.example/
licence: MIT
citation: nobody
paths: [%s]
"""
TAIL = "statistics: {nodes: 3, edges: 2, features: 1, classes: 2}\nsplit: {rule: public}\n"


def sha256(body):
    return hashlib.sha256(body).hexdigest()


class Case(program.Case):
    def setUp(self):
        super().setUp()
        self.server = server.Server()
        self.addCleanup(self.server.stop)
        self.environment = {k: v for k, v in self.environment.items()
                            if not k.lower().endswith("_proxy")}

    def manifest(self, *keys, mirrors=None, path="set/a.npz", body=BODY, more=""):
        """set.yaml of one file a.npz; keys: which of size and sha256 it tells."""
        lines = {"size": len(body), "sha256": sha256(body)}
        text = HEAD % path + "mirrors:\n" + "".join(
            f"  - {m}\n" for m in mirrors or [self.server.base])
        text += "files:\n  - name: a.npz\n" + "".join(f"    {k}: {lines[k]}\n" for k in keys)
        self.write(text + more + TAIL, "set.yaml")

    def words(self, *more):
        return ["fetch", "--manifest", "set.yaml", "--data", "data", *FAST, *more]

    def fetch(self, *more):
        """The files of the report."""
        out = json.loads(self.good(*self.words("--json", *more)))
        return out["datasets"][0]["files"]

    def bytes(self, *names):
        with open(self.path(*names), "rb") as stream:
            return stream.read()

    def check_came(self, body=BODY):
        """The file is there, right and alone."""
        self.assertEqual(os.listdir(self.path("data", "set")), ["a.npz"])
        self.assertEqual(self.bytes("data", "set", "a.npz"), body)

    def ranges(self):
        return [entry[1] for entry in self.server.log]

    def put(self, body, name="a.npz"):
        os.makedirs(self.path("data", "set"), exist_ok=True)
        with open(self.path("data", "set", name), "wb") as stream:
            stream.write(body)

    def start(self, *more):
        return subprocess.Popen([program.GAMLP, *self.words(*more)], cwd=self.folder,
                                env=self.environment, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
