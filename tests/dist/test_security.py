# SPDX-License-Identifier: GPL-2.0-or-later
"""Enemies at the ports of a run that goes on: it ends with the bits of one that nobody attacked, without a word,
and summary.json tells what was dropped."""
import json
import os
import random
import resource
import subprocess
import sys
import unittest

import attack
import workers

FULL = bool(os.environ.get("GAMLP_NEMESIS"))
SEED = int(os.environ.get("GAMLP_TEST_SEED", random.randrange(1 << 30) if FULL else 1))
NET = ["citation-sim", "--layers", "6", "--hidden", "32", "--iterations", "1500" if FULL else "200"]
MANY = 2000 if FULL else 200


def few_files():
    """Fewer descriptors than there are strangers, unless the program asks for more."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


class Run:
    """Three workers that are started by hand, so that the test knows the secrets of the run."""

    def __init__(self, case, name, *words, proxy=False):
        self.case, self.name, self.proxy = case, name, None
        self.children = [self.start("train", *NET, "--out", name, "--quiet", "--workers", "3",
                                    "--launcher", "none", "--listen", "127.0.0.1", *words)]
        case.addCleanup(self.end)
        path = case.path(name, "workers", "ticket")
        case.wait_for(lambda: os.path.exists(path) and case.read(path).endswith("\n\n"))
        self.ticket = dict(line.partition(" ")[::2] for line in case.read(path).splitlines())
        self.coordinator, self.job = self.ticket["coordinator"], int(self.ticket["job"], 16)
        for number in ("1", "2", "3"):
            join = []
            if proxy and number == "1":
                self.proxy = attack.Proxy(self.coordinator)
                join = ["--join", self.proxy.address]
            self.children.append(self.start("worker", "--ticket", path, *join, "--number", number))
        case.wait_for(lambda: case.ports(self.children[3].pid) and self.is_under_way())

    def start(self, *words):
        return subprocess.Popen([workers.program.GAMLP, *words], cwd=self.case.folder, text=True,
                                env=self.case.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                preexec_fn=few_files)

    def is_under_way(self):
        """Whether an iteration was told of."""
        self.case.assertIsNone(self.children[0].poll())
        return os.path.exists(self.case.path(self.name, "workers", "status.json"))

    def goes_on(self):
        return self.children[0].poll() is None

    def addresses(self):
        """The port of the coordinator, twice as often as those of the workers."""
        own = [f"tcp://127.0.0.1:{port}" for child in self.children[1:] for port in self.case.ports(child.pid)]
        return [self.coordinator] * max(1, len(own)) + own

    def strike(self, most, blow):
        """blow(i, address), at most so often, while the run goes on; how often, and how often the coordinator."""
        addresses, count, first = self.addresses(), 0, 0
        while count < most and self.goes_on():
            address = addresses[count % len(addresses)]
            try:
                blow(count, address)
            except attack.ERRORS:
                break  # it has ended
            first += address == self.coordinator
            count += 1
        self.case.assertGreater(first, 0, "the run was over before it began")
        return first

    def finish(self):
        """What it dropped."""
        for child in self.children:
            _, err = child.communicate(timeout=240)
            self.case.assertEqual(child.returncode, 0, err)
            self.case.assertRegex(err, r"\A(gamlp: waiting for 3 workers: [^\n]*\n)?\Z")
        return json.loads(self.case.read(self.name, "summary.json"))["workers"]["dropped"]

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.communicate()
        if self.proxy:
            self.proxy.close()


@unittest.skipUnless(attack.zmq, "not installed: python3-zmq")
class Security(workers.Case):
    expected = None  # the bits of a run that nobody attacks

    def setUp(self):
        super().setUp()
        print("GAMLP_TEST_SEED =", SEED, file=sys.stderr)
        self.held = []
        self.addCleanup(lambda: [connection.close() for connection in self.held])
        self.stranger = attack.Stranger()
        self.addCleanup(self.stranger.close)
        if not Security.expected:
            Security.expected = self.run_bits("alone", *NET)

    def dropped(self, run):
        dropped = run.finish()
        self.assertEqual(self.bits(run.name), self.expected)
        return dropped

    def test_no_key_and_another_one(self):
        run = Run(self, "r", "--curve")
        key = run.ticket["key"]

        def blow(i, address):
            self.held.append(self.stranger.connect(address, key if i % 2 else None))

        struck = run.strike(60, blow)
        self.assertGreaterEqual(self.dropped(run)["strangers"], struck // 2)

    def test_keys_of_an_expired_job(self):
        old = Run(self, "old", "--iterations", "2", "--curve")
        old.finish()
        run = Run(self, "r", "--curve")
        keys = old.ticket["public-key"].encode(), old.ticket["secret-key"].encode()

        def blow(i, address):
            self.held.append(self.stranger.connect(address, (run if i % 2 else old).ticket["key"], keys))

        struck = run.strike(60, blow)
        self.assertGreaterEqual(self.dropped(run)["strangers"], struck // 2)

    def test_replayed_stream(self):
        """All that a worker said, again and again: with keys nobody is let in; without, what it says is old."""
        for more, name in ([], "repeated"), (["--curve"], "strangers"):
            run = Run(self, "r", "--overwrite", *more, proxy=True)
            self.wait_for(lambda run=run: len(run.proxy.recorded) > 20000 or not run.goes_on())
            struck = run.strike(20, lambda i, a, run=run: self.held.append(
                attack.replay(run.coordinator, run.proxy.recorded)))
            dropped = self.dropped(run)
            self.assertGreater(dropped[name], 0, (struck, dropped, len(run.proxy.recorded)))

    def test_frames_of_others(self):
        """Without keys, but in the right form: of other versions, jobs, workers and times, and garbage."""
        old = Run(self, "old", "--iterations", "2")
        old.finish()
        run = Run(self, "r")
        messages = [attack.frame(run.job, version=2), attack.frame(old.job), attack.frame(run.job, source=9),
                    attack.frame(run.job, generation=77), attack.frame(run.job), [b"", b""],
                    attack.frame(run.job, kind=attack.DATA), [b"x" * 64, b"y" * 48], [b"z"]]
        client = self.stranger.connect(run.coordinator)
        client.sndtimeo = 20000
        self.held.append(client)
        sent = run.strike(10 * MANY, lambda i, a: client.send_multipart(messages[i % len(messages)]))
        self.assertGreater(sent, len(messages))
        dropped = self.dropped(run)
        for name in ("garbage", "version", "foreign", "old", "repeated"):
            self.assertGreater(dropped[name], 0, dropped)

    def test_flood(self):
        """Thousands of connections that say nothing, garbage, the beginning of a handshake, or a whole one."""
        chance = random.Random(SEED)
        run = Run(self, "r", "--curve")

        def blow(i, address):
            if i % 50 == 0:
                self.held.append(self.stranger.connect(address, run.ticket["key"]))
            said = [b"", chance.randbytes(chance.randrange(1, 3000)), attack.GREETING, attack.curve_hello()]
            connection = attack.raw(address, said[i % 4])
            if i % 16 < 12:
                self.held.append(connection)
            else:
                connection.close()

        struck = run.strike(MANY, blow)
        self.assertGreaterEqual(self.dropped(run)["strangers"], struck)


if __name__ == "__main__":
    workers.main()
