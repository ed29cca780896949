// The debug session on both platforms: who has opened the link sees their visits, redacted, in the inspector; nobody else is
// told of, neither there nor in the log.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { stamped } from "../workerd/artifact.mjs";
import { Cloudflare } from "./cloudflare.mjs";
import { Fastly } from "./fastly.mjs";

const root = new URL("../..", import.meta.url).pathname;
const command = join(root, "target/debug/selvedge");
const KEY = "00".repeat(32);
const MARKS = ["jane.doe@example.com", "Janette", "customer-8812345", "a-cookie-of-the-shop"];

const origin = createServer((_, answer) => {
  const user = { user_id: MARKS[2], properties: { email: MARKS[0], first_name: MARKS[1] } };
  const layer = JSON.stringify({ data_collection: { consent: "granted", context: { user } } });
  answer.setHeader("content-type", "text/html");
  answer.end(`<!doctype html><title>Linen</title><script id="__SELVEDGE_DATA_LAYER__" type="application/json">${layer}</script>`);
});
/** What the destination was sent, fields and all. */
let sent = [];
const destination = createServer(async (request, answer) => {
  let text = JSON.stringify(request.headers);
  for await (const chunk of request) text += chunk;
  sent.push(text);
  answer.writeHead(204).end();
});
let dir;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "selvedge-"));
  for (const server of [origin, destination]) await once(server.listen(0, "127.0.0.1"), "listening");
});

after(async () => {
  for (const server of [origin, destination]) server.close();
  await rm(dir, { recursive: true });
});

const address = (server) => `http://127.0.0.1:${server.address().port}`;
const env = { ...process.env, SELVEDGE_KEY: KEY };

for (const [platform, Emulator] of Object.entries({ cloudflare: Cloudflare, fastly: Fastly })) {
  const started = async (stores) => {
    const wasm = join(dir, `${platform}.wasm`);
    const configuration = `
[[site]]
origin = "${address(origin)}"
[[component]]
kind = "webhook"
personal_data = "keep"
settings = { url = "${address(destination)}/events" }`;
    await writeFile(wasm, stamped(configuration, platform));
    const kv = Emulator === Fastly ? stores.map((name) => `selvedge-${name} = []`).join("\n") : stores;
    const emulator = new Emulator({ dir, key: KEY, wasm, stores: kv });
    await emulator.start();
    return emulator;
  };

  test(`on ${platform} one's own visits are shown, and nobody else's`, async () => {
    sent = [];
    const emulator = await started(["debug"]);
    const debug = spawn(command, ["debug", emulator.url, "--json", "--port", "0"], { cwd: dir, env });
    try {
      const [line] = await once(createInterface(debug.stdout), "line");
      const { inspector, link, off } = JSON.parse(line).ready;
      const page = (path, cookie) =>
        fetch(`${emulator.url}${path}`, {
          headers: { accept: "text/html", "user-agent": "Mozilla/5.0 Firefox/132.0", cookie: `shop=${MARKS[3]}; ${cookie}` },
        }).then((answer) => answer.text());

      const opened = await fetch(link, { redirect: "manual" });
      assert.deepEqual([opened.status, opened.headers.get("location")], [303, "/"]);
      const [cookie] = opened.headers.get("set-cookie").split(";");
      const forged = await fetch(`${link}x`, { redirect: "manual" });
      assert.deepEqual([forged.status, forged.headers.get("set-cookie")], [403, null]);

      await page("/mine", cookie);
      await page("/somebody-elses", "");
      await page("/forged", `${cookie}x`);
      let text = "";
      for (let tries = 0; !text.includes('"delivery"'); tries++) {
        assert.ok(tries < 100, `${text}\n${emulator.log}`);
        await setTimeout(100);
        text = await fetch(`${inspector}/session.ndjson`).then((answer) => answer.text());
      }
      const lines = text.trim().split("\n").map((entry) => JSON.parse(entry).line);
      assert.deepEqual(lines.map(({ selvedge }) => selvedge), ["visit", "delivery"]);
      const [visit, delivery] = lines;
      assert.equal(new URL(visit.request.url).pathname, "/mine");
      assert.deepEqual([delivery.visit, delivery.outcome], [visit.visit, "delivered"]);
      const body = JSON.parse(visit.components[0].requests[0].body);
      assert.equal(body.events[0].data.title, "Linen");
      assert.equal(body.events[0].context.user.properties.first_name, "[redacted]");
      for (const mark of [...MARKS, cookie]) assert.ok(!text.includes(mark), `${mark} in ${text}`);
      // All three were delivered, with what the destination may have, and none brought the cookie along.
      for (let tries = 0; sent.length < 3 && tries < 100; tries++) await setTimeout(50);
      assert.equal(sent.length, 3);
      assert.ok(sent.every((text) => text.includes(MARKS[0]) && !text.includes("selvedge_debug")));
      assert.doesNotMatch(emulator.log, /"selvedge":"visit"|Janette/);
      const ended = await fetch(off, { redirect: "manual" });
      assert.match(ended.headers.get("set-cookie"), /^selvedge_debug=; .*Max-Age=0/);
    } finally {
      debug.kill();
      await (emulator.end ? emulator.end() : emulator.kill());
    }
  });

  test(`on ${platform} it is said that there is no store, and the website is served`, async () => {
    const emulator = await started([]);
    try {
      const failed = await promisify(execFile)(command, ["debug", emulator.url, "--link"], { cwd: dir, env }).catch((error) => error);
      assert.equal(failed.code, 1, failed.stdout);
      assert.match(failed.stderr, /there is no KV (store|namespace)/);
      const link = await fetch(`${emulator.url}/_selvedge/debug?token=x`);
      assert.equal(link.status, 503);
      assert.match(await link.text(), /SELVEDGE_DEBUG/);
      const page = await fetch(emulator.url, { headers: { accept: "text/html", cookie: "selvedge_debug=x" } });
      assert.match(await page.text(), /Linen/);
    } finally {
      await (emulator.end ? emulator.end() : emulator.kill());
    }
  });
}
