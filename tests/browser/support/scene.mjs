// A piece of play with a little of everything: for pictures and for the accessibility check.

const esc = "\u001b[";

export const kScene = [
  `${esc}1;36mThe Lantern Gate${esc}0m`,
  "Rain hangs in the lamplight. Two worn posts carry an arch of black oak, and",
  `under it the road forks: a ${esc}33mgravel track${esc}0m climbs east towards the mill, and the`,
  `old ${esc}32mforest path${esc}0m goes north into the ${esc}3mwyld${esc}0m. A brass plate has been polished by`,
  "the hands of everyone who ever came back.",
  "",
  `${esc}36mExits:${esc}0m north, east, south, in`,
  `${esc}35mMarrow the ferryman${esc}0m is here, counting coins.`,
  `A ${esc}38;5;208msmall lantern${esc}0m swings from a hook.`,
  "",
  `${esc}1;32mOda${esc}0m says, "They wrote it all down at https://example.org/wyld?page=2, go and look."`,
  `${esc}1;33m[Newbie]${esc}0m Perrin: how do I ${esc}4mread${esc}0m the plate?`,
  `${esc}90mA bell rings twice, far off, under the water.${esc}0m`,
  "",
  `${esc}31mA thorn hound${esc}0m leaps out of the hedge!`,
  `You ${esc}1;31mstrike${esc}0m the hound. ${esc}7m CRITICAL ${esc}0m It ${esc}9mbites${esc}0m misses you.`,
  [..."The air shimmers like oil on water."]
    .map((letter, at) => `${esc}38;2;${120 + ((at * 9) % 130)};${230 - at * 4};${140 + ((at * 5) % 110)}m${letter}`)
    .join("") + `${esc}0m`,
  `${esc}44;37m  Tide table  ${esc}0m ${esc}43;30m low 04:12 ${esc}0m ${esc}46;30m high 10:31 ${esc}0m`,
  "",
].join("\n");

export const kRoom = {
  type: "gmcp",
  package: "Room.Info",
  data: { num: 12, name: "The Lantern Gate", area: "Harrow Vale", exits: { in: 3, south: 9, north: 1, east: 7 } },
};

export const kVitals = {
  type: "gmcp",
  package: "Char.Vitals",
  data: { hp: "87", maxhp: "100", mp: 42, maxmp: 60, mv: 118, maxmv: 120 },
};

export async function playScene(gateway, page) {
  gateway.say({ type: "notice", text: "Welcome to Wyldgate. Type your name to step in." }, kRoom, kVitals);
  gateway.text(`${kScene}> `);
  gateway.say({ type: "prompt" });
  await page.fill("#input", "say Good evening, all.");
  await page.press("#input", "Enter");
  gateway.text("You say, \"Good evening, all.\"\n> ");
  gateway.say({ type: "prompt" });
  await page.waitForFunction(() => document.querySelector("#log .line:last-child")?.textContent === "> ");
}
