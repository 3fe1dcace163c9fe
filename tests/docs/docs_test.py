#!/usr/bin/env python3
"""The documents say what is true: links, commands, flags, settings, counters, log events, defaults, messages.

WYLDGATE_BIN names the binary. No gateway is started. The class Extraction plants falsehoods, so that a test that
stops finding anything fails.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import documents
from documents import ROOT

BINARY = pathlib.Path(os.environ["WYLDGATE_BIN"])
TEXTS = {documents.name_of(path): path.read_text(encoding="utf-8") for path in documents.markdown_files()}
# Messages begin with names that differ from gateway to gateway.
NAMES = ("Wyldgate", "The game", "The Isles", "world", "telnet", "http")
# Words of libpq and SQLite are not in our sources; tests of store/ hold them.
SAID_BY_OTHERS = ("Connection refused", "password authentication failed", "file is not a database",
                  "permission denied for schema public", "database \"game\" does not exist.")


def wyldgate(*arguments, cwd="/", environment=None):
    clean = {key: value for key, value in os.environ.items()
             if not key.startswith("WYLDGATE_") and key != "DATABASE_URL"}
    return subprocess.run([str(BINARY), *arguments], cwd=cwd, env={**clean, "XDG_STATE_HOME": str(cwd), **(environment or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)


def product_code():
    for folder in ("src", "apps"):
        for path in documents.files_below(folder, ".cc", ".h"):
            if not re.search(r"_(test|bench|fuzz)\.cc$", path.name):
                yield path.read_text(encoding="utf-8")


CODE = list(product_code())
DEFAULTS = wyldgate("config", "init", "-").stdout
SETTINGS = documents.settings_of(DEFAULTS)


def seconds(text):
    """A duration in seconds; other values stay texts, without what is only spelling."""
    text = re.sub(r'[ ,"_]', "", text)
    match = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    return int(match[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[match[2]] if match else text


def said_by_us():
    texts = [text for code in CODE for text in documents.literals(code)]
    for path in documents.files_below("web", ".ts", ".html"):
        texts += documents.literals(path.read_text(encoding="utf-8"), script=True)
    return documents.Said(texts, NAMES)


def table_of(document, *heading):
    for table in documents.tables(TEXTS[document]):
        if tuple(table[0][:len(heading)]) == heading:
            return table[1:]
    raise AssertionError(f"{document} has no table that begins with {heading}")


class Documents(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wyld_docs_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_every_relative_link_and_anchor_leads_somewhere(self):
        broken = []
        for name, text in TEXTS.items():
            for link in documents.links(text):
                path, _, anchor = link.partition("#")
                target = ROOT / name if not path else (ROOT / name).parent / path
                if not target.exists():
                    broken.append(f"{name}: {link}")
                elif anchor and anchor not in documents.anchors(target.read_text(encoding="utf-8")):
                    broken.append(f"{name}: {link} (no such heading)")
        self.assertEqual(broken, [])

    def test_every_file_that_is_named_exists(self):
        missing = [f"{name}: {path}" for name, text in TEXTS.items() if name != "CHANGELOG.md"
                   for path in documents.paths_named(text) if not documents.path_exists(path)]
        self.assertEqual(missing, [])

    def test_every_command_and_flag_is_known_to_its_program(self):
        wrong, helps, seen = [], {}, 0
        for name, text in TEXTS.items():
            for program, words in documents.commands(text):
                if problem := self.problem_of(program, words, helps):
                    wrong.append(f"{name}: {program} {' '.join(words)}: {problem}")
                seen += 1
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 50)

    def problem_of(self, program, words, helps):
        """What is wrong with a printed command, or None."""
        if program.startswith("script/"):
            if not (ROOT / program).exists():
                return "no such script"
            if program not in helps:
                helps[program] = subprocess.run([str(ROOT / program), "--help"], stdin=subprocess.DEVNULL, text=True,
                                                capture_output=True, check=True, timeout=60).stdout
            if program == "script/bench" and words and words[0] in ("relay", "idle", "broadcast", "grpc_world"):
                helps[program + words[0]] = (ROOT / "bench/scenarios" / f"{words[0]}.py").read_text(encoding="utf-8")
                known = helps[program + words[0]]
            else:
                known = helps[program]
            if program == "script/test" and "steps" not in helps:
                helps["steps"] = subprocess.run([str(ROOT / program), "--list"], text=True, capture_output=True,
                                                check=True, timeout=60).stdout.split()
            if program == "script/test":
                if unknown := [word for word in words if not word.startswith("-") and word not in helps["steps"]]:
                    return f"no step {unknown[0]}"
            return self.unknown_flag(words, documents.flags_of_help(known))
        if program == "wyldgate":
            return self.problem_of_wyldgate(words, helps)
        if program == "wyldgate-bench":
            known = "".join(path.read_text(encoding="utf-8") for path in documents.files_below("bench/harness", ".cc", ".h"))
            return self.unknown_flag(words, documents.flags_of_help(known))
        return None

    def problem_of_wyldgate(self, words, helps):
        command = []
        known = helps.setdefault("wyldgate", wyldgate("--help").stdout)
        for word in words:
            if not re.match(r"[a-z|]+$", word) or f"\n  {word.split('|')[0]} " not in known:
                break
            if "|" in word:  # "config init|check|show": each of them
                return next((problem for one in word.split("|")
                             if (problem := self.problem_of_wyldgate([*command, one], helps))), None)
            command.append(word)
            key = "wyldgate " + " ".join(command)
            if key not in helps:
                helps[key] = wyldgate(*command, "--help").stdout
            known = helps[key]
        rest = words[len(command):]
        if rest and not command and rest[0] not in ("--help", "--version", "-V", "-h"):
            return "no such command"
        if "Subcommands:" in known and rest and not rest[0].startswith("-"):
            return f"no such command {rest[0]}"
        return self.unknown_flag(rest, documents.flags_of_help(known))

    @staticmethod
    def unknown_flag(words, known):
        unknown = [word for word in words if word.startswith("--") and re.split(r"[=\[]", word)[0] not in known]
        return f"unknown flag {unknown[0]}" if unknown else None

    def test_every_setting_that_is_named_exists(self):
        wrong, seen = [], 0
        for name, text in TEXTS.items():
            for section, key in documents.settings_named(text, SETTINGS):
                seen += 1
                if key not in SETTINGS[section]:
                    wrong.append(f"{name}: {section}.{key}")
            for variable in re.findall(r"\bWYLDGATE_([A-Z]+_[A-Z_]+)\b", text):
                section, _, key = variable.lower().partition("_")
                if section in SETTINGS and key not in SETTINGS[section] and not self.is_shown_as_wrong(name, variable):
                    wrong.append(f"{name}: WYLDGATE_{variable}")
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 100)

    @staticmethod
    def is_shown_as_wrong(name, variable):
        return re.search(rf"WYLDGATE_{variable}: unknown variable", TEXTS[name]) is not None

    def test_every_printed_configuration_file_is_accepted(self):
        seen = 0
        for name, text in TEXTS.items():
            for number, (language, block) in enumerate(documents.fences(text)):
                if language != "toml":
                    continue
                seen += 1
                with self.subTest(document=name, block=number):
                    file = self.folder / f"{seen}.toml"
                    file.write_text(block, encoding="utf-8")
                    done = wyldgate("config", "check", "--config", str(file), cwd=self.folder)
                    complaints = [line for line in done.stderr.splitlines()
                                  if "No such file or directory" not in line and "cannot be read" not in line]
                    self.assertEqual(complaints, [])
        self.assertGreaterEqual(seen, 3)

    def test_the_printed_way_from_nothing_to_a_file_works(self):
        commands = [words for program, words in documents.commands(TEXTS["docs/configuration.md"]) if program == "wyldgate"]
        self.assertIn(["config", "init", "wyldgate.toml"], commands)
        self.assertIn(["config", "check", "--config", "wyldgate.toml"], commands)
        self.assertEqual(wyldgate("config", "init", "wyldgate.toml", cwd=self.folder).returncode, 0)
        done = wyldgate("config", "check", "--config", "wyldgate.toml", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = next(block for _, block in documents.fences(TEXTS["docs/operations.md"]) if "config check --config" in block)
        self.assertEqual(done.stdout, printed.splitlines()[1].replace("/etc/", "") + "\n")

    def test_config_show_prints_what_the_manual_prints(self):
        block = next(block for _, block in documents.fences(TEXTS["docs/configuration.md"])
                     if "wyldgate config show --log-level debug" in block)
        done = wyldgate("config", "show", "--log-level", "debug", environment={"WYLDGATE_SERVER_SHARDS": "2"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(documents.lines_not_printed(block, done.stdout), [])

    def test_mistakes_are_reported_as_the_manual_prints_them(self):
        bad = "[server]\nshrads = 2\n[limits]\nline_bytes = 12\n"
        (self.folder / "bad.toml").write_text(bad, encoding="utf-8")
        (self.folder / "wyldgate.toml").write_text("# A file of mine\n\n[server]\nshrads = 2\n\n\n\n[limits]\nline_bytes = 12\n",
                                                   encoding="utf-8")
        # Row of the table in operations.md -> what makes it.
        runs = [wyldgate("config", "check", "--config", "bad.toml", cwd=self.folder),
                wyldgate("config", "check", "--config", "nope.toml", cwd=self.folder),
                wyldgate("run", "--world", "telnet://127.0.0.1", cwd=self.folder),
                wyldgate("run", "--world", "telent://127.0.0.1:4000", cwd=self.folder),
                wyldgate("run", "--telnet", "example:4000", cwd=self.folder),
                wyldgate("run", "--wrold", "demo", cwd=self.folder),
                wyldgate("config", "check", cwd=self.folder, environment={"WYLDGATE_LIMITS_LINE_BYTE": "4096"})]
        told = {re.sub("^wyldgate: ", "", line): run.returncode for run in runs for line in run.stderr.splitlines()}
        checked = 0
        for message, _ in table_of("docs/operations.md", "the gateway says", "do")[:13]:
            text, _, code = re.fullmatch(r"`(.*?)`( \((\d+)\))?", message).groups()
            if code is not None:
                checked += 1
                self.assertEqual(told.get(text), int(code), f"{text}\nthe gateway printed {sorted(told)}")
        self.assertEqual(checked, 8)

        block = next(block for _, block in documents.fences(TEXTS["docs/configuration.md"]) if "WYLDGATE_LOG_LEVEL: " in block)
        done = wyldgate("config", "check", "--config", "wyldgate.toml", cwd=self.folder, environment={"WYLDGATE_LOG_LEVEL": "loud"})
        self.assertEqual(done.returncode, 78)
        self.assertEqual(documents.lines_not_printed(block, done.stderr), [])

    def test_every_default_of_the_limits_is_the_one_that_is_printed(self):
        checked = 0
        for limit, shown, *_ in table_of("docs/operations.md", "limit (`[limits]`)", "default"):
            for key, value in zip(re.findall(r"`(\w+)`", limit), re.sub(r" \(.*", "", shown).split(", ")):
                printed = re.search(rf"^#? ?{key} = (.*)$", DEFAULTS[DEFAULTS.index("[limits]"):], re.M)[1]
                checked += 1
                self.assertEqual(seconds(value), seconds(printed), key)
        self.assertGreater(checked, 12)

    def test_every_counter_of_the_tables_exists(self):
        code = (ROOT / "src/base/counters.cc").read_text(encoding="utf-8")
        counters = set(documents.literals(code[code.index("kNames{"):code.index("};")]))
        wrong, seen = [], 0
        for name, text in TEXTS.items():
            for table in documents.tables(text):
                columns = [index for index, cell in enumerate(table[0]) if cell in ("counted as", "counter")]
                for row in table[1:]:
                    for counter in (counter for index in columns for counter in re.findall(r"`([a-z_*]+)`", row[index])):
                        seen += 1
                        if not any(re.fullmatch(counter.replace("*", r"\w+"), known) for known in counters):
                            wrong.append(f"{name}: {counter}")
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 20)

    def test_the_table_of_log_events_is_the_sources(self):
        code = {}
        for text in CODE:
            for event, levels in documents.events_of_code(text):
                code.setdefault(event, set()).update(levels)
        code["log_lines_dropped"] = {"warning"}  # written by the log itself, without a call of log()
        self.assertIn("log_lines_dropped lines={}", (ROOT / "src/base/log.cc").read_text(encoding="utf-8"))
        table = {}
        for levels, events, *_ in table_of("docs/operations.md", "level", "event"):
            for event in re.findall(r"`(\w+)`", events):
                table.setdefault(event, set()).update(levels.split(", "))
        self.assertEqual(table, code)

    def test_every_log_line_that_is_shown_has_an_event_of_the_table(self):
        events = {event for _, cell, *_ in table_of("docs/operations.md", "level", "event") for event in re.findall(r"`(\w+)`", cell)}
        shown = [match for text in TEXTS.values() for _, block in documents.fences(text)
                 for match in re.findall(r"^(?:\S+Z )?(?:info|warning|error|debug) (\w+) \w+=", block, re.M)]
        self.assertEqual([event for event in shown if event not in events], [])
        self.assertGreater(len(shown), 3)

    def test_every_quoted_message_is_in_the_source(self):
        said, wrong, seen = said_by_us(), [], 0
        for name, text in TEXTS.items():
            for quotation in documents.quotations(text):
                seen += 1
                printed_by_a_run = any(f"`{quotation}` ({code})" in text for code in (2, 78))
                ours = quotation
                if quotation.startswith("... "):
                    ours = re.sub("|".join(map(re.escape, SAID_BY_OTHERS)), "...", quotation)
                if not printed_by_a_run and (missing := said.missing(ours)):
                    wrong.append(f"{name}: {quotation}\n    not in the source: {missing}")
        self.assertEqual(wrong, [], "\n".join(["", *wrong]))
        self.assertGreater(seen, 30)

    def test_the_first_screens_of_the_readme_are_in_the_source(self):
        said, seen = said_by_us(), 0
        for language, block in documents.fences(TEXTS["README.md"]):
            for line in block.splitlines() if language == "console" else []:
                # The left column of the first screen is a label, and a word after a prompt is the player's.
                text = re.sub(r"^ +\w+ {2,}|(?<=:) \w+$", "", line)
                if not line.startswith("$ ") and len(documents.words_of(text)) >= 3 and "/" not in text.split(" ")[0]:
                    seen += 1
                    self.assertIsNone(said.missing(text), line)
        self.assertGreaterEqual(seen, 3)

    def test_the_steps_of_the_test_run_are_those_of_the_manual(self):
        steps = subprocess.run([str(ROOT / "script/test"), "--list"], text=True, capture_output=True, check=True,
                               timeout=60).stdout.split()
        named = [step for cell, *_ in table_of("CONTRIBUTING.md", "step of `script/test`")
                 for step in re.findall(r"`([\w-]+)`", cell.replace("`--all`", ""))]
        self.assertEqual(sorted(named), sorted(steps))

    def test_every_type_and_function_of_the_architecture_exists(self):
        code, wrong = "\n".join(CODE), []
        for name in ("docs/architecture.md", "docs/glossary.md"):
            for quoted in documents.inline_code(TEXTS[name]):
                for word in re.findall(r"^(?:[A-Z]\w*[a-z]\w*|(?:[A-Z]\w*::)?[a-z_]+)(?=$|\()", quoted):
                    if not (word.islower() and "_" not in word) and not documents.is_known_name(word, code):
                        wrong.append(f"{name}: {word}")
        self.assertEqual(sorted(set(wrong)), [])

    def test_every_test_that_guards_the_invariant_of_resume_exists(self):
        tests = set(re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", "\n".join(
            path.read_text(encoding="utf-8") for path in documents.files_below("src", ".cc")), re.M))
        suites = {suite for suite, _ in tests}
        named = [name for *_, cell in table_of("docs/design/resume.md", "step") for name in re.findall(r"`(\w+\.[\w*]+)`", cell)]
        self.assertGreaterEqual(len(named), 8)
        missing = [name for name in named if (suite := name.split(".")[0]) not in suites
                   or (not name.endswith(".*") and (suite, name.split(".")[1]) not in tests)]
        self.assertEqual(missing, [])

    def test_the_flags_of_run_are_those_of_the_manual(self):
        listed = re.search(r"a flag of `wyldgate run`: (.*?)\n\n", TEXTS["docs/configuration.md"], re.S)[1]
        flags = documents.flags_of_help(wyldgate("run", "--help").stdout) - {"-h", "--help", "--config"}
        self.assertEqual(set(re.findall(r"`(--[\w-]+)", listed)), flags)

    def test_the_table_of_telnet_options_is_the_sources(self):
        numbers = dict(re.findall(r"std::uint8_t (k\w+) = (\d+);", (ROOT / "src/codec/telnet/protocol.h").read_text(encoding="utf-8")))
        rows = re.findall(r"OptionRow\{option::(k\w+), " + ", ".join([r"Policy::k(\w+)"] * 4),
                          (ROOT / "src/codec/telnet/option_table.h").read_text(encoding="utf-8"))
        refused = {int(numbers[option]): [policy == "Refuse" for policy in policies] for option, *policies in rows}
        printed, names = {}, {}
        for option, *cells in table_of("docs/protocols/telnet.md", "option", "player: we"):
            if match := re.fullmatch(r"([\w-]+) \((\d+)\)", option):
                printed[int(match[2])] = [cell == "refuse" for cell in cells]
                names[int(match[2])] = match[1]
        self.assertEqual(printed, refused)
        # The opening burst, in the order of the rows.
        opening = [f"{verb} {names[int(numbers[option])]}" for option, us, him, *_ in rows
                   for verb, policy in (("WILL", us), ("DO", him)) if policy == "Offer"]
        self.assertIn(f"`{', '.join(opening)}`", " ".join(TEXTS["docs/protocols/telnet.md"].split()))

    def test_the_messages_of_the_json_form_are_the_sources(self):
        folder = ROOT / "src/codec/websocket"
        sent = set(re.findall(r'\\"type\\":\\"(\w+)|"type":"(\w+)', (folder / "json_encoder.cc").read_text(encoding="utf-8")))
        taken = set(re.findall(r'\*type == "(\w+)"', (folder / "json_decoder.cc").read_text(encoding="utf-8")))
        known = {name for pair in sent for name in pair if name} | taken
        self.assertGreater(len(taken), 6)
        self.assertEqual(set(re.findall(r'"type": ?"(\w+)"', TEXTS["docs/protocols/websocket-json.md"])), known)

    def test_the_printed_seed_of_the_simulation_runs(self):
        seed = re.search(r"script/simulate --seed (\d+) --verbose", TEXTS["CONTRIBUTING.md"])[1]
        done = subprocess.run([str(BINARY.parent / "wyldgate-simulation"), "--seed", seed, "--verbose"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("simulation: 1 passed, 0 failed", done.stdout)

    def test_the_tables_of_the_database_are_those_of_the_migrations(self):
        listed = re.search(r"\*\*Tables\*\*: (.*?)\. They", TEXTS["docs/operations.md"], re.S)[1]
        for engine in ("sqlite", "postgres"):
            made = {table for path in documents.files_below(f"src/store/{engine}", ".cc", ".h") if not path.name.endswith("_test.cc")
                    for table in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", path.read_text(encoding="utf-8"))}
            self.assertEqual(set(re.findall(r"`(\w+)`", listed)), made, engine)

    def test_the_threads_are_those_of_the_architecture(self):
        named = {name for code in CODE for call in re.findall(r"pthread_setname_np\([^;]*;|snprintf\(name[^;]*;", code)
                 for name in re.findall(r'"(wyld-\w+)', call)}
        table = {name for cell, *_ in table_of("docs/architecture.md", "thread") for name in re.findall(r"`(wyld-\w+)", cell)}
        self.assertEqual(table, named)

    def test_the_printed_state_of_a_new_database_is_true(self):
        done = wyldgate("db", "status", cwd=self.folder)
        self.assertEqual((done.returncode, list(self.folder.iterdir())), (0, []), done.stderr)
        self.assertIn(re.search(r"wyldgate db status +# schema (\d+ of \d+)", TEXTS["docs/operations.md"])[1], done.stdout)

    def test_the_manual_of_the_benchmarks_knows_the_options(self):
        options = set(re.findall(r"`(--[\w-]+)", " ".join(row[0] for row in table_of("docs/benchmark-suite.md", "option"))))
        code = "".join(path.read_text(encoding="utf-8") for path in documents.files_below("bench/harness", ".cc", ".h")
                       if not path.name.endswith("_test.cc"))
        self.assertEqual(sorted(options - documents.flags_of_help(code)), [])
        self.assertGreater(len(options), 8)


class Extraction(unittest.TestCase):
    """Everything planted here is false, and has to be found."""

    def test_links_and_anchors(self):
        text = "# One (a) thing\n\n## One `b`, two\n\n## One `b`, two\n\n[x](gone.md#part) `[y](code.md)` [z](https://e.org)\n"
        self.assertEqual(documents.links(text), ["gone.md#part"])
        self.assertEqual(documents.anchors(text), {"one-a-thing", "one-b-two", "one-b-two-1"})

    def test_paths(self):
        text = "See `src/base/log.h`, `base/log.{h,cc}`, `script/tset` and `session/nowhere.cc`; `a/b` is no path."
        named = documents.paths_named(text)
        self.assertEqual([path for path in named if not documents.path_exists(path)], ["script/tset", "session/nowhere.cc"])
        self.assertIn("src/base/log.h", named)

    def test_commands(self):
        text = "```sh\n$ A=b sudo wyldgate run --wrold x   # see\nscript/tset\n```\nor `build/release/bin/wyldgate dbx`\n"
        found = documents.commands(text)
        self.assertEqual(found, [("wyldgate", ["run", "--wrold", "x"]), ("script/tset", []), ("wyldgate", ["dbx"])])
        test = Documents()
        self.assertEqual([test.problem_of(program, words, {}) for program, words in found],
                         ["unknown flag --wrold", "no such script", "no such command"])
        for words in (["--world", "grpc://127.0.0.1:50051"], ["config", "init|shwo"], ["db", "stauts"], ["config", "check", "--force"]):
            self.assertIsNotNone(test.problem_of("wyldgate", words, {}), words)
        for words in (["config", "init|show"], ["run", "--http", "off"], ["config", "init", "-"], ["version"], ["--help"]):
            self.assertIsNone(test.problem_of("wyldgate", words, {}), words)
        self.assertEqual(test.problem_of("script/test", ["fromat"], {}), "no step fromat")
        self.assertEqual(test.problem_of("script/format", ["--chekc"], {}), "unknown flag --chekc")

    def test_names_of_types(self):
        self.assertTrue(documents.is_known_name("ShardSessions::open", "\n".join(CODE)))
        for name in ("ShardSession", "ShardSessions::opened_twice"):
            self.assertFalse(documents.is_known_name(name, "\n".join(CODE)), name)

    def test_settings(self):
        self.assertGreater(len(SETTINGS), 8)
        self.assertIn("line_bytes", SETTINGS["limits"])
        self.assertEqual(documents.settings_named("`limits.line_byte` and `limits.hold = 3` and `e.g.x`", SETTINGS),
                         [("limits", "line_byte"), ("limits", "hold")])

    def test_printed_output(self):
        block = "$ command\nname = 1   # why\n...\nother = 2\n"
        self.assertEqual(documents.lines_not_printed(block, "name = 1 # why\nother = 2\n"), [])
        self.assertEqual(documents.lines_not_printed(block, "name = 1 # why\nother = 3\n"), ["other = 2"])

    def test_literals_and_events(self):
        code = '// "not this"\nsay("One " /* x */ "line: {}", url, R"(raw "text")", \'"\');\nlog(LogLevel::kInfo, "come", {{"a", "b"}});\n'
        code += 'log(bad ? LogLevel::kError : LogLevel::kDebug,\n    bad ? "gone" : "lost", {});'
        self.assertEqual(documents.literals(code)[:2], ["One ", "line: {}"])
        self.assertEqual(documents.literals('say("One "\n   "line");'), ["One line"])
        self.assertEqual(documents.events_of_code(code), [("come", {"info"}), ("gone", {"error", "debug"}), ("lost", {"error", "debug"})])

    def test_messages(self):
        said = documents.Said(["You took too long to log in.", " is shutting down. Please come back", "Lines may have {} bytes.",
                               "cannot be reached ("], ["The Isles"])
        for true in ("You took too long to log in.", "The Isles is shutting down. Please come back", "[Lines may have 4096 bytes.]",
                     "The Isles cannot be reached (Connection refused)"):
            self.assertIsNone(said.missing(true), true)
        for false in ("You took too long to log out.", "The Isles is closing down. Please come back", "Lines might have 4096 bytes.",
                      "You took too long, so leave.", "The Isles can be reached (Connection refused)"):
            self.assertIsNotNone(said.missing(false), false)

    def test_quotations(self):
        text = "```\n{\"type\":\"bye\",\"text\":\"Go away\"}\nG> [You are back.] ...\n```\n"
        self.assertEqual(documents.quotations(text), ["Go away", "[You are back.]"])
        self.assertEqual(documents.quotations('It says "Your time is over." and "yes".'), ["Your time is over."])
        text = "It says `You took too\nlong.` and `[That is cut.]`, not `SELECT a FROM b.` or `f(x) is y.`\n\n| it says | do |\n|---|---|\n| `bad: thing` | |\n"
        self.assertEqual(documents.quotations(text), ["You took too long.", "[That is cut.]", "bad: thing"])


if __name__ == "__main__":
    unittest.main()
