"""The example worlds: as the contract says (tests/worlds), and behind the real gateway."""

import os
import re
import shutil
import signal
import socket
import subprocess

import harness
import telnet
import worlds
from harness import QUICK, SANITIZED
from test_resume import Web

KILLS = 10 if QUICK or SANITIZED else 50
GATEWAY_KILLS = 4 if QUICK or SANITIZED else 20


class Conformance(harness.Case):
    """Every check of tests/worlds/conformance.py. Two of the worlds are killed at any moment, 50 times."""

    def run_all(self, kind):
        tool = worlds.Conformance(self, kind, arguments=["--kills", str(KILLS)])
        tool.finish(10 * harness.PATIENCE)
        return tool

    def test_the_python_world_keeps_the_contract(self):
        tool = self.run_all("python")
        self.assertNotIn("\nleft ", tool.output, "every check was run")
        self.assertIn("%d kills" % KILLS, tool.output)

    def test_the_cpp_world_keeps_the_contract(self):
        tool = self.run_all("cpp")
        self.assertNotIn("\nleft ", tool.output, "every check was run")

    def test_the_node_world_keeps_the_contract(self):
        tool = self.run_all("node")
        self.assertEqual(re.findall(r"^left  (\w+)", tool.output, re.M), ["kill_minus_nine_loses_and_doubles_nothing"])


class Page(Web):
    """One that takes GMCP and comes back to its place."""

    def __init__(self, gateway, resume=None):
        super().__init__(gateway.http_port, resume, gmcp=["Room 1"])


