import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayAddress } from "./connection.js";

test("the WebSocket is beside the page, wherever a web server has put it", () => {
  assert.equal(gatewayAddress("http://play.example:4080/"), "ws://play.example:4080/ws");
  assert.equal(gatewayAddress("https://play.example/"), "wss://play.example/ws");
  assert.equal(gatewayAddress("https://site.example/play/"), "wss://site.example/play/ws");
  assert.equal(gatewayAddress("https://site.example/a/b/index.html?from=menu#top"), "wss://site.example/a/b/ws");
  assert.equal(gatewayAddress("http://[::1]:4080/"), "ws://[::1]:4080/ws");
});
