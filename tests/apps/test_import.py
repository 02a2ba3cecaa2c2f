# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp import: what it makes serves every verb; killed or out of space, it leaves the old or none."""
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import program

SEED = int(os.environ.get("GAMLP_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
KILLS = 25


class Import(program.Case):
    def edges(self, name, nodes=2000, count=20000, seed=1):
        """A text of random edges."""
        draw = random.Random(seed)
        with open(self.path(name), "w", encoding="ascii") as stream:
            stream.writelines(f"{draw.randrange(nodes)} {draw.randrange(nodes)}\n"
                              for _ in range(count))

    def bytes_of(self, name):
        with open(self.path(name), "rb") as stream:
            return stream.read()


class Use(Import):
    def test_every_verb_reads_it(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        text = self.good("import", "g.npz", "--out", "g.gamlp", "--name", "small")
        self.assertRegex(text, r"\Ag\.gamlp: small, 300 nodes, \d+ edges, 90 features, 3 classes, ")
        old, new = (json.loads(self.good("info", n, "--json")) for n in ("g.npz", "g.gamlp"))
        self.assertEqual(new["dataset"]["name"], "small")
        self.assertEqual(old["dataset"]["fingerprint"], new["dataset"]["fingerprint"])
        self.assertEqual(old["split"], new["split"])
        a, b = self.train("g.npz", "--out", "a"), self.train("g.gamlp", "--out", "b")
        self.assertEqual(a["test_accuracy"], b["test_accuracy"])
        self.assertEqual(self.good("eval", "b"), self.good("eval", "b", "g.gamlp"))
        self.good("predict", "b", "--out", "p.csv")
        self.good("import", "g.gamlp", "--out", "h.gamlp")
        again = json.loads(self.good("info", "gamlp:h.gamlp", "--json"))
        self.assertEqual(again["dataset"], new["dataset"])

    def test_stored(self):
        """The passport is read alone: damage elsewhere, which info finds, is not looked at."""
        self.edges("some.edges")
        made = self.good("import", "some.edges", "--out", "a.gamlp")
        passport = json.loads(self.good("info", "a.gamlp", "--stored"))
        self.assertIn(passport["fingerprint"], made)
        self.assertEqual(passport["nodes"], 2000)
        damaged = bytearray(self.bytes_of("a.gamlp"))
        damaged[len(damaged) // 2] ^= 255
        with open(self.path("a.gamlp"), "wb") as stream:
            stream.write(damaged)
        self.bad(65, "a.gamlp", "checksum", words=["info", "a.gamlp"])
        self.assertEqual(json.loads(self.good("info", "gamlp:a.gamlp", "--stored")), passport)
        self.bad(65, "some.edges", words=["info", "some.edges", "--stored"])
        self.bad(64, "--stored needs a DATASET", words=["info", "--stored"])

    def test_edges(self):
        self.edges("some.edges")
        self.good("import", "some.edges", "--out", "a.gamlp")
        with gzip.open(self.path("list.gz"), "wb") as packed:
            packed.write(self.bytes_of("some.edges"))
        self.good("import", "edges:list.gz", "--out", "b.gamlp", "--name", "some")
        lines = self.good("import", "some.edges", "--out", "c.gamlp", "--nodes", "5000")
        self.assertIn("5000 nodes", lines)
        for section in ("a.gamlp", "b.gamlp"):
            self.assertGreater(len(self.bytes_of(section)), 150000)
        self.bad(65, "some: has neither features nor labels", words=["train", "a.gamlp"])

    def limited(self, limit):
        """Exit code, sentence and most memory of an import under a limit."""
        with open(self.path("said"), "w+", encoding="utf-8") as said:
            child = subprocess.Popen([program.GAMLP, "import", "some.edges", "--out", "b.gamlp",
                                      "--memory", str(limit)], cwd=self.folder,
                                     env=self.environment, stdout=subprocess.DEVNULL, stderr=said)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return child.returncode, said.read(), 1024 * usage.ru_maxrss

    def test_memory(self):
        self.edges("some.edges", 100000, 400000)
        self.good("import", "some.edges", "--out", "a.gamlp")
        limit, refusals = 1 << 20, 0
        code, text, _ = self.limited(limit)
        while code != 0:
            self.assertEqual(code, 71, text)
            self.assertFalse(os.path.exists(self.path("b.gamlp")))
            least = re.search(r"needs (more than|at least) (\d+) bytes of memory", text)
            self.assertGreater(int(least.group(2)), limit, text)
            limit, refusals = int(least.group(2)) + (1 << 20), refusals + 1
            self.assertLess(refusals, 5, text)
            code, text, used = self.limited(limit)
        self.assertGreater(refusals, 0)
        self.assertEqual(self.bytes_of("a.gamlp"), self.bytes_of("b.gamlp"))
        if self.plain_memory():
            self.assertLessEqual(used, limit)

    def plain_memory(self):
        """Not so under a sanitizer, whose own memory is not counted."""
        with open(program.GAMLP, "rb") as stream:
            text = stream.read()
        return b"__asan_init" not in text and b"__tsan_init" not in text

    def test_words(self):
        self.bad(64, "--out FILE.gamlp", words=["import", "karate"])
        self.bad(64, "missing: gamlp import SOURCE", words=["import", "--out", "a.gamlp"])
        for text in ("many", "-5", "0", "5X", "1e99", "nan", "2GBB", "0x40000000"):
            self.bad(64, f'--memory: "{text}" is not a number of bytes',
                     words=["import", "karate", "--out", "a.gamlp", "--memory=" + text])
        self.bad(66, "kartae", words=["import", "kartae", "--out", "a.gamlp"])
        self.bad(73, "no/a.gamlp", words=["import", "karate", "--out", "no/a.gamlp"])
        self.bad(71, "karate: needs at least", "--memory allows 1048576",
                 words=["import", "karate", "--out", "a.gamlp", "--memory", "1M"])
        self.assertEqual(self.listing(), [])
        self.good("import", "karate", "--out", "a.gamlp", "--memory", "2GB")


class Beside(Import):
    def test_list_of_edges(self):
        """Labels, features and a split beside a list of edges, read whole and in passes."""
        for name, text in (("g.edges", "0 1\n1 2\n2 3\n3 0\n4 5\n"),
                           ("g.labels.csv", "label\nred\nblue\n\nred\nblue\nred\n"),
                           ("g.features.csv", "".join(f"{i},0,1\n" for i in range(6)))):
            with open(self.path(name), "w", encoding="utf-8") as stream:
                stream.write(text)
        words = ["--split", "random:1+1+1@0", "--json"]
        whole = json.loads(self.good("info", "g.edges", *words))
        self.good("import", "g.edges", "--out", "g.gamlp")
        passes = json.loads(self.good("info", "g.gamlp", *words))
        for key in ("dataset", "split", "hashes"):
            self.assertEqual(whole[key], passes[key])
        d = whole["dataset"]
        self.assertEqual([d[k] for k in ("nodes", "edges", "features", "classes")], [6, 5, 3, 2])
        self.assertEqual(whole["structure"]["class_names"], ["blue", "red"])
        self.assertEqual(whole["structure"]["unlabelled"], 1)
        self.assertEqual([f["name"] for f in whole["files"]],
                         ["g.edges", "g.labels.csv", "g.features.csv"])
        self.good("train", "g.gamlp", "--split", "random:1+1+1@0", "--iterations", "2",
                  "--out", "r")
        os.remove(self.path("g.features.csv"))
        d = json.loads(self.good("info", "g.edges", *words))["dataset"]
        self.assertEqual(d["features"], 6)
        with open(self.path("g.labels.csv"), "a", encoding="utf-8") as stream:
            stream.write("red\n")
        for words in (["info", "g.edges"], ["import", "g.edges", "--out", "h.gamlp"]):
            self.bad(65, "g.labels.csv: line 8: more labels than the graph has nodes", words=words)


class Interrupted(Import):
    """`old` is a whole container; the import of another source over it is stopped somewhere."""

    def setUp(self):
        super().setUp()
        self.good("import", "karate", "--out", "d.gamlp")
        self.old = self.bytes_of("d.gamlp")
        self.edges("large.edges", 30000, 400000)
        self.good("import", "large.edges", "--out", "whole.gamlp", "--name", "large")
        self.new = self.bytes_of("whole.gamlp")

    def replaced(self):
        """Whether the new file is there; if not, the old one is."""
        left = self.bytes_of("d.gamlp")
        self.assertTrue(left in (self.old, self.new), f"{len(left)} bytes that are neither")
        return left == self.new

    def temporaries(self):
        return [n for n in self.listing() if ".tmp-" in n]

    def kill_when(self, size, pause):
        """Kill an import when its temporary file has that size, or a moment later."""
        child = subprocess.Popen([program.GAMLP, "import", "large.edges", "--out", "d.gamlp",
                                  "--name", "large"], cwd=self.folder, env=self.environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < end:
            try:
                if any(os.path.getsize(self.path(n)) >= size for n in self.temporaries()):
                    break
            except OSError:  # it was renamed in between
                pass
        if pause:
            time.sleep(pause)  # not to wait for anything: the moment of the blow
        child.send_signal(signal.SIGKILL)
        return child.wait(timeout=60)

    def test_killed(self):
        print(f"GAMLP_TEST_SEED={SEED}", file=sys.stderr)
        draw = random.Random(SEED)
        killed = 0
        for _ in range(KILLS):
            with open(self.path("d.gamlp"), "wb") as stream:
                stream.write(self.old)
            code = self.kill_when(draw.randrange(len(self.new) + 1) if draw.random() < 0.7 else 0,
                                  draw.choice([0, draw.random() * 0.02]))
            killed += code == -signal.SIGKILL
            self.replaced()
            self.assertLessEqual(len(self.temporaries()), 1)  # the one before was swept away
        self.assertGreater(killed, KILLS // 4)
        self.good("import", "karate", "--out", "d.gamlp")
        self.assertEqual(self.temporaries(), [])

    def test_killed_without_an_old_one(self):
        draw = random.Random(SEED + 1)
        for _ in range(10):
            os.remove(self.path("d.gamlp"))
            self.kill_when(draw.randrange(len(self.new) + 1), 0)
            if os.path.exists(self.path("d.gamlp")):
                self.assertEqual(self.bytes_of("d.gamlp"), self.new)
            else:
                self.good("import", "karate", "--out", "d.gamlp")

    def test_file_size_limit(self):
        draw = random.Random(SEED + 2)
        least = 20000
        self.limited(least)
        for size in [least, len(self.new) - 1] + [draw.randrange(least, len(self.new))
                                                  for _ in range(8)]:
            self.bad(74, "d.gamlp: cannot write: File too large",
                     words=["import", "large.edges", "--out", "d.gamlp"],
                     before=program.limit_files(size))
            self.assertEqual(self.bytes_of("d.gamlp"), self.old)
            self.assertEqual(self.temporaries(), [])

    def test_full_disk(self):
        os.mkdir(self.path("disk"))
        if os.geteuid() != 0 or not shutil.which("unshare"):
            self.skipTest("needs root and unshare to mount a small disk")
        script = ("mount -t tmpfs -o size=1m tmpfs disk || exit 99; cp d.gamlp disk; \"$@\"; "
                  "code=$?; find disk -mindepth 1 >left; cp disk/d.gamlp kept; exit $code")
        words = ["unshare", "-m", "sh", "-c", script, "sh", program.GAMLP, "import", "large.edges",
                 "--out", "disk/d.gamlp"]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode in (1, 99):
            self.skipTest("cannot mount a small disk: " + done.stderr.strip())
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertRegex(done.stderr, r"\Agamlp: disk/d.gamlp: [^\n]+: No space left on device\n\Z")
        self.assertEqual(self.read("left"), "disk/d.gamlp\n")
        self.assertEqual(self.bytes_of("kept"), self.old)


program.main()
