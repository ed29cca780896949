// Tokens on Cloudflare: in the isolate's memory and in a KV namespace; and what becomes of events whose token, or whose place
// in a request, was not good, by way of the queue. In Miniflare, which `wrangler dev` is made of.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { Miniflare } from "miniflare";
import { bundled, deployed, stamped } from "./artifact.mjs";


/** How often a token was given out, what came with which token, and how it is answered. */
let given = 0;
let got = [];
let answer = { status: 200, body: '{"requestId":"r"}' };
let tokenStatus = 200;

const destination = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  response.setHeader("content-type", "application/json");
  if (request.url.endsWith("/token")) {
    given += 1;
    // Long enough for others to need it meanwhile.
    await new Promise((done) => setTimeout(done, 250));
    response.writeHead(tokenStatus);
    return response.end(JSON.stringify({ access_token: `t-${given}`, expires_in: 3599 }));
  }
  const { events, elements, eventId } = JSON.parse(body);
  const ids = (events ?? elements ?? [{ eventId }]).map(({ transactionId, eventId }) => transactionId ?? eventId);
  got.push(`${request.headers.authorization} ${ids.join(" ")}`);
  const { status, body: said } = typeof answer === "function" ? answer(request) : answer;
  response.writeHead(status);
  response.end(said);
});
const workers = [];
let artifact;
let bundle;

const url = () => `http://127.0.0.1:${destination.address().port}`;

async function start() {
  const worker = new Miniflare({
    ...deployed(bundle, artifact),
    bindings: { SELVEDGE_KEY: "0".repeat(64) },
    kvNamespaces: ["SELVEDGE_TOKENS"],
    queueProducers: { SELVEDGE_OUTBOX: "outbox" },
    queueConsumers: { outbox: { maxBatchSize: 100, maxBatchTimeout: 0 } },
  });
  workers.push(worker);
  await worker.ready;
  return worker;
}

before(async () => {
  await once(destination.listen(0, "127.0.0.1"), "listening");
  artifact = stamped(`
[[site]]
origin = "${url()}"
[delivery]
outbox = true
retry_seconds = 1
[consent]
default = "granted"
[[component]]
kind = "google-ads"
endpoint = "${url()}/ads"
[component.settings]
customer_id = "123-456-7890"
conversion_actions = ["sign_up=222"]
client_id = "client"
client_secret = "secret"
refresh_token = "refresh"
[[component]]
kind = "linkedin-capi"
endpoint = "${url()}/linkedin"
settings = { access_token = "t", conversions = ["purchase=111"] }
`);
  bundle = await bundled();
});

beforeEach(() => {
  [given, got, tokenStatus] = [0, [], 200];
  answer = { status: 200, body: '{"requestId":"r"}' };
});

after(async () => {
  await Promise.all(workers.map((worker) => worker.dispose()));
  destination.close();
});

const id = (nth) => `70ce0000-0000-4000-8000-00000000000${nth}`;

async function post(worker, name, ...ids) {
  const events = ids.map((nth) => ({
    uuid: id(nth),
    type: "track",
    data: { name, properties: { email: "jane@example.com", order_id: undefined } },
  }));
  const response = await worker.dispatchFetch("http://shop.example.com/_selvedge/event", {
    method: "POST",
    headers: { "content-type": "text/plain", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36" },
    body: JSON.stringify({ data_collection: { events } }),
  });
  assert.equal(response.status, 202);
  await response.text();
}

async function requests(count) {
  for (let tries = 0; got.length < count && tries < 200; tries++) await new Promise((done) => setTimeout(done, 50));
  return got;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

test("visits that need the same token at once ask for it once; another isolate finds it in KV, where nobody can read it", async () => {
  const worker = await start();
  await Promise.all([1, 2, 3].map((nth) => post(worker, "sign_up", nth)));
  assert.deepEqual((await requests(3)).toSorted(), [1, 2, 3].map((nth) => `Bearer t-1 ${id(nth)}`));
  assert.equal(given, 1);

  const kv = await worker.getKVNamespace("SELVEDGE_TOKENS");
  const { keys } = await kv.list();
  assert.equal(keys.length, 1);
  assert.match(keys[0].name, /^token\/[0-9a-f]{64}$/);
  assert.ok(keys[0].expiration > Date.now() / 1000 + 3000, "it is forgotten when it has run out");
  const sealed = await kv.get(keys[0].name);
  assert.ok(sealed.startsWith("v1.") && !atob(sealed.split(".")[2].replaceAll("-", "+").replaceAll("_", "/")).includes("t-1"));

  const other = await start();
  await (await other.getKVNamespace("SELVEDGE_TOKENS")).put(keys[0].name, sealed);
  got = [];
  await post(other, "sign_up", 4);
  assert.deepEqual(await requests(1), [`Bearer t-1 ${id(4)}`]);
  assert.equal(given, 1);
});

test("a token that the destination refuses is forgotten here and in KV, and the events come with another, once", async () => {
  const worker = await start();
  answer = ({ headers }) => (headers.authorization.endsWith("t-1") ? { status: 401, body: "{}" } : { status: 200, body: "{}" });
  await post(worker, "sign_up", 1);
  assert.deepEqual(await requests(2), [`Bearer t-1 ${id(1)}`, `Bearer t-2 ${id(1)}`]);
  assert.equal(given, 2);
  await pause(1500);
  assert.equal(got.length, 2, "and nothing twice");
});

test("where nobody gives a token, the events wait in the queue until somebody does", async () => {
  const worker = await start();
  tokenStatus = 503;
  await post(worker, "sign_up", 1);
  await pause(600);
  assert.deepEqual([given, got], [1, []]);
  tokenStatus = 200;
  // Five seconds nobody is asked again, in which an attempt fails.
  const came = await requests(1);
  assert.deepEqual(came, [`Bearer t-2 ${id(1)}`]);
});

test("of a request that was taken in part, the rest comes again alone", async () => {
  const worker = await start();
  let first = true;
  answer = () => {
    const body = first ? { elements: [{ status: 201 }, { status: 400 }, { status: 429 }] } : {};
    const status = first ? 200 : 201;
    first = false;
    return { status, body: JSON.stringify(body) };
  };
  await post(worker, "purchase", 1, 2, 3);
  assert.deepEqual(await requests(2), [`Bearer t ${id(1)} ${id(2)} ${id(3)}`, `Bearer t ${id(3)}`]);
  await pause(1500);
  assert.equal(got.length, 2, "and nothing twice");
});
