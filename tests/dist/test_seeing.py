# SPDX-License-Identifier: GPL-2.0-or-later
"""What is told of workers: run.jsonl, the summary, traces, gamlp status, gamlp doctor, --plan."""
import fcntl
import json
import os
import pty
import re
import socket
import struct
import subprocess
import termios

import workers

NET = ["karate", "--layers", "6", "--hidden", "16", "--iterations", "5", "--workers", "3"]
LEDGER = {"plain", "payload", "header", "control", "retransmitted"}


def screens(told, rows, columns):
    """What stands on a terminal each time that its cursor goes up, and in the end."""
    found, lines, y, x = [], [""], 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Z]|\r|\n|[^\x1b\r\n]+", told):
        if part == "\r":
            x = 0
        elif part == "\n":
            y += 1
            assert y < rows, "the screen would roll"
            lines += [""] * (y + 1 - len(lines))
        elif part.endswith("A"):
            found.append([line.strip() for line in lines if line])
            y -= int(part[2:-1])
            assert y >= 0
        elif part.endswith("K"):
            lines[y] = lines[y][:x]
        elif part.endswith("J"):
            lines[y:] = [lines[y][:x]]
        else:
            lines[y] = lines[y][:x].ljust(x) + part + lines[y][x + len(part):]
            x += len(part)
            assert x < columns
    return [*found, [line.strip() for line in lines if line]]


