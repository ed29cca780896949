// A queue of the owner's own in Miniflare, which `wrangler dev` is made of: it holds calls to the platform's limits, and its
// consumer is another Worker, as the documentation says.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { bundled, deployed, stamped } from "./artifact.mjs";


/** What the consumer has got: a list of events for each batch. */
const got = [];
const receiver = createServer(async (request, answer) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  got.push(...JSON.parse(body));
  answer.end();
});
let worker;

before(async () => {
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const wasm = stamped(`
[[site]]
origin = "http://127.0.0.1:9"
[collect]
max_bytes = 1048576
[consent]
default = "granted"
[[component]]
kind = "cloudflare-queue"
settings = { binding = "EVENTS" }
[[component]]
kind = "analytics-engine"
settings = { binding = "SHOP" }
`);
  const compatibilityDate = "2026-04-01";
  worker = new Miniflare({
    workers: [
      {
        name: "selvedge",
        ...deployed(await bundled(), wasm),
        bindings: { SELVEDGE_KEY: "0".repeat(64) },
        queueProducers: { EVENTS: "shop-events" },
        analyticsEngineDatasets: { SHOP: { dataset: "shop_events" } },
      },
      {
        name: "consumer",
        compatibilityDate,
        modules: true,
        script: `export default {
          async queue({ messages }, { URL }) {
            await fetch(URL, { method: "POST", body: JSON.stringify(messages.map(({ body }) => body)) });
          },
        }`,
        bindings: { URL: `http://127.0.0.1:${receiver.address().port}/` },
        queueConsumers: { "shop-events": { maxBatchSize: 100, maxBatchTimeout: 0 } },
      },
    ],
  });
  await worker.ready;
});

after(async () => {
  await worker?.dispose();
  receiver.close();
});

/** Posts events by their names and properties, and returns what the consumer gets, once there are so many. */
async function consumed(events, count) {
  got.length = 0;
  const data = events.map(([name, properties]) => ({ type: "track", data: { name, properties } }));
  const answer = await worker.dispatchFetch("http://shop.example.com/_selvedge/event", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data_collection: { events: data } }),
  });
  assert.equal(answer.status, 202, await answer.text());
  for (let tries = 0; got.length < count && tries < 200; tries++) await new Promise((done) => setTimeout(done, 50));
  await new Promise((done) => setTimeout(done, 200));
  return got.map(({ data }) => data.name).sort();
}

test("an event is the body of a message", async () => {
  const properties = { value: 12.5, list: [1, { a: null }], text: "é\n\u2028" };
  assert.deepEqual(await consumed([["purchase", properties]], 1), ["purchase"]);
  const [event] = got;
  assert.deepEqual(event.data, { name: "purchase", properties });
  assert.equal(event.type, "track");
  assert.match(event.uuid, /^[0-9a-f-]{36}$/);
});

test("as many as a post may have arrive", async () => {
  const names = Array.from({ length: 100 }, (_, n) => `event ${n}`);
  assert.deepEqual(await consumed(names.map((name) => [name, {}]), 100), [...names].sort());
});

test("calls keep to what a queue takes, and what is too large takes no other with it", async () => {
  // A text has 8 kB at the most.
  const sized = (name, bytes) => [name, { texts: Array(Math.ceil(bytes / 8000)).fill("x".repeat(8000)) }];
  const events = [sized("a", 120_000), sized("b", 120_000), sized("too large", 130_000), sized("c", 120_000), sized("d", 1)];
  assert.deepEqual(await consumed(events, 4), ["a", "b", "c", "d"]);
});
