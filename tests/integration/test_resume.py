"""Nobody loses their place: dropped, taken over, on another protocol, and across a gateway that was killed."""

import json
import re
import signal
import socket
import struct
import threading
import time

import harness
import test_store
from telnet import CHARSET, ECHO, EOR, GMCP, NAWS, PATIENCE, TTYPE, Peer, Policy, command, gmcp
from websocket import WebSocket, frame_bytes, upgrade_request

CODE = re.compile(rb"resume ([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})")
CROWD = 20 if harness.QUICK else 200


def code_of(peer):
    """Waits for the code that a client without token storage is shown."""
    return peer.wait(lambda: CODE.search(bytes(peer.text)), "a code").group(1).decode()


def resume_on(gateway, code, name="back"):
    peer = gateway.client(Policy(silent=True), name=name)
    peer.expect("name: ")
    peer.line("resume " + code)
    return peer


class Web(WebSocket):
    """A page: counts its output, keeps its token, comes back with both."""

    counted = 0
    start = None
    token = None

    def __init__(self, port, resume=None, gmcp=None):
        super().__init__(port, hello=False)
        hello = {"type": "hello", "client": "test", "version": "1", "columns": 80, "rows": 24}
        if resume:
            hello["resume"] = resume
        if gmcp:
            hello["gmcp"] = gmcp
        self.say(hello)

    def handle(self, opcode, fin, payload):
        before = len(self.messages)
        super().handle(opcode, fin, payload)
        for message in self.messages[before:]:
            kind = message["type"]
            if kind in ("hello", "resumed", "position"):
                self.start = (message["epoch"], message["offset"])
                self.counted = 0
            elif kind in ("text", "notice"):
                self.counted += len(message["text"].encode())
            elif kind == "prompt":
                self.counted += 1
            elif kind == "token":
                self.token = message["token"]
                self.say({"type": "token_kept"})

    def place(self):
        return {"token": self.token, "epoch": self.start[0], "offset": self.start[1] + self.counted}

    def enter(self, name):
        self.expect("Your name: ")
        self.line(name)
        self.expect_message(type="token")
        self.wait(lambda: self.token, "a token")
        return self


