#!/usr/bin/python3
"""A world in one screen: everybody is in one room and hears what is said. It may be killed at any moment.

  chat.py [--listen 127.0.0.1:4100] [--state chat.db] [--key-file FILE]
"""

import argparse

import wyldgate_world


class Chat(wyldgate_world.World):
    name = "chat"

    def attached(self, session):
        name = session.account or session.notes.get("name")
        if name:
            return self.enter(session, name)
        session.output("Welcome to the room.\n")
        session.prompt("Your name: ")

    def line(self, session, text, secret):
        text = text.strip()
        if "name" not in session.data:
            if text:
                return self.enter(session, text[:16])
        elif text == "quit":
            return session.disconnect("Goodbye.")
        elif text == "who":
            session.output(", ".join(sorted(s.data["name"] for s in self.inside())) + "\n")
        elif text.startswith("echo "):
            session.output(text[5:] + "\n")
        elif text:
            self.tell_others(session, "%s: %s" % (session.data["name"], text))
            session.output("You: %s\n" % text)
        session.prompt("> " if "name" in session.data else "Your name: ")

    def detached(self, session, reason):
        if "name" in session.data:
            self.tell_others(session, "%s has left." % session.data["name"])

    def enter(self, session, name):
        session.data["name"] = name
        session.note("name", name)
        session.entered()
        session.output("You are %s. Say something; who, echo, quit.\n" % name)
        session.prompt("> ")
        self.tell_others(session, "%s has come in." % name)

    def inside(self):
        return [s for s in self.sessions.values() if "name" in s.data]

    def tell_others(self, session, text):
        for other in self.inside():
            if other is not session:
                other.output(text + "\n")
                other.prompt("> ")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A chat room for Wyldgate.")
    options.add_argument("--listen", default="127.0.0.1:4100", metavar="HOST:PORT", help="default: %(default)s")
    options.add_argument("--state", default=":memory:", metavar="FILE", help="keeps the sessions across restarts")
    options.add_argument("--key-file", metavar="FILE", help="gateways must know the key in this file")
    given = options.parse_args()
    wyldgate_world.serve(Chat(given.state), given.listen, given.key_file)
