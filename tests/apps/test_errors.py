# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is wrong: one sentence, the documented exit code, nothing left behind."""
import os
import pwd
import shutil
import signal
import subprocess
import time

import program

TRAIN = ["train", "karate", *program.SMALL, "--out", "r"]
LARGER = ["train", "karate", "--hidden", "200", "--iterations", "3", "--out", "r"]


def starts_under(size):
    """libomp writes a file before the program begins, and ThreadSanitizer a larger one."""
    done = subprocess.run([program.GAMLP, "version"], preexec_fn=program.limit_files(size),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return done.returncode == 0


class Words(program.Case):
    def test_commands(self):
        done = self.run_gamlp()
        self.assertEqual((done.returncode, done.stdout), (64, ""))
        self.assertRegex(done.stderr, r"(?s)\Ausage: gamlp .*\ngamlp: a command is missing\n\Z")
        self.bad(64, 'unknown command "trian"; did you mean train', words=["trian"])
        self.bad(64, "gamlp help lists them", words=["zzzzzzzz"])
        self.bad(64, "did you mean predict", words=["help", "predit"])

    def test_options(self):
        self.bad(64, "unknown option --hidde; did you mean --hidden", words=["train", "--hidde", "3"])
        self.bad(64, "unknown option --jsn; did you mean --json", words=["info", "karate", "--jsn"])
        self.bad(64, "unknown option --no-hops", words=["train", "karate", "--no-hops"])
        self.bad(64, "unknown option -x", words=["train", "karate", "-x"])
        self.bad(64, "--hidden: its value N,.. is missing", words=["train", "karate", "--hidden"])
        self.bad(64, '--hidden: "many" is not a whole number', words=[*TRAIN, "--hidden", "many"])
        self.bad(64, '--hidden: "3x"', words=[*TRAIN, "--hidden=3x"])
        self.bad(64, "--layers: 0 is not between 1 and 1000", words=[*TRAIN, "--layers", "0"])
        self.bad(64, '--solver: "sgd" is none of: pdadmm-g', words=[*TRAIN, "--solver", "sgd"])
        self.bad(64, "--json", words=["info", "karate", "--json=perhaps"])
        self.bad(64, "--no-overwrite takes no value", words=[*TRAIN, "--no-overwrite=true"])
        self.bad(64, "--dataset: the data set is the argument", words=["train", "--dataset", "karate"])
        self.bad(64, "one word too many", words=["train", "karate", "cora"])
        self.bad(64, "missing: gamlp eval RUN|MODEL", words=["eval"])
        self.bad(64, "no data set given", words=["train"])
        self.bad(64, "--out FILE", words=["generate"])
        self.assertEqual(self.listing(), [])

    def test_values_that_do_not_fit(self):
        self.bad(78, "no preset paperr for solver pdadmm-g",
                 words=["train", "cora", "--preset", "paperr"])
        self.bad(78, "grow ends at 5 layers", words=[*TRAIN, "--grow", "2,5", "--layers", "3"])
        self.bad(78, "nu: expected at least one value", words=[*TRAIN, "--nu", ""])
        self.bad(78, "nu: 2 values for 1 stage", words=[*TRAIN, "--nu", "1e-2,5"])
        self.bad(78, "bits: the solver pdadmm-g does not use it (it is an option of pdadmm-g-q)", words=[*TRAIN, "--bits", "4"])
        quantised = [*TRAIN, "--solver", "pdadmm-g-q"]
        self.bad(78, "bits is 5, expected 4, 8 or 16", words=[*quantised, "--bits", "5"])
        self.bad(78, "the levels of the paper are from -1 to 20",
                 words=[*quantised, "--levels", "paper", "--level-high", "5"])
        self.bad(78, "levels from 3 to 0", words=[*quantised, "--level-low", "3"])
        self.bad(78, "theory mode needs a real q",
                 words=[*quantised, "--quantise", "pq", "--mode", "theory", "--rho", "1"])
        self.bad(78, "hops: the solver pdadmm takes 1", words=[*TRAIN, "--solver", "pdadmm", "--hops", "7"])
        self.assertEqual(self.listing(), [])

    def test_config(self):
        self.write("hops: 2\nhiden: 3\n", "c.yaml")
        self.bad(78, "c.yaml: line 2: unknown option hiden; did you mean hidden",
                 words=[*TRAIN, "--config", "c.yaml"])
        self.write("hops: [a: b\n", "c.yaml")
        self.bad(78, "c.yaml: line", words=[*TRAIN, "--config", "c.yaml"])
        self.bad(66, "d.yaml", words=[*TRAIN, "--config", "d.yaml"])
        self.assertEqual(self.listing(), ["c.yaml"])


class Data(program.Case):
    def test_unknown(self):
        self.bad(66, 'unknown data set "kartae": nearest is karate', words=["train", "kartae"])
        self.bad(66, "no/such.npz", words=["info", "no/such.npz"])
        self.bad(66, "GAMLP_DATA", "cora", words=["train", "cora"])
        self.bad(66, "ind.cora", words=["train", "cora", "--data", "."])
        self.assertEqual(self.listing(), [])

    def test_split_that_does_not_fit(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        self.without_split("g.npz", "n.npz")
        self.bad(65, "labelled nodes", words=["train", "n.npz", "--out", "r"])
        self.assertEqual(self.listing(), ["g.npz", "n.npz"])

    def test_larger_than_memory(self):
        self.bad(71, "2000000000 nodes", "this host has",
                 words=["generate", "--nodes", "2000000000", "--words", "500000", "--words-per-node",
                        "500000", "--out", "g.npz"])
        self.assertEqual(self.listing(), [])

    def test_workers(self):
        self.bad(66, "hosts: nofile.txt: this file does not exist",
                 words=[*TRAIN, "--hosts", "nofile.txt"])
        self.bad(74, "the coordinator has been silent for",
                 words=["worker", "--join", "ipc://nobody", "--job", "0123456789abcdef", "--number",
                        "1", "--peer-timeout", "0.5"])

    def test_truncated(self):
        self.good("generate", *program.GENERATE, "--out", "g.npz")
        with open(self.path("g.npz"), "rb") as stream:
            data = stream.read()
        for size in (0, 10, len(data) // 2, len(data) - 1):
            with open(self.path("t.npz"), "wb") as stream:
                stream.write(data[:size])
            self.bad(65, "t.npz", words=["train", "t.npz", "--out", "r"])
        self.assertEqual(self.listing(), ["g.npz", "t.npz"])

    def test_truncated_model(self):
        self.train("karate", "--out", "r")
        with open(self.path("r/model.safetensors"), "rb") as stream:
            data = stream.read()
        for size in (0, 7, 100, len(data) - 1):
            with open(self.path("m.safetensors"), "wb") as stream:
                stream.write(data[:size])
            self.bad(65, "m.safetensors", words=["eval", "m.safetensors", "karate"])
        self.bad(66, "none", words=["eval", "none"])


class Outputs(program.Case):
    def test_unwritable(self):
        self.write("", "file")
        self.bad(73, "file", words=["train", "karate", *program.SMALL, "--out", "file/r"])
        self.bad(73, "file", words=["train", "karate", *program.SMALL, "--out", "file"])
        self.bad(73, "no/p.npz", words=["generate", *program.GENERATE, "--out", "no/p.npz"])
        self.train("karate", "--out", "r")
        self.bad(73, "no/p.csv", words=["predict", "r", "--out", "no/p.csv"])
        self.assertEqual([n for n in self.listing() if not n.startswith("r")], ["file"])

    def test_forbidden(self):
        """Root may write anywhere, so it becomes nobody."""
        nobody = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        drop = nobody and (lambda: os.setuid(nobody))
        os.chmod(self.folder, 0o555)
        try:
            self.good("version", before=drop)
        except (AssertionError, OSError):
            self.skipTest("the program cannot be run as nobody")
        self.bad(73, "r: ", "Permission denied", words=TRAIN, before=drop)
        os.chmod(self.folder, 0o700)
        self.assertEqual(self.listing(), [])

    def test_file_size_limit(self):
        sizes = [size for size in (0, 100, 1024, 4096, 20000) if starts_under(size)]
        if not sizes:
            self.skipTest("the program cannot start under a limit of file sizes")
        for size in sizes:
            self.bad(74, "r/", "File too large", words=LARGER, before=program.limit_files(size))
            self.assertEqual(self.listing(), [], size)
        self.good("train", "karate", *program.SMALL, "--out", "a/b/r")
        kept = self.listing()
        words = ["train", "karate", *program.SMALL, "--out", "a/b/r", "--overwrite"]
        self.bad(74, "a/b/r/", words=words, before=program.limit_files(sizes[0]))
        if sizes[0] == 0:
            self.bad(74, "a/p.csv", words=["predict", "a/b/r", "--out", "a/p.csv"],
                     before=program.limit_files(100))
        self.assertEqual(self.listing(), kept)
        self.good("eval", "a/b/r")

    def test_full_disk(self):
        os.mkdir(self.path("disk"))
        if os.geteuid() != 0 or not shutil.which("unshare"):
            self.skipTest("needs root and unshare to mount a small disk")
        script = ("mount -t tmpfs -o size=16k tmpfs disk || exit 99; \"$@\"; code=$?; "
                  "find disk -mindepth 1 >left; exit $code")
        words = ["unshare", "-m", "sh", "-c", script, "sh", program.GAMLP, "train", "karate",
                 "--hidden", "200", "--iterations", "3", "--out", "disk/r"]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode in (1, 99):
            self.skipTest("cannot mount a small disk: " + done.stderr.strip())
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertRegex(done.stderr, r"\Agamlp: disk/r/[^\n]+: No space left on device\n\Z")
        self.assertEqual(self.read("left"), "")

    def test_standard_output(self):
        self.train("karate", "--out", "r")
        for words in (["help"], ["help", "--man"], ["help", "--markdown"], ["info"],
                      ["info", "karate"], ["info", "karate", "--json"], ["version"],
                      ["version", "--json"], ["eval", "r"], ["eval", "r", "--json"], TRAIN[:-1] + ["s"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                self.bad(74, "standard output", "No space left", words=words, stdout=full)
        reader, writer = os.pipe()
        os.close(reader)
        self.bad(74, "standard output", "Broken pipe", words=["help"], stdout=writer)
        os.close(writer)


class Signals(program.Case):
    def stop(self, *numbers, words=("train", "karate", "--hidden", "8", "--iterations", "100000000",
                                    "--out", "new/r"), begun="run.jsonl"):
        child = subprocess.Popen([program.GAMLP, *words], cwd=self.folder, env=self.environment,
                                 text=True, stderr=subprocess.PIPE)
        self.addCleanup(child.kill)
        end = time.monotonic() + 60
        while not any(begun in n for n in self.listing()):
            self.assertTrue(time.monotonic() < end and child.poll() is None, "no run began")
            time.sleep(0.01)
        for number in numbers:
            child.send_signal(number)
        return child.wait(timeout=60), child.communicate()[1]

    def test_interrupt(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            code, text = self.stop(number)
            self.assertEqual(code, 130)
            self.assertRegex(text, r"\Agamlp: stopped at iteration \d+ of seed 0\n\Z")
            self.assertEqual(self.listing(), [])

    def test_twice(self):
        code, text = self.stop(signal.SIGINT, signal.SIGTERM)
        # the end in order may have come first, or the second signal before the first one
        self.assertIn(code, (130, -signal.SIGTERM, -signal.SIGINT), text)
        self.assertFalse([n for n in self.listing() if ".tmp-" in n])

    def test_temporary_files(self):
        endless = ("generate", "--model", "er", "--nodes", "100000", "--edges", "1000000000",
                   "--feature-kind", "gaussian", "--dimension", "4", "--out", "g.gamlp")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            code, text = self.stop(number, words=endless, begun="g.gamlp.tmp-")
            self.assertEqual((code, text), (-number, ""))
            self.assertEqual(self.listing(), [])


program.main()