class Seeing(workers.Case):
    def test_ledger_and_plan(self):
        self.good("train", *NET, "--plan", "1,3,6", "--out", "r", "--quiet")
        lines = [json.loads(line) for line in self.read("r", "run.jsonl").splitlines()]
        self.assertEqual([l["iteration"] for l in lines], [1, 2, 3, 4, 5])
        told = json.loads(self.read("r", "summary.json"))["workers"]
        self.assertEqual((told["count"], told["launcher"], told["restarts"]), (3, "local", 0))
        with open(os.path.join(workers.program.SOURCE, "docs/formats.md"), encoding="utf-8") as stream:
            document = stream.read()
        for key in LEDGER | set(told) | set(lines[0]["workers"][0]):
            self.assertIn(f"`{key}`", document)
        for line in lines:
            self.assertEqual([(w["first"], w["last"]) for w in line["workers"]], [(1, 1), (2, 3), (4, 6)])
            for w in line["workers"]:  # layer 1 has nobody below it, layer 6 nobody above
                self.assertEqual(w["p"]["plain"] > 0, w["first"] > 1)
                self.assertTrue(w["scored"]["plain"] == 0 or w["last"] < 6)
                self.assertEqual(w["scored"]["control"], 0)
        for tensor in ("p", "q", "scored"):
            for key in LEDGER:
                self.assertEqual(sum(w[tensor][key] for l in lines for w in l["workers"]), told[tensor][key])
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

    def on_terminal(self, rows, columns):
        """What a terminal of this size shows while a run goes on: the screens, one after the other."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = dict(self.environment, GAMLP_FAULT="delay=0.3:1@3:p,delay=0.3:1@4:p")
        run = subprocess.Popen([workers.program.GAMLP, "train", *NET, "--plan", "2,4,6", "--out", "r"],
                               cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=slave)
        os.close(slave)
        told = b""
        with open(master, "rb", buffering=0) as stream:
            try:
                while data := stream.read(4096):
                    told += data
            except OSError:
                pass  # the other end is closed
        self.assertEqual(run.wait(), 0)
        return screens(told.decode("ascii"), rows, columns)

    def test_table_on_a_terminal(self):
        shown = self.on_terminal(30, 100)
        tables = [lines for lines in shown if lines and lines[0].startswith("worker  layers")]
        self.assertGreater(len(tables), 1)
        for lines in tables:
            self.assertEqual(len(lines), 5, lines)
            self.assertEqual([line.split()[:2] for line in lines[1:4]],
                             [["1", "1-2"], ["2", "3-4"], ["3", "5-6"]])
            self.assertRegex(lines[1], rf" {re.escape(socket.gethostname()[:16])} .* [\d.]+ kB$")
            self.assertRegex(lines[4], r"^seed 1/1  layers 6  iteration \d/5 ")
        self.assertEqual(shown[-1], [])

    def test_table_on_a_small_terminal(self):
        shown = self.on_terminal(4, 30)
        self.assertGreater(len(shown), 1)
        for lines in shown[:-1]:
            self.assertEqual([lines[0][:6], *lines[1].split()[:2], lines[2]], ["worker", "1", "1-2", "and 2 more"])
            self.assertEqual(len(lines), 4)

    def test_dry_run(self):
        out = self.good("train", *NET, "--dry-run", "--grow", "2,6", "-H", "a:2,b")
        lines = out.splitlines()
        self.assertEqual([line.split()[:4] for line in lines[:3]],
                         [["ssh", "-o", "BatchMode=yes", h] for h in "aab"])
        self.assertEqual(len(lines), 3 + 2 + 3)
        self.assertIn("6 layers: worker 3 has layers", lines[-1])
        self.environment["WORLD_SIZE"] = "4"
        out = self.good("train", *NET[:-2], "--launcher", "none", "--dry-run")
        self.assertIn("worker 4 has layers", out)
        self.assertEqual(out.splitlines()[0], "gamlp worker --ticket RUN/workers/ticket --number N")
        self.bad(64, "nothing to show", words=["train", "karate", "--dry-run"])
        self.assertEqual(self.listing(), ["tmp"])

    def test_memory(self):
        """A plan that fits is taken before a faster one; without any, the run says so and starts nothing."""
        net = ["karate", "--layers", "6", "--hidden", "1500", "--iterations", "1"]
        self.write("a slots=2\nb mem=100M\n", "hosts")
        fast, fits = (self.good("train", *net, "--dry-run", "--hosts", hosts) for hosts in ("a:2,b", "hosts"))
        shares = [[re.findall(r"layers (\d+) to (\d+),.* about ([\d.]+) MB", line)[0] for line in told.splitlines()[3:]]
                  for told in (fast, fits)]
        self.assertGreater(float(shares[0][2][2]), 105)
        self.assertLess(float(shares[1][2][2]), 105)
        self.assertEqual([s[-1][1] for s in shares], ["6", "6"])
        self.bad(78, "no plan of 6 layers fits the memory of 3 workers",
                 words=["train", *net, "--workers", "3", "--worker-memory", "60M"])
        self.bad(78, "plan: worker 2 needs", words=["train", *net, "--workers", "2", "--worker-memory", "150M",
                                                    "--plan", "1,6"])
        self.bad(64, "not a number of bytes", words=["train", *net, "--workers", "2", "--worker-memory", "much"])
        self.assertEqual(self.listing(), ["hosts", "tmp"])

    def test_bad_plans(self):
        self.bad(78, "4 shares for 3", words=["train", *NET, "--plan", "1,2,3,6"])
        self.bad(78, "ends at layer 5", words=["train", *NET, "--plan", "1,5"])
        self.bad(78, "layer 2 after layer 3", words=["train", *NET, "--plan", "3,2"])
        self.bad(78, "plan: is about workers", words=["train", "karate", "--plan", "1,2"])
        for words in (["--trace", "t.json"], ["--codec", "none"], ["--transport", "tcp"], ["--curve"],
                      ["--peer-timeout", "5", "--workers", "0"]):
            self.bad(78, f"{words[0][2:]}: is about workers", words=["train", "karate", *words])
        self.bad(78, "workers: 500 for 2 layers", words=["train", "karate", "--workers", "500"])
        self.bad(78, "workers: 6 for 5 layers", words=["train", "karate", "--grow", "2,5", "--workers", "6"])

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
