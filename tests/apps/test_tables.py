# SPDX-License-Identifier: GPL-2.0-or-later
"""Data sets in text: tables without a graph, folders of OGB, what is refused."""
import gzip
import json
import os

import program

SPLIT = ["--train-per-class", "8", "--val", "12", "--test", "12"]


class Tables(program.Case):
    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)) or ".", exist_ok=True)
        opener = gzip.open if name.endswith(".gz") else open
        with opener(self.path(name), "wb") as out:
            out.write(text.encode())

    def table(self, name, rows=60):
        lines = ["width,label,height"]
        lines += [f"{i % 3 + i / 100},{'abc'[i % 3]},{-i % 7}" for i in range(rows)]
        self.write(name, "\n".join(lines) + "\n")

    def test_without_edges(self):
        """Any number of hops trains: the operator is the identity."""
        self.table("t.csv.gz")
        info = json.loads(self.good("info", "t.csv.gz", *SPLIT, "--json"))
        self.assertEqual([info["dataset"][k] for k in ("name", "nodes", "edges", "features", "classes")],
                         ["t", 60, 0, 2, 3])
        self.assertEqual(info["structure"]["format"], "csv")
        self.assertEqual(info["structure"]["isolated"], 60)
        self.assertIsNone(info["structure"]["homophily"])
        for hops in (["--hops", "1"], []):
            summary = self.train("csv:t.csv.gz", *SPLIT, *hops, "--out", f"r{len(hops)}")
            self.assertEqual(summary["split"]["rule"], "random:8+12+12@0")
            self.assertGreaterEqual(summary["test_accuracy"]["mean"], 0.3)

    def test_ogb(self):
        nodes = 30
        for name, lines in (("num-node-list", [nodes]),
                            ("edge", [f"{i},{(7 * i + 1) % nodes}" for i in range(nodes)]),
                            ("node-feat", [f"{i % 3},{i / 10}" for i in range(nodes)]),
                            ("node-label", [i % 3 for i in range(nodes)])):
            self.write(f"small/raw/{name}.csv.gz", "".join(f"{line}\n" for line in lines))
        for name, part in (("train", range(10)), ("valid", range(10, 20)), ("test", range(20, 30))):
            self.write(f"small/split/time/{name}.csv.gz", "".join(f"{i}\n" for i in part))
        info = json.loads(self.good("info", "small", "--json"))
        self.assertEqual(info["dataset"]["name"], "small")
        self.assertEqual([info["split"][k] for k in ("rule", "train", "val", "test")],
                         ["public", 10, 10, 10])
        self.assertEqual(info["dataset"], json.loads(self.good("info", "ogb:small/raw", "--json"))["dataset"])
        self.train("small", "--out", "r")
        again = json.loads(self.good("eval", "r", "--json"))
        self.assertTrue(again["same_data"] and again["same_split"])
        self.write("small/raw/edge.csv.gz", "0,1\n2,30\n")
        self.bad(65, "small/raw/edge.csv.gz: line 2, column 2", "expected a node in 0..29",
                 words=["info", "small"])

    def test_refused(self):
        self.write("a.csv", "1,2,x\n3,oops,y\n")
        self.bad(65, "a.csv: line 2: column 2: \"oops\", expected a finite number", words=["info", "a.csv"])
        self.write("b.csv.gz", "1,2,x\n" * 100)
        with open(self.path("b.csv.gz"), "r+b") as file:
            file.truncate(30)
        self.bad(65, "b.csv.gz: the gzip file is cut short", words=["info", "b.csv.gz"])
        self.bad(66, "none.csv", words=["info", "csv:none.csv"])


program.main()
