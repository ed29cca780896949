// Bundles the SDK: `sdk/src` → `sdk/dist`, which is committed, so that building Selvedge needs no Node.
//
//   node sdk/build.mjs            writes it
//   node sdk/build.mjs --check    fails unless what is committed is what would be written, and is small enough

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** The most that a browser may have to load, in bytes of brotli. */
export const LIMIT = 3000;

const here = fileURLToPath(new URL(".", import.meta.url));
const browser = { format: "iife", minify: true };

/** What is built, by its name in `dist`. */
export async function bundles() {
  const script = await bundle("main", browser);
  return {
    "selvedge.js": script,
    "selvedge.digest": digest(script),
    "stub.js": await bundle("inline", browser),
    "index.js": await bundle("index", { format: "esm" }),
    "selvedge.d.ts": declarations(),
  };
}

// By which the edge names and vouches for the script, so that no start has to compute it.
function digest(script) {
  const of = (algorithm, encoding) => createHash(algorithm).update(script).digest(encoding);
  return `${of("sha256", "hex").slice(0, 12)} ${of("sha384", "base64")}\n`;
}

/** Its size as it travels. */
export const brotli = (text) => brotliCompressSync(text).length;

async function bundle(name, options) {
  const built = await build({
    entryPoints: [`${here}src/${name}.ts`],
    bundle: true,
    write: false,
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
    ...options,
  });
  return built.outputFiles[0].text;
}

// The types are a module that declares and does nothing else.
function declarations() {
  const types = readFileSync(`${here}src/types.ts`, "utf8");
  return `${types}\n/** \`window.selvedge\`, whether the SDK has loaded or not. On a server, its calls do nothing. */\nexport declare const selvedge: Selvedge;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  mkdirSync(`${here}dist`, { recursive: true });
  for (const [name, text] of Object.entries(await bundles())) {
    const path = `${here}dist/${name}`;
    if (!check) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) fail(`sdk/dist/${name} is not what sdk/src says: npm run sdk`);
    console.log(`${name}: ${text.length} bytes, ${brotli(text)} with brotli`);
    if (name === "selvedge.js" && brotli(text) > LIMIT) fail(`sdk/dist/${name} is larger than ${LIMIT} bytes with brotli`);
  }
}

function fail(problem) {
  console.error(problem);
  process.exitCode = 1;
}
