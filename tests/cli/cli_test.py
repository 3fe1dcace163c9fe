#!/usr/bin/env python3
"""The command line of wyldgate: what it prints, where, and with which exit code.

WYLDGATE_BIN names the binary. Runs without a gateway being started.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BINARY = os.environ["WYLDGATE_BIN"]

OK, FAILED, USAGE, CONFIGURATION = 0, 1, 2, 78


class Cli(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="wyld_cli_")
        self.addCleanup(self._directory.cleanup)
        self.directory = pathlib.Path(self._directory.name)

    def wyldgate(self, *arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("WYLDGATE_") and k != "DATABASE_URL"}
        clean["XDG_STATE_HOME"] = str(self.directory / "state")
        return subprocess.run([BINARY, *arguments], cwd=self.directory, env={**clean, **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def expect(self, done, code, out="", err=""):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (code, out, err))

    def file(self, text, name="my.toml"):
        (self.directory / name).write_text(text, encoding="utf-8")
        return name


class Help(Cli):
    def test_without_arguments_it_prints_help_to_stderr_and_is_a_usage_error(self):
        done = self.wyldgate()
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertEqual(done.stderr, self.wyldgate("--help").stdout)

    def test_help_is_short_and_has_examples(self):
        done = self.wyldgate("--help")
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        self.assertLess(done.stdout.count("\n"), 24)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
        for piece in ("run ", "config ", "version ", "Examples:", "telnet://", "Exit codes: 0 ok, 1 failed, 2"):
            self.assertIn(piece, done.stdout)

    def test_every_command_has_help(self):
        for command in (["run"], ["config"], ["config", "init"], ["config", "check"], ["config", "show"], ["db"],
                        ["db", "migrate"], ["db", "status"], ["version"]):
            done = self.wyldgate(*command, "--help")
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            self.assertIn("Usage: wyldgate " + " ".join(command), done.stdout)
            self.assertNotIn("Exit codes:", done.stdout)

    def test_help_is_a_command_too(self):
        for words, flag in ((["help"], ["--help"]), (["help", "run"], ["run", "--help"]), (["-h"], ["--help"]),
                            (["help", "config", "show"], ["config", "show", "--help"]),
                            (["config", "help"], ["config", "--help"]), (["db", "help", "status"], ["db", "status", "-h"])):
            done = self.wyldgate(*words)
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            self.assertEqual(done.stdout, self.wyldgate(*flag).stdout)
        self.expect(self.wyldgate("help", "frobnicate"), USAGE,
                    err="wyldgate: unknown command 'frobnicate'; see 'wyldgate --help'\n")

    def test_config_alone_shows_its_commands(self):
        done = self.wyldgate("config")
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
        self.assertEqual(done.stderr, self.wyldgate("config", "--help").stdout)


class Usage(Cli):
    def test_mistakes_are_one_line_with_the_nearest_word(self):
        cases = {
            ("rnu",): "unknown command 'rnu' (did you mean 'run'?); see 'wyldgate --help'",
            ("frobnicate",): "unknown command 'frobnicate'; see 'wyldgate --help'",
            ("config", "chek"): "unknown command 'chek' (did you mean 'check'?); see 'wyldgate config --help'",
            ("run", "--telent", ":1"): "unknown flag '--telent' (did you mean '--telnet'?); see 'wyldgate run --help'",
            ("run", "extra"): "unknown argument 'extra'; see 'wyldgate run --help'",
            ("run", "--stroe=postgresql://u:secret@h/d"):
                "unknown flag '--stroe' (did you mean '--store'?); see 'wyldgate run --help'",
            ("run", "postgresql://u:secret@h/d"):
                "unknown argument 'postgresql://u:***@h/d'; see 'wyldgate run --help'",
            ("config", "show", "extra"): "unknown argument 'extra'; see 'wyldgate config show --help'",
            ("db", "migrat"): "unknown command 'migrat' (did you mean 'migrate'?); see 'wyldgate db --help'",
            ("run", "--config"): "--config needs a value: FILE; see 'wyldgate run --help'",
        }
        for arguments, message in cases.items():
            with self.subTest(arguments):
                self.expect(self.wyldgate(*arguments), USAGE, err=f"wyldgate: {message}\n")

    def test_version_names_number_commit_compiler_and_build_type(self):
        done = self.wyldgate("version")
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        self.assertRegex(done.stdout, r"^wyldgate \d+\.\d+\.\d+ \(commit ([0-9a-f]{7,}|unknown), (g|clang)\+\+ [^,]+, [\w ]+: [^)]*\)\n$")
        for flag in ("--version", "-V"):
            self.expect(self.wyldgate(flag), OK, done.stdout)


class Db(Cli):
    def test_status_and_migrate_of_the_default_file(self):
        path = self.directory / "state" / "wyldgate" / "wyldgate.db"
        migrations = "1 sessions, accounts and bans", "2 resume keys and scrollback", "3 commands in flight"
        pending, applied = ("".join(f"{word}   {each}\n" for each in migrations) for word in ("pending", "applied"))
        self.expect(self.wyldgate("db", "status"), OK,
                    f"store     {path}\nschema    0 of 3\n{pending}"
                    "'wyldgate db migrate' applies them; so does the next start of the gateway\n")
        self.expect(self.wyldgate("db", "migrate"), OK, f"store     {path}\n{applied}")
        self.expect(self.wyldgate("db", "migrate"), OK,
                    f"store     {path}\nnothing to do: the schema is up to date\n")
        self.expect(self.wyldgate("db", "status"), OK, f"store     {path}\nschema    3, up to date\n")

    def test_status_makes_nothing(self):
        self.assertEqual(self.wyldgate("db", "status").returncode, OK)
        self.assertEqual(self.wyldgate("db", "status", "--store", "sqlite:other/game.db").returncode, OK)
        self.assertEqual(list(self.directory.iterdir()), [])
        self.assertEqual(self.wyldgate("db", "migrate", "--store", "sqlite:game.db").returncode, OK)
        before = sorted(self.directory.iterdir())
        self.assertEqual(self.wyldgate("db", "status", "--store", "sqlite:game.db").returncode, OK)
        self.assertEqual(sorted(self.directory.iterdir()), before)

    def test_an_empty_file_beside_a_log_is_not_begun_anew(self):
        self.file("", "game.db")
        self.file("what was committed last", "game.db-wal")
        for command in (["db", "status"], ["db", "migrate"], ["run", "--telnet", "0", "--http", "off"]):
            done = self.wyldgate(*command, "--store", "sqlite:game.db")
            self.assertEqual(done.returncode, FAILED, done.stderr)
            self.assertIn("-wal of a database lies beside it", done.stderr)
        self.assertEqual((self.directory / "game.db-wal").read_text(), "what was committed last")

    def test_a_url_that_is_none_is_a_configuration_mistake_and_stays_secret(self):
        for command in (["run"], ["db", "status"]):
            self.expect(self.wyldgate(*command, "--store", "mysql://ada:s3cret@db/game"), CONFIGURATION,
                        err='--store: store.url: the scheme "mysql" is not known; possible are "sqlite", "sqlite:PATH", '
                            '"postgresql://USER@HOST/DATABASE" and "memory"\n')
            done = self.wyldgate(*command, DATABASE_URL="ada:s3cret@db")
            self.assertEqual(done.returncode, CONFIGURATION)
            self.assertIn("DATABASE_URL: ", done.stderr)
            self.assertNotIn("s3cret", done.stderr)

    def test_a_place_that_cannot_be_used_is_one_sentence_with_the_settings_that_move_it(self):
        self.file("not a directory", "state")
        for command, trouble in ((["db", "status"], "cannot be read"), (["run"], "cannot be created")):
            done = self.wyldgate(*command)
            self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            for part in (str(self.directory / "state"), trouble, "set store.url or server.state_directory"):
                self.assertIn(part, done.stderr)


class ConfigInit(Cli):
    def test_writes_a_file_that_check_accepts_and_show_ignores(self):
        self.expect(self.wyldgate("config", "init"), OK,
                    "wyldgate.toml: written; start with 'wyldgate run --config wyldgate.toml'\n")
        self.expect(self.wyldgate("config", "check", "--config", "wyldgate.toml"), OK, "wyldgate.toml: ok\n")
        self.assertEqual(self.wyldgate("config", "show", "--config", "wyldgate.toml").stdout,
                         self.wyldgate("config", "show").stdout)

    def test_never_overwrites_without_force(self):
        self.file("precious", "a.toml")
        self.expect(self.wyldgate("config", "init", "a.toml"), FAILED,
                    err="wyldgate: cannot write a.toml (File exists); give another name, or --force to replace it\n")
        self.assertEqual((self.directory / "a.toml").read_text(), "precious")
        self.assertEqual(self.wyldgate("config", "init", "a.toml", "--force").returncode, OK)
        self.assertEqual((self.directory / "a.toml").read_text(), self.wyldgate("config", "init", "-").stdout)

    def test_a_directory_that_is_not_there_is_one_sentence(self):
        self.expect(self.wyldgate("config", "init", "no/a.toml"), FAILED,
                    err="wyldgate: cannot write no/a.toml (No such file or directory); "
                        "give a file in a directory that you may write to\n")

    def test_a_full_disk_is_noticed(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BINARY, "config", "init", "-"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (FAILED, "wyldgate: cannot write to standard output (No space left on device)\n"))


class ConfigCheck(Cli):
    def test_without_a_file_checks_the_environment(self):
        self.expect(self.wyldgate("config", "check"), OK, "defaults and environment: ok\n")
        self.expect(self.wyldgate("config", "check", WYLDGATE_LOG_LEVEL="loud"), CONFIGURATION,
                    err='WYLDGATE_LOG_LEVEL: log.level must be one of "error", "warning", "info", "debug", not "loud"\n')

    def test_a_wyldgate_toml_in_the_directory_is_not_read(self):
        self.file("nonsense", "wyldgate.toml")
        self.expect(self.wyldgate("config", "check"), OK, "defaults and environment: ok\n")
        self.assertEqual(self.wyldgate("config", "check", WYLDGATE_CONFIG="wyldgate.toml").returncode, CONFIGURATION)

    def test_the_file_may_be_named_by_the_environment(self):
        name = self.file("[server]\nshards = 2\n")
        self.expect(self.wyldgate("config", "check", WYLDGATE_CONFIG=name), OK, "my.toml: ok\n")

    def test_all_mistakes_at_once_of_file_and_environment(self):
        name = self.file('[server]\nshrads = 2\nshards = 65\n\n[wrold]\nurl = "demo"\n\n[limits]\n'
                         'line_bytes = 12\nlogin_deadline = 60\n\n[listen]\ntelnet = "here"\nhttp = 1 2\n')
        self.expect(
            self.wyldgate("config", "check", "--config", name, WYLDGATE_LIMITS_LINE_BITES="1"), CONFIGURATION,
            err='my.toml:2:1: unknown key "shrads" in [server]; did you mean "shards"?\n'
                'my.toml:3:10: server.shards is 65, outside 0 to 64 shards\n'
                'my.toml:5:2: unknown section [wrold]; did you mean [world]?\n'
                'my.toml:9:14: limits.line_bytes is 12, outside 256 bytes to 1MiB\n'
                'my.toml:10:18: limits.login_deadline must be a duration such as "1m" (units ms, s, m, h), '
                'not the number 60; did you mean "60s"?\n'
                'my.toml:13:10: listen.telnet: "here" needs a port: write HOST:PORT, as in 127.0.0.1:4000\n'
                "my.toml:14:10: not valid TOML: Error while parsing key-value pair: expected a comment or whitespace, "
                "saw '2'\n"
                'WYLDGATE_LIMITS_LINE_BITES: unknown variable; did you mean WYLDGATE_LIMITS_LINE_BYTES?\n')

    def test_a_missing_file_is_one_sentence(self):
        for command in (["config", "check"], ["config", "show"], ["run"]):
            self.expect(self.wyldgate(*command, "--config", "none.toml"), CONFIGURATION,
                        err="none.toml: cannot be read (No such file or directory); check the name, or create it with "
                            "'wyldgate config init none.toml'\n")


class ConfigFiles(Cli):
    def check(self, *settings, url="grpcs://192.0.2.1:7000", **environment):
        name = self.file(f'[world]\nurl = "{url}"\n' + "".join(line + "\n" for line in settings))
        return self.wyldgate("config", "check", "--config", name, **environment)

    def test_files_that_cannot_be_read_are_named_with_the_place_that_names_them(self):
        done = self.check('key_file = "none.key"', 'tls_ca = "."')
        self.expect(done, CONFIGURATION,
                    err="my.toml:3:1: world.key_file none.key: No such file or directory; check the name, and that the "
                        "gateway's user may read it\n"
                        "my.toml:4:1: world.tls_ca .: Is a directory; check the name, and that the gateway's user may "
                        "read it\n")
        done = self.check('login_template_file = "none.login"', url="telnet://127.0.0.1:1")
        self.assertEqual(done.returncode, CONFIGURATION)
        self.assertIn("my.toml:3:1: world.login_template_file: login template none.login cannot be read", done.stderr)
        done = self.check(url="telnet://127.0.0.1:1", WYLDGATE_WORLD_KEY_FILE="none.key")
        self.assertEqual(done.returncode, CONFIGURATION)
        self.assertTrue(done.stderr.startswith("WYLDGATE_WORLD_KEY_FILE: world.key_file none.key"), done.stderr)

    def test_files_that_hold_something_else_are_named(self):
        self.file("", "empty.key")
        (self.directory / "endless.key").symlink_to("/dev/zero")
        self.file("dance\n", "my.login")
        (self.directory / "my.login").chmod(0o600)
        for settings, url, words in ((['key_file = "empty.key"'], "grpc://127.0.0.1:1", "it is empty"),
                                     (['key_file = "endless.key"'], "grpc://127.0.0.1:1", "it is too large"),
                                     (['login_template_file = "my.login"'], "telnet://127.0.0.1:1", "my.login")):
            done = self.check(*settings, url=url)
            self.assertEqual(done.returncode, CONFIGURATION, done.stderr)
            self.assertIn(words, done.stderr)

    def test_a_secret_that_everybody_can_read_is_a_warning(self):
        self.file("s3cret\n", "world.key")
        for name, mode, settings, warned in (
                ("world.key", 0o644, ['key_file = "world.key"'], "world.key (world.key_file) is a secret"),
                ("world.key", 0o640, ['key_file = "world.key"'], None),
                ("my.toml", 0o644, ['key = "s3cret"'], "my.toml holds a secret, world.key"),
                ("my.toml", 0o644, ["[store]", 'url = "postgresql://u:s3cret@db/game"'], "my.toml holds a secret, store.url"),
                ("my.toml", 0o644, ["[store]", 'url = "postgresql://u@db/game"'], None),
                ("my.toml", 0o600, ['key = "s3cret"'], None)):
            with self.subTest(settings):
                self.file("", "my.toml")
                (self.directory / name).chmod(mode)
                done = self.check(*settings, url="grpc://127.0.0.1:1")
                self.assertEqual((done.returncode, done.stdout), (OK, "my.toml: ok\n"), done.stderr)
                self.assertNotIn("s3cret", done.stderr)
                if warned is None:
                    self.assertEqual(done.stderr, "")
                else:
                    self.assertEqual(done.stderr.count("\n"), 1)
                    self.assertTrue(done.stderr.startswith("wyldgate: warning: " + warned), done.stderr)


class ConfigShow(Cli):
    def test_names_the_source_of_every_value(self):
        name = self.file('[server]\nname = "Isles"\n\n[log]\nlevel = "error"\n')
        done = self.wyldgate("config", "show", "--config", name, "--world", "telnet://localhost:2860",
                             "--telnet", ":1", "--telnet", ":2", "--http", "off", WYLDGATE_LIMITS_LINE_BYTES="8KiB")
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        lines = [re.sub(r"  +#", " #", line) for line in done.stdout.splitlines()]
        for line in ('name = "Isles" # my.toml:2', 'level = "error" # my.toml:5', "shards = 0 # default",
                     'url = "telnet://localhost:2860" # flag --world', 'telnet = [":1", ":2"] # flag --telnet',
                     'http = "off" # flag --http', 'line_bytes = "8KiB" # environment WYLDGATE_LIMITS_LINE_BYTES'):
            self.assertIn(line, lines)
        again = self.file(done.stdout, "again.toml")
        self.expect(self.wyldgate("config", "check", "--config", again), OK, "again.toml: ok\n")


class Run(Cli):
    def test_wrong_settings_stop_it_before_it_starts(self):
        for arguments, message in {
            ("--telnet", "70000"): '--telnet: listen.telnet: "70000" is no port: a number from 0 to 65535',
            ("--world", "mud://x:1"):
                '--world: world.url: the scheme "mud" is not known; possible are "demo", '
                '"telnet://HOST:PORT", "grpc://HOST:PORT" and "grpcs://HOST:PORT"',
            ("--telnet", "off", "--http", "off"):
                "--telnet: listen.telnet and listen.http are both off; nobody could play: turn one on",
            ("--log-level", ""): '--log-level: log.level must be one of "error", "warning", "info", "debug", not ""',
        }.items():
            with self.subTest(arguments):
                self.expect(self.wyldgate("run", *arguments), CONFIGURATION, err=message + "\n")

    def test_a_grpc_world_that_cannot_be_used_safely_stops_it_in_a_sentence(self):
        self.file("", "empty.key")
        self.file("open sesame\n", "spaces.key")
        self.file("-----BEGIN CERTIFICATE-----\n", "ca.pem")
        plain, tls = "grpc://192.0.2.1:7000", "grpcs://192.0.2.1:7000"
        for url, settings, words in (
            (plain, {"KEY": "s3cret"}, "the key would cross the network in plain sight"),
            (plain, {"KEY": "s3cret", "KEY_FILE": "spaces.key"}, "world.key and world.key_file are both set"),
            (tls, {"KEY_FILE": "none.key"}, "world.key_file none.key: No such file or directory"),
            (tls, {"KEY_FILE": "empty.key"}, "world.key_file empty.key: it is empty"),
            (tls, {"KEY_FILE": "spaces.key"}, "world.key_file spaces.key: the key has a character"),
            (tls, {"TLS_CERTIFICATE": "ca.pem"}, "world.tls_certificate and world.tls_key belong together"),
            (tls, {"TLS_CA": "none.pem"}, "world.tls_ca none.pem: No such file or directory"),
            (plain, {"TLS_CA": "ca.pem"}, "set world.url so, or remove them"),
        ):
            with self.subTest(settings):
                environment = {f"WYLDGATE_WORLD_{key}": value for key, value in settings.items()}
                done = self.wyldgate("run", "--telnet", "0", "--http", "off", "--world", url, **environment)
                last = done.stderr.strip().split("\n")[-1]
                self.assertEqual(done.returncode, CONFIGURATION, done.stderr)
                self.assertIn(words, last)
                self.assertNotIn("s3cret", done.stdout + done.stderr)
                self.assertNotIn("sesame", done.stdout + done.stderr)


class SystemdUnit(unittest.TestCase):
    """The unit in the manual agrees with the exit codes."""

    def test_what_comes_late_is_waited_for_and_a_mistake_is_not_repeated(self):
        manual = pathlib.Path(__file__).resolve().parents[2] / "docs" / "operations.md"
        section, lines = "", []
        for line in re.search(r"```ini\n(.*?)```", manual.read_text(encoding="utf-8"), re.S).group(1).splitlines():
            section = line if line.startswith("[") else section
            lines.append((section, line))
        for wanted in (("[Unit]", "StartLimitIntervalSec=0"), ("[Service]", "Restart=on-failure"),
                       ("[Service]", f"RestartPreventExitStatus={USAGE} {CONFIGURATION}"), ("[Service]", "LimitCORE=0")):
            self.assertIn(wanted, lines)
        self.assertRegex("\n".join(line for _, line in lines), r"(?m)^RestartSec=[1-9]\d*$")
        self.assertFalse([line for _, line in lines if line.startswith("ExecStartPre=")],
                         "its exit code does not keep systemd from trying again")


if __name__ == "__main__":
    unittest.main()
