// The same on Fastly, in its emulator: each sandbox begins with what the store has.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { stamped } from "../workerd/artifact.mjs";
import { Fastly } from "../faults/fastly.mjs";
import { KEY, Stage } from "./stage.mjs";

const stage = new Stage();
const started = [];
let wasm;

before(async () => {
  await stage.start();
  wasm = `${stage.dir}/main.wasm`;
  writeFileSync(wasm, stamped(stage.configuration("stamped"), "fastly"));
});

after(async () => {
  await Promise.all(started.map((fastly) => fastly.kill()));
  stage.end();
});

async function start(stores) {
  const fastly = new Fastly({ dir: stage.dir, key: KEY, wasm, stores });
  await fastly.start();
  started.push(fastly);
  return fastly;
}

/** Where `/which` leads in a new sandbox: one that nobody asks ends after five seconds. */
async function which({ url }) {
  await setTimeout(5500);
  const response = await fetch(`${url}/which`, { redirect: "manual" });
  await response.text();
  return response.headers.get("location");
}

test("what is pushed is at work without a deployment; and back", async () => {
  const fastly = await start("selvedge-config = []");
  const config = (...args) => stage.config(fastly.url, args);
  const one = await config("push", stage.file("one"));
  assert.match(one.out, /one\.toml is pushed as 2\S+-[0-9a-f]{8} \(\d+ bytes\): at work everywhere within a minute\n$/, one.err);
  assert.equal(await which(fastly), "/one");
  const two = await config("push", stage.file("two"), "--json", "--note", "why");
  assert.deepEqual({ ...JSON.parse(two.out), id: "", bytes: 0 }, { id: "", bytes: 0, note: "why" });
  assert.equal(await which(fastly), "/two");
  const rows = (await config("list", "--json")).out.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(rows.map(({ from, at_work, note }) => [from, at_work, note]), [
    ["pushed", true, "why"],
    ["pushed", false, ""],
    ["stamped", false, undefined],
  ]);
  assert.equal((await config("rollback")).code, 0);
  assert.equal(await which(fastly), "/one");
  assert.equal((await config("rollback", "--stamped")).code, 0);
  assert.equal(await which(fastly), "/stamped");
});

test("what is not good is refused with the reason", async () => {
  const fastly = await start("selvedge-config = []");
  const stranger = await stage.config(fastly.url, ["push", stage.file("strange")], "f".repeat(64));
  assert.match(stranger.err, /403: signed with another key/);
  const queue = stage.file("queue", '[[component]]\nkind = "cloudflare-queue"\nsettings = { binding = "X" }\n');
  const refused = await stage.config(fastly.url, ["push", queue]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /which fastly does not have/);
  const rows = (await stage.config(fastly.url, ["list", "--json"])).out.trim().split("\n");
  assert.equal(rows.length, 1, "there is nothing but the artifact's own");
});

test("garbage in the store is told, and the website is served", async () => {
  const fastly = await start('selvedge-config = [{ key = "current", data = "garbage" }]');
  assert.equal(await which(fastly), "/stamped");
  assert.match(fastly.log, /the pushed configuration: this is not a compiled configuration/);
});

test("without the store nothing changes, and the command says why", async () => {
  const fastly = await start("");
  assert.equal(await which(fastly), "/stamped");
  const { code, err } = await stage.config(fastly.url, ["push", stage.file("one")]);
  assert.equal(code, 1);
  assert.match(err, /503: there is no store for configurations; expected a KV store "selvedge-config"/);
  assert.ok(!fastly.log.includes("problem"), fastly.log);
});
