// Microseconds per request in the core, in the engine that Workers have and through the Worker's own binding to it.
//
//   node core.mjs ARTIFACT CASES MILLISECONDS
//
// CASES: JSON, each case by its name as pages.py makes them; MILLISECONDS: how long each is repeated. V8 takes a thousand to have
// compiled well what is called often.
//
// Prints JSON: for each case, the microseconds until the visitor's response is out, those after that, and those of both
// the first time. Wall clock, so each of the former is the best of many.

import { readFileSync } from "node:fs";
import { build } from "esbuild";

const [artifact, file, milliseconds] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(file, "utf8"));
const CHUNK = 16 * 1024; // as in respond.ts

const wasm = {
  name: "wasm",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm$/ }, () => ({ path: artifact, namespace: "wasm" }));
    onLoad({ filter: /./, namespace: "wasm" }, ({ path }) => ({
      contents: `import { readFileSync } from "node:fs";
        export default new WebAssembly.Module(readFileSync(${JSON.stringify(path)}));`,
    }));
  },
};
const { outputFiles } = await build({
  entryPoints: [new URL("../cf-worker/src/core.ts", import.meta.url).pathname],
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
  plugins: [wasm],
});
const { Core } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

const core = new Core();
core.configure(""); // nothing was pushed
core.start({ SELVEDGE_KEY: "00".repeat(32), WEBHOOK_SECRET: "of the benchmarks" });

/** What deliver.ts, origin.ts and respond.ts call for a request, in their order. */
function run({ arrival, answer, body }) {
  const began = performance.now();
  const handle = Number(core.receive(arrival).lines[1]);
  if (answer === null) {
    core.collect(handle, body);
  } else if (core.answer(handle, answer)[0] === "rewrite") {
    let released = false;
    for (let at = 0; at < body.length && !released; at += CHUNK) {
      ({ released } = core.write(handle, body.subarray(at, at + CHUNK)));
    }
    if (!released) core.finish(handle);
  }
  const answered = performance.now();
  core.plan(handle, 1);
  for (let index = 0; core.delivery(handle, index); index++) {
    core.settle(handle, index, { status: 204, retryAfter: "", body: new Uint8Array() });
  }
  core.forget(handle);
  return [answered - began, performance.now() - answered];
}

const best = {};
for (const [name, { arrival, answer, body }] of Object.entries(cases)) {
  const given = { arrival, answer, body: Buffer.from(body) };
  const times = (best[name] = [Infinity, Infinity, run(given).reduce((sum, time) => sum + time) * 1e3]);
  for (const end = performance.now() + Number(milliseconds); performance.now() < end; ) {
    run(given).forEach((time, i) => (times[i] = Math.min(times[i], time * 1e3)));
  }
}
console.log(JSON.stringify(best));
