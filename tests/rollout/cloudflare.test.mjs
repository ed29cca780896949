// Configurations that are pushed to a Worker which runs, in Miniflare, which `wrangler dev` is made of.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { bundled, deployed, stamped } from "../workerd/artifact.mjs";
import { trapping } from "../workerd/trap.mjs";
import { KEY, Stage, until } from "./stage.mjs";

const stage = new Stage();
const workers = [];
let artifact;
let bundle;

before(async () => {
  await stage.start();
  artifact = stamped(stage.configuration("stamped"));
  // A minute is long.
  bundle = (await bundled()).replace("EVERY = 6e4", "EVERY = 300");
  assert.ok(bundle.includes("EVERY = 300"));
});

after(async () => {
  await Promise.all(workers.map(({ worker }) => worker.dispose()));
  stage.end();
});

/** A Worker; `renew` puts it into a new isolate. */
async function start({ wasm = artifact, more = { kvNamespaces: ["SELVEDGE_CONFIG"] } } = {}) {
  const running = { log: "" };
  const options = {
    host: "127.0.0.1",
    ...deployed(bundle, wasm),
    bindings: { SELVEDGE_KEY: KEY },
    kvPersist: `${stage.dir}/kv-${workers.length}`,
    handleRuntimeStdio(...streams) {
      for (const stream of streams) stream.on("data", (data) => (running.log += data));
    },
    ...more,
  };
  running.worker = new Miniflare(options);
  workers.push(running);
  const at = async () => (running.url = (await running.worker.ready).href.replace(/\/$/, ""));
  running.renew = async () => {
    await running.worker.setOptions(options);
    await at();
  };
  running.which = async () => {
    const response = await fetch(`${running.url}/which`, { redirect: "manual" });
    await response.text();
    return response.headers.get("location");
  };
  running.config = (...args) => stage.config(running.url, args);
  await at();
  return running;
}

const page = { headers: { "user-agent": "Mozilla/5.0 (X11; Linux)", accept: "text/html", "sec-fetch-dest": "document" } };

