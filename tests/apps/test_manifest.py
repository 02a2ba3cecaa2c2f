# SPDX-License-Identifier: GPL-2.0-or-later
"""The files in docs/ that start workers elsewhere: their form, and that every option in them exists."""
import os
import re
import shlex

import program

try:
    import yaml
except ImportError:
    yaml = None


def pods(document):
    return document["spec"]["template"]["spec"]


class Manifest(program.Case):
    def check_options(self, words):
        """gamlp VERB ...: the options after it are the verb's, and what they are given is one word each."""
        at = words.index("gamlp")
        known = self.good("help", words[at + 1])
        given = [word for word in words[at + 2:] if word.startswith("--")]
        for word in given:
            self.assertRegex(known, rf"(?m)^ +{re.escape(word)}\b", words)
        return given

    def script(self, container):
        self.assertEqual(container["command"][:2], ["sh", "-c"])
        return container["command"][2]

    def test_kubernetes(self):
        if not yaml:
            self.skipTest("not installed: python3-yaml")
        with open(os.path.join(program.SOURCE, "docs/gamlp-job.yaml"), encoding="utf-8") as stream:
            service, coordinator, team = yaml.safe_load_all(stream)
        self.assertEqual([d["kind"] for d in (service, coordinator, team)], ["Service", "Job", "Job"])
        self.assertEqual([d["apiVersion"] for d in (service, coordinator, team)], ["v1", "batch/v1", "batch/v1"])
        self.assertEqual(service["spec"]["clusterIP"], "None")  # headless
        self.assertEqual(service["spec"]["selector"], coordinator["spec"]["template"]["metadata"]["labels"])
        self.assertEqual(pods(coordinator)["subdomain"], service["metadata"]["name"])
        self.assertEqual(team["spec"]["completionMode"], "Indexed")
        self.assertEqual(team["spec"]["completions"], team["spec"]["parallelism"])
        for document in (coordinator, team):
            self.assertEqual(document["spec"]["backoffLimit"], 0)
            self.assertEqual(pods(document)["restartPolicy"], "Never")
            container, = pods(document)["containers"]
            self.assertEqual([m["name"] for m in container["volumeMounts"]],
                             [v["name"] for v in pods(document)["volumes"]])
        train = shlex.split(self.script(pods(coordinator)["containers"][0]))
        given = self.check_options(train)
        self.assertLessEqual({"--launcher", "--workers", "--listen", "--out"}, set(given))
        self.assertEqual(int(train[train.index("--workers") + 1]), team["spec"]["completions"])
        self.assertIn("ADDRESS", [e["name"] for e in pods(coordinator)["containers"][0]["env"]])
        worker = self.script(pods(team)["containers"][0]).split(";")[-1]
        self.assertEqual(self.check_options(shlex.split(worker)), ["--ticket"])
        self.assertTrue(worker.endswith(train[train.index("--out") + 1] + "/workers/ticket"))
        mount, = pods(team)["containers"][0]["volumeMounts"]
        self.assertTrue(train[train.index("--out") + 1].startswith(mount["mountPath"] + "/"))

    def test_slurm(self):
        with open(os.path.join(program.SOURCE, "docs/gamlp.sbatch"), encoding="utf-8") as stream:
            lines = [line for line in stream.read().splitlines() if line.startswith(("gamlp", "exec gamlp"))]
        self.assertTrue(lines)
        for line in lines:
            self.assertIn("--launcher", self.check_options(shlex.split(line)))


program.main()
