// Builds the play page into dist/: index.html, the hashed script and style sheet, icon and manifest.
// The same sources give the same bytes: no times, no paths, no network.

import * as esbuild from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { generatedPalette } from "./palette.mjs";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = path.join(web, "dist");
const { version } = JSON.parse(await readFile(path.join(web, "package.json"), "utf8"));

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const result = await esbuild.build({
  absWorkingDir: web,
  entryPoints: { app: "src/app.ts" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2021", "chrome114", "firefox125", "safari17"],
  charset: "utf8",
  legalComments: "none",
  entryNames: "[name]-[hash]",
  outdir: "dist",
  metafile: true,
  define: { WYLDGATE_VERSION: JSON.stringify(version) },
  plugins: [generatedPalette(web)],
  logLevel: "warning",
});

const outputs = Object.keys(result.metafile.outputs).map((file) => path.basename(file));
let page = await readFile(path.join(web, "src/index.html"), "utf8");
for (const kind of ["js", "css"]) {
  const name = outputs.find((file) => file.startsWith("app-") && file.endsWith(`.${kind}`));
  if (!name) throw new Error(`the bundle has no ${kind} file`);
  page = page.replace(`@app.${kind}@`, name);
}
await writeFile(path.join(dist, "index.html"), page);
await cp(path.join(web, "static"), dist, { recursive: true });

for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) console.log(`${file}  ${bytes} bytes`);
