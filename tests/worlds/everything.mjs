// A world that uses all that the Node helper can say, and tells what it hears. everything.py is the same in Python.

import { parseArgs } from "node:util";
import { World, serve } from "../../examples/world-node/wyldgate_world.mjs";

class Everything extends World {
  name = "everything";
  banner = "The banner.\n";
  messageOfTheDay = "The first message of the day.\n";
  properties = { genre: "test" };
  reasons = [];

  attached(session) {
    session.entered();
    session.output("Here you are.\n");
  }

  line(session, text, secret) {
    const [word, ...rest] = text.split(" ");
    const words = rest.join(" ");
    switch (word) {
      case "ask":
        session.echo(false);
        return session.prompt("Secret: ");
      case "shout":
        return this.broadcast(`Shouted: ${words}\n`);
      case "whisper":
        return this.broadcastTo([session], `Whispered: ${words}\n`);
      case "team":
        return session.note("team", words);
      case "rally":
        return this.broadcastToNoted({ team: rest[0] }, `Rallied: ${rest.slice(1).join(" ")}\n`);
      case "news":
        this.messageOfTheDay = `${words}\n`;
        return this.propertiesChanged();
      case "tell": { // everybody, also who is away: tell PACKAGE KIND JSON
        const value = JSON.parse(rest.slice(2).join(" "));
        const kind = rest[1] === "-" ? undefined : rest[1];
        for (const each of this.sessions.values()) each.sideChannel(rest[0], value, kind);
        return session.output("Told.\n");
      }
      case "remove":
        return session.disconnect("You are removed.\n", "removed");
      case "leave":
        return session.disconnect("Goodbye.\n");
      case "reasons":
        return session.output(`Reasons: ${this.reasons.join(" ")}.\n`);
    }
    session.echo(true);
    session.output(`Heard ${text}, secret: ${secret ? "yes" : "no"}.\n`);
  }

  flow(session) {
    session.output(`Paused: ${session.paused ? "yes" : "no"}.\n`);
  }

  detached(_session, reason) {
    this.reasons.push(reason);
  }

  statistics() {
    return { rooms: 7 };
  }
}

const { values } = parseArgs({ options: { listen: { type: "string" }, login: { type: "string" } } });
const world = new Everything();
if (values.login) world.login = values.login;
serve(world, { listen: values.listen });
