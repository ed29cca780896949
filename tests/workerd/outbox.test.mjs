// The outbox on Cloudflare: a queue, whose consumer is the Worker too, in Miniflare, which `wrangler dev` is made of.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { bundled, deployed, stamped } from "./artifact.mjs";


/** What the destination has got, by the paths of the pages; and what it answers. */
const got = [];
let status = 204;

const origin = createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end("<!doctype html><title>L</title>\n");
});
const destination = createServer(async (request, answer) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  if (status === 204) got.push(JSON.parse(body).events.map(({ uuid, data }) => `${data.path} ${uuid}`));
  answer.writeHead(status);
  answer.end();
});
let worker;

const url = (server) => `http://127.0.0.1:${server.address().port}`;

before(async () => {
  for (const server of [origin, destination]) await once(server.listen(0, "127.0.0.1"), "listening");
  const wasm = stamped(`
[[site]]
origin = "${url(origin)}"
[delivery]
outbox = true
retry_seconds = 1
[consent]
default = "granted"
[[component]]
kind = "webhook"
settings = { url = "${url(destination)}/events" }
[[component]]
kind = "webhook"
id = "queued"
delivery = "queue"
settings = { url = "${url(destination)}/queued" }
`);
  worker = new Miniflare({
    ...deployed(await bundled(), wasm),
    bindings: { SELVEDGE_KEY: "0".repeat(64) },
    queueProducers: { SELVEDGE_OUTBOX: "outbox" },
    queueConsumers: { outbox: { maxBatchSize: 100, maxBatchTimeout: 1 } },
  });
  await worker.ready;
});

after(async () => {
  await worker?.dispose();
  origin.close();
  destination.close();
});

const headers = {
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "sec-fetch-dest": "document",
};

async function visit(path) {
  const answer = await worker.dispatchFetch(`http://shop.example.com${path}`, { headers });
  assert.equal(answer.status, 200);
  await answer.text();
}

/** Waits until so many events came. */
async function events(count) {
  for (let tries = 0; got.flat().length < count && tries < 200; tries++) await new Promise((done) => setTimeout(done, 50));
  return got.flat();
}

test("many visits become one request by way of the queue", async () => {
  await Promise.all(["/a", "/b", "/c"].map(visit));
  const came = await events(6);
  assert.deepEqual(came.map((event) => event.split(" ")[0]).sort(), ["/a", "/a", "/b", "/b", "/c", "/c"]);
  assert.ok(got.some((batch) => batch.length === 3), `three visits in one request: ${JSON.stringify(got)}`);
});

test("what a destination could not take comes to it later, once, with its id", async () => {
  got.length = 0;
  status = 503;
  await visit("/later");
  await new Promise((done) => setTimeout(done, 700));
  assert.deepEqual(got, []);
  status = 204;
  const came = await events(2);
  assert.deepEqual(came.map((event) => event.split(" ")[0]), ["/later", "/later"]);
  assert.equal(new Set(came).size, 1, "both components got the same event");
  await new Promise((done) => setTimeout(done, 2500));
  assert.equal(got.flat().length, 2, "and nothing twice");
});
