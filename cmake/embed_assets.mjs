// Writes the files of a folder as a C++ table: node embed_assets.mjs FOLDER OUTPUT.cc
// Paths, content types, entity tags (from the bytes) and the compressed forms are settled here, once, and not at
// run time.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const kContentTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webmanifest": "application/manifest+json",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};
// "app-3XK5QZ2L.js": the name changes with the content, so the content never changes under the name.
const kHashedName = /-[0-9A-Za-z]{8,}\.[a-z0-9]+$/;

function fail(sentence) {
  console.error(`embed_assets: ${sentence}`);
  process.exit(1);
}

// Compressed as hard as can be, when that saves a tenth at least; else nothing. The same bytes each time.
function compressed(bytes) {
  const brotli = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const forms = [gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes, { params: brotli })];
  return forms.map((form) => (form.length < bytes.length * 0.9 ? form : Buffer.alloc(0)));
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}

// A C++ string literal of any bytes, broken into lines. Octal escapes have three digits, so what
// follows one is never taken for a part of it.
function literal(bytes) {
  const pieces = [];
  let piece = "";
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    piece += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    if (piece.length >= 4000) {
      pieces.push(`"${piece}"`);
      piece = "";
    }
  }
  pieces.push(`"${piece}"`);
  return pieces.join("\n    ");
}

const [folder, output] = process.argv.slice(2);
if (!folder || !output) fail("usage: embed_assets.mjs FOLDER OUTPUT.cc");
const files = filesBelow(folder).sort();
if (!files.some((file) => path.relative(folder, file) === "index.html")) fail(`${folder} has no index.html`);

let text = `// Made by cmake/embed_assets.mjs; changes here are lost.
#include "http/assets.h"

namespace wyld::http {
namespace {

`;
const rows = files.map((file, index) => {
  const name = path.relative(folder, file).split(path.sep).join("/");
  const type = kContentTypes[path.extname(name)];
  if (!type) fail(`${file}: no content type is known for ${path.extname(name) || "a name without extension"}`);
  if (!/^[0-9A-Za-z._/-]+$/.test(name)) fail(`${file}: use letters, digits, '.', '_' and '-' only`);
  const bytes = readFileSync(file);
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  const forms = [["kBytes", bytes], ...compressed(bytes).map((form, at) => [["kGzip", "kBrotli"][at], form])];
  const views = forms.map(([constant, form]) => {
    if (form.length === 0) return "{}";
    text += `constexpr char ${constant}${index}[] =\n    ${literal(form)};\n\n`;
    return `{${constant}${index}, ${form.length}}`;
  });
  return `    {"/${name}", "${type}", "\\"${etag}\\"", ${views.join(", ")}, ${kHashedName.test(name)}},\n`;
});
text += `constexpr Asset kAssets[] = {\n${rows.join("")}};

}  // namespace

std::span<const Asset> embedded_assets() noexcept { return kAssets; }

}  // namespace wyld::http
`;
writeFileSync(output, text);
