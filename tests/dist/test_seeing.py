# SPDX-License-Identifier: GPL-2.0-or-later
"""What is told of workers: wire.jsonl, the summary, traces, gamlp status, gamlp doctor, --plan."""
import json
import os
import socket
import subprocess

import workers

NET = ["karate", "--layers", "6", "--hidden", "16", "--iterations", "5", "--workers", "3"]
LEDGER = {"plain", "payload", "header", "control", "retransmitted"}


class Seeing(workers.Case):
    def test_ledger_and_plan(self):
        self.good("train", *NET, "--plan", "1,3,6", "--out", "r", "--quiet")
        lines = [json.loads(line) for line in self.read("r", "wire.jsonl").splitlines()]
        self.assertEqual([l["iteration"] for l in lines], [1, 2, 3, 4, 5])
        shares = [(w["first"], w["last"]) for w in lines[0]["workers"]]
        self.assertEqual(shares, [(1, 1), (2, 3), (4, 6)])
        told = json.loads(self.read("r", "summary.json"))["workers"]
        self.assertEqual((told["count"], told["launcher"], told["restarts"]), (3, "local", 0))
        with open(os.path.join(workers.program.SOURCE, "docs/formats.md"), encoding="utf-8") as stream:
            document = stream.read()
        for key in LEDGER | set(told) | set(lines[0]) | set(lines[0]["workers"][0]):
            self.assertIn(f"`{key}`", document)
        # p of layers 2 and 4 goes down, five times: 16 neurons, 4 training nodes, 4 bytes or 8.
        self.assertEqual(set(told["p"]), LEDGER)
        self.assertIn(told["p"]["plain"], (2 * 5 * 16 * 4 * 4, 2 * 5 * 16 * 4 * 8))
        self.assertGreaterEqual(told["p"]["payload"], told["p"]["plain"])
        # q goes up as often, and before the first iteration, the last of it perhaps after it was told;
        # what is scored is counted apart.
        self.assertLessEqual(told["q"]["plain"], told["p"]["plain"] // 5 * 6)
        self.assertGreater(told["q"]["plain"], told["p"]["plain"] // 5 * 4)
        self.assertGreater(told["scored"]["plain"], 0)
        self.assertEqual(set(told["scored"]), LEDGER)

    def test_quantised_bytes(self):
        words = [*NET, "--solver", "pdadmm-g-q", "--quantise", "pq", "--hidden", "200"]
        self.good("train", *words, "--out", "r", "--quiet")
        p = json.loads(self.read("r", "summary.json"))["workers"]["p"]
        self.assertLess(p["payload"], 0.3 * p["plain"])

    def test_dry_run(self):
        out = self.good("train", *NET, "--dry-run", "--grow", "2,6", "--hosts", "a:2,b")
        lines = out.splitlines()
        self.assertEqual([line.split()[:4] for line in lines[:3]],
                         [["ssh", "-o", "BatchMode=yes", h] for h in "aab"])
        self.assertEqual(len(lines), 3 + 2 + 3)
        self.assertIn("6 layers: worker 3 has layers", lines[-1])
        self.bad(64, "nothing to show", words=["train", "karate", "--dry-run"])
        self.assertEqual(self.listing(), ["tmp"])

    def test_bad_plans(self):
        self.bad(78, "4 shares for 3", words=["train", *NET, "--plan", "1,2,3,6"])
        self.bad(78, "ends at layer 5", words=["train", *NET, "--plan", "1,5"])
        self.bad(78, "layer 2 after layer 3", words=["train", *NET, "--plan", "3,2"])
        self.bad(78, "plan: is about workers", words=["train", "karate", "--plan", "1,2"])
        self.bad(78, "trace: is about workers", words=["train", "karate", "--trace", "t.json"])

    def test_trace(self):
        self.good("train", *NET, "--out", "r", "--quiet", "--trace", "t.json")
        events = [e for e in json.loads(self.read("t.json")) if e["ph"] == "X"]
        self.assertEqual({e["pid"] for e in events}, {1, 2, 3})
        self.assertLessEqual({"p", "w", "b", "zqu", "send", "receive", "score"},
                             {e["cat"] for e in events})
        self.assertTrue(all(e["dur"] >= 0 for e in events))

    def test_status(self):
        self.good("train", *NET, "--out", "r", "--quiet")
        self.assertRegex(self.good("status", "r"), r"\Acomplete: test accuracy [\d.]+ %\n\Z")
        self.bad(66, "no run", words=["status", "nowhere"])
        self.environment["GAMLP_FAULT"] = "kill:1@5:p"
        self.run_gamlp("train", *NET, "--out", "s", "--checkpoint-every", "2", "--max-restarts", "0")
        self.assertIn("last checkpoint at iteration 4 of 6 layers", self.good("status", "s"))

    def test_status_of_the_dead(self):
        """What a coordinator that was killed left behind does not pass for a run."""
        ended = subprocess.Popen(["true"])
        ended.wait()
        now = {"seed_index": 0, "layers": 2, "iteration": 7, "workers": [],
               "host": socket.gethostname(), "process": os.getpid()}
        os.makedirs(self.path("r", "workers"))
        for process, says in (os.getpid(), "running: seed 0, 2 layers"), (ended.pid, "not complete"):
            now["process"] = process
            with open(self.path("r", "workers", "status.json"), "w", encoding="utf-8") as stream:
                json.dump(now, stream)
            self.assertIn(says, self.good("status", "r"))

    def test_doctor(self):
        out = self.good("doctor", "--workers", "2", "--transport", "tcp", "--curve")
        self.assertEqual(len(out.splitlines()), 5)
        self.assertTrue(all(line.startswith("ok ") for line in out.splitlines()))
        self.bad(64, "which workers", words=["doctor"])
        self.bad(66, "/nowhere", words=["doctor", "--workers", "1", "--program", "/nowhere"])
        self.bad(74, "worker 1 exited with status 1",
                 words=["doctor", "--workers", "1", "--program", "/bin/false"])


if __name__ == "__main__":
    workers.main()