def reset_unread(sock):
    """Resets the connection once something has reached this machine; returns what had by then."""
    sock.recv(1, socket.MSG_PEEK)
    sock.setblocking(False)
    arrived = sock.recv(1 << 20, socket.MSG_PEEK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return arrived


class TelnetInWebSocket(WebSocket):
    """Telnet in binary messages, on an HTTP connection that was used before, by a machine that takes little at once."""

    def __init__(self, port, bytes_before):
        super().__init__(port, connect_only=True)
        self.sock.close()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(("127.0.0.1", port))
        while bytes_before > 0:
            bytes_before -= self.fetch(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
        self.fetch(upgrade_request(port, subprotocol="telnet.mudstandards.org"))
        self.parse()

    def fetch(self, request):
        """The bytes of the answer. What comes after it stays in the buffer."""
        self.sock.sendall(request)
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.sock.recv(4096)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = int(length.group(1)) if length else 0
        while len(self.buffer) < size:
            self.buffer += self.sock.recv(4096)
        self.buffer = self.buffer[size:]
        return len(head) + 4 + size

    def handle(self, opcode, fin, payload):
        if opcode == 2:
            self.text += payload.decode("latin-1")
        elif opcode == 9:
            self.frame(10, payload)


class Dropped(harness.Case):
    def gateway(self, *arguments, **more):
        more.setdefault("config", {}).setdefault("world", {}).setdefault("accounts", False)
        return super().gateway(*arguments, **more)

    def test_players_who_fill_their_address_all_come_back(self):
        gw = self.gateway(config={"limits": {"connections_per_address": 3, "exempt_networks": []}})
        players = [self.enter_demo(gw, name) for name in ("Ada", "Bob", "Cy")]
        codes = [code_of(player) for player in players]
        for player in players:
            player.reset()
        gw.expect("session_held.*session_held.*session_held")
        for code in codes:
            resume_on(gw, code).expect("You are back")
        newcomer = gw.client()
        newcomer.expect("too many connections")

    def test_gmcp_behind_the_request_to_come_back_reaches_the_game_on_any_shard(self):
        game = harness.Game(self)
        gw = self.gateway(game.url, config={"server": {"shards": 2}})
        page = Web(gw.http_port)
        page.say({"type": "hello", "client": "test", "version": "1", "gmcp": ["Core 1"]})
        inside = game.accept(waiting=page)
        inside.send(command("will", GMCP))
        page.line("hello")
        page.wait(lambda: page.token, "a token")
        inside.expect(b"hello\r\n")
        for i in range(4):
            before, page = page, WebSocket(gw.http_port, hello=False)
            hello = {"type": "hello", "client": "test", "version": "1", "gmcp": ["Core 1"], "resume": before.place()}
            page.__class__ = Web
            page.sock.sendall(b"".join(frame_bytes(1, json.dumps(message).encode()) for message in (
                hello, {"type": "gmcp", "package": "Probe.Number", "data": i}, {"type": "line", "text": "line %d" % i})))
            page.token = None
            page.wait(lambda: page.token, "a token")
            inside.expect(b"line %d\r\n" % i)
            self.assertIn(b"Probe.Number %d" % i, bytes(inside.raw))
            before.close()

    def test_a_telnet_player_comes_back_by_code_and_misses_nothing(self):
        gw = self.gateway()
        ada = self.enter_demo(gw, "Ada")
        code = code_of(ada)
        bob = self.enter_demo(gw, "Bob")
        ada.expect("Bob")
        ada.drain()
        ada.reset()
        bob.expect("lost")  # the room sees it
        for i in range(20):
            bob.line("say number %d" % i)
            bob.expect('You say, "number %d"' % i)
        back = resume_on(gw, code)
        back.expect(r"You are back\. .*lines you missed")
        for i in range(20):
            back.expect('says, "number %d"' % i)
        self.assertEqual(back.text.count(b"number 7\""), 1)
        back.line("say here again")
        bob.expect('says, "here again"')

    def test_a_page_load_on_the_connection_before_does_not_pass_for_confirmed_output(self):
        gw = self.gateway()
        ada = TelnetInWebSocket(gw.http_port, 200_000)
        ada.expect("name: ")
        ada.frame(2, b"Ada\r\n")
        code = ada.expect("resume ([0-9A-Z-]{14})").group(1)
        bob = self.enter_demo(gw, "Bob")
        count = 75
        for i in range(count):
            bob.line("say number %03d %s" % (i, "x" * 380))
        bob.expect('You say, "number %03d' % (count - 1))
        arrived = reset_unread(ada.sock)
        bob.expect("lost")
        back = resume_on(gw, code)
        back.expect(r"You are back[^\n]*\n")
        back.line("say here again")
        back.expect("You say, .here again")
        seen = arrived + bytes(back.text)
        missing = [i for i in range(count) if b"number %03d" % i not in seen]
        self.assertEqual(missing, [])
        self.assertLess(arrived.count(b"number"), count)  # or nothing was lost on the way

    def test_a_wrong_code_is_said_and_the_login_goes_on(self):
        gw = self.gateway()
        peer = resume_on(gw, "AAAA-AAAA-AAAA")
        peer.expect("No session has that code")
        peer.line("Eve")
        peer.expect("The Lamplit Court")

    def test_a_page_comes_back_with_its_position(self):
        gw = self.gateway()
        web = Web(gw.http_port).enter("Wanda")
        bob = self.enter_demo(gw, "Bob")
        web.expect("Bob")
        place = web.place()
        web.close()
        bob.line("say while you were away")
        bob.expect("You say")
        back = Web(gw.http_port, place)
        answer = back.expect_message(type="resumed")
        self.assertEqual((answer["result"], answer["missing"]), ("resumed", 0))
        back.expect('says, "while you were away"')
        back.expect_message(type="replayed")
        back.wait(lambda: back.token, "a new token")
        self.assertNotEqual(back.token, place["token"])
        back.line("say thanks")
        bob.expect('says, "thanks"')

    def test_a_connection_that_only_looks_alive_is_taken_over(self):
        gw = self.gateway()
        web = Web(gw.http_port).enter("Wanda")
        back = Web(gw.http_port, web.place())
        back.expect_message(type="resumed")
        bye = web.expect_message(type="bye")
        self.assertEqual((bye["reason"], bye["retry"]), ("taken_over", False))
        web.expect_close()

    def test_a_retired_token_is_gone_and_revokes_the_family(self):
        gw = self.gateway()
        web = Web(gw.http_port).enter("Wanda")
        first = web.place()
        web.close()
        second = Web(gw.http_port, first)
        second.wait(lambda: second.token, "a new token")
        second.line("look")
        second.expect("Court")
        thief = Web(gw.http_port, first)
        self.assertEqual(thief.expect_message(type="resumed")["result"], "gone")
        place = second.place()
        second.close()
        self.assertEqual(Web(gw.http_port, place).expect_message(type="resumed")["result"], "gone")

    def test_from_the_page_to_tintin_and_back(self):
        gw = self.gateway()
        web = Web(gw.http_port).enter("Wanda")
        web.line("say on the page")
        web.expect("on the page")
        web.say({"type": "code"})
        code = web.expect_message(type="code")["code"]
        terminal = harness.Terminal(self, [harness.program("tt++"), "-G"])
        terminal.line("#session wyld 127.0.0.1 %d" % gw.telnet_port)
        terminal.expect("Your name: ")
        terminal.line("resume " + code)
        terminal.expect("You are back")
        self.assertEqual(web.expect_message(type="bye")["reason"], "taken_over")
        terminal.line("say from the terminal")
        terminal.expect('You say, "from the terminal"')
        back = Web(gw.http_port, web.place())
        answer = back.expect_message(type="resumed")
        self.assertEqual(answer["result"], "resumed")
        back.expect('You say, "from the terminal"')
        back.line("say home again")
        back.expect('You say, "home again"')

    def test_a_held_session_expires_and_the_room_is_told(self):
        gw = self.gateway(config={"limits": {"hold": "2s"}})
        ada = self.enter_demo(gw, "Ada")
        code = code_of(ada)
        bob = self.enter_demo(gw, "Bob")
        ada.reset()
        bob.expect("Ada.*lost")
        gw.expect("reason=expired")
        resume_on(gw, code).expect("No session has that code")

    def test_nothing_secret_is_logged(self):
        gw = self.gateway(config={"log": {"level": "debug"}})
        web = Web(gw.http_port).enter("Wanda")
        ada = self.enter_demo(gw, "Ada")
        code = code_of(ada)
        place = web.place()
        web.close()
        Web(gw.http_port, place).expect_message(type="resumed")
        resume_on(gw, code).expect("You are back")
        gw.stop()
        self.assertNotIn(place["token"], gw.output)
        self.assertNotIn(code, gw.output)


class Killed(harness.Case):
    """The gateway is killed under players, and nobody who had a token or a code loses their place."""

    def start(self, database):
        return self.gateway(config={"world": {"accounts": False}, "store": {"url": database.url, "gateway": "test"}})

    def kill_under(self, database):
        gw = self.start(database)
        pages = [Web(gw.http_port) for _ in range(CROWD // 2)]
        peers = [gw.client(Policy(silent=True)) for _ in range(CROWD // 2)]
        for i, page in enumerate(pages):
            page.enter("Web" + letters(i))
        for i, peer in enumerate(peers):
            peer.expect("Your name: ")
            peer.line("Tel" + letters(i))
        codes = [code_of(peer) for peer in peers]
        places = [page.place() for page in pages]
        gw.signal(signal.SIGKILL)
        gw.exit_code()
        for client in pages + peers:
            client.close()
        gw = self.start(database)
        pages = [Web(gw.http_port, place) for place in places]
        for page in pages:
            answer = page.expect_message(type="resumed")
            self.assertEqual(answer["result"], "resumed_with_gap")
            self.assertIsNone(answer["missing"], "nobody can know what was under way")
            page.line("say still me")
            page.expect('You say, "still me"')
            page.close()
        peers = [gw.client(Policy(silent=True)) for _ in codes]
        for peer, code in zip(peers, codes):
            peer.expect("Your name: ")
            peer.line("resume " + code)
            peer.expect("You are back")
            peer.line("say still me")
            peer.expect('You say, "still me"')
            peer.close()
        gw.stop()

    def overlap_on(self, database):
        """The next process starts while the one before still has the sessions."""
        gw = self.start(database)
        peer = gw.client(Policy(silent=True))
        peer.expect("Your name: ")
        peer.line("Ada")
        code = code_of(peer)
        started = []
        thread = threading.Thread(target=lambda: started.append(self.start(database)))
        thread.start()
        test_store.wait_until(lambda: len(self.tracked) == 2, "the next process")
        self.tracked[1].expect("store_name_held")
        gw.stop()
        thread.join()
        for _ in range(2):  # after the restart, and after the one that follows
            gw = started[-1]
            back = resume_on(gw, code)
            back.expect("You are back")
            back.line("say still me")
            back.expect('You say, "still me"')
            gw.signal(signal.SIGKILL)
            gw.exit_code()
            back.close()
            database.settle()
            started.append(self.start(database))
        started[-1].stop()

    def test_on_sqlite_with_processes_that_overlap(self):
        self.overlap_on(test_store.SqliteFile(self))

    def test_on_postgresql_with_processes_that_overlap(self):
        self.overlap_on(test_store.PostgresDatabase(self))

    def share(self, database):
        """Gateways, one database: a page that reaches the wrong one keeps its token and comes in at the right one."""
        def start(name, **limits):
            return self.gateway(config={"world": {"accounts": False}, "limits": limits,
                                        "store": {"url": database.url, "gateway": name}})

        def refused(gateway, place):
            page = Web(gateway.http_port, place)
            answer = page.expect_message(type="resumed")
            self.assertEqual((answer["result"], answer["final"]), ("busy", False))
            self.assertIn("another one may", answer["text"])
            bye = page.expect_message(type="bye")
            self.assertEqual((bye["retry"], bye["text"]), (True, answer["text"]))
            page.expect_close()

        left, right, short = start("left"), start("right"), start("short", hold="2s")
        page = Web(left.http_port).enter("Wanda")
        place = page.place()
        refused(right, place)  # the page is still connected to the left one
        page.close()
        left.expect("session_held")
        refused(right, place)
        left.signal(signal.SIGKILL)
        left.exit_code()
        refused(right, place)  # nobody has it until the left one is back
        left = start("left")
        back = Web(left.http_port, place)
        self.assertIn(back.expect_message(type="resumed")["result"], ("resumed", "resumed_with_gap"))
        back.line("say still me")
        back.expect('You say, "still me"')
        # What no gateway has any more is gone for good, everywhere.
        other = Web(short.http_port).enter("Xenia")
        place = other.place()
        other.close()
        short.expect("reason=expired")
        test_store.wait_until(lambda: len(database.states()) == 1, "the end of Xenia's session")
        for gateway in (left, right, short):
            late = Web(gateway.http_port, place)
            answer = late.expect_message(type="resumed")
            self.assertEqual((answer["result"], answer["final"]), ("gone", True))
            late.expect("Your name: ")

    def test_on_sqlite_with_two_gateways(self):
        self.share(test_store.SqliteFile(self))

    def test_on_postgresql_with_two_gateways(self):
        self.share(test_store.PostgresDatabase(self))

    def test_on_sqlite(self):
        self.kill_under(test_store.SqliteFile(self))

    def test_on_postgresql(self):
        self.kill_under(test_store.PostgresDatabase(self))

    def test_a_gateway_that_stops_orderly_leaves_no_gap(self):
        database = test_store.SqliteFile(self)
        gw = self.start(database)
        page = Web(gw.http_port).enter("Wanda")
        page.line("say before")
        page.expect('You say, "before"')
        place = page.place()
        gw.stop()
        self.assertTrue(page.expect_message(type="bye")["retry"])
        gw = self.start(database)
        back = Web(gw.http_port, place)
        self.assertEqual(back.expect_message(type="resumed")["result"], "resumed")
        back.line("look")
        back.expect("Court")


class Mudlet(Peer):
    """A client that signs in by GMCP Char.Login, version 2. `profile` is what it keeps between its connections."""

    SUPPORTS = ["Char 1", "Room 1", "Char.Login 2"]

    def __init__(self, gateway, profile):
        sock = socket.socket()
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", gateway.telnet_port))
        super().__init__(sock, Policy(will={TTYPE, NAWS}, do={CHARSET, ECHO, EOR, GMCP}), "mudlet")
        self.profile, self.said = profile, []
        gateway.clients.append(self)

    def react(self, event):
        greets = event == ("will", GMCP) and GMCP not in self.them
        super().react(event)
        if greets:
            self.send(gmcp("Core.Hello", '{"client":"Mudlet","version":"5.0"}') +
                      gmcp("Core.Supports.Set", json.dumps(self.SUPPORTS)))

    def react_to_subnegotiation(self, option, payload):
        name, _, body = payload.decode().partition(" ")
        if option != GMCP or not name.startswith("Char.Login."):
            return super().react_to_subnegotiation(option, payload)
        message = json.loads(body)
        self.said.append((name[len("Char.Login."):], message))
        if name == "Char.Login.Default":
            return self.sign_in()
        if name == "Char.Login.Token":
            self.profile.update(token=message["token"], account=message["account"])
        elif name == "Char.Login.Result" and not message["success"] and self.profile.pop("token", None):
            return self.sign_in()
        return b""

    def sign_in(self):
        keys = ["account", "token"] if "token" in self.profile else ["account", "password"]
        known = {key: self.profile[key] for key in keys if key in self.profile}
        body = {"version": 2, "token_storage": True}
        if len(known) == 2:
            body.update(known)
        return gmcp("Char.Login." + ("Reconnect" if "token" in known else "Credentials"), json.dumps(body))

    def expect_said(self, name, **members):
        def find():
            return next((m for n, m in self.said if n == name and members.items() <= m.items()), None)
        return self.wait(find, "Char.Login." + name)


class TelnetTokens(harness.Case):
    """Telnet clients come back by themselves."""

    def start(self, tokens="plain", **config):
        config.setdefault("world", {}).setdefault("accounts", False)
        config.setdefault("resume", {})["gmcp_tokens"] = tokens
        arguments = {"world": config.pop("url")} if "url" in config else {}
        return self.gateway(config=config, **arguments)

    def enter(self, gateway, profile, name="Ada"):
        peer = Mudlet(gateway, profile)
        peer.expect("Your name: ")
        peer.line(name)
        peer.expect("The Lamplit Court")
        peer.line("colour off")
        peer.expect("Colour is off")
        peer.wait(lambda: "token" in profile, "a token")
        return peer

    def test_who_drops_is_back_and_misses_nothing(self):
        gw = self.start()
        profile = {}
        ada = self.enter(gw, profile)
        self.assertEqual(ada.said[0], ("Default", {"version": 2, "type": ["password-credentials"]}))
        self.assertEqual(ada.said[1][1]["secure_only"], False)
        code_of(ada)  # no client of this kind has shown a token yet
        bob = self.enter_demo(gw, "Bob")
        ada.expect("Bob")
        for round in range(3):
            first = profile["token"]
            ada.drain()
            ada.reset()
            bob.expect("lost")
            for i in range(10):
                bob.line("say round %d number %d" % (round, i))
                bob.expect('You say, "round %d number %d"' % (round, i))
            ada = Mudlet(gw, profile)
            ada.expect_said("Result", success=True)
            ada.expect(r"You are back\. .*lines you missed")
            for i in range(10):
                ada.expect('says, "round %d number %d"' % (round, i))
            self.assertNotIn(b"Your name", ada.text)
            ada.wait(lambda: profile["token"] != first, "a new token")
            ada.line("say here again")
            bob.expect('says, "here again"')
        eve = self.enter(gw, {}, "Eve")
        eve.line("say shown a token is enough")
        eve.expect('You say, "shown a token is enough"')
        self.assertNotRegex(bytes(eve.text), CODE)

    def test_a_reply_that_was_lost_costs_nothing(self):
        gw = self.start()
        profile = {}
        ada = self.enter(gw, profile)
        first = dict(profile)
        ada.reset()
        gw.expect("session_held")
        lost = Mudlet(gw, dict(first))  # its token never comes to the profile
        lost.expect("You are back")
        lost.expect_said("Token")
        lost.reset()
        gw.expect("session_held.*session_held")
        back = Mudlet(gw, profile)
        back.expect_said("Result", success=True)
        back.expect("You are back")

    def test_a_stale_token_is_refused_and_the_login_goes_on(self):
        gw = self.start()
        profile = {"account": "ada", "token": "A" * 64}
        ada = Mudlet(gw, profile)
        refused = ada.expect_said("Result", success=False)
        self.assertIn("Your session was not found", refused["message"])
        ada.expect("Your session was not found.*Your name: ")
        self.assertNotIn("token", profile)
        ada.line("Ada")
        ada.expect("The Lamplit Court")
        ada.expect_said("Token")
        self.assertEqual(bytes(ada.text).count(b"Your name: "), 1)

    def test_they_are_back_after_kill_9(self):
        database = test_store.SqliteFile(self)
        config = {"store": {"url": database.url, "gateway": "test"}, "server": {"shards": 2}}
        gw = self.start(**config)
        profiles = [{} for _ in range(10)]
        peers = [self.enter(gw, profile, "Tel" + letters(i)) for i, profile in enumerate(profiles)]
        gw.signal(signal.SIGKILL)
        gw.exit_code()
        for peer in peers:
            peer.close()
        gw = self.start(**config)
        for profile in profiles:
            back = Mudlet(gw, profile)
            back.expect_said("Result", success=True)
            back.expect("You are back.*may be missing")
            back.line("say still me")
            back.expect('You say, "still me"')
            back.expect_said("Token")
            # Whichever shard has taken this connection, the session stays where it is.
            back.reset()
            again = Mudlet(gw, profile)
            again.expect_said("Result", success=True)
            again.line("say and again")
            again.expect('You say, "and again"')

    def test_name_and_password_are_taken_at_the_gateways_login(self):
        gw = self.start(world={"accounts": True}, accounts={"hash_bytes": "64KiB"}, log={"level": "debug"})
        maker = Mudlet(gw, {})
        for line, answer in (("new", "New name: "), ("Ada", "New password: "), ("correct horse", "Password again: "),
                             ("correct horse", "E-mail: "), ("", "The Lamplit Court")):
            maker.expect("Your name: " if line == "new" else "")
            maker.line(line)
            maker.expect(answer)
        maker.expect_said("Token", account="Ada")
        wrong = Mudlet(gw, {"account": "ada", "password": "not this one"})
        wrong.expect_said("Result", success=False, message="That name and password do not match.")
        wrong.expect("do not match.*Your name: ")
        profile = {"account": "ada:elf", "password": "correct horse"}
        ada = Mudlet(gw, profile)
        ada.expect_said("Result", success=True)
        ada.expect("The Lamplit Court")
        ada.expect_said("Token", account="Ada")
        tokens = [profile["token"]]
        ada.reset()
        back = Mudlet(gw, profile)
        back.expect("You are back")
        tokens.append(back.expect_said("Token")["token"])
        gw.stop()
        for secret in tokens + ["correct horse", "not this one", "Char.Login"]:
            self.assertNotIn(secret, gw.output)

    def test_a_games_login_gets_them_as_the_client_would_have_typed_them(self):
        game = harness.Game(self, Policy(do={GMCP}))
        gw = self.start(url=game.url, log={"level": "debug"})
        profile = {"account": "ada", "password": "correct horse"}
        ada = Mudlet(gw, profile)
        at_game = game.accept(waiting=ada)
        at_game.expect("ada\r\ncorrect horse\r\n")
        at_game.send(command("will", GMCP))
        supports = json.loads(at_game.expect_gmcp("Core.Supports.Set")[1])
        self.assertEqual(supports, ["Char 1", "Room 1"])
        at_game.send(gmcp("Char.Login.Default", '{"type":["oauth"]}') + b"Welcome.\r\n")
        ada.expect("Welcome")
        ada.expect_said("Token", account="player")
        self.assertEqual([name for name, _ in ada.said], ["Default", "Token"], "and no result")
        ada.reset()
        gw.expect("session_held")
        at_game.send(b"A dragon arrives.\r\n")
        back = Mudlet(gw, profile)
        back.expect("You are back.*A dragon arrives")
        back.line("look")
        at_game.expect("look\r\n")
        self.assertFalse([e for e in at_game.events if e[:2] == ("sb", GMCP) and b"Login" in e[2]])
        gw.stop()
        self.assertNotIn("correct horse", gw.output)

    def test_where_tokens_are_off_the_game_speaks_for_itself(self):
        game = harness.Game(self, Policy(do={GMCP}))
        gw = self.start("off", url=game.url)
        ada = Mudlet(gw, {"account": "ada", "password": "correct horse"})
        at_game = game.accept(waiting=ada)
        at_game.send(command("will", GMCP) + b"Name: ")
        supports = json.loads(at_game.expect_gmcp("Core.Supports.Set")[1])
        self.assertIn("Char.Login 2", supports)
        at_game.send(gmcp("Char.Login.Default", '{"type":["password-credentials"]}'))
        ada.expect_said("Default")
        said = json.loads(at_game.expect_gmcp("Char.Login.Credentials")[1])
        self.assertEqual((said["account"], said["password"]), ("ada", "correct horse"))
        at_game.send(gmcp("Char.Login.Result", '{"success":true}'))
        ada.expect_said("Result", success=True)

    def test_in_the_clear_nothing_is_offered_unless_the_operator_says_so(self):
        gw = self.start("encrypted")
        ada = Mudlet(gw, {})
        ada.expect("Your name: ")
        ada.line("Ada")
        code_of(ada)
        self.assertEqual(ada.said, [])
        gw = self.start("encrypted", telnet={"tls_in_front": True})
        profile = {}
        ada = self.enter(gw, profile)
        self.assertTrue(ada.expect_said("Token")["secure_only"])


class FiveThousand(harness.Case):
    """All connections cut at once: everybody is back."""

    def test_everybody_is_back(self):
        crowd = 50 if harness.QUICK else 500
        gw = self.gateway(config={"world": {"accounts": False}})
        pages = [Web(gw.http_port).enter("W" + letters(i)) for i in range(crowd)]
        places = [page.place() for page in pages]
        for page in pages:
            page.close()
        begin = time.monotonic()
        back = [Web(gw.http_port, place) for place in places]
        for page in back:
            self.assertEqual(page.expect_message(type="resumed")["result"], "resumed")
        print("%d sessions were back after %.1f s" % (crowd, time.monotonic() - begin))


def letters(number):
    """A name for the demo world: letters only."""
    text = ""
    for _ in range(3):
        text += "abcdefghij"[number % 10]
        number //= 10
    return text


if __name__ == "__main__":
    import unittest

    unittest.main()