class Helpers(harness.Case):
    """What the helpers in Python and Node carry, toward a gateway's double and behind the real one."""

    def carry(self, kind):
        start = " ".join(worlds.everything(kind, "127.0.0.1:{port}"))
        tool = harness.Program([worlds.python(), "-B", worlds.HELPERS, "--start", start], self.folder(),
                               {"WYLDGATE_PATIENCE": str(harness.PATIENCE)}, name="helpers")
        self.track(tool)
        self.assertEqual(tool.exit_code(10 * harness.PATIENCE), 0, tool.output)

    def test_the_python_helper_carries_everything(self):
        self.carry("python")

    def test_the_node_helper_carries_everything(self):
        self.carry("node")

    def start(self, kind, *arguments):
        world = harness.Program(worlds.everything(kind, "127.0.0.1:0") + list(arguments), self.folder(), name="everything")
        self.track(world)
        return "grpc://127.0.0.1:" + world.expect(r"listens on \S+:(\d+)$").group(1)

    def secrets_and_broadcasts(self, kind):
        gateway = self.gateway(self.start(kind))
        ada, bob = gateway.client(telnet.Policy(do={telnet.ECHO}), "Ada"), gateway.client(telnet.Policy(), "Bob")
        for player in (ada, bob):
            player.expect("Here you are")
        ada.line("ask")
        ada.expect("Secret: ")
        ada.expect_event("will", telnet.ECHO)
        ada.line("sesame")
        ada.expect("Heard sesame, secret: yes")
        ada.line("sesame")
        ada.expect("Heard sesame, secret: no")
        bob.line("shout dinner is ready")
        for player in (ada, bob):
            player.expect("Shouted: dinner is ready")
        bob.line("remove")
        bob.expect("You are removed")
        bob.expect_close()
        ada.line("reasons")
        ada.expect("Reasons: removed\\.")

    def test_secrets_and_broadcasts_of_python_reach_players(self):
        self.secrets_and_broadcasts("python")

    def test_secrets_and_broadcasts_of_node_reach_players(self):
        self.secrets_and_broadcasts("node")

    def away_from_states_and_events(self, kind):
        """What the world says of each message counts; where it says nothing, the name does."""
        gateway = self.gateway(self.start(kind))
        ada, bob = Page(gateway), gateway.client(telnet.Policy(), "Bob")
        for player in (ada, bob):
            player.expect("Here you are")
        ada.wait(lambda: ada.token, "a token")

        def tell(*messages):
            for message in messages:
                bob.line("tell " + message)
                bob.expect("Told")
        tell('My.Weather state "rain"', 'Room.Info - {"name":"The Mill"}', 'My.Party fields {"size":3,"leader":"Oda"}')
        ada.expect_message(type="gmcp", package="My.Party")
        ada.close()
        gateway.expect("session_held")
        tell('My.Weather state "snow"', 'My.Tell - 1', 'Room.Info event "a flash"', 'My.Weather state "sun"', 'My.Tell - 2',
             'My.Party fields {"size":4}', 'Room.Info event "a bang"')
        back = Page(gateway, ada.place())
        back.expect_message(type="token")  # behind all the others
        self.assertEqual([(m["package"], m["data"]) for m in back.messages if m["type"] == "gmcp"], [
            ("Room.Info", {"name": "The Mill"}), ("My.Tell", 1), ("Room.Info", "a flash"), ("My.Weather", "sun"),
            ("My.Tell", 2), ("My.Party", {"size": 4, "leader": "Oda"}), ("Room.Info", "a bang")])
        tell('bad!name event 1', 'My.Tell event 3', 'bad!name event 2')
        back.expect_message(type="gmcp", package="My.Tell", data=3)
        gateway.expect("side_channel_dropped session=\\S+ from=world reason=malformed")
        bob.line("shout the end")
        back.expect("Shouted: the end")
        gateway.stop()
        self.assertEqual(gateway.output.count("side_channel_dropped"), 2, "once for each of the two players")

    def test_states_and_events_of_python_reach_a_player_who_was_away(self):
        self.away_from_states_and_events("python")

    def test_states_and_events_of_node_reach_a_player_who_was_away(self):
        self.away_from_states_and_events("node")

    def message_of_the_day(self, kind):
        url = self.start(kind, "--login", "LOGIN_GATEWAY")
        gateway = self.gateway(url, config={"world": {"login": "gateway"}, "accounts": {"hash_bytes": "64KiB"},
                                            "server": {"state_directory": self.folder()}})
        gateway.expect("world_connected")
        gateway.expect("world_statistics.*rooms=7")  # asked for with the properties, after them
        client = gateway.client(telnet.Policy(), "Ada")
        client.expect("The banner\\..*Your name: ")
        for line, answer in (("new", "New name: "), ("Ada", "New password: "), ("correct horse", "Password again: "),
                             ("correct horse", "E-mail: "), ("", "The first message of the day\\..*Here you are")):
            client.line(line)
            client.expect(answer)

    def test_the_message_of_the_day_of_python_reaches_players(self):
        self.message_of_the_day("python")

    def test_the_message_of_the_day_of_node_reaches_players(self):
        self.message_of_the_day("node")


