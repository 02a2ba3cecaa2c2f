# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers on three hosts (network namespaces), started by ssh; cables that are pulled, cut one way, lossy
and slow; and three nodes of Slurm."""
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

import network
import workers

NET = ["citation-sim", "--layers", "6", "--hidden", "48", "--iterations", "40", "--checkpoint-every",
       "20"]
FULL = bool(os.environ.get("GAMLP_NEMESIS"))


class Case(workers.Case):
    def setUp(self):
        super().setUp()
        self.hosts = network.Hosts()
        self.addCleanup(self.hosts.remove)
        self.children = []
        self.addCleanup(self.end_children)

    def end_children(self):
        for child in reversed(self.children):
            child.kill()
            child.wait()

    def daemon(self, *words, **more):
        child = subprocess.Popen(words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, **more)
        self.children.append(child)
        return child

    def start(self, i, *words, **more):
        return subprocess.Popen(self.hosts.inside(i, workers.program.GAMLP, "train", *words),
                                cwd=self.folder, env=dict(self.environment, **more), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)


class Ssh(Case):
    """sshd on each host, with keys and a configuration of its own."""

    def setUp(self):
        network.need("sshd", "ssh", "ssh-keygen", "nsenter")
        super().setUp()
        os.makedirs("/run/sshd", exist_ok=True)
        for key in ("host", "user"):
            network.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(key))
        shutil.copy(self.path("user.pub"), self.path("authorized"))
        config = (f"HostKey {self.path('host')}\nAuthorizedKeysFile {self.path('authorized')}\n"
                  "UsePAM no\nStrictModes no\nPidFile none\nPermitRootLogin yes\nPort 2222\n"
                  f"SetEnv TMPDIR={self.sockets}\n")
        self.write(config, "sshd_config")
        names = ""
        for i in range(3):
            self.daemon(*self.hosts.inside(i, network.find("sshd"), "-D", "-f",
                                           self.path("sshd_config")))
            names += (f"Host h{i}\nHostName {self.hosts.address(i)}\nPort 2222\nUser root\n"
                      f"IdentityFile {self.path('user')}\nStrictHostKeyChecking no\n"
                      f"UserKnownHostsFile {self.path('known')}\nLogLevel ERROR\n")
        self.write(names, "ssh_config")
        self.write("".join(f"h{i} addr={self.hosts.address(i)}\n" for i in range(3)), "hosts")
        self.ssh = ["--hosts", "hosts", "--ssh", f"ssh -F {self.path('ssh_config')}"]
        self.wait_for(lambda: self.can_login(2))

    def can_login(self, i):
        return subprocess.run(self.hosts.inside(0, "ssh", "-F", self.path("ssh_config"), f"h{i}", "true"),
                              capture_output=True, check=False).returncode == 0

    def remote(self):
        """Workers that sshd started: they are in the folder of the user."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cmdline").read_bytes().endswith(
                        b"gamlp\0worker\0") and os.readlink(entry / "ns/net") in self.nets():
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def nets(self):
        return {f"net:[{os.stat('/run/netns/' + n).st_ino}]" for n in self.hosts.name}

    def finish(self, process, expected, says="", name="r"):
        out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, 0, err)
        if says is not None:
            self.assertEqual(err, says)
        self.assertEqual(self.bits(name), expected)
        self.wait_for(lambda: not self.remote(), 20)
        return err

    def under_way(self, process):
        self.wait_for(lambda: os.path.exists(self.path("r/checkpoint/manifest.json")) or
                      process.poll() is not None)
        self.assertIsNone(process.poll())

    def test_three_hosts(self):
        """Encrypted, since they are not this host; and with each number of bits."""
        for bits in ("0", "4", "8", "16")[:None if FULL else 2]:
            more = ["--solver", "pdadmm-g-q", "--bits", bits, "--quantise", "pq"] if bits != "0" else []
            expected = self.run_bits("alone", *NET, *more, "--overwrite")
            self.finish(self.start(0, *NET, *more, *self.ssh, "--out", "r", "--overwrite"), expected)

    def test_insecure_is_to_be_said(self):
        expected = self.run_bits("alone", *NET)
        self.finish(self.start(0, *NET, *self.ssh, "--insecure", "--out", "r"), expected)

    def test_worker_killed_over_there(self):
        expected = self.run_bits("alone", *NET)
        process = self.start(0, *NET, *self.ssh, "--out", "r", "--peer-timeout", "5")
        self.under_way(process)
        os.kill(self.remote()[1], 9)
        self.finish(process, expected, says=None)

    def test_coordinator_killed(self):
        expected = self.run_bits("alone", *NET)
        process = self.start(0, *NET, *self.ssh, "--out", "r")
        self.under_way(process)
        process.kill()
        process.communicate()
        self.wait_for(lambda: not self.remote(), 30)
        self.good("train", "--resume", "r", "--workers", "2", "--hosts", "", "--quiet")
        self.assertEqual(self.bits("r"), expected)

    def blip(self, hurt, heal, seconds):
        expected = self.run_bits("alone", *NET, "--iterations", "80")
        process = self.start(0, *NET, "--iterations", "80", *self.ssh, "--out", "r")
        self.under_way(process)
        hurt()
        time.sleep(seconds)  # so long it is to last
        heal()
        self.finish(process, expected)

    def test_cable_pulled(self):
        self.blip(lambda: self.hosts.cable(1, "down"), lambda: self.hosts.cable(1, "up"), 3)

    def test_cut_one_way(self):
        self.blip(lambda: self.hosts.rule(2, f"ip saddr {self.hosts.address(1)} tcp dport != 2222 drop"),
                  lambda: self.hosts.no_rules(2), 3)

    def test_connections_reset(self):
        self.blip(lambda: self.hosts.rule(1, "tcp dport > 10000 reject with tcp reset"),
                  lambda: self.hosts.no_rules(1), 1)

    @unittest.skipUnless(FULL, "only with GAMLP_NEMESIS=1 (scripts/nemesis.sh)")
    def test_lossy(self):
        self.blip(lambda: self.hosts.rule(1, "numgen random mod 100 < 5 drop"),
                  lambda: self.hosts.no_rules(1), 10)

    @unittest.skipUnless(FULL, "only with GAMLP_NEMESIS=1 (scripts/nemesis.sh)")
    def test_slow_link(self):
        """Tensors of 64 MiB, 5 s each at 100 Mbit/s: no false alarm."""
        self.good("generate", "--nodes", "42000", "--edges", "60000", "--words", "100", "--words-per-node",
                  "8", "--classes", "5", "--train-per-class", "3360", "--val", "200", "--test", "200", "--out",
                  "big.gamlp")
        big = ["big.gamlp", "--layers", "3", "--hidden", "1000", "--iterations", "3", "--hops", "2"]
        expected = self.run_bits("alone", *big)
        self.hosts.slow(1, "100mbit")
        err = self.finish(self.start(0, *big, *self.ssh, "--out", "r", "--peer-timeout", "5"), expected, says=None)
        for line in err.splitlines():  # on a busy machine a step may take that long, and is told of
            self.assertRegex(line, r"nothing new: .* at (start|p|w|b|zqu|score) since")
        self.assertEqual(json.loads(self.read("r/summary.json"))["workers"]["restarts"], 0)

    def test_neighbours_cut(self):
        """Workers that reach the coordinator, but not each other: who waits is told."""
        process = self.start(0, *NET, "--iterations", "4000", *self.ssh, "--out", "r", "--peer-timeout",
                             "3", "--max-restarts", "0")
        self.under_way(process)
        self.hosts.rule(2, f"ip saddr {self.hosts.address(1)} drop")
        _, err = process.communicate(timeout=90)
        self.assertEqual(process.returncode, 74, err)
        self.assertRegex(err, "all wait for each other: worker 1 .* at receive since")
        self.wait_for(lambda: not self.remote(), 30)

    def test_cut_for_good(self):
        """A host that is gone: a named error within its time, and nobody is left where we can reach."""
        process = self.start(0, *NET, "--iterations", "4000", *self.ssh, "--out", "r", "--peer-timeout",
                             "3", "--join-timeout", "20", "--max-restarts", "1")
        self.under_way(process)
        self.hosts.cable(2, "down")
        _, err = process.communicate(timeout=90)
        self.assertEqual(process.returncode, 74, err)
        self.assertIn("worker 3", err)
        self.hosts.cable(2, "up")
        self.wait_for(lambda: not self.remote(), 30)


