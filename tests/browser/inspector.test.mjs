// The inspector, used as people do: what is recorded in `inspector/`, and what happens while it is open.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { CONFIG, SESSION, choose, drawn, entries, faint, inspect, look, nameless, page, pairs, quiet, rows } from "./inspector.mjs";
import { launch } from "./visitor.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Some visit of the recording, under another id. */
const sample = entries().find(({ line }) => line?.selvedge === "visit" && line.request.url.endsWith("/thank-you.html"));
const visit = (id, path = `/p/${id}`) => {
  const line = structuredClone(sample.line);
  const ids = new Map(line.events.map((event, index) => [event.uuid, `${id}-${index}`]));
  const text = JSON.stringify({ ...line, visit: id, request: { ...line.request, url: `http://127.0.0.1:7676${path}` } });
  return { at: Date.now(), line: JSON.parse([...ids].reduce((all, [before, now]) => all.replaceAll(before, now), text)) };
};

describe("a recorded session", () => {
  let served;
  let tab;
  before(async () => {
    served = await inspect(SESSION, { more: ["--config", CONFIG] });
    tab = await page(browser, served.url, { permissions: ["clipboard-read", "clipboard-write"] });
  });
  after(async () => {
    await tab?.context().close();
    await served?.end();
  });

  test("the latest visit is on top, and open", async () => {
    const count = entries().filter(({ line }) => line?.selvedge === "visit").length;
    await tab.waitForFunction((text) => document.getElementById("count").textContent === text, `${count} visits`);
    await drawn(tab);
    assert.match((await rows(tab))[0], /about\.html/);
    assert.match(await tab.textContent("#timeline"), /No view: bot/);
  });

  test("a visit reads from its request to its destinations", async () => {
    await choose(tab, "/thank-you.html");
    const nodes = await tab.locator(".thread [data-node]").evaluateAll((all) => all.map(({ dataset }) => dataset.node));
    assert.deepEqual(nodes, ["request", "page", "layer", "visitor", "consent", "event:0", "event:1", "destination:ga4", "destination:meta-capi", "destination:mixpanel", "destination:events", "budget"]);
    assert.match(await tab.textContent("[data-node=page]"), /released at the end of its head|released once/);
    assert.match(await tab.textContent("[data-node=consent]"), /granted by the choice that the visitor made before/);
    assert.match(await tab.textContent("[data-node='destination:meta-capi']"), /not delivered.*400/);
    assert.match(await tab.textContent("[data-node='destination:mixpanel']"), /event-type/);
    assert.match(await tab.textContent("[data-node=budget]"), /subrequests 5 of 32/);
  });

  test("what a destination was sent: pretty, raw, and as a command", async () => {
    await choose(tab, "/thank-you.html");
    await look(tab, "destination:meta-capi");
    assert.deepEqual(await pairs(tab, "Answer"), [["status", "400"], ["outcome", "rejected"]]);
    assert.deepEqual((await pairs(tab, "Arrival")).at(-1), ["the catcher answers", "400"]);
    assert.match(await tab.textContent(".details pre.json"), /"event_name": "PageView"/);
    assert.deepEqual(await tab.locator(".details pre.json .name").first().textContent(), '"data"');
    const fields = Object.fromEntries(await pairs(tab, "Fields"));
    assert.equal(fields.authorization, "Bearer $META_TOKEN");

    await tab.click("text=Copy as curl");
    const command = await tab.evaluate(() => navigator.clipboard.readText());
    assert.match(command, /^curl -i -X POST 'http/);
    assert.match(command, /-H 'authorization: Bearer '"\$META_TOKEN"/);
    assert.match(command, /--data-binary '\{"data":\[/);

    await tab.click(".toggle >> text=Raw");
    assert.match(await tab.textContent(".sent pre"), /^POST \/meta-capi\/.* HTTP\/1\.1\nhost: /);
    await tab.click(".toggle >> text=Pretty");
    await look(tab, "destination:ga4");
    assert.deepEqual((await pairs(tab, "Query")).slice(0, 2), [["v", "2"], ["tid", "G-DEMO000000"]]);
    assert.ok((await pairs(tab, "Event 2")).some(([name, value]) => name === "en" && value === "purchase"));
  });

  test("why nothing was sent, and what that depends on", async () => {
    await choose(tab, "/products/herringbone.html");
    await look(tab, "destination:meta-capi");
    assert.match(await tab.textContent(".details"), /2 events: without-consent.*not granted\. Missing: advertising\./s);
    await look(tab, "consent");
    const said = await tab.locator(".details tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map(({ textContent }) => textContent)));
    assert.deepEqual(said, [["the choice that the visitor made before", "denied", "none"], ["the configuration’s default", "pending", "none"]]);
    assert.match(await tab.textContent("[data-node='destination:ga4']"), /delivered.*without names/);
    await look(tab, "event:1");
    assert.match(await tab.textContent(".details table"), /ga4204/);
  });

  test("what visitors wrote is text", async () => {
    await choose(tab, "sign-up");
    assert.match(await tab.textContent(".row[aria-selected=true] .what"), /newsletter <b>sign-up<\/b>/);
    await look(tab, "event:0");
    assert.match(await tab.textContent(".details pre.json"), /<img src=x onerror=alert\(1\)>/);
    assert.equal(await tab.locator(".row b, .card img, .details img, .details pre b").count(), 0);
    quiet(tab);
  });

  test("warnings teach", async () => {
    await choose(tab, "sign-up");
    const titles = await tab.locator(".warnings summary b").allTextContents();
    assert.deepEqual(titles, ["A value without its currency", "A purchase without a value, or with a value that is text"]);
    await tab.click(".warnings summary >> nth=1");
    assert.match(await tab.textContent(".warnings li:nth-child(2) p"), /Say it as a number/);
  });

  test("search and filters", async () => {
    await tab.fill("#search", "SC-10427");
    await tab.waitForFunction(() => document.getElementById("count").textContent.startsWith("1 of"));
    assert.deepEqual(await rows(tab), ["/thank-you.html"]);
    await tab.fill("#search", "");
    await tab.selectOption("#by-consent", "denied");
    await tab.waitForFunction(() => document.getElementById("count").textContent.includes(" of "));
    assert.ok((await tab.locator(".row .dot.denied").count()) === (await tab.locator(".row").count()));
    await tab.selectOption("#by-destination", "mixpanel");
    await tab.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    await tab.selectOption("#by-consent", "");
    await tab.selectOption("#by-destination", "");
    await drawn(tab);
  });

  test("the keyboard", async () => {
    const at = () => tab.locator(".row[aria-selected=true]").getAttribute("aria-posinset");
    const becomes = (posinset) => tab.waitForFunction((value) => document.querySelector(".row[aria-selected=true]")?.getAttribute("aria-posinset") === value, posinset);
    await tab.locator("#list").focus();
    await drawn(tab);
    await tab.keyboard.press("g");
    await becomes("1");
    await tab.keyboard.press("j");
    await tab.keyboard.press("j");
    await becomes("3");
    await tab.keyboard.press("k");
    await becomes("2");
    assert.equal(await tab.getAttribute("#list", "aria-activedescendant"), await tab.locator(".row[aria-selected=true]").getAttribute("id"));
    await tab.keyboard.press("Enter");
    assert.equal(await tab.evaluate(() => document.activeElement.classList.contains("card")), true);
    await tab.keyboard.press("Escape");
    assert.equal(await tab.evaluate(() => document.activeElement.id), "list");
    await tab.keyboard.press("/");
    await tab.keyboard.type("jk");
    assert.equal(await tab.inputValue("#search"), "jk");
    await tab.fill("#search", "");
    await tab.keyboard.press("Escape");
    await tab.keyboard.press("g");
    await becomes("1");
    await tab.keyboard.press("Escape");
    await tab.keyboard.press("End");
    await drawn(tab);
    assert.equal(Number(await at()), entries().filter(({ line }) => line?.selvedge === "visit").length);
    await tab.keyboard.press("?");
    assert.ok(await tab.isVisible("#help"));
    await tab.keyboard.press("Escape");
    assert.ok(!(await tab.isVisible("#help")));
  });

  test("another consent, side by side", async () => {
    await choose(tab, "/thank-you.html");
    await tab.click("#rerun");
    await tab.waitForSelector(".compare");
    const sides = async () => Object.fromEntries(await tab.locator(".sides tbody tr").evaluateAll((all) => all.map((row) => [row.cells[0].textContent, [...row.cells].slice(1).map(({ textContent }) => textContent.replace("request", "").trim())])));
    assert.equal(await tab.inputValue("#consent-picker"), "denied");
    const refused = await sides();
    assert.deepEqual(refused.ga4, ["2 events", "2 events without names"]);
    assert.deepEqual(refused["meta-capi"], ["2 events", "without-consent"]);
    assert.deepEqual(refused.Visitor, ["kept", "not kept"]);
    assert.deepEqual(refused.Events, ["page, Order Completed", "page, Order Completed"]);
    assert.equal(await tab.locator(".sides tr.differs").count(), 6);

    await tab.selectOption("#consent-picker", "analytics");
    await tab.waitForFunction(() => document.querySelector(".sides thead").textContent.includes("Analytics alone"));
    const some = await sides();
    assert.deepEqual([some.Consent[1], some.ga4, some["meta-capi"][1]], ["in part analytics", ["2 events", "2 events"], "without-consent"]);
    await tab.click(".compare .body summary >> nth=1");
    assert.match(await tab.textContent(".compare .body pre"), /G-DEMO000000/);
    await tab.click(".compare >> text=Close");
    await drawn(tab);
    assert.equal(await tab.locator(".compare").count(), 0);
    quiet(tab);
  });

  test("it is read by everybody: names, landmarks, contrast in light and dark", async () => {
    await choose(tab, "/thank-you.html");
    for (const colorScheme of ["light", "dark"]) {
      await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const node of ["request", "consent", "event:1", "destination:meta-capi", "destination:mixpanel"]) {
        await look(tab, `${node}`);
        assert.deepEqual(await faint(tab), [], `${colorScheme}, ${node}`);
        assert.deepEqual(await nameless(tab), []);
      }
      await tab.keyboard.press("c");
      await tab.waitForSelector(".compare");
      assert.deepEqual(await faint(tab), [], `${colorScheme}, two consents`);
      await tab.click(".compare >> text=Close");
    }
    await tab.emulateMedia({ colorScheme: "light" });
    const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await tab.click("#theme");
    await tab.click("#theme");
    assert.notEqual(await paper(), light);
    await tab.reload();
    assert.notEqual(await paper(), light, "the choice is forgotten");
    await tab.click("#theme");
    assert.equal(await paper(), light);
  });

  test("it fits a narrow window", async () => {
    for (const width of [390, 800, 1100]) {
      await tab.setViewportSize({ width, height: 800 });
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${width} pixels`);
      await choose(tab, "/thank-you.html");
      assert.ok(await tab.isVisible("[data-node=request]"));
    }
    await tab.setViewportSize({ width: 1440, height: 900 });
  });

  test("strangers read nothing", async () => {
    const website = createServer((_, response) => response.end("<title>elsewhere</title>")).listen(0, "127.0.0.1");
    await once(website, "listening");
    const other = await browser.newPage();
    await other.goto(`http://127.0.0.1:${website.address().port}/`);
    const read = await other.evaluate((url) => fetch(`${url}/session.ndjson`).then(({ status }) => status, () => "refused"), served.url);
    const done = await other.evaluate((url) => fetch(`${url}/clear`, { method: "POST", mode: "no-cors", body: "{}" }).then(() => "sent", () => "refused"), served.url);
    assert.deepEqual([read, done], ["refused", "sent"]);
    await other.close();
    website.close();
    const text = await fetch(`${served.url}/session.ndjson`).then((answer) => answer.text());
    assert.equal(text.trim().split("\n").length, entries().length, "a stranger has cleared it");
  });
});

describe("while it is open", () => {
  let served;
  let tab;
  before(async () => {
    served = await inspect("-");
    tab = await page(browser, served.url);
  });
  after(async () => {
    await tab?.context().close();
    await served?.end();
  });
  const counts = (text) => tab.waitForFunction((expected) => document.getElementById("count").textContent === expected, text);

  test("it begins with where to go", async () => {
    assert.match(await tab.textContent("#timeline"), /Nobody has been here yet/);
  });

  test("visits appear as they happen, and what becomes of them", async () => {
    const one = visit("v1");
    served.feed(one);
    await counts("1 visit");
    assert.match(await tab.textContent("[data-node='destination:ga4']"), /on its way/);
    const ids = one.line.events.map(({ uuid }) => uuid);
    served.feed({ line: { selvedge: "delivery", component: "ga4", outcome: "delivered", status: 204, ids, visit: "v1" } });
    await tab.waitForFunction(() => document.querySelector("[data-node='destination:ga4']").textContent.includes("delivered"));
    served.feed(visit("v2"));
    await counts("2 visits");
    await drawn(tab);
    assert.match(await tab.textContent(".visit-head .url"), /v2/);
  });

  test("who looks at one visit is not taken to another", async () => {
    await tab.locator(".row").nth(1).click();
    await drawn(tab);
    served.feed(visit("v3"));
    await counts("3 visits");
    await drawn(tab);
    assert.match(await tab.textContent(".visit-head .url"), /v1/);
    await tab.keyboard.press("g");
    served.feed(visit("v4"));
    await tab.waitForFunction(() => document.querySelector(".visit-head .url").textContent.includes("v4"));
  });

  test("pause holds everything, and going on shows it", async () => {
    await tab.keyboard.press("p");
    served.feed(visit("v5"), visit("v6"));
    await tab.waitForSelector("#fresh:text('2 visits since the pause')");
    assert.equal(await tab.textContent("#count"), "4 visits");
    await tab.waitForFunction(() => document.getElementById("announce").textContent === "Paused");
    await tab.click("#fresh");
    await counts("6 visits");
    assert.ok(!(await tab.isVisible("#fresh")));
  });

  test("a reload shows the same visit", async () => {
    await tab.locator(".row").nth(3).click();
    await drawn(tab);
    const before = await tab.textContent(".visit-head .url");
    await tab.reload();
    await counts("6 visits");
    await drawn(tab);
    assert.equal(await tab.textContent(".visit-head .url"), before);
  });

  test("problems of the whole are told on top", async () => {
    served.feed({ line: { selvedge: "problem", component: "meta-capi", problem: "the secret \"META_TOKEN\" is not in the store" } });
    await tab.waitForSelector(".problem:text('META_TOKEN')");
  });

  test("hundreds of visits are as quick as one", async () => {
    await tab.keyboard.press("g");
    const many = Array.from({ length: 600 }, (_, n) => visit(`m${n}`));
    const start = Date.now();
    served.feed(...many);
    await tab.waitForFunction(() => document.querySelector(".visit-head .url")?.textContent.includes("m599"), undefined, { timeout: 20_000 });
    await counts("500 visits");
    assert.ok(Date.now() - start < 15_000, `${Date.now() - start} ms`);
    assert.ok((await tab.locator(".row").count()) < 40, "rows out of sight are elements");
    // A key press, drawn.
    const ms = await tab.evaluate(async () => {
      const times = [];
      for (let n = 0; n < 30; n++) {
        const start = performance.now();
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "j" }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[15];
    });
    assert.ok(ms < 200, `a step takes ${ms} ms`);
    await tab.locator("#list").focus();
    await tab.keyboard.press("End");
    await tab.waitForFunction(() => document.querySelector(".row[aria-selected=true]")?.getAttribute("aria-posinset") === "500");
    const search = Date.now();
    await tab.fill("#search", "m7 order");
    await tab.waitForFunction(() => document.getElementById("count").textContent.includes(" of 500"));
    assert.ok(Date.now() - search < 3000);
    await tab.fill("#search", "");
    quiet(tab);
  });

  test("clear forgets, here and for whoever comes later", async () => {
    await tab.click("#clear");
    await counts("");
    assert.equal(await tab.locator(".row").count(), 0);
    await tab.reload();
    await tab.waitForFunction(() => document.getElementById("connection").dataset.state === "open");
    assert.equal(await tab.locator(".row").count(), 0);
    quiet(tab);
  });

  test("the program may come and go", async () => {
    served.feed(visit("old"));
    await counts("1 visit");
    const { port } = served;
    await served.end();
    await tab.waitForFunction(() => document.getElementById("connection").dataset.state === "closed");
    served = await inspect("-", { port });
    served.feed(visit("new"));
    await tab.waitForFunction(() => document.querySelector(".visit-head .url")?.textContent.includes("/p/new"), undefined, { timeout: 15_000 });
    assert.equal(await tab.locator(".row").count(), 1, "visits of another run");
  });
});
