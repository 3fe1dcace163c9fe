#!/usr/bin/python3
"""Tests a world from outside, as gateways will treat it: by the book, and with everything breaking.

  conformance.py --start "python3 chat.py --listen 127.0.0.1:{port} --state {folder}/state"   starts and kills it too
  conformance.py --world 127.0.0.1:4100                                                      one that runs already

How to play in your world is told by a few lines: --enter (what a new player types to come in; {name} is a name of three
to eight letters; repeat it for more lines, or give "" for none) and --say (what one types so that the player and
everybody else see {word}); --leave is what one types to leave. Arguments choose checks by a part of their name; --list names them. The last line holds the
counts. Needs Debian's python3-grpcio, python3-protobuf and protobuf-compiler.
"""

import argparse
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import grpc

from gateway_double import PATIENCE, GatewayDouble, Refused, session_pb, world_pb

CODE = grpc.StatusCode


class Setting:
    """One world, its double gateways, and names and words that were not used before."""

    def __init__(self, options):
        self.options, self.doubles, self.child, self.count = options, [], None, 0
        self.random = random.Random(options.seed)
        self.key = None
        if options.key_file:
            with open(options.key_file, encoding="utf-8") as text:
                self.key = text.read().strip()
        self.folder = tempfile.mkdtemp(prefix="wyldgate-world-")
        self.address = options.world
        if options.start:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            self.address = "127.0.0.1:%d" % self.port
            self.start()

    def start(self):
        argv = [part.format(port=self.port, folder=self.folder) for part in shlex.split(self.options.start)]
        with open(os.path.join(self.folder, "world.log"), "ab") as log:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def log(self):
        with open(os.path.join(self.folder, "world.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def gateway(self, **more):
        more.setdefault("key", self.key)
        self.count += 1
        more.setdefault("name", "double-%d" % self.count)
        self.doubles.append(GatewayDouble(self.address, **more))
        return self.doubles[-1]

    def letters(self):
        self.count += 1
        number, word = self.count, ""
        while number:
            number, rest = divmod(number - 1, 26)
            word = chr(97 + rest) + word
        return word

    def name(self):
        return "".join(self.random.choice("bcdfghjklmnpqrstvwxz") for _ in range(5)).capitalize() + self.letters()[:3]

    def word(self):
        return "w%sq%d" % (self.letters(), self.random.randrange(10**6))

    def enter(self, gateway, **more):
        player = gateway.attach(**more)
        self.let_in(player)
        return player

    def let_in(self, player):
        name = self.name()
        for line in self.options.enter:
            if line:
                player.line(line.format(name=name))
        player.settle()

    def say(self, player, word=None):
        word = word or self.word()
        player.line(self.options.say.format(word=word))
        return word

    def end_doubles(self):
        """Hangs up; what the doubles saw amiss is returned."""
        violations = []
        for double in self.doubles:
            double.close()
            violations += double.violations
        self.doubles.clear()
        return violations

    def close(self):
        self.end_doubles()
        if self.child:
            self.child.terminate()
            try:
                self.child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, True)


def once(player, word):
    """The player's screen shows `word` exactly once, also after everything has settled."""
    player.expect(word)
    count = player.text.count(word)
    assert count == 1, "%s was shown %d times: %r" % (word, count, player.text[-600:])


def both_once(setting, word, *players):
    """... and nothing more comes behind it: a later word has come, and the earlier one is still there once."""
    for player in players:
        player.settle()
        player.expect(word)
    last = setting.say(players[0])
    for player in players:
        player.expect(last)
        once(player, word)


# The opening.

def check_hello_names_version_and_world(setting):
    gateway = setting.gateway().connect()
    assert gateway.hello.version == 1, gateway.hello
    assert gateway.hello.process_id, "process_id is empty"
    assert gateway.hello.name, "name is empty"


def check_versions_that_do_not_meet_are_refused(setting):
    gateway = setting.gateway()
    gateway.open_stream(gateway.hello_message(version_min=98, version_max=99))
    refused = gateway.refusal()
    assert refused.code == CODE.FAILED_PRECONDITION and refused.details, refused


def check_a_later_gateway_that_still_speaks_version_1_is_served(setting):
    gateway = setting.gateway()
    gateway.open_stream(gateway.hello_message(version_min=1, version_max=99))
    gateway.wait(lambda: gateway.hello, "hello")
    assert gateway.hello.version == 1, gateway.hello


def check_a_stream_without_a_hello_is_refused(setting):
    gateway = setting.gateway()
    gateway.open_stream(world_pb.ConnectRequest(events=[session_pb.SessionEvent(
        session_id=b"x" * 16, attach=session_pb.Attach())]))
    refused = gateway.refusal()
    assert refused.code == CODE.INVALID_ARGUMENT, refused


def check_wrong_keys_are_refused(setting):
    if setting.key is None:
        return "no --key-file"
    for key in (None, "", setting.key + "x", setting.key[:-1]):
        gateway = setting.gateway(key=key)
        gateway.open_stream(gateway.hello_message())
        refused = gateway.refusal()
        assert refused.code == CODE.UNAUTHENTICATED, refused
    return None


def check_a_newer_stream_of_a_gateway_takes_over(setting):
    first = setting.gateway(name="twin").connect()
    second = setting.gateway(name="twin").connect()
    refused = first.refusal()
    assert refused.code == CODE.ABORTED, refused
    both_once(setting, setting.say(player := setting.enter(second)), player)


def check_properties_are_answered(setting):
    setting.gateway().unary("GetProperties", world_pb.GetPropertiesRequest(), world_pb.GetPropertiesResponse)
    setting.gateway().unary("GetStatistics", world_pb.GetStatisticsRequest(), world_pb.GetStatisticsResponse)


# Play.

def check_two_players_hear_each_other(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    both_once(setting, setting.say(one), one, two)
    both_once(setting, setting.say(two), one, two)


def check_players_of_two_gateways_hear_each_other(setting):
    one, two = (setting.enter(setting.gateway().connect()) for _ in range(2))
    both_once(setting, setting.say(one), one, two)


def check_two_hundred_players_come_in_at_once(setting):
    gateway = setting.gateway()
    players = [gateway.add() for _ in range(200)]
    gateway.connect()
    for player in players[:3]:
        setting.let_in(player)
    both_once(setting, setting.say(players[0]), *players[:3])


def check_a_held_player_misses_nothing(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    two.event(presence=session_pb.Presence(connected=False))
    two.settle()
    word = setting.say(one)
    two.expect(word)
    two.event(presence=session_pb.Presence(connected=True, address="192.0.2.7", protocol="websocket-json",
                                           capabilities=session_pb.Capabilities(mtts=13)))
    both_once(setting, word, two)


def check_everything_that_may_happen_is_acknowledged(setting):
    """Also what this version does not know: an event without a content that the world understands."""
    gateway = setting.gateway().connect()
    player = setting.enter(gateway)
    deep = session_pb.Value(text="bottom")
    for _ in range(14):
        deep = session_pb.Value(list=session_pb.ValueList(values=[deep]))
    for event in (
            dict(capabilities=session_pb.Capabilities(columns=132, rows=50, charset="iso-8859-1")),
            dict(capabilities=session_pb.Capabilities()),
            dict(interrupt=session_pb.Interrupt()),
            dict(flow=session_pb.Flow(paused=True)), dict(flow=session_pb.Flow(paused=False)),
            dict(side_channel=session_pb.SideChannel(package="Core.Ping")),
            dict(side_channel=session_pb.SideChannel(package="X.Y", value=deep)),
            dict(side_channel=session_pb.SideChannel(package="X.Y", kind=session_pb.SIDE_CHANNEL_KIND_STATE)),
            dict(side_channel=session_pb.SideChannel(package="X.Y", kind=99)),
            dict(side_channel=session_pb.SideChannel(value=session_pb.Value(integer=-2**63))),
            dict(edited=session_pb.Edited(edit_id=2**64 - 1, cancelled=True)),
            dict(edited=session_pb.Edited(edit_id=7, text="nobody asked")),
            dict(presence=session_pb.Presence(connected=True)),
            dict()):
        player.event(**event)
    for line in ("", " ", "x" * 4096, "ümlaut 日本語 \U0001f40d", "\x00\x01\x7f", "\x1b[31mred", "%s%n{}{0}", "'; --"):
        player.line(line)
    player.settle()
    both_once(setting, setting.say(player), player)


def check_events_of_unknown_sessions_do_no_harm(setting):
    gateway = setting.gateway().connect()
    player = setting.enter(gateway)
    gateway.send(world_pb.ConnectRequest(events=[
        session_pb.SessionEvent(session_id=b"n" * 16, sequence=5, input=session_pb.Input(line="boo")),
        session_pb.SessionEvent(session_id=b"", sequence=1, detach=session_pb.Detach()),
        session_pb.SessionEvent()], acknowledgements=[
            world_pb.Acknowledgement(session_id=b"n" * 16, sequence=5),
            world_pb.Acknowledgement(session_id=player.id, sequence=2**63)]))
    both_once(setting, setting.say(player), player)


def check_the_end_of_a_session_is_the_end(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    two.detach()
    two.settle()
    commands = len(two.commands)
    one.expect(setting.say(one))
    assert len(two.commands) == commands, "the world still speaks to a session that is over"


def check_a_farewell_is_the_last_word(setting):
    if not setting.options.leave:
        return "no --leave"
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    two.line(setting.options.leave)
    gateway.wait(lambda: two.over, "the farewell", two)
    two.settle()
    one.expect(setting.say(one))
    one.settle()
    two.over = False  # a gateway that was restarted from an older state of its own
    gateway.restart(remembers=False)
    gateway.reconnect()
    two.line("is anybody there?")
    gateway.wait(lambda: two.over, "a second farewell: the session is over", two)
    return None


# What breaks.

def check_a_line_sent_twice_counts_once(setting):
    gateway = setting.gateway().connect()
    player = setting.enter(gateway)
    word = setting.word()
    with gateway.more:
        player.line(setting.options.say.format(word=word))
        event = player.unacknowledged[-1]
        gateway.send(world_pb.ConnectRequest(events=[event, event]))
    gateway.send(world_pb.ConnectRequest(events=[event]))
    both_once(setting, word, player)


def check_a_broken_stream_loses_and_doubles_nothing(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    words = []
    for _ in range(20):
        words += [setting.say(one) for _ in range(setting.random.randrange(1, 6))]
        if setting.random.random() < 0.5:
            one.expect(words[-1])
        gateway.cut()
        gateway.reconnect()
    in_order(setting, one, two, words)


def check_what_was_not_acknowledged_comes_again_unchanged(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    gateway.acknowledging = False
    words = [setting.say(one) for _ in range(10)]
    two.expect(words[-1])
    for _ in range(3):
        gateway.cut()
        gateway.reconnect()
    gateway.acknowledging = True
    in_order(setting, one, two, words)


def check_a_restarted_gateway_loses_and_doubles_nothing(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    words = []
    for remembers in (True, False) * 4:
        words += [setting.say(one) for _ in range(5)]
        if setting.random.random() < 0.5:
            two.expect(words[-1])
        gateway.restart(remembers)
        words += [setting.say(one) for _ in range(2)]
        gateway.reconnect()
    in_order(setting, one, two, words)


def check_a_session_that_is_over_stays_over_when_its_end_was_not_acknowledged(setting):
    gateway = setting.gateway().connect()
    one, two = setting.enter(gateway), setting.enter(gateway)
    with gateway.more:
        gateway.acknowledging = False
        word = setting.say(two)
        two.detach()
        kept = list(two.unacknowledged)
    two.settle()
    both_once(setting, word, one)
    gateway.cut()
    two.unacknowledged = kept  # as if the acknowledgement had been lost
    gateway.acknowledging = True
    gateway.reconnect()
    two.settle()
    both_once(setting, word, one)


def check_another_gateway_may_take_a_session(setting):
    first = setting.gateway().connect()
    player = setting.enter(first)
    word = setting.say(player)
    player.settle()
    player.expect(word)
    first.forget(player)
    second = setting.gateway()
    player.gateway = second
    player.attach.returning = True
    second.players[player.id] = player
    second.connect()
    both_once(setting, word, player)


def check_kill_minus_nine_loses_and_doubles_nothing(setting):
    """Both talk all the time while the world is killed, at any moment, again and again."""
    if not setting.child or "{folder}" not in setting.options.start:
        return "needs --start with a {folder} in which the world keeps its state"
    gateway = setting.gateway().connect()
    gateway.world_is_durable = True
    players = [setting.enter(gateway), setting.enter(gateway)]
    words, done = ([], []), threading.Event()
    pace = threading.Semaphore(0)

    def talk():
        while not done.is_set():
            pace.acquire()
            # A world that is slow to come back must not be handed more at once than it may have to leave out.
            with gateway.more:
                while not done.is_set() and sum(len(player.unacknowledged) for player in players) >= 100:
                    gateway.more.wait(0.1)
            side = setting.random.randrange(2)
            words[side].append(setting.say(players[side]))

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    kills = 0
    try:
        while kills < setting.options.kills:
            shown = len(players[0].text) + setting.random.randrange(1, 400)
            for _ in range(setting.random.randrange(1, 12)):
                pace.release()
            if setting.random.random() < 0.7:  # else at once, in the middle of coming back
                for _ in range(30):
                    pace.release()
                try:
                    gateway.wait(lambda end=shown: len(players[0].text) > end, "output")
                except Refused as refused:
                    raise AssertionError("the world went by itself: %s" % refused) from refused
            setting.kill()
            kills += 1
            setting.start()
            gateway.cut()
            gateway.reconnect()
    finally:
        done.set()
        pace.release()
        talker.join()
    print("      %d kills, %d lines" % (kills, len(words[0]) + len(words[1])))
    in_order(setting, players[0], players[1], words[0])
    in_order(setting, players[1], players[0], words[1])
    return None


def in_order(setting, speaker, listener, words):
    """Each of `words` is on both screens exactly once, in the order in which they were said."""
    last = setting.say(speaker)
    for player in (speaker, listener):
        player.settle()
        player.expect(last)
        wanted = set(words)
        shown = [word for word in re.findall(r"\bw[a-z]+q\d+\b", player.text) if word in wanted]
        assert shown == words, "said %d words, shown %d; first difference: %s" % (
            len(words), len(shown), next(((i, a, b) for i, (a, b) in enumerate(zip(words, shown)) if a != b), "the end"))


def check_health_is_served(setting):
    with setting.gateway().open_channel() as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"", timeout=PATIENCE, wait_for_ready=True) == b"\x08\x01", "not SERVING"


CHECKS = [(name[len("check_"):], work) for name, work in list(globals().items()) if name.startswith("check_")]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--world", metavar="HOST:PORT")
    options.add_argument("--start", metavar="COMMAND", help="{port} and {folder} are put in")
    options.add_argument("--key-file")
    options.add_argument("--enter", action="append", help='default: "{name}"')
    options.add_argument("--say", default="{word}", help='default: "{word}"')
    options.add_argument("--leave", default="quit", help='default: "quit"; "": there is no such line')
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options.add_argument("--list", action="store_true")
    options.add_argument("checks", nargs="*")
    given = options.parse_args()
    given.enter = given.enter if given.enter is not None else ["{name}"]
    wanted = [c for c in CHECKS if not given.checks or any(part in c[0] for part in given.checks)]
    if given.list:
        print("\n".join(name for name, _ in CHECKS))
        return 0
    if bool(given.world) == bool(given.start):
        options.error("one of --world and --start")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("seed %d" % given.seed)
    setting = Setting(given)
    passed = failed = 0
    try:
        for name, work in wanted:
            began, skipped, trouble = time.monotonic(), None, ""
            try:
                skipped = work(setting)
                violations = setting.end_doubles()
                assert not violations, "\n".join(violations[:5])
            except Exception:
                trouble = traceback.format_exc()
                setting.end_doubles()
            passed, failed = passed + (not trouble and not skipped), failed + bool(trouble)
            print("%s %s (%s)" % ("FAIL " if trouble else "left " if skipped else "ok   ", name,
                                  skipped or "%.1f s" % (time.monotonic() - began)), flush=True)
            if trouble:
                print("      " + trouble.rstrip().replace("\n", "\n      "), flush=True)
        if failed and setting.child:
            print("---- the world said\n" + setting.log()[-3000:])
    finally:
        setting.close()
    print("world: %d passed, %d failed" % (passed, failed))
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
