// The npm packages of web/, which these tests borrow: nothing is installed beside the tests.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));

export const { chromium } = require("playwright-core");
export const { WebSocketServer } = require("ws");
export const axeSource = require("axe-core").source;
export const distFolder = fileURLToPath(new URL("../../../web/dist/", import.meta.url));
