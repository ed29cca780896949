// The counts on both platforms: what is written adds up to what was posted, and to what the destinations have got.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { stamped } from "../workerd/artifact.mjs";
import { workerd } from "../workerd/workerd.mjs";
import { Fastly } from "./fastly.mjs";

const KEY = "00".repeat(32);
/** How many events came to each path. */
const got = { "/takes": 0, "/refuses": 0, "/fails": 0 };
const destination = createServer(async (request, answer) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  got[request.url] += JSON.parse(body).events.length;
  answer.writeHead({ "/takes": 204, "/refuses": 400, "/fails": 503 }[request.url]).end();
});
let dir;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "selvedge-"));
  await once(destination.listen(0, "127.0.0.1"), "listening");
});

after(async () => {
  destination.close();
  await rm(dir, { recursive: true });
});

function configuration() {
  const component = (id) => `
[[component]]
kind = "webhook"
id = "${id}"
settings = { url = "http://127.0.0.1:${destination.address().port}/${id}" }`;
  return `
[[site]]
origin = "http://127.0.0.1:9"
[log]
endpoint = "selvedge log"
counts = "selvedge counts"
[consent]
default = "granted"
${["takes", "refuses", "fails"].map(component).join("\n")}
[[component]]
kind = "webhook"
id = "filters"
filter = { path = "data.name", equals = "never" }
settings = { url = "http://127.0.0.1:9/" }`;
}

/** Waits for what another process does, for thirty seconds at most. */
async function until(done, state) {
  for (let tries = 0; !done(); tries++) {
    assert.ok(tries < 600, state());
    await setTimeout(50);
  }
}

/** Posts two events, then one, then none; the sums of what `rows` reads from the log. */
async function counted(url, rows) {
  for (const path of Object.keys(got)) got[path] = 0;
  const posts = [["a", "b"], ["c"], []];
  for (const names of posts) {
    const events = names.map((name) => ({ type: "track", data: { name } }));
    await fetch(`${url}/_selvedge/event`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data_collection: { events } }),
    });
  }
  const sums = {};
  // Two posts of four components with two rows each.
  await until(() => rows().length >= 16, () => `${rows().length} rows`);
  // One too many would show itself now.
  await setTimeout(200);
  for (const [component, outcome, reason, events] of rows()) {
    const name = `${component} ${outcome} ${reason}`.trim();
    sums[name] = (sums[name] ?? 0) + events;
  }
  return sums;
}

const expected = {
  "takes accepted": 3,
  "takes delivered": 3,
  "refuses accepted": 3,
  "refuses dropped rejected": 3,
  "fails accepted": 3,
  "fails dropped undelivered": 3,
  "filters accepted": 3,
  "filters dropped filtered": 3,
};

/** What stands after a mark, in each line that begins with it. */
const marked = (log, mark) =>
  log.split("\n").filter((line) => line.startsWith(mark)).map((line) => JSON.parse(line.slice(mark.length)));

test("on Cloudflare they are data points of the dataset that is bound", async () => {
  const running = await workerd(stamped(configuration()), { SELVEDGE_KEY: KEY }, ["SELVEDGE_METRICS"]);
  try {
    const points = () => marked(running.log, "dataset :: ");
    const rows = () => points().map(({ blob1, blob2, blob3 = "", double1 }) => [blob1, blob2, blob3, double1]);
    assert.deepEqual(await counted(`http://127.0.0.1:${running.port}`, rows), expected);
    assert.deepEqual(got, { "/takes": 3, "/refuses": 3, "/fails": 3 });
    assert.ok(points().every(({ index1, blob1, blob4 }) => index1 === blob1 && blob4 === "cloudflare"));
  } finally {
    await running.stop();
  }
});

test("on Cloudflare nothing is counted where no dataset is bound", async () => {
  const running = await workerd(stamped(configuration()), { SELVEDGE_KEY: KEY });
  try {
    await counted(`http://127.0.0.1:${running.port}`, () => Array(16).fill(["", "", "", 0]));
    await until(() => got["/takes"] === 3, () => JSON.stringify(got));
    assert.doesNotMatch(running.log, /dataset|"problem"/);
  } finally {
    await running.stop();
  }
});

test("on Fastly they are lines for the endpoint that is named, and the log goes to its own", async () => {
  const wasm = join(dir, "selvedge.wasm");
  await writeFile(wasm, stamped(configuration(), "fastly"));
  const running = new Fastly({ dir, key: KEY, wasm });
  await running.start();
  try {
    const lines = () => marked(running.log, "selvedge counts :: ");
    const rows = () => lines().map(({ component, outcome, reason, events }) => [component, outcome, reason, events]);
    assert.deepEqual(await counted(running.url, rows), expected);
    assert.deepEqual(got, { "/takes": 3, "/refuses": 3, "/fails": 3 });
    assert.ok(lines().every((line) => line.selvedge === "count" && !isNaN(Date.parse(line.time))));
    const log = () => marked(running.log, "selvedge log :: ");
    const told = () => running.log.split("\n").filter((line) => line.startsWith('{"selvedge":'));
    // Two posts of four components. The posts overlap, and Viceroy writes each of the two in an order of its own.
    await until(() => log().length === 8 && told().length === 8, () => running.log);
    const untimed = log().map(({ time, ...rest }) => (assert.ok(Date.parse(time)), JSON.stringify(rest)));
    assert.deepEqual(untimed.sort(), told().sort());
  } finally {
    await running.kill();
  }
});
