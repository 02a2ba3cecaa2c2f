# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program says of itself."""
import json
import os
import shutil
import subprocess

import program

VERBS = ["train", "eval", "predict", "verify", "table", "propagate", "info", "fetch", "check", "features", "split", "import", "export", "generate",
         "version", "help"]


class Help(program.Case):
    def test_all(self):
        text = self.good("help")
        self.assertEqual(text, self.good("--help"))
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", text)

    def test_verbs(self):
        for verb in VERBS:
            text = self.good("help", verb)
            self.assertTrue(text.startswith(f"usage: gamlp {verb}"))
            self.assertEqual(text, self.good(verb, "--help"))
            for line in text.splitlines():
                self.assertLess(len(line), 80, line)
        self.assertEqual(self.good("help", "bench", "theory"), self.good("help", "bench"))
        self.bad(64, "train has no part", words=("help", "train", "theory"))
        self.assertIn("--[no-]overwrite", self.good("help", "train"))
        self.assertIn("(default: 500)", self.good("help", "train"))

    def test_options_document(self):
        with open(os.path.join(program.SOURCE, "docs/options.md"), encoding="utf-8") as stream:
            self.assertEqual(stream.read(), self.good("help", "--markdown"),
                             "write docs/options.md anew: gamlp help --markdown >docs/options.md")

    def test_operators_document(self):
        with open(os.path.join(program.SOURCE, "docs/operators.md"), encoding="utf-8") as stream:
            self.assertIn(self.good("help", "--terms"), stream.read(),
                          "the table of docs/operators.md is that of gamlp help --terms")
        words = self.good("help", "features").split()
        for word in ("sym^K", "mean(OP^I..J,", "harmonic", "triangles,"):
            self.assertIn(word, words)

    def test_exit_codes_document(self):
        with open(os.path.join(program.SOURCE, "docs/formats.md"), encoding="utf-8") as stream:
            document = stream.read()
        for line in self.good("help", "--markdown").split("## Exit status")[1].splitlines():
            self.assertIn(line, document)

    def test_manual(self):
        text = self.good("help", "--man")
        self.assertTrue(text.startswith(".TH GAMLP 1 "))
        for verb in VERBS:
            self.assertIn(f".SS gamlp {verb}", text)
        self.assertIn("\\-\\-hidden N", text)
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_version(self):
        value = json.loads(self.good("version", "--json"))
        self.assertIn(value["version"], self.good("version"))
        self.assertEqual(self.good("version"), self.good("--version"))
        self.assertIn(value["real"], ("float", "double"))
        self.assertIn("OpenBLAS", value["blas"])
        self.assertGreaterEqual(value["threads"], 1)


program.main()
