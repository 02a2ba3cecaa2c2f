# SPDX-License-Identifier: GPL-2.0-or-later
"""Three hosts: network namespaces joined by a bridge, made by the test that uses them and removed by it.
Their names hold the number of this process."""
import os
import shutil
import subprocess
import unittest

TOOLS = ("ip", "nft", "tc")


def need(*tools):
    """Skip, and say what is missing."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("network namespaces need root")
    missing = [t for t in tools if not find(t)]
    if missing:
        raise unittest.SkipTest("not installed: " + " ".join(missing))


def find(tool):
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/local/sbin")


def run(*words, **more):
    done = subprocess.run([find(words[0]) or words[0], *words[1:]], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stderr}")
    return done.stdout


class Hosts:
    """self.name[i] is the namespace of host i = 0, 1, 2 with address 10.77.0.(i + 1); the switch is a
    namespace of its own with a port p0, p1, p2 for each."""

    def __init__(self):
        need(*TOOLS)
        self.name = [f"gt{os.getpid()}h{i}" for i in range(3)]
        self.switch = f"gt{os.getpid()}sw"
        try:
            self.make()
        except RuntimeError as error:
            self.remove()
            raise unittest.SkipTest(f"no network namespaces here: {error}") from None

    def make(self):
        run("ip", "netns", "add", self.switch)
        run("ip", "-n", self.switch, "link", "add", "name", "br0", "type", "bridge")
        run("ip", "-n", self.switch, "link", "set", "br0", "up")
        for i, name in enumerate(self.name):
            run("ip", "netns", "add", name)
            run("ip", "-n", self.switch, "link", "add", "name", f"p{i}", "type", "veth", "peer", "name", "ve",
                "netns", name)
            run("ip", "-n", self.switch, "link", "set", f"p{i}", "master", "br0", "up")
            run("ip", "-n", name, "addr", "add", f"{self.address(i)}/24", "dev", "ve")
            run("ip", "-n", name, "link", "set", "ve", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")

    def remove(self):
        for name in [*self.name, self.switch]:
            subprocess.run([find("ip"), "netns", "del", name], capture_output=True, check=False)

    @staticmethod
    def address(i):
        return f"10.77.0.{i + 1}"

    def inside(self, i, *words):
        """The command that runs `words` on host i."""
        return [find("nsenter") or "nsenter", f"--net=/run/netns/{self.name[i]}", *words]

    def cable(self, i, state):
        run("ip", "-n", self.switch, "link", "set", f"p{i}", state)

    def rule(self, i, rule):
        """A rule of nft on what comes to host i."""
        self.nft(i, "add table inet t")
        self.nft(i, "add chain inet t in { type filter hook input priority 0; }")
        self.nft(i, f"add rule inet t in {rule}")

    def no_rules(self, i):
        self.nft(i, "flush ruleset")

    def nft(self, i, text):
        run(*self.inside(i, find("nft"), text))

    def slow(self, i, rate):
        run("tc", "-n", self.name[i], "qdisc", "add", "dev", "ve", "root", "tbf", "rate", rate, "burst",
            "64kb", "latency", "50ms")
