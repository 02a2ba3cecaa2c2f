# SPDX-License-Identifier: GPL-2.0-or-later
"""gamlp fetch against a server that truncates, stalls, redirects, lies and breaks."""
import json
import os
import random
import shutil
import subprocess

import program
import server
from fetching import BODY, FAST, HEAD, OTHER, TAIL, Case, sha256
from server import good, status

NAMES = """cora citeseer pubmed amazon-computers amazon-photo coauthor-cs coauthor-physics cora-ml
actor chameleon squirrel wisconsin cornell texas minesweeper tolokers roman-empire amazon-ratings
questions mnist ogbn-arxiv ogbn-products ogbn-papers100M flickr reddit""".split()


class Good(Case):
    def test_verified(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY)]
        file, = self.fetch()
        self.assertEqual([file[k] for k in ("state", "verified", "size", "sha256", "resumed")],
                         ["fetched", True, len(BODY), sha256(BODY), 0])
        self.check_came()
        file, = self.fetch()
        self.assertEqual((file["state"], file["verified"]), ("present", True))
        self.assertEqual(len(self.server.log), 1)
        self.assertIn("all files verified", self.good(*self.words("--offline")))

    def test_unverified(self):
        """Without a hash in the manifest the hash is printed, and nothing is claimed."""
        self.manifest()
        self.server.script["/a.npz"] = [server.unmeasured(BODY)]
        out = self.good(*self.words())
        self.assertIn("unverified, sha256 " + sha256(BODY), out)
        self.assertNotIn("all files verified", out)
        self.assertIn("licence   MIT", out)
        self.check_came()
        file, = self.fetch()
        self.assertEqual((file["state"], file["verified"]), ("present", False))

    def test_other_folder(self):
        """A file that is under a later path is found there."""
        self.manifest("size", "sha256", path="set/a.npz, other/a.npz")
        os.makedirs(self.path("data", "other"))
        with open(self.path("data", "other", "a.npz"), "wb") as stream:
            stream.write(BODY)
        file, = self.fetch()
        self.assertEqual((file["state"], file["path"]), ("present", "data/other/a.npz"))

    def test_replaces_what_differs(self):
        self.manifest("size", "sha256")
        for old in (OTHER, b"short"):
            self.put(old)
            self.bad(65, "set/a.npz, which differs from the manifest",
                     words=self.words("--offline"))
            self.server.script["/a.npz"] = [status(503)]
            self.bad(66, "503", words=self.words())
            self.assertEqual(self.bytes("data", "set", "a.npz"), old)
            self.server.script["/a.npz"] = [good(BODY)]
            self.assertEqual(self.fetch()[0]["state"], "fetched")
            self.check_came()

    def test_redirect(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.redirect("/b")]
        self.server.script["/b"] = [server.redirect(self.server.base + "c", 301)]
        self.server.script["/c"] = [good(BODY)]
        self.fetch()
        self.check_came()

    def test_file(self):
        self.write("x" * 1000, "source.txt")
        body = b"x" * 1000
        where = "file://" + self.path("source.txt")
        self.manifest("size", "sha256", body=body, mirrors=["file:///nowhere/at/all/"])
        self.bad(74, "a.npz", "file:///nowhere/at/all/a.npz", "gamlp import DIR",
                 words=self.words())
        text = self.read("set.yaml").replace("    size", f"    addresses: ['{where}']\n    size")
        self.write(text, "set.yaml")
        self.assertEqual(self.fetch()[0]["address"], where)
        self.check_came(body)

    def test_proxy(self):
        self.manifest("size", "sha256", mirrors=["http://data.example/sets/"])
        self.server.script["http://data.example/sets/a.npz"] = [good(BODY)]
        self.environment["http_proxy"] = self.server.base
        self.fetch()
        self.check_came()

    def test_plan(self):
        self.manifest("size", mirrors=["http://data.example/"])
        out = self.good("fetch", "--manifest", "set.yaml", "--dry-run")
        for text in ("$GAMLP_DATA/set/a.npz", f"{len(BODY)} bytes", "licence   MIT", "nobody",
                     "from http://data.example/a.npz"):
            self.assertIn(text, out)
        self.assertFalse(os.path.exists(self.path("data")))

    def test_known(self):
        """Every name of the library has a plan, and several names go at once."""
        known = self.good("info").split()
        self.assertEqual([n for n in NAMES if n not in known], [])
        sets = json.loads(self.good("fetch", *NAMES, "--dry-run", "--json"))["datasets"]
        self.assertEqual([s["name"] for s in sets], NAMES)
        for s in sets:
            for f in s["files"]:
                self.assertTrue(f["address"] or s["manual"], (s["name"], f))
        self.bad(66, "GAMLP_DATA", "planetoid", words=["fetch", "cora"])
        self.bad(66, "8 of 8 files", "planetoid/ind.cora.x", "gamlp import DIR",
                 words=["fetch", "cora", "--offline", "--data", "data"])
        self.bad(66, "cannot be fetched by a program", "Google Drive",
                 words=["fetch", "reddit", "--data", "data"])
        self.bad(66, "nearest is cora", words=["fetch", "corra", "--data", "data"])
        self.bad(64, "missing", words=["fetch"])
        self.bad(64, "karate has no files", words=["fetch", "karate", "--data", "data"])