test("what is pushed is at work without a deployment, in new isolates and in those that run; and back", async () => {
  const running = await start();
  const { renew, which, config } = running;
  assert.equal(await which(), "/stamped");
  const one = await config("push", stage.file("one"), "--note", "the first");
  assert.equal(one.code, 0, one.err);
  assert.match(one.out, /one\.toml is pushed as 2\S+-[0-9a-f]{8} \(\d+ bytes\): at work everywhere within two minutes\n$/);
  assert.equal(await until("/one", which), "/one");
  assert.equal((await config("push", stage.file("two"))).code, 0);
  await renew();
  assert.equal(await which(), "/two", "a new isolate begins with it");

  const list = (await config("list")).out.split("\n");
  assert.match(list[0], /^at work  2\S+  \d+ bytes$/);
  assert.match(list[1], /^ +2\S+  \d+ bytes +the first$/);
  assert.match(list[2], /^ +[0-9a-f]{8} +in the artifact +compiled 2/);

  assert.match((await config("rollback")).out, /^back to 2\S+: at work everywhere within two minutes\n$/);
  assert.equal(await until("/one", which), "/one");
  assert.match((await config("rollback")).out, /^back to the artifact's own, [0-9a-f]{8}: /);
  assert.equal(await until("/stamped", which), "/stamped");
  const id = /2\S+/.exec(list[0])[0];
  assert.equal((await config("rollback", id.slice(-8))).code, 0);
  assert.equal(await until("/two", which), "/two");
  assert.equal((await config("rollback", "--stamped")).code, 0);
  assert.equal(await until("/stamped", which), "/stamped");
  assert.equal(running.log, "");
});

test("a page in flight ends with the configuration that it began with", async () => {
  const running = await start();
  const response = await fetch(`${running.url}/slow`, page);
  assert.equal(response.headers.get("x-selvedge"), "edge");
  assert.equal((await running.config("push", stage.file("next"))).code, 0);
  assert.equal(await until("/next", running.which), "/next");
  stage.goOn();
  const text = await response.text();
  assert.ok(text.includes("__SELVEDGE_SDK__") && text.endsWith("<p>linen</p>"), text.slice(0, 500));
});

test("what is not good is refused with the reason, and what is at work stays", async () => {
  const running = await start();
  const refused = async (words, ...args) => {
    const { code, out, err } = await running.config(...args);
    assert.equal(code, 1, out);
    for (const part of words) assert.ok(err.includes(part), err);
  };
  await refused(["unknown key `colour`"], "push", stage.file("bad", 'colour = "red"\n'));
  // The command asks where that would be answered, and there is the website.
  await refused(["not as Selvedge does", "`collect.path`"], "push", stage.file("path", '[collect]\npath = "/elsewhere"\n'));
  await refused(["which cloudflare does not have"], "push", stage.file("log", '[[component]]\nkind = "fastly-log"\nsettings = { endpoint_name = "x" }\n'));
  await refused(["there is none before"], "rollback");
  await refused(["there is no configuration"], "rollback", "2025");
  const stranger = await stage.config(running.url, ["push", stage.file("strange")], "f".repeat(64));
  assert.equal(stranger.code, 1);
  assert.match(stranger.err, /403: signed with another key/);
  const secret = await running.config("push", stage.file("secret", '[[component]]\nkind = "meta-capi"\nsettings = { pixel_id = "1", access_token = { secret = "ABSENT" } }\n'));
  assert.equal(secret.code, 0, secret.err);
  assert.match(secret.err, /^warning: meta-capi: the secret "ABSENT" is not in the store/);
  assert.equal(await until("/secret", running.which), "/secret");
});

test("without the namespace nothing changes, and the command says why", async () => {
  const running = await start({ more: {} });
  assert.equal(await running.which(), "/stamped");
  const { code, err } = await running.config("push", stage.file("one"));
  assert.equal(code, 1);
  assert.match(err, /503: there is no store for configurations; expected a KV namespace bound to SELVEDGE_CONFIG/);
  assert.equal(running.log, "");
});

test("garbage in the store is told, and what is at work stays", async () => {
  const running = await start();
  assert.equal((await running.config("push", stage.file("good"))).code, 0);
  assert.equal(await until("/good", running.which), "/good");
  const kv = await running.worker.getKVNamespace("SELVEDGE_CONFIG");
  await kv.put("current", "garbage");
  for (let i = 0; i < 6; i++) {
    await setTimeout(200);
    assert.equal(await running.which(), "/good");
  }
  assert.equal(running.log.split("the pushed configuration: this is not a compiled configuration").length, 2, running.log);
  assert.match((await running.config("list")).err, /warning: the pushed configuration: this is not/);
  await running.renew();
  assert.equal(await running.which(), "/stamped");
  assert.equal((await (await fetch(`${running.url}/`, page)).text()).endsWith("<p>linen</p>"), true);
});

test("after a trap the pushed configuration is at work again", async () => {
  const running = await start({ wasm: trapping(artifact, "write", 3) });
  assert.equal((await running.config("push", stage.file("kept"))).code, 0);
  assert.equal(await until("/kept", running.which), "/kept");
  for (let i = 0; i < 6; i++) {
    const text = await (await fetch(`${running.url}/`, page)).text();
    assert.ok(text.endsWith("<p>linen</p>"));
    assert.equal(await running.which(), "/kept");
  }
  assert.match(running.log, /unreachable/);
});

test("a configuration that was damaged in the store is told, and not used", async () => {
  const running = await start();
  assert.equal((await running.config("push", stage.file("whole"))).code, 0);
  assert.equal(await until("/whole", running.which), "/whole");
  const kv = await running.worker.getKVNamespace("SELVEDGE_CONFIG");
  const good = JSON.parse(await kv.get("current"));
  const broken = Buffer.from(good.configuration, "base64");
  broken[broken.length - 1] ^= 1;
  await kv.put("current", JSON.stringify({ ...good, configuration: broken.toString("base64") }));
  await running.renew();
  assert.equal(await running.which(), "/stamped");
  assert.match(running.log, /the pushed configuration: the compiled configuration is damaged/);
  const { code, err } = await running.config("rollback", "--stamped");
  assert.equal(code, 0, err);
});

test("a store that does not answer keeps nobody waiting", async () => {
  const slow = `export default () => ({ get: () => new Promise((done) => setTimeout(() => done(null), 5000)) })`;
  const main = {
    ...deployed(bundle, artifact),
    bindings: { SELVEDGE_KEY: KEY },
    wrappedBindings: { SELVEDGE_CONFIG: { scriptName: "slow" } },
  };
  const other = { name: "slow", modules: [{ type: "ESModule", path: "slow.js", contents: slow }] };
  const worker = new Miniflare({ host: "127.0.0.1", workers: [main, other] });
  workers.push({ worker });
  const url = await worker.ready;
  const began = Date.now();
  const response = await fetch(new URL("/which", url), { redirect: "manual" });
  assert.equal(response.headers.get("location"), "/stamped");
  assert.ok(Date.now() - began < 1500, `${Date.now() - began} ms`);
});
