# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers without memory, disks that are slow or full: the same bits in the end, or a sentence that names the
cause; and nobody is left."""
import os
import resource
import subprocess

import limits
import workers

NET = ["karate", "--layers", "6", "--hidden", "16", "--iterations", "9", "--checkpoint-every", "3"]
WIDE = ["karate", "--layers", "7", "--hidden", "2000", "--iterations", "2"]  # 16 MB for each weight matrix


class Resources(workers.Case):
    def start(self, *words, **more):
        process = subprocess.Popen(
            [workers.program.GAMLP, *words], cwd=self.folder, text=True,
            stdin=more.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(self.environment, **more.pop("environment", {})), **more)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def end(self, process, code):
        """What it said."""
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, code, err)
        self.wait_for(lambda: not workers.processes_of(self.folder), 20)
        return err

    def program(self, group, once):
        """A program whose processes have little memory; `once`: the first of them only."""
        condition = f"mkdir {self.folder}/first 2>/dev/null && " if once else ""
        self.write(f'#!/bin/sh\n{condition}echo $$ >{group.join}\nexec {workers.program.GAMLP} "$@"\n', "program")
        os.chmod(self.path("program"), 0o755)
        return self.path("program")

    def memory(self):
        group = limits.Memory(48 << 20)
        self.addCleanup(group.remove)
        return group

    def wide(self, *words):
        return self.start("train", *WIDE, "--workers", "3", "--out", "r", "--quiet", *words)

    def test_open_files(self):
        """Few of them: a sentence before anything begins; just enough: a run."""
        for transport in ("ipc", "tcp"):
            for files, code in ((8, 78), (12, 78), (20, 78), (43, 78), (44, 0)):
                process = self.start(
                    "train", *NET, "--workers", "3", "--transport", transport, "--curve", "--out", "r", "--quiet",
                    "--overwrite", preexec_fn=lambda n=files: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
                err = self.end(process, code)
                self.assertEqual(err, "" if code == 0 else "gamlp: 3 workers need about 44 open files, and this "
                                 f"process may have {files} (ulimit -n)\n")

    def test_killed_for_want_of_memory(self):
        """The kernel kills a worker: another takes its place; when that goes on, it is the named cause."""
        expected = self.run_bits("alone", *WIDE)
        err = self.end(self.wide("--program", self.program(self.memory(), once=True)), 0)
        self.assertIn("was killed by signal 9", err)
        self.assertEqual(self.bits("r"), expected)

    def test_killed_again_and_again(self):
        err = self.end(self.wide("--program", self.program(self.memory(), once=False), "--max-restarts", "2"), 74)
        self.assertRegex(err.splitlines()[-1], r"worker \d+\b.* was killed by signal 9")
        self.assertNotIn("r/summary.json", self.listing())

    def test_no_more_memory(self):
        """A worker that is refused memory says so, and the run ends with its sentence."""
        size = 600 << 20
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
        if self.run_gamlp("version", before=limit).returncode != 0:
            self.skipTest("the program cannot start with little memory: a sanitizer takes more")
        run = self.wide("--launcher", "none", "--listen", "127.0.0.1")
        path = self.path("r", "workers", "ticket")
        self.wait_for(lambda: os.path.exists(path) and self.read(path).endswith("\n\n"))
        little = {"preexec_fn": limit}
        team = [self.start("worker", "--ticket", path, "--number", number, **(little if number == "2" else {}))
                for number in "123"]
        err = self.end(run, 71)
        self.assertRegex(err.splitlines()[-1], r"\Agamlp: cannot allocate \d+ bytes")
        for worker in team:
            worker.communicate(timeout=60)

    def test_threads_by_hand(self):
        """A worker with a ticket, from a file or on standard input, has the threads of the run, or those it is told."""
        run = self.start("train", "karate", "--layers", "6", "--hidden", "500", "--iterations", "1000000", "--workers",
                         "3", "--launcher", "none", "--listen", "127.0.0.1", "--threads", "3", "--out", "r", "--quiet")
        path = self.path("r", "workers", "ticket")
        self.wait_for(lambda: os.path.exists(path) and self.read(path).endswith("\n\n"))
        team = [self.start("worker", "--ticket", path, "--number", number, *words)
                for number, words in (("1", []), ("2", ["--threads", "1"]))]
        team.append(self.start("worker", "--number", "3", "--threads", "2", stdin=subprocess.PIPE))
        team[2].stdin.write(self.read(path))
        team[2].stdin.flush()

        def more_than_second():
            count = [len(os.listdir(f"/proc/{worker.pid}/task")) for worker in team]
            return [n - count[1] for n in count]

        self.wait_for(lambda: more_than_second() == [2, 0, 2])  # one waits for the end of standard input
        run.terminate()
        for process in (run, *team):
            process.communicate(timeout=60)

    def test_slow_disk(self):
        """Checkpoints that take longer than a peer may be silent: nobody is lost, nothing is said."""
        library = os.path.join(os.path.dirname(workers.program.GAMLP), "../../tests/dist/libslow_disk.so")
        if not os.path.exists(library):
            self.skipTest("the slow disk is not built with sanitizers")
        slow = {"LD_PRELOAD": library, "GAMLP_TEST_SLOW_PATH": "/checkpoint/", "GAMLP_TEST_SLOW_SECONDS": "0.3"}
        run = self.start("train", *NET, "--workers", "3", "--out", "r", "--quiet", "--peer-timeout", "1",
                         "--checkpoint-every", "8", environment=slow)
        self.assertEqual(self.end(run, 0), "")
        self.assertEqual(self.bits("r"), self.run_bits("alone", *NET))

    def test_full_disk(self):
        """Room for the run, but not for its checkpoints: a warning, and the result all the same."""
        wide = [*NET, "--hidden", "100"]
        expected = self.run_bits("alone", *wide)
        used = sum(os.path.getsize(self.path("alone", name)) for name in os.listdir(self.path("alone")))
        disk = limits.Disk(self.path("disk"), used + (64 << 10))
        self.addCleanup(disk.remove)
        run = self.start("train", *wide, "--workers", "3", "--out", "disk/r", "--quiet")
        self.assertRegex(self.end(run, 0), r"\A(gamlp: warning: no checkpoint: .*No space left on device\n)+\Z")
        self.assertEqual(self.bits("disk/r"), expected)


if __name__ == "__main__":
    workers.main()