class Resume(Case):
    def test_truncated(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY, upto=70_000), good(BODY)]
        file, = self.fetch()
        self.check_came()
        first, second = self.server.log
        self.assertIsNone(first[1])
        self.assertEqual(second[2], '"1"')
        self.assertEqual(second[1], f"bytes={file['resumed']}-")
        self.assertGreater(file["resumed"], 0)

    def test_next_day(self):
        """What one command leaves, the next one takes up; by date where there is no entity tag."""
        for validator in ({"ETag": '"1"'}, {"Last_Modified": "Tue, 03 Mar 2020 10:00:00 GMT"}):
            def cut(handler, validator=validator):
                handler.begin(200, len(BODY), **validator)
                handler.send(BODY[:70_000])
            self.manifest()
            self.server.script["/a.npz"] = [cut]
            self.bad(74, "the connection ended at byte", "a.npz", words=self.words("--tries", "1"))
            self.assertEqual(sorted(os.listdir(self.path("data", "set"))),
                             ["a.npz.part", "a.npz.part.from"])
            part = self.bytes("data", "set", "a.npz.part")
            self.assertEqual(part, BODY[:len(part)])
            edition, = validator.values()
            self.server.script["/a.npz"] = [good(BODY, etag=edition)]
            self.assertEqual(self.fetch()[0]["resumed"], len(part))
            self.assertEqual(self.server.log[-1][1:], (f"bytes={len(part)}-", edition))
            self.check_came()
            os.remove(self.path("data", "set", "a.npz"))

    def test_changed(self):
        """A file that changed between the tries is not glued to the old part."""
        for keys, body in (((), OTHER), (("size",), OTHER), (("size", "sha256"), BODY)):
            self.manifest(*keys)
            old = OTHER if body == BODY else BODY
            self.server.script["/a.npz"] = [good(old, upto=70_000), good(body, etag='"2"')]
            self.assertEqual(self.fetch()[0]["resumed"], 0)
            self.check_came(body)
            os.remove(self.path("data", "set", "a.npz"))

    def test_no_validator(self):
        """Without validator and hash nobody knows whether the parts fit: all of it comes anew."""
        self.manifest("size")
        self.server.script["/a.npz"] = [good(BODY, etag=None, upto=70_000), good(BODY)]
        self.fetch()
        self.assertEqual(self.ranges(), [None, None])
        self.check_came()

    def test_glued_part_is_found_out(self):
        """A server that ignores If-Range: the hash tells, and all of it comes anew."""
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(OTHER, upto=70_000), good(BODY)]
        self.fetch()
        self.assertEqual(len(self.server.log), 3)
        self.assertIsNone(self.server.log[-1][1])
        self.check_came()

    def test_other_mirror(self):
        """With a hash, a part of one mirror is completed from another."""
        self.manifest("size", "sha256", mirrors=[self.server.base, self.server.base + "m/"])
        self.server.script["/a.npz"] = [good(BODY, upto=70_000), status(404)]
        self.server.script["/m/a.npz"] = [good(BODY, etag='"x"')]
        file, = self.fetch()
        self.assertGreater(file["resumed"], 0)
        self.assertIn("/m/a.npz", file["address"])
        self.check_came()

    def test_no_ranges(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY, upto=70_000), server.plain(BODY)]
        self.assertEqual(self.fetch()[0]["resumed"], 0)
        self.check_came()

    def test_wrong_range(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY, upto=70_000), server.wrong_range(BODY)]
        self.fetch()
        self.check_came()

    def test_whole_part(self):
        """All bytes were there already, or too many."""
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY)]
        self.put(BODY, "a.npz.part")
        self.fetch()
        self.assertEqual(self.server.log, [])
        self.check_came()
        os.remove(self.path("data", "set", "a.npz"))
        self.put(BODY + b"more", "a.npz.part")
        self.fetch()
        self.assertEqual(self.ranges(), [None])
        self.check_came()

    def test_many_cuts(self):
        """Each try brings a megabyte: that goes on beyond the number of tries."""
        body = random.Random(3).randbytes(5_000_000)
        self.manifest("size", "sha256", body=body)
        cuts = [good(body, upto=1_100_000 * k) for k in range(1, 5)]
        self.server.script["/a.npz"] = cuts + [good(body)]
        self.fetch("--tries", "2")
        self.check_came(body)


