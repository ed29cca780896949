// The first promise: whatever fails, the visitor gets the origin's bytes. Every export of the very artifact that is
// deployed is made to trap, one after the other, and the website must not notice.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { stamped } from "./artifact.mjs";
import { trapping } from "./trap.mjs";
import { workerd } from "./workerd.mjs";

// Longer than what is read at a time, and with a head that a chunk cuts in the middle of a tag.
const filler = "<p>linen, denim, wool</p>\n".repeat(4000);
const page = `<!doctype html><html><head><title>Cloth</title><meta name="x" content="${"y".repeat(40_000)}"></head><body>${filler}</body></html>`;
// Ends while the core still looks for a data layer.
const short = "<!doctype html><title>Short</title><p>linen</p>";

let origin;
let artifact;

before(async () => {
  origin = createServer(async (request, response) => {
    if (request.method === "POST") {
      const chunks = await request.toArray();
      return response.end(`got ${Buffer.concat(chunks)}`);
    }
    if (request.url === "/asset") return response.writeHead(200, { "content-type": "image/png" }).end("pixels");
    const html = request.url === "/short" ? short : page;
    response.writeHead(200, { "content-type": "text/html", "set-cookie": ["a=1", "b=2"] }).end(html);
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const at = `http://127.0.0.1:${origin.address().port}`;
  artifact = stamped(`
[[site]]
origin = "${at}"
[consent]
default = "granted"
[[component]]
kind = "webhook"
settings = { url = "${at}/events" }
`);
});
after(() => origin.close());

const secrets = { SELVEDGE_KEY: "00".repeat(32) };
const browser = { "user-agent": "Mozilla/5.0 (X11; Linux)", accept: "text/html" };
const TAG = /(<script>[^<]*<\/script>)?<script id="__SELVEDGE_SDK__"[^>]*><\/script>/;

function whole(text, expected = page) {
  const without = text.replace(TAG, "");
  const same = [...without].findIndex((character, at) => character !== expected[at]);
  assert.ok(without === expected, `${without.length} bytes of ${expected.length}, the same up to ${same}`);
}

/** What happens after the response is told a moment later. */
async function told(running, words) {
  for (let tries = 0; tries < 40 && !words.test(running.log); tries++) await setTimeout(50);
  assert.match(running.log, words);
}

async function get(port, path, init = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: browser, ...init });
  return { response, text: await response.text() };
}

// `input` and `output` serve several calls: which of them traps depends on the count. An instance that has trapped is
// replaced, and the next one counts from the start.
const cases = [
  ["receive", 1],
  ["receive", 2],
  ["answer", 1],
  ["answer", 2],
  ["write", 1],
  ["write", 2],
  ["write", 3],
  ["finish", 1],
  ["plan", 1],
  ["waiting", 1],
  ["delivery", 1],
  ["settle", 1],
  ["parcels", 1],
  ["record", 1],
  ["forget", 1],
  ...[3, 4, 5, 6, 7, 8].map((from) => ["input", from]),
  ...[4, 5, 6, 7, 8, 9].map((from) => ["output", from]),
];

for (const [name, from] of cases) {
  test(`a trap in ${name}, from call ${from} on`, async () => {
    const broken = await workerd(trapping(artifact, name, from), secrets);
    try {
      for (let i = 0; i < 3; i++) {
        const { response, text } = await get(broken.port, "/");
        assert.equal(response.status, 200, broken.log);
        assert.deepEqual(response.headers.getSetCookie().filter((cookie) => /^[ab]=/.test(cookie)), ["a=1", "b=2"]);
        whole(text);
        whole((await get(broken.port, "/short")).text, short);
        assert.equal((await get(broken.port, "/asset")).text, "pixels");
      }
      await told(broken, /unreachable|has trapped/);
    } finally {
      await broken.stop();
    }
  });
}

test("several visitors at once, while the core traps under them", async () => {
  const broken = await workerd(trapping(artifact, "write", 7), secrets);
  try {
    const pages = await Promise.all(Array.from({ length: 20 }, () => get(broken.port, "/")));
    for (const { text } of pages) whole(text);
  } finally {
    await broken.stop();
  }
});

test("the artifact without traps gives the page with its tag", async () => {
  const running = await workerd(artifact, secrets);
  try {
    const { response, text } = await get(running.port, "/");
    assert.equal(response.headers.get("x-selvedge"), "edge");
    assert.match(text, TAG);
    whole(text);
    const { text: echoed } = await get(running.port, "/", { method: "POST", body: "cloth" });
    assert.equal(echoed, "got cloth");
  } finally {
    await running.stop();
  }
});