class Slurm(Case):
    """slurmctld and three slurmd, one in each namespace."""

    def setUp(self):
        network.need("slurmctld", "slurmd", "munged", "srun", "sinfo", "nsenter")
        super().setUp()
        self.slurm = self.path("slurm")
        os.makedirs(self.path("slurm", "state"))
        self.munge()
        self.write(self.configuration(), "slurm", "slurm.conf")
        self.environment["SLURM_CONF"] = self.path("slurm", "slurm.conf")
        self.daemon(*self.hosts.inside(0, network.find("slurmctld"), "-D", "-c", "-f",
                                       self.environment["SLURM_CONF"]))
        for i in range(3):
            os.makedirs(self.path("slurm", f"spool-n{i + 1}"))
            self.daemon(*self.hosts.inside(i, network.find("slurmd"), "-D", "-f",
                                           self.environment["SLURM_CONF"], "-N", f"n{i + 1}"))
        self.wait_for(self.is_up)

    def munge(self):
        with open(self.path("slurm", "key"), "wb") as stream:
            stream.write(os.urandom(1024))
        os.chmod(self.path("slurm", "key"), 0o400)
        os.chmod(self.folder, 0o755)
        socket = self.path("slurm", "munge.sock")
        self.daemon(network.find("munged"), "--force", "--foreground", "--key-file",
                    self.path("slurm", "key"), "--socket", socket, "--pid-file",
                    self.path("slurm", "munge.pid"), "--log-file", self.path("slurm", "munge.log"),
                    "--seed-file", self.path("slurm", "munge.seed"), "--num-threads=1")
        self.wait_for(lambda: os.path.exists(socket))

    def configuration(self):
        nodes = "".join(f"NodeName=n{i + 1} NodeHostname=localhost NodeAddr={self.hosts.address(i)} "
                        f"Port=17001 CPUs=2 RealMemory=1000 State=UNKNOWN\n" for i in range(3))
        return (f"ClusterName=gamlp\nSlurmctldHost=localhost({self.hosts.address(0)})\n"
                "SlurmctldPort=16817\nSlurmUser=root\nSlurmdUser=root\nAuthType=auth/munge\n"
                f"AuthInfo=socket={self.slurm}/munge.sock\nCredType=cred/munge\n"
                f"SlurmctldPidFile={self.slurm}/ctl.pid\nSlurmdPidFile={self.slurm}/d-%n.pid\n"
                f"StateSaveLocation={self.slurm}/state\nSlurmdSpoolDir={self.slurm}/spool-%n\n"
                f"SlurmctldLogFile={self.slurm}/ctl.log\nSlurmdLogFile={self.slurm}/d-%n.log\n"
                "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
                "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
                "SwitchType=switch/none\nMpiDefault=none\nSelectType=select/cons_tres\n"
                "SelectTypeParameters=CR_Core\nSchedulerType=sched/builtin\nReturnToService=2\n"
                "SlurmctldTimeout=30\nSlurmdTimeout=30\nKillWait=5\nMinJobAge=60\n"
                "SlurmdParameters=config_overrides\n" + nodes +
                "PartitionName=p Nodes=n1,n2,n3 Default=YES MaxTime=INFINITE State=UP "
                "OverSubscribe=YES\n")

    def is_up(self):
        done = subprocess.run(self.hosts.inside(0, "sinfo", "-h", "-o", "%T %D"), capture_output=True,
                              text=True, env=self.environment, check=False)
        return done.stdout.strip() == "idle 3"

    def test_three_nodes(self):
        for bits in ("0", "4", "8", "16")[:None if FULL else 1]:
            more = ["--solver", "pdadmm-g-q", "--bits", bits, "--quantise", "pq"] if bits != "0" else []
            expected = self.run_bits("alone", *NET, *more, "--overwrite")
            process = self.start(0, *NET, *more, "--launcher", "slurm", "--workers", "3", "--srun", "srun -N3",
                                 "--listen", self.hosts.address(0), "--out", "r", "--overwrite")
            _, err = process.communicate(timeout=120)
            self.assertEqual((process.returncode, err), (0, ""))
            self.assertEqual(self.bits("r"), expected)
            self.wait_for(self.is_up)

    def test_batch_script(self):
        """The sample script of docs/, as users submit it."""
        network.need("sbatch")
        expected = self.run_bits("alone", *NET)
        source = os.path.join(workers.program.SOURCE, "docs/gamlp.sbatch")
        folder = os.path.dirname(workers.program.GAMLP)
        done = subprocess.run(self.hosts.inside(
            0, "sbatch", "-W", "-N3", "-n3", "-o", self.path("out"), "-D", self.folder, source, *NET,
            "--listen", self.hosts.address(0), "--out", "r"), cwd=self.folder, capture_output=True,
            text=True, timeout=180, check=False,
            env=dict(self.environment, PATH=folder + ":" + os.environ["PATH"]))
        self.assertEqual(done.returncode, 0, done.stderr + (self.read("out") if os.path.exists(
            self.path("out")) else ""))
        self.assertEqual(self.bits("r"), expected)


if __name__ == "__main__":
    workers.main()
