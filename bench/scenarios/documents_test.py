import pathlib
import re
import unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
COMMIT = re.compile(r"`[0-9a-f]{7,40}`")


def sections(text):
    """{heading: text} of the second-level sections."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def rows(section):
    """The body rows of the first table."""
    table = re.search(r"^\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.MULTILINE)
    return table.group(1).splitlines() if table else []


class Documents(unittest.TestCase):
    def setUp(self):
        self.sections = sections(PAGE.read_text(encoding="utf-8"))

    def test_every_headline_row_says_which_commit_it_is_of(self):
        headline = rows(self.sections["Targets"])
        self.assertGreater(len(headline), 5)
        for row in headline:
            self.assertRegex(row.rstrip(" |").rpartition("|")[2], COMMIT, row)

    def test_every_section_with_a_table_names_its_commit(self):
        for heading, text in self.sections.items():
            if rows(text):
                self.assertRegex(text, COMMIT, heading)

    def test_the_documented_bound_of_idle_memory_is_the_tests(self):
        import idle

        self.assertIn(f"{idle.QUICK_BYTES_MAX:,} B", self.sections["Idle connections"])
        self.assertIn(f"{idle.QUICK_CONNECTIONS:,} connections", self.sections["Idle connections"])
        self.assertIn(f"{idle.QUICK_GAME_BYTES_MAX:,} B", self.sections["Idle connections"])
        self.assertIn(f"{idle.QUICK_GAME_CONNECTIONS:,} connections", self.sections["Idle connections"])

    def test_the_headline_targets_of_scenarios_are_theirs(self):
        import idle
        import relay
        import relay_websocket
        import setup

        headline = self.sections["Targets"]
        for row in (
            f"idle plain telnet connection, resident memory | at most {idle.TARGET_BYTES:,} B",
            f"idle on a telnet game, {idle.GAME_CONNECTIONS:,} connections, resident memory | at most {idle.TARGET_GAME_BYTES:,} B",
            f"set-up of a connection to a telnet game, CPU, against HAProxy, 2,000 a second | at most {setup.TARGET_RATIO} x",
            f"relay over WebSocket at 500 lines a second, JSON form, against websockify | at most {relay_websocket.TARGET_RATIO:g} x",
            f"relay at 500 lines a second, against HAProxy | at most {relay.RATE_TARGETS[500]} x",
        ):
            self.assertIn(f"| {row} |", headline)


if __name__ == "__main__":
    unittest.main()
