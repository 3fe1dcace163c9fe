#!/usr/bin/env python3
"""The check for breaking changes of the world protocol finds them: it is run over copies that hold one each.

  breaking_test.py      needs the packages of proto/ (script/bootstrap)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROTO = os.path.join(ROOT, "proto")
BUF = os.path.join(PROTO, "node_modules", ".bin", "buf")


class Breaking(unittest.TestCase):
    def check(self, file, pattern, replacement):
        """What `buf breaking` says when `pattern` of one file of the contract is replaced."""
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "proto")
            shutil.copytree(PROTO, copy, ignore=shutil.ignore_patterns("node_modules"))
            path = os.path.join(copy, "wyldgate", "world", "v1", file)
            with open(path, encoding="utf-8") as text:
                changed, count = re.subn(pattern, replacement, text.read(), count=1)
            self.assertEqual(count, 1, "the contract has no %r any more" % pattern)
            with open(path, "w", encoding="utf-8") as text:
                text.write(changed)
            ran = subprocess.run([BUF, "breaking", "--against", "baseline.txtpb"], cwd=copy, capture_output=True,
                                 text=True, stdin=subprocess.DEVNULL, check=False)
            return ran.returncode, ran.stdout + ran.stderr

    def test_the_contract_as_it_is_breaks_nothing(self):
        self.assertEqual(self.check("session.proto", r"\Z", "\n"), (0, ""))

    def test_an_addition_breaks_nothing(self):
        self.assertEqual(self.check("session.proto", r"bool secret = 2;", "bool secret = 2;\n  bool more = 9;"), (0, ""))

    def test_a_field_that_is_gone_is_found(self):
        code, said = self.check("session.proto", r"bool secret = 2;", "")
        self.assertNotEqual(code, 0)
        self.assertIn('"secret" on message "Input" was deleted', said)

    def test_another_type_is_found(self):
        code, said = self.check("account.proto", r"google\.protobuf\.Duration wait = 4;", "uint32 wait = 4;")
        self.assertNotEqual(code, 0)
        self.assertIn('"wait" on message "LogInResponse" changed type', said)

    def test_another_number_is_found(self):
        code, said = self.check("world.proto", r"string text = 4;", "string text = 5;")
        self.assertNotEqual(code, 0)
        self.assertIn('Previously present field "4"', said)

    def test_a_call_that_is_gone_is_found(self):
        code, said = self.check("world.proto", r"rpc GetStatistics\([^;]*;", "")
        self.assertNotEqual(code, 0)
        self.assertIn('RPC "GetStatistics" on service "WorldService" was deleted', said)


if __name__ == "__main__":
    if not os.access(BUF, os.X_OK):
        sys.exit("no buf in proto/node_modules; script/bootstrap installs it")
    unittest.main()
