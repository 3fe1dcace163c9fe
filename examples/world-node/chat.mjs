#!/usr/bin/env node
// A world in one screen: everybody is in one room and hears what is said.
//
//   npm ci && node chat.mjs [--listen 127.0.0.1:4100] [--key-file FILE]

import { parseArgs } from "node:util";
import { World, serve } from "./wyldgate_world.mjs";

class Chat extends World {
  name = "chat";

  attached(session) {
    const name = session.account || session.notes.name;
    if (name) return this.enter(session, name);
    session.output("Welcome to the room.\n");
    session.prompt("Your name: ");
  }

  line(session, typed) {
    const text = typed.trim();
    const { name } = session.data;
    if (name === undefined) {
      if (text !== "") return this.enter(session, text.slice(0, 16));
    } else if (text === "quit") {
      return session.disconnect("Goodbye.");
    } else if (text === "who") {
      const names = this.inside().map((other) => other.data.name);
      session.output(`${names.sort().join(", ")}\n`);
    } else if (text.startsWith("echo ")) {
      session.output(`${text.slice(5)}\n`);
    } else if (text !== "") {
      this.tellOthers(session, `${name}: ${text}`);
      session.output(`You: ${text}\n`);
    }
    session.prompt(name === undefined ? "Your name: " : "> ");
  }

  detached(session) {
    if (session.data.name) this.tellOthers(session, `${session.data.name} has left.`);
  }

  enter(session, name) {
    session.data.name = name;
    session.note("name", name);
    session.entered();
    session.output(`You are ${name}. Say something; who, echo, quit.\n`);
    session.prompt("> ");
    this.tellOthers(session, `${name} has come in.`);
  }

  inside() {
    return [...this.sessions.values()].filter((session) => session.data.name);
  }

  tellOthers(session, text) {
    for (const other of this.inside()) {
      if (other === session) continue;
      other.output(`${text}\n`);
      other.prompt("> ");
    }
  }
}

const kUsage = "Usage: node chat.mjs [--listen HOST:PORT] [--key-file FILE]";

function commandLine() {
  const text = { type: "string" };
  try {
    return parseArgs({ options: { listen: text, "key-file": text, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    console.error(`chat.mjs: ${error.message.split(". ")[0]}\n${kUsage}`);
    process.exit(2);
  }
}

const given = commandLine();
if (given.help) {
  console.log(kUsage);
} else {
  serve(new Chat(), { listen: given.listen, keyFile: given["key-file"] });
}
