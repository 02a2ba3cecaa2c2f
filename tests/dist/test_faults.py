# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers and coordinators that are killed, stopped or slow, disks that are full, checkpoints that are
damaged: the same bits in the end, or a sentence that names the cause; and nobody is left."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import workers

NET = ["karate", "--layers", "6", "--hidden", "16", "--iterations", "9", "--checkpoint-every", "3"]
LONG = ["citation-sim", "--layers", "6", "--hidden", "32", "--iterations", "60", "--seeds", "2",
        "--checkpoint-every", "5"]
# With --plan 2,4,6: layers 1-2, 3-4 and 5-6 are the shares of three workers.
PHASES = ["start", "p", "w", "b", "zqu", "send", "receive", "score"]
FULL = bool(os.environ.get("GAMLP_NEMESIS"))
SEED = int(os.environ.get("GAMLP_TEST_SEED", random.randrange(1 << 30) if FULL else 1))


class Faults(workers.Case):
    def start(self, *words, fault=None, **more):
        """A run in the background; it is interrupted as a terminal would do."""
        environment = dict(self.environment, **({"GAMLP_FAULT": fault} if fault else {}))
        process = subprocess.Popen(
            [workers.program.GAMLP, "train", *words], cwd=self.folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, **more)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def under_way(self, what, process):
        self.wait_for(lambda: what() or process.poll() is not None)
        self.assertIsNone(process.poll(), "the run ended too early")

    def nobody(self):
        self.wait_for(lambda: not workers.processes_of(self.folder), 20)

    def with_fault(self, expected, fault, *more, words=NET, says="going back to iteration"):
        shutil.rmtree(self.path("hurt"), ignore_errors=True)
        process = self.start(*words, "--workers", "3", "--out", "hurt", "--quiet", *more, fault=fault)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, (fault, err))
        if says:
            self.assertIn(says, err, fault)
        self.assertEqual(self.bits("hurt"), expected, fault)
        self.nobody()

    def test_killed_at_each_phase(self):
        expected = self.run_bits("alone", *NET)
        points = []
        for layer in range(1, 7):
            for phase in PHASES:
                if phase == "receive" and layer in (1, 3, 5, 6):
                    phase = "p"
                if phase == "send" and layer in (1, 6):
                    phase = "w"
                if phase == "score" and layer % 2 == 0:
                    phase = "zqu"
                points.append((layer, phase, "1" if phase == "start" else None))
        chance = random.Random(SEED)
        print("GAMLP_TEST_SEED =", SEED, file=sys.stderr)
        if not FULL:
            points = chance.sample(points, 5)
        for layer, phase, iteration in points:
            iteration = iteration or str(chance.randrange(2, 9))
            says = None if phase in ("send", "receive") else "was killed by signal 9"
            self.with_fault(expected, f"kill:{layer}@{iteration}:{phase}", "--plan", "2,4,6", says=says)

    def test_killed_with_few_bits(self):
        for bits in ("4", "8", "16")[:None if FULL else 1]:
            words = [*NET, "--solver", "pdadmm-g-q", "--quantise", "pq", "--bits", bits]
            expected = self.run_bits("alone", *words, "--overwrite")
            for fault in ("kill:3@5:p", "kill:2@7:send", "kill:5@4:receive")[:None if FULL else 1]:
                self.with_fault(expected, fault, "--plan", "2,4,6", "--codec", "auto", words=words, says=None)

    def test_two_at_once_and_again(self):
        expected = self.run_bits("alone", *NET)
        self.with_fault(expected, "kill:1@4:p,kill:5@4:p")

    def test_growth_and_many_seeds(self):
        words = ["karate", "--grow", "2,6", "--hidden", "16", "--iterations", "8", "--seeds", "2",
                 "--checkpoint-every", "3", "--solver", "pdadmm-g-q", "--quantise", "pq"]
        expected = self.run_bits("alone", *words)
        for fault in ("kill:2@5:p", "kill:6@5:w", "kill:1@1:start"):
            self.with_fault(expected, fault, words=words)

    def test_stopped_for_a_while(self):
        """A worker that stands still for three seconds, and one that does so for ever."""
        expected = self.run_bits("alone", *NET)
        process = self.start(*NET, "--workers", "3", "--out", "hurt", "--quiet", fault="stop:3@4:p")
        stopped = []

        def find():
            for pid in workers.processes_of(self.folder):
                with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
                    if stream.read().rsplit(")", 1)[1].split()[0] == "T":
                        stopped.append(pid)
            return stopped

        self.under_way(find, process)
        time.sleep(3 if FULL else 0.5)  # so long it is to stand still
        os.kill(stopped[0], signal.SIGCONT)
        _, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, err), (0, ""))
        self.assertEqual(self.bits("hurt"), expected)
        self.with_fault(expected, "stop:3@4:p", "--peer-timeout", "2", says="has been silent for 2 s")

    def test_slow_workers_are_not_lost(self):
        expected = self.run_bits("alone", *NET)
        self.with_fault(expected, "delay=2.5:3@4:p", "--peer-timeout", "1.5", says=None)

    def test_restarts_have_a_limit(self):
        done = self.start(*NET, "--workers", "2", "--out", "r", "--max-restarts", "0",
                          fault="kill:2@5:w")
        _, err = done.communicate(timeout=60)
        self.assertEqual(done.returncode, 74)
        self.assertRegex(err.splitlines()[-1], r"worker 1 .* was killed by signal 9")
        self.nobody()
        self.assertEqual(self.run_bits_of_resumed("r"), self.run_bits("alone", *NET))

    def run_bits_of_resumed(self, name, *more):
        self.good("train", "--resume", name, "--quiet", *more)
        self.assertNotIn("checkpoint", os.listdir(self.path(name)))
        return self.bits(name)

    def test_killed_coordinator(self):
        """Its workers end; the run goes on with any number of others, or with none."""
        expected = self.run_bits("alone", *LONG)
        for count, later in (("3", "2"), ("2", "0"), ("0", "3"))[:None if FULL else 2]:
            process = self.start(*LONG, "--workers", count, "--out", "r", "--quiet")
            self.under_way(lambda: os.path.exists(self.path("r/checkpoint/manifest.json")), process)
            process.kill()
            process.communicate()
            self.nobody()
            self.assertEqual(self.run_bits_of_resumed("r", "--workers", later), expected)
            self.assertNotIn("workers", os.listdir(self.path("r")))
            shutil.rmtree(self.path("r"))
        self.sweep()

    def test_interrupted(self):
        """Once: a checkpoint, and the last line says how to go on.  Twice: at once."""
        expected = self.run_bits("alone", *LONG)
        for count in ("0", "3"):
            process = self.start(*LONG, "--workers", count, "--out", "r", "--quiet")
            self.under_way(lambda: os.path.exists(self.path("r/checkpoint/manifest.json")), process)
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)
            self.assertRegex(err, r"\Agamlp: stopped at iteration \d+ of seed \d; gamlp train "
                                  r"--resume r goes on\n\Z")
            self.nobody()
            self.assertEqual(self.run_bits_of_resumed("r"), expected)
            self.bad(64, "r: the run is complete", words=["train", "--resume", "r"])
            shutil.rmtree(self.path("r"))
        self.interrupted_ahead()
        process = self.start(*LONG, "--workers", "3", "--out", "r", fault="delay=60:3@3:p")
        self.under_way(lambda: os.path.exists(self.path("r/workers")), process)
        time.sleep(1)  # until it waits for the slow worker
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.2)  # signals of one kind that come together are one
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, 0)
        self.nobody()
        self.sweep()

    def interrupted_ahead(self):
        """With two threads an iteration that has begun ahead is finished first."""
        pair = ["citation-sim", "--layers", "2", "--hidden", "500", "--iterations", "300", "--seeds", "2",
                "--checkpoint-every", "7"]
        expected = self.run_bits("pair", *pair, "--threads", "1")
        process = self.start(*pair, "--threads", "2", "--out", "r", "--quiet")
        self.under_way(lambda: os.path.exists(self.path("r/checkpoint/manifest.json")), process)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.run_bits_of_resumed("r"), expected)
        shutil.rmtree(self.path("r"))

    def sweep(self):
        """Sockets of a coordinator that was killed go when the next one starts."""
        self.good("train", "karate", "--iterations", "1", "--workers", "1", "--quiet")

    def test_damaged_checkpoints(self):
        """Every file cut or changed: a sentence with its name, never another result."""
        self.with_checkpoint("r")
        folder = self.path("r/checkpoint")
        for name in sorted(os.listdir(folder)):
            if name == "config.yaml":
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as stream:
                good = stream.read()
            for bad in (good[:len(good) // 2], good[:-3], good[:100] + b"\xff" + good[101:]):
                with open(path, "wb") as stream:
                    stream.write(bad)
                done = self.run_gamlp("train", "--resume", "r", "--quiet", "--workers", "2")
                self.assertEqual(done.returncode, 65, (name, done.stderr))
                self.assertIn("r/checkpoint", done.stderr)
            with open(path, "wb") as stream:
                stream.write(good)
        self.bad(73, "checkpoint", "overwrite", words=["train", "karate", "--out", "r"])
        self.bad(64, "layers", words=["train", "--resume", "r", "--layers", "3"])
        self.bad(66, "no checkpoint", words=["train", "--resume", "nowhere"])
        self.assertEqual(self.run_bits_of_resumed("r"), self.run_bits("alone", *NET))

    def with_checkpoint(self, name):
        process = self.start(*NET, "--workers", "2", "--out", name, "--max-restarts", "0",
                             fault="kill:2@7:w")
        process.communicate(timeout=60)
        self.assertTrue(os.path.exists(self.path(name, "checkpoint/manifest.json")))

    def test_full_disk_at_a_checkpoint(self):
        """Files that cannot grow: a warning, and the result all the same, or a named error."""
        done = self.start(*NET, "--hidden", "64", "--workers", "2", "--out", "r",
                          preexec_fn=self.limited(20000))
        _, err = done.communicate(timeout=60)
        self.assertIn("no checkpoint: ", err)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(err.splitlines()[-1], "r/.*cannot write: File too large")
        self.nobody()
        self.assertNotIn("r/summary.json", self.listing())

    def test_garbage_at_the_door(self):
        expected = self.run_bits("alone", *LONG)
        process = self.start(*LONG, "--workers", "3", "--transport", "tcp", "--out", "r", "--quiet")
        self.under_way(lambda: os.path.exists(self.path("r/checkpoint/manifest.json")), process)
        chance = random.Random(SEED)
        sent = 0
        while process.poll() is None and sent < (2000 if FULL else 200):
            for port in self.ports(*workers.processes_of(self.folder)):
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                        s.sendall(chance.randbytes(chance.randrange(1, 3000)))
                        sent += 1
                except OSError:
                    pass
        _, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, err), (0, ""))
        self.assertEqual(self.bits("r"), expected)
        self.assertGreater(sent, 0)


if __name__ == "__main__":
    workers.main()
