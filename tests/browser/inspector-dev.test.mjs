// The inspector beside both emulators: what really happens on the demo shop, and what can be done from the page.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { dev } from "./dev.mjs";
import { CONFIG, choose, look, page, pairs, quiet } from "./inspector.mjs";
import { launch, visit } from "./visitor.mjs";

for (const platform of ["cloudflare", "fastly"]) {
  describe(`the inspector beside ${platform}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "selvedge-inspector-"));
    const config = join(folder, "selvedge.toml");
    writeFileSync(config, readFileSync(CONFIG));
    let running;
    let browser;
    let tab;
    let ann;
    const step = (name, play) => test(name, { timeout: 120_000 }, play);

    before(async () => {
      [running, browser] = await Promise.all([dev(platform, "--config", config), launch()]);
      tab = await page(browser, running.inspector);
      ann = await visit(browser, running, "ann");
    });
    after(async () => {
      await browser?.close();
      await running?.end();
      rmSync(folder, { recursive: true });
    });

    /** Waits until a path's visit is the latest, and open; or the one before, where the page has posted meanwhile. */
    const latest = async (path) => {
      await tab.waitForFunction((path) => {
        const rows = [1, 2].map((at) => document.querySelector(`.row[aria-posinset='${at}']`));
        const row = rows.find((row) => row?.textContent.includes(path));
        if (row?.getAttribute("aria-selected") === "false") row.click();
        return row?.getAttribute("aria-selected") === "true";
      }, path, { timeout: 20_000 });
    };
    const destination = (id, text) =>
      tab.waitForFunction(([id, text]) => document.querySelector(`[data-node='destination:${id}']`)?.textContent.includes(text), [id, text], { timeout: 20_000 });

    step("a visit is there as soon as it happens, with what it leads to", async () => {
      await ann.tab.goto(`${running.edge}/products/linen.html`);
      await latest("/products/linen.html");
      assert.match(await tab.textContent("[data-node=consent]"), /pending by the configuration’s default/);
      await destination("ga4", "without names");
      await destination("meta-capi", "needs advertising");
      assert.match(await tab.textContent("[data-node=page]"), /read, released at the end of its head; the SDK is put in/);

      await ann.posts(() => ann.tab.click("text=Accept"));
      await ann.tab.goto(`${running.edge}/thank-you.html`);
      await latest("/thank-you.html");
      await destination("meta-capi", "delivered");
      await look(tab, "destination:meta-capi");
      const fields = Object.fromEntries(await pairs(tab, "Fields"));
      assert.equal(fields.authorization, "Bearer $META_TOKEN");
      const answer = Object.fromEntries(await pairs(tab, "Answer"));
      assert.equal(answer.status, "204");
      assert.deepEqual((await pairs(tab, "Arrival")).at(-1), ["the catcher answers", "204"]);
    });

    step("no secret is told, and no visit is told in the terminal", () => {
      const log = running.log.join("\n");
      assert.ok(!log.includes('"selvedge":"visit"'), "a visit, whole");
      assert.ok(log.includes('"selvedge":"delivery"'), "nothing of what became of it");
    });

    step("what a vendor answers is chosen", async () => {
      await tab.click("#answers-open");
      await tab.selectOption("[data-answer=mixpanel]", "429");
      await tab.waitForFunction(() => document.getElementById("answers-open").textContent === "Answers (1)");
      await tab.keyboard.press("Escape");
      await ann.tab.goto(`${running.edge}/checkout.html`);
      await latest("/checkout.html");
      await destination("mixpanel", "429");
    });

    step("a visit is replayed, and the replay says so", async () => {
      await choose(tab, "/thank-you.html");
      const before = await tab.locator(".row").count();
      await tab.click("#replay");
      await tab.waitForFunction((count) => document.querySelectorAll(".row").length > count, before, { timeout: 20_000 });
      await latest("/thank-you.html");
      assert.match(await tab.textContent(".row[aria-posinset='1']"), /replay/);
      await tab.waitForSelector("text=a replay of another visit");
      await destination("events", "delivered");
      assert.match(await tab.textContent("[data-node=visitor]"), /session 1/);
    });

    step("it is run again with another consent, by the visitor's own cookie", async () => {
      await choose(tab, "/thank-you.html");
      await tab.click("#rerun");
      await tab.waitForSelector(".compare");
      const sides = () => tab.locator(".sides tbody tr").evaluateAll((all) => Object.fromEntries(all.map((row) => [row.cells[0].textContent, [...row.cells].slice(1).map(({ textContent }) => textContent.replace("request", "").trim())])));
      assert.deepEqual((await sides()).events, ["2 events", "without-consent"]);
      await tab.selectOption("#consent-picker", "granted");
      await tab.waitForFunction(() => document.querySelector(".sides thead").textContent.includes("Everything granted"));
      const same = await sides();
      assert.deepEqual([same.Visitor, same.events], [["kept", "kept"], ["2 events", "2 events"]]);
      await tab.click(".compare >> text=Close");
      quiet(tab);
    });

    step("another configuration is at work at once; one that is wrong never is", async () => {
      const text = readFileSync(config, "utf8");
      writeFileSync(config, text.replace("[[component]]", "[[componnent]]"));
      const told = () => running.log.some((line) => line.includes("stays at work"));
      for (const deadline = Date.now() + 20_000; !told() && Date.now() < deadline; ) await setTimeout(100);
      assert.ok(told(), running.log.slice(-20).join("\n"));
      writeFileSync(config, text.replaceAll('id = "events"', 'id = "warehouse"'));
      for (const deadline = Date.now() + 100_000; running.rebuilt === 0 && Date.now() < deadline; ) await setTimeout(200);
      assert.equal(running.rebuilt, 1, running.log.slice(-20).join("\n"));
      await ann.tab.goto(`${running.edge}/about.html`);
      await latest("/about.html");
      await tab.keyboard.press("g");
      await destination("warehouse", "delivered");
      assert.ok((await tab.locator("#by-destination option").allTextContents()).includes("warehouse"));
    });
  });
}