class Bad(Case):
    def refuse(self, code, *texts, more=()):
        done = self.bad(code, "set: ", "a.npz", *texts, words=self.words(*more))
        self.assertFalse(os.path.exists(self.path("data", "set", "a.npz")))
        return done

    def test_wrong_bytes(self):
        self.manifest("size", "sha256", mirrors=[self.server.base, self.server.base + "m/"])
        self.server.script["/a.npz"] = [good(OTHER)]
        self.server.script["/m/a.npz"] = [good(OTHER)]
        self.refuse(65, sha256(OTHER), sha256(BODY), self.server.base + "a.npz",
                    self.server.base + "m/a.npz", "gamlp import DIR")
        self.assertEqual(os.listdir(self.path("data", "set")), [])
        self.server.script["/m/a.npz"] = [good(BODY)]
        self.assertEqual(self.fetch()[0]["address"], self.server.base + "m/a.npz")
        self.check_came()

    def test_wrong_size(self):
        self.manifest("size")
        self.server.script["/a.npz"] = [good(BODY[:-1])]
        self.refuse(65, f"it has {len(BODY) - 1} bytes, expected {len(BODY)}")
        self.server.script["/a.npz"] = [server.unmeasured(BODY + b"x")]
        self.refuse(65, f"more than the {len(BODY)} bytes expected")
        self.server.script["/a.npz"] = [server.unmeasured(BODY[:1000])]
        self.refuse(65, f"it ended at byte 1000, expected {len(BODY)}")
        self.server.script["/a.npz"] = [server.claims(len(BODY), BODY[:1000])]
        self.refuse(74, "the connection ended at byte 1000", more=["--tries", "2"])

    def test_bounds(self):
        self.manifest()
        self.server.script["/a.npz"] = [server.endless]
        self.refuse(65, "more than the 307200 bytes", more=["--max-size", "300K"])
        self.server.script["/a.npz"] = [server.claims(1 << 60, b"x")]
        self.refuse(65, "more than the 4000000000 bytes")
        self.server.script["/a.npz"] = [server.unmeasured(b"")]
        self.refuse(65, "no bytes")

    def test_stall(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.stalls(BODY, 70_000), good(BODY)]
        self.fetch("--stall", "0.5")
        self.check_came()
        os.remove(self.path("data", "set", "a.npz"))
        self.server.script["/a.npz"] = [server.silent]
        self.refuse(74, "stalled at byte 0 for 0.5 seconds",
                    more=["--stall", "0.5", "--tries", "1"])

    def test_no_server(self):
        self.server.stop()
        self.manifest("size", "sha256")
        self.refuse(74, self.server.base, more=["--tries", "2"])
        self.assertEqual(os.listdir(self.path("data", "set")), [])

    def test_redirect_loop(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [server.redirect("/a.npz")]
        self.refuse(74, "more than 8 redirections")
        self.assertEqual(len(self.server.log), 9)

    def test_redirect_to_file(self):
        """A server may not send us to our own files."""
        self.write("secret", "secret.txt")
        self.manifest()
        self.server.script["/a.npz"] = [server.redirect("file://" + self.path("secret.txt"))]
        self.refuse(74)

    def test_untrusted(self):
        """A certificate that nobody signed is refused."""
        openssl = shutil.which("openssl")
        if not openssl:
            self.skipTest("there is no openssl to make a certificate with")
        subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", "key", "-out", "certificate"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.write(self.read("key") + self.read("certificate"), "pair")
        other = server.Server(self.path("pair"))
        self.addCleanup(other.stop)
        other.script["/a.npz"] = [good(BODY)]
        self.manifest("size", "sha256", mirrors=[other.base])
        self.refuse(74, "certificate", other.base)
        self.assertEqual(other.log, [])

    def test_codes(self):
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [status(500), status(429), server.hangs_up, good(BODY)]
        self.fetch()
        self.check_came()
        os.remove(self.path("data", "set", "a.npz"))
        del self.server.log[:]
        self.server.script["/a.npz"] = [status(404)]
        self.refuse(66, "404 (not found)", self.server.base + "a.npz")
        self.assertEqual(len(self.server.log), 1)
        self.server.script["/a.npz"] = [status(500)]
        self.refuse(66, "500", more=["--tries", "3"])
        self.assertEqual(len(self.server.log), 4)

    def test_full_disk(self):
        """Writing fails half way; what is there is resumed."""
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY)]
        limit = self.limited(100_000)
        self.bad(74, "a.npz.part: cannot write", words=self.words(), before=limit)
        self.assertEqual(len(self.bytes("data", "set", "a.npz.part")), 100_000)
        self.assertEqual(self.fetch()[0]["resumed"], 100_000)
        self.check_came()

    def test_places(self):
        """Links and folders in the place of the file are left alone."""
        self.manifest("size", "sha256")
        self.server.script["/a.npz"] = [good(BODY)]
        self.put(b"mine", "mine")
        os.symlink("mine", self.path("data", "set", "a.npz"))
        self.bad(73, "not a regular file", words=self.words())
        os.remove(self.path("data", "set", "a.npz"))
        os.symlink("mine", self.path("data", "set", "a.npz.part"))
        self.bad(73, "not a regular file", words=self.words())
        self.assertEqual(self.bytes("data", "set", "mine"), b"mine")
        os.remove(self.path("data", "set", "a.npz.part"))
        os.mkdir(self.path("data", "set", "a.npz"))
        self.bad(73, "not a regular file", words=self.words())
        self.bad(73, "cannot create", words=["fetch", "--manifest", "set.yaml", "--data",
                                             "set.yaml", *FAST])

    def test_unsafe_manifest(self):
        for name in ("../a.npz", "/a.npz", "x/../../a", "a//b", ".", "a\\b"):
            self.write((HEAD % "set/a.npz") + f"files: [{{name: '{name}'}}]\n" + TAIL, "set.yaml")
            self.bad(78, "name: expected a path inside its folder", words=self.words())
        self.assertEqual(self.listing(), ["set.yaml"])


program.main()
