# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp fetch: archives, several processes, and processes that are killed."""
import json
import os
import random
import signal
import subprocess
import threading
import zipfile

import program
import server
from fetching import BODY, HEAD, TAIL, Case, sha256
from server import good, status


class Archive(Case):
    MEMBERS = {"top/x.csv": b"1,2\n" * 5000, "top/deep/y.csv": b"3\n" * 9000, "z": b"not wanted"}

    def setUp(self):
        super().setUp()
        with zipfile.ZipFile(self.path("a.zip"), "w", zipfile.ZIP_DEFLATED) as out:
            for name, body in self.MEMBERS.items():
                out.writestr(name, body)
        self.zip = self.bytes("a.zip")
        os.remove(self.path("a.zip"))
        self.server.script["/a.zip"] = [good(self.zip)]

    def describe(self, *lines, member="top/deep/y.csv", limit=1 << 20):
        self.write(HEAD % "set/s" + f"""mirrors: [{self.server.base}]
archives:
  - name: a.zip
{''.join('    ' + line for line in lines)}
files:
  - name: s/x.csv
    archive: a.zip
    member: top/x.csv
    limit: {limit}
  - name: s/split/y.csv
    archive: a.zip
    member: {member}
""" + TAIL, "set.yaml")

    def test_unpack(self):
        self.describe(f"sha256: {sha256(self.zip)}")
        x, y, archive = self.fetch()
        self.assertEqual([f["state"] for f in (x, y, archive)], ["unpacked", "unpacked", "fetched"])
        self.assertEqual([f["verified"] for f in (x, y, archive)], [False, False, True])
        self.assertEqual(x["sha256"], sha256(self.MEMBERS["top/x.csv"]))
        self.assertEqual(self.bytes("data", "set", "s", "split", "y.csv"),
                         self.MEMBERS["top/deep/y.csv"])
        self.assertEqual(self.listing(), ["data", "data/set", "data/set/s", "data/set/s/split",
                                          "data/set/s/split/y.csv", "data/set/s/x.csv", "set.yaml"])
        self.assertEqual([f["state"] for f in self.fetch()], ["present", "present"])
        os.remove(self.path("data", "set", "s", "x.csv"))
        self.assertEqual([f["state"] for f in self.fetch()], ["unpacked", "present", "fetched"])

    def test_archive_at_hand(self):
        """An archive that was saved by hand is unpacked and left alone."""
        self.describe()
        self.put(self.zip, "a.zip")
        self.assertEqual([f["state"] for f in self.fetch()], ["unpacked", "unpacked", "present"])
        self.assertEqual(self.server.log, [])
        self.assertEqual(self.bytes("data", "set", "a.zip"), self.zip)

    def test_bad(self):
        self.describe(member="top/none.csv")
        self.bad(65, "it holds no top/none.csv", self.server.base + "a.zip", words=self.words())
        os.remove(self.path("data", "set", "s", "x.csv"))
        self.describe(limit=100)
        self.bad(65, "top/x.csv has 20000 bytes, expected 1 to 100", words=self.words())
        self.describe()
        self.server.script["/a.zip"] = [good(b"<html>no archive</html>")]
        self.bad(65, self.server.base + "a.zip", words=self.words())
        broken = bytearray(self.zip)
        broken[60] ^= 255
        self.server.script["/a.zip"] = [good(bytes(broken))]
        self.bad(65, "a.zip", words=self.words())
        self.assertFalse([n for n in self.listing() if n.endswith((".csv", ".part", ".zip"))])

    def test_kill(self):
        """SIGKILL at random moments: each file is whole or not there."""
        self.describe(f"sha256: {sha256(self.zip)}")
        dice = random.Random(5)
        for _ in range(12):
            run = self.start()
            try:
                run.wait(dice.uniform(0.0, 0.03))
            except subprocess.TimeoutExpired:
                run.kill()
            run.communicate()
            for name, member in (("x.csv", "top/x.csv"), ("split/y.csv", "top/deep/y.csv")):
                if os.path.exists(self.path("data", "set", "s", name)):
                    self.assertEqual(self.bytes("data", "set", "s", name), self.MEMBERS[member])
        self.fetch()
        self.assertFalse([n for n in self.listing() if ".part" in n or n.endswith(".zip")])


class Processes(Case):
    def test_kill(self):
        """SIGKILL at random moments, of the old file's replacement, too."""
        body = random.Random(7).randbytes(3_000_000)
        self.manifest("size", "sha256", body=body)
        self.server.script["/a.npz"] = [good(body)]
        dice = random.Random(8)
        for k in range(24):
            old = b"old" if k % 3 == 0 else None
            if old:
                self.put(old)
            elif os.path.exists(self.path("data", "set", "a.npz")):
                os.remove(self.path("data", "set", "a.npz"))
            run = self.start()
            try:
                run.wait(dice.uniform(0.0, 0.04))
            except subprocess.TimeoutExpired:
                run.kill()
            run.communicate()
            if os.path.exists(self.path("data", "set", "a.npz")):
                self.assertIn(self.bytes("data", "set", "a.npz"), (old, body))
            else:
                self.assertIsNone(old)
        self.fetch()
        self.check_came(body)

    def test_kill_resumes(self):
        """Killed half way for certain: the rest alone is asked for."""
        reached, never = threading.Event(), threading.Event()
        self.addCleanup(never.set)
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.stalls(BODY, 150_000, reached, never), good(BODY)]
        run = self.start()
        self.assertTrue(reached.wait(60))
        while not os.path.exists(self.path("data", "set", "a.npz.part")) or \
                os.path.getsize(self.path("data", "set", "a.npz.part")) < 150_000:
            self.assertIsNone(run.poll())
        run.kill()
        run.communicate()
        self.assertEqual(self.fetch()[0]["resumed"], 150_000)
        self.check_came()

    def test_interrupt(self):
        reached, never = threading.Event(), threading.Event()
        self.addCleanup(never.set)
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.stalls(BODY, 150_000, reached, never), good(BODY)]
        run = self.start()
        self.assertTrue(reached.wait(60))
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130)
        self.assertRegex(errors, r"\Agamlp: set: a.npz: .*stopped at byte \d+\n\Z")
        self.assertFalse(os.path.exists(self.path("data", "set", "a.npz")))
        self.fetch()
        self.check_came()

    def test_two_at_once(self):
        """The second process waits for the first and finds its file."""
        reached, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.stalls(BODY, 100_000, reached, go_on), status(404)]
        first = self.start("--json")
        self.assertTrue(reached.wait(60))
        second = self.start("--json")
        with self.assertRaises(subprocess.TimeoutExpired):
            second.wait(0.5)
        go_on.set()
        states = []
        for run in (first, second):
            out, errors = run.communicate(timeout=60)
            self.assertEqual((run.returncode, errors), (0, ""))
            states.append(json.loads(out)["datasets"][0]["files"][0]["state"])
        self.assertEqual(states, ["fetched", "present"])
        self.assertEqual(len(self.server.log), 1)
        self.check_came()


program.main()
