// Bundles every src/**/*.test.ts and hands the bundles to Node's own test runner.

import * as esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const outdir = path.join(web, "node_modules", ".cache", "wyldgate-tests");

function testsIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return testsIn(full);
    return entry.name.endsWith(".test.ts") ? [full] : [];
  });
}

const tests = testsIn(path.join(web, "src")).sort();
if (tests.length === 0) {
  console.error("no tests found under web/src");
  process.exit(1);
}
rmSync(outdir, { recursive: true, force: true });
await esbuild.build({
  absWorkingDir: web,
  entryPoints: tests,
  outdir,
  outbase: "src",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  sourcemap: "inline",
  logLevel: "warning",
});
const bundles = tests.map((file) => path.join(outdir, path.relative(path.join(web, "src"), file).replace(/\.ts$/, ".mjs")));
const run = spawnSync(process.execPath, ["--test", "--test-reporter=spec", ...bundles], { stdio: "inherit" });
process.exit(run.status ?? 1);