class Sentences(harness.Case):
    """A world that cannot start says why in a sentence that tells what to do."""

    def says(self, argv, environment, *parts, code=1):
        folder = self.folder()
        world = harness.Program(argv, folder, environment, name="world")
        self.track(world)
        self.assertEqual(world.exit_code(), code, world.output)
        for part in parts:
            self.assertIn(part, world.output)
        for noise in ("Traceback", "    at ", "  File ", ".cc:"):
            self.assertNotIn(noise, world.output)

    def test_help_names_every_option_and_starts_nothing(self):
        for kind, more in (("python", ["--state"]), ("node", []), ("cpp", ["--state", "--accounts", "--tls-ca"])):
            for flag in ("--help", "-h"):
                with self.subTest(world=kind, flag=flag):
                    self.says(worlds.program_of(kind) + [flag], {}, "--listen", "--key-file", *more, code=0)

    def test_a_wrong_command_line(self):
        for kind in ("python", "node", "cpp"):
            for arguments in (["--lisen", "127.0.0.1:0"], ["extra"], ["--listen"]):
                with self.subTest(world=kind, arguments=arguments):
                    self.says(worlds.program_of(kind) + arguments, {}, arguments[0], "--help" if kind == "cpp" else "sage: ",
                              code=2)

    def test_an_address_that_cannot_be_had(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for kind in ("python", "node", "cpp"):
                with self.subTest(world=kind):
                    address = "127.0.0.1:%d" % port
                    self.says(worlds.command(kind, address), {}, "Cannot listen on %s: " % address, "ddress already in use")
        for kind in ("python", "node", "cpp"):
            for address in ("4100", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"):
                with self.subTest(world=kind, address=address):
                    self.says(worlds.command(kind, address), {}, "Cannot listen on %s: " % address)

    def test_a_wrong_folder_of_the_contract(self):
        for kind in ("python", "node"):
            self.says(worlds.command(kind, "127.0.0.1:0"), {"WYLDGATE_PROTO": "/nowhere"},
                      "/nowhere holds no wyldgate/world/v1/world.proto", "Set WYLDGATE_PROTO")

    def test_a_key_that_is_not_there(self):
        for kind in ("python", "node"):
            self.says(worlds.command(kind, "127.0.0.1:0", key_file="/nowhere/key"), {},
                      "The key in /nowhere/key cannot be read")

    def test_python_without_grpc(self):
        chat = os.path.join(worlds.EXAMPLES, "world-python", "chat.py")
        self.says([worlds.python(), "-S", "-B", chat], {}, "python3-grpcio", "no module named")

    def test_python_without_protoc(self):
        empty = self.folder()
        self.says(worlds.command("python", "127.0.0.1:0"), {"PATH": empty}, "Install protobuf-compiler")

    def test_python_with_a_module_that_hides_the_contract(self):
        hiding = self.folder()
        with open(os.path.join(hiding, "wyldgate.py"), "w", encoding="ascii"):
            pass
        world = harness.Program(worlds.command("python", "127.0.0.1:0"), hiding, {"PYTHONPATH": hiding}, name="world")
        self.track(world)
        world.expect("listens on")

    def test_python_with_a_state_that_is_none(self):
        self.says(worlds.command("python", "127.0.0.1:0", state="/nowhere/state"), {},
                  "/nowhere/state cannot be used as the state of a world")

    def test_node_without_its_packages(self):
        folder = self.folder()
        for name in ("chat.mjs", "wyldgate_world.mjs"):
            shutil.copy(os.path.join(worlds.EXAMPLES, "world-node", name), folder)
        self.says([harness.program("node"), os.path.join(folder, "chat.mjs")], {}, "npm install @grpc/grpc-js")


class Guide(harness.Case):
    def test_the_first_world_of_the_guide_works(self):
        with open(os.path.join(harness.ROOT, "docs", "world-developers.md"), encoding="utf-8") as text:
            source = re.search(r"Write `lift.py`:\n\n```python\n(.*?)```", text.read(), re.S).group(1)
        folder = self.folder()
        with open(os.path.join(folder, "lift.py"), "w", encoding="utf-8") as out:
            out.write(source.replace("127.0.0.1:4100", "127.0.0.1:0"))
        helper = os.path.join(worlds.EXAMPLES, "world-python")
        world = harness.Program([worlds.python(), "-B", "lift.py"], folder, {
            "PYTHONPATH": helper, "WYLDGATE_PROTO": os.path.join(harness.ROOT, "proto")}, name="lift")
        self.track(world)
        port = world.expect(r"^lift listens on 127.0.0.1:(\d+)$").group(1)
        tool = harness.Program([worlds.python(), "-B", worlds.CONFORMANCE, "--world", "127.0.0.1:" + port, "--enter", "",
                                "--leave", ""],
                               folder, {"WYLDGATE_PATIENCE": str(harness.PATIENCE)}, name="conformance")
        self.track(tool)
        self.assertEqual(tool.exit_code(10 * harness.PATIENCE), 0, tool.output)


if not SANITIZED:  # it builds the same whatever the preset is

    class CppProject(harness.Case):
        """The C++ part of the guide, line by line, in a folder that has nothing to do with this tree."""

        def blocks(self):
            with open(os.path.join(harness.ROOT, "docs", "world-developers.md"), encoding="utf-8") as text:
                section = re.search(r"\n## C\+\+\n(.*?)\n## ", text.read(), re.S).group(1)
            return {kind: re.findall(r"```%s\n(.*?)```" % kind, section, re.S) for kind in ("sh", "cmake", "cpp")}

        def run_lines(self, lines, folder, prefix):
            environment = dict(os.environ, **({"CMAKE_CXX_COMPILER_LAUNCHER": "ccache"} if shutil.which("ccache") else {}))
            for line in lines:
                line = line.replace("~/wyldgate-sdk", prefix).replace("~/wyldgate", harness.ROOT)
                ran = subprocess.run(line, shell=True, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual(ran.returncode, 0, "%s\n%s" % (line, ran.stdout[-6000:]))

        def test_a_project_elsewhere_finds_and_uses_the_library(self):
            folder = self.folder()
            blocks = self.blocks()
            (project,), (source,), (install, build) = blocks["cmake"], blocks["cpp"], blocks["sh"]
            prefix = os.path.join(folder, "installed")
            self.run_lines([line for line in install.splitlines() if not line.startswith("apt-get")], folder, prefix)
            mine = os.path.join(folder, "mine")
            os.mkdir(mine)
            for name, text in (("CMakeLists.txt", project), ("echo.cc", source)):
                with open(os.path.join(mine, name), "w", encoding="utf-8") as out:
                    out.write(text)
            *build, start = build.splitlines()
            self.run_lines(build, mine, prefix)
            world = harness.Program([os.path.join(mine, start), "127.0.0.1:0"], mine, name="echo")
            self.track(world)
            port = world.expect(r"listens on port (\d+)$").group(1)
            gateway = self.gateway("grpc://127.0.0.1:" + port)
            client = gateway.client(telnet.Policy(), "Ada")
            client.expect("Say something")
            client.line("gr\u00fc\u00df dich")
            client.expect("gr\u00fc\u00df dich")


class BehindTheGateway(harness.Case):
    def enter_chat(self, gateway, name):
        player = gateway.client(telnet.Policy(), name)
        player.expect("Your name: ")
        player.line(name)
        player.expect("You are %s" % name)
        return player

    def two_players_talk(self, kind):
        world = worlds.World(self, kind)
        gateway = self.gateway(world.url)
        ada, bob = self.enter_chat(gateway, "Ada"), self.enter_chat(gateway, "Bob")
        ada.expect("Bob has come in")
        ada.line("gr\u00fc\u00df dich")
        bob.expect("Ada: gr\u00fc\u00df dich")
        ada.expect("You: gr\u00fc\u00df dich")
        bob.line("who")
        bob.expect("Ada, Bob")
        ada.line("quit")
        ada.expect("Goodbye")
        ada.expect_close()
        bob.expect("Ada has left")

    def test_two_players_talk_in_the_python_world(self):
        self.two_players_talk("python")

    def test_two_players_talk_in_the_node_world(self):
        self.two_players_talk("node")

    def test_two_players_talk_in_the_cpp_world(self):
        world = worlds.World(self, "cpp")
        gateway = self.gateway(world.url)
        ada, bob = self.enter_demo(gateway, "Ada"), self.enter_demo(gateway, "Bob")
        ada.line("say hello there")
        bob.expect("Ada says, \"hello there")
        bob.line("quit")
        bob.expect_close()

    def killed_while_they_talk(self, kind, say):
        """Lines typed while the world is away wait; none is lost, none doubled, for neither of the two. (The demo
        world forgets who is in which room: who is attached a moment later may miss what is said in between.)"""
        durable = kind == "python"
        state = self.folder() + "/state"
        world = worlds.World(self, kind, state=state)
        gateway = self.gateway(world.url)
        enter = self.enter_chat if durable else self.enter_demo
        ada, bob = enter(gateway, "Ada"), enter(gateway, "Bob")
        words = []
        for kill in range(GATEWAY_KILLS):
            for number in range(3):
                words.append("w%dq%d" % (kill, number))
                ada.line(say % words[-1])
            if kill % 3:
                ada.expect(words[-1 - kill % 2])
            world.signal(signal.SIGKILL)
            world.exit_code()
            words.append("w%dqaway" % kill)
            ada.line(say % words[-1])
            world = worlds.World(self, kind, world.port, state)
            ada.expect(words[-1])  # the queue has gone out
        last = "w%dqlast" % GATEWAY_KILLS
        ada.line(say % last)
        for player in (ada, bob):
            player.expect(last)
            shown = re.findall(r"(?:You: |Ada: |say, \"|says, \")(w\d+q\w+)", player.text.decode())
            if durable or player is ada:
                self.assertEqual(shown, words + [last], player.name)
            else:
                self.assertEqual(shown, [word for word in words + [last] if word in set(shown)], player.name)

    def test_the_python_world_is_killed_while_they_talk(self):
        self.killed_while_they_talk("python", "%s")

    def test_the_cpp_world_is_killed_while_they_talk(self):
        self.killed_while_they_talk("cpp", "say %s")


class Accounts(harness.Case):
    """The gateway logs players in, the world keeps the accounts."""

    PASSWORD = "correct horse"

    def start(self, folder):
        world = worlds.World(self, "cpp", arguments=["--accounts", folder + "/accounts"])
        gateway = self.gateway(world.url, config={"world": {"login": "world-accounts"},
                                                  "server": {"state_directory": folder}},
                               environment={"WYLDGATE_LOG_LEVEL": "debug"})
        gateway.expect("world_connected")
        return world, gateway

    def ask(self, client, line, answer):
        client.line(line)
        client.expect(answer)

    def greeted(self, gateway, name):
        client = gateway.client(telnet.Policy(), name)
        client.expect("Your name: ")
        return client

    def make(self, gateway, name):
        client = self.greeted(gateway, name)
        self.ask(client, "new", "New name: ")
        self.ask(client, name, "New password: ")
        self.ask(client, self.PASSWORD, "Password again: ")
        self.ask(client, self.PASSWORD, "E-mail: ")
        self.ask(client, "", "Your account is ready.*Exits:.*\n> ")
        return client

    def test_an_account_is_made_used_and_refused(self):
        folder = self.folder()
        world, gateway = self.start(folder)
        self.ask(self.make(gateway, "Ada"), "who", "Ada")
        gateway.expect("session_logged_in session=[0-9a-f-]+ account=Ada")
        client = self.greeted(gateway, "Grace")
        self.ask(client, "ADA", "Password: ")
        self.ask(client, "wrong horse", "do not match.*Your name: ")
        self.ask(client, "nobody'sname", "Password: ")
        self.ask(client, self.PASSWORD, "do not match.*Your name: ")
        self.ask(client, "new", "New name: ")
        self.ask(client, "ada", "That name is taken.*New name: ")
        self.ask(client, "", "Your name: ")
        self.ask(client, "ada", "Password: ")
        self.ask(client, self.PASSWORD, "Exits:.*\n> ")
        gateway.stop()
        for output in (gateway.output, world.output):
            self.assertNotIn(self.PASSWORD, output)
        for kept in ("wyldgate.db", "accounts"):
            with open(os.path.join(folder, kept), "rb") as text:
                self.assertNotIn(self.PASSWORD.encode(), text.read(), kept)

    def test_a_world_that_is_away_lets_nobody_in_and_nobody_wait(self):
        folder = self.folder()
        world, gateway = self.start(folder)
        self.make(gateway, "Ada")
        client = self.greeted(gateway, "Ada")
        world.signal(signal.SIGKILL)
        world.exit_code()
        gateway.expect("world_lost")
        self.ask(client, "ada", "Password: ")
        self.ask(client, self.PASSWORD, "You cannot log in right now; please try again in a minute.*Your name: ")
        self.ask(client, "new", "New name: ")
        self.ask(client, "grace", "right now; please try again.*Your name: ")
        world = worlds.World(self, "cpp", world.port, arguments=["--accounts", folder + "/accounts"])
        gateway.expect("world_lost.*world_connected")
        self.ask(client, "ada", "Password: ")
        self.ask(client, self.PASSWORD, "Exits:.*\n> ")

    def test_worlds_that_keep_no_accounts_are_refused(self):
        world = worlds.World(self, "cpp")
        gateway = self.gateway(world.url, config={"world": {"login": "world-accounts"}})
        gateway.expect("world_refused.*world.login")


if __name__ == "__main__":
    harness.unittest.main()
