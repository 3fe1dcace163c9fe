#!/usr/bin/python3
"""What the helpers in Python and Node carry: secrets, broadcasts, the message of the day, flow, reasons.

  helpers_test.py --start "python3 everything.py --listen 127.0.0.1:{port}"      or everything.mjs

Needs what conformance.py needs. The last line holds the counts.
"""

import argparse
import sys
import traceback

from conformance import Setting
from gateway_double import session_pb, world_pb


def check_a_line_says_whether_it_is_a_secret(setting):
    player = setting.gateway().connect().attach()
    player.line("ask")
    player.expect("Secret: ")
    assert [echo.on for echo in player.of_kind("echo")] == [False]
    with player.gateway.more:
        player.line_number += 1
        player.event(input=session_pb.Input(line="sesame", secret=True, line_number=player.line_number))
    player.expect("Heard sesame, secret: yes")
    player.line("hello")
    player.expect("Heard hello, secret: no")


def check_broadcasts_reach_whom_they_are_for(setting):
    one, two = setting.gateway().connect(), setting.gateway().connect()
    ada, bob, eve = one.attach(), one.attach(), two.attach()
    ada.line("shout to all")
    for player in (ada, bob, eve):
        player.expect("Shouted: to all\n")
    ada.line("whisper to me")
    ada.expect("Whispered: to me\n")
    for player in (ada, eve):
        player.line("team red")
    bob.line("team blue")
    for player in (ada, bob, eve):
        player.settle()
    eve.line("rally red to us")
    for player in (ada, eve):
        player.expect("Rallied: to us\n")
    ada.line("shout the end")
    for player in (ada, bob, eve):  # behind all the others
        player.expect("Shouted: the end\n")
    assert "Whispered" not in bob.text and "Rallied" not in bob.text, bob.text
    assert "Whispered" not in eve.text, eve.text


def check_a_long_broadcast_arrives_whole(setting):
    ada = setting.gateway().connect().attach()
    words = "\u00e4\U0001F600" * 20000
    ada.line("shout " + words)
    ada.expect("Shouted: " + words + "\n")


def check_what_a_failed_handler_shouted_is_not_heard(setting):
    if "everything.py" not in setting.options.start:
        return "Node undoes nothing"
    ada = setting.gateway().connect().attach()
    ada.line("fail never")
    ada.expect("Something went wrong here")
    ada.line("shout later")
    ada.expect("Shouted: later")
    assert "never" not in ada.text, ada.text
    return None


def properties(gateway):
    return gateway.unary("GetProperties", world_pb.GetPropertiesRequest(), world_pb.GetPropertiesResponse)


def check_properties_are_told_and_told_again(setting):
    gateway = setting.gateway().connect()
    before = properties(gateway)
    assert (before.banner, before.message_of_the_day) == ("The banner.\n", "The first message of the day.\n"), before
    assert dict(before.properties) == {"genre": "test"}, before
    ada = gateway.attach()
    changes = []
    take = gateway.take

    def watch(response):
        if response.properties_changed:
            changes.append(response)
        take(response)

    gateway.take = watch
    ada.line("news Another day.")
    gateway.wait(lambda: changes, "properties_changed")
    assert properties(gateway).message_of_the_day == "Another day.\n"
    ada.line("hello")
    ada.expect("Heard hello")
    assert len(changes) == 1, "told once"


def check_statistics_are_the_worlds_and_ours(setting):
    gateway = setting.gateway().connect()
    gateway.attach()
    told = gateway.unary("GetStatistics", world_pb.GetStatisticsRequest(), world_pb.GetStatisticsResponse).statistics
    assert told["rooms"] == 7 and told["sessions"] >= 1, told


def check_a_side_channel_message_says_its_kind(setting):
    ada = setting.gateway().connect().attach()
    kinds = (("-", session_pb.SIDE_CHANNEL_KIND_UNSPECIFIED), ("event", session_pb.SIDE_CHANNEL_KIND_EVENT),
             ("state", session_pb.SIDE_CHANNEL_KIND_STATE), ("fields", session_pb.SIDE_CHANNEL_KIND_STATE_FIELDS))
    for word, _ in kinds:
        ada.line('tell My.Package %s {"a":1}' % word)
    ada.line("tell My.Package all [1]")  # there is no such kind
    ada.line("hello")
    ada.expect("Heard hello")
    assert [said.kind for said in ada.of_kind("side_channel")] == [kind for _, kind in kinds], ada.commands
    ada.expect("Something went wrong")


def check_flow_is_heard(setting):
    ada = setting.gateway().connect().attach()
    ada.event(flow=session_pb.Flow(paused=True))
    ada.expect("Paused: yes")
    ada.event(flow=session_pb.Flow(paused=False))
    ada.expect("Paused: no")


def check_reasons_are_told_both_ways(setting):
    gateway = setting.gateway().connect()
    ada, bob, cat, dan, eve = (gateway.attach() for _ in range(5))
    for player, line, reason in ((ada, "remove", session_pb.DISCONNECT_REASON_REMOVED),
                                 (bob, "leave", session_pb.DISCONNECT_REASON_LEFT)):
        player.line(line)
        gateway.wait(lambda p=player: p.over, "the farewell", player)
        assert [farewell.reason for farewell in player.of_kind("disconnect")] == [reason]
    for player, reason in ((cat, session_pb.DETACH_REASON_CLOSED), (dan, session_pb.DETACH_REASON_EXPIRED)):
        player.detach(reason)
        player.settle()
    eve.line("reasons")
    eve.expect("Reasons: removed left closed expired\\.")


CHECKS = [(name[len("check_"):], work) for name, work in list(globals().items()) if name.startswith("check_")]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--start", metavar="COMMAND", required=True, help="{port} is put in")
    given = options.parse_args()
    given.world, given.key_file, given.seed = None, None, 1
    passed = failed = 0
    for name, work in CHECKS:
        setting, trouble, skipped = Setting(given), "", None
        try:
            skipped = work(setting)
            violations = setting.end_doubles()
            assert not violations, "\n".join(violations[:5])
        except Exception:
            trouble = traceback.format_exc() + "---- the world said\n" + setting.log()[-3000:]
        finally:
            setting.close()
        passed, failed = passed + (not trouble and not skipped), failed + bool(trouble)
        print("%s %s" % ("FAIL " if trouble else "left " if skipped else "ok   ", name), skipped or "", flush=True)
        if trouble:
            print("      " + trouble.rstrip().replace("\n", "\n      "), flush=True)
    print("helpers: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
