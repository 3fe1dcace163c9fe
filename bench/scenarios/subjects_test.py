import contextlib
import io
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import subjects


class Present(unittest.TestCase):
    """Which subjects can be run is decided before anything is measured, and what is missing is named."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name, "bin")
        self.bin.mkdir()
        self.programs = subjects.Programs(str(self.bin), folder.name)

    def install(self, name):
        path = self.bin / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)

    def present(self, names, **how):
        said = io.StringIO()
        # Only what this test installs can be found.
        lookup = lambda name, path=None: str(self.bin / name) if os.access(self.bin / name, os.X_OK) else None  # noqa: E731
        with mock.patch("shutil.which", lookup), contextlib.redirect_stdout(said):
            return self.programs.present(names, **how), said.getvalue()

    def test_a_missing_rival_fails_a_full_run_with_the_packages_name(self):
        with self.assertRaisesRegex(subjects.Failed, "haproxy is not installed.*apt-get install haproxy"):
            self.present(["haproxy", "wyldgate"], quick=False)

    def test_a_quick_run_goes_on_without_a_rival_and_says_so(self):
        self.install("wyldgate")
        found, said = self.present(["haproxy", "wyldgate"], quick=True)
        self.assertEqual(found, ["wyldgate"])
        self.assertIn("haproxy is not installed", said)

    def test_an_optional_rival_may_be_missing_in_a_full_run(self):
        self.install("wyldgate")
        found, said = self.present(["websockify", "wyldgate_json"], quick=False, optional=["websockify"])
        self.assertEqual(found, ["wyldgate_json"])
        self.assertIn("websockify is not installed", said)

    def test_what_is_installed_is_measured(self):
        for name in ("haproxy", "websockify", "wyldgate"):
            self.install(name)
        names = ["haproxy", "websockify", "epoll_relay", "wyldgate_websocket"]
        self.assertEqual(self.present(names, quick=False), (names, ""))

    def test_without_the_gateway_the_rivals_are_measured(self):
        self.install("haproxy")
        found, said = self.present(["haproxy", "wyldgate", "wyldgate_json"], quick=False)
        self.assertEqual(found, ["haproxy"])
        self.assertIn("not built", said)

    def test_an_unknown_subject_is_named_with_those_there_are(self):
        with self.assertRaisesRegex(subjects.Failed, "'nginx'.*haproxy.*wyldgate_json"):
            self.programs.subject("nginx", 1, 2, 3)

    def test_every_subject_that_speaks_otherwise_can_be_started(self):
        for name in subjects.SPEAK:
            with self.subTest(name), mock.patch.object(self.programs, "path", lambda program: program), \
                    mock.patch.object(subjects, "program_of", lambda package: package):  # fmt: skip
                self.assertTrue(self.programs.subject(name, 1, 2, 3).argv)


if __name__ == "__main__":
    unittest.main()
