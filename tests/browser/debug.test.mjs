// A debug session as its owner has it: `selvedge debug` prints a link, the browser that opens it walks through the shop, and
// the inspector shows that walk, redacted, and nobody else's. What the service keeps and refuses, on both platforms, is
// told by tests/faults/debug.test.mjs.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { after, before, test } from "node:test";
import { Cloudflare } from "../faults/cloudflare.mjs";
import { stamped } from "../workerd/artifact.mjs";
import { root } from "./dev.mjs";
import { choose, look, page, quiet, rows } from "./inspector.mjs";
import { launch, visit } from "./visitor.mjs";

const KEY = "11".repeat(32);
const EMAIL = "ada@example.com";
/** How long anything may take to come through, on a machine that is busy. */
const PATIENCE_MS = 60_000;

const started = [];
const caught = [];
let dir, emulator, browser, running, session;

/** Starts the command, and gives what it says once it is ready; `hears` gets every line after that. */
async function command(args, hears) {
  const program = process.env.SELVEDGE ?? join(root, "target/debug/selvedge");
  const env = { ...process.env, SELVEDGE_KEY: KEY };
  const child = spawn(program, [...args, "--json"], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  process.on("exit", () => child.kill());
  const lines = createInterface(child.stdout);
  const [line] = await once(lines, "line");
  lines.on("line", (line) => hears?.(JSON.parse(line)));
  return JSON.parse(line).ready;
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "selvedge-"));
  const shop = await command(["demo", "--port", "0", "--catch-port", "0"], (said) => caught.push(said));
  const configuration = `
[[site]]
origin = "${shop.origin}"
[consent]
default = "granted"
[[component]]
kind = "webhook"
id = "events"
personal_data = "keep"
settings = { url = "${shop.catcher}/events" }`;
  const wasm = join(dir, "selvedge.wasm");
  await writeFile(wasm, stamped(configuration));
  emulator = new Cloudflare({ dir, key: KEY, wasm, stores: ["debug"] });
  [browser] = await Promise.all([launch(), emulator.start()]);
  running = { edge: emulator.url, caught };
  session = await command(["debug", emulator.url, "--port", "0"]);
});

after(async () => {
  for (const child of started) child.kill();
  await browser?.close();
  await emulator?.end();
  await rm(dir, { recursive: true });
});

/** Waits until a destination was told of a visitor's page. */
async function delivered(visitor, path) {
  const is = ({ event }) => event.type === "page" && event.data.url === running.edge + path;
  for (const deadline = Date.now() + PATIENCE_MS; !visitor.told("events").some(is); ) {
    assert.ok(Date.now() < deadline, `${path} was never delivered\n${emulator.log}`);
    await setTimeout(50);
  }
}

test("who opens the link sees their own walk in the inspector, redacted, and nobody else's", { timeout: 240_000 }, async () => {
  const inspector = await page(browser, session.inspector);
  const [ada, bob] = [await visit(browser, running, "ada"), await visit(browser, running, "bob")];
  const has = async (visitor) => (await visitor.context.cookies()).find(({ name }) => name === "selvedge_debug");

  await ada.opens("/", () => ada.tab.goto(session.link));
  const cookie = await has(ada);
  assert.ok(cookie.httpOnly && cookie.value, "the browser keeps the session's cookie");

  await bob.types("/products/herringbone.html");
  await bob.types("/about.html");
  assert.equal(await has(bob), undefined);
  // What becomes of Bob's visit is known before Ada goes on: whatever was kept of it would be shown before hers.
  await delivered(bob, "/about.html");

  await ada.clicks('.cloths a[href="/products/linen.html"]', "/products/linen.html");
  await ada.types("/account.html");
  await ada.tab.fill("#email", EMAIL);
  await ada.tab.fill("#password", "difference");
  await ada.clicks("main >> button", "/welcome.html");
  await delivered(ada, "/welcome.html");

  const row = inspector.locator(".row", { hasText: "/welcome.html" }).first();
  await row.waitFor({ timeout: PATIENCE_MS });
  const paths = await rows(inspector);
  assert.ok(paths.includes("/products/linen.html") && paths.includes("/"), paths.join(" "));
  assert.ok(!paths.some((path) => /herringbone|about/.test(path)), paths.join(" "));

  await choose(inspector, "/welcome.html");
  await inspector.waitForFunction(() => document.querySelector("[data-node='destination:events']")?.textContent.includes("delivered"), undefined, {
    timeout: PATIENCE_MS,
  });
  await look(inspector, "destination:events");
  const shown = await inspector.textContent("#details");
  assert.match(shown, /\[redacted\]/);
  assert.match(shown, /loyalty/);
  // Nothing of it is anywhere on the page, nor in what it would save; and the destination had what it may have.
  const kept = (await fetch(`${session.inspector}/session.ndjson`).then((answer) => answer.text())) + (await inspector.content());
  for (const secret of [EMAIL, cookie.value, "bob/1"]) assert.ok(!kept.includes(secret), `${secret} is shown`);
  const [user] = ada.told("events").filter(({ event }) => event.type === "user");
  assert.equal(user.event.data.properties.email, EMAIL);
  quiet(inspector);

  await ada.opens("/", () => ada.tab.goto(session.off));
  assert.equal(await has(ada), undefined, "the session is over in this browser");
});
