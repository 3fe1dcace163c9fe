#!/usr/bin/python3
"""A world that uses all that the Python helper can say, and tells what it hears. everything.mjs is the same in Node.

  everything.py [--listen 127.0.0.1:4100] [--login LOGIN_GATEWAY]
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "world-python"))
import wyldgate_world  # noqa: E402


class Everything(wyldgate_world.World):
    name = "everything"
    banner = "The banner.\n"
    message_of_the_day = "The first message of the day.\n"
    properties = {"genre": "test"}

    def __init__(self):
        super().__init__()
        self.reasons = []

    def attached(self, session):
        session.entered()
        session.output("Here you are.\n")

    def line(self, session, text, secret):
        word, _, rest = text.partition(" ")
        if word == "ask":
            session.echo(False)
            session.prompt("Secret: ")
        elif word == "shout":
            self.broadcast("Shouted: %s\n" % rest)
        elif word == "whisper":
            self.broadcast_to([session], "Whispered: %s\n" % rest)
        elif word == "team":
            session.note("team", rest)
        elif word == "rally":
            team, _, words = rest.partition(" ")
            self.broadcast_to_noted({"team": team}, "Rallied: %s\n" % words)
        elif word == "fail":
            self.broadcast("Shouted: %s\n" % rest)
            raise RuntimeError("as asked")
        elif word == "news":
            self.message_of_the_day = rest + "\n"
            self.properties_changed()
        elif word == "tell":  # everybody, also who is away: tell PACKAGE KIND JSON
            package, kind, value = rest.split(" ", 2)
            for each in self.sessions.values():
                each.side_channel(package, json.loads(value), None if kind == "-" else kind)
            session.output("Told.\n")
        elif word == "remove":
            session.disconnect("You are removed.\n", "removed")
        elif word == "leave":
            session.disconnect("Goodbye.\n")
        elif word == "reasons":
            session.output("Reasons: %s.\n" % " ".join(self.reasons))
        else:
            session.echo(True)
            session.output("Heard %s, secret: %s.\n" % (text, "yes" if secret else "no"))

    def flow(self, session):
        session.output("Paused: %s.\n" % ("yes" if session.paused else "no"))

    def detached(self, session, reason):
        self.reasons.append(reason)

    def statistics(self):
        return {"rooms": 7}


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--listen", default="127.0.0.1:4100")
    options.add_argument("--login", default="LOGIN_WORLD")
    given = options.parse_args()
    Everything.login = wyldgate_world.world_pb.Login.Value(given.login)
    wyldgate_world.serve(Everything(), given.listen)
