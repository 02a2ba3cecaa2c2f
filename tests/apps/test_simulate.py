# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp simulate."""
import json

import program

SMALL = ["--hidden", "500", "--nodes", "10000", "--layers", "10", "--workers", "1,2,5,10,64"]


class Simulate(program.Case):
    def test_rows(self):
        rows = [json.loads(line) for line in self.good("simulate", *SMALL, "--json").splitlines()]
        self.assertEqual([row["workers"] for row in rows], [1, 2, 5, 10, 64])
        self.assertEqual([row["used"] for row in rows], [1, 2, 5, 10, 10])
        self.assertAlmostEqual(rows[0]["speedup"], 1, places=6)
        self.assertEqual(rows[0]["wire_bytes"], 0)
        for row in rows:
            self.assertLessEqual(row["speedup"], row["bound"] * 1.000001)
        # p and q of 500 x 10,000 elements of 8 bits on one link
        self.assertAlmostEqual(rows[1]["wire_bytes"] / 1e7, 1, places=1)
        self.assertEqual(rows[3], {**rows[4], "workers": 10})
        self.assertEqual(len(self.good("simulate", *SMALL).splitlines()), 6)

    def test_slow_links(self):
        fast, slow = (json.loads(self.good("simulate", *SMALL[:-1], "2", "--gbit", gbit, "--json"))
                      for gbit in ("100", "0.01"))
        self.assertGreater(slow["seconds"], fast["seconds"] + 0.5)
        self.assertGreater(slow["waiting"], fast["waiting"])

    def test_a_run_as_measured(self):
        """Its net, and the median time of its iterations."""
        self.good("train", "karate", *program.SMALL, "--layers", "3", "--out", "r", "--quiet")
        at = [json.loads(line)["seconds"] for line in self.read("r", "run.jsonl").splitlines()]
        steps = sorted(b - a for a, b in zip(at, at[1:]))
        row = json.loads(self.good("simulate", "--run", "r", "--workers", "9", "--json"))
        self.assertEqual(row["used"], 3)
        self.assertAlmostEqual(row["serial_seconds"] / steps[len(steps) // 2], 1, places=3)
        self.bad(66, "summary.json", words=["simulate", "--run", "nowhere"])
        self.good("train", "karate", *program.SMALL, "--workers", "2", "--out", "s", "--quiet")
        self.bad(65, "2 workers", "one process", words=["simulate", "--run", "s"])
        self.good("train", "karate", "--iterations", "1", "--out", "t", "--quiet")
        self.bad(65, "two iterations", words=["simulate", "--run", "t"])

    def test_help(self):
        self.assertTrue(self.good("help", "simulate").startswith("usage: gamlp simulate"))
        self.bad(64, "gbit", words=["simulate", "--gbit", "0"])


program.main()
