// What was told arrives, and once: though the page is left, the network fails or the edge is unwell.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { staged } from "./stage.mjs";

const GRANTED = { consent: "granted" };

staged("delivery", (stage, scene) => {
  scene("what was told just before the page was left arrives, and once", async () => {
    const url = stage.page("/leave");
    stage.page("/next");
    const tab = await stage.visit(url);
    await tab.evaluate(() => {
      for (let n = 0; n < 20; n++) window.selvedge.track(`T${n}`, { text: "é".repeat(100) });
      location.href = "/next";
    });
    await tab.waitForURL("**/next");
    await stage.told(20);
    assert.deepEqual(stage.names().sort(), Array.from({ length: 20 }, (_, n) => `T${n}`).sort());
    assert.equal(await tab.evaluate(() => localStorage.length), 0, "something was kept without consent");
  });

  scene("more than what may outlive a page is sent by the next one", async () => {
    const url = stage.page("/much", { layer: GRANTED });
    stage.page("/without", { sdk: false });
    const tab = await stage.visit(url);
    await tab.evaluate(() => {
      for (let n = 0; n < 30; n++) window.selvedge.track(`T${n}`, { text: "é".repeat(2500) });
      location.href = "/without";
    });
    await tab.waitForURL("**/without");
    await setTimeout(500);
    const sent = stage.names().length;
    assert.ok(sent >= 8 && sent < 30, `${sent} outlived the page`);
    await stage.goto(tab, url);
    await stage.told(30);
    assert.deepEqual(stage.names().sort(), Array.from({ length: 30 }, (_, n) => `T${n}`).sort());
  });

  scene("a network that fails: it arrives later, once, in its order, with its own id and time", async () => {
    const tab = await stage.visit(stage.page("/fails"));
    await tab.context().route("**/_selvedge/event", (route) => route.abort());
    const before = Date.now();
    await tab.evaluate(() => void window.selvedge.track("One").track("Two"));
    await setTimeout(400);
    const after = Date.now();
    await tab.context().unroute("**/_selvedge/event");
    const events = await stage.told(2);
    assert.deepEqual(stage.names(), ["One", "Two"]);
    for (const { timestamp, post } of events) assert.ok(timestamp >= before && timestamp <= after && post.at > after);
  });

  scene("an edge that is not well is asked again, one that refuses is not", async () => {
    const tab = await stage.visit(stage.page("/unwell"));
    for (const status of [503, 429]) {
      stage.status = status;
      await tab.evaluate((status) => void window.selvedge.track(`After ${status}`), status);
      await setTimeout(300);
      stage.status = 202;
      await stage.until(() => stage.names().includes(`After ${status}`));
    }
    stage.status = 400;
    await tab.evaluate(() => void window.selvedge.track("Refused"));
    await setTimeout(300);
    stage.status = 202;
    await setTimeout(2500);
    assert.deepEqual(stage.names(), ["After 503", "After 429"]);
  });

  for (const [said, layer, kept] of [
    ["agreed", GRANTED, true],
    ["agreed to analytics", { consent: { analytics: true, advertising: false } }, true],
    ["agreed to something else", { consent: { analytics: false, functional: true } }, false],
    ["said nothing", undefined, false],
  ]) {
    scene(`offline: a visitor who ${said} ${kept ? "is told of" : "has nothing kept"} by the next page`, async () => {
      const url = stage.page("/offline", { layer });
      const tab = await stage.visit(url);
      stage.posts = [];
      await tab.context().setOffline(true);
      await tab.evaluate(() => void window.selvedge.track("Far out", { n: 1 }));
      const known = Date.now();
      await setTimeout(300);
      // A browser that is closed may forget what its page had just written.
      await tab.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
      await setTimeout(300);
      await tab.close();
      await tab.context().setOffline(false);
      assert.deepEqual(stage.names(), []);
      const [next, another] = await Promise.all([tab.context().newPage(), tab.context().newPage()]);
      await Promise.all([stage.goto(next, url), stage.goto(another, url)]);
      const events = await stage.told(kept ? 1 : 0);
      // Two pages of different processes may look at the same moment. Receivers know what they tell by its id.
      assert.equal(new Set(events.map(({ uuid }) => uuid)).size, kept ? 1 : 0);
      if (kept) assert.ok(events[0].timestamp <= known);
      assert.equal(await next.evaluate(() => localStorage.length), 0);
    });
  }

  scene("offline and back: the page itself tells it", async () => {
    const tab = await stage.visit(stage.page("/tunnel", { layer: GRANTED }));
    stage.posts = [];
    await tab.context().setOffline(true);
    await tab.evaluate(() => void window.selvedge.track("In the tunnel"));
    await setTimeout(300);
    await tab.context().setOffline(false);
    await stage.told(1);
    assert.deepEqual(stage.names(), ["In the tunnel"]);
  });

  scene("what is kept is bounded, and too old is forgotten", async () => {
    const url = stage.page("/bounds", { layer: GRANTED });
    const tab = await stage.visit(url);
    await tab.context().setOffline(true);
    await tab.evaluate(() => {
      for (let n = 0; n < 80; n++) window.selvedge.track(`T${n}`);
    });
    await setTimeout(300);
    await tab.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    const kept = await tab.evaluate(() => JSON.parse(localStorage.selvedge));
    assert.equal(kept.length, 50);
    assert.equal(kept[49].events[0].data.name, "T79");
    await tab.evaluate(() => {
      const kept = JSON.parse(localStorage.selvedge).slice(0, 2);
      kept[0].events[0].timestamp -= 73 * 36e5;
      localStorage.selvedge = JSON.stringify(kept);
    });
    stage.posts = [];
    await tab.context().setOffline(false);
    await stage.told(1);
    assert.deepEqual(stage.names().filter((name) => name === "T30"), []);
    assert.ok(stage.names().includes("T31"));
  });
});
